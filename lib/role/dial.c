/* One moment in time, moved forward. */
#include "role/dial.h"

enum { WATCH_MS = 5000, AGAIN_FIRST_MS = 1000, AGAIN_MOST_MS = 60000 };

static bool may_move(const struct map_entry *entry)
{
    for (size_t i = 0; i < entry->peer_count; i++)
        if (entry->peers[i].host || (entry->peers[i].preferred && entry->peer_count > 1))
            return true;
    return false;
}

static bool any_may_move(const struct config *config)
{
    for (size_t i = 0; i < config->interface_count; i++) {
        const struct crypto_map *map = config->interfaces[i].map;
        for (size_t k = 0; map && k < map->entry_count; k++)
            if (may_move(&map->entries[k]))
                return true;
    }
    return false;
}

void dial_start(struct dial *dial, const struct config *config, uint64_t now_ms)
{
    *dial = (struct dial){.on_start = config->dial_on_start, .looks = any_may_move(config)};
    dial->next_ms = dial->on_start ? now_ms : dial->looks ? now_ms + WATCH_MS : UINT64_MAX;
}

void dial_done(struct dial *dial, uint32_t missing, uint64_t now_ms)
{
    if (!dial->on_start) {
        dial->next_ms = dial->looks ? now_ms + WATCH_MS : UINT64_MAX;
        return;
    }
    if (!missing) {
        dial->failures = 0;
        dial->next_ms = now_ms + WATCH_MS;
        return;
    }
    uint64_t pause = (uint64_t)AGAIN_FIRST_MS << (dial->failures < 6 ? dial->failures : 6);
    dial->failures++;
    dial->next_ms = now_ms + (pause < AGAIN_MOST_MS ? pause : AGAIN_MOST_MS);
    /* Of many, one that is missing for long must not keep the others from moving. */
    if (dial->looks && dial->next_ms > now_ms + WATCH_MS)
        dial->next_ms = now_ms + WATCH_MS;
}

void dial_address_changed(struct dial *dial, uint64_t now_ms)
{
    dial->failures = 0;
    if (dial->on_start)
        dial->next_ms = now_ms;
}
