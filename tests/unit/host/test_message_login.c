/* The login messages: what goes in comes out, and nothing else is taken. */
#include "host/message_login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct effect_ask_password sample_ask(void)
{
    struct effect_ask_password ask = {
        .list = "clients", .group = "testgroup", .user = "alice", .password_len = 5};
    for (size_t i = 0; i < sizeof ask.ticket.id; i++)
        ask.ticket.id[i] = (uint8_t)(i + 1);
    memcpy(ask.password, "a\0b\xff!", 5);
    ask.source = addr_v4(0xc0000209);
    return ask;
}

/* The longest ask there can be. */
static struct effect_ask_password longest_ask(void)
{
    struct effect_ask_password ask = sample_ask();
    memset(ask.list, 'l', sizeof ask.list - 1);
    memset(ask.group, 'g', sizeof ask.group - 1);
    memset(ask.user, 'u', sizeof ask.user - 1);
    memset(ask.password, 'p', sizeof ask.password);
    ask.password_len = sizeof ask.password;
    ask.source = (struct addr){.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8}};
    return ask;
}

/* The first n octets of a message on the heap, so that ASan guards their end. */
static uint8_t *copy_exact(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    return copy;
}

static enum rc ask_get_exact(const uint8_t *bytes, size_t n, struct effect_ask_password *out)
{
    uint8_t *exact = copy_exact(bytes, n);
    struct cursor c = cursor_of(exact, n);
    enum rc rc = login_ask_get(&c, out);
    free(exact);
    return rc;
}

static void assert_ask_equal(const struct effect_ask_password *a,
                             const struct effect_ask_password *b)
{
    assert_memory_equal(a->ticket.id, b->ticket.id, sizeof a->ticket.id);
    assert_string_equal(a->list, b->list);
    assert_string_equal(a->group, b->group);
    assert_string_equal(a->user, b->user);
    assert_int_equal(a->password_len, b->password_len);
    assert_memory_equal(a->password, b->password, a->password_len);
    assert_true(addr_equal(a->source, b->source));
    assert_false(b->cancel);
}

static void an_ask_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct effect_ask_password asks[] = {sample_ask(), longest_ask()};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[LOGIN_ASK_MAX];
        struct builder b = builder_of(bytes, sizeof bytes);
        struct effect_ask_password out;
        login_ask_put(&b, &asks[i]);
        assert_false(b.bad);
        assert_int_equal(ask_get_exact(bytes, builder_len(&b), &out), RC_OK);
        assert_ask_equal(&asks[i], &out);
        assert_int_equal(message_allowed(MSG_LOGIN, ROLE_KEY, ROLE_XAUTH, builder_len(&b), 0),
                         RC_OK);
    }
}

static void every_truncation_and_every_extension_of_an_ask_is_refused(void **state)
{
    (void)state;
    struct effect_ask_password ask = sample_ask(), out, before;
    uint8_t bytes[LOGIN_ASK_MAX] = {0};
    struct builder b = builder_of(bytes, sizeof bytes);
    login_ask_put(&b, &ask);
    memset(&out, 0x5a, sizeof out);
    before = out;
    for (size_t n = 0; n < builder_len(&b); n++)
        assert_int_equal(ask_get_exact(bytes, n, &out), RC_MALFORMED);
    assert_int_equal(ask_get_exact(bytes, builder_len(&b) + 1, &out), RC_MALFORMED);
    assert_memory_equal(&out, &before, sizeof out);
}

static void a_password_longer_than_its_field_is_neither_written_nor_read(void **state)
{
    (void)state;
    struct effect_ask_password ask = longest_ask(), out;
    uint8_t bytes[LOGIN_ASK_MAX + 8];
    struct builder b = builder_of(bytes, sizeof bytes);
    ask.password_len++;
    login_ask_put(&b, &ask);
    assert_true(b.bad);

    ask = sample_ask();
    b = builder_of(bytes, sizeof bytes);
    builder_bytes(&b, ask.ticket.id, sizeof ask.ticket.id);
    builder_string(&b, ask.list);
    builder_string(&b, ask.group);
    builder_string(&b, ask.user);
    builder_u16(&b, sizeof ask.password + 1);
    builder_zeros(&b, sizeof ask.password + 1);
    addr_put(&b, ask.source);
    assert_int_equal(ask_get_exact(bytes, builder_len(&b), &out), RC_MALFORMED);
}

static void a_name_with_octet_zero_or_of_256_octets_is_refused(void **state)
{
    (void)state;
    struct effect_ask_password ask = sample_ask(), out;
    uint8_t bytes[LOGIN_ASK_MAX];
    char name[257];
    memset(name, 'x', 256);
    name[256] = '\0';
    for (int with_zero = 0; with_zero < 2; with_zero++) {
        struct builder b = builder_of(bytes, sizeof bytes);
        builder_bytes(&b, ask.ticket.id, sizeof ask.ticket.id);
        builder_string(&b, ask.list);
        builder_string(&b, ask.group);
        if (with_zero) {
            builder_u16(&b, 3);
            builder_bytes(&b, "a\0b", 3);
        } else {
            builder_string(&b, name);
        }
        builder_u16(&b, 0);
        addr_put(&b, ask.source);
        assert_int_equal(ask_get_exact(bytes, builder_len(&b), &out), RC_MALFORMED);
    }
}

static void a_cancel_is_exactly_a_ticket(void **state)
{
    (void)state;
    struct ticket ticket = sample_ask().ticket, out;
    uint8_t bytes[LOGIN_CANCEL_LEN + 1] = {0};
    struct builder b = builder_of(bytes, LOGIN_CANCEL_LEN);
    login_cancel_put(&b, &ticket);
    assert_false(b.bad);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t *exact = copy_exact(bytes, n);
        struct cursor c = cursor_of(exact, n);
        assert_int_equal(login_cancel_get(&c, &out), n == LOGIN_CANCEL_LEN ? RC_OK : RC_MALFORMED);
        free(exact);
    }
    assert_memory_equal(&ticket, &out, sizeof ticket);
}

/* A ticket, a result, a rule, and nothing said of the user: two empty texts, no address. */
enum { EMPTY_VERDICT = 16 + 2 + 5 };

static void what_is_said_of_a_user_goes_with_a_success_and_with_nothing_else(void **state)
{
    (void)state;
    struct login_verdict verdict = {.rc = RC_OK, .rule = RULE_CHOSEN}, out;
    uint8_t bytes[LOGIN_VERDICT_MAX];
    memset(verdict.grant.group, 'g', sizeof verdict.grant.group - 1);
    memset(verdict.grant.pool, 'p', sizeof verdict.grant.pool - 1);
    assert_int_equal(addr_parse("2001:db8::7", &verdict.grant.addr), RC_OK);
    for (int refused = 0; refused < 2; refused++) {
        struct builder b = builder_of(bytes, sizeof bytes);
        verdict.rc = refused ? RC_AUTH_FAILED : RC_OK;
        verdict.rule = refused ? RULE_PASSWORD : RULE_CHOSEN;
        login_verdict_put(&b, &verdict);
        assert_false(b.bad);
        struct cursor c = cursor_of(bytes, builder_len(&b));
        assert_int_equal(message_allowed(MSG_VERDICT, ROLE_XAUTH, ROLE_KEY, builder_len(&b), 0),
                         RC_OK);
        assert_int_equal(login_verdict_get(&c, &out), refused ? RC_MALFORMED : RC_OK);
    }
    assert_string_equal(out.grant.pool, verdict.grant.pool);
    assert_true(addr_equal(out.grant.addr, verdict.grant.addr));
}

static void a_verdict_is_a_result_with_a_rule_that_fits_it(void **state)
{
    static const struct {
        enum rc rc;
        enum decision_rule rule;
    } legal[] = {{RC_OK, RULE_CHOSEN},
                 {RC_AGAIN, RULE_NO_VERDICT},
                 {RC_AUTH_FAILED, RULE_PASSWORD},
                 {RC_AUTH_FAILED, RULE_ACCOUNT_EXPIRED},
                 {RC_AUTH_FAILED, RULE_ACCOUNT_LOCKED},
                 {RC_AUTH_FAILED, RULE_NEW_PASSWORD}};
    size_t taken = 0;
    (void)state;
    for (unsigned value = 0; value < 65536; value++) {
        uint8_t bytes[EMPTY_VERDICT] = {0};
        struct login_verdict out;
        bool good = false;
        bytes[16] = (uint8_t)(value >> 8);
        bytes[17] = (uint8_t)value;
        for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++)
            good = good || (bytes[16] == legal[i].rc && bytes[17] == legal[i].rule);
        struct cursor c = cursor_of(bytes, sizeof bytes);
        assert_int_equal(login_verdict_get(&c, &out), good ? RC_OK : RC_MALFORMED);
        taken += good;
    }
    assert_int_equal(taken, sizeof legal / sizeof legal[0]);
}

static void every_truncation_and_every_extension_of_a_verdict_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[EMPTY_VERDICT + 1] = {0};
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct login_verdict out;
        uint8_t *exact = copy_exact(bytes, n);
        struct cursor c = cursor_of(exact, n);
        assert_int_equal(login_verdict_get(&c, &out), n == EMPTY_VERDICT ? RC_OK : RC_MALFORMED);
        free(exact);
    }
}

static void a_challenge_is_a_ticket_and_a_printable_prompt(void **state)
{
    static const struct {
        const char *prompt;
        enum rc rc;
    } rows[] = {
        {"Code:", RC_OK}, {"", RC_MALFORMED}, {"a\nb", RC_MALFORMED}, {"\xff", RC_MALFORMED}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct login_challenge challenge = {.ticket = sample_ask().ticket}, out;
        uint8_t bytes[LOGIN_CHALLENGE_MAX];
        struct builder b = builder_of(bytes, sizeof bytes);
        strcpy(challenge.prompt, rows[i].prompt);
        login_challenge_put(&b, &challenge);
        assert_false(b.bad);
        for (size_t n = 0; n <= builder_len(&b); n++) {
            uint8_t *exact = copy_exact(bytes, n);
            struct cursor c = cursor_of(exact, n);
            assert_int_equal(login_challenge_get(&c, &out),
                             n == builder_len(&b) ? rows[i].rc : RC_MALFORMED);
            free(exact);
        }
        if (rows[i].rc == RC_OK)
            assert_string_equal(out.prompt, rows[i].prompt);
    }
}

static void an_answer_to_a_challenge_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct login_answer answer = {.ticket = sample_ask().ticket, .len = LOGIN_TEXT}, out;
    uint8_t bytes[LOGIN_ANSWER_MAX];
    memset(answer.text, '7', sizeof answer.text);
    struct builder b = builder_of(bytes, sizeof bytes);
    login_answer_put(&b, &answer);
    assert_false(b.bad);
    assert_int_equal(message_allowed(MSG_LOGIN_ANSWER, ROLE_KEY, ROLE_XAUTH, builder_len(&b), 0),
                     RC_OK);
    for (size_t n = 0; n <= builder_len(&b); n++) {
        uint8_t *exact = copy_exact(bytes, n);
        struct cursor c = cursor_of(exact, n);
        assert_int_equal(login_answer_get(&c, &out), n == builder_len(&b) ? RC_OK : RC_MALFORMED);
        free(exact);
    }
    assert_int_equal(out.len, answer.len);
    assert_memory_equal(out.text, answer.text, answer.len);
    answer.len++;
    b = builder_of(bytes, sizeof bytes);
    login_answer_put(&b, &answer);
    assert_true(b.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ask_comes_out_as_it_went_in),
        cmocka_unit_test(every_truncation_and_every_extension_of_an_ask_is_refused),
        cmocka_unit_test(a_password_longer_than_its_field_is_neither_written_nor_read),
        cmocka_unit_test(a_name_with_octet_zero_or_of_256_octets_is_refused),
        cmocka_unit_test(a_challenge_is_a_ticket_and_a_printable_prompt),
        cmocka_unit_test(an_answer_to_a_challenge_comes_out_as_it_went_in),
        cmocka_unit_test(a_cancel_is_exactly_a_ticket),
        cmocka_unit_test(what_is_said_of_a_user_goes_with_a_success_and_with_nothing_else),
        cmocka_unit_test(a_verdict_is_a_result_with_a_rule_that_fits_it),
        cmocka_unit_test(every_truncation_and_every_extension_of_a_verdict_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
