/* Columns for what is many and short, blocks for what is said in sentences. A text that is wider
 * than its column pushes the rest of the line on: nothing is cut. */
#include "cli/show_history.h"

#include "host/status_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* A text of hostile origin in a column that is so wide, and a blank behind it. */
static void column(struct sink *out, const char *text, size_t width)
{
    size_t before = out->len;
    sink_safe(out, text[0] ? text : "-");
    size_t used = out->len - before;
    sink_format(out, "%*s", (int)(used < width ? width - used + 1 : 1), "");
}

const char *show_time(uint64_t unix_s, char out[SHOW_TIME])
{
    struct tm tm;
    time_t at = (time_t)unix_s;
    if (!localtime_r(&at, &tm) || !strftime(out, SHOW_TIME, "%Y-%m-%d %H:%M:%S", &tm))
        snprintf(out, SHOW_TIME, "-");
    return out;
}

static const char *first_of(const char *one, const char *other)
{
    return one[0] ? one : other;
}

static void history_row(struct sink *out, const struct status_history *row)
{
    char started[SHOW_TIME], ended[SHOW_TIME], assigned[ADDR_TEXT], from[ENDPOINT_TEXT];
    char in[STATUS_WORD], sent[STATUS_WORD];
    sink_format(out, "%-19s %-19s ", show_time(row->started_s, started),
                row->ended_s ? show_time(row->ended_s, ended) : "still up");
    column(out, first_of(row->user, row->identity), 20);
    column(out, first_of(row->group, row->profile), 14);
    column(out, row->assigned.family == ADDR_NONE ? "" : addr_format(row->assigned, assigned), 15);
    column(out, endpoint_format(row->remote, from), 21);
    sink_format(out, "%10s %10s  ", status_bytes_format(row->bytes_in, in),
                status_bytes_format(row->bytes_out, sent));
    sink_safe(out, row->reason[0] ? row->reason : "-");
    sink_char(out, '\n');
}

void show_history(struct sink *out, const struct status_history *rows, size_t count)
{
    sink_format(out, "%-19s %-19s %-20s %-14s %-15s %-21s %10s %10s  %s\n", "Started", "Ended",
                "User or peer", "Group/profile", "Address", "From", "In", "Out", "Reason");
    for (size_t i = 0; i < count; i++)
        history_row(out, &rows[i]);
}

static void accounting_row(struct sink *out, const struct status_accounting *row)
{
    char at[SHOW_TIME], assigned[ADDR_TEXT], from[ENDPOINT_TEXT], in[STATUS_WORD],
        sent[STATUS_WORD];
    sink_format(out, "%-19s ", show_time(row->at_s, at));
    column(out, row->record, 7);
    column(out, first_of(row->user, row->identity), 20);
    column(out, first_of(row->group, row->profile), 14);
    column(out, row->assigned.family == ADDR_NONE ? "" : addr_format(row->assigned, assigned), 15);
    column(out, endpoint_format(row->remote, from), 21);
    sink_format(out, "%8" PRIu64 " %10s %10s %9" PRIu64 " %9" PRIu64 "  ", row->duration_s,
                status_bytes_format(row->bytes_in, in), status_bytes_format(row->bytes_out, sent),
                row->packets_in, row->packets_out);
    sink_safe(out, row->reason[0] ? row->reason : "-");
    sink_char(out, '\n');
}

void show_accounting(struct sink *out, const struct status_accounting *rows, size_t count)
{
    sink_format(out, "%-19s %-7s %-20s %-14s %-15s %-21s %8s %10s %10s %9s %9s  %s\n", "Time",
                "Record", "User or peer", "Group/profile", "Address", "From", "Seconds", "In",
                "Out", "Pkts in", "Pkts out", "Reason");
    for (size_t i = 0; i < count; i++)
        accounting_row(out, &rows[i]);
}

size_t show_history_keep(struct status_history *rows, size_t count, struct addr addr)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (addr_equal(rows[i].assigned, addr) || addr_equal(rows[i].remote.addr, addr))
            rows[kept++] = rows[i];
    return kept;
}

static void peer_row(struct sink *out, const struct status_peer *row)
{
    char first[SHOW_TIME], last[SHOW_TIME], from[ENDPOINT_TEXT];
    column(out, row->principal, 24);
    column(out, row->profile, 14);
    sink_format(out, "%-5s %-19s %-19s ", row->up ? "up" : "down",
                show_time(row->first_seen_s, first), show_time(row->last_seen_s, last));
    column(out, endpoint_format(row->last, from), 21);
    column(out, row->identity, 20);
    column(out, row->client, 14);
    sink_safe(out, row->reason[0] ? row->reason : "-");
    sink_char(out, '\n');
}

void show_peers(struct sink *out, const struct status_peer *rows, size_t count)
{
    sink_format(out, "%-24s %-14s %-5s %-19s %-19s %-21s %-20s %-14s %s\n", "Peer", "Profile",
                "State", "First seen", "Last seen", "Last from", "Identity", "Client", "Last end");
    for (size_t i = 0; i < count; i++)
        peer_row(out, &rows[i]);
}

static void said(struct sink *out, const char *name, const char *text)
{
    if (!text[0])
        return;
    sink_format(out, "  %-7s ", name);
    sink_safe(out, text);
    sink_char(out, '\n');
}

static void problem(struct sink *out, const struct status_problem *row)
{
    char from[ENDPOINT_TEXT], first[SHOW_TIME], last[SHOW_TIME];
    sink_format(out, "%s  ", endpoint_format(row->peer, from));
    sink_safe(out, row->identity[0] ? row->identity : "(no identity)");
    sink_format(out, "\n  %s: %s\n", decision_stage_text(row->stage),
                decision_rule_text(row->rule));
    if (row->count == 1)
        sink_format(out, "  Once, %s\n", show_time(row->last_s, last));
    else
        sink_format(out, "  %u times, first %s, last %s\n", row->count,
                    show_time(row->first_s, first), show_time(row->last_s, last));
    said(out, "Ours:", row->ours);
    said(out, "Theirs:", row->theirs);
    said(out, "Hint:", row->hint);
}

void show_problems(struct sink *out, const struct status_problem *rows, size_t count)
{
    if (!count)
        sink_text(out, "Nobody was refused in the last 24 hours\n");
    for (size_t i = 0; i < count; i++) {
        if (i)
            sink_char(out, '\n');
        problem(out, &rows[i]);
    }
}
