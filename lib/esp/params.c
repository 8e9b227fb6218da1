/* The IPC form of an ESP security association and the name of its algorithms. What comes out of
 * esp_params_get can be used without a further check: every enum is one we know, the suite is whole
 * and the addresses fit each other. */
#include "esp/params.h"

#include "base/wipe.h"

enum { SPI_FIRST = 256 }; /* RFC 4303, 2.1: 0 is local, 1 to 255 are reserved */

static bool selector_is_sound(const struct selector *selector)
{
    return selector->first.family != ADDR_NONE && selector->first.family == selector->last.family &&
           addr_compare(selector->first, selector->last) <= 0;
}

static bool is_sound(const struct esp_params *params)
{
    return params->spi >= SPI_FIRST && params->local.addr.family != ADDR_NONE &&
           params->local.addr.family == params->remote.addr.family &&
           selector_is_sound(&params->ours) && selector_is_sound(&params->theirs) &&
           params->ours.first.family == params->theirs.first.family &&
           packet_key_len(&params->suite) > 0 &&
           packet_key_len(&params->suite) <= sizeof params->keymat;
}

static void put_suite(struct builder *b, const struct packet_suite *suite)
{
    builder_u8(b, (uint8_t)suite->cipher);
    builder_u16(b, suite->key_bits);
    builder_u8(b, (uint8_t)suite->integrity);
    builder_u8(b, suite->icv_len);
}

/* An octet below limit; anything else poisons the cursor. */
static unsigned get_below(struct cursor *c, unsigned limit)
{
    unsigned value = cursor_u8(c);
    if (value >= limit) {
        c->bad = true;
        return 0;
    }
    return value;
}

static struct packet_suite get_suite(struct cursor *c)
{
    struct packet_suite suite = {0};
    suite.cipher = (enum packet_cipher)get_below(c, PACKET_AES_GCM + 1);
    suite.key_bits = cursor_u16(c);
    suite.integrity = (enum hash_alg)get_below(c, HASH_SHA512 + 1);
    suite.icv_len = cursor_u8(c);
    return suite;
}

void esp_params_put(struct builder *b, const struct esp_params *params)
{
    if (!is_sound(params)) {
        b->bad = true;
        return;
    }
    builder_u8(b, (uint8_t)params->direction);
    builder_u32(b, params->spi);
    builder_u64(b, params->tunnel);
    builder_u32(b, params->tun);
    builder_u8(b, (uint8_t)params->encapsulation);
    endpoint_put(b, params->local);
    endpoint_put(b, params->remote);
    builder_u8(b, params->remote_may_move);
    selector_put(b, &params->ours);
    selector_put(b, &params->theirs);
    put_suite(b, &params->suite);
    builder_bytes(b, params->keymat, packet_key_len(&params->suite));
    builder_u16(b, params->replay_window);
    builder_u64(b, params->soft_bytes);
    builder_u64(b, params->hard_bytes);
    builder_u64(b, params->hard_ms);
}

static void get_fields(struct cursor *c, struct esp_params *p)
{
    p->direction = (enum esp_direction)get_below(c, ESP_OUTBOUND + 1);
    p->spi = cursor_u32(c);
    p->tunnel = cursor_u64(c);
    p->tun = cursor_u32(c);
    p->encapsulation = (enum esp_encapsulation)get_below(c, ESP_UDP + 1);
    p->local = endpoint_get(c);
    p->remote = endpoint_get(c);
    p->remote_may_move = get_below(c, 2) != 0;
    p->ours = selector_get(c);
    p->theirs = selector_get(c);
    p->suite = get_suite(c);
    size_t key_len = c->bad ? 0 : packet_key_len(&p->suite);
    if (key_len > sizeof p->keymat)
        c->bad = true;
    else
        cursor_copy(c, p->keymat, key_len);
    p->replay_window = cursor_u16(c);
    p->soft_bytes = cursor_u64(c);
    p->hard_bytes = cursor_u64(c);
    p->hard_ms = cursor_u64(c);
}

void esp_params_get(struct cursor *c, struct esp_params *out)
{
    struct esp_params params = {0};
    get_fields(c, &params);
    if (!c->bad && !is_sound(&params))
        c->bad = true;
    if (!c->bad)
        *out = params;
    wipe(&params, sizeof params);
}
