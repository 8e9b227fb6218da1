/* One moment in time, moved forward. */
#include "spoke/dial.h"

enum { WATCH_MS = 5000, AGAIN_FIRST_MS = 1000, AGAIN_MOST_MS = 60000 };

void dial_start(void *context, const struct config *config, uint64_t now_ms)
{
    struct dial *dial = context;
    dial->on_start = config->dial_on_start;
    dial->failures = 0;
    dial->next_ms = dial->on_start ? now_ms : UINT64_MAX;
}

uint64_t dial_due_ms(void *context)
{
    const struct dial *dial = context;
    return dial->next_ms;
}

void dial_done(void *context, uint32_t missing, uint64_t now_ms)
{
    struct dial *dial = context;
    if (!dial->on_start) {
        dial->next_ms = UINT64_MAX;
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
}

void dial_address_changed(void *context, uint64_t now_ms)
{
    struct dial *dial = context;
    dial->failures = 0;
    if (dial->on_start)
        dial->next_ms = now_ms;
}
