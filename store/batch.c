/* The batch: four lists in the order in which things came. Leases go first, since somebody waits
 * for them; their order among themselves is kept, because an address can pass from one principal to
 * another within a batch. */
#include "store/batch.h"

#include "store/decision.h"
#include "store/peer.h"
#include "store/session.h"

#include <stdio.h>
#include <stdlib.h>

struct batch_entry {
    struct batch_entry *next;
    enum rc rc;               /* of this row, within a commit */
    struct lease_stamp stamp; /* when it came, and from which key */
    union {
        struct effect_lease_save lease;
        struct peer_row peer;
        struct session_row session;
        struct effect_decision decision;
    };
};

struct batch_list {
    struct batch_entry *first;
    struct batch_entry **last;
    size_t count;
};

struct batch {
    struct batch_io io;
    struct batch_list leases;
    struct batch_list peers;
    struct batch_list sessions;
    struct batch_list decisions;
    size_t waiting; /* leases with a ticket */
    size_t lost;
};

static void list_init(struct batch_list *list)
{
    *list = (struct batch_list){.last = &list->first};
}

static void list_add(struct batch_list *list, struct batch_entry *entry)
{
    entry->next = NULL;
    *list->last = entry;
    list->last = &entry->next;
    list->count++;
}

/* Take the entry off that *at points to. */
static void list_drop(struct batch_list *list, struct batch_entry **at)
{
    struct batch_entry *entry = *at;
    *at = entry->next;
    if (list->last == &entry->next)
        list->last = at;
    list->count--;
    free(entry);
}

static void list_clear(struct batch_list *list)
{
    while (list->first)
        list_drop(list, &list->first);
}

enum rc batch_new(const struct batch_io *io, struct batch **out)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return RC_NO_MEMORY;
    batch->io = *io;
    list_init(&batch->leases);
    list_init(&batch->peers);
    list_init(&batch->sessions);
    list_init(&batch->decisions);
    *out = batch;
    return RC_OK;
}

void batch_free(struct batch *take_batch)
{
    if (!take_batch)
        return;
    list_clear(&take_batch->leases);
    list_clear(&take_batch->peers);
    list_clear(&take_batch->sessions);
    list_clear(&take_batch->decisions);
    free(take_batch);
}

static bool is_waiting(const struct batch_entry *entry)
{
    return store_ticket_wanted(&entry->lease.ticket);
}

static bool same_lease(const struct batch_entry *a, const struct batch_entry *b)
{
    return a->lease.row.slot == b->lease.row.slot &&
           strcmp(a->lease.row.principal, b->lease.row.principal) == 0 &&
           strcmp(a->lease.row.pool, b->lease.row.pool) == 0;
}

static bool same_peer(const struct batch_entry *a, const struct batch_entry *b)
{
    return strcmp(a->peer.principal, b->peer.principal) == 0 &&
           strcmp(a->peer.profile, b->peer.profile) == 0;
}

static bool same_session(const struct batch_entry *a, const struct batch_entry *b)
{
    return a->session.session == b->session.session && a->stamp.epoch == b->stamp.epoch;
}

typedef bool same_fn(const struct batch_entry *a, const struct batch_entry *b);

/* The states before this one, earlier in the list, are of no interest any more. */
static void drop_same(struct batch_list *list, const struct batch_entry *entry, same_fn *same)
{
    for (struct batch_entry **at = &list->first; *at && *at != entry;) {
        if (same(*at, entry))
            list_drop(list, at);
        else
            at = &(*at)->next;
    }
}

/* Keep what nobody waits for within its bound: the oldest goes. */
static void bound(struct batch *batch, struct batch_list *list, size_t most)
{
    size_t waiting = list == &batch->leases ? batch->waiting : 0;
    struct batch_entry **at = &list->first;
    while (*at && list->count - waiting > most) {
        if (waiting && is_waiting(*at)) {
            at = &(*at)->next;
            continue;
        }
        list_drop(list, at);
        batch->lost++;
    }
}

static struct batch_entry *entry_new(const struct lease_stamp *stamp)
{
    struct batch_entry *entry = calloc(1, sizeof *entry);
    if (entry)
        entry->stamp = *stamp;
    return entry;
}

enum rc batch_lease(struct batch *batch, const struct effect_lease_save *save,
                    const struct lease_stamp *stamp)
{
    struct batch_entry *entry = entry_new(stamp);
    if (!entry)
        return RC_NO_MEMORY;
    entry->lease = *save;
    list_add(&batch->leases, entry);
    batch->waiting += is_waiting(entry) ? 1 : 0;
    bound(batch, &batch->leases, BATCH_LEASES);
    return RC_OK;
}

enum rc batch_peer(struct batch *batch, const struct peer_row *row, const struct lease_stamp *stamp)
{
    struct batch_entry *entry = entry_new(stamp);
    if (!entry)
        return RC_NO_MEMORY;
    entry->peer = *row;
    list_add(&batch->peers, entry);
    drop_same(&batch->peers, entry, same_peer);
    bound(batch, &batch->peers, BATCH_PEERS);
    return RC_OK;
}

enum rc batch_session(struct batch *batch, const struct session_row *row,
                      const struct lease_stamp *stamp)
{
    struct batch_entry *entry = entry_new(stamp);
    if (!entry)
        return RC_NO_MEMORY;
    entry->session = *row;
    list_add(&batch->sessions, entry);
    drop_same(&batch->sessions, entry, same_session);
    bound(batch, &batch->sessions, BATCH_SESSIONS);
    return RC_OK;
}

enum rc batch_decision(struct batch *batch, const struct effect_decision *decision,
                       const struct lease_stamp *stamp)
{
    struct batch_entry *entry = entry_new(stamp);
    if (!entry)
        return RC_NO_MEMORY;
    entry->decision = *decision;
    list_add(&batch->decisions, entry);
    bound(batch, &batch->decisions, BATCH_DECISIONS);
    return RC_OK;
}

static void renumber(struct batch_list *list, uint64_t from, uint64_t to)
{
    for (struct batch_entry *at = list->first; at; at = at->next)
        if (at->stamp.epoch == from)
            at->stamp.epoch = to;
}

void batch_renumber(struct batch *batch, uint64_t from, uint64_t to)
{
    renumber(&batch->leases, from, to);
    renumber(&batch->sessions, from, to);
}

void batch_key_gone(struct batch *batch, uint64_t now_s)
{
    for (struct batch_entry *at = batch->sessions.first; at; at = at->next) {
        if (at->session.ended)
            continue;
        at->session.ended = true;
        at->session.age_ms += now_s > at->stamp.now_s ? (now_s - at->stamp.now_s) * 1000 : 0;
        at->stamp.now_s = now_s;
        snprintf(at->session.reason, sizeof at->session.reason, "%s", SESSION_KEY_ENDED);
    }
    for (struct batch_entry *at = batch->peers.first; at; at = at->next) {
        if (!at->peer.up)
            continue;
        at->peer.up = false;
        snprintf(at->peer.reason, sizeof at->peer.reason, "%s", SESSION_KEY_ENDED);
    }
}

bool batch_is_urgent(const struct batch *batch)
{
    return batch->waiting > 0;
}

bool batch_is_empty(const struct batch *batch)
{
    return !batch->leases.count && !batch->peers.count && !batch->sessions.count &&
           !batch->decisions.count;
}

size_t batch_take_lost(struct batch *batch)
{
    size_t lost = batch->lost;
    batch->lost = 0;
    return lost;
}

typedef enum rc save_fn(struct database *database, const struct batch_entry *entry);

static enum rc save_lease(struct database *database, const struct batch_entry *entry)
{
    return lease_save(database, &entry->lease.row, &entry->stamp);
}

static enum rc save_peer(struct database *database, const struct batch_entry *entry)
{
    return peer_save(database, &entry->peer, entry->stamp.now_s);
}

static enum rc save_session(struct database *database, const struct batch_entry *entry)
{
    return session_save(database, &entry->session, &entry->stamp);
}

static enum rc save_decision(struct database *database, const struct batch_entry *entry)
{
    return decision_save(database, &entry->decision, entry->stamp.now_s);
}

/* A row that is at fault itself does not hold up the others: its result stands in it.
 * newest_s: raised to when the last of them came. */
static enum rc save_list(struct database *database, struct batch_list *list, save_fn *save,
                         uint64_t *newest_s)
{
    for (struct batch_entry *at = list->first; at; at = at->next) {
        at->rc = save(database, at);
        if (at->rc != RC_OK && at->rc != RC_EXISTS && at->rc != RC_MALFORMED)
            return at->rc;
        *newest_s = at->stamp.now_s > *newest_s ? at->stamp.now_s : *newest_s;
    }
    return RC_OK;
}

static enum rc save_all(struct batch *batch, struct database *database)
{
    uint64_t newest_s = 0;
    enum rc rc = database_begin(database);
    if (rc != RC_OK)
        return rc;
    rc = save_list(database, &batch->leases, save_lease, &newest_s);
    if (rc == RC_OK)
        rc = save_list(database, &batch->peers, save_peer, &newest_s);
    if (rc == RC_OK)
        rc = save_list(database, &batch->sessions, save_session, &newest_s);
    if (rc == RC_OK)
        rc = save_list(database, &batch->decisions, save_decision, &newest_s);
    if (rc == RC_OK) /* who sent a row was alive */
        rc = session_alive(database, newest_s);
    if (rc == RC_OK)
        return database_commit(database);
    database_rollback(database);
    return rc;
}

/* Results of MSG_LEASE_SAVED are few; everything else is "the database failed". */
static enum rc told(enum rc rc)
{
    return rc == RC_OK || rc == RC_EXISTS || rc == RC_FULL || rc == RC_DENIED ? rc : RC_IO;
}

static void answer(struct batch *batch, struct batch_entry *entry, enum rc rc)
{
    const struct store_lease_saved saved = {.ticket = entry->lease.ticket, .rc = told(rc)};
    entry->lease.ticket = (struct ticket){{0}};
    batch->waiting--;
    batch->io.saved(batch->io.context, &saved);
}

/* The rows that nobody waits for and that could not be written are lost. */
static size_t count_refused(const struct batch_list *list)
{
    size_t count = 0;
    for (const struct batch_entry *at = list->first; at; at = at->next)
        count += at->rc != RC_OK ? 1 : 0;
    return count;
}

static void after_success(struct batch *batch)
{
    for (struct batch_entry *at = batch->leases.first; at; at = at->next)
        if (is_waiting(at)) {
            answer(batch, at, at->rc);
            at->rc = RC_OK;
        }
    batch->lost += count_refused(&batch->leases) + count_refused(&batch->peers) +
                   count_refused(&batch->sessions) + count_refused(&batch->decisions);
    list_clear(&batch->leases);
    list_clear(&batch->peers);
    list_clear(&batch->sessions);
    list_clear(&batch->decisions);
}

/* Only now, when nobody waits for any of them, can older states of one lease go: in a batch that
 * is being written, an address that passes from one principal to another needs them all. */
static void drop_old_states(struct batch_list *leases)
{
    for (struct batch_entry *at = leases->first; at; at = at->next)
        drop_same(leases, at, same_lease);
}

static void after_failure(struct batch *batch, struct database *database, uint64_t now_s,
                          enum rc rc)
{
    for (struct batch_entry **at = &batch->leases.first; *at;) {
        struct batch_entry *entry = *at;
        if (!is_waiting(entry)) {
            at = &entry->next;
            continue;
        }
        bool kept = database && lease_is_kept(database, &entry->lease.row, now_s);
        answer(batch, entry, kept ? RC_OK : rc);
        if (kept)
            at = &entry->next;
        else
            list_drop(&batch->leases, at);
    }
    drop_old_states(&batch->leases);
    bound(batch, &batch->leases, BATCH_LEASES);
}

enum rc batch_commit(struct batch *batch, struct database *database, uint64_t now_s, enum rc why)
{
    if (batch_is_empty(batch))
        return RC_OK;
    enum rc rc = database ? save_all(batch, database) : why;
    if (rc == RC_OK)
        after_success(batch);
    else
        after_failure(batch, database, now_s, rc);
    return rc;
}
