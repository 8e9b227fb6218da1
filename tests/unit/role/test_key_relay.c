/* Questions that key passes on to the store: every one has one answer, to the one who asked, and no
 * asker or store that leaves changes that. */
#include "role/key_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* The far ends of key's channels: a store that notes questions, askers that note answers. */
struct far {
    struct channel *near, *far;
    struct status_question question;
    struct status_page page;
    uint64_t start;
    size_t questions, pages;
    bool closed;
};

static uv_loop_t loop;
static struct key *key;
static struct config config = {.hostname = "Hub"};
static struct far store, web, operators[3];

static enum rc far_message(void *context, struct channel *channel, enum message_kind kind,
                           struct cursor *payload, int fd)
{
    struct far *far = context;
    (void)channel;
    assert_int_equal(fd, -1);
    if (kind == MSG_KEY_START)
        return store_key_start_get(payload, &far->start);
    if (kind == MSG_STORE_GET) {
        far->questions++;
        return status_question_get(payload, &far->question);
    }
    assert_int_equal(kind, MSG_STATUS_ROWS);
    far->pages++;
    return status_page_get(payload, &far->page);
}

static enum rc near_message(void *context, struct channel *channel, enum message_kind kind,
                            struct cursor *payload, int fd)
{
    (void)context;
    (void)channel;
    (void)fd;
    if (kind == MSG_STORE_STATE)
        return key_relay_state(key, payload);
    assert_int_equal(kind, MSG_STORE_ROWS);
    return key_relay_rows(key, payload);
}

static void far_closed(void *context, struct channel *channel, const char *reason)
{
    struct far *far = context;
    (void)reason;
    far->closed = true;
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

static void close_far(struct far *far)
{
    channel_close(far->near);
    channel_close(far->far);
    far->near = far->far = NULL;
}

static void run(void)
{
    for (int i = 0; i < 20; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static struct key_asker operator_in(size_t slot)
{
    return (struct key_asker){
        .role = ROLE_OPERATOR, .slot = slot, .serial = key->operators[slot].serial};
}

static void operator_comes(size_t slot)
{
    connect_far(&operators[slot], ROLE_OPERATOR);
    key->operators[slot] = (struct key_operator){
        .key = key, .channel = operators[slot].near, .serial = ++key->askers_seen};
}

static void operator_leaves(size_t slot)
{
    close_far(&operators[slot]);
    key->operators[slot] = (struct key_operator){0};
}

static int begin(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    key = calloc(1, sizeof *key);
    if (!key)
        return -1;
    key->loop = &loop;
    key->config = &config;
    connect_far(&store, ROLE_STORE);
    key->peers[ROLE_STORE] = store.near;
    connect_far(&web, ROLE_WEB);
    key->peers[ROLE_WEB] = web.near;
    key->web_serial = ++key->askers_seen;
    for (size_t i = 0; i < 3; i++)
        operator_comes(i);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close_far(&store);
    close_far(&web);
    for (size_t i = 0; i < 3; i++)
        operator_leaves(i);
    run();
    free(key);
    return uv_loop_close(&loop) == 0 ? 0 : -1;
}

static enum rc ask(struct key_asker asker, uint32_t request)
{
    const struct status_question question = {
        .what = STATUS_HISTORY, .at = 5, .max = 7, .request = request};
    return key_relay_ask(key, &asker, &question);
}

static struct key_asker page_asker(void)
{
    return (struct key_asker){.role = ROLE_WEB, .serial = key->web_serial};
}

/* The store's answer to the question of this number, with so many rows. */
static void store_says(uint32_t number, enum status_what what, uint16_t count, uint32_t next)
{
    static struct status_page page;
    static uint8_t octets[MESSAGE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    memset(&page, 0, sizeof page);
    page.request = number;
    page.what = what;
    page.count = count;
    page.more = true;
    page.next = next;
    status_page_put(&b, &page);
    assert_int_equal(channel_send(store.far, MSG_STORE_ROWS, builder_span(&b), -1), RC_OK);
    run();
}

static void an_answer_goes_to_its_asker_under_his_own_number(void **state)
{
    (void)state;
    uint32_t numbers[2];
    assert_int_equal(ask(operator_in(0), 1000), RC_OK);
    run();
    numbers[0] = store.question.request;
    assert_int_equal(store.question.what, STATUS_HISTORY);
    assert_int_equal(store.question.at, 5);
    assert_int_equal(store.question.max, 7);
    assert_int_equal(ask(page_asker(), 1000), RC_OK); /* the same number of another one */
    run();
    numbers[1] = store.question.request;
    assert_int_not_equal(numbers[0], numbers[1]);
    store_says(numbers[1], STATUS_HISTORY, 2, 10);
    assert_int_equal(web.pages, 1);
    assert_int_equal(web.page.request, 1000);
    assert_int_equal(web.page.count, 2);
    assert_int_equal(web.page.next, 10);
    assert_string_equal(web.page.header.hostname, "Hub");
    assert_int_equal(operators[0].pages, 0);
    store_says(numbers[0], STATUS_HISTORY, 3, 11);
    assert_int_equal(operators[0].pages, 1);
    assert_int_equal(operators[0].page.count, 3);
    assert_int_equal(web.pages, 1);
}

static void an_asker_that_left_gets_nothing_nor_does_the_next_in_his_place(void **state)
{
    (void)state;
    assert_int_equal(ask(operator_in(1), 1), RC_OK);
    run();
    operator_leaves(1);
    operator_comes(1);
    store_says(store.question.request, STATUS_HISTORY, 1, 10);
    assert_int_equal(operators[1].pages, 0);
    assert_false(store.closed);
    assert_int_equal(ask(page_asker(), 2), RC_OK);
    run();
    key->web_serial = ++key->askers_seen; /* the page was started anew */
    store_says(store.question.request, STATUS_HISTORY, 1, 10);
    assert_int_equal(web.pages, 0);
}

static void without_a_store_the_asker_knows_at_once(void **state)
{
    (void)state;
    key->peers[ROLE_STORE] = NULL;
    assert_int_equal(ask(operator_in(0), 1), RC_AGAIN);
}

static void a_store_that_dies_answers_nobody_and_all_are_told(void **state)
{
    (void)state;
    assert_int_equal(ask(operator_in(0), 1), RC_OK);
    assert_int_equal(ask(page_asker(), 2), RC_OK);
    key->store_state = (struct store_state){.rc = RC_FULL};
    key_relay_store_gone(key);
    run();
    assert_int_equal(operators[0].pages, 1);
    assert_int_equal(operators[0].page.request, 1);
    assert_int_equal(operators[0].page.rc, RC_AGAIN);
    assert_int_equal(operators[0].page.what, STATUS_HISTORY);
    assert_int_equal(web.pages, 1);
    assert_int_equal(web.page.rc, RC_AGAIN);
    assert_int_equal(key->store_state.rc, RC_OK);
    key_relay_store_gone(key);
    run();
    assert_int_equal(web.pages, 1); /* told once */
}

static void nobody_keeps_the_others_out(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (uint32_t i = 0; i < 100; i++)
        taken += ask(operator_in(0), i) == RC_OK ? 1 : 0;
    assert_int_equal(taken, 2);
    assert_int_equal(ask(operator_in(1), 1), RC_OK);
    assert_int_equal(ask(page_asker(), 1), RC_OK);
    /* An answer makes room again. */
    run();
    store_says(1, STATUS_HISTORY, 0, 10);
    assert_int_equal(ask(operator_in(0), 200), RC_OK);
}

static void there_are_never_more_questions_open_than_the_store_keeps(void **state)
{
    (void)state;
    unsigned taken = 0;
    for (uint32_t i = 0; i < 100; i++) { /* askers that come, ask and go */
        operator_leaves(0);
        operator_comes(0);
        taken += ask(operator_in(0), i) == RC_OK ? 1 : 0;
    }
    assert_int_equal(taken, STORE_QUESTIONS);
    run();
    assert_int_equal(store.questions, STORE_QUESTIONS);
}

static void a_question_that_got_old_makes_room_and_its_answer_is_only_late(void **state)
{
    (void)state;
    assert_int_equal(ask(operator_in(0), 1), RC_OK);
    assert_int_equal(ask(operator_in(0), 2), RC_OK);
    assert_int_equal(ask(operator_in(0), 3), RC_AGAIN);
    for (size_t i = 0; i < STORE_QUESTIONS; i++)
        key->relays[i].asked_ms -= 5000;
    assert_int_equal(ask(operator_in(0), 3), RC_OK);
    run();
    assert_int_equal(operators[0].pages, 2);
    assert_int_equal(operators[0].page.rc, RC_AGAIN);
    store_says(1, STATUS_HISTORY, 1, 10);
    assert_int_equal(operators[0].pages, 2);
    assert_int_equal(key->relay_strays, 1);
    assert_false(store.closed);
}

static void an_answer_nobody_asked_for_goes_nowhere(void **state)
{
    (void)state;
    store_says(77, STATUS_HISTORY, 1, 10);
    store_says(0, STATUS_PEERS, 1, 10);
    assert_int_equal(key->relay_strays, 2);
    assert_int_equal(web.pages + operators[0].pages, 0);
    assert_false(store.closed);
}

static void an_answer_to_another_question_is_a_breach(void **state)
{
    (void)state;
    assert_int_equal(ask(operator_in(0), 1), RC_OK);
    run();
    store_says(store.question.request, STATUS_PEERS, 1, 10);
    assert_true(store.closed);
    key->peers[ROLE_STORE] = NULL;
}

static void a_page_that_would_never_end_is_a_breach(void **state)
{
    (void)state;
    assert_int_equal(ask(operator_in(0), 1), RC_OK);
    run();
    store_says(store.question.request, STATUS_HISTORY, 1, 5);
    assert_true(store.closed);
    key->peers[ROLE_STORE] = NULL;
}

static void the_state_of_the_database_is_kept(void **state)
{
    (void)state;
    uint8_t octets[STORE_STATE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    const struct store_state told = {.rc = RC_FULL, .text = "no room"};
    store_state_put(&b, &told);
    assert_int_equal(channel_send(store.far, MSG_STORE_STATE, builder_span(&b), -1), RC_OK);
    run();
    assert_int_equal(key->store_state.rc, RC_FULL);
    assert_string_equal(key->store_state.text, "no room");
}

static void every_store_is_told_the_same_number_of_this_key(void **state)
{
    (void)state;
    key_relay_store_came(key);
    run();
    uint64_t first = store.start;
    assert_true(first != 0);
    store.start = 0;
    key_relay_store_came(key);
    run();
    assert_true(store.start == first);
}

#define RELAY_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RELAY_TEST(an_answer_goes_to_its_asker_under_his_own_number),
        RELAY_TEST(an_asker_that_left_gets_nothing_nor_does_the_next_in_his_place),
        RELAY_TEST(without_a_store_the_asker_knows_at_once),
        RELAY_TEST(a_store_that_dies_answers_nobody_and_all_are_told),
        RELAY_TEST(nobody_keeps_the_others_out),
        RELAY_TEST(there_are_never_more_questions_open_than_the_store_keeps),
        RELAY_TEST(a_question_that_got_old_makes_room_and_its_answer_is_only_late),
        RELAY_TEST(an_answer_nobody_asked_for_goes_nowhere),
        RELAY_TEST(an_answer_to_another_question_is_a_breach),
        RELAY_TEST(a_page_that_would_never_end_is_a_breach),
        RELAY_TEST(the_state_of_the_database_is_kept),
        RELAY_TEST(every_store_is_told_the_same_number_of_this_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
