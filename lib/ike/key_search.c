/* A search costs a few microseconds for each key, so it is bounded three times: keys a search,
 * searches an SA, keys tried a second for everybody. What is found wins only by proving itself in
 * the exchange's own step again. */
#include "ike/key_search.h"

#include "ike/key_refusal.h"
#include "ike/key_scan.h"
#include "ike/octets.h"
#include "ike/phase1.h"
#include "ike/report.h"
#include "ike/sa.h"
#include "ike/send.h"
#include "ike/v1.h"
#include "ike/wait.h"

#include <stdio.h>
#include <stdlib.h>

enum { SEARCHES_PER_SA = 3, TRIALS_PER_SECOND = 100000, TRIALS_MOST = 2 * TRIALS_PER_SECOND };

/* -- what is remembered ---------------------------------------------------------------- */

static struct remembered_key *place_of_source(const struct engine *engine, struct addr source,
                                              uint8_t key[KEYED_LEN])
{
    const struct span part = {source.bytes, addr_len(source.family)};
    engine_keyed(engine, &part, 1, key);
    size_t at = (size_t)(key[0] << 8 | key[1]) % KEYS_REMEMBERED;
    return engine->remembered ? &engine->remembered[at] : NULL;
}

void key_search_remember(struct engine *engine, const struct ike_sa *sa)
{
    uint8_t key[KEYED_LEN];
    struct key_choice choice = key_search_entry(engine, sa);
    if (!engine->config->key_verify || !choice.entry)
        return;
    if (!engine->remembered)
        engine->remembered = calloc(KEYS_REMEMBERED, sizeof *engine->remembered);
    struct remembered_key *place = place_of_source(engine, sa->path.remote.addr, key);
    if (!place)
        return;
    memcpy(place->source, key, sizeof place->source);
    place->used = true;
    place->ring = (uint32_t)(choice.ring - engine->config->keyrings);
    place->entry = (uint32_t)(choice.entry - choice.ring->entries);
}

static struct key_choice recall(const struct engine *engine, struct addr source)
{
    uint8_t key[KEYED_LEN];
    const struct remembered_key *place = place_of_source(engine, source, key);
    if (!place || !place->used || memcmp(place->source, key, sizeof key) != 0)
        return (struct key_choice){NULL, NULL};
    const struct keyring *ring = &engine->config->keyrings[place->ring];
    return (struct key_choice){ring, &ring->entries[place->entry]};
}

struct key_choice key_search_entry(const struct engine *engine, const struct ike_sa *sa)
{
    for (size_t r = 0; r < engine->config->keyring_count; r++) {
        const struct keyring *ring = &engine->config->keyrings[r];
        for (size_t e = 0; strcmp(ring->name, sa->key_ring) == 0 && e < ring->entry_count; e++)
            if (ring->entries[e].line == sa->key_line)
                return (struct key_choice){ring, &ring->entries[e]};
    }
    return (struct key_choice){NULL, NULL};
}

/* -- candidates ------------------------------------------------------------------------ */

struct candidates {
    struct key_choice *at; /* on the heap */
    size_t count;
};

static bool find_candidates(const struct engine *engine, struct addr peer, struct candidates *out)
{
    size_t count = select_key_candidates(engine->config, peer, NULL, 0);
    if (count > KEY_CANDIDATES)
        count = KEY_CANDIDATES;
    *out = (struct candidates){.at = calloc(count + 1, sizeof *out->at), .count = count};
    if (!out->at)
        return false;
    select_key_candidates(engine->config, peer, out->at, count);
    return true;
}

enum rc key_search_first(struct engine *engine, struct addr peer, struct key_choice *out,
                         struct decision *decision)
{
    struct candidates candidates;
    enum rc rc = select_key_responder(engine->config, peer, out, decision);
    if (rc != RC_OK || !engine->config->key_verify)
        return rc;
    struct key_choice known = recall(engine, peer);
    if (known.entry) {
        *out = known;
        return RC_OK;
    }
    if (!find_candidates(engine, peer, &candidates))
        return RC_NO_MEMORY;
    if (candidates.count)
        *out = candidates.at[0];
    free(candidates.at);
    return RC_OK;
}

/* The one that was tried already is not tried again. */
static void leave_out(struct candidates *candidates, const struct ike_sa *sa)
{
    size_t kept = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct key_choice *one = &candidates->at[i];
        if (one->entry->line != sa->key_line || strcmp(one->ring->name, sa->key_ring) != 0)
            candidates->at[kept++] = *one;
    }
    candidates->count = kept;
}

/* -- the search ------------------------------------------------------------------------ */

static bool take_trials(struct engine *engine, size_t count, const struct io *io)
{
    uint64_t more = (io->now_ms - engine->trials_filled_ms) * (TRIALS_PER_SECOND / 1000);
    engine->trials_filled_ms = io->now_ms;
    engine->trials_left =
        more > TRIALS_MOST - engine->trials_left ? TRIALS_MOST : engine->trials_left + more;
    if (engine->trials_left < count)
        return false;
    engine->trials_left -= count;
    return true;
}

static void ask(const struct ike_sa *sa, const struct incoming *in,
                const struct candidates *candidates, struct io *io)
{
    const struct handshake *hs = sa->hs;
    const struct key_scan_inputs inputs = {.suite = &sa->suite,
                                           .cky_i = sa->cky_i,
                                           .cky_r = sa->cky_r,
                                           .first = in->header.next,
                                           .nonce_i = sa_nonce_i(sa),
                                           .nonce_r = sa_nonce_r(sa),
                                           .shared = {hs->shared, hs->shared_len},
                                           .g_i = {hs->g_i, hs->g_len},
                                           .g_r = {hs->g_r, hs->g_len},
                                           .sa_i = octets_span(&hs->sa_i),
                                           .body = in->body,
                                           .keys = candidates->at,
                                           .key_count = candidates->count};
    struct key_scan *scan = key_scan_make(&io->out->arena, &inputs);
    if (scan)
        scan->ticket = sa->waits_for;
    effects_scan(io->out, scan);
}

bool key_search_stands(const struct ike_sa *sa)
{
    return sa->hs && sa->hs->unproved.len > 0;
}

bool key_search_begin(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      struct io *io)
{
    struct candidates candidates;
    struct handshake *hs = sa->hs;
    bool told = hs->malformed_told && !engine->config->key_verify; /* the reason is known */
    if (sa->initiator || sa->state != SA_R_MM4 || told || hs->searches >= SEARCHES_PER_SA ||
        in->body.len > KEY_SCAN_BODY || !find_candidates(engine, sa->path.remote.addr, &candidates))
        return false;
    leave_out(&candidates, sa);
    bool later = candidates.count > 0 && !take_trials(engine, candidates.count, io);
    bool begun = candidates.count > 0 && !later && octets_set(&hs->unproved, in->datagram) &&
                 wait_add(engine, WAIT_KEY, sa->self, 0, &sa->waits_for, io);
    if (later)
        engine_drop(engine, in->path, DROP_IKE_STATE, io); /* it comes again */
    if (begun) {
        hs->searches++;
        hs->unproved_path = *in->path;
        ask(sa, in, &candidates, io);
    } else {
        octets_wipe(&hs->unproved);
    }
    free(candidates.at);
    return begun || later;
}

/* -- its end --------------------------------------------------------------------------- */

/* The exchange takes its step again, now with this key. */
static void go_on_with(struct engine *engine, struct ike_sa *sa, const struct key_choice *key,
                       struct incoming *in, struct io *io)
{
    struct handshake *hs = sa->hs;
    if (!phase1_take_key(sa, key) ||
        !phase1_keys(engine, sa, (struct span){hs->shared, hs->shared_len}, io)) {
        sa_end(engine, sa, "key derivation failed", false, io);
        return;
    }
    main_mode_input(engine, sa, in, io);
}

/* The one that the exchange began with was tried, too. */
static void refuse(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                   const struct key_choice *fits, struct io *io)
{
    struct candidates all;
    struct decision decision = sa->hs->decision;
    if (engine->config->key_verify && find_candidates(engine, sa->path.remote.addr, &all)) {
        select_key_explain(all.at, all.count, NULL, sa->path.remote.addr, &decision);
        free(all.at);
    }
    key_refuse_found(engine, sa, in, &decision, fits, io);
}

/* The stored message once more, as it came. */
static bool again(struct engine *engine, const struct octets *message, const struct ike_path *path,
                  struct incoming *in)
{
    *in = (struct incoming){.path = path, .datagram = octets_span(message)};
    if (ike_header_parse(in->datagram, &in->header, &in->body) != DROP_NONE)
        return false;
    engine_keyed(engine, &in->datagram, 1, in->digest);
    return true;
}

static void conclude(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                     struct incoming *in, const struct candidates *candidates, struct io *io)
{
    const struct key_choice *found = NULL;
    if (answer->rc == RC_OK && answer->tried > 0 && answer->tried <= candidates->count)
        found = &candidates->at[answer->tried - 1];
    if (found && engine->config->key_verify)
        go_on_with(engine, sa, found, in, io);
    else
        refuse(engine, sa, in, found, io);
}

void key_search_answered(struct engine *engine, struct ike_sa *sa, const struct answer *answer,
                         struct io *io)
{
    struct candidates candidates;
    struct incoming in;
    if (!key_search_stands(sa) || !find_candidates(engine, sa->path.remote.addr, &candidates))
        return;
    leave_out(&candidates, sa);
    if (answer->tried < candidates.count)
        engine->trials_left += candidates.count - answer->tried;
    struct octets message = sa->hs->unproved;
    const struct ike_path path = sa->hs->unproved_path;
    sa->hs->unproved = (struct octets){NULL, 0};
    if (again(engine, &message, &path, &in))
        conclude(engine, sa, answer, &in, &candidates, io);
    wipe(in.plain, sizeof in.plain);
    octets_wipe(&message);
    free(candidates.at);
}
