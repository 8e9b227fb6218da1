/* `explain` as text: the same refusal of the same peer is told once, with how often and since when.
 * Times are those of a zone an hour east. */
#include "cli/show_explain.h"
#include "unit/cli/hub.h"

#include <time.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static struct status_decision a_login(uint64_t at_s, uint16_t port)
{
    struct status_decision row = {.at_s = at_s, .peer = fixture_endpoint("10.51.82.100", port)};
    strcpy(row.identity, "key-id testgroup");
    decision_start(&row.decision, STAGE_XAUTH);
    row.decision.rule = RULE_PASSWORD;
    strcpy(row.decision.ours, "login list clientauth");
    strcpy(row.decision.theirs, "user alice of group testgroup");
    strcpy(row.decision.hint, "check the user's name and password in login list clientauth");
    return row;
}

static struct status_decision a_group(uint64_t at_s)
{
    struct status_decision row = {.at_s = at_s, .peer = fixture_endpoint("10.51.82.100", 500)};
    strcpy(row.identity, "key-id nosuchgrp");
    decision_start(&row.decision, STAGE_GROUP);
    row.decision.rule = RULE_OTHER_NAME;
    decision_note(&row.decision, "group testgroup", 33, RULE_OTHER_NAME);
    strcpy(row.decision.ours, "no group of this name");
    strcpy(row.decision.hint, "set the client's group name");
    return row;
}

static void a_reason_is_told_once(void **state)
{
    (void)state;
    static struct explain_reasons reasons;
    struct sink out = {0};
    const struct status_decision rows[] = {a_login(NOW, 4500), a_group(NOW - 60),
                                           a_login(NOW - 600, 1025), a_login(NOW - 3600, 500)};
    for (size_t i = 0; i < 4; i++)
        assert_true(explain_add(&reasons, &rows[i]));
    reasons.cut = true;
    show_explain(&out, &reasons);
    assert_string_equal(sink_string(&out),
                        "2023-11-14 23:13:20  10.51.82.100:4500  key-id testgroup\n"
                        "3 times since 2023-11-14 22:13:20\n"
                        "Xauth login: REFUSED, user or password wrong\n"
                        "    Ours:    login list clientauth\n"
                        "    Theirs:  user alice of group testgroup\n"
                        "    Change:  check the user's name and password in login list clientauth\n"
                        "\n"
                        "2023-11-14 23:12:20  10.51.82.100:500  key-id nosuchgrp\n"
                        "client group: REFUSED, it is for another name\n"
                        "    group testgroup  line 33    it is for another name\n"
                        "    Ours:    no group of this name\n"
                        "    Change:  set the client's group name\n"
                        "\n"
                        "Older refusals are left out\n");
    sink_free(&out);
}

static void there_is_room_for_so_many_reasons(void **state)
{
    (void)state;
    static struct explain_reasons reasons;
    for (unsigned i = 0; i < EXPLAIN_REASONS; i++) {
        struct status_decision row = a_login(NOW, 500);
        row.decision.rule = (enum decision_rule)(i + 1);
        assert_true(explain_add(&reasons, &row));
        assert_true(explain_add(&reasons, &row));
    }
    const struct status_decision more = a_group(NOW);
    assert_false(explain_add(&reasons, &more));
    assert_int_equal(reasons.count, EXPLAIN_REASONS);
}

static void a_hub_is_asked_about_one_peer_or_the_last(void **state)
{
    (void)state;
    static const char *const lines[] = {"explain last", "expl p alice",
                                        "explain peer 10.51.82.100"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, lines[i]);
        assert_int_equal(got.code, EXIT_OK);
        assert_string_equal(got.err, "");
        assert_non_null(strstr(got.out, "10.51.82.100:4500  alice\nclient group: REFUSED"));
        release(got);
    }
}

static void what_the_store_does_not_know_is_said(void **state)
{
    (void)state;
    char line[300] = "explain peer ";
    struct hub hub = a_hub();
    hub.store = RC_AGAIN;
    struct outcome got = run(&hub, "explain last");
    assert_int_equal(got.code, EXIT_FAILED);
    assert_string_equal(got.err, "% the store is away; try again in a moment\n");
    release(got);
    memset(line + strlen(line), 'n', STATUS_ABOUT);
    hub = a_hub();
    got = run(&hub, line);
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.out, "");
    release(got);
    hub = a_hub();
    hub.no_decisions = true;
    got = run(&hub, "explain peer nobody");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.err, "% no refusal is about nobody\n");
    release(got);
    hub = a_hub();
    hub.no_decisions = true;
    got = run(&hub, "explain last --json");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.out, "");
    assert_string_equal(got.err, "% nobody was refused yet\n");
    release(got);
}

static int live_an_hour_east(void **state)
{
    (void)state;
    setenv("TZ", "EAST-1", 1);
    tzset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_told_once),
        cmocka_unit_test(there_is_room_for_so_many_reasons),
        cmocka_unit_test(a_hub_is_asked_about_one_peer_or_the_last),
        cmocka_unit_test(what_the_store_does_not_know_is_said),
    };
    return cmocka_run_group_tests(tests, live_an_hour_east, NULL);
}
