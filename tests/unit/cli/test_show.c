/* The `show` outputs against the stored screens of tests/golden/show. */
#include "cli/show_connections.h"
#include "cli/show_ipsec.h"
#include "cli/show_isakmp.h"
#include "cli/show_session.h"
#include "unit/status_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char *golden(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/golden/show/%s.txt", HUBWARD_TESTS, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t n = fread(text, 1, 65535, file);
    assert_true(n < 65535);
    fclose(file);
    return text;
}

/* Compare and free. */
static void check(const char *name, struct sink *shown)
{
    char *want = golden(name);
    assert_false(shown->bad);
    assert_string_equal(sink_string(shown), want);
    free(want);
    sink_free(shown);
}

static void isakmp_sas_look_like_seed_003_and_004(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_ike rows[] = {fixture_branch(), fixture_client(), fixture_negotiating()};
    show_isakmp_brief(&out, rows, 3);
    check("isakmp_sa", &out);
}

static void ipv6_isakmp_sas_have_a_block_of_their_own(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_ike rows[] = {fixture_v6(), fixture_branch()};
    show_isakmp_brief(&out, rows, 2);
    check("isakmp_sa_ipv6", &out);
}

static void no_isakmp_sa_leaves_the_heading(void **state)
{
    (void)state;
    struct sink out = {0};
    show_isakmp_brief(&out, NULL, 0);
    check("isakmp_sa_empty", &out);
}

static void isakmp_sa_detail_looks_like_seed_003(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_ike rows[] = {fixture_branch(), fixture_client(), fixture_v6()};
    show_isakmp_detail(&out, rows, 3);
    check("isakmp_sa_detail", &out);
}

static void ipsec_sas_look_like_seed_003(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_ipsec rows[] = {fixture_client_tunnel(), fixture_branch_tunnel()};
    show_ipsec(&out, rows, 2);
    check("ipsec_sa", &out);
}

/* Two pairs of one flow: one block, counters added, the newest outbound SPI current. */
static void a_rekeyed_flow_is_one_block_with_both_pairs(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_ipsec rows[] = {fixture_branch_tunnel(), fixture_branch_tunnel()};
    rows[0].spi_in = 0x11111111;
    rows[0].spi_out = 0x22222222;
    rows[0].conn_in = 2010;
    rows[0].conn_out = 2011;
    rows[0].in.errors = 3;
    show_ipsec(&out, rows, 2);
    check("ipsec_sa_rekeyed", &out);
}

static void ipv6_in_udp_without_volume_limit_is_shown(void **state)
{
    (void)state;
    struct sink out = {0};
    struct status_ipsec rows[] = {fixture_v6_tunnel(), fixture_branch_tunnel()};
    rows[1].theirs.last = addr_v4(0x0a0200fe);
    rows[1].ours.protocol = rows[1].theirs.protocol = 17;
    rows[1].theirs.port = 1701;
    show_ipsec(&out, rows, 2);
    check("ipsec_sa_ipv6", &out);
}

static void no_ipsec_sa_shows_nothing(void **state)
{
    (void)state;
    struct sink out = {0};
    show_ipsec(&out, NULL, 0);
    assert_string_equal(sink_string(&out), "");
}

static void one_peer_can_be_picked_out(void **state)
{
    (void)state;
    struct status_ipsec rows[] = {fixture_client_tunnel(), fixture_branch_tunnel(),
                                  fixture_v6_tunnel()};
    struct addr peer = rows[1].remote.addr;
    assert_int_equal(show_ipsec_keep_peer(rows, 3, peer), 1);
    assert_int_equal(rows[0].spi_in, 0x9cd7288c);
    assert_int_equal(show_ipsec_keep_peer(rows, 1, addr_v4(1)), 0);
}

static void connections_look_as_ios_counts_them(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_ike ike[] = {fixture_branch(), fixture_client(), fixture_v6()};
    const struct status_ipsec ipsec[] = {fixture_branch_tunnel(), fixture_client_tunnel(),
                                         fixture_v6_tunnel()};
    const struct show_connections all = {ike, 3, ipsec, 3};
    show_connections(&out, &all);
    check("connections", &out);
}

static void no_connection_leaves_the_heading(void **state)
{
    (void)state;
    struct sink out = {0};
    show_connections(&out, &(struct show_connections){.ike = NULL});
    assert_string_equal(
        sink_string(&out),
        "Crypto Engine Connections\n\n"
        "   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address\n");
    sink_free(&out);
}

static void show_sessions(const char *name, bool detail)
{
    struct sink out = {0};
    struct status_ike ike[] = {fixture_v6(), fixture_client(), fixture_negotiating(),
                               fixture_branch()};
    struct status_ipsec ipsec[] = {fixture_v6_tunnel(), fixture_client_tunnel(),
                                   fixture_client_tunnel()};
    ipsec[2].ike_id = 0; /* outlived its phase 1 */
    ipsec[2].remote = fixture_endpoint("192.0.2.5", 500);
    show_session(&out, ike, 4, ipsec, 3, detail);
    check(name, &out);
}

static void sessions_gather_phase_1_and_their_tunnels(void **state)
{
    (void)state;
    show_sessions("session", false);
}

static void session_detail_adds_identities_and_counters(void **state)
{
    (void)state;
    show_sessions("session_detail", true);
}

static void version_says_who_and_how_long(void **state)
{
    (void)state;
    struct sink out = {0};
    const struct status_header header = fixture_header();
    const struct status_summary summary = fixture_summary();
    show_version(&out, &header, &summary);
    check("version", &out);
}

static void uptime_has_whole_units_only(void **state)
{
    (void)state;
    const struct {
        uint64_t seconds;
        const char *text;
    } rows[] = {
        {0, " is 0 minutes\n"}, {60, " is 1 minute\n"},
        {3600, " is 1 hour\n"}, {7261, " is 2 hours, 1 minute\n"},
        {86400, " is 1 day\n"}, {1209600 + 120, " is 2 weeks, 2 minutes\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sink out = {0};
        struct status_header header = fixture_header();
        const struct status_summary summary = {0};
        header.uptime_ms = rows[i].seconds * 1000;
        show_version(&out, &header, &summary);
        assert_non_null(strstr(sink_string(&out), rows[i].text));
        sink_free(&out);
    }
}

static void capabilities_are_the_letters_of_the_codes(void **state)
{
    (void)state;
    char text[SHOW_CAPABILITIES];
    struct status_ike row = {0};
    assert_string_equal(show_isakmp_capabilities(&row, text), "");
    row.config_mode = row.dpd = row.xauth = row.nat = true;
    assert_string_equal(show_isakmp_capabilities(&row, text), "CDXN");
}

/* Everything that can be shown, with this text wherever a peer or a file can write one. */
static void show_all_with(const char *text, struct sink *out)
{
    struct status_ike row = fixture_hostile_row(text);
    struct status_ipsec tunnel = fixture_client_tunnel();
    struct status_header header = fixture_header();
    const struct status_summary summary = {0};
    fixture_text(tunnel.interface, sizeof tunnel.interface, text);
    fixture_text(tunnel.map, sizeof tunnel.map, text);
    fixture_text(header.hostname, sizeof header.hostname, text);
    show_isakmp_brief(out, &row, 1);
    show_isakmp_detail(out, &row, 1);
    show_ipsec(out, &tunnel, 1);
    show_session(out, &row, 1, &tunnel, 1, true);
    show_version(out, &header, &summary);
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

/* Only printable ASCII reaches the terminal, and no text of a peer begins a line. */
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
        cmocka_unit_test(isakmp_sas_look_like_seed_003_and_004),
        cmocka_unit_test(ipv6_isakmp_sas_have_a_block_of_their_own),
        cmocka_unit_test(no_isakmp_sa_leaves_the_heading),
        cmocka_unit_test(isakmp_sa_detail_looks_like_seed_003),
        cmocka_unit_test(ipsec_sas_look_like_seed_003),
        cmocka_unit_test(a_rekeyed_flow_is_one_block_with_both_pairs),
        cmocka_unit_test(ipv6_in_udp_without_volume_limit_is_shown),
        cmocka_unit_test(no_ipsec_sa_shows_nothing),
        cmocka_unit_test(one_peer_can_be_picked_out),
        cmocka_unit_test(connections_look_as_ios_counts_them),
        cmocka_unit_test(no_connection_leaves_the_heading),
        cmocka_unit_test(sessions_gather_phase_1_and_their_tunnels),
        cmocka_unit_test(session_detail_adds_identities_and_counters),
        cmocka_unit_test(version_says_who_and_how_long),
        cmocka_unit_test(uptime_has_whole_units_only),
        cmocka_unit_test(capabilities_are_the_letters_of_the_codes),
        cmocka_unit_test(hostile_texts_are_inert_on_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
