/* The log: one line a record on a descriptor, `2026-05-01T12:00:00.123Z warning key: text`, UTC.
 * Every octet that is not printable ASCII is escaped here, at the last door, because names and
 * identities in a line may be hostile; and every role has a budget of lines. */
#ifndef HUBWARD_HOST_LOG_H
#define HUBWARD_HOST_LOG_H

#include "base/event.h"
#include "host/message.h"

#include <stdint.h>

enum {
    LOG_LINE = 4096,      /* longest record, newline included; cut beyond */
    LOG_RATE_PER_S = 200, /* lines of one role */
    LOG_BURST = 2000
};

struct log_budget {
    uint64_t refilled_ms;
    uint32_t lines;
    uint32_t lost;
    bool started;
};

struct log {
    int fd; /* borrowed */
    struct log_budget budgets[ROLE_COUNT];
};

void log_init(struct log *log, int fd);

/* Write one record now. A role over its budget is counted, and told with its next line that
 * fits. */
void log_text(struct log *log, enum event_level level, enum role role, const char *text);
__attribute__((format(printf, 3, 4))) void log_line(struct log *log, enum event_level level,
                                                    const char *format, ...); /* as warden */

/* The pure parts. now_ms: any monotonic clock. lost: lines dropped before this one. */
bool log_budget_take(struct log_budget *budget, uint64_t now_ms, uint32_t *lost);
/* Render a record into out (LOG_LINE octets, terminated, newline at its end); returns its
 * length. */
size_t log_render(char *out, uint64_t unix_ms, enum event_level level, enum role role,
                  const char *text);

const char *log_level_name(enum event_level level);

#endif
