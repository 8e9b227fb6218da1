/* A turn of the engine: begin, let it append effects, apply them in order, arm the next
 * deadline. */
#include "host/clock.h"
#include "role/key_state.h"

struct io key_turn(struct key *key)
{
    return (struct io){.now_ms = clock_now_ms(), .rng = &key->rng, .out = &key->effects};
}

static void deadline_arm(struct key *key);

void key_turn_end(struct key *key)
{
    /* Applying may answer the engine at once, which appends: the count is read anew each time. */
    for (size_t i = 0; i < key->effects.count; i++)
        key_apply(key, &key->effects.items[i]);
    if (key->effects.lost)
        child_log(key->child, LEVEL_ERROR, "out of memory: effects of a turn were lost");
    effects_wipe(&key->effects);
    deadline_arm(key);
}

static void dial(struct key *key, uint64_t now_ms)
{
    uint32_t missing = 0;
    struct io io = key_turn(key);
    const struct command command = {
        .kind = COMMAND_DIAL, .missing = &missing, .only_standing = !key->dial.on_start};
    engine_command(key->engine, &command, &io);
    dial_done(&key->dial, missing, now_ms);
    key_turn_end(key);
}

static void deadline_due(uv_timer_t *timer)
{
    struct key *key = timer->data;
    uint64_t now_ms = clock_now_ms();
    struct io io = key_turn(key);
    engine_tick(key->engine, &io);
    key_turn_end(key);
    if (key->listening && !key->stopping && key->dial.next_ms <= now_ms)
        dial(key, now_ms);
}

static void deadline_arm(struct key *key)
{
    uint64_t now_ms = clock_now_ms();
    uint64_t due_ms = engine_next_deadline_ms(key->engine);
    if (key->listening && key->dial.next_ms < due_ms)
        due_ms = key->dial.next_ms;
    if (due_ms == UINT64_MAX) {
        uv_timer_stop(&key->deadline);
        return;
    }
    /* uv counts from the start of its own turn, which may be a little while ago. */
    uv_update_time(key->loop);
    uv_timer_start(&key->deadline, deadline_due, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

void key_deadline_start(struct key *key)
{
    uv_timer_init(key->loop, &key->deadline);
    key->deadline.data = key;
}
