/* Paragraphs with a table of candidates in the middle. */
#include "cli/show_decision.h"

#include <stdio.h>

static void said(struct sink *out, const char *name, const char *text)
{
    if (!text[0])
        return;
    sink_format(out, "    %-8s ", name);
    sink_safe(out, text);
    sink_char(out, '\n');
}

static size_t widest(const struct decision *decision)
{
    size_t width = 0;
    for (size_t i = 0; i < decision->candidate_count; i++) {
        size_t len = strlen(decision->candidates[i].name);
        width = len > width ? len : width;
    }
    return width;
}

static void candidate(struct sink *out, const struct decision_candidate *row, size_t width)
{
    char line[24] = "";
    size_t before = out->len;
    sink_safe(out, row->name);
    size_t used = out->len - before;
    if (row->line)
        snprintf(line, sizeof line, "line %u", row->line);
    sink_format(out, "%*s  %-9s  %s\n", (int)(used < width ? width - used : 0), "", line,
                decision_rule_text(row->rule));
}

static void candidates(struct sink *out, const struct decision *decision)
{
    const size_t width = widest(decision);
    for (size_t i = 0; i < decision->candidate_count; i++) {
        sink_text(out, decision->candidates[i].rule == RULE_CHOSEN ? "  * " : "    ");
        candidate(out, &decision->candidates[i], width);
    }
    if (decision->candidates_left_out)
        sink_format(out, "    and %zu more\n", decision->candidates_left_out);
}

void show_decision(struct sink *out, const char *message, const struct decision *decision,
                   enum show_weight weight)
{
    static const char *const change[] = {[SHOW_DECIDING] = "Change:", [SHOW_OTHER_WAY] = "Or:"};
    sink_format(out, "%s%s%s: ", message, message[0] ? ", " : "",
                decision_stage_text(decision->stage));
    if (decision->accepted)
        sink_text(out, "accepted\n");
    else
        sink_format(out, "%s, %s\n", weight == SHOW_DECIDING ? "REFUSED" : "not this way",
                    decision_rule_text(decision->rule));
    candidates(out, decision);
    said(out, "Ours:", decision->ours);
    said(out, "Theirs:", decision->theirs);
    if (weight != SHOW_PASSED)
        said(out, change[weight], decision->hint);
}

const char *show_whatif_mode(const struct whatif_peer *peer)
{
    return peer->aggressive ? "aggressive" : "main";
}

const char *show_whatif_auth(const struct whatif_peer *peer)
{
    return peer->auth == AUTH_XAUTH_INIT_PSK ? "pre-share with Xauth" : "pre-share";
}

static void describe(struct sink *out, const struct whatif_peer *peer)
{
    char from[ENDPOINT_TEXT], identity[IDENTITY_TEXT], side[SELECTOR_TEXT];
    sink_format(out, "What if %s came in %s mode", endpoint_format(peer->from, from),
                show_whatif_mode(peer));
    if (peer->identity.type != ID_NONE) {
        sink_text(out, " as ");
        sink_safe(out, identity_format(&peer->identity, identity));
    }
    sink_format(out, ", %s", show_whatif_auth(peer));
    if (peer->has_proxies) {
        sink_format(out, ",\nfor %s", selector_format(&peer->local, side));
        sink_format(out, " here and %s there", selector_format(&peer->remote, side));
    }
    sink_char(out, '\n');
}

static void conclude(struct sink *out, const struct whatif *whatif)
{
    sink_text(out, whatif->accepted ? "Accepted" : "Refused");
    for (size_t i = 0; i < whatif->stage_count; i++)
        if (whatif->stages[i].deciding)
            sink_format(out, " at %s, %s", whatif->stages[i].message,
                        decision_stage_text(whatif->stages[i].decision.stage));
    sink_text(out, whatif->phase2_open ? "; phase 2 is not judged without proxies\n" : "\n");
}

void show_whatif(struct sink *out, const struct whatif_peer *peer, const struct whatif *whatif,
                 const char *lines)
{
    describe(out, peer);
    sink_text(out, "Lines are those of ");
    sink_safe(out, lines);
    sink_char(out, '\n');
    enum show_weight weight = SHOW_PASSED;
    for (size_t i = 0; i < whatif->stage_count; i++) {
        const struct whatif_stage *stage = &whatif->stages[i];
        if (stage->deciding)
            weight = SHOW_DECIDING;
        sink_char(out, '\n');
        show_decision(out, stage->message, &stage->decision, weight);
        if (stage->deciding)
            weight = SHOW_OTHER_WAY;
    }
    sink_char(out, '\n');
    conclude(out, whatif);
}
