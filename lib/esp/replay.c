/* The ring holds at least one word more than the window, so clearing the words between the old and
 * the new highest number never touches one that is still inside the window (RFC 6479, 2). */
#include "esp/replay.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 64 };

enum rc esp_replay_init(struct esp_replay *replay, uint16_t window)
{
    struct esp_replay fresh = {.window = window};
    if (window) {
        fresh.words = 2;
        while ((fresh.words - 1) * WORD_BITS < window)
            fresh.words *= 2;
        fresh.bits = calloc(fresh.words, sizeof *fresh.bits);
        if (!fresh.bits)
            return RC_NO_MEMORY;
    }
    *replay = fresh;
    return RC_OK;
}

void esp_replay_wipe(struct esp_replay *replay)
{
    free(replay->bits);
    *replay = (struct esp_replay){0};
}

static uint64_t *word_of(const struct esp_replay *replay, uint64_t sequence)
{
    return &replay->bits[sequence / WORD_BITS & (replay->words - 1)];
}

static uint64_t bit_of(uint64_t sequence)
{
    return UINT64_C(1) << sequence % WORD_BITS;
}

enum rc esp_replay_check(const struct esp_replay *replay, uint64_t sequence)
{
    if (!replay->window)
        return RC_OK;
    if (sequence == 0)
        return RC_REPLAYED;
    if (sequence > replay->highest)
        return RC_OK;
    if (replay->highest - sequence >= replay->window)
        return RC_REPLAYED;
    return *word_of(replay, sequence) & bit_of(sequence) ? RC_REPLAYED : RC_OK;
}

static void slide(struct esp_replay *replay, uint64_t sequence)
{
    uint64_t from = replay->highest / WORD_BITS;
    uint64_t steps = sequence / WORD_BITS - from;
    for (uint64_t i = 1; i <= steps && i <= replay->words; i++)
        replay->bits[(from + i) & (replay->words - 1)] = 0;
}

enum rc esp_replay_commit(struct esp_replay *replay, uint64_t sequence, bool *newer)
{
    enum rc rc = esp_replay_check(replay, sequence);
    if (rc != RC_OK)
        return rc;
    *newer = sequence > replay->highest;
    if (*newer && replay->window)
        slide(replay, sequence);
    if (*newer)
        replay->highest = sequence;
    if (replay->window)
        *word_of(replay, sequence) |= bit_of(sequence);
    return RC_OK;
}
