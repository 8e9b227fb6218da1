/* Status rows from the engine's objects. Only reads. */
#include "ike/sa.h"

#include <stdio.h>

static uint64_t left(uint64_t until_ms, uint64_t now_ms)
{
    return until_ms > now_ms ? until_ms - now_ms : 0;
}

static bool weak_packet(const struct packet_suite *suite)
{
    return suite->cipher == PACKET_DES_CBC || suite->cipher == PACKET_3DES_CBC ||
           suite->cipher == PACKET_NULL || suite->integrity == HASH_MD5;
}

static void add_children(const struct engine *engine, const struct ike_sa *sa,
                         struct status_ike *row)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct child *child;
    while ((child = slots_next(&engine->children, &at, &handle))) {
        if (child->sa != sa->self)
            continue;
        row->tunnels += child->up;
        row->weak = row->weak || weak_packet(&child->suite.packet);
    }
}

static void ike_row(const struct engine *engine, const struct ike_sa *sa, uint64_t now_ms,
                    struct status_ike *row)
{
    char identity[IDENTITY_TEXT] = "";
    *row = (struct status_ike){.id = sa->id,
                               .conn = sa->conn,
                               .local = sa->path.local,
                               .remote = sa->path.remote,
                               .established = sa->state == SA_DONE,
                               .initiator = sa->initiator,
                               .aggressive = sa->aggressive,
                               .nat = sa->we_are_behind || sa->peer_is_behind,
                               .dpd = sa->vendors & 1u << VENDOR_DPD,
                               .xauth = sa->login != LOGIN_NONE,
                               .config_mode = sa->config_mode,
                               .assigned = sa->lease,
                               .cipher = sa->suite.cipher,
                               .key_bits = sa->suite.key_bits,
                               .hash = sa->suite.hash,
                               .dh_group = sa->suite.group,
                               .weak = sa->suite.group && ike_suite_weak(&sa->suite)};
    if (sa->identity.type != ID_NONE)
        identity_format(&sa->identity, identity);
    snprintf(row->state, sizeof row->state, "%s", sa_state_name(sa));
    snprintf(row->identity, sizeof row->identity, "%.95s", identity);
    snprintf(row->profile, sizeof row->profile, "%s", sa->profile);
    snprintf(row->group, sizeof row->group, "%.95s", sa->group);
    snprintf(row->user, sizeof row->user, "%.95s", sa->login == LOGIN_OK ? sa->user : "");
    snprintf(row->client, sizeof row->client, "%s", vendor_client(sa->vendors));
    if (row->established) {
        row->age_ms = now_ms - sa->established_ms;
        row->remaining_ms = left(sa->dies_ms, now_ms);
    }
    row->idle_ms = now_ms - sa->heard_ms;
    /* Of pairs that were replaced too. */
    const struct session *session = slots_get(&engine->sessions, sa->session);
    if (session) {
        row->bytes_in = session->row.bytes_in;
        row->bytes_out = session->row.bytes_out;
    }
    add_children(engine, sa, row);
}

size_t engine_status_ike(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                         struct status_ike *rows, size_t max)
{
    slot_handle handle;
    const struct ike_sa *sa;
    size_t n = 0;
    while (n < max && (sa = slots_next(&engine->sas, at, &handle)))
        ike_row(engine, sa, now_ms, &rows[n++]);
    return n;
}

static uint64_t kb_left(const struct child *child)
{
    uint64_t used =
        (child->in.bytes > child->out.bytes ? child->in.bytes : child->out.bytes) / 1024;
    if (!child->suite.lifetime_kb)
        return UINT64_MAX;
    return child->suite.lifetime_kb > used ? child->suite.lifetime_kb - used : 0;
}

static void ipsec_row(const struct engine *engine, const struct child *child, uint64_t now_ms,
                      struct status_ipsec *row)
{
    const struct ike_sa *sa = slots_get(&engine->sas, child->sa);
    *row = (struct status_ipsec){.tunnel = child->self,
                                 .ike_id = sa ? sa->id : 0,
                                 .local = child->local,
                                 .remote = child->remote,
                                 .ours = child->ours,
                                 .theirs = child->theirs,
                                 .suite = child->suite.packet,
                                 .pfs_group = child->suite.pfs_group,
                                 .encapsulation = child->natt ? ESP_UDP : ESP_RAW,
                                 .spi_in = child->spi_in,
                                 .spi_out = child->spi_out,
                                 .remaining_ms = left(child->dies_ms, now_ms),
                                 .remaining_kb = kb_left(child),
                                 .in = child->in,
                                 .out = child->out,
                                 .conn_in = child->conn_in,
                                 .conn_out = child->conn_out};
    snprintf(row->interface, sizeof row->interface, "%s", child->interface);
    snprintf(row->map, sizeof row->map, "%s", child->map);
}

size_t engine_status_ipsec(const struct engine *engine, uint64_t now_ms, uint32_t *at,
                           struct status_ipsec *rows, size_t max)
{
    slot_handle handle;
    const struct child *child;
    size_t n = 0;
    while (n < max && (child = slots_next(&engine->children, at, &handle)))
        if (!child->old)
            ipsec_row(engine, child, now_ms, &rows[n++]);
    return n;
}

void engine_status_summary(const struct engine *engine, struct status_summary *out)
{
    *out = (struct status_summary){.ike_half_open = engine->half_open_count,
                                   .tunnels = engine->children.live,
                                   .started_total = engine->started_total,
                                   .established_total = engine->established_total,
                                   .refused_total = engine->refused_total,
                                   .drops = engine->drops};
    out->ike_sas = engine->sas.live - engine->half_open_count;
}
