/* `clear crypto peer` on its way: each wish has one answer, for the one whose it was. */
#include "host/message_peer.h"
#include "role/key_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* A far end that notes what comes. */
struct far {
    struct channel *near, *far;
    struct peer_forget wish;
    struct control_result result;
    size_t wishes, results;
};

static uv_loop_t loop;
static struct key *key;
static struct far store, operators[2];

static enum rc far_message(void *context, struct channel *channel, enum message_kind kind,
                           struct cursor *payload, int fd)
{
    struct far *far = context;
    (void)channel;
    (void)fd;
    if (kind == MSG_PEER_FORGET) {
        far->wishes++;
        return peer_forget_get(payload, &far->wish);
    }
    assert_int_equal(kind, MSG_RESULT);
    far->results++;
    return control_result_get(payload, &far->result);
}

static enum rc near_message(void *context, struct channel *channel, enum message_kind kind,
                            struct cursor *payload, int fd)
{
    (void)context;
    (void)channel;
    (void)fd;
    assert_int_equal(kind, MSG_PEER_FORGOTTEN);
    return key_peer_forgotten(key, payload);
}

static void far_closed(void *context, struct channel *channel, const char *reason)
{
    struct far *far = context;
    (void)reason;
    if (channel == far->far)
        far->far = NULL;
    if (channel == far->near)
        far->near = NULL;
}

static void connect_far(struct far *far, enum role role)
{
    int fds[2];
    memset(far, 0, sizeof *far);
    assert_int_equal(channel_pair(fds), RC_OK);
    assert_int_equal(
        channel_open(&loop, fds[0], ROLE_KEY, role, near_message, far_closed, far, &far->near),
        RC_OK);
    assert_int_equal(
        channel_open(&loop, fds[1], role, ROLE_KEY, far_message, far_closed, far, &far->far),
        RC_OK);
}

static void run(void)
{
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static void operator_comes(size_t slot)
{
    connect_far(&operators[slot], ROLE_OPERATOR);
    key->operators[slot] = (struct key_operator){
        .key = key, .channel = operators[slot].near, .serial = ++key->askers_seen};
}

static void close_far(struct far *far)
{
    channel_close(far->near);
    channel_close(far->far);
    far->near = far->far = NULL;
}

static int begin(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    key = calloc(1, sizeof *key);
    if (!key)
        return -1;
    key->loop = &loop;
    connect_far(&store, ROLE_STORE);
    key->peers[ROLE_STORE] = store.near;
    operator_comes(0);
    operator_comes(1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close_far(&store);
    close_far(&operators[0]);
    close_far(&operators[1]);
    run();
    free(key);
    return uv_loop_close(&loop) == 0 ? 0 : -1;
}

static void wishes(size_t slot, const char *who)
{
    uint8_t octets[PEER_FORGET_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct peer_forget wish = {.number = 12345}; /* which counts for nothing */
    strcpy(wish.who, who);
    peer_forget_put(&b, &wish);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(key_peer_clear(&key->operators[slot], &c), RC_OK);
    run();
}

static void store_says(struct peer_forgotten forgotten)
{
    uint8_t octets[PEER_FORGOTTEN_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    peer_forgotten_put(&b, &forgotten);
    assert_int_equal(channel_send(store.far, MSG_PEER_FORGOTTEN, builder_span(&b), -1), RC_OK);
    run();
}

static void answers_go_to_those_whose_wishes_they_are(void **state)
{
    (void)state;
    wishes(0, "alice");
    assert_string_equal(store.wish.who, "alice");
    uint64_t first = store.wish.number;
    wishes(1, "bob");
    uint64_t second = store.wish.number;
    assert_true(first && second && first != second);
    store_says((struct peer_forgotten){.number = second, .count = 2, .up = 1});
    assert_int_equal(operators[0].results, 0);
    assert_int_equal(operators[1].results, 1);
    assert_int_equal(operators[1].result.rc, RC_OK);
    assert_int_equal(operators[1].result.number, 2);
    assert_string_equal(operators[1].result.text, "1 connected: clear the session first");
    store_says((struct peer_forgotten){.number = first});
    assert_int_equal(operators[0].results, 1);
    assert_int_equal(operators[0].result.rc, RC_NOT_FOUND);
}

static void what_the_store_could_not_do_is_said(void **state)
{
    (void)state;
    static const struct {
        struct peer_forgotten said;
        enum rc rc;
    } rows[] = {
        {{.rc = RC_IO}, RC_IO},
        {{.up = 1}, RC_BAD_STATE},
        {{.count = 1}, RC_OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct peer_forgotten said = rows[i].said;
        wishes(0, "alice");
        said.number = store.wish.number;
        store_says(said);
        assert_int_equal(operators[0].results, i + 1);
        assert_int_equal(operators[0].result.rc, rows[i].rc);
        assert_int_equal(operators[0].result.text[0] != '\0', rows[i].rc != RC_OK);
    }
}

static void one_wish_of_an_operator_waits_at_a_time(void **state)
{
    (void)state;
    wishes(0, "alice");
    wishes(0, "bob");
    assert_int_equal(store.wishes, 1);
    assert_int_equal(operators[0].results, 1);
    assert_int_equal(operators[0].result.rc, RC_AGAIN);
    store_says((struct peer_forgotten){.number = store.wish.number, .count = 1});
    assert_int_equal(operators[0].results, 2);
    assert_int_equal(operators[0].result.rc, RC_OK);
}

static void an_operator_that_left_gets_nothing_nor_does_the_next_in_his_place(void **state)
{
    (void)state;
    wishes(0, "alice");
    close_far(&operators[0]);
    operator_comes(0);
    store_says((struct peer_forgotten){.number = store.wish.number, .count = 1});
    store_says((struct peer_forgotten){.number = 0, .count = 1});
    assert_int_equal(operators[0].results + operators[1].results, 0);
}

static void without_a_store_the_operator_knows_at_once(void **state)
{
    (void)state;
    wishes(0, "alice");
    key->peers[ROLE_STORE] = NULL;
    key_forget_store_gone(key);
    run();
    assert_int_equal(operators[0].results, 1);
    assert_int_equal(operators[0].result.rc, RC_AGAIN);
    key_forget_store_gone(key);
    wishes(1, "bob");
    assert_int_equal(operators[0].results, 1); /* told once */
    assert_int_equal(operators[1].results, 1);
    assert_int_equal(operators[1].result.rc, RC_AGAIN);
    assert_int_equal(store.wishes, 1);
}

static void a_wish_that_is_none_is_a_breach(void **state)
{
    (void)state;
    struct cursor c = cursor_of("", 0);
    assert_int_equal(key_peer_clear(&key->operators[0], &c), RC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_go_to_those_whose_wishes_they_are, begin, end),
        cmocka_unit_test_setup_teardown(what_the_store_could_not_do_is_said, begin, end),
        cmocka_unit_test_setup_teardown(one_wish_of_an_operator_waits_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(
            an_operator_that_left_gets_nothing_nor_does_the_next_in_his_place, begin, end),
        cmocka_unit_test_setup_teardown(without_a_store_the_operator_knows_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_wish_that_is_none_is_a_breach, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
