/* A ring of copies. */
#include "host/log_ring.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    char *at; /* owned */
    size_t len;
    bool event;
};

struct log_ring {
    struct kept lines[LOG_RING_LINES]; /* number n stands in n % LOG_RING_LINES */
    uint64_t first, end;               /* numbers of the oldest, and of the next to come */
    size_t octets;
};

struct log_ring *log_ring_new(void)
{
    struct log_ring *ring = calloc(1, sizeof *ring);
    if (ring)
        ring->first = ring->end = 1;
    return ring;
}

static void drop_first(struct log_ring *ring)
{
    struct kept *line = &ring->lines[ring->first++ % LOG_RING_LINES];
    ring->octets -= line->len;
    free(line->at);
    *line = (struct kept){.at = NULL};
}

void log_ring_free(struct log_ring *ring)
{
    while (ring && ring->first < ring->end)
        drop_first(ring);
    free(ring);
}

void log_ring_add(struct log_ring *ring, struct span line, bool event)
{
    char *copy = line.len && line.len <= LOG_RING_LINE ? malloc(line.len) : NULL;
    if (!copy)
        return;
    memcpy(copy, line.at, line.len);
    while (ring->end - ring->first == LOG_RING_LINES ||
           (ring->first < ring->end && ring->octets + line.len > LOG_RING_OCTETS))
        drop_first(ring);
    ring->lines[ring->end++ % LOG_RING_LINES] = (struct kept){copy, line.len, event};
    ring->octets += line.len;
}

uint64_t log_ring_end(const struct log_ring *ring)
{
    return ring->end;
}

uint64_t log_ring_start(const struct log_ring *ring, uint64_t last, bool events)
{
    uint64_t at = ring->end;
    while (last && at > ring->first) {
        at--;
        if (!events || ring->lines[at % LOG_RING_LINES].event)
            last--;
    }
    return at;
}

bool log_ring_next(const struct log_ring *ring, uint64_t *at, bool events, struct span *line)
{
    uint64_t number = *at < ring->first ? ring->first : *at;
    for (; number < ring->end; number++) {
        const struct kept *kept = &ring->lines[number % LOG_RING_LINES];
        if (events && !kept->event)
            continue;
        *line = (struct span){(const uint8_t *)kept->at, kept->len};
        *at = number + 1;
        return true;
    }
    return false;
}
