/* The columns of IOS 12.3 (seed 003). IPv6 addresses do not fit them, so IPv6 rows of the short
 * form stand in a block of their own, as IOS has it. */
#include "cli/show_isakmp.h"

#include "host/status_text.h"

static struct endpoint responder(const struct status_ike *row)
{
    return row->initiator ? row->remote : row->local;
}

static struct endpoint initiator(const struct status_ike *row)
{
    return row->initiator ? row->local : row->remote;
}

static void brief_v4(struct sink *out, const struct status_ike *row)
{
    char dst[ADDR_TEXT], src[ADDR_TEXT];
    sink_format(out, "%-15s %-15s ", addr_format(responder(row).addr, dst),
                addr_format(initiator(row).addr, src));
    size_t before = out->len;
    sink_safe(out, row->state);
    sink_format(out, "%*s%7u    0\n", (int)(before + 15 > out->len ? before + 15 - out->len : 1),
                "", row->conn);
}

static void brief_v6(struct sink *out, const struct status_ike *row)
{
    char text[ADDR_TEXT];
    sink_format(out, "\n dst: %s\n", addr_format(responder(row).addr, text));
    sink_format(out, " src: %s\n state: ", addr_format(initiator(row).addr, text));
    sink_safe(out, row->state);
    sink_format(out, "    conn-id: %u    slot: 0\n", row->conn);
}

void show_isakmp_brief(struct sink *out, const struct status_ike *rows, size_t count)
{
    size_t v6 = 0;
    sink_text(out, "dst             src             state          conn-id slot\n");
    for (size_t i = 0; i < count; i++) {
        if (rows[i].remote.addr.family == ADDR_V6)
            v6++;
        else
            brief_v4(out, &rows[i]);
    }
    if (v6)
        sink_text(out, "\nIPv6 Crypto ISAKMP SA\n");
    for (size_t i = 0; v6 && i < count; i++)
        if (rows[i].remote.addr.family == ADDR_V6)
            brief_v6(out, &rows[i]);
}

const char *show_isakmp_capabilities(const struct status_ike *row, char out[SHOW_CAPABILITIES])
{
    size_t n = 0;
    if (row->config_mode)
        out[n++] = 'C';
    if (row->dpd)
        out[n++] = 'D';
    if (row->xauth)
        out[n++] = 'X';
    if (row->nat)
        out[n++] = 'N';
    out[n] = '\0';
    return out;
}

/* IOS leaves Auth empty when Xauth goes with the key. */
static void detail_row(struct sink *out, const struct status_ike *row)
{
    char local[ADDR_TEXT], remote[ADDR_TEXT], cipher[STATUS_WORD], left[STATUS_WORD];
    char capabilities[SHOW_CAPABILITIES];
    show_isakmp_capabilities(row, capabilities);
    sink_format(out, "%-5u %-15s %-15s %-6s %-6s %-6s %-4s %-2u %-8s%s%s\n", row->conn,
                addr_format(row->local.addr, local), addr_format(row->remote.addr, remote), "",
                status_cipher_name(row->cipher, row->key_bits, cipher), status_hash_name(row->hash),
                row->xauth ? "" : "psk", row->dh_group,
                status_duration_format(row->remaining_ms, left), capabilities[0] ? " " : "",
                capabilities);
}

void show_isakmp_detail(struct sink *out, const struct status_ike *rows, size_t count)
{
    sink_text(out, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
                   "       K - Keepalives, N - NAT-traversal\n"
                   "       X - IKE Extended Authentication\n"
                   "       psk - Preshared key, rsig - RSA signature\n"
                   "       renc - RSA encryption\n\n");
    sink_format(out, "%-5s %-15s %-15s %-6s %-6s %-6s %-4s %-2s %-8s %s\n", "C-id", "Local",
                "Remote", "I-VRF", "Encr", "Hash", "Auth", "DH", "Lifetime", "Cap.");
    for (size_t i = 0; i < count; i++)
        detail_row(out, &rows[i]);
}
