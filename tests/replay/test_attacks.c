/* Attacks of THREATS §3.2 on conversations as a whole: wrong keys, garbage in between, replays,
 * reflections, downgrades. Each has its honest twin, in the same world where that is possible. */
#include "replay/scene.h"

#include "ike/wire.h"
#include "sim/observe.h"

#include <stdio.h>
#include <stdlib.h>

static size_t half_open(const struct node *node)
{
    struct status_summary summary;
    engine_status_summary(node->engine, &summary);
    return summary.ike_half_open;
}

/* -- P01: keys and names of others ----------------------------------------------------------- */

#define SECOND_GROUP                                                                               \
    "crypto isakmp client configuration group othergroup\n  key otherkey\n  pool ippool\n"         \
    "crypto isakmp profile VPNclient\n  match identity group othergroup\n"

static enum client_stage client_with(uint64_t seed, const char *group, const char *key)
{
    struct client_habits habits = alice;
    habits.group = group;
    habits.key = key;
    habits.wrong_hash = strcmp(group, "testgroup") == 0 ? strcmp(key, "cisco321") != 0
                                                        : strcmp(key, "otherkey") != 0;
    struct client_scene scene =
        client_scene_at(seed, text_and(scene_text("hub"), SECOND_GROUP), &habits);
    client_start(scene.client);
    world_run(scene.world, 40000);
    enum client_stage stage = scene.client->stage;
    if (stage != CLIENT_UP) {
        assert_nothing_gained(scene.hub);
        assert_int_equal(node_established(scene.hub), 0);
        assert_int_equal(scene.hub->decision_count, 1);
    }
    world_free(scene.world);
    return stage;
}

static void p01_a_groups_key_opens_that_group_only(void **state)
{
    (void)state;
    assert_int_equal(client_with(1, "testgroup", "cisco321"), CLIENT_UP);
    assert_int_equal(client_with(2, "othergroup", "otherkey"), CLIENT_UP);
    assert_int_not_equal(client_with(3, "testgroup", "otherkey"), CLIENT_UP);
    assert_int_not_equal(client_with(4, "othergroup", "cisco321"), CLIENT_UP);
    assert_int_not_equal(client_with(5, "thirdgroup", "cisco321"), CLIENT_UP);
    assert_int_not_equal(client_with(6, "testgroup", ""), CLIENT_UP);
}

static void p01_another_branchs_key_opens_nothing(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        char *text =
            text_with(scene_text("hub"), "pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123",
                      "pre-shared-key address 10.100.2.102 key cisco123\n"
                      "  pre-shared-key address 10.100.2.103 key cisco456");
        struct world *world = world_new(7);
        struct node *hub = scene_hub_of(world, text);
        text = text_with(scene_text("spoke"), "cisco123", wrong ? "cisco456" : "cisco123");
        struct node *spoke = scene_spoke_of(world, text);
        node_dial(spoke);
        world_run(world, 3000);
        assert_int_equal(node_tunnels(hub), !wrong);
        assert_int_equal(node_established(hub), !wrong);
        world_free(world);
    }
}

static void p01_the_same_user_of_two_groups_is_two(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene =
        client_scene_at(8, text_and(scene_text("hub"), SECOND_GROUP), &habits);
    habits.group = "othergroup";
    habits.key = "otherkey";
    struct client *second = client_join(scene.world, "second", "203.0.113.77", scene.hub, &habits);
    client_start(scene.client);
    client_start(second);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->stage, CLIENT_UP);
    assert_int_equal(second->stage, CLIENT_UP);
    assert_false(addr_equal(scene.client->lease, second->lease));
    world_free(scene.world);
}

static void p01_a_wildcard_key_of_branches_does_not_open_aggressive_mode(void **state)
{
    (void)state;
    static const enum identity_type types[] = {ID_FQDN, ID_USER_FQDN, ID_KEY_ID};
    for (size_t i = 0; i < 3; i++) {
        struct client_habits habits = alice;
        habits.group = "10.9.9.9";
        habits.key = "cisco123";
        habits.id_type = types[i];
        habits.methods = METHODS_BOTH_PSK_FIRST;
        struct client_scene scene = client_scene_played(9 + i, &habits, 5000);
        assert_int_not_equal(scene.client->stage, CLIENT_UP);
        assert_int_equal(node_established(scene.hub), 0);
        world_free(scene.world);
    }
}

/* -- P05: garbage in between ------------------------------------------------------------------- */

struct garbage {
    size_t fed;
    bool busy;
};

static bool garbage_tap(void *context, struct node *to, const struct ike_path *path,
                        struct span bytes)
{
    static const uint8_t exchanges[] = {EXCHANGE_MAIN, EXCHANGE_AGGRESSIVE, EXCHANGE_INFORMATIONAL,
                                        EXCHANGE_TRANSACTION, EXCHANGE_QUICK};
    static struct observed before, after;
    struct garbage *garbage = context;
    if (garbage->busy || to->ops || ike_cookie_is_zero(bytes.at + 8))
        return true;
    garbage->busy = true;
    observe(to, &before);
    for (size_t i = 0; i < 60; i++) {
        uint8_t copy[IKE_HEADER + 128];
        size_t len = IKE_HEADER + 8 * (1 + i % 16);
        memcpy(copy, bytes.at, IKE_HEADER);
        rng_bytes(&to->world->chance, copy + IKE_HEADER, len - IKE_HEADER);
        copy[16] = (uint8_t)(i % 3 ? PAYLOAD_HASH : PAYLOAD_ID);
        copy[18] = exchanges[i % 5];
        copy[19] = IKE_FLAG_ENCRYPTED;
        if (i % 4 == 1)
            memset(copy + 20, 0, 4);
        else if (i % 4 == 2)
            rng_bytes(&to->world->chance, copy + 20, 4);
        copy[24] = copy[25] = 0;
        copy[26] = (uint8_t)(len >> 8);
        copy[27] = (uint8_t)len;
        node_input(to, path, (struct span){copy, len});
        observe(to, &after);
        if (!observed_same(&before, &after))
            fail_msg("garbage %zu in exchange %u changed something", i, copy[18]);
        garbage->fed++;
    }
    garbage->busy = false;
    return true;
}

static void p05_garbage_with_the_right_cookies_changes_nothing_and_all_completes(void **state)
{
    (void)state;
    struct garbage garbage = {0};
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct client_scene clients = client_scene_new(100 + seed, &alice);
        struct scene scene = {.world = clients.world, .hub = clients.hub};
        scene.spoke = scene_spoke(clients.world);
        scene.world->tap = garbage_tap;
        scene.world->tap_context = &garbage;
        client_start(clients.client);
        node_dial(scene.spoke);
        world_run(scene.world, 3000);
        assert_client_up(&clients);
        assert_traffic(&scene);
        world_free(scene.world);
    }
    assert_true(garbage.fed > 20000);
}

/* -- P06, P07: what was recorded
 * ---------------------------------------------------------------- */

struct record {
    size_t count;
    struct {
        uint8_t bytes[600];
        size_t len;
        struct ike_path path; /* as the receiver saw it */
        bool to_hub;
    } at[128];
    const struct node *hub;
};
static struct record recorded;

static bool record(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct record *r = context;
    if (r->count == 128 || bytes.len > 600)
        return true;
    memcpy(r->at[r->count].bytes, bytes.at, bytes.len);
    r->at[r->count].len = bytes.len;
    r->at[r->count].to_hub = to == r->hub;
    r->at[r->count++].path = *path;
    return true;
}

/* A client and a branch, both up, both recorded. */
struct recorded_scene {
    struct client_scene clients;
    struct scene scene;
};

static struct recorded_scene record_both(uint64_t seed)
{
    struct recorded_scene both = {.clients = client_scene_new(seed, &alice)};
    both.scene = (struct scene){.world = both.clients.world, .hub = both.clients.hub};
    both.scene.spoke = scene_spoke(both.scene.world);
    recorded = (struct record){.hub = both.scene.hub};
    both.scene.world->tap = record;
    both.scene.world->tap_context = &recorded;
    client_start(both.clients.client);
    node_dial(both.scene.spoke);
    world_run(both.scene.world, 3000);
    client_probe(both.clients.client, 3);
    world_run(both.scene.world, 3000);
    both.scene.world->tap = NULL;
    assert_client_up(&both.clients);
    assert_traffic(&both.scene);
    assert_true(recorded.count > 20);
    return both;
}

static void play_to_hub(struct node *hub, const struct endpoint *from)
{
    for (size_t i = 0; i < recorded.count; i++) {
        struct ike_path path = recorded.at[i].path;
        if (!recorded.at[i].to_hub)
            continue;
        if (from)
            path.remote = *from;
        node_input(hub, &path, (struct span){recorded.at[i].bytes, recorded.at[i].len});
    }
}

static void assert_replays_gained_nothing(struct recorded_scene *both, uint32_t installs,
                                          uint32_t leases)
{
    struct node *hub = both->scene.hub;
    assert_int_equal(hub->installs, installs);
    assert_int_equal(hub->saved_leases, leases);
    assert_true(half_open(hub) <= 8);
    world_run(both->scene.world, 31000);
    assert_int_equal(half_open(hub), 0);
}

static void p06_every_recorded_message_played_again_gains_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        uint16_t port;
    } from[] = {{NULL, 0}, {"198.51.100.66", 500}, {CLIENT_ADDRESS, 1024}, {SPOKE_ADDRESS, 4500}};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        struct recorded_scene both = record_both(200 + i);
        struct node *hub = both.scene.hub;
        uint32_t installs = hub->installs, leases = hub->saved_leases;
        uint32_t asked = hub->asked_password;
        for (uint64_t again = 0; again < 3; again++) {
            struct endpoint endpoint = {.port = from[i].port};
            if (from[i].address)
                endpoint.addr = world_addr(from[i].address);
            play_to_hub(hub, from[i].address ? &endpoint : NULL);
            world_run(both.scene.world, again * 35000);
        }
        assert_int_equal(hub->asked_password, asked);
        assert_int_equal(node_established(hub), 2);
        assert_int_equal(node_tunnels(hub), 2);
        assert_replays_gained_nothing(&both, installs, leases);
        assert_client_up(&both.clients);
        assert_traffic(&both.scene);
        world_free(both.scene.world);
    }
}

static void p06_after_the_session_is_over_its_record_gains_nothing(void **state)
{
    (void)state;
    struct recorded_scene both = record_both(210);
    struct node *hub = both.scene.hub;
    client_leave(both.clients.client);
    const struct command clear = {.kind = COMMAND_CLEAR};
    world_run(both.scene.world, 1000);
    node_command(hub, &clear);
    world_run(both.scene.world, 1000);
    uint32_t installs = hub->installs, leases = hub->saved_leases;
    play_to_hub(hub, NULL);
    world_run(both.scene.world, 1000);
    play_to_hub(hub, NULL);
    assert_int_equal(node_established(hub), 0);
    assert_replays_gained_nothing(&both, installs, leases);
    world_free(both.scene.world);
}

static void p06_after_a_restart_of_the_hub_the_record_gains_nothing(void **state)
{
    (void)state;
    struct recorded_scene both = record_both(211);
    struct node *hub = both.scene.hub;
    world_restart(hub, OUTSIDE);
    uint32_t installs = hub->installs, leases = hub->saved_leases;
    play_to_hub(hub, NULL);
    world_run(both.scene.world, 1000);
    play_to_hub(hub, NULL);
    assert_int_equal(node_established(hub), 0);
    assert_replays_gained_nothing(&both, installs, leases);
    world_free(both.scene.world);
}

static void d04_answers_to_replays_are_bounded_and_never_larger_than_what_was_asked(void **state)
{
    (void)state;
    struct recorded_scene both = record_both(212);
    struct node *hub = both.scene.hub;
    uint32_t before = hub->sent, played = 0;
    for (int again = 0; again < 50; again++) {
        play_to_hub(hub, NULL);
        for (size_t i = 0; i < recorded.count; i++)
            played += recorded.at[i].to_hub;
    }
    assert_true(played > 500);
    assert_in_range(hub->sent - before, 0, 110); /* ten of each stored answer at most */
    world_free(both.scene.world);
}

static void p07_our_own_messages_returned_are_dropped_and_all_completes(void **state)
{
    (void)state;
    struct recorded_scene both = record_both(220);
    struct node *nodes[] = {both.scene.hub, both.scene.spoke};
    static struct observed before, after;
    for (size_t n = 0; n < 2; n++) {
        observe(nodes[n], &before);
        for (size_t i = 0; i < recorded.count; i++) {
            /* What this node sent is what others received. */
            struct ike_path path = {.local = recorded.at[i].path.remote,
                                    .remote = recorded.at[i].path.local};
            if (!addr_equal(path.local.addr, nodes[n]->address))
                continue;
            node_input(nodes[n], &path, (struct span){recorded.at[i].bytes, recorded.at[i].len});
        }
        observe(nodes[n], &after);
        assert_true(observed_same(&before, &after));
    }
    assert_client_up(&both.clients);
    assert_traffic(&both.scene);
    world_free(both.scene.world);
}

struct mirror {
    bool busy;
    size_t returned;
};

/* Each datagram an engine sends comes back to it before it arrives. */
static bool mirror_tap(void *context, struct node *to, const struct ike_path *path,
                       struct span bytes)
{
    static struct observed before, after;
    struct mirror *mirror = context;
    struct world *world = to->world;
    const struct ike_path back = {.local = path->remote, .remote = path->local};
    struct node *sender = NULL;
    HASH_FIND(by_address, world->by_address, &path->remote.addr, sizeof path->remote.addr, sender);
    if (mirror->busy || !sender || sender->ops)
        return true;
    mirror->busy = true;
    observe(sender, &before);
    node_input(sender, &back, bytes);
    observe(sender, &after);
    if (!observed_same(&before, &after))
        fail_msg("a returned message of exchange %u, %zu octets, changed something", bytes.at[18],
                 bytes.len);
    mirror->returned++;
    mirror->busy = false;
    return true;
}

static void p07_messages_returned_at_once_are_dropped_too(void **state)
{
    (void)state;
    struct client_scene clients = client_scene_new(221, &alice);
    struct scene scene = {.world = clients.world, .hub = clients.hub};
    struct mirror mirror = {0};
    scene.spoke = scene_spoke(clients.world);
    scene.world->tap = mirror_tap;
    scene.world->tap_context = &mirror;
    client_start(clients.client);
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    assert_true(mirror.returned > 12);
    assert_client_up(&clients);
    assert_traffic(&scene);
    world_free(scene.world);
}

static void p07_equal_cookies_and_message_id_0_and_used_ids_are_dropped(void **state)
{
    (void)state;
    struct recorded_scene both = record_both(222);
    struct node *hub = both.scene.hub;
    static struct observed before, after;
    observe(hub, &before);
    for (size_t i = 0; i < recorded.count; i++) {
        uint8_t copy[600];
        size_t len = recorded.at[i].len;
        if (!recorded.at[i].to_hub || ike_cookie_is_zero(recorded.at[i].bytes + 8))
            continue;
        memcpy(copy, recorded.at[i].bytes, len);
        memcpy(copy, copy + 8, IKE_COOKIE); /* CKY-I = CKY-R */
        node_input(hub, &recorded.at[i].path, (struct span){copy, len});
        memcpy(copy, recorded.at[i].bytes, len);
        memset(copy + 20, 0, 4);
        node_input(hub, &recorded.at[i].path, (struct span){copy, len});
        memcpy(copy, recorded.at[i].bytes, len);
        copy[len - 1] ^= 1; /* a used message id with other octets */
        node_input(hub, &recorded.at[i].path, (struct span){copy, len});
    }
    observe(hub, &after);
    assert_true(observed_same(&before, &after));
    world_free(both.scene.world);
}

/* -- P13: downgrades of phase 1
 * ------------------------------------------------------------------- */

static void p13_what_no_policy_names_is_not_chosen_and_the_order_is_ours(void **state)
{
    (void)state;
    static const struct {
        const char *offer; /* of the spoke */
        bool passes;
    } rows[] = {
        {"policy 10\n  encr des\n  authentication pre-share\n  group 2", false},
        {"policy 10\n  encr 3des\n  hash md5\n  authentication pre-share\n  group 2", false},
        {"policy 10\n  encr 3des\n  authentication pre-share\n  group 1", false},
        {"policy 10\n  encr 3des\n  authentication pre-share\n  group 5", false},
        {"policy 10\n  encr aes\n  authentication pre-share\n  group 2", false},
        {"policy 5\n  encr des\n  hash md5\n  authentication pre-share\n  group 1\n"
         "crypto isakmp policy 10\n  encr 3des\n  authentication pre-share\n  group 2",
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct world *world = world_new(300 + i);
        struct scene scene = {.world = world, .hub = scene_hub(world)};
        scene.spoke = scene_spoke_of(
            world, text_with(scene_text("spoke"),
                             "policy 10  \n  encr 3des  \n  authentication pre-share  \n  group 2",
                             rows[i].offer));
        node_dial(scene.spoke);
        world_run(world, 3000);
        assert_int_equal(node_tunnels(scene.hub), rows[i].passes);
        struct status_ike row;
        if (rows[i].passes) {
            assert_int_equal(node_ike(scene.hub, &row, 1), 1);
            assert_int_equal(row.cipher, CIPHER_3DES);
            assert_int_equal(row.hash, HASH_SHA1);
        } else {
            assert_int_equal(node_ike(scene.hub, &row, 1), 0);
            assert_int_equal(scene.hub->decisions[0].decision.stage, STAGE_PROPOSAL);
        }
        world_free(world);
    }
}

static void p13_a_shorter_aes_key_in_phase_1_is_not_chosen(void **state)
{
    (void)state;
    static const uint16_t bits[] = {128, 192, 256, 0};
    for (size_t i = 0; i < 4; i++) {
        struct client_habits habits = alice;
        habits.cipher = 7;
        habits.key_bits = bits[i];
        char *hub = text_with(scene_text("hub"), "  encr 3des", "  encr aes 256");
        struct client_scene scene = client_scene_at(310 + i, hub, &habits);
        client_start(scene.client);
        world_run(scene.world, 2000);
        assert_int_equal(scene.client->sa.alive, bits[i] == 256);
        world_free(scene.world);
    }
}

static void p13_phase_1_lifetimes_at_both_ends_of_the_scale_end_in_time(void **state)
{
    (void)state;
    static const uint32_t lives[] = {1, 60, 86400, UINT32_MAX};
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        struct client_habits habits = alice;
        habits.life_s = lives[i];
        struct client_scene scene = client_scene_played(320 + i, &habits, 600);
        struct status_ike row;
        assert_int_equal(node_ike(scene.hub, &row, 1), 1);
        assert_in_range(row.remaining_ms, 1, 86400u * 1000);
        world_run(scene.world, row.remaining_ms + 1000);
        assert_int_equal(node_established(scene.hub), 0);
        assert_nothing_gained(scene.hub);
        world_free(scene.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p01_a_groups_key_opens_that_group_only),
        cmocka_unit_test(p01_another_branchs_key_opens_nothing),
        cmocka_unit_test(p01_the_same_user_of_two_groups_is_two),
        cmocka_unit_test(p01_a_wildcard_key_of_branches_does_not_open_aggressive_mode),
        cmocka_unit_test(p05_garbage_with_the_right_cookies_changes_nothing_and_all_completes),
        cmocka_unit_test(p06_every_recorded_message_played_again_gains_nothing),
        cmocka_unit_test(p06_after_the_session_is_over_its_record_gains_nothing),
        cmocka_unit_test(p06_after_a_restart_of_the_hub_the_record_gains_nothing),
        cmocka_unit_test(d04_answers_to_replays_are_bounded_and_never_larger_than_what_was_asked),
        cmocka_unit_test(p07_our_own_messages_returned_are_dropped_and_all_completes),
        cmocka_unit_test(p07_messages_returned_at_once_are_dropped_too),
        cmocka_unit_test(p07_equal_cookies_and_message_id_0_and_used_ids_are_dropped),
        cmocka_unit_test(p13_what_no_policy_names_is_not_chosen_and_the_order_is_ours),
        cmocka_unit_test(p13_a_shorter_aes_key_in_phase_1_is_not_chosen),
        cmocka_unit_test(p13_phase_1_lifetimes_at_both_ends_of_the_scale_end_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
