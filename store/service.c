/* The store's behaviour. A database that cannot be opened or written is a state, not an end: key is
 * told at once, the try is repeated with growing pauses, and what nobody waits for is kept. */
#include "store/service.h"

#include "host/message_peer.h"
#include "store/batch.h"
#include "store/database.h"
#include "store/lease.h"
#include "store/peer.h"
#include "store/questions.h"
#include "store/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RETRY_FIRST_MS = 1000,
    RETRY_LAST_MS = 60000,
    PAGE_ROWS = 64,
    PAGE_PAUSE_MS = 5,            /* while key has not read what was sent */
    PAGE_QUEUE_MOST = 256 * 1024, /* octets */
    ALIVE_PAUSE_MS = 60000,       /* at most so much is not known about when key ended */
    LINE_OCTETS = 512
};

struct service {
    const char *vfs;
    struct service_io io;
    struct database *database; /* NULL: not open */
    struct batch *batch;
    enum rc why; /* database is NULL: RC_IO, RC_FULL, or RC_UNSUPPORTED */
    uint64_t epoch;
    uint64_t key_start; /* as key said; 0: not yet */
    bool key_is_there;
    uint64_t alive_at_ms; /* when it is to be noted again that key lives */
    struct questions questions;
    struct store_state trouble; /* what does not work now; RC_OK: nothing, or only what is lost */
    struct store_state told;    /* as key knows it */
    char lost_text[sizeof((struct store_state *)0)->text];
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

/* -- what key and the operator are told ------------------------------------------------- */

/* Into the text of a state, cut to fit. */
static void cut(char *out, const char *text)
{
    const size_t most = sizeof((struct store_state *)0)->text - 1;
    size_t n = strnlen(text, most);
    memcpy(out, text, n);
    out[n] = '\0';
}

/* Something does not work: try again later, with growing pauses. */
static void failed(struct service *service, const struct service_now *now, enum rc rc,
                   const char *text)
{
    uint64_t pause = service->retry_ms ? 2 * service->retry_ms : RETRY_FIRST_MS;
    service->retry_ms = pause < RETRY_LAST_MS ? pause : RETRY_LAST_MS;
    service->retry_at_ms = now->ms + service->retry_ms;
    service->trouble.rc = rc == RC_UNSUPPORTED || rc == RC_FULL ? rc : RC_IO;
    cut(service->trouble.text, text);
}

/* Said once for a row of failures, not for each. */
static void say_recovered(struct service *service)
{
    if (service->retry_ms)
        say(service, LEVEL_NOTICE, "the database takes rows again");
    service->retry_ms = 0;
    service->trouble = (struct store_state){.rc = RC_OK};
}

static struct store_state state_now(const struct service *service)
{
    struct store_state state = service->trouble;
    if (state.rc == RC_OK && service->lost) {
        state.rc = RC_NOT_FOUND;
        memcpy(state.text, service->lost_text, sizeof state.text);
    }
    return state;
}

/* Only what has changed, unless it is a new key. */
static void tell_state(struct service *service, bool anew)
{
    uint8_t octets[STORE_STATE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    const struct store_state state = state_now(service);
    bool same = state.rc == service->told.rc && strcmp(state.text, service->told.text) == 0;
    if (!service->key_is_there || (same && !anew))
        return;
    store_state_put(&b, &state);
    if (service->io.send(service->io.context, MSG_STORE_STATE, builder_span(&b)) == RC_OK)
        service->told = state;
}

/* -- opening ---------------------------------------------------------------------------- */

static void open_database(struct service *service, const struct service_now *now)
{
    struct database_report report;
    bool first = service->retry_ms == 0; /* said once, not at each try */
    enum rc rc = database_open(service->vfs, &service->database, &report);
    if (report.set_aside) {
        service->lost = true;
        cut(service->lost_text, report.text);
    }
    if (rc != RC_OK && !report.text[0])
        snprintf(report.text, sizeof report.text, "the database cannot be opened: %s", rc_text(rc));
    if (report.text[0] && (first || report.set_aside))
        say(service, LEVEL_ERROR, "%s", report.text);
    if (rc == RC_OK) {
        say_recovered(service);
        return;
    }
    service->why = rc == RC_UNSUPPORTED || rc == RC_FULL ? rc : RC_IO;
    failed(service, now, rc, report.text);
}

/* -- epochs ----------------------------------------------------------------------------- */

static void note_epoch(struct service *service)
{
    uint64_t epoch = service->epoch;
    if (!service->database || !service->key_start)
        return;
    enum rc rc = session_key_came(service->database, service->key_start, &service->epoch);
    batch_renumber(service->batch, epoch, service->epoch);
    if (rc != RC_OK)
        say(service, LEVEL_WARNING, "the start of key could not be noted: %s", rc_text(rc));
}

/* A number of its own for every key, also while there is no database to count in. */
static void next_epoch(struct service *service, uint64_t key_start, const struct service_now *now)
{
    uint64_t next = service->epoch + 1;
    service->epoch = next > now->unix_s ? next : now->unix_s;
    service->key_start = key_start;
    note_epoch(service);
}

/* -- rows to key ------------------------------------------------------------------------ */

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

/* -- key -------------------------------------------------------------------------------- */

void service_key_came(struct service *service, const struct service_now *now)
{
    service_key_gone(service, now); /* one that was there is not any more */
    service->key_is_there = true;
    service->alive_at_ms = now->ms + ALIVE_PAUSE_MS;
    if (!service->database)
        open_database(service, now);
    tell_state(service, true);
    begin_rows(service, now);
}

static void commit(struct service *service, const struct service_now *now);

/* Tickets of a key that is gone are answered to nobody; what it wanted saved is still saved. */
void service_key_gone(struct service *service, const struct service_now *now)
{
    if (!service->key_is_there)
        return;
    service->key_is_there = false;
    service->key_start = 0;
    service->sending = false;
    questions_forget(&service->questions);
    batch_key_gone(service->batch, now->unix_s);
    if (!service->database)
        return;
    commit(service, now);
    /* What fails here is made good when the next key comes. */
    enum rc rc = service->database ? session_key_gone(service->database, now->unix_s) : RC_OK;
    if (rc != RC_OK)
        say(service, LEVEL_WARNING, "the end of key could not be noted: %s", rc_text(rc));
}

static enum rc take_start(struct service *service, struct cursor *payload,
                          const struct service_now *now)
{
    uint64_t start;
    enum rc rc = store_key_start_get(payload, &start);
    if (rc != RC_OK)
        return rc;
    if (service->key_start)
        return RC_BAD_STATE;
    next_epoch(service, start, now);
    return RC_OK;
}

static struct lease_stamp stamp_of(const struct service *service, const struct service_now *now)
{
    return (struct lease_stamp){.now_s = now->unix_s, .epoch = service->epoch};
}

static enum rc take_lease(struct service *service, struct cursor *payload,
                          const struct service_now *now)
{
    struct effect_lease_save save;
    const struct lease_stamp stamp = stamp_of(service, now);
    enum rc rc = store_lease_save_get(payload, &save);
    if (rc != RC_OK || batch_lease(service->batch, &save, &stamp) == RC_OK)
        return rc;
    const struct store_lease_saved saved = {.ticket = save.ticket, .rc = RC_IO};
    if (store_ticket_wanted(&save.ticket))
        send_saved(service, &saved);
    return RC_OK;
}

static enum rc take_peer(struct service *service, struct cursor *payload,
                         const struct service_now *now)
{
    struct peer_row row;
    const struct lease_stamp stamp = stamp_of(service, now);
    enum rc rc = store_peer_get(payload, &row);
    if (rc == RC_OK && batch_peer(service->batch, &row, &stamp) != RC_OK)
        say(service, LEVEL_WARNING, "a peer row was lost: out of memory");
    return rc;
}

static enum rc take_session(struct service *service, struct cursor *payload,
                            const struct service_now *now)
{
    struct session_row row;
    const struct lease_stamp stamp = stamp_of(service, now);
    enum rc rc = store_session_get(payload, &row);
    if (rc == RC_OK && batch_session(service->batch, &row, &stamp) != RC_OK)
        say(service, LEVEL_WARNING, "a session row was lost: out of memory");
    return rc;
}

static enum rc take_decision(struct service *service, struct cursor *payload,
                             const struct service_now *now)
{
    struct effect_decision decision;
    const struct lease_stamp stamp = stamp_of(service, now);
    enum rc rc = store_decision_get(payload, &decision);
    if (rc == RC_OK && batch_decision(service->batch, &decision, &stamp) != RC_OK)
        say(service, LEVEL_WARNING, "a decision was lost: out of memory");
    return rc;
}

/* Answered after the commit of what came with it. */
static enum rc take_question(struct service *service, struct cursor *payload,
                             const struct service_now *now)
{
    struct status_question question;
    (void)now;
    enum rc rc = status_question_get(payload, &question);
    return rc == RC_OK ? questions_add(&service->questions, &question) : rc;
}

/* What came before is written first: it may hold the very row. */
static enum rc forget(struct service *service, const struct service_now *now,
                      const struct peer_forget *wanted, struct peer_forgotten *out)
{
    if (!batch_is_empty(service->batch))
        commit(service, now);
    if (!service->database || !batch_is_empty(service->batch))
        return RC_IO;
    enum rc rc = peer_forget(service->database, wanted->who, &out->count, &out->up);
    if (rc != RC_OK)
        say(service, LEVEL_ERROR, "a peer cannot be forgotten: %s (%s)", rc_text(rc),
            database_error(service->database));
    return rc;
}

static enum rc take_forget(struct service *service, struct cursor *payload,
                           const struct service_now *now)
{
    struct peer_forget wanted;
    uint8_t octets[PEER_FORGOTTEN_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    enum rc rc = peer_forget_get(payload, &wanted);
    if (rc != RC_OK)
        return rc;
    struct peer_forgotten forgotten = {.number = wanted.number};
    forgotten.rc = forget(service, now, &wanted, &forgotten);
    peer_forgotten_put(&b, &forgotten);
    if (service->io.send(service->io.context, MSG_PEER_FORGOTTEN, builder_span(&b)) != RC_OK)
        say(service, LEVEL_ERROR, "key could not be told that a peer is forgotten");
    return RC_OK;
}

enum rc service_message(struct service *service, enum message_kind kind, struct cursor *payload,
                        const struct service_now *now)
{
    static const struct taker {
        enum message_kind kind;
        enum rc (*take)(struct service *service, struct cursor *payload,
                        const struct service_now *now);
    } takers[] = {{MSG_KEY_START, take_start},   {MSG_LEASE_SAVE, take_lease},
                  {MSG_PEER_SAVE, take_peer},    {MSG_SESSION_SAVE, take_session},
                  {MSG_DECISION, take_decision}, {MSG_STORE_GET, take_question},
                  {MSG_PEER_FORGET, take_forget}};
    if (!service->key_start && kind != MSG_KEY_START)
        return RC_BAD_STATE;
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
        if (takers[i].kind == kind)
            return takers[i].take(service, payload, now);
    return RC_UNSUPPORTED;
}

/* -- commits ---------------------------------------------------------------------------- */

/* The database is open and does not take what it is given. */
static void write_failed(struct service *service, const struct service_now *now, enum rc rc)
{
    char text[LINE_OCTETS];
    snprintf(text, sizeof text, "rows cannot be written: %s (%s)", rc_text(rc),
             database_error(service->database));
    if (!service->retry_ms)
        say(service, LEVEL_ERROR, "%s", text);
    failed(service, now, rc, text);
    if (database_is_damaged(service->database)) {
        database_close(service->database); /* judged again, and set aside, when it is opened */
        service->database = NULL;
        service->sending = false;
    }
}

static void commit(struct service *service, const struct service_now *now)
{
    enum rc why = service->why == RC_UNSUPPORTED ? RC_DENIED : service->why;
    bool something = !batch_is_empty(service->batch);
    enum rc rc = batch_commit(service->batch, service->database, now->unix_s, why);
    size_t lost = batch_take_lost(service->batch);
    if (lost)
        say(service, LEVEL_WARNING, "%zu rows were not stored", lost);
    if (rc == RC_OK && something) {
        say_recovered(service);
        service->alive_at_ms = now->ms + ALIVE_PAUSE_MS;
    } else if (rc != RC_OK && service->database) {
        write_failed(service, now, rc);
    } /* without a database that was said, and is retried, when it could not be opened */
    tell_state(service, false);
}

void service_commit(struct service *service, const struct service_now *now)
{
    /* In a pause only those who wait are worth a try. */
    if (batch_is_urgent(service->batch) ||
        (!batch_is_empty(service->batch) && !service->retry_ms && service->database))
        commit(service, now);
}

/* Does the database take a write? It costs one, and notes that key lives. */
static void mark_alive(struct service *service, const struct service_now *now)
{
    service->alive_at_ms = now->ms + ALIVE_PAUSE_MS;
    enum rc rc = session_alive(service->database, now->unix_s);
    if (rc == RC_OK)
        say_recovered(service);
    else
        write_failed(service, now, rc);
}

/* Try again what failed. */
static void retry(struct service *service, const struct service_now *now)
{
    if (!service->database) {
        open_database(service, now);
        if (!service->database)
            return;
        if (service->key_is_there) {
            note_epoch(service);
            begin_rows(service, now);
        }
    }
    if (!batch_is_empty(service->batch))
        commit(service, now);
    else if (service->retry_ms)
        mark_alive(service, now);
}

static bool alive_is_due(const struct service *service)
{
    return service->key_is_there && service->database && !service->retry_ms;
}

static void answer_one(struct service *service, const struct service_now *now)
{
    enum rc rc = questions_answer(&service->questions, service->database, now->unix_s,
                                  service->io.send, service->io.context);
    if (rc != RC_OK)
        say(service, LEVEL_WARNING, "a question could not be answered: %s", rc_text(rc));
}

void service_tick(struct service *service, const struct service_now *now)
{
    if (service->retry_ms && now->ms >= service->retry_at_ms)
        retry(service, now);
    if (alive_is_due(service) && now->ms >= service->alive_at_ms)
        mark_alive(service, now);
    if (service->sending && now->ms >= service->page_at_ms)
        send_pages(service, now);
    answer_one(service, now);
    tell_state(service, false);
}

uint64_t service_next_ms(const struct service *service)
{
    uint64_t next = service->retry_ms ? service->retry_at_ms : UINT64_MAX;
    if (service->sending && service->page_at_ms < next)
        next = service->page_at_ms;
    if (alive_is_due(service) && service->alive_at_ms < next)
        next = service->alive_at_ms;
    return service->questions.count ? 0 : next;
}
