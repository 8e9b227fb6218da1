/* Answers from outside the engine (Diffie-Hellman, login, store) that come late, twice, wrong or
 * never, against every event that can happen while they are out (THREATS P19): each wait meets each
 * event, and the invariants of the world hold after every turn. */
#include "replay/scene.h"

#include "ike/wire.h"

#include <stdio.h>
#include <stdlib.h>

/* -- the waits --------------------------------------------------------------------------------- */

enum wait {
    RESPONDER_MAIN,
    RESPONDER_AGGRESSIVE,
    INITIATOR_PUBLIC,
    INITIATOR_SHARED,
    LOGIN,
    LEASE,
    RESPONDER_PFS,
    INITIATOR_PFS_PUBLIC,
    INITIATOR_PFS_SHARED,
    WAITS
};

static const struct {
    const char *name;
    enum answer_kind kind;
    bool client; /* else a branch */
    bool pfs;
    bool spoke;   /* the spoke waits, else the hub */
    unsigned nth; /* question of this kind at that node, from 1 */
} waits[WAITS] = {
    [RESPONDER_MAIN] = {"responder, main mode", ANSWER_DH, false, false, false, 1},
    [RESPONDER_AGGRESSIVE] = {"responder, aggressive mode", ANSWER_DH, true, false, false, 1},
    [INITIATOR_PUBLIC] = {"initiator, public value", ANSWER_DH, false, false, true, 1},
    [INITIATOR_SHARED] = {"initiator, shared secret", ANSWER_DH, false, false, true, 2},
    [LOGIN] = {"login", ANSWER_PASSWORD, true, false, false, 1},
    [LEASE] = {"lease", ANSWER_LEASE_SAVED, true, false, false, 1},
    [RESPONDER_PFS] = {"responder, PFS", ANSWER_DH, false, true, false, 2},
    [INITIATOR_PFS_PUBLIC] = {"initiator, PFS, public value", ANSWER_DH, false, true, true, 3},
    [INITIATOR_PFS_SHARED] = {"initiator, PFS, shared secret", ANSWER_DH, false, true, true, 4},
};

struct stage {
    struct world *world;
    struct node *hub, *spoke, *waiting;
    struct client *client;
    enum wait wait;
};

static uint32_t asked(const struct stage *stage)
{
    const struct node *node = stage->waiting;
    return waits[stage->wait].kind == ANSWER_DH         ? node->asked_dh
           : waits[stage->wait].kind == ANSWER_PASSWORD ? node->asked_password
                                                        : node->saved_leases;
}

static void begin(struct stage *stage)
{
    if (stage->client)
        client_start(stage->client);
    else
        node_dial(stage->spoke);
}

/* A conversation that stands still because the answer of this wait is held. */
static struct stage stage_at(enum wait wait, uint64_t seed)
{
    struct stage stage = {.world = world_new(seed), .wait = wait};
    const char *pfs = waits[wait].pfs ? "\n  set pfs group2" : "";
    char hub[128], spoke[128];
    snprintf(hub, sizeof hub, "set isakmp-profile L2L%s", pfs);
    snprintf(spoke, sizeof spoke, "match address 100%s", pfs);
    stage.hub =
        scene_hub_of(stage.world, text_with(scene_text("hub"), "set isakmp-profile L2L", hub));
    world_user_add(stage.world, "alice", "wonderland");
    if (waits[wait].client)
        stage.client = client_join(stage.world, "client", CLIENT_ADDRESS, stage.hub, &alice);
    else
        stage.spoke =
            scene_spoke_of(stage.world, text_with(scene_text("spoke"), "match address 100", spoke));
    stage.waiting = waits[wait].spoke ? stage.spoke : stage.hub;
    begin(&stage);
    /* Until the question before the one that is to be held has been answered. */
    while (asked(&stage) < waits[wait].nth) {
        bool last = asked(&stage) + 1 == waits[wait].nth;
        stage.world->hold = last ? 1u << waits[wait].kind : 0;
        if (!world_step(stage.world, stage.world->now_ms + 10000))
            fail_msg("%s: never asked", waits[wait].name);
        /* Others' questions of the same kind are not held. */
        while (asked(&stage) < waits[wait].nth &&
               world_release(stage.world, waits[wait].kind, RC_OK)) {
        }
    }
    stage.world->hold = 1u << waits[wait].kind;
    assert_int_equal(world_held(stage.world, waits[wait].kind), 1);
    return stage;
}

static bool is_up(const struct stage *stage)
{
    if (stage->client)
        return stage->client->stage == CLIENT_UP && node_tunnels(stage->hub) == 1;
    return node_tunnels(stage->hub) == 1 && node_tunnels(stage->spoke) == 1;
}

static void release_all(struct stage *stage, enum rc rc)
{
    while (world_release(stage->world, waits[stage->wait].kind, rc)) {
    }
}

/* Whatever happened: from now on everything works, and it comes up. */
static void assert_recovers(struct stage *stage, const char *event)
{
    stage->world->hold = 0;
    release_all(stage, RC_OK);
    for (int tries = 0; tries < 40 && !is_up(stage); tries++) {
        if (stage->client && stage->client->stage >= CLIENT_REFUSED)
            client_start(stage->client);
        else if (stage->spoke)
            node_dial(stage->spoke);
        world_run(stage->world, 5000);
    }
    if (!is_up(stage))
        fail_msg("%s, then %s: it does not come up again", waits[stage->wait].name, event);
    world_audit_all(stage->world);
}

/* -- the events -------------------------------------------------------------------------------- */

static void nothing_but_time(struct stage *stage)
{
    world_run(stage->world, 70000);
}

static void a_failing_answer(struct stage *stage)
{
    world_release(stage->world, waits[stage->wait].kind, RC_IO);
    world_run(stage->world, 3000);
}

static void an_operator_clears(struct stage *stage)
{
    const struct command command = {.kind = COMMAND_CLEAR};
    node_command(stage->waiting, &command);
}

static void a_shutdown(struct stage *stage)
{
    const struct command command = {.kind = COMMAND_SHUTDOWN};
    node_command(stage->waiting, &command);
}

static void a_restart(struct stage *stage)
{
    const struct command clear = {.kind = COMMAND_CLEAR};
    world_restart(stage->waiting, OUTSIDE);
    if (stage->spoke && stage->waiting == stage->hub)
        node_command(stage->spoke, &clear); /* without DPD it would not notice */
}

static void another_address(struct stage *stage)
{
    if (stage->waiting == stage->spoke)
        world_move(stage->spoke, OUTSIDE, "10.100.2.77");
}

static void the_peer_says_it_all_again(struct stage *stage)
{
    /* Its timers run: it repeats its message, and may begin anew. */
    world_run(stage->world, 2500);
    if (stage->client)
        client_start(stage->client);
    world_run(stage->world, 2500);
}

static void the_peer_deletes(struct stage *stage)
{
    if (stage->client && stage->client->sa.alive)
        client_delete_ike(stage->client, &stage->client->sa);
    else if (stage->spoke && stage->waiting == stage->hub)
        an_operator_clears(&(struct stage){.waiting = stage->spoke});
    world_run(stage->world, 100);
}

static void the_path_dies(struct stage *stage)
{
    world_path_lost(stage->waiting);
}

static const struct {
    const char *name;
    void (*happens)(struct stage *stage);
} events[] = {
    {"nothing but time", nothing_but_time},
    {"a failing answer", a_failing_answer},
    {"an operator clears", an_operator_clears},
    {"a shutdown", a_shutdown},
    {"a restart", a_restart},
    {"another address", another_address},
    {"the peer says it all again", the_peer_says_it_all_again},
    {"the peer deletes", the_peer_deletes},
    {"the path dies", the_path_dies},
};
enum { EVENTS = sizeof events / sizeof events[0] };

static void each_wait_meets_each_event_and_late_answers_find_nothing(void **state)
{
    (void)state;
    for (enum wait wait = 0; wait < WAITS; wait++) {
        for (size_t e = 0; e < EVENTS; e++) {
            struct stage stage = stage_at(wait, 100 * (uint64_t)wait + e);
            events[e].happens(&stage);
            release_all(&stage, RC_OK); /* late */
            world_run(stage.world, 3000);
            assert_recovers(&stage, events[e].name);
            world_free(stage.world);
        }
    }
}

static void two_events_in_a_row_do_no_more_harm_than_one(void **state)
{
    (void)state;
    for (enum wait wait = 0; wait < WAITS; wait++) {
        for (size_t e = 0; e < EVENTS * EVENTS; e++) {
            struct stage stage = stage_at(wait, 5000 + 100 * (uint64_t)wait + e);
            events[e / EVENTS].happens(&stage);
            events[e % EVENTS].happens(&stage);
            release_all(&stage, RC_OK);
            assert_recovers(&stage, events[e / EVENTS].name);
            world_free(stage.world);
        }
    }
}

static void an_answer_given_twice_counts_once(void **state)
{
    (void)state;
    for (enum wait wait = 0; wait < WAITS; wait++) {
        struct stage stage = stage_at(wait, 900 + (uint64_t)wait);
        struct answer copies[64] = {{0}};
        world_repeat_answers(stage.world, copies, 64);
        stage.world->hold = 0;
        release_all(&stage, RC_OK);
        world_run(stage.world, 3000);
        assert_true(is_up(&stage));
        uint32_t installs = stage.hub->installs;
        for (size_t i = 0; i < 64; i++)
            node_answer(stage.waiting, &copies[i]);
        world_run(stage.world, 3000);
        assert_true(is_up(&stage));
        assert_int_equal(stage.hub->installs, installs);
        world_free(stage.world);
    }
}

static void an_answer_of_another_kind_or_a_made_up_ticket_finds_nothing(void **state)
{
    (void)state;
    for (enum wait wait = 0; wait < WAITS; wait++) {
        struct stage stage = stage_at(wait, 950 + (uint64_t)wait);
        struct answer answer[1];
        world_repeat_answers(stage.world, answer, 1);
        for (int kind = ANSWER_PASSWORD; kind <= ANSWER_LEASE_SAVED; kind++) {
            struct answer wrong = answer[0];
            wrong.kind = (enum answer_kind)kind;
            if (wrong.kind == answer[0].kind)
                wrong.ticket.id[7] ^= 1;
            node_answer(stage.waiting, &wrong);
        }
        assert_false(is_up(&stage));
        assert_recovers(&stage, "a strange answer");
        world_free(stage.world);
    }
}

static void p19_a_verdict_for_a_session_that_is_gone_never_logs_its_successor_in(void **state)
{
    (void)state;
    struct stage stage = stage_at(LOGIN, 1);
    /* Alice leaves; Mallory takes her place, slot and address, with a wrong password. */
    client_delete_ike(stage.client, &stage.client->sa);
    world_run(stage.world, 100);
    stage.client->habits.password = "guess";
    client_start(stage.client);
    world_run(stage.world, 1000);
    assert_int_equal(world_held(stage.world, ANSWER_PASSWORD), 2);
    assert_true(world_release(stage.world, ANSWER_PASSWORD, RC_OK)); /* Alice's: right */
    world_run(stage.world, 1000);
    assert_int_equal(stage.client->stage, CLIENT_ANSWERED);
    assert_int_equal(stage.hub->events[EV_XAUTH_OK], 0);
    assert_true(world_release(stage.world, ANSWER_PASSWORD, RC_OK)); /* Mallory's: wrong */
    world_run(stage.world, 1000);
    assert_int_equal(stage.client->stage, CLIENT_REFUSED);
    assert_nothing_gained(stage.hub);
    world_free(stage.world);
}

static void p19_a_verdict_after_the_deadline_logs_nobody_in(void **state)
{
    (void)state;
    struct stage stage = stage_at(LOGIN, 2);
    world_run(stage.world, 46000);
    assert_true(world_release(stage.world, ANSWER_PASSWORD, RC_OK));
    world_run(stage.world, 1000);
    assert_int_equal(stage.client->stage, CLIENT_REFUSED);
    assert_int_equal(stage.hub->events[EV_XAUTH_OK], 0);
    assert_nothing_gained(stage.hub);
    world_free(stage.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wait_meets_each_event_and_late_answers_find_nothing),
        cmocka_unit_test(two_events_in_a_row_do_no_more_harm_than_one),
        cmocka_unit_test(an_answer_given_twice_counts_once),
        cmocka_unit_test(an_answer_of_another_kind_or_a_made_up_ticket_finds_nothing),
        cmocka_unit_test(p19_a_verdict_for_a_session_that_is_gone_never_logs_its_successor_in),
        cmocka_unit_test(p19_a_verdict_after_the_deadline_logs_nobody_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
