/* IPC forms of the status rows. A reader poisons the cursor on every value that no writer makes:
 * an unknown algorithm, a flag that is neither 0 nor 1, a selector of two families. */
#include "ike/status.h"

static void flag_put(struct builder *b, bool value)
{
    builder_u8(b, value ? 1 : 0);
}

static bool flag_get(struct cursor *c)
{
    uint8_t value = cursor_u8(c);
    if (value > 1)
        c->bad = true;
    return value == 1;
}

/* An enum of one octet whose values run from 0 to last. */
static uint8_t choice_get(struct cursor *c, unsigned last)
{
    uint8_t value = cursor_u8(c);
    if (value > last) {
        c->bad = true;
        return 0;
    }
    return value;
}

static struct selector range_get(struct cursor *c)
{
    struct selector selector = selector_get(c);
    if (selector.first.family != selector.last.family ||
        addr_compare(selector.first, selector.last) > 0)
        c->bad = true;
    return selector;
}

static void suite_put(struct builder *b, const struct packet_suite *suite)
{
    builder_u8(b, (uint8_t)suite->cipher);
    builder_u16(b, suite->key_bits);
    builder_u8(b, (uint8_t)suite->integrity);
    builder_u8(b, suite->icv_len);
}

static void suite_get(struct cursor *c, struct packet_suite *out)
{
    out->cipher = (enum packet_cipher)choice_get(c, PACKET_AES_GCM);
    out->key_bits = cursor_u16(c);
    out->integrity = (enum hash_alg)choice_get(c, HASH_SHA512);
    out->icv_len = cursor_u8(c);
}

static void counters_put(struct builder *b, const struct esp_counters *counters)
{
    builder_u64(b, counters->packets);
    builder_u64(b, counters->bytes);
    builder_u64(b, counters->errors);
    builder_u64(b, counters->last_ms);
    builder_u64(b, counters->sequence);
}

static void counters_get(struct cursor *c, struct esp_counters *out)
{
    out->packets = cursor_u64(c);
    out->bytes = cursor_u64(c);
    out->errors = cursor_u64(c);
    out->last_ms = cursor_u64(c);
    out->sequence = cursor_u64(c);
}

void status_ike_put(struct builder *b, const struct status_ike *row)
{
    builder_u64(b, row->id);
    builder_u32(b, row->conn);
    endpoint_put(b, row->local);
    endpoint_put(b, row->remote);
    builder_string(b, row->state);
    flag_put(b, row->established);
    flag_put(b, row->initiator);
    flag_put(b, row->aggressive);
    flag_put(b, row->nat);
    flag_put(b, row->dpd);
    flag_put(b, row->xauth);
    flag_put(b, row->config_mode);
    builder_string(b, row->identity);
    builder_string(b, row->profile);
    builder_string(b, row->group);
    builder_string(b, row->user);
    addr_put(b, row->assigned);
    builder_string(b, row->client);
    builder_u8(b, (uint8_t)row->cipher);
    builder_u16(b, row->key_bits);
    builder_u8(b, (uint8_t)row->hash);
    builder_u16(b, row->dh_group);
    flag_put(b, row->weak);
    builder_u64(b, row->age_ms);
    builder_u64(b, row->remaining_ms);
    builder_u64(b, row->idle_ms);
    builder_u32(b, row->tunnels);
    builder_u64(b, row->bytes_in);
    builder_u64(b, row->bytes_out);
}

void status_ike_get(struct cursor *c, struct status_ike *out)
{
    out->id = cursor_u64(c);
    out->conn = cursor_u32(c);
    out->local = endpoint_get(c);
    out->remote = endpoint_get(c);
    cursor_string(c, out->state, sizeof out->state);
    out->established = flag_get(c);
    out->initiator = flag_get(c);
    out->aggressive = flag_get(c);
    out->nat = flag_get(c);
    out->dpd = flag_get(c);
    out->xauth = flag_get(c);
    out->config_mode = flag_get(c);
    cursor_string(c, out->identity, sizeof out->identity);
    cursor_string(c, out->profile, sizeof out->profile);
    cursor_string(c, out->group, sizeof out->group);
    cursor_string(c, out->user, sizeof out->user);
    out->assigned = addr_get(c);
    cursor_string(c, out->client, sizeof out->client);
    out->cipher = (enum cipher_alg)choice_get(c, CIPHER_AES);
    out->key_bits = cursor_u16(c);
    out->hash = (enum hash_alg)choice_get(c, HASH_SHA512);
    out->dh_group = cursor_u16(c);
    out->weak = flag_get(c);
    out->age_ms = cursor_u64(c);
    out->remaining_ms = cursor_u64(c);
    out->idle_ms = cursor_u64(c);
    out->tunnels = cursor_u32(c);
    out->bytes_in = cursor_u64(c);
    out->bytes_out = cursor_u64(c);
}

void status_ipsec_put(struct builder *b, const struct status_ipsec *row)
{
    builder_u64(b, row->tunnel);
    builder_u64(b, row->ike_id);
    builder_string(b, row->interface);
    builder_string(b, row->map);
    endpoint_put(b, row->local);
    endpoint_put(b, row->remote);
    selector_put(b, &row->ours);
    selector_put(b, &row->theirs);
    suite_put(b, &row->suite);
    builder_u8(b, (uint8_t)row->encapsulation);
    builder_u32(b, row->spi_in);
    builder_u32(b, row->spi_out);
    builder_u64(b, row->remaining_ms);
    builder_u64(b, row->remaining_kb);
    counters_put(b, &row->in);
    counters_put(b, &row->out);
    builder_u32(b, row->conn_in);
    builder_u32(b, row->conn_out);
    builder_u16(b, row->pfs_group);
}

void status_ipsec_get(struct cursor *c, struct status_ipsec *out)
{
    out->tunnel = cursor_u64(c);
    out->ike_id = cursor_u64(c);
    cursor_string(c, out->interface, sizeof out->interface);
    cursor_string(c, out->map, sizeof out->map);
    out->local = endpoint_get(c);
    out->remote = endpoint_get(c);
    out->ours = range_get(c);
    out->theirs = range_get(c);
    suite_get(c, &out->suite);
    out->encapsulation = (enum esp_encapsulation)choice_get(c, ESP_UDP);
    out->spi_in = cursor_u32(c);
    out->spi_out = cursor_u32(c);
    out->remaining_ms = cursor_u64(c);
    out->remaining_kb = cursor_u64(c);
    counters_get(c, &out->in);
    counters_get(c, &out->out);
    out->conn_in = cursor_u32(c);
    out->conn_out = cursor_u32(c);
    out->pfs_group = cursor_u16(c);
}

void status_pool_put(struct builder *b, const struct status_pool *row)
{
    builder_string(b, row->name);
    addr_put(b, row->first);
    addr_put(b, row->last);
    builder_u32(b, row->ranges);
    builder_u64(b, row->total);
    builder_u64(b, row->active);
    builder_u64(b, row->kept);
    builder_u64(b, row->free);
    builder_u64(b, row->empty);
}

void status_pool_get(struct cursor *c, struct status_pool *out)
{
    cursor_string(c, out->name, sizeof out->name);
    out->first = addr_get(c);
    out->last = addr_get(c);
    out->ranges = cursor_u32(c);
    out->total = cursor_u64(c);
    out->active = cursor_u64(c);
    out->kept = cursor_u64(c);
    out->free = cursor_u64(c);
    out->empty = cursor_u64(c);
}

void status_lease_put(struct builder *b, const struct status_lease *row)
{
    builder_string(b, row->pool);
    addr_put(b, row->addr);
    builder_string(b, row->principal);
    builder_u32(b, row->slot);
    flag_put(b, row->active);
    builder_u64(b, row->ike_id);
    builder_u64(b, row->kept_ms);
}

void status_lease_get(struct cursor *c, struct status_lease *out)
{
    cursor_string(c, out->pool, sizeof out->pool);
    out->addr = addr_get(c);
    cursor_string(c, out->principal, sizeof out->principal);
    out->slot = cursor_u32(c);
    out->active = flag_get(c);
    out->ike_id = cursor_u64(c);
    out->kept_ms = cursor_u64(c);
}

void status_summary_put(struct builder *b, const struct status_summary *summary)
{
    builder_u32(b, summary->ike_sas);
    builder_u32(b, summary->ike_half_open);
    builder_u32(b, summary->tunnels);
    builder_u64(b, summary->started_total);
    builder_u64(b, summary->established_total);
    builder_u64(b, summary->refused_total);
    builder_u16(b, DROP_COUNT);
    for (size_t i = 0; i < DROP_COUNT; i++)
        builder_u64(b, summary->drops.by_reason[i]);
}

void status_summary_get(struct cursor *c, struct status_summary *out)
{
    out->ike_sas = cursor_u32(c);
    out->ike_half_open = cursor_u32(c);
    out->tunnels = cursor_u32(c);
    out->started_total = cursor_u64(c);
    out->established_total = cursor_u64(c);
    out->refused_total = cursor_u64(c);
    if (cursor_u16(c) != DROP_COUNT) /* a program of another version */
        c->bad = true;
    for (size_t i = 0; i < DROP_COUNT; i++)
        out->drops.by_reason[i] = cursor_u64(c);
}
