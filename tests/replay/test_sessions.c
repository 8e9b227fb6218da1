/* The history: when a session begins, goes on and ends, for which reason, and what it carried. That
 * none ends twice and none without having begun is audited after every turn (sim/world_session.c).
 */
#include "replay/scene.h"

#include "ike/sa.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const struct session_row *row_of(const struct node *node, uint64_t number)
{
    const struct told_session *told = node_session(node, number);
    assert_non_null(told);
    return &told->row;
}

static void assert_ended(const struct node *node, uint64_t number, const char *reason)
{
    assert_true(row_of(node, number)->ended);
    assert_string_equal(row_of(node, number)->reason, reason);
}

static void assert_lasts(const struct node *node, uint64_t number)
{
    assert_false(row_of(node, number)->ended);
}

static void a_client_that_logs_in_and_leaves_is_one_session(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(1, &alice, 3000);
    assert_client_up(&scene);
    const struct session_row *row = row_of(scene.hub, 1);
    char text[ENDPOINT_TEXT];
    assert_lasts(scene.hub, 1);
    assert_string_equal(row->user, "alice");
    assert_string_equal(row->group, "testgroup");
    assert_string_equal(row->identity, "key-id testgroup");
    assert_string_equal(row->profile, "VPNclient");
    assert_string_equal(endpoint_format(row->remote, text), CLIENT_ADDRESS ":500");
    assert_true(addr_equal(row->assigned, scene.client->lease));
    assert_int_equal(node_session(scene.hub, 1)->times, 2); /* it begins, it has its address */
    world_run(scene.world, MINUTE);
    client_leave(scene.client);
    world_run(scene.world, 1000);
    assert_ended(scene.hub, 1, "deleted by the peer");
    row = row_of(scene.hub, 1);
    assert_in_range(row->age_ms, MINUTE, MINUTE + 5 * SECOND);
    assert_true(addr_equal(row->assigned, world_addr("10.5.5.1")));
    assert_true(row->bytes_in > 0 && row->bytes_out > 0);
    /* The next one is another one. */
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_lasts(scene.hub, 2);
    world_free(scene.world);
}

/* -- accounting -- */

static struct client_scene accounted(uint64_t seed, const char *list)
{
    char *text = text_with(scene_text("hub"), "match identity group testgroup",
                           "match identity group testgroup\n accounting acct");
    return client_scene_at(seed, text_with(text, "aaa new-model", list), &alice);
}

static void the_records_of_a_client_begin_with_its_address_and_end_with_its_session(void **state)
{
    (void)state;
    struct client_scene scene =
        accounted(31, "aaa accounting network acct start-stop\naaa accounting update periodic 2");
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_string_equal(row_of(scene.hub, 1)->accounting, "acct");
    assert_false(row_of(scene.hub, 1)->interim);
    assert_int_equal(scene.hub->events[EV_ACCOUNTING], 1);
    world_run(scene.world, 4 * MINUTE + 5 * SECOND);
    assert_int_equal(scene.hub->events[EV_ACCOUNTING], 3); /* and two in between */
    assert_true(row_of(scene.hub, 1)->interim);
    assert_true(row_of(scene.hub, 1)->packets_in > 0 && row_of(scene.hub, 1)->packets_out > 0);
    client_leave(scene.client);
    world_run(scene.world, 1000);
    assert_ended(scene.hub, 1, "deleted by the peer");
    assert_int_equal(scene.hub->events[EV_ACCOUNTING], 4);
    world_run(scene.world, 10 * MINUTE); /* nothing of it goes on */
    assert_int_equal(scene.hub->events[EV_ACCOUNTING], 4);
    world_free(scene.world);
}

static void who_gets_no_address_has_no_records(void **state)
{
    (void)state;
    struct client_scene scene = accounted(32, "aaa accounting network acct start-stop");
    scene.client->habits.stop_at = CLIENT_LOGGED_IN;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_string_equal(row_of(scene.hub, 1)->accounting, "");
    world_run(scene.world, 3 * MINUTE);
    assert_true(row_of(scene.hub, 1)->ended);
    assert_int_equal(scene.hub->events[EV_ACCOUNTING], 0);
    world_free(scene.world);
}

static void a_stop_only_list_records_the_end_and_none_records_nothing(void **state)
{
    static const struct {
        const char *list;
        uint32_t records;
    } rows[] = {{"aaa accounting network acct stop-only", 1},
                {"aaa accounting network acct none", 0}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct client_scene scene = accounted(33, rows[i].list);
        client_start(scene.client);
        world_run(scene.world, 15 * MINUTE);
        assert_int_equal(scene.hub->events[EV_ACCOUNTING], 0);
        client_leave(scene.client);
        world_run(scene.world, 1000);
        assert_int_equal(scene.hub->events[EV_ACCOUNTING], rows[i].records);
        world_free(scene.world);
    }
}

static void a_refused_login_is_no_session(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.password = "looking glass";
    struct client_scene scene = client_scene_played(2, &habits, MINUTE);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.hub->last_session, 0);
    world_free(scene.world);
}

static void who_logs_in_and_gets_no_address_was_there_and_the_history_says_why(void **state)
{
    (void)state;
    char *text = text_with(scene_text("hub"), "ip local pool ippool 10.5.5.1 10.5.5.254",
                           "ip local pool ippool 10.5.5.1 10.5.5.1");
    const struct client_habits bob = {
        .group = "testgroup", .key = "cisco321", .user = "bob", .password = "builder"};
    struct client_scene scene = client_scene_at(3, text, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    struct client *late = client_join(scene.world, "late", "198.51.100.1", scene.hub, &bob);
    client_start(late);
    world_run(scene.world, 3000);
    assert_int_equal(late->stage, CLIENT_REFUSED);
    assert_lasts(scene.hub, 1);
    assert_ended(scene.hub, 2, decision_rule_text(RULE_POOL_EMPTY));
    world_free(scene.world);
}

static void a_client_that_renews_phase_1_keeps_its_session(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(4, &alice, 3000);
    assert_client_up(&scene);
    client_rekey_phase1(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_int_equal(scene.hub->last_session, 1);
    client_leave(scene.client);
    world_run(scene.world, 1000);
    assert_ended(scene.hub, 1, "deleted by the peer");
    world_free(scene.world);
}

static void a_branch_keeps_its_session_and_its_sum_over_days_of_rekeys(void **state)
{
    (void)state;
    struct scene scene = scene_up(5);
    uint64_t sent = 0;
    for (int hours = 0; hours < 50; hours++) {
        assert_traffic(&scene);
        sent++;
        world_run(scene.world, HOUR);
    }
    const struct session_row *hub = row_of(scene.hub, 1), *spoke = row_of(scene.spoke, 1);
    assert_true(scene.hub->events[EV_AUTHENTICATED] >= 3);
    assert_int_equal(scene.hub->last_session, 1);
    assert_int_equal(scene.spoke->last_session, 1);
    const struct command shutdown = {.kind = COMMAND_SHUTDOWN};
    node_command(scene.hub, &shutdown);
    world_run(scene.world, MINUTE);
    assert_ended(scene.hub, 1, "shutdown");
    assert_ended(scene.spoke, 1, "deleted by the peer");
    /* Every pair that was replaced on the way counts. */
    hub = row_of(scene.hub, 1);
    spoke = row_of(scene.spoke, 1);
    assert_true(sent == 50 && hub->bytes_in >= sent && hub->bytes_in % sent == 0);
    assert_int_equal(hub->bytes_in, spoke->bytes_out);
    assert_int_equal(hub->bytes_out, spoke->bytes_in);
    assert_in_range(hub->age_ms, 50 * (uint64_t)HOUR, 51 * (uint64_t)HOUR);
    world_free(scene.world);
}

/* As routers do: phase 1 expires without a successor, the pair goes on. */
static void expire_phase_1(struct node *node)
{
    uint32_t at = 0;
    slot_handle handle;
    struct ike_sa *sa = slots_next(&node->engine->sas, &at, &handle);
    struct io io = {.now_ms = node->world->now_ms, .rng = &node->rng, .out = &node->effects};
    assert_non_null(sa);
    sa_end(node->engine, sa, "phase 1 lifetime expired", false, &io);
    node_tick(node);
    assert_int_equal(node_established(node), 0);
    assert_int_equal(node_tunnels(node), 1);
}

static void a_session_goes_on_over_a_pair_without_phase_1_and_into_the_next_phase_1(void **state)
{
    (void)state;
    struct scene scene = {.world = world_new(6)};
    scene.hub = scene_hub_of(
        scene.world, text_with(scene_text("hub"), "  encr 3des", "  encr 3des\n  lifetime 600"));
    scene.spoke = scene_spoke_of(
        scene.world, text_with(scene_text("spoke"), "  encr 3des", "  encr 3des\n  lifetime 600"));
    node_dial(scene.spoke);
    world_run(scene.world, MINUTE);
    expire_phase_1(scene.hub);
    assert_lasts(scene.hub, 1);
    assert_traffic(&scene);
    world_run(scene.world, 500 * SECOND); /* the spoke begins the next one in time */
    assert_int_equal(node_established(scene.hub), 1);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->last_session, 1);
    assert_int_equal(scene.spoke->last_session, 1);
    world_free(scene.world);
}

static void a_session_without_phase_1_ends_with_its_last_pair(void **state)
{
    (void)state;
    struct scene scene = scene_up(12);
    expire_phase_1(scene.hub);
    scene.spoke->unplugged = true;
    world_run(scene.world, HOUR - MINUTE);
    assert_lasts(scene.hub, 1);
    world_run(scene.world, 2 * MINUTE);
    assert_ended(scene.hub, 1, "lifetime expired");
    world_free(scene.world);
}

static void a_branch_with_a_new_address_begins_a_new_session(void **state)
{
    (void)state;
    struct scene scene = scene_up(13);
    world_move(scene.spoke, OUTSIDE, "10.100.2.50");
    node_dial(scene.spoke);
    world_run(scene.world, MINUTE);
    assert_traffic(&scene);
    assert_lasts(scene.hub, 2);
    world_run(scene.world, 2 * DAY); /* nobody probes: the old one runs into its end */
    assert_true(row_of(scene.hub, 1)->ended);
    assert_lasts(scene.hub, 2);
    world_free(scene.world);
}

static void a_dead_peer_ends_its_session(void **state)
{
    (void)state;
    struct client_scene scene =
        client_scene_at(7, text_and(scene_text("hub"), "crypto isakmp keepalive 20 3"), &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    scene.client->node->unplugged = true;
    world_run(scene.world, 2 * MINUTE);
    assert_ended(scene.hub, 1, "peer not responding");
    world_free(scene.world);
}

static void initial_contact_ends_the_session_that_the_peer_forgot(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.initial_contact = true;
    struct client_scene scene = client_scene_played(8, &habits, 3000);
    client_forget_tunnel(scene.client);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_ended(scene.hub, 1, "initial contact");
    assert_lasts(scene.hub, 2);
    assert_true(addr_equal(row_of(scene.hub, 2)->assigned, world_addr("10.5.5.1")));
    world_free(scene.world);
}

static void an_operator_that_clears_a_session_ends_it(void **state)
{
    (void)state;
    struct scene scene = scene_up(9);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    const struct command clear = {.kind = COMMAND_CLEAR, .clear_id = row.id};
    node_command(scene.hub, &clear);
    assert_ended(scene.hub, 1, "cleared by an operator");
    world_run(scene.world, MINUTE);
    assert_ended(scene.spoke, 1, "deleted by the peer");
    world_free(scene.world);
}

/* Phase 2 alone: the same session and the same phase 1 make new pairs when there is traffic. */
static void clearing_ipsec_sas_leaves_phase_1_which_makes_new_ones(void **state)
{
    (void)state;
    struct scene scene = scene_up(12);
    struct status_ike before, after;
    struct status_ipsec pair;
    uint32_t cleared = 99;
    assert_int_equal(node_ike(scene.hub, &before, 1), 1);
    const struct command other = {.kind = COMMAND_CLEAR,
                                  .clear_scope = CLEAR_IPSEC,
                                  .clear_peer = world_addr("10.9.9.9"),
                                  .cleared = &cleared};
    node_command(scene.hub, &other);
    assert_int_equal(cleared, 0);
    assert_int_equal(node_ipsec(scene.hub, &pair, 1), 1);
    const struct command clear = {.kind = COMMAND_CLEAR,
                                  .clear_scope = CLEAR_IPSEC,
                                  .clear_peer = before.remote.addr,
                                  .cleared = &cleared};
    node_command(scene.hub, &clear);
    assert_int_equal(cleared, 1);
    assert_int_equal(node_ipsec(scene.hub, &pair, 1), 0);
    world_run(scene.world, 1000);
    assert_int_equal(node_ipsec(scene.spoke, &pair, 1), 0); /* it was told */
    assert_int_equal(node_ike(scene.hub, &after, 1), 1);
    assert_int_equal(after.conn, before.conn);
    assert_lasts(scene.hub, 1);
    node_dial(scene.spoke);
    world_run(scene.world, 5000);
    assert_traffic(&scene);
    assert_int_equal(node_ike(scene.hub, &after, 1), 1);
    assert_int_equal(after.conn, before.conn);
    assert_int_equal(scene.hub->sessions_open, 1);
    assert_lasts(scene.hub, 1);
    world_free(scene.world);
}

/* A branch's pair outlives its phase 1, as at the end of its lifetime. */
static void clearing_an_isakmp_sa_leaves_the_pairs_of_a_branch(void **state)
{
    (void)state;
    struct scene scene = scene_up(13);
    struct status_ike row;
    uint32_t cleared = 99;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    struct command clear = {.kind = COMMAND_CLEAR,
                            .clear_scope = CLEAR_ISAKMP,
                            .clear_id = row.conn + 100,
                            .cleared = &cleared};
    node_command(scene.hub, &clear);
    assert_int_equal(cleared, 0);
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    clear.clear_id = row.conn;
    node_command(scene.hub, &clear);
    assert_int_equal(cleared, 1);
    assert_int_equal(node_ike(scene.hub, &row, 1), 0);
    world_run(scene.world, 5000);
    assert_int_equal(node_ike(scene.spoke, &row, 1), 0); /* it was told */
    assert_traffic(&scene);
    assert_lasts(scene.hub, 1);
    world_free(scene.world);
}

/* A client's address belongs to its login. */
static void clearing_the_isakmp_sa_of_a_client_ends_its_session(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(14, &alice, 3000);
    uint32_t cleared = 99;
    assert_client_up(&scene);
    const struct command clear = {
        .kind = COMMAND_CLEAR, .clear_scope = CLEAR_ISAKMP, .cleared = &cleared};
    node_command(scene.hub, &clear);
    assert_int_equal(cleared, 1);
    assert_ended(scene.hub, 1, "cleared by an operator");
    assert_nothing_gained_but_the_lease(scene.hub);
    world_free(scene.world);
}

static void a_new_address_of_a_nat_is_told_under_the_same_number(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(10, &alice);
    struct nat *nat = world_nat(scene.world, "192.0.2.1");
    scene.client->node->behind = nat;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    uint16_t port = row_of(scene.hub, 1)->remote.port;
    nat_forget(nat);
    client_probe(scene.client, 100);
    world_run(scene.world, 1000);
    assert_int_not_equal(row_of(scene.hub, 1)->remote.port, port);
    assert_int_equal(scene.hub->last_session, 1);
    assert_lasts(scene.hub, 1);
    world_free(scene.world);
}

static void both_sides_beginning_at_once_are_one_session(void **state)
{
    (void)state;
    struct scene scene = scene_new(11);
    scene.world->weather.delay_ms = 200;
    node_dial(scene.spoke);
    world_run(scene.world, MINUTE);
    assert_traffic(&scene);
    assert_int_equal(scene.hub->sessions_open, 1);
    assert_int_equal(scene.spoke->sessions_open, 1);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_logs_in_and_leaves_is_one_session),
        cmocka_unit_test(the_records_of_a_client_begin_with_its_address_and_end_with_its_session),
        cmocka_unit_test(who_gets_no_address_has_no_records),
        cmocka_unit_test(a_stop_only_list_records_the_end_and_none_records_nothing),
        cmocka_unit_test(a_refused_login_is_no_session),
        cmocka_unit_test(who_logs_in_and_gets_no_address_was_there_and_the_history_says_why),
        cmocka_unit_test(a_client_that_renews_phase_1_keeps_its_session),
        cmocka_unit_test(a_branch_keeps_its_session_and_its_sum_over_days_of_rekeys),
        cmocka_unit_test(a_session_goes_on_over_a_pair_without_phase_1_and_into_the_next_phase_1),
        cmocka_unit_test(a_session_without_phase_1_ends_with_its_last_pair),
        cmocka_unit_test(a_branch_with_a_new_address_begins_a_new_session),
        cmocka_unit_test(a_dead_peer_ends_its_session),
        cmocka_unit_test(initial_contact_ends_the_session_that_the_peer_forgot),
        cmocka_unit_test(an_operator_that_clears_a_session_ends_it),
        cmocka_unit_test(clearing_ipsec_sas_leaves_phase_1_which_makes_new_ones),
        cmocka_unit_test(clearing_an_isakmp_sa_leaves_the_pairs_of_a_branch),
        cmocka_unit_test(clearing_the_isakmp_sa_of_a_client_ends_its_session),
        cmocka_unit_test(a_new_address_of_a_nat_is_told_under_the_same_number),
        cmocka_unit_test(both_sides_beginning_at_once_are_one_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
