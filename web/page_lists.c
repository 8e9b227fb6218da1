/* Lists by table. lists.js builds the same cells from the JSON rows: change both. */
#include "web/page_lists.h"

#include "host/status_text.h"
#include "web/html.h"
#include "web/page_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { COLUMNS_MAX = 8, NEARLY_FULL = 80, FULL = 95, LINE = 2 * STATUS_WORD + 32 };

struct list {
    const char *id, *title, *caption;
    const char *none;                /* said when there are no rows */
    const char *labels[COLUMNS_MAX]; /* as many as the row has cells */
    const void *(*row_at)(const struct snapshot *snapshot, size_t i); /* NULL: past the last */
    bool (*shown)(const void *row);                                   /* NULL: every row is */
    void (*row)(struct sink *out, const char *const *labels, const void *row);
};

const char *page_moment(uint64_t unix_s, char out[PAGE_MOMENT])
{
    time_t at = (time_t)unix_s;
    struct tm tm;
    out[0] = '\0';
    if (unix_s && unix_s < INT32_MAX && gmtime_r(&at, &tm))
        strftime(out, PAGE_MOMENT, "%Y-%m-%d %H:%M:%S UTC", &tm);
    return out;
}

/* "word moment", "" for 0 */
static const char *since(const char *word, uint64_t unix_s, char out[LINE])
{
    char moment[PAGE_MOMENT];
    out[0] = '\0';
    if (page_moment(unix_s, moment)[0])
        snprintf(out, LINE, "%s %s", word, moment);
    return out;
}

static const char *counted(uint64_t count, const char *what, char out[LINE])
{
    snprintf(out, LINE, "%" PRIu64 " %s", count, what);
    return out;
}

static const char *number(uint64_t value, char out[LINE])
{
    snprintf(out, LINE, "%" PRIu64, value);
    return out;
}

static const char *pid(uint32_t value, char out[LINE])
{
    snprintf(out, LINE, "pid %" PRIu32, value);
    return out;
}

/* -- problems -------------------------------------------------------------------------- */

static void problem_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_problem *row = at;
    char moment[PAGE_MOMENT], line[LINE], peer[ENDPOINT_TEXT];
    page_cell(out, labels[0], page_moment(row->last_s, moment),
              row->count > 1 ? since("first", row->first_s, line) : "", "");
    page_cell(out, labels[1], endpoint_format(row->peer, peer), row->identity, "");
    page_cell(out, labels[2], decision_stage_text(row->stage), "", "");
    page_cell(out, labels[3], decision_rule_text(row->rule),
              row->count > 1 ? counted(row->count, "times", line) : "", "");
    page_cell(out, labels[4], row->theirs, "", "");
    page_cell(out, labels[5], row->ours, "", "");
    page_cell(out, labels[6], row->hint, "", "");
}

/* -- pools ----------------------------------------------------------------------------- */

/* How full it is, once that matters. */
static const char *fill_mark(const struct status_pool *row, char out[STATUS_WORD])
{
    uint64_t percent = row->total ? (row->total - row->free) * 100 / row->total : 0;
    out[0] = '\0';
    if (percent >= NEARLY_FULL)
        snprintf(out, STATUS_WORD, "%s, %" PRIu64 " %%", percent >= FULL ? "full" : "nearly full",
                 percent);
    return out;
}

static void pool_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_pool *row = at;
    char first[ADDR_TEXT], last[ADDR_TEXT], line[2 * ADDR_TEXT + 8], mark[STATUS_WORD], word[LINE],
        all[LINE];
    snprintf(line, sizeof line, "%s to %s", addr_format(row->first, first),
             addr_format(row->last, last));
    page_cell(out, labels[0], row->name, line, fill_mark(row, mark));
    page_cell(out, labels[1], number(row->active, word), "", "");
    page_cell(out, labels[2], number(row->kept, word), "", "");
    page_cell(out, labels[3], number(row->free, word), counted(row->total, "in all", all), "");
    page_cell(out, labels[4], counted(row->empty, "times", word), "", "");
}

static void lease_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_lease *row = at;
    char address[ADDR_TEXT], word[STATUS_WORD], line[LINE];
    snprintf(line, sizeof line, "for %s", status_duration_format(row->kept_ms, word));
    page_cell(out, labels[0], addr_format(row->addr, address), row->pool, "");
    page_cell(out, labels[1], row->principal, "", "");
    page_cell(out, labels[2], row->active ? "in use" : "kept", row->active ? "" : line, "");
}

/* -- processes ------------------------------------------------------------------------- */

static void process_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_process *row = at;
    char word[STATUS_WORD], line[LINE];
    page_cell(out, labels[0], role_name(row->role), row->pid ? pid(row->pid, line) : "", "");
    page_cell(out, labels[1], row->ready ? "at work" : "away", "", row->trouble);
    page_cell(out, labels[2], row->pid ? status_duration_format(row->up_ms, word) : "", "", "");
    page_cell(out, labels[3], number(row->restarts, line), "", "");
    page_cell(out, labels[4], status_bytes_format(row->rss_kb * 1024, word), "", "");
    page_cell(out, labels[5], status_duration_format(row->cpu_ms, word), "", "");
}

/* -- what the store remembers ---------------------------------------------------------- */

static bool is_away(const void *at)
{
    const struct status_peer *row = at;
    return !row->up;
}

static void peer_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_peer *row = at;
    char moment[PAGE_MOMENT], line[LINE], last[ENDPOINT_TEXT];
    page_cell(out, labels[0], row->identity, row->principal, "");
    page_cell(out, labels[1], row->profile, "", "");
    page_cell(out, labels[2], endpoint_format(row->last, last), row->client, "");
    page_cell(out, labels[3], page_moment(row->last_seen_s, moment),
              since("first", row->first_seen_s, line), "");
    page_cell(out, labels[4], row->reason, "", "");
}

static bool is_over(const void *at)
{
    const struct status_history *row = at;
    return row->ended_s != 0;
}

static void history_row(struct sink *out, const char *const *labels, const void *at)
{
    const struct status_history *row = at;
    char moment[PAGE_MOMENT], line[LINE], from[ENDPOINT_TEXT], assigned[ADDR_TEXT];
    char in[STATUS_WORD], octets[STATUS_WORD];
    page_cell(out, labels[0], page_moment(row->ended_s, moment),
              since("since", row->started_s, line), "");
    page_cell(out, labels[1], row->user[0] ? row->user : row->identity,
              row->user[0] ? row->identity : "", "");
    page_cell(out, labels[2], row->group[0] ? row->group : row->profile,
              row->group[0] ? row->profile : "", "");
    page_cell(out, labels[3],
              row->assigned.family == ADDR_NONE ? "" : addr_format(row->assigned, assigned), "",
              "");
    page_cell(out, labels[4], endpoint_format(row->remote, from), row->client, "");
    snprintf(line, sizeof line, "%s / %s", status_bytes_format(row->bytes_in, in),
             status_bytes_format(row->bytes_out, octets));
    page_cell(out, labels[5], line, "", "");
    page_cell(out, labels[6], row->reason, "", "");
}

/* -- the table ------------------------------------------------------------------------- */

#define ROW_AT(list, number)                                                                       \
    static const void *list##_at(const struct snapshot *snapshot, size_t i)                        \
    {                                                                                              \
        return i < snapshot->number ? &snapshot->list[i] : NULL;                                   \
    }
ROW_AT(pools, pool_count)
ROW_AT(leases, lease_count)
ROW_AT(processes, process_count)
ROW_AT(peers, peer_count)
ROW_AT(history, history_count)
ROW_AT(problems, problem_count)

static const struct list lists[STATUS_WHAT_COUNT] = {
    [STATUS_PROBLEMS] = {"problems",
                         "Problems",
                         "Refused in the last 24 hours",
                         "Nobody was refused in the last 24 hours.",
                         {"Last time", "Peer", "Stage", "Reason", "Theirs", "Ours",
                          "What would help"},
                         problems_at,
                         NULL,
                         problem_row},
    [STATUS_POOLS] = {"pools",
                      "Pools",
                      "Address pools",
                      "There is no address pool; clients need one: ip local pool NAME FIRST LAST.",
                      {"Pool", "In use", "Kept", "Free", "Was empty"},
                      pools_at,
                      NULL,
                      pool_row},
    [STATUS_LEASES] = {"leases",
                       "Leases",
                       "Addresses in use or kept for somebody",
                       "No address was given out yet.",
                       {"Address", "Who", "State"},
                       leases_at,
                       NULL,
                       lease_row},
    [STATUS_PROCESSES] = {"processes",
                          "Processes",
                          "Parts of the hub",
                          "Nothing is known of the processes yet.",
                          {"Process", "State", "Up for", "Restarts", "Memory", "CPU time"},
                          processes_at,
                          NULL,
                          process_row},
    [STATUS_PEERS] = {"peers",
                      "Peers that are away",
                      "Known peers without a session",
                      "Every peer that was ever here is here now.",
                      {"Peer", "Profile", "Last address", "Last seen", "Why it went"},
                      peers_at,
                      is_away,
                      peer_row},
    [STATUS_HISTORY] = {"history",
                        "Sessions that ended",
                        "The last sessions that ended",
                        "No session has ended yet.",
                        {"Ended", "User or peer", "Group, profile", "Assigned", "Public address",
                         "In / out", "Why"},
                        history_at,
                        is_over,
                        history_row},
};

static size_t rows(struct sink *out, const struct list *list, const struct snapshot *snapshot)
{
    size_t shown = 0;
    const void *row;
    for (size_t i = 0; (row = list->row_at(snapshot, i)); i++) {
        if (list->shown && !list->shown(row))
            continue;
        sink_text(out, "<tr>");
        list->row(out, list->labels, row);
        sink_text(out, "</tr>\n");
        shown++;
    }
    return shown;
}

void page_list(struct sink *out, const struct snapshot *snapshot, enum status_what what)
{
    const struct list *list = &lists[what];
    struct sink body = {0};
    size_t shown = rows(&body, list, snapshot);
    bool missing = snapshot->rc[what] != RC_OK;
    sink_format(out, "<section id=\"s-%s\" aria-labelledby=\"h-%s\">\n<h2 id=\"h-%s\">%s</h2>\n",
                list->id, list->id, list->id, list->title);
    sink_format(out,
                "<p id=\"m-%s\" class=\"missing\"%s>Not known now: the store does not answer. What "
                "is shown is the last that was known.</p>\n<p id=\"e-%s\"%s>%s</p>\n",
                list->id, missing ? "" : " hidden", list->id, shown || missing ? " hidden" : "",
                list->none);
    sink_format(out,
                "<div class=\"scroll\"><table id=\"t-%s\"%s>\n<caption class=\"unseen\">%s"
                "</caption>\n<thead><tr>",
                list->id, shown ? "" : " hidden", list->caption);
    for (size_t i = 0; i < COLUMNS_MAX && list->labels[i]; i++)
        sink_format(out, "<th scope=\"col\">%s</th>", list->labels[i]);
    sink_text(out, "</tr></thead>\n<tbody>\n");
    sink_octets(out, sink_string(&body), body.len);
    out->bad = out->bad || body.bad;
    sink_free(&body);
    sink_text(out, "</tbody>\n</table></div>\n</section>\n");
}
