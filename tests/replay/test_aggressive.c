/* Aggressive mode as clients play it against the seed's hub (003), up to traffic; refusals; and
 * that nobody learns from the answers which groups there are. */
#include "replay/scene.h"

#include "ike/vendor.h"
#include "ike/wire.h"

#include <stdlib.h>

enum { MESSAGES = 13 }; /* AM 3, lifetime 1, Xauth 4, mode-config 2, quick mode 3 */

static void a_vpn_client_comes_up_and_traffic_passes(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(2, &alice);
    struct sink trace = {0};
    scene.world->trace = &trace;
    client_start(scene.client);
    world_run(scene.world, 2000);
    assert_int_equal(scene.world->delivered, MESSAGES);
    assert_client_up(&scene);
    assert_golden(scene.world, "aggressive");
    sink_free(&trace);
    world_free(scene.world);
}

static void the_rows_show_who_it_is(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(2, &alice, 2000);
    struct status_ike row;
    char assigned[ADDR_TEXT];
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    assert_string_equal(row.state, "QM_IDLE");
    assert_string_equal(row.user, "alice");
    assert_string_equal(row.group, "testgroup");
    assert_string_equal(row.profile, "VPNclient");
    assert_string_equal(row.identity, "key-id testgroup");
    assert_string_equal(addr_format(row.assigned, assigned), "10.5.5.1");
    assert_true(row.aggressive && row.xauth && row.config_mode && row.dpd);
    assert_int_equal(row.tunnels, 1);
    /* A client's address is in the pool, which is routed for good. */
    assert_int_equal(scene.hub->routes, 0);
    world_free(scene.world);
}

static void any_one_lost_message_is_made_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < MESSAGES; i++) {
        struct client_scene scene = client_scene_new(100 + i, &alice);
        struct swallow swallow = {.at = i};
        scene.world->tap = swallow_one;
        scene.world->tap_context = &swallow;
        client_start(scene.client);
        world_run(scene.world, 10000);
        assert_client_up(&scene);
        assert_int_equal(node_established(scene.hub), 1);
        assert_int_equal(scene.hub->asked_password, 1);
        world_free(scene.world);
    }
}

static void every_message_may_come_twice(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(3, &alice);
    scene.world->weather.duplication = 1000;
    client_start(scene.client);
    world_run(scene.world, 5000);
    assert_client_up(&scene);
    assert_int_equal(node_established(scene.hub), 1);
    assert_int_equal(scene.hub->asked_password, 1);
    assert_int_equal(scene.hub->asked_dh, 1);
    assert_int_equal(scene.hub->installs, 2);
    world_free(scene.world);
}

static void the_third_message_may_come_in_clear(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.clear_am3 = true;
    struct client_scene scene = client_scene_played(4, &habits, 5000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void xauth_wins_when_both_methods_are_offered(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.methods = METHODS_BOTH_PSK_FIRST;
    struct client_scene scene = client_scene_played(5, &habits, 5000);
    assert_client_up(&scene);
    assert_int_equal(scene.client->sa.suite.auth_method, AUTH_XAUTH_INIT_PSK);
    assert_int_equal(scene.client->xauth_requests, 1);
    world_free(scene.world);
}

static void a_client_with_other_algorithms_is_served_by_another_policy(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.cipher = 7;
    habits.key_bits = 256;
    habits.hash = 4;
    habits.dh_group = 14;
    habits.esp = 12;
    habits.esp_bits = 128;
    char *hub =
        text_and(scene_text("hub"), "crypto isakmp policy 20\n encr aes 256\n hash sha256\n"
                                    " authentication pre-share\n group 14\n"
                                    "crypto ipsec transform-set aes esp-aes esp-sha-hmac\n"
                                    "crypto dynamic-map dynmap 5\n set transform-set myset aes");
    struct client_scene scene = client_scene_at(6, hub, &habits);
    client_start(scene.client);
    world_run(scene.world, 5000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void the_first_message_in_flight_twice_makes_one_exchange(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(7, &alice);
    scene.world->dh_ms = 3000; /* the client repeats AM1 before AM2 can be made */
    client_start(scene.client);
    world_run(scene.world, 12000);
    assert_client_up(&scene);
    assert_int_equal(scene.hub->asked_dh, 1);
    world_free(scene.world);
}

static void a_wrong_group_key_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.key = "cisco322";
    habits.wrong_hash = true; /* goes on although HASH_R does not verify */
    struct client_scene scene = client_scene_played(8, &habits, 5000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_true(node_refused_with(scene.hub, RULE_HASH));
    assert_int_equal(scene.hub->decision_count, 1);
    assert_non_null(strstr(scene.hub->decisions[0].decision.hint, "testgroup"));
    assert_nothing_gained(scene.hub);
    world_run(scene.world, 30000);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 0);
    world_free(scene.world);
}

/* -- P08: what the answer to AM1 tells
 * ------------------------------------------------------------ */

struct form {
    size_t answers;
    size_t len;
    uint8_t types[IKE_CHAIN_MAX];
    size_t type_count;
    uint8_t sa[256];
    size_t sa_len;
    uint32_t vendors;
    uint8_t exchange;
};

static bool note_form(void *context, struct node *to, const struct ike_path *path,
                      struct span bytes)
{
    struct form *form = context;
    struct ike_header header;
    struct span body;
    struct ike_chain chain;
    (void)path;
    if (!to->ops)
        return true;
    form->answers++;
    form->len = bytes.len;
    assert_int_equal(ike_header_parse(bytes, &header, &body), DROP_NONE);
    assert_int_equal(ike_chain_parse(header.next, body, &chain), RC_OK);
    form->exchange = header.exchange;
    form->type_count = chain.count;
    for (size_t i = 0; i < chain.count; i++)
        form->types[i] = chain.items[i].type;
    form->vendors = vendor_set(&chain);
    if (chain.items[0].type == PAYLOAD_SA) {
        form->sa_len = chain.items[0].body.len;
        memcpy(form->sa, chain.items[0].body.at, form->sa_len);
    }
    return false; /* the first answer is all that counts */
}

static struct form form_of(const char *group, enum client_methods methods, enum identity_type type)
{
    struct form form = {0};
    struct client_habits habits = alice;
    habits.group = group;
    habits.methods = methods;
    habits.id_type = type;
    struct client_scene scene = client_scene_new(9, &habits);
    scene.world->tap = note_form;
    scene.world->tap_context = &form;
    client_start(scene.client);
    world_run(scene.world, 1000);
    world_free(scene.world);
    return form;
}

static void an_unknown_group_gets_the_answer_of_a_known_one(void **state)
{
    (void)state;
    static const enum client_methods methods[] = {METHODS_XAUTH, METHODS_PSK,
                                                  METHODS_BOTH_PSK_FIRST};
    for (size_t i = 0; i < 3; i++) {
        struct form known = form_of("testgroup", methods[i], ID_KEY_ID);
        /* Names of other lengths too: the answer carries no echo of the name. */
        static const char *const names[] = {"guestgroup", "x", "testgrouq", "nobody-knows-this"};
        for (size_t k = 0; k < 4; k++) {
            struct form unknown = form_of(names[k], methods[i], ID_KEY_ID);
            assert_memory_equal(&known, &unknown, sizeof known);
        }
        struct form fqdn = form_of("branch7.example", methods[i], ID_FQDN);
        assert_memory_equal(&known, &fqdn, sizeof known);
    }
}

static void a_known_group_that_guesses_and_an_unknown_one_hear_the_same_after_am3(void **state)
{
    (void)state;
    static const char *const groups[] = {"testgroup", "guestgroup"};
    size_t heard[2];
    for (size_t i = 0; i < 2; i++) {
        struct client_habits habits = alice;
        habits.group = groups[i];
        habits.key = "a guess";
        habits.wrong_hash = true;
        struct client_scene scene = client_scene_played(10, &habits, 40000);
        heard[i] = scene.hub->sent;
        assert_nothing_gained(scene.hub);
        assert_int_equal(scene.hub->decision_count, 1);
        world_free(scene.world);
    }
    assert_int_equal(heard[0], heard[1]);
}

static void aggressive_mode_that_is_disabled_answers_nobody(void **state)
{
    (void)state;
    char *hub = text_and(scene_text("hub"), "crypto isakmp aggressive-mode disable");
    struct client_scene scene = client_scene_at(11, hub, &alice);
    client_start(scene.client);
    world_run(scene.world, 5000);
    assert_int_equal(scene.hub->sent, 0);
    assert_int_equal(scene.hub->asked_dh, 0);
    assert_true(node_refused_with(scene.hub, RULE_AGGRESSIVE_DISABLED));
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vpn_client_comes_up_and_traffic_passes),
        cmocka_unit_test(the_rows_show_who_it_is),
        cmocka_unit_test(any_one_lost_message_is_made_good),
        cmocka_unit_test(every_message_may_come_twice),
        cmocka_unit_test(the_third_message_may_come_in_clear),
        cmocka_unit_test(xauth_wins_when_both_methods_are_offered),
        cmocka_unit_test(a_client_with_other_algorithms_is_served_by_another_policy),
        cmocka_unit_test(the_first_message_in_flight_twice_makes_one_exchange),
        cmocka_unit_test(a_wrong_group_key_is_refused_and_leaves_nothing),
        cmocka_unit_test(an_unknown_group_gets_the_answer_of_a_known_one),
        cmocka_unit_test(a_known_group_that_guesses_and_an_unknown_one_hear_the_same_after_am3),
        cmocka_unit_test(aggressive_mode_that_is_disabled_answers_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
