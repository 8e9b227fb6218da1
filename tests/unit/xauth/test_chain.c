/* Lists of several methods: who is asked when, and what is told. */
#include "broker_fixture.h"

/* One login from its beginning to its verdict, over as many methods as it takes. */
static const struct login_outcome *chained(const char *list, const char *user, const char *password)
{
    struct effect_ask_password ask = ask_of(1, list, user, password);
    verdict_count = 0;
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    for (int i = 0; i < 4 && verdict_count == 0; i++) {
        uint64_t next_ms = broker_next_ms(broker);
        if (next_ms <= START + 3000) { /* a refusal stands */
            assert_int_equal(next_ms, START + 3000);
            assert_int_equal(broker_turn(broker, START + 2999), RC_OK);
            assert_int_equal(verdict_count, 0);
            assert_int_equal(broker_turn(broker, next_ms), RC_OK);
            break;
        }
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + 5), RC_OK);
    }
    assert_int_equal(verdict_count, 1);
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
    return &last_verdict.outcome;
}

static void the_next_method_is_asked_when_one_knows_no_such_user_or_cannot_answer(void **state)
{
    static const struct {
        const char *list, *user, *password;
        enum rc rc;
        enum decision_rule rule;
        enum aaa_method method;
        const char *reason;
    } rows[] = {
        {"local-pam", "alice", "secret", RC_OK, RULE_CHOSEN, AAA_LOCAL,
         "local: the password is right"},
        {"local-pam", "bob", "hunter2", RC_AUTH_FAILED, RULE_ACCOUNT_LOCKED, AAA_PAM,
         "local: there is no such user; matrix: "},
        {"local-pam", "bob", "wrong", RC_AUTH_FAILED, RULE_PASSWORD, AAA_PAM,
         "local: there is no such user; matrix: "},
        {"unknown-local", "alice", "secret", RC_OK, RULE_CHOSEN, AAA_LOCAL,
         "unknown: User not known to the underlying authentication module; local: the password"},
        {"unknown-local", "alice", "wrong", RC_AUTH_FAILED, RULE_PASSWORD, AAA_LOCAL, "unknown: "},
        {"unknown-local", "nobody", "wrong", RC_AUTH_FAILED, RULE_PASSWORD, AAA_LOCAL, "unknown: "},
        {"down-local", "alice", "secret", RC_OK, RULE_CHOSEN, AAA_LOCAL, "unavailable: "},
        {"crash-local", "alice", "secret", RC_OK, RULE_CHOSEN, AAA_LOCAL, "crash: its worker died"},
        {"root-local", "alice", "secret", RC_OK, RULE_CHOSEN, AAA_LOCAL,
         "matrix: workers as root cannot be started"},
        {"unknown-local", "-schallenge", "x", RC_AUTH_FAILED, RULE_PASSWORD, AAA_LOCAL,
         "unknown: the name holds characters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct login_outcome *outcome = chained(rows[i].list, rows[i].user, rows[i].password);
        assert_int_equal(outcome->rc, rows[i].rc);
        assert_int_equal(outcome->rule, rows[i].rule);
        assert_int_equal(outcome->method, rows[i].method);
        assert_int_equal(strncmp(outcome->reason, rows[i].reason, strlen(rows[i].reason)), 0);
    }
}

static void nobody_else_is_asked_after_a_wrong_password_or_a_disabled_user(void **state)
{
    (void)state;
    const struct login_outcome *outcome = chained("local-pam", "alice", "Secret");
    assert_int_equal(outcome->rc, RC_AUTH_FAILED);
    assert_string_equal(outcome->reason, "local: the password is wrong");
    outcome = chained("pam-local", "alice", "secret"); /* right for the second */
    assert_int_equal(outcome->rc, RC_AUTH_FAILED);
    assert_int_equal(outcome->method, AAA_PAM);
    outcome = chained("local-pam", "gone", "secret");
    assert_int_equal(outcome->rule, RULE_ACCOUNT_LOCKED);
    assert_string_equal(outcome->reason, "local: the user is disabled");
}

static void a_method_that_hangs_gives_way_to_the_next_and_its_worker_ends(void **state)
{
    (void)state;
    login(1, "hung-local", "alice", "secret");
    assert_true(services_wait(&services, 2, 2));
    assert_int_equal(broker_next_ms(broker), START + 10000);
    assert_int_equal(broker_turn(broker, START + 10000), RC_OK);
    assert_int_equal(broker_next_ms(broker), START + 30000);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 10010), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_OK);
    assert_true(services_wait(&services, 0, 0));
    login(2, "hung-down", "alice", "secret");
    assert_int_equal(broker_turn(broker, START + 10000), RC_OK);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 10010), RC_OK);
    assert_int_equal(broker_turn(broker, START + 12000), RC_OK);
    assert_int_equal(verdict_count, 2);
    assert_int_equal(verdicts[1].rc, RC_AGAIN);
    assert_int_equal(last_verdict.outcome.rule, RULE_NO_VERDICT);
}

static void a_cancelled_chain_leaves_nothing(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "hung-local", "alice", "secret");
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    assert_true(services_wait(&services, 2, 2));
    broker_cancel(broker, &ask.ticket);
    assert_true(services_wait(&services, 0, 0));
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
    assert_int_equal(broker_turn(broker, START + 10000), RC_OK);
    assert_int_equal(verdict_count, 0);
}

/* Memory is looked for a text that the test itself holds only inverted. */
static void the_password_of_a_chain_is_kept_only_while_a_method_is_left(void **state)
{
    (void)state;
    enum { LEN = 20 };
    static char inverted[LEN];
    static struct effect_ask_password ask;
    for (int i = 0; i < LEN; i++)
        inverted[i] = (char)~(33 + (i * 41 + 7) % 90);
    ask = ask_of(1, "unknown-hung", "alice", "");
    for (int i = 0; i < LEN; i++)
        ask.password[i] = (uint8_t)~inverted[i];
    ask.password_len = LEN;
    assert_int_equal(broker_login(broker, &ask, false, START), RC_OK);
    wipe(&ask, sizeof ask);
    assert_true(services_memory_holds(getpid(), inverted, LEN));
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 5), RC_OK); /* the second has it, and hangs */
    assert_int_equal(verdict_count, 0);
    assert_false(services_memory_holds(getpid(), inverted, LEN));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(the_next_method_is_asked_when_one_knows_no_such_user_or_cannot_answer),
        BROKER_TEST(nobody_else_is_asked_after_a_wrong_password_or_a_disabled_user),
        BROKER_TEST(a_method_that_hangs_gives_way_to_the_next_and_its_worker_ends),
        BROKER_TEST(a_cancelled_chain_leaves_nothing),
        BROKER_TEST(the_password_of_a_chain_is_kept_only_while_a_method_is_left),
    };
    services_be_worker(argc, argv);
    if (!services_has_modules()) {
        print_message("libpam-wrapper's modules are not installed: skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
