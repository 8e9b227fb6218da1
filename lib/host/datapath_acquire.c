/* A small table indexed by the hash of the pair, and a counter for the current second. */
#include "host/datapath_acquire.h"

#include "esp/table.h"

enum { SECOND_MS = 1000 };

static uint64_t mix_addr(uint64_t hash, struct addr addr)
{
    uint64_t halves[2];
    memcpy(halves, addr.bytes, sizeof halves);
    return esp_table_mix(esp_table_mix(hash ^ halves[0]) ^ halves[1] ^ addr.family);
}

static uint64_t pair_of(const struct datapath_acquire *acquire, uint32_t tun,
                        const struct esp_inner *inner)
{
    uint64_t hash = esp_table_mix(acquire->seed ^ tun);
    hash = mix_addr(mix_addr(hash, inner->source), inner->destination);
    return hash ? hash : 1; /* 0 marks an unused place */
}

static struct selector side(struct addr addr, uint8_t protocol, uint16_t port)
{
    struct selector selector = selector_of_addr(addr);
    selector.protocol = protocol;
    selector.port = port;
    return selector;
}

bool datapath_acquire_allowed(struct datapath_acquire *acquire, uint32_t tun,
                              const struct esp_inner *inner, uint64_t now_ms,
                              struct path_acquire *out)
{
    uint64_t pair = pair_of(acquire, tun, inner);
    size_t place = pair % ACQUIRE_PAIRS;
    if (acquire->recent[place].pair == pair &&
        now_ms - acquire->recent[place].asked_ms < ACQUIRE_PAIR_MS)
        return false;
    if (now_ms - acquire->second_ms >= SECOND_MS) {
        acquire->second_ms = now_ms;
        acquire->asked = 0;
    }
    if (acquire->asked >= ACQUIRE_PER_SECOND)
        return false;
    acquire->asked++;
    acquire->recent[place].pair = pair;
    acquire->recent[place].asked_ms = now_ms;
    *out = (struct path_acquire){
        .tun = tun,
        .source = side(inner->source, inner->protocol, inner->source_port),
        .destination = side(inner->destination, inner->protocol, inner->destination_port)};
    return true;
}
