/* The form of IOS, with our session id, which `clear crypto session id` takes. */
#include "cli/show_session.h"

#include "cli/show_isakmp.h"
#include "host/status_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

/* The tunnels of one session: a part of the sorted rows. */
struct tunnels {
    const struct status_ipsec *rows;
    size_t count;
};

static int compare_ike(const void *x, const void *y)
{
    const struct status_ike *a = x, *b = y;
    return (a->id > b->id) - (a->id < b->id);
}

static int compare_peers(const struct status_ipsec *a, const struct status_ipsec *b)
{
    int order = (a->ike_id > b->ike_id) - (a->ike_id < b->ike_id);
    if (!order)
        order = addr_compare(a->remote.addr, b->remote.addr);
    return order ? order : (a->remote.port > b->remote.port) - (a->remote.port < b->remote.port);
}

static int compare_ipsec(const void *x, const void *y)
{
    const struct status_ipsec *a = x, *b = y;
    int order = compare_peers(a, b);
    return order ? order : (a->conn_in > b->conn_in) - (a->conn_in < b->conn_in);
}

/* The tunnels with this phase 1 SA. */
static struct tunnels tunnels_of(uint64_t ike_id, const struct status_ipsec *rows, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].ike_id < ike_id)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < count && rows[end].ike_id == ike_id)
        end++;
    return (struct tunnels){rows + low, end - low};
}

static void named(struct sink *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    sink_format(out, "%s: ", name);
    sink_safe(out, value);
    sink_char(out, '\n');
}

static void flow_side(struct sink *out, const struct selector *selector)
{
    struct prefix prefix;
    char first[ADDR_TEXT], second[ADDR_TEXT];
    addr_format(selector->first, first);
    if (!selector_prefix(selector, &prefix))
        sink_format(out, " %s-%s", first, addr_format(selector->last, second));
    else if (prefix.len == addr_len(prefix.addr.family) * 8)
        sink_format(out, " host %s", first);
    else if (prefix.addr.family == ADDR_V6)
        sink_format(out, " %s/%u", first, prefix.len);
    else
        sink_format(out, " %s/%s", first,
                    addr_format(prefix_mask(prefix.addr.family, prefix.len), second));
    if (selector->port)
        sink_format(out, " port %u", selector->port);
}

static void life(struct sink *out, const char *name, const char *verb,
                 const struct esp_counters *counters, const struct status_ipsec *row)
{
    sink_format(out, "        %-9s #pkts %s %" PRIu64 " drop %" PRIu64, name, verb,
                counters->packets, counters->errors);
    if (row->remaining_kb == UINT64_MAX)
        sink_format(out, " life (Sec) %" PRIu64 "\n", row->remaining_ms / 1000);
    else
        sink_format(out, " life (KB/Sec) %" PRIu64 "/%" PRIu64 "\n", row->remaining_kb,
                    row->remaining_ms / 1000);
}

static void flow(struct sink *out, const struct status_ipsec *row, bool detail)
{
    sink_text(out, "  IPSEC FLOW: permit ");
    if (row->ours.protocol)
        sink_format(out, "%u", row->ours.protocol);
    else
        sink_text(out, row->ours.first.family == ADDR_V6 ? "ipv6" : "ip");
    flow_side(out, &row->ours);
    flow_side(out, &row->theirs);
    sink_text(out, "\n        Active SAs: 2, origin: crypto map ");
    sink_safe(out, row->map);
    sink_char(out, '\n');
    if (detail) {
        life(out, "Inbound:", "dec'ed", &row->in, row);
        life(out, "Outbound:", "enc'ed", &row->out, row);
    }
}

static const char *session_state(const struct status_ike *ike, bool has_tunnel)
{
    if (!ike)
        return "UP-NO-IKE";
    if (!ike->established)
        return "DOWN-NEGOTIATING";
    return has_tunnel ? "UP-ACTIVE" : "UP-IDLE";
}

static void who(struct sink *out, const struct status_ike *row, bool detail)
{
    char text[STATUS_WORD];
    named(out, "Username", row->user);
    if (detail) {
        named(out, "Profile", row->profile);
        named(out, "Group", row->group);
        if (row->established)
            sink_format(out, "Uptime: %s\n", status_duration_format(row->age_ms, text));
    }
    if (row->assigned.family != ADDR_NONE) {
        char address[ADDR_TEXT];
        sink_format(out, "Assigned address: %s\n", addr_format(row->assigned, address));
    }
    if (detail)
        named(out, "Client", row->client);
}

static void phase_1(struct sink *out, const struct status_ike *row, bool detail)
{
    char local[ADDR_TEXT], remote[ADDR_TEXT], left[STATUS_WORD];
    char capabilities[SHOW_CAPABILITIES];
    sink_format(out, "  Session ID: %" PRIu64 "\n", row->id);
    sink_format(out, "  IKEv1 SA: local %s/%u remote %s/%u %s\n",
                addr_format(row->local.addr, local), row->local.port,
                addr_format(row->remote.addr, remote), row->remote.port,
                row->established ? "Active" : "Inactive");
    if (!detail)
        return;
    show_isakmp_capabilities(row, capabilities);
    sink_format(out, "        Capabilities:%s connid:%u lifetime:%s\n",
                capabilities[0] ? capabilities : "(none)", row->conn,
                status_duration_format(row->remaining_ms, left));
}

/* ike may be NULL when there are tunnels. */
static void session(struct sink *out, const struct status_ike *ike, struct tunnels tunnels,
                    bool detail)
{
    char peer[ADDR_TEXT];
    struct endpoint remote = ike ? ike->remote : tunnels.rows[0].remote;
    sink_char(out, '\n');
    named(out, "Interface", tunnels.count ? tunnels.rows[0].interface : "");
    if (ike)
        who(out, ike, detail);
    sink_format(out, "Session status: %s\n", session_state(ike, tunnels.count > 0));
    sink_format(out, "Peer: %s port %u", addr_format(remote.addr, peer), remote.port);
    sink_text(out, detail ? " fvrf: (none) ivrf: (none)\n" : "\n");
    if (detail && ike) {
        sink_text(out, "      Phase1_id: ");
        sink_safe(out, ike->identity[0] ? ike->identity : "(none)");
        sink_char(out, '\n');
    }
    if (ike)
        phase_1(out, ike, detail);
    for (size_t i = 0; i < tunnels.count; i++)
        flow(out, &tunnels.rows[i], detail);
}

/* Tunnels that outlived their phase 1 SA, by peer. */
static void orphans(struct sink *out, const struct status_ike *ike, size_t ike_count,
                    struct tunnels all, bool detail)
{
    size_t end;
    for (size_t i = 0; i < all.count; i = end) {
        const struct status_ike key = {.id = all.rows[i].ike_id};
        end = i + 1;
        while (end < all.count && compare_peers(&all.rows[i], &all.rows[end]) == 0)
            end++;
        if (!ike_count || !bsearch(&key, ike, ike_count, sizeof *ike, compare_ike))
            session(out, NULL, (struct tunnels){all.rows + i, end - i}, detail);
    }
}

void show_session(struct sink *out, struct status_ike *ike, size_t ike_count,
                  struct status_ipsec *ipsec, size_t ipsec_count, bool detail)
{
    if (ike_count)
        qsort(ike, ike_count, sizeof *ike, compare_ike);
    if (ipsec_count)
        qsort(ipsec, ipsec_count, sizeof *ipsec, compare_ipsec);
    sink_text(out, "Crypto session current status\n");
    if (detail)
        sink_text(out, "\nCode: C - IKE Configuration mode, D - Dead Peer Detection\n"
                       "K - Keepalives, N - NAT-traversal, X - IKE Extended Authentication\n");
    for (size_t i = 0; i < ike_count; i++)
        session(out, &ike[i], tunnels_of(ike[i].id, ipsec, ipsec_count), detail);
    orphans(out, ike, ike_count, (struct tunnels){ipsec, ipsec_count}, detail);
}

static void uptime(struct sink *out, uint64_t ms)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = {{604800, "week"}, {86400, "day"}, {3600, "hour"}, {60, "minute"}};
    uint64_t left = ms / 1000;
    bool any = false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        uint64_t n = left / units[i].seconds;
        left %= units[i].seconds;
        if (!n && !(i == 3 && !any))
            continue;
        sink_format(out, "%s%" PRIu64 " %s%s", any ? ", " : "", n, units[i].name,
                    n == 1 ? "" : "s");
        any = true;
    }
}

void show_version(struct sink *out, const struct status_header *header,
                  const struct status_summary *summary)
{
    char text[64];
    struct tm tm;
    time_t started = (time_t)header->started_s;
    sink_text(out, "Hubward, Version ");
    sink_safe(out, header->version);
    sink_text(out, "\n\n");
    sink_safe(out, header->hostname);
    sink_text(out, " uptime is ");
    uptime(out, header->uptime_ms);
    if (gmtime_r(&started, &tm) && strftime(text, sizeof text, "%H:%M:%S UTC %a %b %e %Y", &tm))
        sink_format(out, "\nSystem started at %s", text);
    sink_format(out, "\n\n%u ISAKMP SA%s, %u half-open, %u IPsec tunnel%s\n", summary->ike_sas,
                summary->ike_sas == 1 ? "" : "s", summary->ike_half_open, summary->tunnels,
                summary->tunnels == 1 ? "" : "s");
    sink_format(out,
                "%" PRIu64 " negotiations begun, %" PRIu64 " established, %" PRIu64
                " refused since start\n",
                summary->started_total, summary->established_total, summary->refused_total);
}
