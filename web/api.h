/* `/api/v1/sessions`: the rows of the page as JSON, in the schema of `hubctl --json`. */
#ifndef HUBWARD_WEB_API_H
#define HUBWARD_WEB_API_H

#include "base/sink.h"
#include "web/snapshot.h"

#include <jansson.h>

/* {"schema", "hub", "live", "linked", "age_ms", "summary", "sessions", "tunnels"}; before the first
 * answer of the keying process "hub" holds no more than the hostname, "age_ms" and "summary" are
 * null and the lists empty. */
void api_sessions(struct sink *out, const struct view *view);
/* The same as an object; NULL: out of memory. */
json_t *api_document(const struct view *view);

#endif
