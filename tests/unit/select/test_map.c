/* Which crypto map entry: profile, peer, access list, lease and claims, one test a rule, on the map
 * of seed 003 and around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/map.h"
#include "unit/select/select_kit.h"

static const struct isakmp_profile l2l = {.name = "L2L", .line = 43};
static const struct isakmp_profile vpnclient = {.name = "VPNclient", .line = 48};
static const struct map_entry templates[] = {
    {.sequence = 5, .profile = &vpnclient, .line = 59},
    {.sequence = 10, .profile = &l2l, .line = 62},
};
static const struct dynamic_map dynmap = {.name = "dynmap", .entries = templates, .entry_count = 2};
static const struct map_entry entries[] = {{.sequence = 10, .dynamic = &dynmap, .line = 68}};
static const struct crypto_map mymap = {
    .name = "mymap", .entries = entries, .entry_count = 1, .line = 68};

/* The hub of seed 003: its two nets, its pool, its default route. */
struct lab {
    struct config_interface interfaces[3];
    struct pool_range range;
    struct pool pool;
    struct config_route routes[2];
    struct config config;
    struct map_facts facts;
};

static void lab_init(struct lab *lab)
{
    lab->interfaces[0] = (struct config_interface){
        .name = "FastEthernet0/0", .net = {kit_addr("10.48.67.181"), 27}, .line = 73};
    lab->interfaces[1] = (struct config_interface){
        .name = "FastEthernet0/1", .net = {kit_addr("10.1.1.1"), 23}, .line = 81};
    lab->interfaces[2] = (struct config_interface){.name = "Loopback0", .dhcp = true};
    lab->range = (struct pool_range){kit_addr("10.5.5.1"), kit_addr("10.5.5.254"), 89};
    lab->pool =
        (struct pool){.name = "ippool", .ranges = &lab->range, .range_count = 1, .line = 89};
    lab->routes[0] = (struct config_route){.destination = kit_prefix("0.0.0.0", 0), .line = 93};
    lab->routes[1] = (struct config_route){.destination = kit_prefix("10.9.0.0", 16), .line = 94};
    lab->config = (struct config){.interfaces = lab->interfaces,
                                  .interface_count = 3,
                                  .pools = &lab->pool,
                                  .pool_count = 1,
                                  .routes = lab->routes,
                                  .route_count = 2};
    lab->facts = (struct map_facts){.map = &mymap,
                                    .profile = &l2l,
                                    .peer = kit_addr("10.100.2.102"),
                                    .local = kit_net("10.1.0.0", 16),
                                    .remote = kit_net("10.2.0.0", 16)};
}

static const struct map_entry *first_entry(const struct lab *lab, struct decision *decision)
{
    struct map_walk walk = {0};
    return select_map_next(&lab->config, &lab->facts, &walk, decision);
}

static void assert_refused(const struct lab *lab, enum decision_rule rule,
                           enum decision_stage stage)
{
    struct decision decision;
    assert_null(first_entry(lab, &decision));
    assert_false(decision.accepted);
    assert_int_equal(decision.rule, rule);
    assert_int_equal(decision.stage, stage);
    assert_true(strlen(decision.ours) > 0);
    assert_true(strlen(decision.theirs) > 0);
    assert_true(strlen(decision.hint) > 0);
}

static void the_branch_of_the_seed_takes_the_entry_of_its_profile(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    assert_ptr_equal(first_entry(&lab, &decision), &templates[1]);
    assert_true(decision.accepted);
    assert_int_equal(decision.stage, STAGE_MAP);
    assert_int_equal(decision.candidate_count, 2);
    assert_string_equal(decision.candidates[0].name, "dynmap 5");
    assert_int_equal(decision.candidates[0].rule, RULE_PROFILE);
    assert_string_equal(decision.candidates[1].name, "dynmap 10");
    assert_int_equal(decision.candidates[1].line, 62);
    assert_int_equal(decision.candidates[1].rule, RULE_CHOSEN);
    assert_string_equal(decision.ours, "dynmap 10 (line 62)");
    assert_string_equal(decision.theirs, "its side 10.2.0.0/16, our side 10.1.0.0/16");
}

static void the_client_of_the_seed_takes_the_entry_of_its_profile_with_its_lease(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.profile = &vpnclient;
    lab.facts.is_client = true;
    lab.facts.lease = kit_addr("10.5.5.1");
    lab.facts.local = kit_net("0.0.0.0", 0);
    lab.facts.remote = kit_net("10.5.5.1", 32);
    assert_ptr_equal(first_entry(&lab, &decision), &templates[0]);
}

static void an_entry_bound_to_a_profile_takes_only_peers_on_it(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.profile = NULL;
    assert_refused(&lab, RULE_PROFILE, STAGE_MAP);
    assert_null(first_entry(&lab, &decision));
    assert_string_equal(decision.hint, "let a match identity line of profile VPNclient cover the "
                                       "peer, or remove set isakmp-profile from dynmap 5");
    static const struct isakmp_profile other = {.name = "other"};
    lab.facts.profile = &other;
    assert_refused(&lab, RULE_PROFILE, STAGE_MAP);
}

static void an_entry_without_profile_takes_peers_of_any(void **state)
{
    (void)state;
    static const struct map_entry any[] = {{.sequence = 1, .line = 5}};
    static const struct dynamic_map open = {.name = "open", .entries = any, .entry_count = 1};
    static const struct map_entry all[] = {{.sequence = 1, .dynamic = &open}};
    static const struct crypto_map map = {.name = "m", .entries = all, .entry_count = 1};
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.map = &map;
    assert_ptr_equal(first_entry(&lab, &decision), &any[0]);
    lab.facts.profile = NULL;
    assert_ptr_equal(first_entry(&lab, &decision), &any[0]);
}

static void a_client_gets_exactly_its_lease(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        uint8_t len;
        bool ok;
    } rows[] = {{"10.5.5.7", 32, true},  {"10.5.5.8", 32, false}, {"10.5.5.6", 31, false},
                {"10.5.5.0", 24, false}, {"0.0.0.0", 0, false},   {"10.2.0.0", 16, false}};
    struct lab lab;
    lab_init(&lab);
    lab.facts.profile = &vpnclient;
    lab.facts.is_client = true;
    lab.facts.lease = kit_addr("10.5.5.7");
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct decision decision;
        lab.facts.remote = kit_net(rows[i].addr, rows[i].len);
        if (rows[i].ok)
            assert_ptr_equal(first_entry(&lab, &decision), &templates[0]);
        else
            assert_refused(&lab, RULE_NOT_THE_LEASE, STAGE_PROXIES);
    }
}

static void a_client_without_lease_gets_nothing(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.facts.profile = &vpnclient;
    lab.facts.is_client = true;
    lab.facts.remote = kit_net("10.2.0.0", 16);
    assert_refused(&lab, RULE_NO_LEASE, STAGE_PROXIES);
}

static void a_client_is_held_to_its_lease_by_entries_with_an_access_list_too(void **state)
{
    (void)state;
    const struct acl_entry line = {
        .permit = true, .source = kit_net("0.0.0.0", 0), .destination = kit_net("0.0.0.0", 0)};
    const struct acl acl = {.name = "100", .entries = &line, .entry_count = 1};
    const struct map_entry own[] = {{.sequence = 1, .match = &acl}};
    const struct dynamic_map dynamic = {.name = "d", .entries = own, .entry_count = 1};
    const struct map_entry all[] = {{.sequence = 1, .dynamic = &dynamic}};
    const struct crypto_map map = {.name = "m", .entries = all, .entry_count = 1};
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.map = &map;
    lab.facts.is_client = true;
    lab.facts.lease = kit_addr("10.5.5.7");
    assert_refused(&lab, RULE_NOT_THE_LEASE, STAGE_PROXIES);
    lab.facts.remote = kit_net("10.5.5.7", 32);
    assert_ptr_equal(first_entry(&lab, &decision), &own[0]);
}

static void nobody_may_claim_everything(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.facts.remote = kit_net("0.0.0.0", 0);
    assert_refused(&lab, RULE_EVERYTHING, STAGE_PROXIES);
    lab.facts.remote = kit_net("::", 0);
    assert_refused(&lab, RULE_EVERYTHING, STAGE_PROXIES);
}

static void nobody_may_claim_everything_in_halves(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.remote = kit_net("128.0.0.0", 1);
    assert_refused(&lab, RULE_EVERYTHING, STAGE_PROXIES);
    lab.facts.remote = kit_net("172.0.0.0", 7);
    assert_refused(&lab, RULE_EVERYTHING, STAGE_PROXIES);
    lab.facts.remote = kit_net("172.0.0.0", 8);
    assert_non_null(first_entry(&lab, &decision));
}

static void nobody_may_claim_what_the_hub_has(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        uint8_t len;
        const char *ours;
    } rows[] = {
        {"10.1.0.0", 24, "dynmap 10 (line 62), overlaps interface FastEthernet0/1 (line 81)"},
        {"10.1.1.200", 32, "dynmap 10 (line 62), overlaps interface FastEthernet0/1 (line 81)"},
        {"10.0.0.0", 8, "dynmap 10 (line 62), overlaps interface FastEthernet0/0 (line 73)"},
        {"10.48.67.160", 27, "dynmap 10 (line 62), overlaps interface FastEthernet0/0 (line 73)"},
        {"10.5.5.254", 32, "dynmap 10 (line 62), overlaps pool ippool (line 89)"},
        {"10.5.0.0", 16, "dynmap 10 (line 62), overlaps pool ippool (line 89)"},
        {"10.9.3.0", 24, "dynmap 10 (line 62), overlaps a route (line 94)"},
    };
    struct lab lab;
    lab_init(&lab);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct decision decision;
        lab.facts.remote = kit_net(rows[i].addr, rows[i].len);
        assert_refused(&lab, RULE_OVERLAP, STAGE_PROXIES);
        assert_null(first_entry(&lab, &decision));
        assert_string_equal(decision.ours, rows[i].ours);
    }
}

static void what_borders_on_the_hubs_nets_is_free(void **state)
{
    (void)state;
    static const struct {
        const char *addr;
        uint8_t len;
    } rows[] = {{"10.1.2.0", 24},   {"10.48.67.128", 27}, {"10.48.67.192", 26},
                {"10.5.5.255", 32}, {"10.5.5.0", 32},     {"10.8.0.0", 16}};
    struct lab lab;
    lab_init(&lab);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        struct decision decision;
        lab.facts.remote = kit_net(rows[i].addr, rows[i].len);
        assert_ptr_equal(first_entry(&lab, &decision), &templates[1]);
    }
}

static void a_claim_of_one_protocol_overlaps_as_well(void **state)
{
    (void)state;
    struct lab lab;
    lab_init(&lab);
    lab.facts.remote = kit_net("10.1.1.0", 24);
    lab.facts.remote.protocol = 6;
    lab.facts.remote.port = 22;
    assert_refused(&lab, RULE_OVERLAP, STAGE_PROXIES);
    lab.facts.remote = kit_net("10.5.5.0", 24);
    lab.facts.remote.protocol = 17;
    assert_refused(&lab, RULE_OVERLAP, STAGE_PROXIES);
}

static void an_interface_that_is_shut_down_has_no_net(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.remote = kit_net("10.1.1.0", 24);
    lab.interfaces[1].shutdown = true;
    assert_ptr_equal(first_entry(&lab, &decision), &templates[1]);
}

static bool taken_by_other(void *context, const struct selector *remote)
{
    return selector_overlaps(context, remote);
}

static void what_another_live_peer_holds_is_refused(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    struct selector held = kit_net("10.2.3.0", 24);
    lab_init(&lab);
    lab.facts.taken = taken_by_other;
    lab.facts.context = &held;
    assert_refused(&lab, RULE_OVERLAP, STAGE_PROXIES);
    assert_null(first_entry(&lab, &decision));
    assert_string_equal(decision.ours, "dynmap 10 (line 62), overlaps another peer");
    lab.facts.remote = kit_net("10.3.0.0", 16);
    assert_ptr_equal(first_entry(&lab, &decision), &templates[1]);
}

static void a_dynamic_entry_with_an_access_list_takes_what_it_permits_mirrored(void **state)
{
    (void)state;
    const struct acl_entry line = {
        .permit = true, .source = kit_net("10.1.0.0", 16), .destination = kit_net("10.2.0.0", 16)};
    const struct acl acl = {.name = "120", .entries = &line, .entry_count = 1, .line = 7};
    const struct map_entry own[] = {{.sequence = 1, .match = &acl, .line = 9}};
    const struct dynamic_map dynamic = {.name = "d", .entries = own, .entry_count = 1};
    const struct map_entry all[] = {{.sequence = 1, .dynamic = &dynamic}};
    const struct crypto_map map = {.name = "m", .entries = all, .entry_count = 1};
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.map = &map;
    assert_ptr_equal(first_entry(&lab, &decision), &own[0]);
    lab.facts.remote = kit_net("10.2.7.0", 24);
    assert_ptr_equal(first_entry(&lab, &decision), &own[0]);
    lab.facts.remote = kit_net("10.3.0.0", 16);
    assert_refused(&lab, RULE_ACCESS_LIST, STAGE_PROXIES);
    assert_null(first_entry(&lab, &decision));
    assert_string_equal(decision.hint,
                        "add a permit line for these proxies to access list 120 (line 7)");
    lab.facts.local = kit_net("10.2.0.0", 16);
    lab.facts.remote = kit_net("10.1.0.0", 16);
    assert_refused(&lab, RULE_ACCESS_LIST, STAGE_PROXIES);
}

/* A map with a static entry for one peer, and the seed's dynamic one behind it. */
struct mixed {
    struct acl_entry lines[2];
    struct acl acl;
    struct map_entry entries[2];
    struct crypto_map map;
};

static void mixed_init(struct mixed *mixed)
{
    mixed->lines[0] = (struct acl_entry){.permit = false,
                                         .source = kit_net("10.1.0.0", 16),
                                         .destination = kit_net("10.2.9.0", 24),
                                         .line = 20};
    mixed->lines[1] = (struct acl_entry){.permit = true,
                                         .source = kit_net("10.1.0.0", 16),
                                         .destination = kit_net("10.2.0.0", 16),
                                         .line = 21};
    mixed->acl = (struct acl){.name = "100", .entries = mixed->lines, .entry_count = 2, .line = 20};
    mixed->entries[0] = (struct map_entry){.sequence = 10,
                                           .peers = {{.addr = kit_addr("172.16.77.10")}},
                                           .peer_count = 1,
                                           .match = &mixed->acl,
                                           .line = 30};
    mixed->entries[1] = (struct map_entry){.sequence = 60000, .dynamic = &dynmap, .line = 34};
    mixed->map = (struct crypto_map){
        .name = "mymap", .entries = mixed->entries, .entry_count = 2, .line = 30};
}

static void a_static_entry_takes_its_peer_with_the_proxies_of_its_list(void **state)
{
    (void)state;
    struct lab lab;
    struct mixed mixed;
    struct decision decision;
    lab_init(&lab);
    mixed_init(&mixed);
    lab.facts.map = &mixed.map;
    lab.facts.profile = NULL;
    lab.facts.peer = kit_addr("172.16.77.10");
    assert_ptr_equal(first_entry(&lab, &decision), &mixed.entries[0]);
    assert_string_equal(decision.candidates[0].name, "mymap 10");
    lab.facts.remote = kit_net("10.2.9.0", 24);
    assert_refused(&lab, RULE_ACCESS_LIST, STAGE_PROXIES);
    lab.facts.peer = kit_addr("172.16.77.11");
    assert_refused(&lab, RULE_PEER, STAGE_MAP);
    assert_null(first_entry(&lab, &decision));
    assert_string_equal(decision.hint, "add set peer 172.16.77.11 to mymap 10");
}

static void a_static_entry_that_does_not_fit_leaves_the_peer_to_the_dynamic_ones(void **state)
{
    (void)state;
    struct lab lab;
    struct mixed mixed;
    struct decision decision;
    lab_init(&lab);
    mixed_init(&mixed);
    lab.facts.map = &mixed.map;
    assert_ptr_equal(first_entry(&lab, &decision), &templates[1]);
    assert_int_equal(decision.candidate_count, 3);
    assert_int_equal(decision.candidates[0].rule, RULE_PEER);
    assert_int_equal(decision.candidates[1].rule, RULE_PROFILE);
    assert_int_equal(decision.candidates[2].rule, RULE_CHOSEN);
}

static void a_static_entry_without_access_list_takes_nothing(void **state)
{
    (void)state;
    struct lab lab;
    struct mixed mixed;
    lab_init(&lab);
    mixed_init(&mixed);
    mixed.entries[0].match = NULL;
    mixed.map.entry_count = 1;
    lab.facts.map = &mixed.map;
    lab.facts.peer = kit_addr("172.16.77.10");
    assert_refused(&lab, RULE_NO_LIST, STAGE_PROXIES);
}

static void asking_again_means_that_no_transform_set_fitted(void **state)
{
    (void)state;
    static const struct map_entry two[] = {{.sequence = 5, .line = 5}, {.sequence = 6, .line = 6}};
    static const struct dynamic_map dynamic = {.name = "d", .entries = two, .entry_count = 2};
    static const struct map_entry all[] = {{.sequence = 1, .dynamic = &dynamic}};
    static const struct crypto_map map = {.name = "m", .entries = all, .entry_count = 1};
    struct lab lab;
    struct decision decision;
    struct map_walk walk = {0};
    lab_init(&lab);
    lab.facts.map = &map;
    assert_ptr_equal(select_map_next(&lab.config, &lab.facts, &walk, &decision), &two[0]);
    assert_ptr_equal(select_map_next(&lab.config, &lab.facts, &walk, &decision), &two[1]);
    assert_int_equal(decision.candidates[0].rule, RULE_TRANSFORMS);
    assert_int_equal(decision.candidates[1].rule, RULE_CHOSEN);
    assert_true(decision.accepted);
    assert_null(select_map_next(&lab.config, &lab.facts, &walk, &decision));
    assert_false(decision.accepted);
    assert_int_equal(decision.rule, RULE_TRANSFORMS);
    assert_int_equal(decision.candidate_count, 2);
    assert_int_equal(decision.candidates[1].rule, RULE_TRANSFORMS);
    assert_string_equal(decision.hint, "add a transform-set that fits the peer's proposal");
    assert_null(select_map_next(&lab.config, &lab.facts, &walk, &decision));
    assert_int_equal(decision.candidate_count, 2);
}

static void a_refused_proposal_explains_more_than_the_entries_behind_it(void **state)
{
    (void)state;
    struct lab lab;
    struct decision decision;
    struct map_walk walk = {0};
    lab_init(&lab);
    lab.facts.profile = &vpnclient;
    lab.facts.is_client = true;
    lab.facts.lease = kit_addr("10.5.5.1");
    lab.facts.remote = kit_net("10.5.5.1", 32);
    assert_ptr_equal(select_map_next(&lab.config, &lab.facts, &walk, &decision), &templates[0]);
    /* What the judge of proposals leaves in the same record. */
    decision_start(&decision, STAGE_TRANSFORM);
    decision_note(&decision, "transform-set myset", 57, RULE_CIPHER);
    decision.rule = RULE_CIPHER;
    strcpy(decision.hint, "add a transform-set");
    assert_null(select_map_next(&lab.config, &lab.facts, &walk, &decision));
    assert_int_equal(decision.stage, STAGE_TRANSFORM);
    assert_int_equal(decision.rule, RULE_CIPHER);
    assert_string_equal(decision.hint, "add a transform-set");
    assert_int_equal(decision.candidate_count, 2);
    assert_int_equal(decision.candidates[1].rule, RULE_PROFILE);
}

static void a_map_without_entries_says_so(void **state)
{
    (void)state;
    static const struct dynamic_map none = {.name = "none"};
    static const struct map_entry all[] = {{.sequence = 1, .dynamic = &none}};
    static const struct crypto_map map = {.name = "m", .entries = all, .entry_count = 1, .line = 3};
    struct lab lab;
    struct decision decision;
    lab_init(&lab);
    lab.facts.map = &map;
    assert_null(first_entry(&lab, &decision));
    assert_false(decision.accepted);
    assert_string_equal(decision.ours, "crypto map m (line 3) has no entry");
}

static struct selector flow(const char *addr, uint8_t protocol, uint16_t port)
{
    struct selector selector = selector_of_addr(kit_addr(addr));
    selector.protocol = protocol;
    selector.port = port;
    return selector;
}

static void an_outbound_packet_finds_the_permitting_line(void **state)
{
    (void)state;
    struct mixed mixed;
    size_t index = 77;
    const struct acl_entry *line = NULL;
    mixed_init(&mixed);
    struct selector source = flow("10.1.2.3", 6, 40000);
    struct selector destination = flow("10.2.1.1", 6, 80);
    assert_ptr_equal(select_map_outbound(&mixed.map, &source, &destination, &index, &line),
                     &mixed.entries[0]);
    assert_int_equal(index, 0);
    assert_ptr_equal(line, &mixed.lines[1]);
}

static void an_outbound_packet_that_is_denied_or_not_listed_finds_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *destination;
    } rows[] = {{"10.1.2.3", "10.2.9.1"},
                {"10.1.2.3", "10.3.0.1"},
                {"10.2.1.1", "10.1.2.3"},
                {"192.0.2.1", "10.2.1.1"}};
    struct mixed mixed;
    mixed_init(&mixed);
    for (size_t i = 0; i < KIT_COUNT(rows); i++) {
        size_t index = 77;
        const struct acl_entry *line = NULL;
        struct selector source = flow(rows[i].source, 1, 0);
        struct selector destination = flow(rows[i].destination, 1, 0);
        assert_null(select_map_outbound(&mixed.map, &source, &destination, &index, &line));
        assert_int_equal(index, 77);
        assert_null(line);
    }
}

static void a_denied_packet_goes_on_to_the_next_entry_and_protocols_count(void **state)
{
    (void)state;
    struct mixed mixed;
    mixed_init(&mixed);
    struct acl_entry ssh = {
        .permit = true, .source = kit_net("10.1.0.0", 16), .destination = kit_net("10.2.9.0", 24)};
    ssh.source.protocol = 6;
    ssh.destination.protocol = 6;
    ssh.destination.port = 22;
    const struct acl acl = {.name = "101", .entries = &ssh, .entry_count = 1};
    mixed.entries[1] = (struct map_entry){.sequence = 20,
                                          .peers = {{.addr = kit_addr("172.16.77.20")}},
                                          .peer_count = 1,
                                          .match = &acl};
    size_t index = 77;
    const struct acl_entry *line = NULL;
    struct selector source = flow("10.1.2.3", 6, 40000);
    struct selector destination = flow("10.2.9.1", 6, 22);
    assert_ptr_equal(select_map_outbound(&mixed.map, &source, &destination, &index, &line),
                     &mixed.entries[1]);
    assert_int_equal(index, 1);
    assert_ptr_equal(line, &ssh);
    destination.port = 23;
    assert_null(select_map_outbound(&mixed.map, &source, &destination, &index, &line));
    source.protocol = destination.protocol = 17;
    destination.port = 22;
    assert_null(select_map_outbound(&mixed.map, &source, &destination, &index, &line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_branch_of_the_seed_takes_the_entry_of_its_profile),
        cmocka_unit_test(the_client_of_the_seed_takes_the_entry_of_its_profile_with_its_lease),
        cmocka_unit_test(an_entry_bound_to_a_profile_takes_only_peers_on_it),
        cmocka_unit_test(an_entry_without_profile_takes_peers_of_any),
        cmocka_unit_test(a_client_gets_exactly_its_lease),
        cmocka_unit_test(a_client_without_lease_gets_nothing),
        cmocka_unit_test(a_client_is_held_to_its_lease_by_entries_with_an_access_list_too),
        cmocka_unit_test(nobody_may_claim_everything),
        cmocka_unit_test(nobody_may_claim_everything_in_halves),
        cmocka_unit_test(nobody_may_claim_what_the_hub_has),
        cmocka_unit_test(what_borders_on_the_hubs_nets_is_free),
        cmocka_unit_test(a_claim_of_one_protocol_overlaps_as_well),
        cmocka_unit_test(an_interface_that_is_shut_down_has_no_net),
        cmocka_unit_test(what_another_live_peer_holds_is_refused),
        cmocka_unit_test(a_dynamic_entry_with_an_access_list_takes_what_it_permits_mirrored),
        cmocka_unit_test(a_static_entry_takes_its_peer_with_the_proxies_of_its_list),
        cmocka_unit_test(a_static_entry_that_does_not_fit_leaves_the_peer_to_the_dynamic_ones),
        cmocka_unit_test(a_static_entry_without_access_list_takes_nothing),
        cmocka_unit_test(asking_again_means_that_no_transform_set_fitted),
        cmocka_unit_test(a_refused_proposal_explains_more_than_the_entries_behind_it),
        cmocka_unit_test(a_map_without_entries_says_so),
        cmocka_unit_test(an_outbound_packet_finds_the_permitting_line),
        cmocka_unit_test(an_outbound_packet_that_is_denied_or_not_listed_finds_nothing),
        cmocka_unit_test(a_denied_packet_goes_on_to_the_next_entry_and_protocols_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
