/* Dead peer detection (RFC 3706) in both roles: probes only where asked for and only into silence,
 * death after five misses, answers to everybody, and strangers with old numbers. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>

static char *hub_with_keepalive(const char *line)
{
    return text_and(scene_text("hub"), line);
}

static struct client_scene with_keepalive(uint64_t seed, const struct client_habits *habits)
{
    struct client_scene scene =
        client_scene_at(seed, hub_with_keepalive("crypto isakmp keepalive 20 3"), habits);
    client_start(scene.client);
    world_run(scene.world, 1000);
    assert_client_up(&scene);
    return scene;
}

static void without_keepalive_nobody_probes_and_everybody_is_answered(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(1, &alice, 600 * 1000);
    assert_int_equal(scene.client->probes, 0);
    client_probe(scene.client, 100);
    world_run(scene.world, 1000);
    assert_int_equal(scene.client->acks, 1);
    assert_int_equal(scene.client->last_ack, 100);
    world_free(scene.world);
}

static void a_silent_peer_is_probed_and_lives_while_it_answers(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(2, &alice);
    struct sink trace = {0};
    scene.world->trace = &trace;
    world_run(scene.world, 59 * 1000);
    assert_golden(scene.world, "dpd");
    world_run(scene.world, 541 * 1000);
    /* About every 20 s, a little earlier each time so that a fleet does not probe in step. */
    assert_in_range(scene.client->probes, 25, 40);
    assert_client_up(&scene);
    sink_free(&trace);
    world_free(scene.world);
}

static void a_peer_that_does_not_offer_dpd_is_never_probed(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.no_dpd = true;
    struct client_scene scene = with_keepalive(3, &habits);
    world_run(scene.world, 600 * 1000);
    assert_int_equal(scene.client->probes, 0);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void traffic_is_a_sign_of_life(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(4, &alice);
    char lease[ADDR_TEXT];
    addr_format(scene.client->lease, lease);
    for (int i = 0; i < 60; i++) {
        world_run(scene.world, 5000);
        assert_true(world_packet(scene.client->node, lease, "10.1.0.1"));
    }
    assert_int_equal(scene.client->probes, 0);
    world_free(scene.world);
}

static void probes_of_the_peer_are_a_sign_of_life(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(5, &alice);
    for (uint32_t i = 0; i < 60; i++) {
        world_run(scene.world, 5000);
        client_probe(scene.client, 1000 + i);
    }
    assert_int_equal(scene.client->probes, 0);
    assert_in_range(scene.client->acks, 59, 60);
    world_free(scene.world);
}

static void a_peer_that_is_gone_is_buried_with_lease_and_keys(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(6, &alice);
    uint32_t sent = scene.hub->sent;
    scene.client->node->unplugged = true;
    world_run(scene.world, 50 * 1000);
    struct status_ike row;
    assert_int_equal(node_ike(scene.hub, &row, 1), 0);
    assert_int_equal(scene.hub->sent - sent, 5);
    assert_int_equal(scene.hub->events[EV_DPD_DEAD], 1);
    assert_false(scene.hub->last_peer.up);
    assert_nothing_gained(scene.hub);
    /* It comes back, to the same address. */
    scene.client->node->unplugged = false;
    client_forget_tunnel(scene.client);
    struct addr lease = scene.client->lease;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    assert_true(addr_equal(lease, scene.client->lease));
    world_free(scene.world);
}

static void one_answer_of_five_keeps_it_alive(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(7, &alice);
    for (int i = 0; i < 5; i++) {
        uint32_t sent = scene.hub->sent;
        scene.client->node->unplugged = true;
        while (scene.hub->sent < sent + 4) /* probes that nobody hears */
            world_run(scene.world, 1000);
        scene.client->node->unplugged = false;
        world_run(scene.world, 5000);
    }
    assert_client_up(&scene);
    world_free(scene.world);
}

/* -- strangers and old numbers ---------------------------------------------------------------- */

struct record {
    struct node *of;
    size_t count;
    struct {
        uint8_t bytes[600];
        size_t len;
        struct ike_path path;
    } at[256];
};
static bool record(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct record *r = context;
    if (to != r->of || r->count == 256 || bytes.len > 600)
        return true;
    memcpy(r->at[r->count].bytes, bytes.at, bytes.len);
    r->at[r->count].len = bytes.len;
    r->at[r->count++].path = *path;
    return true;
}
static struct record r;

static void record_to(struct world *world, struct node *node)
{
    r = (struct record){.of = node};
    world->tap = record;
    world->tap_context = &r;
}

static void play(struct node *to, size_t i)
{
    node_input(to, &r.at[i].path, (struct span){r.at[i].bytes, r.at[i].len});
}

static void p17_answers_with_a_wrong_number_count_for_nothing(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.deaf_to_dpd = true;
    struct client_scene scene = with_keepalive(8, &habits);
    for (int i = 0; i < 40; i++) {
        world_run(scene.world, 1000);
        uint8_t data[4] = {0x7f, 0, 0, (uint8_t)i};
        uint8_t spi[16] = {0};
        client_notify(scene.client, PROTOCOL_ISAKMP, NOTIFY_R_U_THERE_ACK,
                      (struct span){spi, sizeof spi}, (struct span){data, sizeof data});
    }
    world_run(scene.world, 10000);
    assert_int_equal(scene.hub->events[EV_DPD_DEAD], 1);
    world_free(scene.world);
}

static void p17_replayed_answers_do_not_keep_a_dead_peer_alive(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(9, &alice);
    record_to(scene.world, scene.hub);
    world_run(scene.world, 60 * 1000);
    assert_true(r.count >= 2);
    scene.world->tap = NULL;
    scene.client->node->unplugged = true;
    for (int second = 0; second < 60; second++) {
        world_run(scene.world, 1000);
        for (size_t i = 0; i < r.count; i++)
            play(scene.hub, i);
    }
    assert_int_equal(scene.hub->events[EV_DPD_DEAD], 1);
    world_free(scene.world);
}

static void p17_replayed_probes_neither_prove_life_nor_draw_a_flood(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(10, &alice);
    record_to(scene.world, scene.hub);
    for (uint32_t i = 0; i < 5; i++) {
        client_probe(scene.client, 500 + i);
        world_run(scene.world, 2000);
    }
    scene.world->tap = NULL;
    scene.client->node->unplugged = true;
    uint32_t sent = scene.hub->sent, dead = scene.hub->events[EV_DPD_DEAD];
    for (int second = 0; second < 60; second++) {
        world_run(scene.world, 1000);
        for (int n = 0; n < 20; n++)
            for (size_t i = 0; i < r.count; i++)
                play(scene.hub, i);
    }
    /* Five probes of its own, and at most one answer a second while the SA stood. */
    assert_int_equal(scene.hub->events[EV_DPD_DEAD] - dead, 1);
    assert_in_range(scene.hub->sent - sent, 5, 45);
    world_free(scene.world);
}

static void p17_a_flood_of_probes_gets_one_answer_a_second(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(11, &alice, 3000);
    uint32_t acks = scene.client->acks;
    for (uint32_t i = 0; i < 1000; i++) {
        client_probe(scene.client, 5000 + i);
        world_run(scene.world, 10);
    }
    world_run(scene.world, 1000);
    assert_in_range(scene.client->acks - acks, 9, 11);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void p07_our_own_probe_returned_to_us_is_dropped_and_changes_nothing(void **state)
{
    (void)state;
    struct client_scene scene = with_keepalive(12, &alice);
    record_to(scene.world, scene.client->node);
    world_run(scene.world, 40 * 1000);
    scene.world->tap = NULL;
    assert_true(r.count >= 1);
    struct ike_path path = {.local = r.at[0].path.remote, .remote = r.at[0].path.local};
    uint32_t sent = scene.hub->sent;
    for (size_t i = 0; i < r.count; i++)
        node_input(scene.hub, &path, (struct span){r.at[i].bytes, r.at[i].len});
    assert_int_equal(scene.hub->sent, sent);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_REFLECTED), r.count);
    /* The peer's own numbers go on to be answered, smaller ones than ours too. */
    client_probe(scene.client, 1);
    world_run(scene.world, 1000);
    assert_int_equal(scene.client->last_ack, 1);
    world_free(scene.world);
}

static void p03_unauthenticated_notifications_and_deletes_change_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(13, &alice, 3000);
    static const uint16_t types[] = {NOTIFY_INVALID_COOKIE,     NOTIFY_INVALID_SPI,
                                     NOTIFY_NO_PROPOSAL_CHOSEN, NOTIFY_INITIAL_CONTACT,
                                     NOTIFY_R_U_THERE,          NOTIFY_AUTHENTICATION_FAILED};
    struct ike_path path = {.local = {scene.hub->address, 500},
                            .remote = {scene.client->node->address, 500}};
    uint32_t sent = scene.hub->sent;
    for (size_t i = 0; i <= sizeof types / sizeof types[0]; i++) {
        struct client_message m;
        uint8_t spi[16];
        struct ike_header header = {.version = IKE_VERSION_1,
                                    .exchange = EXCHANGE_INFORMATIONAL,
                                    .message_id = (uint32_t)(77 + i)};
        memcpy(header.cky_i, scene.client->sa.cky_i, 8);
        memcpy(header.cky_r, scene.client->sa.cky_r, 8);
        memcpy(spi, header.cky_i, 8);
        memcpy(spi + 8, header.cky_r, 8);
        ike_writer_start(&m.w, m.buffer, sizeof m.buffer, &header);
        if (i == sizeof types / sizeof types[0]) {
            ike_deletion_put(&m.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
        } else {
            const struct ike_notification n = {PROTOCOL_ISAKMP, types[i], {spi, 16}, {NULL, 0}};
            ike_notification_put(&m.w, &n);
        }
        node_input(scene.hub, &path, ike_writer_finish(&m.w));
    }
    assert_int_equal(node_drops(scene.hub, DROP_IKE_NOTIFY), 7);
    assert_int_equal(scene.hub->sent, sent);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void p03_deletes_with_a_wrong_hash_change_nothing(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(14, &alice, 3000);
    struct client_sa wrong = scene.client->sa;
    wrong.keys.skeyid_a[0] ^= 1; /* knows how to seal, not how to prove */
    for (int i = 0; i < 50; i++) {
        struct client_message m;
        uint8_t spi[16], iv[CIPHER_BLOCK_MAX];
        memcpy(spi, wrong.cky_i, 8);
        memcpy(spi + 8, wrong.cky_r, 8);
        client_begin(scene.client, &wrong, &m, EXCHANGE_INFORMATIONAL,
                     client_fresh_id(scene.client));
        ike_deletion_put(&m.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
        assert_int_equal(ike_iv_phase2(&wrong.keys, wrong.iv, m.message_id, iv), RC_OK);
        client_send(scene.client, &wrong,
                    client_seal(scene.client, &wrong, &m, (struct span){NULL, 0}, iv));
    }
    world_run(scene.world, 1000);
    assert_int_equal(node_drops(scene.hub, DROP_IKE_HASH), 50);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void m12_deletes_of_odd_form_are_bounded_and_harmless(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(15, &alice, 3000);
    static const struct {
        uint8_t protocol, size;
        uint16_t count;
        size_t octets;
    } rows[] = {
        {PROTOCOL_ESP, 4, 65535, 64},
        {PROTOCOL_ESP, 4, 0, 0},
        {PROTOCOL_ESP, 0, 65535, 0},
        {0, 4, 1, 4},
        {255, 4, 1, 4},
        {PROTOCOL_ESP, 16, 4, 64},
        {PROTOCOL_ISAKMP, 4, 16, 64},
        {PROTOCOL_ISAKMP, 16, 64, 1024},
        {PROTOCOL_ESP, 4, 256, 1024},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_message m;
        client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_INFORMATIONAL,
                     client_fresh_id(scene.client));
        ike_writer_open(&m.w, PAYLOAD_DELETE);
        builder_u32(&m.w.b, IKE_DOI_IPSEC);
        builder_u8(&m.w.b, rows[i].protocol);
        builder_u8(&m.w.b, rows[i].size);
        builder_u16(&m.w.b, rows[i].count);
        builder_zeros(&m.w.b, rows[i].octets);
        ike_writer_close(&m.w);
        client_send_first(scene.client, &m, NULL);
    }
    world_run(scene.world, 1000);
    assert_client_up(&scene);
    world_free(scene.world);
}

static void m13_what_follows_a_delete_of_the_sa_does_not_count(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(16, &alice, 3000);
    struct client_message m;
    uint8_t spi[16], data[4] = {0, 0, 0, 9}, esp[4];
    struct builder b = builder_of(esp, sizeof esp);
    builder_u32(&b, scene.client->spi_in);
    memcpy(spi, scene.client->sa.cky_i, 8);
    memcpy(spi + 8, scene.client->sa.cky_r, 8);
    client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_INFORMATIONAL,
                 client_fresh_id(scene.client));
    const struct ike_notification probe = {
        PROTOCOL_ISAKMP, NOTIFY_R_U_THERE, {spi, 16}, {data, sizeof data}};
    const struct ike_notification contact = {
        PROTOCOL_ISAKMP, NOTIFY_INITIAL_CONTACT, {spi, 16}, {NULL, 0}};
    ike_deletion_put(&m.w, PROTOCOL_ESP, (struct span){esp, sizeof esp});
    ike_deletion_put(&m.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
    ike_deletion_put(&m.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
    ike_notification_put(&m.w, &probe);
    ike_notification_put(&m.w, &contact);
    uint32_t sent = scene.hub->sent;
    client_send_first(scene.client, &m, NULL);
    world_run(scene.world, 1000);
    assert_int_equal(node_established(scene.hub), 0);
    assert_int_equal(scene.hub->sent, sent);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void a_branch_whose_hub_is_gone_buries_it_and_dials_again(void **state)
{
    (void)state;
    struct world *world = world_new(17);
    struct scene scene = {.world = world, .hub = scene_hub(world)};
    scene.spoke =
        scene_spoke_of(world, text_and(scene_text("spoke"), "crypto isakmp keepalive 10"));
    node_dial(scene.spoke);
    world_run(world, 2000);
    assert_traffic(&scene);
    world_restart(scene.hub, OUTSIDE); /* it remembers nothing of us */
    for (int second = 0; second < 60 && !node_tunnels(scene.hub); second++) {
        world_run(world, 1000);
        node_dial(scene.spoke);
    }
    assert_int_equal(scene.spoke->events[EV_DPD_DEAD], 1);
    assert_traffic(&scene);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_keepalive_nobody_probes_and_everybody_is_answered),
        cmocka_unit_test(a_silent_peer_is_probed_and_lives_while_it_answers),
        cmocka_unit_test(a_peer_that_does_not_offer_dpd_is_never_probed),
        cmocka_unit_test(traffic_is_a_sign_of_life),
        cmocka_unit_test(probes_of_the_peer_are_a_sign_of_life),
        cmocka_unit_test(a_peer_that_is_gone_is_buried_with_lease_and_keys),
        cmocka_unit_test(one_answer_of_five_keeps_it_alive),
        cmocka_unit_test(p17_answers_with_a_wrong_number_count_for_nothing),
        cmocka_unit_test(p17_replayed_answers_do_not_keep_a_dead_peer_alive),
        cmocka_unit_test(p17_replayed_probes_neither_prove_life_nor_draw_a_flood),
        cmocka_unit_test(p17_a_flood_of_probes_gets_one_answer_a_second),
        cmocka_unit_test(p07_our_own_probe_returned_to_us_is_dropped_and_changes_nothing),
        cmocka_unit_test(p03_unauthenticated_notifications_and_deletes_change_nothing),
        cmocka_unit_test(p03_deletes_with_a_wrong_hash_change_nothing),
        cmocka_unit_test(m12_deletes_of_odd_form_are_bounded_and_harmless),
        cmocka_unit_test(m13_what_follows_a_delete_of_the_sa_does_not_count),
        cmocka_unit_test(a_branch_whose_hub_is_gone_buries_it_and_dials_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
