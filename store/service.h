/* What the store does with messages and time, without a loop: key's channel comes and goes, rows go
 * out, saves come in, commits happen between. Its owner delivers messages, calls service_commit
 * when all that was readable is delivered, and service_tick when service_next_ms is reached. */
#ifndef HUBWARD_STORE_SERVICE_H
#define HUBWARD_STORE_SERVICE_H

#include "base/event.h"
#include "host/message.h"

struct service;

struct service_io {
    /* Send to key. RC_OK, or why not; nothing is sent again. */
    enum rc (*send)(void *context, enum message_kind kind, struct span payload);
    /* Octets that wait to be sent to key: no more rows are sent while these are many. */
    size_t (*queued)(void *context);
    void (*log)(void *context, enum event_level level, const char *line);
    void *context;
};

/* Both clocks, read by the owner: timers run on the first, rows are stamped with the second. */
struct service_now {
    uint64_t ms;     /* monotonic */
    uint64_t unix_s; /* wall clock */
};

/* vfs: as database_open takes it. RC_NO_MEMORY. */
MUST_USE enum rc service_new(const char *vfs, const struct service_io *io, struct service **out);
/* Commit what is left and close. NULL allowed. */
void service_free(struct service *take_service, const struct service_now *now);

/* A key process is there: the database is opened if it is not, an epoch begins, and key is told the
 * state of the database, every lease row, then MSG_LEASES_DONE. The state is told again whenever it
 * changes. */
void service_key_came(struct service *service, const struct service_now *now);
/* It has ended, and its sessions with it: the history says so. */
void service_key_gone(struct service *service, const struct service_now *now);

/* One message of key. RC_OK; RC_MALFORMED, RC_UNSUPPORTED: a breach of the table; RC_FULL: more
 * questions than it may have outstanding, another breach. */
MUST_USE enum rc service_message(struct service *service, enum message_kind kind,
                                 struct cursor *payload, const struct service_now *now);

/* Everything that came is to be written and answered now. */
void service_commit(struct service *service, const struct service_now *now);

/* Retries and rows that are due, and one question. */
void service_tick(struct service *service, const struct service_now *now);
/* When service_tick is due on the monotonic clock; UINT64_MAX: no need. */
uint64_t service_next_ms(const struct service *service);

#endif
