/* The list of one turn: effects and everything they point to live in one arena, so a turn is
 * forgotten, and its keys wiped, by one call. */
#include "ike/effect.h"

#include <string.h>

/* Octets of the body an effect points to; 0: the body is inside the effect. */
static const size_t body_size[] = {
    [EFFECT_SEND] = 0,
    [EFFECT_SA_INSTALL] = sizeof(struct esp_params),
    [EFFECT_SA_DELETE] = 0,
    [EFFECT_ASK_PASSWORD] = sizeof(struct effect_ask_password),
    [EFFECT_ASK_DH] = sizeof(struct effect_ask_dh),
    [EFFECT_ASK_KEY] = 0,
    [EFFECT_LEASE_SAVE] = sizeof(struct effect_lease_save),
    [EFFECT_PEER_SAVE] = sizeof(struct peer_row),
    [EFFECT_SESSION_SAVE] = sizeof(struct session_row),
    [EFFECT_DECISION] = sizeof(struct effect_decision),
    [EFFECT_ROUTE] = 0,
    [EFFECT_EVENT] = sizeof(struct event),
    [EFFECT_ASK_NAME] = sizeof(struct effect_ask_name),
};

static void attach_body(struct effect *effect, void *body)
{
    switch (effect->kind) {
    case EFFECT_SA_INSTALL:
        effect->install = body;
        break;
    case EFFECT_ASK_PASSWORD:
        effect->ask_password = body;
        break;
    case EFFECT_ASK_DH:
        effect->ask_dh = body;
        break;
    case EFFECT_LEASE_SAVE:
        effect->lease_save = body;
        break;
    case EFFECT_PEER_SAVE:
        effect->peer_save = body;
        break;
    case EFFECT_SESSION_SAVE:
        effect->session_save = body;
        break;
    case EFFECT_DECISION:
        effect->decision = body;
        break;
    case EFFECT_EVENT:
        effect->event = body;
        break;
    case EFFECT_ASK_NAME:
        effect->ask_name = body;
        break;
    case EFFECT_SEND:
    case EFFECT_SA_DELETE:
    case EFFECT_ROUTE:
    case EFFECT_ASK_KEY:
        break;
    }
}

struct effect *effects_add(struct effects *effects, enum effect_kind kind)
{
    size_t size = body_size[kind];
    void *body = size ? arena_alloc(&effects->arena, size) : NULL;
    struct effect *items = NULL;
    if (body || !size)
        items = arena_grow(&effects->arena, effects->items, effects->count, sizeof *items);
    if (!items) {
        effects->lost = true;
        return NULL;
    }
    effects->items = items;
    struct effect *effect = &items[effects->count++];
    *effect = (struct effect){.kind = kind};
    attach_body(effect, body);
    return effect;
}

void effects_send(struct effects *effects, const struct ike_path *path, struct span bytes)
{
    uint8_t *copy = arena_alloc(&effects->arena, bytes.len);
    struct effect *effect = copy ? effects_add(effects, EFFECT_SEND) : NULL;
    if (!effect) {
        effects->lost = true;
        return;
    }
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    effect->send = (struct effect_send){.path = *path, .bytes = {copy, bytes.len}};
}

void effects_scan(struct effects *effects, struct key_scan *scan)
{
    struct effect *effect = scan ? effects_add(effects, EFFECT_ASK_KEY) : NULL;
    if (effect)
        effect->ask_key = scan;
    else
        effects->lost = true;
}

struct event *effects_event(struct effects *effects, enum event_kind kind)
{
    struct effect *effect = effects_add(effects, EFFECT_EVENT);
    if (!effect)
        return NULL;
    effect->event->kind = kind;
    return effect->event;
}

void effects_wipe(struct effects *effects)
{
    arena_wipe(&effects->arena);
    *effects = (struct effects){0};
}
