/* The log, in one of three forms: a line of text on a descriptor, `2026-05-01T12:00:00.123Z warning
 * key: text`, UTC; a JSON object a line there; or a datagram of fields to the journal. Every octet
 * that is not printable ASCII is escaped here, at the last door, because names and identities in a
 * record may be hostile; and every role has a budget of lines. */
#ifndef HUBWARD_HOST_LOG_H
#define HUBWARD_HOST_LOG_H

#include "host/log_record.h"
#include "host/log_ring.h"

enum {
    LOG_RATE_PER_S = 200, /* lines of one role */
    LOG_BURST = 2000
};

struct log_budget {
    uint64_t refilled_ms;
    uint32_t lines;
    uint32_t lost;
    bool started;
};

enum log_form {
    LOG_AUTO, /* the journal where the descriptor leads to it, else text */
    LOG_TEXT,
    LOG_JSON,
    LOG_JOURNAL
};

struct log {
    int fd; /* borrowed */
    enum log_form form;
    const char *program; /* LOG_JOURNAL: who speaks; borrowed */
    int journal_fd;      /* LOG_JOURNAL; owned */
    struct log_budget budgets[ROLE_COUNT];
    struct log_ring *ring; /* the latest records; owned; NULL: none are kept */
};

/* Text on this descriptor. */
void log_init(struct log *log, int fd);
/* From now on in this form. LOG_JOURNAL is for tests: socket is where the journal listens, NULL for
 * its usual place; when it cannot be spoken to, text it is. */
void log_use(struct log *log, enum log_form form, const char *program, const char *socket);
/* Keep the latest records from now on, if there is memory for it. */
void log_remember(struct log *log);
void log_close(struct log *log);

/* "auto", "text" or "json". RC_MALFORMED. */
MUST_USE enum rc log_form_parse(const char *word, enum log_form *out);

/* Write one record now. A role over its budget is counted, and told with its next line that
 * fits. */
void log_text(struct log *log, enum event_level level, enum role role, const char *text);
void log_event(struct log *log, enum role role, const struct event *event);
__attribute__((format(printf, 3, 4))) void log_line(struct log *log, enum event_level level,
                                                    const char *format, ...); /* as warden */

/* The pure part. now_ms: any monotonic clock. lost: lines dropped before this one. */
bool log_budget_take(struct log_budget *budget, uint64_t now_ms, uint32_t *lost);

#endif
