/* The form of seeds 002 to 004, without the lines whose numbers we do not have (MTU, flow ids). */
#include "cli/show_ipsec.h"

#include "crypto/words.h"
#include "host/status_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare_selectors(const struct selector *a, const struct selector *b)
{
    int order = addr_compare(a->first, b->first);
    if (!order)
        order = addr_compare(a->last, b->last);
    if (!order)
        order = (a->protocol > b->protocol) - (a->protocol < b->protocol);
    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static int compare_maps(const struct status_ipsec *a, const struct status_ipsec *b)
{
    int order = strcmp(a->interface, b->interface);
    if (!order)
        order = strcmp(a->map, b->map);
    return order ? order : addr_compare(a->local.addr, b->local.addr);
}

static int compare_flows(const struct status_ipsec *a, const struct status_ipsec *b)
{
    int order = compare_maps(a, b);
    if (!order)
        order = addr_compare(a->remote.addr, b->remote.addr);
    if (!order)
        order = (a->remote.port > b->remote.port) - (a->remote.port < b->remote.port);
    if (!order)
        order = compare_selectors(&a->theirs, &b->theirs);
    return order ? order : compare_selectors(&a->ours, &b->ours);
}

static int compare_rows(const void *x, const void *y)
{
    const struct status_ipsec *a = x, *b = y;
    int order = compare_flows(a, b);
    return order ? order : (a->conn_in > b->conn_in) - (a->conn_in < b->conn_in);
}

void show_ipsec_sort(struct status_ipsec *rows, size_t count)
{
    if (count)
        qsort(rows, count, sizeof *rows, compare_rows);
}

bool show_ipsec_same_flow(const struct status_ipsec *a, const struct status_ipsec *b)
{
    return compare_flows(a, b) == 0;
}

size_t show_ipsec_keep_peer(struct status_ipsec *rows, size_t count, struct addr peer)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (addr_equal(rows[i].remote.addr, peer))
            rows[kept++] = rows[i];
    return kept;
}

/* (10.1.0.0/255.255.0.0/0/0); IPv6 nets have their length for a mask. */
static void ident(struct sink *out, const char *side, const struct selector *selector)
{
    struct prefix prefix;
    char first[ADDR_TEXT], second[ADDR_TEXT];
    sink_format(out, "   %s ident (addr/mask/prot/port): (", side);
    if (!selector_prefix(selector, &prefix))
        sink_format(out, "%s-%s", addr_format(selector->first, first),
                    addr_format(selector->last, second));
    else if (prefix.addr.family == ADDR_V6)
        sink_format(out, "%s/%u", addr_format(prefix.addr, first), prefix.len);
    else
        sink_format(out, "%s/%s", addr_format(prefix.addr, first),
                    addr_format(prefix_mask(prefix.addr.family, prefix.len), second));
    sink_format(out, "/%u/%u)\n", selector->protocol, selector->port);
}

static void counters(struct sink *out, const struct status_ipsec *rows, size_t count)
{
    struct esp_counters in = {0}, sent = {0};
    for (size_t i = 0; i < count; i++) {
        in.packets += rows[i].in.packets;
        in.errors += rows[i].in.errors;
        sent.packets += rows[i].out.packets;
        sent.errors += rows[i].out.errors;
    }
    sink_format(out,
                "    #pkts encaps: %" PRIu64 ", #pkts encrypt: %" PRIu64 ", #pkts digest %" PRIu64
                "\n",
                sent.packets, sent.packets, sent.packets);
    sink_format(out,
                "    #pkts decaps: %" PRIu64 ", #pkts decrypt: %" PRIu64 ", #pkts verify %" PRIu64
                "\n",
                in.packets, in.packets, in.packets);
    sink_text(out, "    #pkts compressed: 0, #pkts decompressed: 0\n"
                   "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
                   "    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
    sink_format(out, "    #send errors %" PRIu64 ", #recv errors %" PRIu64 "\n\n", sent.errors,
                in.errors);
}

static void lifetime(struct sink *out, const struct status_ipsec *row)
{
    uint64_t seconds = row->remaining_ms / 1000;
    if (row->remaining_kb == UINT64_MAX)
        sink_format(out, "        sa timing: remaining key lifetime (sec): %" PRIu64 "\n", seconds);
    else
        sink_format(
            out, "        sa timing: remaining key lifetime (k/sec): (%" PRIu64 "/%" PRIu64 ")\n",
            row->remaining_kb, seconds);
}

static void one_sa(struct sink *out, const struct status_ipsec *row, uint32_t spi, uint32_t conn)
{
    char suite[SUITE_TEXT];
    sink_format(out, "      spi: 0x%" PRIX32 "(%" PRIu32 ")\n", spi, spi);
    sink_format(out, "        transform: %s ,\n", suite_format(&row->suite, suite));
    sink_format(out, "        in use settings ={Tunnel%s, }\n",
                row->encapsulation == ESP_UDP ? " UDP-Encaps" : "");
    sink_format(out, "        slot: 0, conn id: %" PRIu32 ", crypto map: ", conn);
    sink_safe(out, row->map);
    sink_char(out, '\n');
    lifetime(out, row);
    sink_format(out, "        IV size: %u bytes\n", status_suite_iv(&row->suite));
    sink_text(out, "        replay detection support: Y\n");
}

static void direction(struct sink *out, const char *name, const struct status_ipsec *rows,
                      size_t count)
{
    bool inbound = name[0] == 'i';
    sink_format(out, "     %s esp sas:\n", name);
    for (size_t i = 0; i < count; i++)
        one_sa(out, &rows[i], inbound ? rows[i].spi_in : rows[i].spi_out,
               inbound ? rows[i].conn_in : rows[i].conn_out);
    sink_format(out, "\n     %s ah sas:\n\n     %s pcp sas:\n\n", name, name);
}

/* rows: the SAs of one flow, the newest last. */
static void flow(struct sink *out, const struct status_ipsec *rows, size_t count)
{
    const struct status_ipsec *row = &rows[count - 1];
    char peer[ENDPOINT_TEXT], local[ADDR_TEXT], remote[ADDR_TEXT];
    sink_text(out, "   protected vrf:\n");
    ident(out, "local", &row->ours);
    ident(out, "remote", &row->theirs);
    sink_format(out, "   current_peer: %s\n     PERMIT, flags={}\n",
                endpoint_format(row->remote, peer));
    counters(out, rows, count);
    sink_format(out, "     local crypto endpt.: %s, remote crypto endpt.: %s\n",
                addr_format(row->local.addr, local), addr_format(row->remote.addr, remote));
    sink_format(out, "     current outbound spi: %" PRIX32 "\n", row->spi_out);
    if (row->pfs_group)
        sink_format(out, "     PFS (Y/N): Y, DH group: group%u\n\n", row->pfs_group);
    else
        sink_text(out, "     PFS (Y/N): N, DH group: none\n\n");
    direction(out, "inbound", rows, count);
    direction(out, "outbound", rows, count);
}

static void heading(struct sink *out, const struct status_ipsec *row)
{
    char local[ADDR_TEXT];
    sink_text(out, "\ninterface: ");
    sink_safe(out, row->interface);
    sink_text(out, "\n    Crypto map tag: ");
    sink_safe(out, row->map);
    sink_format(out, ", local addr. %s\n\n", addr_format(row->local.addr, local));
}

void show_ipsec(struct sink *out, struct status_ipsec *rows, size_t count)
{
    size_t end;
    show_ipsec_sort(rows, count);
    for (size_t i = 0; i < count; i = end) {
        end = i + 1;
        while (end < count && show_ipsec_same_flow(&rows[i], &rows[end]))
            end++;
        if (i == 0 || compare_maps(&rows[i - 1], &rows[i]) != 0)
            heading(out, &rows[i]);
        flow(out, &rows[i], end - i);
    }
}
