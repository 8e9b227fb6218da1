/* What the store remembers, against the stored screens of tests/golden/show. Times are those of a
 * zone an hour east, with summer time. */
#include "cli/show_history.h"
#include "unit/status_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

enum { WINTER = 1700000000, SUMMER = 1720000000 };

static void check(const char *name, struct sink *shown)
{
    char path[512];
    static char want[65536];
    snprintf(path, sizeof path, "%s/golden/show/%s.txt", HUBWARD_TESTS, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing:\n%s", path, sink_string(shown));
    want[fread(want, 1, sizeof want - 1, file)] = '\0';
    fclose(file);
    assert_false(shown->bad);
    assert_string_equal(sink_string(shown), want);
    sink_free(shown);
}

static struct status_history a_client(void)
{
    return (struct status_history){.number = 3,
                                   .user = "alice",
                                   .group = "testgroup",
                                   .profile = "VPNclient",
                                   .identity = "key-id testgroup",
                                   .client = "vpnc",
                                   .remote = fixture_endpoint("10.51.82.100", 4500),
                                   .assigned = addr_v4(0x0a050501),
                                   .started_s = SUMMER,
                                   .bytes_in = 15876,
                                   .bytes_out = 672};
}

static struct status_history a_branch(void)
{
    return (struct status_history){.number = 2,
                                   .profile = "L2L",
                                   .identity = "10.100.2.102",
                                   .remote = fixture_endpoint("10.100.2.102", 500),
                                   .started_s = WINTER,
                                   .ended_s = WINTER + 3600,
                                   .reason = "the keying process ended",
                                   .bytes_in = 5368709120};
}

static struct status_history a_branch_over_v6(void)
{
    return (struct status_history){.number = 1,
                                   .identity = "fqdn a-branch-with-a-long-name.example",
                                   .remote = fixture_endpoint("2001:db8::3", 4500),
                                   .started_s = WINTER,
                                   .ended_s = WINTER + 1,
                                   .reason = "dead peer"};
}

static void history_has_a_line_for_each_session(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_history rows[] = {a_client(), a_branch(), a_branch_over_v6()};
    show_history(&out, rows, 3);
    check("history", &out);
}

static void accounting_has_a_line_for_each_record(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_accounting rows[] = {{.number = 2,
                                        .at_s = SUMMER + 90,
                                        .record = "stop",
                                        .list = "acct",
                                        .session = 3,
                                        .user = "alice",
                                        .group = "testgroup",
                                        .remote = fixture_endpoint("10.51.82.100", 4500),
                                        .assigned = addr_v4(0x0a050501),
                                        .duration_s = 90,
                                        .bytes_in = 15876,
                                        .bytes_out = 672,
                                        .packets_in = 189,
                                        .packets_out = 8,
                                        .reason = "deleted by the peer"},
                                       {.number = 1,
                                        .at_s = SUMMER,
                                        .record = "start",
                                        .list = "acct",
                                        .session = 3,
                                        .profile = "L2L",
                                        .identity = "10.100.2.102",
                                        .remote = fixture_endpoint("10.100.2.102", 500)}};
    show_accounting(&out, rows, 2);
    check("accounting", &out);
}

static void sessions_of_one_address_are_those_that_had_it_or_came_from_it(void **state)
{
    (void)state;
    struct status_history rows[] = {a_client(), a_branch(), a_branch_over_v6()};
    assert_int_equal(show_history_keep(rows, 3, addr_v4(0x0a640266)), 1);
    assert_int_equal(rows[0].number, 2);
    rows[0] = a_client();
    assert_int_equal(show_history_keep(rows, 1, addr_v4(0x0a050501)), 1);
    assert_int_equal(show_history_keep(rows, 1, addr_v4(0x0a050502)), 0);
}

static void peers_have_a_line_each(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_peer rows[] = {{.profile = "L2L",
                                        .principal = "key/spokes/12",
                                        .identity = "10.100.2.102",
                                        .client = "Cisco IOS",
                                        .last = fixture_endpoint("10.100.2.102", 500),
                                        .up = true,
                                        .first_seen_s = WINTER,
                                        .last_seen_s = SUMMER},
                                       {.principal = "testgroup/alice",
                                        .last = fixture_endpoint("2001:db8::3", 4500),
                                        .reason = "deleted by the peer",
                                        .first_seen_s = SUMMER,
                                        .last_seen_s = SUMMER}};
    show_peers(&out, rows, 2);
    check("peers", &out);
}

static void a_problem_says_both_sides_and_the_hint(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_problem rows[] = {
        {.peer = fixture_endpoint("203.0.113.9", 500),
         .identity = "fqdn branch7.example",
         .stage = STAGE_PROPOSAL,
         .rule = RULE_CIPHER,
         .count = 17,
         .first_s = SUMMER - 3600,
         .last_s = SUMMER,
         .ours = "policy 10: 3des sha group 2",
         .theirs = "aes-256 sha256 group 14",
         .hint = "crypto isakmp policy 20, encryption aes 256, hash sha256, group 14"},
        {.peer = fixture_endpoint("10.51.82.100", 4500),
         .stage = STAGE_ADDRESS,
         .rule = RULE_POOL_EMPTY,
         .count = 1,
         .first_s = WINTER,
         .last_s = WINTER}};
    show_problems(&out, rows, 2);
    check("problems", &out);
}

static void nothing_remembered_is_a_heading_or_a_sentence(void **state)
{
    (void)state;
    struct sink out = {0};
    show_history(&out, NULL, 0);
    show_peers(&out, NULL, 0);
    show_problems(&out, NULL, 0);
    check("history_empty", &out);
}

static void show_all_with(const char *text, struct sink *out)
{
    struct status_history session = a_client();
    struct status_peer peer = {.up = true};
    struct status_problem problem = {.count = 2};
    char *const texts[] = {session.user, session.group,  session.reason,
                           peer.profile, peer.principal, peer.identity,
                           peer.client,  peer.reason,    problem.identity};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        fixture_text(texts[i], STATUS_ROW_TEXT, text);
    fixture_text(problem.theirs, sizeof problem.theirs, text);
    show_history(out, &session, 1);
    show_peers(out, &peer, 1);
    show_problems(out, &problem, 1);
}

static size_t printable_lines(const struct sink *out)
{
    size_t lines = 0;
    for (const char *at = sink_string(out); *at; at++) {
        assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7f));
        lines += *at == '\n';
    }
    return lines;
}

static void hostile_texts_are_inert_on_the_terminal(void **state)
{
    (void)state;
    struct sink out = {0};
    show_all_with("plain", &out);
    const size_t lines = printable_lines(&out);
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        sink_clear(&out);
        show_all_with(fixture_hostile[i], &out);
        assert_int_equal(printable_lines(&out), lines);
    }
    sink_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_has_a_line_for_each_session),
        cmocka_unit_test(accounting_has_a_line_for_each_record),
        cmocka_unit_test(sessions_of_one_address_are_those_that_had_it_or_came_from_it),
        cmocka_unit_test(peers_have_a_line_each),
        cmocka_unit_test(a_problem_says_both_sides_and_the_hint),
        cmocka_unit_test(nothing_remembered_is_a_heading_or_a_sentence),
        cmocka_unit_test(hostile_texts_are_inert_on_the_terminal),
    };
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
