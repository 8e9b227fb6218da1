/* Mode-config between clients and the seed's hub: what is asked, what is answered and in which
 * order, and that no address leaves before the store remembers it. */
#include "replay/scene.h"

#include "ike/attr.h"
#include "ike/wire.h"

static void the_reply_has_the_attributes_of_the_seeds_debug_in_its_order(void **state)
{
    (void)state;
    static const uint16_t order[] = {
        CFG_IP4_ADDRESS,    CFG_IP4_NETMASK,      CFG_IP4_DNS,
        CFG_IP4_DNS,        CFG_IP4_NBNS,         CFG_IP4_NBNS,
        CFG_ADDRESS_EXPIRY, CFG_UNITY_DEF_DOMAIN, CFG_APPLICATION_VERSION};
    struct client_scene scene = client_scene_played(1, &alice, 3000);
    struct cfg_message reply;
    struct span body = {scene.client->config_reply, scene.client->config_reply_len};
    assert_int_equal(cfg_parse(body, &reply), RC_OK);
    assert_int_equal(reply.type, CFG_REPLY);
    assert_int_equal(reply.identifier, 20);
    assert_int_equal(reply.count, sizeof order / sizeof order[0]);
    for (size_t i = 0; i < reply.count; i++) {
        assert_int_equal(reply.attrs[i].type, order[i]);
        assert_true(reply.attrs[i].data.len > 0);
    }
    static const uint8_t dns[] = {2, 2, 2, 2}, wins[] = {3, 3, 3, 3};
    assert_memory_equal(reply.attrs[3].data.at, dns, 4);
    assert_memory_equal(reply.attrs[4].data.at, wins, 4);
    assert_memory_equal(reply.attrs[7].data.at, "cisco.com", 9);
    assert_in_range(reply.attrs[6].value, 86390, 86400);
    world_free(scene.world);
}

static void what_the_group_defines_is_sent_in_its_form(void **state)
{
    (void)state;
    char *hub = text_with(scene_text("hub"), "  pool ippool\n",
                          "  pool ippool\n  acl 150\n  split-dns corp.example\n"
                          "  save-password\n  netmask 255.255.255.0\n  pfs\n"
                          "  include-local-lan\n"
                          "  backup-gateway 10.48.67.182\n");
    hub = text_and(hub, "access-list 150 permit ip 10.1.0.0 0.0.255.255 any\n"
                        "access-list 150 permit ip 10.3.3.0 0.0.0.255 any");
    struct client_habits habits = alice;
    habits.pfs_group = 2;
    habits.asks_local_lan = true;
    struct client_scene scene = client_scene_at(2, hub, &habits);
    struct cfg_message reply;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    struct span body = {scene.client->config_reply, scene.client->config_reply_len};
    assert_int_equal(cfg_parse(body, &reply), RC_OK);
    static const uint8_t split[] = {10, 1, 0, 0, 255, 255, 0,   0, 0, 0, 0, 0, 0, 0,
                                    10, 3, 3, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t mask[] = {255, 255, 255, 0};
    const struct ike_attr *attr = cfg_find(&reply, CFG_UNITY_SPLIT_INCLUDE);
    assert_non_null(attr);
    assert_int_equal(attr->data.len, sizeof split);
    assert_memory_equal(attr->data.at, split, sizeof split);
    assert_memory_equal(cfg_find(&reply, CFG_IP4_NETMASK)->data.at, mask, 4);
    assert_memory_equal(cfg_find(&reply, CFG_UNITY_SPLIT_DNS)->data.at, "corp.example", 12);
    attr = cfg_find(&reply, CFG_UNITY_SAVE_PASSWORD);
    assert_true(attr && attr->basic && attr->value == 1);
    static const uint8_t own_lan[14] = {0, 0, 0, 0, 255, 255, 255, 255};
    attr = cfg_find(&reply, CFG_UNITY_LOCAL_LAN);
    assert_non_null(attr);
    assert_int_equal(attr->data.len, sizeof own_lan);
    assert_memory_equal(attr->data.at, own_lan, sizeof own_lan);
    attr = cfg_find(&reply, CFG_UNITY_PFS);
    assert_true(attr && attr->basic && attr->value == 2);
    world_free(scene.world);
}

static void the_address_leaves_only_after_the_store_has_it(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(3, &alice);
    scene.world->hold = 1u << ANSWER_LEASE_SAVED;
    client_start(scene.client);
    world_run(scene.world, 5000);
    assert_int_equal(scene.client->stage, CLIENT_ASKING);
    assert_int_equal(scene.client->config_reply_len, 0);
    assert_int_equal(world_held(scene.world, ANSWER_LEASE_SAVED), 1);
    assert_true(world_release(scene.world, ANSWER_LEASE_SAVED, RC_OK));
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void assert_refused(struct client_scene *scene)
{
    struct status_ike row;
    assert_int_equal(scene->client->stage, CLIENT_REFUSED);
    assert_int_equal(scene->client->deletes_ike, 1);
    assert_int_equal(node_ike(scene->hub, &row, 1), 0);
    assert_nothing_gained(scene->hub);
    world_free(scene->world);
}

static void a_lease_the_store_cannot_save_is_refused(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(4, &alice);
    scene.world->store_mode = STORE_FAILS;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
    assert_refused(&scene);
}

static void a_store_that_says_nothing_is_a_refusal_at_the_deadline(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(5, &alice);
    scene.world->store_mode = STORE_SILENT;
    client_start(scene.client);
    world_run(scene.world, 9000);
    assert_int_equal(scene.client->stage, CLIENT_ASKING);
    world_run(scene.world, 3000);
    assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
    assert_refused(&scene);
}

static void a_group_without_pool_is_refused_by_name(void **state)
{
    (void)state;
    char *hub = text_with(scene_text("hub"), "  pool ippool\n", "");
    struct client_scene scene = client_scene_at(6, hub, &alice);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_true(node_refused_with(scene.hub, RULE_NO_POOL));
    assert_refused(&scene);
}

static void p02_quick_mode_before_the_lease_is_saved_gets_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(7, &alice);
    scene.world->hold = 1u << ANSWER_LEASE_SAVED;
    client_start(scene.client);
    world_run(scene.world, 1000);
    /* It may know from before which address will be its own. */
    scene.client->lease = world_addr("10.5.5.1");
    client_quick(scene.client);
    world_run(scene.world, 1000);
    assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
    assert_int_equal(scene.hub->installs, 0);
    world_free(scene.world);
}

static void p02_quick_mode_without_mode_config_gets_nothing(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_LOGGED_IN;
    struct client_scene scene = client_scene_played(8, &habits, 1000);
    assert_int_equal(scene.client->stage, CLIENT_LOGGED_IN);
    scene.client->lease = world_addr("10.5.5.1");
    client_quick(scene.client);
    world_run(scene.world, 1000);
    assert_true(node_refused_with(scene.hub, RULE_NO_LEASE));
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void p02_addresses_pushed_by_the_client_change_nothing(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_LOGGED_IN;
    struct client_scene scene = client_scene_played(9, &habits, 1000);
    static const uint8_t types[] = {CFG_SET, CFG_REPLY, CFG_ACK};
    for (size_t i = 0; i < sizeof types; i++)
        client_transaction(scene.client, 0, types[i], CFG_IP4_ADDRESS, 7);
    world_run(scene.world, 1000);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_STATE), 3);
    assert_nothing_gained(scene.hub);
    client_config_request(scene.client);
    world_run(scene.world, 2000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void a_second_request_gets_the_same_address_again(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(10, &alice, 3000);
    struct addr first = scene.client->lease;
    client_config_request(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_true(addr_equal(first, scene.client->lease));
    assert_int_equal(node_tunnels(scene.hub), 1);
    world_free(scene.world);
}

static void m15_unknown_and_repeated_attributes_are_tolerated(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_LOGGED_IN;
    struct client_scene scene = client_scene_played(11, &habits, 1000);
    struct client_message m;
    struct client_exchange *x =
        client_exchange_new(scene.client, CX_CONFIG, client_fresh_id(scene.client));
    client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REQUEST, 3);
    for (uint16_t i = 0; i < 20; i++) {
        ike_attr_put_bytes(&m.w.b, CFG_IP4_ADDRESS, (struct span){NULL, 0});
        ike_attr_put_bytes(&m.w.b, (uint16_t)(16400 + i),
                           (struct span){(const uint8_t *)"noise", 5});
    }
    ike_attr_put_bytes(&m.w.b, CFG_IP4_NETMASK, (struct span){(const uint8_t *)"not a mask", 10});
    ike_writer_close(&m.w);
    scene.client->stage = CLIENT_ASKING;
    client_send_first(scene.client, &m, x);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void m15_an_attribute_that_is_longer_than_the_payload_is_refused(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_LOGGED_IN;
    struct client_scene scene = client_scene_played(12, &habits, 1000);
    struct client_message m;
    client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_TRANSACTION,
                 client_fresh_id(scene.client));
    cfg_open(&m.w, CFG_REQUEST, 3);
    builder_u16(&m.w.b, CFG_IP4_DNS);
    builder_u16(&m.w.b, 65535);
    builder_zeros(&m.w.b, 8);
    ike_writer_close(&m.w);
    client_send_first(scene.client, &m, NULL);
    world_run(scene.world, 1000);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_CHAIN), 1);
    assert_nothing_gained(scene.hub);
    client_config_request(scene.client);
    world_run(scene.world, 2000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void a_branch_has_no_use_for_mode_config(void **state)
{
    (void)state;
    struct scene scene = scene_up(13);
    assert_int_equal(scene.hub->saved_leases, 0);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 1);
    assert_false(row.config_mode);
    assert_int_equal(row.assigned.family, ADDR_NONE);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reply_has_the_attributes_of_the_seeds_debug_in_its_order),
        cmocka_unit_test(what_the_group_defines_is_sent_in_its_form),
        cmocka_unit_test(the_address_leaves_only_after_the_store_has_it),
        cmocka_unit_test(a_lease_the_store_cannot_save_is_refused),
        cmocka_unit_test(a_store_that_says_nothing_is_a_refusal_at_the_deadline),
        cmocka_unit_test(a_group_without_pool_is_refused_by_name),
        cmocka_unit_test(p02_quick_mode_before_the_lease_is_saved_gets_nothing),
        cmocka_unit_test(p02_quick_mode_without_mode_config_gets_nothing),
        cmocka_unit_test(p02_addresses_pushed_by_the_client_change_nothing),
        cmocka_unit_test(a_second_request_gets_the_same_address_again),
        cmocka_unit_test(m15_unknown_and_repeated_attributes_are_tolerated),
        cmocka_unit_test(m15_an_attribute_that_is_longer_than_the_payload_is_refused),
        cmocka_unit_test(a_branch_has_no_use_for_mode_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
