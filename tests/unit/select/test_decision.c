/* Decision records: candidates, texts, and the form that goes to the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "select/decision.h"
#include "unit/base/octets.h"

static struct decision sample(void)
{
    struct decision decision;
    decision_start(&decision, STAGE_PROXIES);
    decision_note(&decision, "mymap 10", 12, RULE_PROFILE);
    decision_note(&decision, "dynmap 5", 20, RULE_OVERLAP);
    decision.rule = RULE_OVERLAP;
    snprintf(decision.ours, sizeof decision.ours, "dynmap 5 (line 20)");
    snprintf(decision.theirs, sizeof decision.theirs, "its side 10.1.0.0/24");
    snprintf(decision.hint, sizeof decision.hint, "let the peer propose something else");
    return decision;
}

static size_t written(const struct decision *decision, uint8_t *buffer, size_t size)
{
    struct builder b = builder_of(buffer, size);
    decision_put(&b, decision);
    assert_false(b.bad);
    return builder_len(&b);
}

static void a_new_record_is_empty_and_not_accepted(void **state)
{
    (void)state;
    struct decision decision;
    memset(&decision, 0xff, sizeof decision);
    decision_start(&decision, STAGE_KEY);
    assert_int_equal(decision.stage, STAGE_KEY);
    assert_false(decision.accepted);
    assert_int_equal(decision.candidate_count, 0);
    assert_int_equal(decision.candidates_left_out, 0);
    assert_string_equal(decision.ours, "");
    assert_string_equal(decision.theirs, "");
    assert_string_equal(decision.hint, "");
}

static void candidates_that_do_not_fit_are_counted(void **state)
{
    (void)state;
    struct decision decision;
    decision_start(&decision, STAGE_KEY);
    for (unsigned i = 0; i < DECISION_CANDIDATES + 5; i++)
        decision_note(&decision, "keyring spokes", i, RULE_ADDRESS);
    assert_int_equal(decision.candidate_count, DECISION_CANDIDATES);
    assert_int_equal(decision.candidates_left_out, 5);
    assert_int_equal(decision.candidates[DECISION_CANDIDATES - 1].line, DECISION_CANDIDATES - 1);
}

static void a_long_name_is_cut(void **state)
{
    (void)state;
    char name[2 * DECISION_NAME];
    struct decision decision;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    decision_start(&decision, STAGE_KEY);
    decision_note(&decision, name, 1, RULE_ADDRESS);
    assert_int_equal(strlen(decision.candidates[0].name), DECISION_NAME - 1);
}

static void every_stage_and_rule_has_a_text_and_no_other_number_has(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STAGE_COUNT; i++)
        assert_true(strlen(decision_stage_text((enum decision_stage)i)) > 0);
    for (unsigned i = 0; i < RULE_COUNT; i++)
        assert_true(strlen(decision_rule_text((enum decision_rule)i)) > 0);
    assert_string_equal(decision_stage_text(STAGE_COUNT), "unknown stage");
    assert_string_equal(decision_rule_text(RULE_COUNT), "unknown rule");
    assert_string_equal(decision_rule_text(RULE_KEY_OF_OTHER_RING),
                        "key not found in keyrings of profile");
}

static void a_record_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t buffer[4096];
    struct decision decision = sample();
    decision.candidates_left_out = 3;
    size_t len = written(&decision, buffer, sizeof buffer);
    uint8_t *exact = octets_exact(buffer, len);
    struct cursor c = cursor_of(exact, len);
    struct decision out;
    decision_get(&c, &out);
    assert_true(cursor_done(&c));
    assert_int_equal(out.stage, STAGE_PROXIES);
    assert_false(out.accepted);
    assert_int_equal(out.rule, RULE_OVERLAP);
    assert_int_equal(out.candidate_count, 2);
    assert_int_equal(out.candidates_left_out, 3);
    assert_string_equal(out.candidates[1].name, "dynmap 5");
    assert_int_equal(out.candidates[1].line, 20);
    assert_int_equal(out.candidates[0].rule, RULE_PROFILE);
    assert_string_equal(out.ours, decision.ours);
    assert_string_equal(out.theirs, decision.theirs);
    assert_string_equal(out.hint, decision.hint);
    free(exact);
}

static void every_truncation_poisons_and_sets_nothing(void **state)
{
    (void)state;
    uint8_t buffer[4096];
    struct decision decision = sample();
    size_t len = written(&decision, buffer, sizeof buffer);
    for (size_t n = 0; n < len; n++) {
        uint8_t *exact = octets_exact(buffer, n);
        struct cursor c = cursor_of(exact, n);
        struct decision out = {.candidate_count = 77};
        decision_get(&c, &out);
        assert_true(c.bad);
        assert_int_equal(out.candidate_count, 77);
        free(exact);
    }
}

static void numbers_outside_their_enums_poison(void **state)
{
    (void)state;
    /* stage, accepted, rule, count; then the first candidate's name, line and rule */
    const struct {
        size_t offset;
        uint8_t value;
    } rows[] = {{0, STAGE_COUNT},
                {1, 2},
                {2, RULE_COUNT},
                {3, DECISION_CANDIDATES + 1},
                {4 + 2 + 8 + 4, RULE_COUNT}};
    uint8_t buffer[4096];
    struct decision decision = sample();
    size_t len = written(&decision, buffer, sizeof buffer);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t kept = buffer[rows[i].offset];
        buffer[rows[i].offset] = rows[i].value;
        struct cursor c = cursor_of(buffer, len);
        struct decision out = {.candidate_count = 77};
        decision_get(&c, &out);
        assert_true(c.bad);
        assert_int_equal(out.candidate_count, 77);
        buffer[rows[i].offset] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_record_is_empty_and_not_accepted),
        cmocka_unit_test(candidates_that_do_not_fit_are_counted),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(every_stage_and_rule_has_a_text_and_no_other_number_has),
        cmocka_unit_test(a_record_reads_back_as_written),
        cmocka_unit_test(every_truncation_poisons_and_sets_nothing),
        cmocka_unit_test(numbers_outside_their_enums_poison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
