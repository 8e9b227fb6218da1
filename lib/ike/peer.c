/* The peer behind an SA: told to the store when it comes and goes, and relieved of its older SAs
 * when it says that it has forgotten them, or when a new phase 1 replaces the old one. */
#include "ike/peer.h"

#include "ike/child.h"
#include "ike/dpd.h"
#include "ike/goodbye.h"
#include "ike/pool.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/session.h"

#include <stdio.h>

void peer_save(struct engine *engine, const struct ike_sa *sa, bool up, const char *reason,
               struct io *io)
{
    (void)engine;
    if (!sa->principal[0])
        return;
    struct effect *effect = effects_add(io->out, EFFECT_PEER_SAVE);
    if (!effect)
        return;
    struct peer_row *row = effect->peer_save;
    char identity[IDENTITY_TEXT];
    snprintf(row->profile, sizeof row->profile, "%s", sa->profile);
    snprintf(row->principal, sizeof row->principal, "%s", sa->principal);
    snprintf(row->identity, sizeof row->identity, "%s", identity_format(&sa->identity, identity));
    snprintf(row->client, sizeof row->client, "%s", vendor_client(sa->vendors));
    snprintf(row->reason, sizeof row->reason, "%s", reason ? reason : "");
    row->last = sa->path.remote;
    row->up = up;
}

/* May this user be there only once? A peer that is its key may. */
static bool single_login(const struct engine *engine, const struct ike_sa *sa)
{
    if (engine->config->key_verify && !sa->initiator && !sa->aggressive && sa->key_line)
        return true;
    const struct client_group *group =
        config_group(engine->config, (struct span){(const uint8_t *)sa->group, strlen(sa->group)});
    return sa->client && group && group->max_logins <= 1;
}

bool peer_same_session(const struct engine *engine, const struct ike_sa *sa,
                       const struct ike_sa *other)
{
    /* Behind one NAT there may be several: branches of one private address, sessions of one user.
     * The port tells them apart; a user who may be there only once may have got a new one. */
    return other != sa && other->state == SA_DONE && sa->principal[0] &&
           strcmp(other->principal, sa->principal) == 0 &&
           addr_equal(other->path.remote.addr, sa->path.remote.addr) &&
           (other->path.remote.port == sa->path.remote.port || single_login(engine, sa));
}

/* Older SAs of the same peer: of its address and port, or wherever a user that is allowed one login
 * was; never a group's or an address's others (THREATS P04). */
static bool superseded(const struct engine *engine, const struct ike_sa *sa,
                       const struct ike_sa *old)
{
    /* What came to be while the peer was already at this one it cannot have forgotten: both sides
     * began at once. */
    if (old->established_ms >= sa->begun_ms)
        return false;
    return peer_same_session(engine, sa, old) ||
           (old != sa && old->state == SA_DONE && single_login(engine, sa) &&
            strcmp(old->principal, sa->principal) == 0);
}

/* Pairs outlive the phase 1 they were made under. */
static bool superseded_pair(const struct engine *engine, const struct ike_sa *sa,
                            const struct child *child)
{
    return !slots_get(&engine->sas, child->sa) &&
           (child_of_peer(engine, sa, child) ||
            (single_login(engine, sa) && strcmp(child->principal, sa->principal) == 0));
}

static void forget_older(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *old;
    sa_event(engine, sa, EV_INITIAL_CONTACT, io);
    while ((old = slots_next(&engine->sas, &at, &handle)))
        if (superseded(engine, sa, old))
            sa_end_all(engine, old, "initial contact", false, io);
    struct child *child;
    at = 0;
    while ((child = slots_next(&engine->children, &at, &handle)))
        if (superseded_pair(engine, sa, child))
            child_end(engine, child, "initial contact", false, io);
}

/* -- one SA after another -------------------------------------------------------------- */

static void hand_pending_over(struct ike_sa *from, struct ike_sa *to)
{
    struct pending **end = &to->pending;
    while (*end)
        end = &(*end)->next;
    *end = from->pending;
    from->pending = NULL;
}

/* All that this SA has replaced goes soon, also what one that itself gave way had replaced. */
static void retire_replaced(struct engine *engine, const struct ike_sa *stays, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *other;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other->rekeyed && peer_same_session(engine, stays, other))
            sa_retire(engine, other, io);
}

/* Of two SAs of one session one stays: pairs, lease and wishes are its own now. The other goes soon
 * when it was we who began the one that stays; else when the peer deletes it, or it expires. */
static void take_over(struct engine *engine, struct ike_sa *stays, struct ike_sa *goes,
                      struct io *io)
{
    child_adopt(engine, goes, stays);
    pool_move(engine, goes, stays);
    hand_pending_over(goes, stays);
    goodbye_move(engine, goes, stays, io);
    stays->config_mode = stays->config_mode || goes->config_mode;
    goes->rekeyed = true;
    if (stays->initiator)
        retire_replaced(engine, stays, io);
}

/* Both sides have begun a phase 1, neither as a successor of the other's. The one whose initiator
 * has the higher cookie stays: both sides know both cookies, so they agree. Without this each would
 * take the one that it saw last, and both would renew theirs for ever. */
static bool gives_way(const struct ike_sa *sa, const struct ike_sa *old)
{
    return sa->initiator != old->initiator && old->established_ms >= sa->begun_ms &&
           memcmp(sa->cky_i, old->cky_i, IKE_COOKIE) < 0;
}

void peer_tell_elsewhere(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *other;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other != sa && other->state == SA_DONE && sa->principal[0] &&
            strcmp(other->principal, sa->principal) == 0 &&
            addr_equal(other->path.remote.addr, sa->path.remote.addr))
            break;
    struct child *child;
    at = 0;
    while (other && (child = slots_next(&engine->children, &at, &handle)))
        if (child->sa == sa->self)
            child_delete_send(engine, other, child->spi_in, io);
}

static bool other_login(const struct ike_sa *sa, const struct ike_sa *other)
{
    return other != sa && other->state == SA_DONE && other->lease.family != ADDR_NONE &&
           strcmp(other->principal, sa->principal) == 0;
}

bool peer_doubt_others(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *other;
    bool any = false;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other_login(sa, other) && dpd_doubt(engine, other, io))
            any = true;
    return any;
}

bool peer_end_oldest(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *other, *oldest = NULL;
    while ((other = slots_next(&engine->sas, &at, &handle)))
        if (other_login(sa, other) && (!oldest || other->id < oldest->id))
            oldest = other;
    if (oldest)
        sa_end_all(engine, oldest, "replaced by a new login", true, io);
    return oldest != NULL;
}

void peer_initial_contact(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    bool known = sa->principal[0] && (sa->login == LOGIN_NONE || sa->login == LOGIN_OK);
    sa->initial_contact = true;
    if (known)
        forget_older(engine, sa, io);
}

struct ike_sa *peer_known(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    if (sa->initial_contact && sa->principal[0])
        forget_older(engine, sa, io);
    struct ike_sa *old = sa_twin(engine, sa);
    if (old && gives_way(sa, old)) {
        take_over(engine, old, sa, io);
        return old;
    }
    if (old)
        take_over(engine, sa, old, io);
    session_begin(engine, sa, old, io);
    child_adopt_orphans(engine, sa);
    peer_save(engine, sa, true, NULL, io);
    return sa;
}
