/* Who, when, how often; then the decision as `what-if` prints it. */
#include "cli/show_explain.h"

#include "cli/show_decision.h"
#include "cli/show_history.h"

static bool is_same(const struct status_decision *a, const struct status_decision *b)
{
    return a->decision.stage == b->decision.stage && a->decision.rule == b->decision.rule &&
           addr_equal(a->peer.addr, b->peer.addr) && strcmp(a->identity, b->identity) == 0;
}

bool explain_add(struct explain_reasons *reasons, const struct status_decision *row)
{
    for (size_t i = 0; i < reasons->count; i++)
        if (is_same(&reasons->items[i].latest, row)) {
            reasons->items[i].count++;
            reasons->items[i].first_s = row->at_s;
            return true;
        }
    if (reasons->count == EXPLAIN_REASONS)
        return false;
    reasons->items[reasons->count++] =
        (struct explain_reason){.latest = *row, .count = 1, .first_s = row->at_s};
    return true;
}

static void reason(struct sink *out, const struct explain_reason *reason)
{
    char from[ENDPOINT_TEXT], time[SHOW_TIME];
    const struct status_decision *latest = &reason->latest;
    sink_format(out, "%s  %s", show_time(latest->at_s, time), endpoint_format(latest->peer, from));
    sink_text(out, latest->identity[0] ? "  " : "");
    sink_safe(out, latest->identity);
    if (reason->count > 1)
        sink_format(out, "\n%u times since %s", reason->count, show_time(reason->first_s, time));
    sink_char(out, '\n');
    show_decision(out, "", &latest->decision, SHOW_DECIDING);
}

void show_explain(struct sink *out, const struct explain_reasons *reasons)
{
    for (size_t i = 0; i < reasons->count; i++) {
        if (i)
            sink_char(out, '\n');
        reason(out, &reasons->items[i]);
    }
    if (reasons->cut)
        sink_text(out, "\nOlder refusals are left out\n");
}
