/* The exact grammar of each message (THREATS M05, M08 to M10): payloads missing, doubled, moved,
 * added, nonces and public values of every wrong size. Whatever is bent is hashed and sealed as it
 * should be; next to each refusal stands the twin that must pass. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdlib.h>

/* A message of the client's conversation: what it holds, in order, and what of it must be there
 * once. */
struct shape {
    const char *name;
    uint8_t exchange, needs;
    size_t count;
    uint8_t types[12];
    size_t needed; /* the first so many */
    bool first;    /* the first payload must stay first */
};

static const struct shape shapes[] = {
    {"AM1",
     EXCHANGE_AGGRESSIVE,
     PAYLOAD_SA,
     4,
     {PAYLOAD_SA, PAYLOAD_KE, PAYLOAD_NONCE, PAYLOAD_ID},
     4,
     true},
    {"AM3", EXCHANGE_AGGRESSIVE, PAYLOAD_HASH, 1, {PAYLOAD_HASH}, 1, false},
    {"transactions", EXCHANGE_TRANSACTION, 0, 2, {PAYLOAD_HASH, PAYLOAD_ATTRIBUTES}, 2, true},
    {"QM1",
     EXCHANGE_QUICK,
     PAYLOAD_SA,
     5,
     {PAYLOAD_HASH, PAYLOAD_SA, PAYLOAD_NONCE, PAYLOAD_ID, PAYLOAD_ID},
     5,
     true},
    {"QM3", EXCHANGE_QUICK, 0, 1, {PAYLOAD_HASH}, 1, true},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* Up to which stage a client comes whose message is bent like this. */
static enum client_stage played_with(uint64_t seed, const struct client_warp *warp,
                                     const struct client_habits *like)
{
    struct client_habits habits = *like;
    habits.warp = warp;
    habits.tries = 2;
    struct client_scene scene = client_scene_played(seed, &habits, 20000);
    enum client_stage stage = scene.client->stage;
    /* QM3 has no answer: what counts is whether the hub took it. */
    if (stage == CLIENT_UP && node_installed(scene.hub) != 2)
        stage = CLIENT_QUICK;
    if (stage != CLIENT_UP) {
        assert_int_equal(node_tunnels(scene.hub) && node_installed(scene.hub) == 2, 0);
        world_run(scene.world, 90000);
        assert_nothing_gained_but_the_lease(scene.hub);
        assert_int_equal(scene.hub->events[EV_TUNNEL_UP], 0);
    } else {
        assert_client_up(&scene);
    }
    world_free(scene.world);
    return stage;
}

static void expect(const struct shape *shape, const struct client_warp *warp, bool passes)
{
    static uint64_t seed = 1;
    enum client_stage stage = played_with(seed++, warp, &alice);
    if ((stage == CLIENT_UP) != passes)
        fail_msg("%s with warp %d of payload %zu ended at: %s", shape->name, warp->kind,
                 warp->which, client_stage_name(stage));
}

static void m05_every_payload_that_is_needed_may_be_neither_missing_nor_doubled(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t i = 0; i < shapes[s].needed; i++) {
            struct client_warp warp = {.kind = WARP_DROP,
                                       .exchange = shapes[s].exchange,
                                       .needs = shapes[s].needs,
                                       .which = i};
            expect(&shapes[s], &warp, false);
            warp.kind = WARP_DOUBLE;
            expect(&shapes[s], &warp, false);
        }
    }
}

static void m05_the_first_payload_stays_first_and_the_others_may_stand_in_any_order(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPES; s++) {
        for (size_t i = 1; i < shapes[s].count; i++) {
            const struct client_warp warp = {.kind = WARP_TO_FRONT,
                                             .exchange = shapes[s].exchange,
                                             .needs = shapes[s].needs,
                                             .which = i};
            expect(&shapes[s], &warp, !shapes[s].first);
        }
    }
}

static void m05_payloads_that_have_no_business_there_are_refused(void **state)
{
    (void)state;
    static const struct {
        size_t shape;
        uint8_t type;
        bool passes;
    } rows[] = {
        {0, PAYLOAD_VENDOR, true},
        {0, 99, true}, /* unknown, in clear: tolerated */
        {0, PAYLOAD_HASH, false},
        {0, PAYLOAD_DELETE, false},
        {0, PAYLOAD_ATTRIBUTES, false},
        {1, PAYLOAD_SA, false},
        {1, PAYLOAD_KE, false},
        {1, PAYLOAD_ID, false},
        {1, PAYLOAD_DELETE, false},
        {1, PAYLOAD_VENDOR, true},
        {2, PAYLOAD_SA, false},
        {2, PAYLOAD_DELETE, false},
        {2, PAYLOAD_ID, false},
        {2, PAYLOAD_VENDOR, true},
        {3, PAYLOAD_DELETE, false},
        {3, PAYLOAD_ATTRIBUTES, false},
        {3, PAYLOAD_ID, false},
        {3, PAYLOAD_VENDOR, true},
        {3, 99, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct client_warp warp = {.kind = WARP_EXTRA,
                                         .exchange = shapes[rows[i].shape].exchange,
                                         .needs = shapes[rows[i].shape].needs,
                                         .which = rows[i].type,
                                         .len = 12};
        expect(&shapes[rows[i].shape], &warp, rows[i].passes);
    }
}

static void m05_chains_of_many_payloads_are_refused(void **state)
{
    (void)state;
    /* 40 empty vendor ids behind an honest AM1. */
    struct client_scene scene = client_scene_new(900, &alice);
    struct client_message m;
    struct client_sa sa = {
        .path = {.local = {scene.client->node->address, 500}, .remote = scene.client->hub}};
    memset(sa.cky_i, 7, sizeof sa.cky_i);
    client_begin(scene.client, &sa, &m, EXCHANGE_AGGRESSIVE, 0);
    for (int i = 0; i < 40; i++)
        ike_writer_add(&m.w, i ? PAYLOAD_VENDOR : PAYLOAD_SA, (struct span){NULL, 0});
    client_send(scene.client, &sa, ike_writer_finish(&m.w));
    world_run(scene.world, 100);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_CHAIN), 1);
    assert_int_equal(scene.hub->sent, 0);
    world_free(scene.world);
}

/* -- M10, M09 ---------------------------------------------------------------------------------- */

static void m10_nonces_of_8_to_256_octets_pass_and_no_others(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        bool passes;
    } rows[] = {{1, false},  {7, false},  {8, true},   {16, true},
                {255, true}, {256, true}, {257, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_habits habits = alice;
        habits.nonce_len = rows[i].len;
        assert_int_equal(played_with(1000 + i, NULL, &habits) == CLIENT_UP, rows[i].passes);
    }
    for (size_t s = 0; s < SHAPES; s += 3) { /* AM1, QM1 */
        const struct client_warp empty = {.kind = WARP_BODY,
                                          .exchange = shapes[s].exchange,
                                          .needs = shapes[s].needs,
                                          .which = 2};
        expect(&shapes[s], &empty, false);
    }
}

static void m09_public_values_that_are_none_are_refused_before_any_arithmetic(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        uint8_t fill;
    } rows[] = {{0, 0},      {1, 2},  {127, 9}, {129, 9}, {128, 0},
                {128, 0xff}, {96, 9}, {256, 9}, {1000, 9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct client_warp warp = {.kind = WARP_BODY,
                                         .exchange = EXCHANGE_AGGRESSIVE,
                                         .needs = PAYLOAD_KE,
                                         .which = 1,
                                         .fill = rows[i].fill,
                                         .len = rows[i].len};
        struct client_habits habits = alice;
        habits.warp = &warp;
        struct client_scene scene = client_scene_played(1100 + i, &habits, 1000);
        assert_int_equal(scene.hub->asked_dh, 0);
        assert_int_equal(node_established(scene.hub), 0);
        struct status_ike row;
        assert_int_equal(node_ike(scene.hub, &row, 1), 0);
        world_free(scene.world);
    }
    /* In quick mode with PFS: KE stands behind the nonce. */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct client_warp warp = {.kind = WARP_BODY,
                                         .exchange = EXCHANGE_QUICK,
                                         .needs = PAYLOAD_KE,
                                         .which = 3,
                                         .fill = rows[i].fill,
                                         .len = rows[i].len};
        struct client_habits habits = alice;
        habits.warp = &warp;
        habits.pfs_group = 2;
        struct client_scene scene = client_scene_played(1200 + i, &habits, 2000);
        assert_int_equal(scene.hub->asked_dh, 1);
        assert_nothing_gained_but_the_lease(scene.hub);
        world_free(scene.world);
    }
}

static void identities_of_odd_form_are_refused_or_answered_like_unknown_ones(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 3, 4, 255 + 4, 255 + 5, 1000};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        const struct client_warp warp = {.kind = WARP_BODY,
                                         .exchange = EXCHANGE_AGGRESSIVE,
                                         .needs = PAYLOAD_KE,
                                         .which = 3,
                                         .fill = 11, /* key-id, then octets 11 */
                                         .len = lens[i]};
        struct client_habits habits = alice;
        habits.warp = &warp;
        struct client_scene scene = client_scene_played(1300 + i, &habits, 40000);
        assert_nothing_gained(scene.hub);
        assert_int_equal(node_established(scene.hub), 0);
        world_free(scene.world);
    }
}

/* -- M08
 * ---------------------------------------------------------------------------------------- */

struct last {
    uint8_t bytes[600];
    size_t len, count;
};
static bool keep_last(void *context, struct node *to, const struct ike_path *path,
                      struct span bytes)
{
    struct last *last = context;
    (void)path;
    if (!to->ops)
        return true;
    memcpy(last->bytes, bytes.at, bytes.len);
    last->len = bytes.len;
    last->count++;
    return true;
}

static void m08_a_refused_opening_leaves_no_cookie_to_go_on_with(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.cipher = 3; /* Blowfish: nobody's policy */
    habits.tries = 1;
    struct client_scene scene = client_scene_new(1400, &habits);
    struct last last = {.count = 0};
    scene.world->tap = keep_last;
    scene.world->tap_context = &last;
    client_start(scene.client);
    world_run(scene.world, 500);
    assert_int_equal(last.count, 1);
    assert_int_equal(last.bytes[18], EXCHANGE_INFORMATIONAL);
    static const uint8_t zero[IKE_COOKIE];
    assert_memory_equal(last.bytes + 8, zero, IKE_COOKIE);
    /* What was answered is used in every way a cookie can be. */
    const struct ike_path path = {.local = {scene.hub->address, 500},
                                  .remote = {scene.client->node->address, 500}};
    static const uint8_t exchanges[] = {2, 4, 5, 6, 32};
    uint32_t sent = scene.hub->sent;
    for (size_t i = 0; i < sizeof exchanges; i++) {
        for (int swapped = 0; swapped < 2; swapped++) {
            uint8_t copy[600];
            memcpy(copy, last.bytes, last.len);
            memcpy(copy + 8, last.bytes, IKE_COOKIE);
            if (swapped)
                memset(copy, 9, IKE_COOKIE);
            copy[18] = exchanges[i];
            node_input(scene.hub, &path, (struct span){copy, last.len});
        }
    }
    assert_int_equal(scene.hub->sent, sent);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_COOKIE), 10);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 0);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m05_every_payload_that_is_needed_may_be_neither_missing_nor_doubled),
        cmocka_unit_test(m05_the_first_payload_stays_first_and_the_others_may_stand_in_any_order),
        cmocka_unit_test(m05_payloads_that_have_no_business_there_are_refused),
        cmocka_unit_test(m05_chains_of_many_payloads_are_refused),
        cmocka_unit_test(m10_nonces_of_8_to_256_octets_pass_and_no_others),
        cmocka_unit_test(m09_public_values_that_are_none_are_refused_before_any_arithmetic),
        cmocka_unit_test(identities_of_odd_form_are_refused_or_answered_like_unknown_ones),
        cmocka_unit_test(m08_a_refused_opening_leaves_no_cookie_to_go_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
