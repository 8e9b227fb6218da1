/* What `debug crypto isakmp` streams while the seed's branch and a client come up: the states and
 * inputs in the order and the words of the seed's debug output. */
#include "replay/scene.h"

#include "base/sink.h"

struct debugged {
    struct world *world;
    struct node *hub, *spoke;
    struct client *client;
    struct sink log;
};

static void debugged_play(struct debugged *d, uint64_t seed, bool debug)
{
    *d = (struct debugged){.world = world_new(seed)};
    d->world->debug = debug;
    d->world->log = &d->log;
    d->hub = scene_hub(d->world);
    d->spoke = scene_spoke(d->world);
    world_user_add(d->world, "alice", "wonderland");
    d->client = client_join(d->world, "client", CLIENT_ADDRESS, d->hub, &alice);
    node_dial(d->spoke);
    world_run(d->world, 2000);
    client_start(d->client);
    world_run(d->world, 2000);
}

static void debugged_end(struct debugged *d)
{
    sink_free(&d->log);
    world_free(d->world);
}

/* The lines stand in the log in this order, others between them. */
static void assert_in_order(const struct debugged *d, const char *const *lines, size_t count)
{
    const char *at = sink_string(&d->log);
    for (size_t i = 0; i < count; i++) {
        const char *found = strstr(at, lines[i]);
        if (!found)
            print_error("not after line %zu: %s\n", i, lines[i]);
        assert_non_null(found);
        at = found + strlen(lines[i]);
    }
}

#define COUNT(lines) (sizeof(lines) / sizeof *(lines))

static void a_branch_passes_the_states_of_the_seeds_main_mode(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "hub: ISAKMP (0:0): received packet from 10.100.2.102 dport 500 sport 500 Global (N) NEW SA",
        "hub: ISAKMP: local port 500, remote port 500",
        "hub: ISAKMP (0:1): Input = IKE_MSG_FROM_PEER, IKE_MM_EXCH",
        "hub: ISAKMP (0:1): Old State = IKE_READY  New State = IKE_R_MM1",
        "hub: ISAKMP: Looking for a matching key for 10.100.2.102 in spokes : success",
        "hub: ISAKMP (0:1): found peer pre-shared key matching 10.100.2.102",
        "hub: ISAKMP (0:1): Checking ISAKMP transform 1 against priority 10 policy",
        "hub: ISAKMP (0:1): atts are acceptable. Next payload is 0",
        "hub: ISAKMP (0:1): sending packet to 10.100.2.102 my_port 500 peer_port 500 (R) "
        "MM_SA_SETUP",
        "hub: ISAKMP (0:1): Old State = IKE_R_MM1  New State = IKE_R_MM2",
        "hub: ISAKMP (0:1): Old State = IKE_R_MM2  New State = IKE_R_MM3",
        "hub: ISAKMP (0:1): SKEYID state generated",
        "hub: ISAKMP (0:1): Old State = IKE_R_MM3  New State = IKE_R_MM4",
        "hub: ISAKMP (0:1): Old State = IKE_R_MM4  New State = IKE_R_MM5",
        "hub: ISAKMP (0:1): peer matches L2L profile",
        "hub: ISAKMP (0:1): SA has been authenticated with 10.100.2.102",
        "hub: ISAKMP (0:1): Old State = IKE_R_MM5  New State = IKE_P1_COMPLETE",
        "hub: ISAKMP (0:1): Input = IKE_MSG_INTERNAL, IKE_PHASE1_COMPLETE",
        "hub: ISAKMP (0:1): Old State = IKE_QM_READY  New State = IKE_QM_SPI_STARVE",
        "hub: ISAKMP (0:1): Old State = IKE_QM_SPI_STARVE  New State = IKE_QM_R_QM2",
        "error FALSE reason \"quick mode done (await)\"",
        "hub: ISAKMP (0:1): Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE",
    };
    struct debugged d;
    debugged_play(&d, 1, true);
    assert_in_order(&d, lines, COUNT(lines));
    debugged_end(&d);
}

static void the_spoke_passes_the_states_of_an_initiator(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "spoke: ISAKMP (0:1): Input = IKE_MSG_FROM_IPSEC, IKE_SA_REQ_MM",
        "spoke: ISAKMP (0:1): Old State = IKE_READY  New State = IKE_I_MM1",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM1  New State = IKE_I_MM2",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM2  New State = IKE_I_MM3",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM3  New State = IKE_I_MM4",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM4  New State = IKE_I_MM5",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM5  New State = IKE_I_MM6",
        "spoke: ISAKMP (0:1): Old State = IKE_I_MM6  New State = IKE_P1_COMPLETE",
        "spoke: ISAKMP (0:1): Old State = IKE_QM_READY  New State = IKE_QM_I_QM1",
        "spoke: ISAKMP (0:1): Old State = IKE_QM_I_QM1  New State = IKE_QM_PHASE2_COMPLETE",
    };
    struct debugged d;
    debugged_play(&d, 2, true);
    assert_in_order(&d, lines, COUNT(lines));
    debugged_end(&d);
}

static void a_client_passes_the_states_of_the_seeds_aggressive_mode_and_xauth(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "hub: ISAKMP (0:0): received packet from 203.0.113.9 dport 500 sport 500 Global (N) NEW SA",
        "hub: ISAKMP (0:2): peer matches VPNclient profile",
        "hub: ISAKMP (0:2): Input = IKE_MSG_FROM_PEER, IKE_AM_EXCH",
        "hub: ISAKMP (0:2): Old State = IKE_READY  New State = IKE_R_AM_AAA_AWAIT",
        "hub: ISAKMP (0:2): Input = IKE_MSG_FROM_AAA, PRESHARED_KEY_REPLY",
        "hub: ISAKMP (0:2): Old State = IKE_R_AM_AAA_AWAIT  New State = IKE_R_AM2",
        "hub: ISAKMP (0:2): Old State = IKE_R_AM2  New State = IKE_P1_COMPLETE",
        "hub: ISAKMP (0:2): Old State = IKE_P1_COMPLETE  New State = "
        "IKE_XAUTH_AAA_START_LOGIN_AWAIT",
        "to CONF_XAUTH",
        "hub: ISAKMP/xauth: request attribute XAUTH_USER_NAME_V2",
        "hub: ISAKMP (0:2): Input = IKE_MSG_FROM_AAA, IKE_AAA_START_LOGIN",
        "New State = IKE_XAUTH_REQ_SENT",
        "hub: ISAKMP/xauth: reply attribute XAUTH_USER_PASSWORD_V2",
        "reason \"done with xauth request/reply exchange\"",
        "New State = IKE_XAUTH_AAA_CONT_LOGIN_AWAIT",
        "New State = IKE_XAUTH_SET_SENT",
        "reason \"done with transaction\"",
        "hub: ISAKMP (0:2): Old State = IKE_XAUTH_SET_SENT  New State = IKE_P1_COMPLETE",
        "hub: ISAKMP: Config payload REQUEST",
        "hub: ISAKMP (0:2): Old State = IKE_P1_COMPLETE  New State = IKE_CONFIG_AUTHOR_AAA_AWAIT",
        "hub: ISAKMP (0:2): Old State = IKE_CONFIG_AUTHOR_AAA_AWAIT  New State = IKE_P1_COMPLETE",
        "hub: ISAKMP (0:2): Old State = IKE_QM_R_QM2  New State = IKE_QM_PHASE2_COMPLETE",
    };
    struct debugged d;
    debugged_play(&d, 3, true);
    assert_in_order(&d, lines, COUNT(lines));
    debugged_end(&d);
}

static void no_line_holds_a_password_or_a_key(void **state)
{
    (void)state;
    struct debugged d;
    debugged_play(&d, 4, true);
    assert_null(strstr(sink_string(&d.log), "wonderland"));
    assert_null(strstr(sink_string(&d.log), "cisco123"));
    assert_null(strstr(sink_string(&d.log), "cisco321"));
    debugged_end(&d);
}

static void without_debug_no_such_line_is_made(void **state)
{
    (void)state;
    struct debugged d;
    debugged_play(&d, 5, false);
    assert_int_equal(d.hub->events[EV_STATE] + d.hub->events[EV_STATE_INPUT] +
                         d.hub->events[EV_NODE_INPUT] + d.hub->events[EV_NODE_NEW] +
                         d.hub->events[EV_NODE_DELETED] + d.hub->events[EV_PACKET_IN] +
                         d.hub->events[EV_TRANSFORM_CHECK],
                     0);
    assert_int_equal(d.hub->events[EV_AUTHENTICATED], 2);
    debugged_end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_branch_passes_the_states_of_the_seeds_main_mode),
        cmocka_unit_test(the_spoke_passes_the_states_of_an_initiator),
        cmocka_unit_test(a_client_passes_the_states_of_the_seeds_aggressive_mode_and_xauth),
        cmocka_unit_test(no_line_holds_a_password_or_a_key),
        cmocka_unit_test(without_debug_no_such_line_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
