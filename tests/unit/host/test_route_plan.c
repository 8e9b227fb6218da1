/* The routing plan: what follows from a configuration, and which nets key may lead into the TUN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/host/plan_config.h"

static const char hub[] = "hostname Hub\n"
                          "crypto keyring k\n"
                          " pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"
                          "crypto isakmp policy 10\n"
                          " authentication pre-share\n"
                          "crypto ipsec transform-set t esp-aes esp-sha-hmac\n"
                          "crypto dynamic-map dyn 10\n"
                          " set transform-set t\n"
                          "crypto map m 20 ipsec-isakmp dynamic dyn\n"
                          "interface Ethernet0\n"
                          " ip address 192.0.2.1 255.255.255.0\n"
                          " crypto map m\n"
                          "interface Ethernet1\n"
                          " ip address 10.1.0.1 255.255.0.0\n"
                          "interface Ethernet2\n"
                          " ip address 10.99.0.1 255.255.0.0\n"
                          " shutdown\n"
                          "ip local pool p 10.5.5.1 10.5.5.254\n"
                          "ip route 0.0.0.0 0.0.0.0 192.0.2.254\n"
                          "ip route 172.16.0.0 255.255.0.0 203.0.113.7\n";

static const char spoke[] = "hostname Spoke\n"
                            "crypto isakmp policy 10\n"
                            " authentication pre-share\n"
                            "crypto isakmp key cisco123 address 198.51.100.1\n"
                            "crypto ipsec transform-set t esp-aes esp-sha-hmac\n"
                            "crypto map m 10 ipsec-isakmp\n"
                            " set peer 198.51.100.1\n"
                            " set transform-set t\n"
                            " match address 100\n"
                            "crypto map m 20 ipsec-isakmp\n"
                            " set peer 198.51.100.1\n"
                            " set transform-set t\n"
                            " match address 100\n"
                            "interface Ethernet0\n"
                            " ip address dhcp\n"
                            " crypto map m\n"
                            "interface Ethernet1\n"
                            " ip address 10.2.2.2 255.255.255.0\n"
                            "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
                            "access-list 100 deny ip 10.2.0.0 0.0.255.255 10.4.0.0 0.0.255.255\n";

static struct prefix net(const char *text)
{
    char copy[64];
    struct addr addr;
    snprintf(copy, sizeof copy, "%s", text);
    char *slash = strchr(copy, '/');
    *slash = '\0';
    assert_int_equal(addr_parse(copy, &addr), RC_OK);
    return (struct prefix){addr, (uint8_t)atoi(slash + 1)};
}

static void assert_net(const struct route_plan *plan, const char *text, const char *reason)
{
    const char *why = "";
    enum rc rc = route_plan_allows(plan, net(text), &why);
    if (rc != (reason ? RC_DENIED : RC_OK) || (reason && strcmp(why, reason) != 0))
        fail_msg("%s: rc %d, \"%s\"", text, rc, why);
}

static void a_hub_has_pools_outside_and_inside(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, hub, 0);
    assert_int_equal(c.plan.outside_count, 1);
    assert_string_equal(c.plan.outside[0], "eth0");
    assert_int_equal(c.plan.inside_count, 1);
    assert_true(prefix_equal(c.plan.inside[0], net("10.1.0.0/16")));
    assert_int_equal(c.plan.own_count, 2); /* the one that is shut down is not ours */
    assert_int_equal(c.plan.pool_count, 14);
    assert_true(c.plan.any_net);
    assert_int_equal(c.plan.acl_count, 0);
    assert_int_equal(addr_v4_value(c.plan.source), 0x0a010001);
    plan_case_free(&c);
}

static void a_spoke_has_its_access_list_once_and_its_peer(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, spoke, 0);
    assert_int_equal(c.plan.acl_count, 1);
    assert_string_equal(c.plan.acls[0]->name, "100");
    assert_int_equal(addr_v4_value(c.plan.peers[0]), 0xc6336401);
    assert_false(c.plan.any_net);
    /* The outside net is known from DHCP only. */
    assert_int_equal(c.plan.own_count, 2);
    assert_true(prefix_equal(c.plan.own[0], net("10.100.2.0/24")));
    plan_case_free(&c);
}

static void instances_share_no_table_mark_or_priority(void **state)
{
    (void)state;
    struct route_plan a = {0}, b = {0};
    for (uint32_t i = 0; i < 16; i++) {
        for (uint32_t j = 0; j < i; j++) {
            route_plan_name(&a, "a", i);
            route_plan_name(&b, "b", j);
            assert_int_not_equal(a.table_nets, b.table_nets);
            assert_int_not_equal(a.table_protect, b.table_protect);
            assert_int_not_equal(a.table_nets, b.table_protect);
            assert_int_not_equal(a.table_protect, b.table_nets);
            assert_int_not_equal(a.mark_bypass, b.mark_bypass);
            assert_int_not_equal(a.mark_protect, b.mark_protect);
            assert_int_not_equal(a.mark_protect, b.mark_bypass);
            assert_true(a.priority >= b.priority + PLAN_PRIORITIES);
            assert_string_not_equal(a.nft_table, b.nft_table);
        }
        assert_true(a.priority + PLAN_PRIORITIES < 32766);
    }
}

static void a_hub_takes_nets_that_are_nobodys(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, hub, 0);
    assert_net(&c.plan, "10.2.0.0/16", NULL);
    assert_net(&c.plan, "10.2.2.0/24", NULL);
    assert_net(&c.plan, "203.0.113.128/32", NULL);
    assert_net(&c.plan, "10.99.0.0/16", NULL); /* its interface is shut down */
    plan_case_free(&c);
}

static void a_lease_is_led_into_the_tun_and_what_only_overlaps_a_pool_is_not(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, hub, 0);
    assert_net(&c.plan, "10.5.5.1/32", NULL);
    assert_net(&c.plan, "10.5.5.254/32", NULL);
    assert_net(&c.plan, "10.5.5.128/26", NULL);
    assert_net(&c.plan, "10.5.5.0/32", NULL); /* beside the pool: a net like any other */
    assert_net(&c.plan, "10.5.5.0/31", "it overlaps a pool");
    assert_net(&c.plan, "10.5.5.0/24", "it overlaps a pool");
    assert_net(&c.plan, "10.5.0.0/16", "it overlaps a pool");
    plan_case_free(&c);
}

static void what_is_ours_is_never_led_away(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, hub, 0);
    assert_net(&c.plan, "0.0.0.0/0", "it is everything");
    assert_net(&c.plan, "0.0.0.0/1", "it begins at the unspecified address");
    assert_net(&c.plan, "128.0.0.0/1", "it overlaps a net of an interface");
    assert_net(&c.plan, "10.0.0.0/8", "it overlaps a net of an interface");
    assert_net(&c.plan, "10.1.0.0/16", "it overlaps a net of an interface");
    assert_net(&c.plan, "10.1.77.0/24", "it overlaps a net of an interface");
    assert_net(&c.plan, "192.0.2.254/32", "it overlaps a net of an interface");
    assert_net(&c.plan, "203.0.113.7/32", "it holds a configured peer or next hop");
    assert_net(&c.plan, "203.0.113.0/25", "it holds a configured peer or next hop");
    assert_net(&c.plan, "172.16.0.0/16", "it overlaps a configured route");
    assert_net(&c.plan, "172.16.5.0/24", "it overlaps a configured route");
    assert_net(&c.plan, "172.16.0.0/12", "it overlaps a configured route");
    plan_case_free(&c);
}

static void what_no_peer_can_have_behind_it_is_refused(void **state)
{
    static const char *const nets[] = {"127.0.0.0/8", "127.0.0.53/32", "169.254.169.254/32",
                                       "224.0.0.0/4", "224.0.0.5/32",  "255.255.255.255/32",
                                       "240.0.0.0/4", "::1/128",       "fe80::1/128",
                                       "ff02::1/128"};
    (void)state;
    struct plan_case c;
    plan_case_make(&c, hub, 0);
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++)
        assert_net(&c.plan, nets[i],
                   "it holds loopback, link-local, multicast or reserved addresses");
    assert_net(&c.plan, "223.255.255.0/24", NULL);
    assert_net(&c.plan, "2001:db8::/32", NULL);
    plan_case_free(&c);
}

static void without_a_dynamic_entry_only_the_access_lists_count(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c, spoke, 0);
    assert_net(&c.plan, "10.1.0.0/16", NULL);
    assert_net(&c.plan, "10.1.2.0/24", NULL);
    assert_net(&c.plan, "10.3.0.0/16", "no applied crypto map allows it");
    assert_net(&c.plan, "10.4.0.0/16", "no applied crypto map allows it"); /* a deny line */
    assert_net(&c.plan, "10.0.0.0/15", "no applied crypto map allows it");
    assert_net(&c.plan, "198.51.100.0/24", "it holds a configured peer or next hop");
    assert_net(&c.plan, "10.100.2.0/25", "it overlaps a net of an interface");
    plan_case_free(&c);
}

static void assert_range(const char *first, const char *last, const char *want)
{
    struct prefix out[PLAN_RANGE_PREFIXES];
    struct addr a, b;
    char text[PREFIX_TEXT], got[1024] = "";
    assert_int_equal(addr_parse(first, &a), RC_OK);
    assert_int_equal(addr_parse(last, &b), RC_OK);
    size_t n = route_plan_range(a, b, out, PLAN_RANGE_PREFIXES);
    for (size_t i = 0; i < n; i++) {
        strcat(got, i ? " " : "");
        strcat(got, prefix_format(out[i], text));
    }
    assert_string_equal(got, want);
}

static void a_range_becomes_the_fewest_prefixes(void **state)
{
    (void)state;
    assert_range("10.0.0.0", "10.0.0.255", "10.0.0.0/24");
    assert_range("10.0.0.7", "10.0.0.7", "10.0.0.7/32");
    assert_range("10.0.0.1", "10.0.0.6", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32");
    assert_range("0.0.0.0", "255.255.255.255", "0.0.0.0/0");
    assert_range("255.255.255.254", "255.255.255.255", "255.255.255.254/31");
    assert_range("10.0.0.9", "10.0.0.8", "");
    assert_range("2001:db8::", "2001:db8::ffff", "2001:db8::/112");
    assert_range("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}

/* Every range inside a /27: together the prefixes are the range, and touch nothing else. */
static void the_prefixes_of_a_range_cover_it_exactly(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 32; first++) {
        for (uint32_t last = first; last < 32; last++) {
            struct prefix out[PLAN_RANGE_PREFIXES];
            size_t n = route_plan_range(addr_v4(first), addr_v4(last), out, PLAN_RANGE_PREFIXES);
            for (uint32_t i = 0; i < 64; i++) {
                unsigned covered = 0;
                for (size_t k = 0; k < n; k++)
                    covered += prefix_contains(out[k], addr_v4(i));
                assert_int_equal(covered, i >= first && i <= last);
            }
        }
    }
}

static void a_range_stops_at_the_room_there_is(void **state)
{
    (void)state;
    struct prefix out[2];
    assert_int_equal(route_plan_range(addr_v4(1), addr_v4(0xfffffffe), out, 2), 2);
    assert_int_equal(route_plan_range(addr_v4(1), addr_v4(0xfffffffe), out, 0), 0);
}

static void a_fixed_reverse_route_is_led_for_good_where_it_takes_nothing_away(void **state)
{
    (void)state;
    struct plan_case c;
    plan_case_make(&c,
                   "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.7.0.0 0.0.255.255\n"
                   "access-list 101 permit ip 10.1.0.0 0.0.255.255 10.1.9.0 0.0.0.255\n"
                   "access-list 101 permit ip 10.1.0.0 0.0.255.255 any\n"
                   "access-list 102 permit ip 10.1.0.0 0.0.255.255 10.8.0.0 0.0.255.255\n"
                   "crypto ipsec transform-set t esp-gcm\n"
                   "crypto map m 10 ipsec-isakmp\n set peer 192.0.2.1\n set transform-set t\n"
                   " match address 101\n reverse-route static\n"
                   "crypto map m 20 ipsec-isakmp\n set peer hub.example\n set transform-set t\n"
                   " match address 102\n reverse-route\n"
                   "interface Ethernet0\n ip address 192.0.2.9 255.255.255.0\n crypto map m\n"
                   "interface Ethernet1\n ip address 10.1.0.1 255.255.0.0\n",
                   0);
    assert_int_equal(c.plan.pool_count, 1); /* not our own net, and not everything */
    assert_true(prefix_equal(c.plan.pools[0], net("10.7.0.0/16")));
    assert_int_equal(c.plan.peer_count, 1); /* a name is no address */
    assert_true(route_plan_marks(&c.plan, net("10.8.1.0/24")));
    plan_case_free(&c);
    plan_case_make(&c, hub, 0);
    assert_false(route_plan_marks(&c.plan, net("10.8.1.0/24"))); /* dynamic entries mark nothing */
    plan_case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_has_pools_outside_and_inside),
        cmocka_unit_test(a_spoke_has_its_access_list_once_and_its_peer),
        cmocka_unit_test(instances_share_no_table_mark_or_priority),
        cmocka_unit_test(a_hub_takes_nets_that_are_nobodys),
        cmocka_unit_test(a_lease_is_led_into_the_tun_and_what_only_overlaps_a_pool_is_not),
        cmocka_unit_test(what_is_ours_is_never_led_away),
        cmocka_unit_test(what_no_peer_can_have_behind_it_is_refused),
        cmocka_unit_test(without_a_dynamic_entry_only_the_access_lists_count),
        cmocka_unit_test(a_fixed_reverse_route_is_led_for_good_where_it_takes_nothing_away),
        cmocka_unit_test(a_range_becomes_the_fewest_prefixes),
        cmocka_unit_test(the_prefixes_of_a_range_cover_it_exactly),
        cmocka_unit_test(a_range_stops_at_the_room_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
