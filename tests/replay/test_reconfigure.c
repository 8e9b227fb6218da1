/* Another configuration while peers are connected: who does not notice, who negotiates anew, who
 * has to go, and by which line. Each turn of the world's engines is audited, as always. */
#include "replay/leases.h"

#include "config/load.h"
#include "config/weak.h"
#include "ike/engine.h"

#define KEY_LINE    "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123"
#define GROUP_KEY   "  key cisco321"
#define SET_LINE    "crypto ipsec transform-set myset esp-3des esp-sha-hmac"
#define POLICY_LINE "  encr 3des"
#define POOL_LINE   "ip local pool ippool 10.5.5.1 10.5.5.254"

/* What the hub would do; the one row that is not kept, or the first that is. */
static struct engine_fate fate_under(const struct node *hub, const char *text)
{
    struct config *next = world_config(text, "next.conf");
    struct engine_fate rows[8], found = {.line = 0};
    uint32_t at = 0;
    size_t n = engine_fates(hub->engine, next, &at, rows, 8);
    assert_in_range(n, 1, 7);
    found = rows[0];
    for (size_t i = 0; i < n; i++)
        if (rows[i].kind != FATE_KEPT)
            found = rows[i];
    config_free(next);
    return found;
}

/* It is told and it happens. */
static struct engine_fate changed(struct node *hub, char *text)
{
    const struct engine_fate fate = fate_under(hub, text);
    world_reconfigure(hub, text);
    return fate;
}

/* In a text of the seed. */
static unsigned line_of(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    unsigned line = 1;
    assert_non_null(at);
    for (const char *c = text; c < at; c++)
        line += *c == '\n';
    return line;
}

static void what_does_not_concern_a_branch_leaves_it_alone(void **state)
{
    static const char *const added[] = {
        "!", "crypto isakmp policy 5\n  encr aes 256\n  authentication pre-share\n  group 14",
        "crypto keyring others\n  pre-shared-key address 192.0.2.1 255.255.255.255 key other",
        "ip local pool second 10.6.6.1 10.6.6.9", "crypto isakmp keepalive 10"};
    (void)state;
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        struct scene scene = scene_up(100 + i);
        uint32_t installs = scene.hub->installs, sent = scene.hub->sent;
        assert_int_equal(changed(scene.hub, text_and(scene_text("hub"), added[i])).kind, FATE_KEPT);
        assert_int_equal(scene.hub->installs, installs);
        assert_int_equal(scene.hub->sent, sent);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

/* The numbers of lines are what an SA remembers of its key; two branches must not be confused. */
static void lines_that_move_are_followed(void **state)
{
    (void)state;
    struct scene scene = scene_up(110);
    for (unsigned i = 0; i < 3; i++) {
        char *text = text_with(scene_text("hub"), "crypto keyring spokes\n",
                               i == 1 ? "crypto keyring spokes\n"
                                      : "!\n!\ncrypto keyring spokes\n  pre-shared-key address "
                                        "192.0.2.1 255.255.255.255 key other\n");
        assert_int_equal(changed(scene.hub, text).kind, FATE_KEPT);
        world_path_lost(scene.spoke); /* it negotiates a new pair at once */
        world_run(scene.world, 3000);
        assert_traffic(&scene);
        assert_int_equal(node_tunnels(scene.hub), 1);
    }
    world_free(scene.world);
}

static void a_branch_whose_key_is_another_is_dropped_by_that_line(void **state)
{
    (void)state;
    struct scene scene = scene_up(111);
    char *text = text_with(scene_text("hub"), KEY_LINE,
                           "  pre-shared-key address 0.0.0.0 0.0.0.0 key another");
    unsigned line = line_of(text, "key another");
    const struct engine_fate fate = changed(scene.hub, text);
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_int_equal(fate.line, line);
    assert_false(fate.former);
    assert_string_equal(fate.why, "its key in keyring spokes is another");
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(node_installed(scene.hub), 0);
    /* The peer was told. */
    world_run(scene.world, 1000);
    assert_int_equal(node_tunnels(scene.spoke), 0);
    world_free(scene.world);
}

static void a_key_that_is_gone_is_named_by_its_former_line(void **state)
{
    (void)state;
    struct scene scene = scene_up(112);
    char *text = scene_text("hub");
    unsigned line = line_of(text, KEY_LINE);
    const struct engine_fate fate = changed(
        scene.hub,
        text_with(text, KEY_LINE, "  pre-shared-key address 192.0.2.0 255.255.255.0 key cisco123"));
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_int_equal(fate.line, line);
    assert_true(fate.former);
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

static void a_key_that_moves_to_another_ring_of_the_profile_is_the_same_key(void **state)
{
    (void)state;
    struct scene scene = scene_up(113);
    char *text = text_with(scene_text("hub"), "crypto keyring spokes", "crypto keyring branches");
    text = text_with(text, "keyring spokes", "keyring branches");
    assert_int_equal(changed(scene.hub, text).kind, FATE_KEPT);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void a_profile_that_stops_using_the_keyring_drops_the_branch(void **state)
{
    (void)state;
    struct scene scene = scene_up(114);
    char *text = text_with(scene_text("hub"), "  keyring spokes\n", "  keyring second\n");
    text = text_with(text, "crypto keyring spokes",
                     "crypto keyring second\n"
                     "  pre-shared-key address 192.0.2.1 255.255.255.255 key other\n"
                     "crypto keyring spokes");
    const struct engine_fate fate = changed(scene.hub, text);
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_non_null(strstr(fate.why, "profile L2L"));
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

static void other_transforms_are_negotiated_at_once_without_a_gap(void **state)
{
    (void)state;
    struct world *world = world_new(115);
    char *spoke = text_with(scene_text("spoke"), SET_LINE,
                            SET_LINE "\ncrypto ipsec transform-set new esp-aes 256 esp-sha-hmac");
    spoke = text_with(spoke, "  set transform-set myset", "  set transform-set myset new");
    struct scene scene = {
        .world = world, .hub = scene_hub(world), .spoke = scene_spoke_of(world, spoke)};
    node_dial(scene.spoke);
    world_run(world, 2000);
    assert_traffic(&scene);
    char *text = text_with(scene_text("hub"), SET_LINE,
                           "crypto ipsec transform-set myset esp-aes 256 esp-sha-hmac");
    const struct engine_fate fate = changed(scene.hub, text);
    assert_int_equal(fate.kind, FATE_REKEYED);
    assert_non_null(strstr(fate.why, "map mymap 10 wants other phase 2 algorithms"));
    assert_traffic(&scene); /* by the old pair */
    world_run(world, 2000);
    assert_traffic(&scene);
    struct status_ipsec row[2];
    assert_true(node_ipsec(scene.hub, row, 2) >= 1);
    assert_int_equal(node_established(scene.hub), 1);
    world_run(world, 40000);
    assert_int_equal(node_ipsec(scene.hub, row, 2), 1);
    assert_int_equal(row[0].suite.key_bits, 256);
    assert_traffic(&scene);
    world_free(world);
}

static void another_policy_ends_phase_1_and_keeps_the_tunnel(void **state)
{
    (void)state;
    struct scene scene = scene_up(116);
    const struct engine_fate fate =
        changed(scene.hub, text_with(scene_text("hub"), POLICY_LINE, "  encr aes 256"));
    assert_int_equal(fate.kind, FATE_REKEYED);
    assert_true(fate.former);
    world_run(scene.world, 1000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void an_entry_that_is_gone_takes_its_tunnel_with_it(void **state)
{
    (void)state;
    struct scene scene = scene_up(117);
    char *text =
        text_with(scene_text("hub"), "set isakmp-profile L2L", "set isakmp-profile VPNclient");
    const struct engine_fate fate = changed(scene.hub, text);
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_non_null(strstr(fate.why, "no entry of map mymap serves"));
    assert_non_null(strstr(fate.why, "it is bound to another ISAKMP profile"));
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(node_established(scene.hub), 1);
    world_free(scene.world);
}

static void an_interface_without_a_map_drops_everybody(void **state)
{
    (void)state;
    struct scene scene = scene_up(118);
    const struct engine_fate fate =
        changed(scene.hub, text_with(scene_text("hub"), "  crypto map mymap\n", ""));
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_string_equal(fate.why, "interface " OUTSIDE " has no crypto map");
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

static struct client_scene client_up(uint64_t seed)
{
    struct client_scene scene = client_scene_played(seed, &alice, 3000);
    assert_client_up(&scene);
    return scene;
}

static void a_client_is_kept_when_only_what_it_is_told_changes(void **state)
{
    (void)state;
    struct client_scene scene = client_up(120);
    char *text =
        text_with(scene_text("hub"), "  dns 1.1.1.1 2.2.2.2", "  dns 9.9.9.9\n  banner !hi!");
    assert_int_equal(changed(scene.hub, text).kind, FATE_KEPT);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void a_client_whose_address_is_made_its_own_keeps_it(void **state)
{
    (void)state;
    struct client_scene scene = client_up(131);
    char *text = text_with(scene_text("hub"), POOL_LINE,
                           "ip local pool ippool 10.5.5.2 10.5.5.254\n"
                           "hubward user alice address 10.5.5.1 group testgroup");
    assert_int_equal(changed(scene.hub, text).kind, FATE_KEPT);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void clients_go_with_their_groups_key_pool_or_algorithms(void **state)
{
    static const struct {
        const char *from, *to, *why;
    } cases[] = {
        {GROUP_KEY, "  key cisco999", "the key of group testgroup is another"},
        {POOL_LINE, "ip local pool ippool 10.5.6.1 10.5.6.254",
         "its address 10.5.5.1 is in no pool of group testgroup"},
        {POOL_LINE, POOL_LINE "\nhubward user bob address 10.5.5.1 group testgroup",
         "its address 10.5.5.1 is user bob's now"},
        {POOL_LINE, POOL_LINE "\nhubward user alice address 10.5.5.77 group testgroup",
         "its own address is 10.5.5.77 now"},
        {SET_LINE, "crypto ipsec transform-set myset esp-aes 192 esp-sha-hmac",
         "wants other phase 2 algorithms"},
        {POLICY_LINE, "  encr aes 256", "no policy allows its phase 1 algorithms any more"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client_scene scene = client_up(121 + i);
        const struct engine_fate fate =
            changed(scene.hub, text_with(scene_text("hub"), cases[i].from, cases[i].to));
        assert_int_equal(fate.kind, FATE_DROPPED);
        if (!strstr(fate.why, cases[i].why))
            print_error("%s\n", fate.why);
        assert_non_null(strstr(fate.why, cases[i].why));
        assert_int_equal(node_tunnels(scene.hub), 0);
        world_free(scene.world);
    }
}

static void who_need_not_log_in_before_has_to_come_again(void **state)
{
    (void)state;
    struct scene scene = scene_up(130);
    char *text = text_with(scene_text("hub"), "  match identity address 0.0.0.0",
                           "  client authentication list clientauth\n"
                           "  match identity address 0.0.0.0");
    const struct engine_fate fate = changed(scene.hub, text);
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_string_equal(fate.why, "it has to log in now, by list clientauth");
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

static void every_moment_of_an_exchange_survives_a_change(void **state)
{
    (void)state;
    /* After each datagram of a spoke's start the same text, moved by some lines, comes into force:
     * the tunnel stands in the end. */
    for (size_t after = 0; after < 9; after++) {
        struct scene scene = scene_new(140 + after);
        node_dial(scene.spoke);
        for (size_t steps = 0; scene.world->delivered < after && steps < 1000; steps++)
            (void)world_step(scene.world, scene.world->now_ms + 2000);
        world_reconfigure(scene.hub,
                          text_with(scene_text("hub"), "crypto keyring", "!\n!\ncrypto keyring"));
        world_run(scene.world, 5000);
        assert_int_equal(node_tunnels(scene.hub), 1);
        assert_traffic(&scene);
        world_free(scene.world);
    }
}

static void an_exchange_under_way_with_a_former_key_ends(void **state)
{
    (void)state;
    for (size_t after = 1; after < 5; after++) {
        struct scene scene = scene_new(150 + after);
        node_dial(scene.spoke);
        for (size_t steps = 0; scene.world->delivered < after && steps < 1000; steps++)
            (void)world_step(scene.world, scene.world->now_ms + 2000);
        world_reconfigure(scene.hub, text_with(scene_text("hub"), "key cisco123", "key another"));
        world_run(scene.world, 20000);
        assert_int_equal(node_established(scene.hub), 0);
        assert_int_equal(scene.hub->installs, 0);
        world_free(scene.world);
    }
}

static void the_dialling_side_may_change_too(void **state)
{
    (void)state;
    struct scene scene = scene_up(160);
    assert_int_equal(
        changed(scene.spoke, text_and(scene_text("spoke"), "crypto isakmp keepalive 10")).kind,
        FATE_KEPT);
    assert_traffic(&scene);
    const struct engine_fate fate =
        changed(scene.spoke,
                text_with(scene_text("spoke"), "set peer 10.48.67.181", "set peer 10.48.67.182"));
    assert_int_equal(fate.kind, FATE_DROPPED);
    assert_non_null(strstr(fate.why, "it names other peers"));
    assert_int_equal(node_tunnels(scene.spoke), 0);
    world_free(scene.world);
}

static const char until_newyear[] = "hubward allow-weak 3des until 2026-12-31";

static uint32_t on(const char *date)
{
    uint32_t day = 0;
    assert_int_equal(weak_day_parse(date, &day), RC_OK);
    return day;
}

static void a_suite_whose_day_is_over_takes_its_peers_with_it(void **state)
{
    (void)state;
    struct scene scene = scene_up(170);
    world_reconfigure_on(scene.hub, text_and(scene_text("hub"), until_newyear), on("2026-12-31"));
    assert_traffic(&scene);
    assert_int_equal(node_established(scene.hub), 1);
    world_reconfigure_on(scene.hub, text_and(scene_text("hub"), until_newyear), on("2027-01-01"));
    world_run(scene.world, 1000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(node_tunnels(scene.hub), 0);
    /* It comes again, and is told no. */
    node_dial(scene.spoke);
    world_run(scene.world, 30000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_true(node_refused_with(scene.hub, RULE_ENDED));
    char hint[DECISION_TEXT];
    char *text = text_and(scene_text("hub"), until_newyear);
    snprintf(hint, sizeof hint,
             "move the peer to stronger algorithms, or set a later day in line %u",
             line_of(text, until_newyear));
    free(text);
    assert_string_equal(scene.hub->decisions[0].decision.hint, hint);
    world_free(scene.world);
}

static void a_spoke_does_not_offer_what_has_ended(void **state)
{
    (void)state;
    struct scene scene = scene_new(171);
    world_reconfigure_on(scene.spoke, text_and(scene_text("spoke"), until_newyear),
                         on("2027-01-01"));
    uint64_t before = scene.world->delivered;
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    assert_int_equal(scene.world->delivered, before);
    assert_int_equal(node_established(scene.hub), 0);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_does_not_concern_a_branch_leaves_it_alone),
        cmocka_unit_test(lines_that_move_are_followed),
        cmocka_unit_test(a_branch_whose_key_is_another_is_dropped_by_that_line),
        cmocka_unit_test(a_key_that_is_gone_is_named_by_its_former_line),
        cmocka_unit_test(a_key_that_moves_to_another_ring_of_the_profile_is_the_same_key),
        cmocka_unit_test(a_profile_that_stops_using_the_keyring_drops_the_branch),
        cmocka_unit_test(other_transforms_are_negotiated_at_once_without_a_gap),
        cmocka_unit_test(another_policy_ends_phase_1_and_keeps_the_tunnel),
        cmocka_unit_test(an_entry_that_is_gone_takes_its_tunnel_with_it),
        cmocka_unit_test(an_interface_without_a_map_drops_everybody),
        cmocka_unit_test(a_client_is_kept_when_only_what_it_is_told_changes),
        cmocka_unit_test(a_client_whose_address_is_made_its_own_keeps_it),
        cmocka_unit_test(clients_go_with_their_groups_key_pool_or_algorithms),
        cmocka_unit_test(who_need_not_log_in_before_has_to_come_again),
        cmocka_unit_test(every_moment_of_an_exchange_survives_a_change),
        cmocka_unit_test(an_exchange_under_way_with_a_former_key_ends),
        cmocka_unit_test(the_dialling_side_may_change_too),
        cmocka_unit_test(a_suite_whose_day_is_over_takes_its_peers_with_it),
        cmocka_unit_test(a_spoke_does_not_offer_what_has_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
