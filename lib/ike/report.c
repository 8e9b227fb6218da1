/* Drops are counted, refusals become a decision record and one line, events are made only when
 * somebody listens. */
#include "ike/report.h"

#include <stdio.h>

void engine_keyed(const struct engine *engine, const struct span *parts, size_t count,
                  uint8_t out[KEYED_LEN])
{
    uint8_t digest[HASH_MAX] = {0};
    struct span key = {engine->secret, sizeof engine->secret};
    /* A failing library gives one key for all: lookups find too much, never a wrong state, since
     * every message still has to prove itself. */
    if (hash_hmac(HASH_SHA1, key, parts, count, digest) != RC_OK)
        memset(digest, 0, sizeof digest);
    memcpy(out, digest, KEYED_LEN);
}

void engine_drop(struct engine *engine, const struct ike_path *path, enum drop_reason reason,
                 struct io *io)
{
    engine->drops.by_reason[reason]++;
    if (!engine->options.debug)
        return;
    struct event *event = effects_event(io->out, EV_DROPPED);
    if (!event)
        return;
    event->peer = path->remote;
    event->local = path->local;
    event_text(event, 0, drop_text(reason));
}

struct event *sa_event(struct engine *engine, const struct ike_sa *sa, enum event_kind kind,
                       struct io *io)
{
    if (event_level(kind) == LEVEL_DEBUG && !engine->options.debug)
        return NULL;
    struct event *event = effects_event(io->out, kind);
    if (!event)
        return NULL;
    event->conn = sa->conn;
    event->local = sa->path.local;
    event->peer = sa->path.remote;
    return event;
}

void engine_refuse(struct engine *engine, const struct ike_path *path, const struct ike_sa *sa,
                   const struct identity *identity, const struct decision *decision, struct io *io)
{
    engine->refused_total++;
    char who[IDENTITY_TEXT] = "";
    if (identity && identity->type != ID_NONE)
        identity_format(identity, who);
    struct effect *effect = effects_add(io->out, EFFECT_DECISION);
    if (effect) {
        struct effect_decision *body = effect->decision;
        body->peer = path->remote;
        snprintf(body->identity, sizeof body->identity, "%s", who);
        body->decision = *decision;
    }
    struct event *event = effects_event(io->out, EV_REFUSED);
    if (!event)
        return;
    event->conn = sa ? sa->conn : 0;
    event->peer = path->remote;
    event->local = path->local;
    event_text(event, 0, decision_stage_text(decision->stage));
    char reason[EVENT_TEXT];
    _Static_assert(EVENT_TEXT >= 2 * DECISION_TEXT + 96, "a reason fits whole");
    snprintf(reason, sizeof reason, "%s%s%s%s%s", decision_rule_text(decision->rule),
             decision->theirs[0] ? "; peer: " : "", decision->theirs,
             decision->ours[0] ? "; ours: " : "", decision->ours);
    event_text(event, 1, reason);
    event_text(event, 2, decision->hint[0] ? decision->hint : "nothing here");
}

const struct config_interface *engine_interface_of(const struct engine *engine, struct addr local)
{
    for (size_t i = 0; i < engine->interface_count; i++) {
        const struct config_interface *found =
            config_interface_named(engine->config, engine->interfaces[i].name);
        if (found && addr_equal(engine->interfaces[i].addr, local))
            return found;
    }
    return NULL;
}

const struct crypto_map *engine_map(const struct engine *engine, const char *interface)
{
    return config_map_on(engine->config, interface);
}

const struct isakmp_profile *engine_profile(const struct engine *engine, const char *name)
{
    return config_profile(engine->config, name);
}
