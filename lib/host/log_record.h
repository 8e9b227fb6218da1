/* One record of the log and its forms: pure functions from values to text. Whatever a peer can
 * write comes out as printable ASCII, so it can neither end a line nor begin a field. */
#ifndef HUBWARD_HOST_LOG_RECORD_H
#define HUBWARD_HOST_LOG_RECORD_H

#include "base/event.h"
#include "base/sink.h"
#include "host/message.h"

#include <stdint.h>

enum { LOG_LINE = 4096 }; /* longest line of text, newline included; cut beyond */

struct log_record {
    uint64_t unix_ms;
    enum event_level level;
    enum role role;
    const char *text;
    const struct event *event; /* what the text was made of; NULL: nothing typed */
};

/* Render a record into out (LOG_LINE octets, terminated, newline at its end); returns its
 * length. */
size_t log_render(char *out, uint64_t unix_ms, enum event_level level, enum role role,
                  const char *text);

/* One JSON object with a newline behind it (docs/json.md). */
void log_record_json(struct sink *out, const struct log_record *record);

/* Fields of the journal's own protocol, a line each: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER (program)
 * and HUBWARD_ROLE; of an event HUBWARD_EVENT, HUBWARD_CONN, HUBWARD_PEER, HUBWARD_LOCAL and each
 * value as HUBWARD_NAME. */
void log_record_journal(struct sink *out, const struct log_record *record, const char *program);

const char *log_level_name(enum event_level level);

#endif
