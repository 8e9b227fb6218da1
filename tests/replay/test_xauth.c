/* Xauth between clients and the seed's hub: logins that succeed, fail, hang and cheat. */
#include "replay/scene.h"

#include "ike/attr.h"
#include "ike/wire.h"

static const char *state_of(const struct node *hub)
{
    static struct status_ike row;
    return node_ike(hub, &row, 1) == 1 ? row.state : "none";
}

static void the_name_and_password_reach_the_login_list_of_the_profile(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_played(1, &alice, 2000);
    const struct effect_ask_password *ask = &scene.hub->last_ask;
    char source[ADDR_TEXT];
    assert_string_equal(ask->list, "clientauth");
    assert_string_equal(ask->group, "testgroup");
    assert_string_equal(ask->user, "alice");
    assert_int_equal(ask->password_len, strlen("wonderland"));
    assert_memory_equal(ask->password, "wonderland", ask->password_len);
    assert_string_equal(addr_format(ask->source, source), CLIENT_ADDRESS);
    assert_int_equal(scene.hub->events[EV_XAUTH_OK], 1);
    world_free(scene.world);
}

static void a_wrong_password_gets_status_0_and_the_sa_is_deleted(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.password = "wonderlant";
    struct client_scene scene = client_scene_played(2, &habits, 5000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.client->statuses, 1);
    assert_int_equal(scene.client->last_status, 0);
    assert_int_equal(scene.client->deletes_ike, 1);
    assert_true(node_refused_with(scene.hub, RULE_PASSWORD));
    assert_int_equal(scene.hub->decision_count, 1);
    assert_string_equal(state_of(scene.hub), "none");
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

/* What the login service knows of the account is the operator's: the client hears the same. */
static void every_refusal_of_an_account_has_a_rule_of_its_own(void **state)
{
    static const struct {
        enum decision_rule rule;
        const char *hint;
    } rows[] = {{RULE_ACCOUNT_EXPIRED, "extend the user's account"},
                {RULE_ACCOUNT_LOCKED, "unlock or enable the user"},
                {RULE_NEW_PASSWORD, "sets a new password where list clientauth has it"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_habits habits = alice;
        habits.password = "wonderlant";
        struct client_scene scene = client_scene_new(40 + (unsigned)i, &habits);
        scene.world->login_rule = rows[i].rule;
        client_start(scene.client);
        world_run(scene.world, 5000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        assert_int_equal(scene.client->last_status, 0);
        assert_true(node_refused_with(scene.hub, rows[i].rule));
        assert_non_null(strstr(scene.hub->decisions[0].decision.hint, rows[i].hint));
        assert_nothing_gained(scene.hub);
        world_free(scene.world);
    }
}

/* -- challenges -- */

static struct client_scene challenged_scene(uint32_t seed, struct client_habits *habits)
{
    struct client_scene scene = client_scene_new(seed, habits);
    scene.world->login_codes[0] = "314159";
    scene.world->login_codes[1] = "271828";
    return scene;
}

static void a_login_with_two_codes_is_two_more_rounds_of_the_same_transaction(void **state)
{
    static const uint16_t types[] = {0, CFG_XAUTH_ANSWER, CFG_XAUTH_USER_PASSWORD};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct client_habits habits = alice;
        habits.codes[0] = "314159";
        habits.codes[1] = "271828";
        habits.code_type = types[i];
        struct client_scene scene = challenged_scene(60, &habits);
        client_start(scene.client);
        world_run(scene.world, 6000);
        assert_client_up(&scene);
        assert_int_equal(scene.client->challenges, 2);
        assert_string_equal(scene.client->last_prompt, "Verification code 2:");
        assert_int_equal(scene.hub->asked_password, 3);
        assert_true(scene.hub->last_ask.more);
        assert_int_equal(scene.hub->cancelled_passwords, 0);
        world_free(scene.world);
    }
}

static void a_wrong_code_is_a_refusal_and_nothing_is_gained(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.codes[0] = "314159";
    habits.codes[1] = "000000";
    struct client_scene scene = challenged_scene(61, &habits);
    client_start(scene.client);
    world_run(scene.world, 6000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.client->last_status, 0);
    assert_true(node_refused_with(scene.hub, RULE_PASSWORD));
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void a_wrong_password_is_never_asked_for_a_code(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.password = "wonderlant";
    habits.codes[0] = "314159";
    struct client_scene scene = challenged_scene(62, &habits);
    client_start(scene.client);
    world_run(scene.world, 6000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.client->challenges, 0);
    world_free(scene.world);
}

static void an_empty_code_is_refused_and_the_login_service_is_told_to_stop(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.codes[0] = "";
    struct client_scene scene = challenged_scene(63, &habits);
    client_start(scene.client);
    world_run(scene.world, 6000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_int_equal(scene.hub->asked_password, 1);
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    world_free(scene.world);
}

static void a_client_that_says_nothing_to_a_challenge_gives_its_place_back(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene = challenged_scene(64, &habits);
    client_start(scene.client);
    world_run(scene.world, 50000); /* longer than a login without a challenge has */
    assert_string_equal(state_of(scene.hub), "CONF_XAUTH");
    world_run(scene.world, 40000);
    assert_string_equal(state_of(scene.hub), "none");
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void a_client_that_leaves_during_a_challenge_gives_its_place_back(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene = challenged_scene(65, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->challenges, 1);
    client_delete_ike(scene.client, &scene.client->sa);
    world_run(scene.world, 100);
    assert_string_equal(state_of(scene.hub), "none");
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    world_free(scene.world);
}

static void the_verdict_of_a_deadline_overtakes_a_challenge(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene = challenged_scene(66, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_int_equal(scene.client->challenges, 1);
    const struct answer late = {.kind = ANSWER_PASSWORD,
                                .ticket = scene.hub->last_ask.ticket,
                                .rc = RC_AGAIN,
                                .rule = RULE_NO_VERDICT};
    node_answer(scene.hub, &late);
    world_run(scene.world, 2000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NO_VERDICT));
    world_free(scene.world);
}

/* Four rounds, whatever the login service wants. */
static void a_fifth_challenge_is_not_asked(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    for (size_t i = 0; i < 5; i++)
        habits.codes[i] = "x";
    struct client_scene scene = client_scene_new(67, &habits);
    scene.world->hold = 1u << ANSWER_PASSWORD;
    client_start(scene.client);
    world_run(scene.world, 2000);
    for (unsigned i = 0; i < 5; i++) {
        struct answer more = {
            .kind = ANSWER_CHALLENGE, .ticket = scene.hub->last_ask.ticket, .prompt = "More:"};
        node_answer(scene.hub, &more);
        world_run(scene.world, 1000);
    }
    assert_int_equal(scene.client->challenges, 4);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NO_VERDICT));
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    world_free(scene.world);
}

/* Nothing may be asked for, nor any tunnel made, while a code is due. */
static void a_client_cannot_go_on_without_its_code(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    struct client_scene scene = challenged_scene(68, &habits);
    client_start(scene.client);
    world_run(scene.world, 3000);
    client_config_request(scene.client);
    world_run(scene.world, 1000);
    client_quick(scene.client);
    world_run(scene.world, 3000);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

/* The octets of what the client receives, without those that differ by nature. */
struct shape {
    size_t count;
    size_t len[16];
    uint8_t exchange[16];
    uint64_t at_ms[16];
};
static bool note_shape(void *context, struct node *to, const struct ike_path *path,
                       struct span bytes)
{
    struct shape *shape = context;
    (void)path;
    if (!to->ops || shape->count == 16)
        return true;
    shape->at_ms[shape->count] = to->world->now_ms;
    shape->exchange[shape->count] = bytes.at[18];
    shape->len[shape->count++] = bytes.len;
    return true;
}

static void an_unknown_user_hears_exactly_what_a_wrong_password_hears(void **state)
{
    (void)state;
    struct shape shapes[2] = {{0}};
    static const char *const users[] = {"alice", "nosuchuser"};
    for (size_t i = 0; i < 2; i++) {
        struct client_habits habits = alice;
        habits.user = users[i];
        habits.password = "guess";
        struct client_scene scene = client_scene_new(3, &habits);
        scene.world->tap = note_shape;
        scene.world->tap_context = &shapes[i];
        client_start(scene.client);
        world_run(scene.world, 5000);
        assert_int_equal(scene.client->stage, CLIENT_REFUSED);
        world_free(scene.world);
    }
    assert_memory_equal(&shapes[0], &shapes[1], sizeof shapes[0]);
}

static void a_terminating_nul_is_not_part_of_name_and_password(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.trailing_nul = true;
    struct client_scene scene = client_scene_played(4, &habits, 3000);
    assert_client_up(&scene);
    assert_string_equal(scene.hub->last_ask.user, "alice");
    assert_int_equal(scene.hub->last_ask.password_len, 10);
    world_free(scene.world);
}

static void a_login_service_that_says_nothing_is_a_refusal_at_the_deadline(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(5, &alice);
    scene.world->login_mode = LOGIN_SILENT;
    client_start(scene.client);
    world_run(scene.world, 44000);
    assert_string_equal(state_of(scene.hub), "CONF_XAUTH");
    assert_int_equal(scene.client->stage, CLIENT_ANSWERED);
    world_run(scene.world, 4000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NO_VERDICT));
    assert_string_equal(state_of(scene.hub), "none");
    /* Nobody need work on a verdict that nobody waits for. */
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

static void a_login_service_that_is_down_is_a_refusal_at_once(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(6, &alice);
    scene.world->login_mode = LOGIN_UNAVAILABLE;
    client_start(scene.client);
    world_run(scene.world, 2000);
    assert_int_equal(scene.client->stage, CLIENT_REFUSED);
    assert_true(node_refused_with(scene.hub, RULE_NO_VERDICT));
    world_free(scene.world);
}

static void a_client_that_leaves_while_the_verdict_is_out_cancels_it(void **state)
{
    (void)state;
    struct client_scene scene = client_scene_new(7, &alice);
    scene.world->hold = 1u << ANSWER_PASSWORD;
    client_start(scene.client);
    world_run(scene.world, 2000);
    assert_int_equal(world_held(scene.world, ANSWER_PASSWORD), 1);
    client_delete_ike(scene.client, &scene.client->sa);
    world_run(scene.world, 100);
    assert_string_equal(state_of(scene.hub), "none");
    assert_int_equal(scene.hub->cancelled_passwords, 1);
    uint32_t sent = scene.hub->sent;
    assert_true(world_release(scene.world, ANSWER_PASSWORD, RC_OK));
    world_run(scene.world, 2000);
    assert_int_equal(scene.hub->sent, sent);
    assert_nothing_gained(scene.hub);
    world_free(scene.world);
}

/* -- P02: steps skipped
 * --------------------------------------------------------------------------- */

/* A client that has proved the group's key and was asked for its name. */
static struct client_scene asked(uint64_t seed)
{
    struct client_habits habits = alice;
    habits.stop_at = CLIENT_PROVED;
    struct client_scene scene = client_scene_played(seed, &habits, 500);
    assert_int_equal(scene.client->xauth_requests, 1);
    assert_string_equal(state_of(scene.hub), "CONF_XAUTH");
    return scene;
}

/* Whatever was tried, no login question was asked, nothing is held, and in time the SA is gone. */
static void assert_refused_in_the_end(struct client_scene *scene)
{
    assert_nothing_gained(scene->hub);
    assert_int_equal(scene->hub->saved_leases, 0);
    world_run(scene->world, 70000);
    assert_string_equal(state_of(scene->hub), "none");
    assert_true(scene->client->deletes_ike >= 1);
    assert_nothing_gained(scene->hub);
    world_free(scene->world);
}

static void p02_quick_mode_before_the_login_gets_nothing(void **state)
{
    (void)state;
    struct client_scene scene = asked(10);
    scene.client->lease = world_addr("10.5.5.1");
    client_quick(scene.client);
    world_run(scene.world, 1000);
    assert_true(node_refused_with(scene.hub, RULE_STEP_SKIPPED));
    assert_int_equal(scene.client->last_notify, NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_refused_in_the_end(&scene);
}

static void p02_mode_config_before_the_login_gets_nothing(void **state)
{
    (void)state;
    struct client_scene scene = asked(11);
    client_config_request(scene.client);
    world_run(scene.world, 10000);
    assert_int_equal(scene.client->config_reply_len, 0);
    assert_refused_in_the_end(&scene);
}

static void p02_a_client_that_says_status_ok_itself_gets_nothing(void **state)
{
    (void)state;
    static const uint8_t types[] = {CFG_SET, CFG_REPLY, CFG_ACK, CFG_REQUEST};
    for (size_t i = 0; i < sizeof types; i++) {
        /* Inside the hub's exchange, and in one of its own. */
        for (int inside = 0; inside < 2; inside++) {
            struct client_scene scene = asked(12 + i);
            uint32_t id = inside ? scene.client->exchanges[0].message_id : 0;
            client_transaction(scene.client, id, types[i], CFG_XAUTH_STATUS, 1);
            world_run(scene.world, 1000);
            assert_int_equal(scene.hub->asked_password, 0);
            client_config_request(scene.client);
            scene.client->lease = world_addr("10.5.5.1");
            client_quick(scene.client);
            world_run(scene.world, 1000);
            assert_refused_in_the_end(&scene);
        }
    }
}

static void p02_an_empty_or_strange_reply_is_a_failed_login(void **state)
{
    (void)state;
    for (int strange = 0; strange < 3; strange++) {
        static const uint16_t attrs[] = {0, CFG_XAUTH_TYPE, CFG_XAUTH_USER_NAME};
        struct client_scene scene = asked(20);
        client_transaction(scene.client, scene.client->exchanges[0].message_id, CFG_REPLY,
                           attrs[strange], 1);
        world_run(scene.world, 2000);
        assert_int_equal(scene.hub->asked_password, 0);
        assert_int_equal(scene.client->last_status, 0);
        assert_int_equal(scene.client->statuses, 1);
        assert_refused_in_the_end(&scene);
    }
}

static void p02_after_a_failed_login_nothing_works(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.password = "wrong";
    struct client_scene scene = client_scene_new(21, &habits);
    client_start(scene.client);
    while (!scene.client->statuses)
        assert_true(world_step(scene.world, scene.world->now_ms + 5000));
    client_config_request(scene.client);
    scene.client->lease = world_addr("10.5.5.1");
    client_quick(scene.client);
    world_run(scene.world, 1000);
    assert_refused_in_the_end(&scene);
}

static void p02_a_client_that_never_acknowledges_a_refusal_is_forgotten_all_the_same(void **state)
{
    (void)state;
    struct client_habits habits = alice;
    habits.password = "wrong";
    struct client_scene scene = client_scene_played(22, &habits, 70);
    scene.client->node->unplugged = true;
    world_run(scene.world, 70000);
    assert_string_equal(state_of(scene.hub), "none");
    world_free(scene.world);
}

static void a_client_that_never_answers_is_forgotten(void **state)
{
    (void)state;
    struct client_scene scene = asked(23);
    scene.client->node->unplugged = true;
    world_run(scene.world, 70000);
    assert_string_equal(state_of(scene.hub), "none");
    world_free(scene.world);
}

/* -- M15: odd attributes ------------------------------------------------------------- */

struct odd {
    const char *user;
    size_t user_len;
    const char *password;
    size_t password_len;
    bool asks; /* the login service is asked */
};

static void reply_with(struct client *client, const struct odd *odd)
{
    struct client_message m;
    struct client_exchange *x = &client->exchanges[0];
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REPLY, x->identifier);
    ike_attr_put_bytes(&m.w.b, CFG_XAUTH_USER_NAME,
                       (struct span){(const uint8_t *)odd->user, odd->user_len});
    ike_attr_put_bytes(&m.w.b, CFG_XAUTH_USER_PASSWORD,
                       (struct span){(const uint8_t *)odd->password, odd->password_len});
    ike_writer_close(&m.w);
    client_send(client, &client->sa,
                client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
}

static void m15_names_and_passwords_of_odd_form_never_reach_further_than_they_should(void **state)
{
    (void)state;
    static char long_text[512];
    memset(long_text, 'a', sizeof long_text);
    const struct odd rows[] = {
        {"", 0, "x", 1, false},
        {"alice", 5, "", 0, false},
        {"", 1, "x", 1, false},              /* only a NUL */
        {"al\0ce", 5, "x", 1, false},        /* NUL inside */
        {"alice", 5, "pass\0word", 9, true}, /* a password may be any octets; wrong */
        {long_text, 255, "x", 1, true},
        {long_text, 256, "x", 1, false},
        {long_text, 512, "x", 1, false},
        {"alice", 5, long_text, 255, true},
        {"alice", 5, long_text, 256, false},
        {"../../etc", 9, "$(reboot)%n", 11, true}, /* text is only text here */
        {"-schallenge", 11, "x", 1, true},
        {"\xff\xfe\x1b[2J", 6, "x", 1, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client_scene scene = asked(30 + i);
        reply_with(scene.client, &rows[i]);
        world_run(scene.world, 2000);
        assert_int_equal(scene.hub->asked_password, rows[i].asks);
        assert_int_equal(scene.client->last_status, 0);
        assert_int_equal(scene.client->statuses, 1);
        assert_refused_in_the_end(&scene);
    }
}

static void m15_a_thousand_attributes_are_refused_and_change_nothing(void **state)
{
    (void)state;
    struct client_scene scene = asked(50);
    struct client_message m;
    struct client_exchange *x = &scene.client->exchanges[0];
    client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REPLY, x->identifier);
    for (int i = 0; i < 400; i++)
        ike_attr_put_basic(&m.w.b, CFG_XAUTH_TYPE, 0);
    ike_writer_close(&m.w);
    client_send(scene.client, &scene.client->sa,
                client_seal(scene.client, &scene.client->sa, &m, (struct span){NULL, 0}, x->iv));
    world_run(scene.world, 1000);
    assert_int_equal(scene.hub->asked_password, 0);
    assert_refused_in_the_end(&scene);
}

static void m15_unknown_attributes_beside_the_answer_are_ignored(void **state)
{
    (void)state;
    struct client_scene scene = asked(51);
    struct client_message m;
    struct client_exchange *x = &scene.client->exchanges[0];
    client_begin(scene.client, &scene.client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REPLY, x->identifier);
    ike_attr_put_basic(&m.w.b, 32136, 0x15); /* what vpnc echoes (WIRE §10) */
    ike_attr_put_basic(&m.w.b, CFG_XAUTH_TYPE, 0);
    ike_attr_put_bytes(&m.w.b, CFG_XAUTH_USER_NAME, (struct span){(const uint8_t *)"alice", 5});
    ike_attr_put_bytes(&m.w.b, CFG_XAUTH_USER_PASSWORD,
                       (struct span){(const uint8_t *)"wonderland", 10});
    ike_attr_put_bytes(&m.w.b, CFG_XAUTH_DOMAIN, (struct span){NULL, 0});
    ike_writer_close(&m.w);
    scene.client->stage = CLIENT_ANSWERED;
    client_send(scene.client, &scene.client->sa,
                client_seal(scene.client, &scene.client->sa, &m, (struct span){NULL, 0}, x->iv));
    world_run(scene.world, 2000);
    assert_client_up(&scene);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_and_password_reach_the_login_list_of_the_profile),
        cmocka_unit_test(a_wrong_password_gets_status_0_and_the_sa_is_deleted),
        cmocka_unit_test(every_refusal_of_an_account_has_a_rule_of_its_own),
        cmocka_unit_test(a_login_with_two_codes_is_two_more_rounds_of_the_same_transaction),
        cmocka_unit_test(a_wrong_code_is_a_refusal_and_nothing_is_gained),
        cmocka_unit_test(a_wrong_password_is_never_asked_for_a_code),
        cmocka_unit_test(an_empty_code_is_refused_and_the_login_service_is_told_to_stop),
        cmocka_unit_test(a_client_that_says_nothing_to_a_challenge_gives_its_place_back),
        cmocka_unit_test(a_client_that_leaves_during_a_challenge_gives_its_place_back),
        cmocka_unit_test(the_verdict_of_a_deadline_overtakes_a_challenge),
        cmocka_unit_test(a_fifth_challenge_is_not_asked),
        cmocka_unit_test(a_client_cannot_go_on_without_its_code),
        cmocka_unit_test(an_unknown_user_hears_exactly_what_a_wrong_password_hears),
        cmocka_unit_test(a_terminating_nul_is_not_part_of_name_and_password),
        cmocka_unit_test(a_login_service_that_says_nothing_is_a_refusal_at_the_deadline),
        cmocka_unit_test(a_login_service_that_is_down_is_a_refusal_at_once),
        cmocka_unit_test(a_client_that_leaves_while_the_verdict_is_out_cancels_it),
        cmocka_unit_test(p02_quick_mode_before_the_login_gets_nothing),
        cmocka_unit_test(p02_mode_config_before_the_login_gets_nothing),
        cmocka_unit_test(p02_a_client_that_says_status_ok_itself_gets_nothing),
        cmocka_unit_test(p02_an_empty_or_strange_reply_is_a_failed_login),
        cmocka_unit_test(p02_after_a_failed_login_nothing_works),
        cmocka_unit_test(p02_a_client_that_never_acknowledges_a_refusal_is_forgotten_all_the_same),
        cmocka_unit_test(a_client_that_never_answers_is_forgotten),
        cmocka_unit_test(m15_names_and_passwords_of_odd_form_never_reach_further_than_they_should),
        cmocka_unit_test(m15_a_thousand_attributes_are_refused_and_change_nothing),
        cmocka_unit_test(m15_unknown_attributes_beside_the_answer_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
