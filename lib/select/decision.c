/* Decision records: starting, noting candidates, and the form in which they go to the store. */
#include "select/decision.h"

#include <stdio.h>

const char *decision_stage_text(enum decision_stage stage)
{
    static const char *const texts[] = {
#define STAGE_TEXT(name, text) [name] = (text),
        DECISION_STAGE_TABLE(STAGE_TEXT)
#undef STAGE_TEXT
    };
    return (size_t)stage < STAGE_COUNT ? texts[stage] : "unknown stage";
}

const char *decision_rule_text(enum decision_rule rule)
{
    static const char *const texts[] = {
#define RULE_TEXT(name, text) [name] = (text),
        DECISION_RULE_TABLE(RULE_TEXT)
#undef RULE_TEXT
    };
    return (size_t)rule < RULE_COUNT ? texts[rule] : "unknown rule";
}

void decision_start(struct decision *decision, enum decision_stage stage)
{
    *decision = (struct decision){.stage = stage};
}

void decision_note(struct decision *decision, const char *name, unsigned line,
                   enum decision_rule rule)
{
    if (decision->candidate_count == DECISION_CANDIDATES) {
        decision->candidates_left_out++;
        return;
    }
    struct decision_candidate *candidate = &decision->candidates[decision->candidate_count++];
    snprintf(candidate->name, sizeof candidate->name, "%s", name);
    candidate->line = line;
    candidate->rule = rule;
}

void decision_put(struct builder *b, const struct decision *decision)
{
    builder_u8(b, (uint8_t)decision->stage);
    builder_u8(b, decision->accepted);
    builder_u8(b, (uint8_t)decision->rule);
    builder_u8(b, (uint8_t)decision->candidate_count);
    for (size_t i = 0; i < decision->candidate_count; i++) {
        const struct decision_candidate *candidate = &decision->candidates[i];
        builder_string(b, candidate->name);
        builder_u32(b, candidate->line);
        builder_u8(b, (uint8_t)candidate->rule);
    }
    builder_u32(b, (uint32_t)decision->candidates_left_out);
    builder_string(b, decision->ours);
    builder_string(b, decision->theirs);
    builder_string(b, decision->hint);
}

/* A value below the limit, or the cursor poisoned. */
static uint8_t get_below(struct cursor *c, unsigned limit)
{
    uint8_t value = cursor_u8(c);
    if (value >= limit)
        c->bad = true;
    return c->bad ? 0 : value;
}

static void get_candidates(struct cursor *c, struct decision *out)
{
    out->candidate_count = get_below(c, DECISION_CANDIDATES + 1);
    for (size_t i = 0; i < out->candidate_count; i++) {
        struct decision_candidate *candidate = &out->candidates[i];
        cursor_string(c, candidate->name, sizeof candidate->name);
        candidate->line = cursor_u32(c);
        candidate->rule = (enum decision_rule)get_below(c, RULE_COUNT);
    }
    out->candidates_left_out = cursor_u32(c);
}

void decision_get(struct cursor *c, struct decision *out)
{
    struct decision decision = {.accepted = false};
    decision.stage = (enum decision_stage)get_below(c, STAGE_COUNT);
    decision.accepted = get_below(c, 2) != 0;
    decision.rule = (enum decision_rule)get_below(c, RULE_COUNT);
    get_candidates(c, &decision);
    cursor_string(c, decision.ours, sizeof decision.ours);
    cursor_string(c, decision.theirs, sizeof decision.theirs);
    cursor_string(c, decision.hint, sizeof decision.hint);
    if (!c->bad)
        *out = decision;
}
