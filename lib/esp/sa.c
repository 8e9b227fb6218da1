/* Making and ending SAs, and the limits that end their use before that. */
#include "esp/sa.h"

#include "base/wipe.h"

#include <stdlib.h>

enum rc esp_sa_new(const struct esp_params *params, struct esp_sa **out)
{
    size_t key_len = packet_key_len(&params->suite);
    bool authentic = params->suite.integrity != HASH_NONE || params->suite.cipher == PACKET_AES_GCM;
    if (key_len == 0 || key_len > sizeof params->keymat || !authentic)
        return RC_UNSUPPORTED;
    struct esp_sa *sa = calloc(1, sizeof *sa);
    if (!sa)
        return RC_NO_MEMORY;
    sa->params = *params;
    wipe(sa->params.keymat, sizeof sa->params.keymat);
    enum rc rc = RC_NO_MEMORY;
    sa->context = packet_context_new(&params->suite, (struct span){params->keymat, key_len});
    if (sa->context)
        rc = esp_replay_init(&sa->replay,
                             params->direction == ESP_INBOUND ? params->replay_window : 0);
    if (rc == RC_OK)
        *out = sa;
    else
        esp_sa_free(sa);
    return rc;
}

void esp_sa_free(struct esp_sa *sa)
{
    if (!sa)
        return;
    packet_context_free(sa->context);
    esp_replay_wipe(&sa->replay);
    free(sa);
}

enum drop_reason esp_sa_admits(const struct esp_sa *sa, size_t len, uint64_t now_ms)
{
    const struct esp_params *params = &sa->params;
    if (params->hard_ms && now_ms >= params->hard_ms)
        return DROP_ESP_EXPIRED;
    if (params->hard_bytes &&
        (sa->counters.bytes > params->hard_bytes || len > params->hard_bytes - sa->counters.bytes))
        return DROP_ESP_EXPIRED;
    if (params->direction == ESP_OUTBOUND && sa->sequence >= ESP_SEQUENCE_MAX)
        return DROP_OUT_SEQUENCE;
    return DROP_NONE;
}

/* Used up of the sequence numbers. */
static uint64_t sequence_of(const struct esp_sa *sa)
{
    return sa->params.direction == ESP_OUTBOUND ? sa->sequence : sa->replay.highest;
}

void esp_sa_count(struct esp_sa *sa, size_t len, uint64_t now_ms)
{
    sa->counters.packets++;
    sa->counters.bytes += len;
    sa->counters.last_ms = now_ms;
    sa->counters.sequence = sequence_of(sa);
}

bool esp_sa_take_soft(struct esp_sa *sa)
{
    if (sa->soft_reported)
        return false;
    bool bytes = sa->params.soft_bytes && sa->counters.bytes >= sa->params.soft_bytes;
    sa->soft_reported = bytes || sequence_of(sa) >= ESP_SEQUENCE_SOFT;
    return sa->soft_reported;
}
