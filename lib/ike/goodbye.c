/* Repeated DELETEs: all of an SA in one rhythm, each in a message of its own, as some peers read
 * only the first (WIRE §3). A peer that has heard it ignores the next. */
#include "ike/goodbye.h"

#include "ike/child.h"

enum { FIRST_MS = 2000, SLOWER = 3, ROUNDS = 4 };

static bool arm(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    uint64_t pause_ms = FIRST_MS;
    for (unsigned round = 0; round < sa->goodbyes.round; round++)
        pause_ms *= SLOWER;
    return heap_arm(&engine->timers, &sa->goodbyes.timer, io->now_ms + pause_ms) == RC_OK;
}

void goodbye_again(struct engine *engine, struct ike_sa *sa, uint32_t spi, struct io *io)
{
    struct goodbyes *said = &sa->goodbyes;
    said->spis[said->count++ % GOODBYES] = spi;
    said->round = 0;
    if (!arm(engine, sa, io)) /* once has to do */
        said->count = 0;
}

static size_t kept(const struct goodbyes *said)
{
    return said->count < GOODBYES ? said->count : GOODBYES;
}

void goodbye_move(struct engine *engine, struct ike_sa *goes, struct ike_sa *stays, struct io *io)
{
    for (size_t i = 0; i < kept(&goes->goodbyes); i++)
        goodbye_again(engine, stays, goes->goodbyes.spis[i], io);
    goes->goodbyes.count = 0;
    heap_disarm(&engine->timers, &goes->goodbyes.timer);
}

void goodbye_timer(struct engine *engine, struct ike_sa *sa, struct io *io)
{
    struct goodbyes *said = &sa->goodbyes;
    for (size_t i = 0; i < kept(said); i++)
        child_delete_send(engine, sa, said->spis[i], io);
    if (++said->round == ROUNDS || !arm(engine, sa, io))
        said->count = 0;
}
