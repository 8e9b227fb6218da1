/* The store's behaviour. A database that cannot be opened or written is a state, not an end: key is
 * told at once, the try is repeated with growing pauses, and what nobody waits for is kept. */
#include "store/service.h"

#include "store/batch.h"
#include "store/database.h"
#include "store/lease.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RETRY_FIRST_MS = 1000,
    RETRY_LAST_MS = 60000,
    PAGE_ROWS = 64,
    PAGE_PAUSE_MS = 5,            /* while key has not read what was sent */
    PAGE_QUEUE_MOST = 256 * 1024, /* octets */
    LINE_OCTETS = 512
};

struct service {
    const char *vfs;
    struct service_io io;
    struct database *database; /* NULL: not open */
    struct batch *batch;
    enum rc why; /* database is NULL: RC_IO, RC_FULL, or RC_UNSUPPORTED */
    uint64_t epoch;
    bool key_is_there;
    bool lost;          /* a file was set aside since this process started */
    bool sending;       /* rows are going out */
    int64_t sent_until; /* number of the last row sent */
    size_t skipped;
    uint64_t retry_ms; /* pause before the next try; 0: nothing failed */
    uint64_t retry_at_ms;
    uint64_t page_at_ms;
};

__attribute__((format(printf, 3, 4))) static void
say(struct service *service, enum event_level level, const char *format, ...)
{
    char line[LINE_OCTETS];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    service->io.log(service->io.context, level, line);
}

static void send_saved(void *context, const struct store_lease_saved *saved)
{
    struct service *service = context;
    uint8_t octets[STORE_LEASE_SAVED_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    store_lease_saved_put(&b, saved);
    if (service->key_is_there &&
        service->io.send(service->io.context, MSG_LEASE_SAVED, builder_span(&b)) != RC_OK)
        say(service, LEVEL_ERROR, "key could not be told that a lease is saved");
}

enum rc service_new(const char *vfs, const struct service_io *io, struct service **out)
{
    struct service *service = calloc(1, sizeof *service);
    if (!service)
        return RC_NO_MEMORY;
    service->vfs = vfs;
    service->io = *io;
    service->why = RC_IO;
    const struct batch_io batch_io = {.saved = send_saved, .context = service};
    enum rc rc = batch_new(&batch_io, &service->batch);
    if (rc == RC_OK)
        *out = service;
    else
        free(service);
    return rc;
}

void service_free(struct service *take_service, const struct service_now *now)
{
    if (!take_service)
        return;
    service_commit(take_service, now);
    database_close(take_service->database);
    batch_free(take_service->batch);
    free(take_service);
}

static void failed(struct service *service, const struct service_now *now)
{
    uint64_t pause = service->retry_ms ? 2 * service->retry_ms : RETRY_FIRST_MS;
    service->retry_ms = pause < RETRY_LAST_MS ? pause : RETRY_LAST_MS;
    service->retry_at_ms = now->ms + service->retry_ms;
}

/* Said once for a row of failures, not for each. */
static void say_recovered(struct service *service)
{
    if (service->retry_ms)
        say(service, LEVEL_NOTICE, "the database takes rows again");
    service->retry_ms = 0;
}

static void open_database(struct service *service, const struct service_now *now)
{
    struct database_report report;
    bool first = service->retry_ms == 0; /* said once, not at each try */
    enum rc rc = database_open(service->vfs, &service->database, &report);
    service->lost = service->lost || report.set_aside;
    if (report.text[0] && (first || report.set_aside))
        say(service, LEVEL_ERROR, "%s", report.text);
    else if (rc != RC_OK && first)
        say(service, LEVEL_ERROR, "the database cannot be opened: %s", rc_text(rc));
    if (rc == RC_OK) {
        say_recovered(service);
        return;
    }
    service->why = rc == RC_UNSUPPORTED || rc == RC_FULL ? rc : RC_IO;
    if (rc != RC_UNSUPPORTED) /* a newer file does not become older by waiting */
        failed(service, now);
}

static void next_epoch(struct service *service)
{
    uint64_t epoch = service->epoch + 1;
    enum rc rc = service->database ? lease_next_epoch(service->database, &epoch) : RC_OK;
    /* Unwritten it still grows within this process, which is all that telling a living key from
     * its predecessors takes. */
    service->epoch = epoch > service->epoch ? epoch : service->epoch + 1;
    if (rc != RC_OK)
        say(service, LEVEL_WARNING, "the start of key could not be noted: %s", rc_text(rc));
}

static void send_done(struct service *service, enum rc rc)
{
    uint8_t octets[STORE_LEASES_DONE_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    store_leases_done_put(&b, rc);
    service->sending = false;
    if (service->io.send(service->io.context, MSG_LEASES_DONE, builder_span(&b)) != RC_OK)
        say(service, LEVEL_ERROR, "key could not be told that all leases were sent");
    if (service->skipped)
        say(service, LEVEL_WARNING, "%zu lease rows are not of this program and were left out",
            service->skipped);
}

static enum rc send_row(struct service *service, const struct lease_row *row)
{
    uint8_t octets[STORE_LEASE_ROW_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    store_lease_row_put(&b, row);
    return b.bad ? RC_MALFORMED
                 : service->io.send(service->io.context, MSG_LEASE_ROW, builder_span(&b));
}

/* One page of rows; at the end of them, the end. */
static void send_page(struct service *service, const struct service_now *now)
{
    struct lease_row *rows = calloc(PAGE_ROWS, sizeof *rows);
    size_t count = 0;
    bool end = true;
    enum rc rc = rows ? lease_page(service->database, now->unix_s, &service->sent_until, rows,
                                   PAGE_ROWS, &count, &end, &service->skipped)
                      : RC_NO_MEMORY;
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rc = send_row(service, &rows[i]);
    free(rows);
    if (rc != RC_OK) {
        say(service, LEVEL_ERROR, "leases could not be sent: %s", rc_text(rc));
        send_done(service, RC_IO);
    } else if (end) {
        send_done(service, service->lost ? RC_NOT_FOUND : RC_OK);
    }
}

/* Pages, as long as key keeps reading. */
static void send_pages(struct service *service, const struct service_now *now)
{
    while (service->sending && service->io.queued(service->io.context) < PAGE_QUEUE_MOST)
        send_page(service, now);
    service->page_at_ms = now->ms + PAGE_PAUSE_MS;
}

static void begin_rows(struct service *service, const struct service_now *now)
{
    service->sent_until = 0;
    service->skipped = 0;
    service->sending = service->database != NULL;
    if (service->sending)
        send_pages(service, now);
    else
        send_done(service, service->why == RC_UNSUPPORTED ? RC_UNSUPPORTED : RC_IO);
}

void service_key_came(struct service *service, const struct service_now *now)
{
    service->key_is_there = true;
    if (!service->database && service->why != RC_UNSUPPORTED)
        open_database(service, now);
    next_epoch(service);
    begin_rows(service, now);
}

/* Tickets of a key that is gone are answered to nobody; what it wanted saved is still saved. */
void service_key_gone(struct service *service)
{
    service->key_is_there = false;
    service->sending = false;
}

static enum rc take_lease(struct service *service, struct cursor *payload)
{
    struct effect_lease_save save;
    enum rc rc = store_lease_save_get(payload, &save);
    if (rc != RC_OK || batch_lease(service->batch, &save) == RC_OK)
        return rc;
    const struct store_lease_saved saved = {.ticket = save.ticket, .rc = RC_IO};
    if (store_ticket_wanted(&save.ticket))
        send_saved(service, &saved);
    return RC_OK;
}

static enum rc take_peer(struct service *service, struct cursor *payload)
{
    struct peer_row row;
    enum rc rc = store_peer_get(payload, &row);
    if (rc == RC_OK && batch_peer(service->batch, &row) != RC_OK)
        say(service, LEVEL_WARNING, "a peer row was lost: out of memory");
    return rc;
}

static enum rc take_decision(struct service *service, struct cursor *payload)
{
    struct effect_decision decision;
    enum rc rc = store_decision_get(payload, &decision);
    if (rc == RC_OK && batch_decision(service->batch, &decision) != RC_OK)
        say(service, LEVEL_WARNING, "a decision was lost: out of memory");
    return rc;
}

enum rc service_message(struct service *service, enum message_kind kind, struct cursor *payload)
{
    static const struct taker {
        enum message_kind kind;
        enum rc (*take)(struct service *service, struct cursor *payload);
    } takers[] = {
        {MSG_LEASE_SAVE, take_lease}, {MSG_PEER_SAVE, take_peer}, {MSG_DECISION, take_decision}};
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
        if (takers[i].kind == kind)
            return takers[i].take(service, payload);
    return RC_UNSUPPORTED;
}

static void commit(struct service *service, const struct service_now *now)
{
    const struct lease_stamp stamp = {.now_s = now->unix_s, .epoch = service->epoch};
    enum rc why = service->why == RC_UNSUPPORTED ? RC_DENIED : service->why;
    enum rc rc = batch_commit(service->batch, service->database, &stamp, why);
    size_t lost = batch_take_lost(service->batch);
    if (lost)
        say(service, LEVEL_WARNING, "%zu rows were not stored", lost);
    if (rc == RC_OK) {
        say_recovered(service);
        return;
    }
    if (!service->database)
        return; /* said, and retried, since it could not be opened */
    if (!service->retry_ms)
        say(service, LEVEL_ERROR, "rows cannot be written: %s (%s)", rc_text(rc),
            database_error(service->database));
    failed(service, now);
    if (database_is_damaged(service->database)) {
        database_close(service->database); /* judged again, and set aside, when it is opened */
        service->database = NULL;
        service->sending = false;
    }
}

void service_commit(struct service *service, const struct service_now *now)
{
    /* In a pause only those who wait are worth a try. */
    if (batch_is_urgent(service->batch) ||
        (!batch_is_empty(service->batch) && !service->retry_ms && service->database))
        commit(service, now);
}

/* Try again what failed. */
static void retry(struct service *service, const struct service_now *now)
{
    if (!service->database) {
        open_database(service, now);
        if (!service->database)
            return;
        next_epoch(service);
        if (service->key_is_there)
            begin_rows(service, now);
    }
    if (batch_is_empty(service->batch))
        say_recovered(service);
    else
        commit(service, now);
}

void service_tick(struct service *service, const struct service_now *now)
{
    if (service->retry_ms && now->ms >= service->retry_at_ms)
        retry(service, now);
    if (service->sending && now->ms >= service->page_at_ms)
        send_pages(service, now);
}

uint64_t service_next_ms(const struct service *service)
{
    uint64_t next = service->retry_ms ? service->retry_at_ms : UINT64_MAX;
    if (service->sending && service->page_at_ms < next)
        next = service->page_at_ms;
    return next;
}
