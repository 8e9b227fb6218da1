/* What was made of another configuration: the rows of a report as people and programs read them. */
#ifndef HUBWARD_CLI_SHOW_RELOAD_H
#define HUBWARD_CLI_SHOW_RELOAD_H

#include "host/message_reload.h"

#include <jansson.h>

struct reload_view {
    enum reload_mode mode;
    const char *file;  /* the configuration's name, for findings */
    bool good;         /* nothing stands against it */
    bool blind;        /* secrets could not be compared */
    bool peers_judged; /* there is a hub whose peers were judged */
    struct span report;
};

/* RC_MALFORMED: not a report; *out may hold a part. */
MUST_USE enum rc show_reload(struct sink *out, const struct reload_view *view);

/* Add "file", "action", "good", "findings", "changes", "fates" and "totals" to a document, which is
 * taken over. NULL: not a report, or out of memory. */
json_t *reload_json(json_t *take_document, const struct reload_view *view);

#endif
