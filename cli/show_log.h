/* `show log` and `show events`: records of the log (docs/schema/log.json) as lines for people. */
#ifndef HUBWARD_CLI_SHOW_LOG_H
#define HUBWARD_CLI_SHOW_LOG_H

#include "base/rc.h"
#include "base/sink.h"

#include <jansson.h>

/* Lines of JSON as an array of objects. RC_MALFORMED: not such lines; RC_NO_MEMORY. */
MUST_USE enum rc show_log_parse(const char *lines, json_t **out);

/* "2026-05-01T12:04:05.123Z warning key: text", as the log itself writes it. */
void show_log(struct sink *out, const json_t *records);

/* A line each: when, what, connection, peer, and the event's values by name. */
void show_events(struct sink *out, const json_t *records);

#endif
