/* Cells from status rows. app.js builds the same texts from the JSON rows: change both. */
#include "web/page_rows.h"

#include "crypto/words.h"
#include "host/status_text.h"
#include "web/html.h"

#include <inttypes.h>
#include <stdio.h>

enum session_column {
    STATE,
    WHO,
    GROUP,
    ASSIGNED,
    ADDRESS,
    CLIENT,
    UP,
    TRAFFIC,
    SUITE,
    SESSION_COLUMNS
};
static const char *const session_labels[SESSION_COLUMNS] = {
    [STATE] = "State",       [WHO] = "User or peer",       [GROUP] = "Group, profile",
    [ASSIGNED] = "Assigned", [ADDRESS] = "Public address", [CLIENT] = "Client",
    [UP] = "Connected for",  [TRAFFIC] = "In / out",       [SUITE] = "Phase 1 suite",
};

enum tunnel_column { PEER, OURS, THEIRS, SPIS, ESP, PACKETS, ERRORS, REKEY, TUNNEL_COLUMNS };
static const char *const tunnel_labels[TUNNEL_COLUMNS] = {
    [PEER] = "Peer",
    [OURS] = "Our side",
    [THEIRS] = "Their side",
    [SPIS] = "SPI in / out",
    [ESP] = "ESP suite",
    [PACKETS] = "Packets in / out",
    [ERRORS] = "Errors in / out",
    [REKEY] = "Lifetime left",
};

static void head(struct sink *out, const char *const *labels, size_t count)
{
    sink_text(out, "<thead><tr>");
    for (size_t i = 0; i < count; i++)
        sink_format(out, "<th scope=\"col\">%s</th>", labels[i]);
    sink_text(out, "</tr></thead>\n");
}

void page_session_head(struct sink *out)
{
    head(out, session_labels, SESSION_COLUMNS);
}

void page_tunnel_head(struct sink *out)
{
    head(out, tunnel_labels, TUNNEL_COLUMNS);
}

void page_cell(struct sink *out, const char *label, const char *text, const char *small,
               const char *tag)
{
    sink_format(out, "<td data-label=\"%s\"><span>", label);
    html_text(out, text);
    sink_text(out, "</span><small>");
    html_text(out, small);
    sink_text(out, "</small><em>");
    html_text(out, tag);
    sink_text(out, "</em></td>");
}

enum { PAIR_WORD = 2 * STATUS_WORD + 4 };

/* "a / b" */
static const char *pair(const char *a, const char *b, char out[PAIR_WORD])
{
    snprintf(out, PAIR_WORD, "%s / %s", a, b);
    return out;
}

static void who_cells(struct sink *out, const struct status_ike *row)
{
    const char *who = row->user[0] ? row->user : row->identity;
    char text[ENDPOINT_TEXT];
    page_cell(out, session_labels[WHO], who[0] ? who : "not known yet",
              row->user[0] ? row->identity : "", "");
    page_cell(out, session_labels[GROUP], row->group[0] ? row->group : row->profile,
              row->group[0] ? row->profile : "", "");
    page_cell(out, session_labels[ASSIGNED],
              row->assigned.family == ADDR_NONE ? "" : addr_format(row->assigned, text), "", "");
    page_cell(out, session_labels[ADDRESS], endpoint_format(row->remote, text),
              row->nat ? "through NAT" : "", "");
    page_cell(out, session_labels[CLIENT], row->client, "", "");
}

static void time_cells(struct sink *out, const struct status_ike *row)
{
    char a[STATUS_WORD], b[STATUS_WORD], both[PAIR_WORD];
    snprintf(both, sizeof both, "last sign %s ago", status_duration_format(row->idle_ms, a));
    page_cell(out, session_labels[UP],
              row->established ? status_duration_format(row->age_ms, b) : "",
              row->established ? both : "", "");
    page_cell(
        out, session_labels[TRAFFIC],
        pair(status_bytes_format(row->bytes_in, a), status_bytes_format(row->bytes_out, b), both),
        "", "");
}

void page_session_row(struct sink *out, const struct status_ike *row)
{
    char name[STATUS_WORD], suite[3 * STATUS_WORD];
    sink_format(out, "<tr data-id=\"%" PRIu64 "\">", row->id);
    page_cell(out, session_labels[STATE], row->established ? "Up" : "Connecting", row->state, "");
    who_cells(out, row);
    time_cells(out, row);
    snprintf(suite, sizeof suite, "%s %s group %u",
             status_cipher_name(row->cipher, row->key_bits, name), status_hash_name(row->hash),
             row->dh_group);
    page_cell(out, session_labels[SUITE], suite, "", row->weak ? "weak" : "");
    sink_text(out, "</tr>\n");
}

static const char *number(uint64_t value, char out[STATUS_WORD])
{
    snprintf(out, STATUS_WORD, "%" PRIu64, value);
    return out;
}

static const char *spi(uint32_t value, char out[STATUS_WORD])
{
    snprintf(out, STATUS_WORD, "0x%08" PRIX32, value);
    return out;
}

static const char *volume_left(const struct status_ipsec *row, char out[STATUS_WORD])
{
    out[0] = '\0';
    if (row->remaining_kb < UINT64_MAX / 1024)
        status_bytes_format(row->remaining_kb * 1024, out);
    return out;
}

void page_tunnel_row(struct sink *out, const struct status_ipsec *row)
{
    char a[STATUS_WORD], b[STATUS_WORD], both[PAIR_WORD], text[SELECTOR_TEXT];
    sink_format(out, "<tr data-id=\"%" PRIu64 "\">", row->tunnel);
    page_cell(out, tunnel_labels[PEER], endpoint_format(row->remote, text), row->interface,
              row->ike_id ? "" : "no phase 1");
    page_cell(out, tunnel_labels[OURS], selector_format(&row->ours, text), "", "");
    page_cell(out, tunnel_labels[THEIRS], selector_format(&row->theirs, text), "", "");
    page_cell(out, tunnel_labels[SPIS], pair(spi(row->spi_in, a), spi(row->spi_out, b), both), "",
              "");
    page_cell(out, tunnel_labels[ESP], suite_format(&row->suite, a),
              row->encapsulation == ESP_UDP ? "in UDP" : "",
              status_suite_weak(&row->suite) ? "weak" : "");
    page_cell(out, tunnel_labels[PACKETS],
              pair(number(row->in.packets, a), number(row->out.packets, b), both), "", "");
    page_cell(out, tunnel_labels[ERRORS],
              pair(number(row->in.errors, a), number(row->out.errors, b), both), "", "");
    page_cell(out, tunnel_labels[REKEY], status_duration_format(row->remaining_ms, a),
              volume_left(row, b), "");
    sink_text(out, "</tr>\n");
}

void page_drop_rows(struct sink *out, const struct drop_counters *drops)
{
    char name[STATUS_WORD];
    for (size_t i = DROP_NONE + 1; i < DROP_COUNT; i++) {
        enum drop_reason reason = (enum drop_reason)i;
        sink_format(out, "<tr data-drop=\"%s\"%s><th scope=\"row\">",
                    status_drop_name(reason, name), drops->by_reason[i] ? "" : " hidden");
        html_text(out, drop_text(reason));
        sink_format(out, "</th><td>%" PRIu64 "</td></tr>\n", drops->by_reason[i]);
    }
}
