/* Logins that ask the user for more than a password: rounds, their bounds, and what is left. */
#include "broker_fixture.h"

static void answer(unsigned n, const char *text, uint64_t now_ms)
{
    struct login_answer said = {.len = strlen(text)};
    memcpy(said.ticket.id, &n, sizeof n);
    said.ticket.id[15] = 1;
    memcpy(said.text, text, said.len);
    broker_answer(broker, &said, now_ms);
}

/* A login up to its first challenge, at START + 5. */
static void challenged(const char *list, const char *password)
{
    login(1, list, "alice", password);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 5), RC_OK);
}

static void a_right_password_and_a_right_code_are_let_in(void **state)
{
    static const char *const names[] = {"otp", "otp-first"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        challenged(names[i], "secret");
        assert_int_equal(verdict_count, i);
        assert_int_equal(challenge_count, i + 1);
        assert_string_equal(last_challenge.prompt, "Verification code 1:");
        answer(1, "314159", START + 20000);
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + 20005), RC_OK);
        assert_int_equal(verdict_count, i + 1);
        assert_int_equal(verdicts[i].rc, RC_OK);
    }
}

static void a_wrong_code_and_a_wrong_password_are_refused(void **state)
{
    (void)state;
    challenged("otp", "secret");
    answer(1, "000000", START + 1000);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 1005), RC_OK);
    assert_int_equal(broker_turn(broker, START + 1200), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(last_verdict.outcome.rule, RULE_PASSWORD);
    challenged("otp-first", "wrong");
    answer(1, "314159", START + 1000);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 1005), RC_OK);
    assert_int_equal(broker_turn(broker, START + 1200), RC_OK);
    assert_int_equal(verdict_count, 2);
    assert_int_equal(verdicts[1].rc, RC_AUTH_FAILED);
}

static void an_answer_that_is_no_text_is_refused_unasked(void **state)
{
    static const char *const answers[] = {"", "a\nb", "\xff"};
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        challenged("otp", "secret");
        answer(1, answers[i], START + 1000);
        assert_true(services_wait(&services, 0, 0));
        assert_int_equal(broker_turn(broker, START + 1200), RC_OK);
        assert_int_equal(verdict_count, i + 1);
        assert_int_equal(verdicts[i].rc, RC_AUTH_FAILED);
    }
}

static void an_answer_that_nobody_waits_for_is_ignored(void **state)
{
    (void)state;
    answer(7, "314159", START);
    login(1, "hung", "alice", "secret");
    assert_true(services_wait(&services, 2, 2));
    answer(1, "314159", START + 1);
    assert_int_equal(broker_next_ms(broker), START + 30000);
}

static void the_rounds_have_one_deadline_and_then_the_place_is_free(void **state)
{
    (void)state;
    challenged("otp", "secret");
    assert_int_equal(broker_next_ms(broker), START + 120000);
    assert_int_equal(broker_turn(broker, START + 119999), RC_OK);
    assert_int_equal(verdict_count, 0);
    assert_int_equal(broker_turn(broker, START + 120000), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
    assert_true(services_wait(&services, 0, 0));
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
}

static void a_service_that_goes_on_asking_is_ended(void **state)
{
    (void)state;
    challenged("otp-endless", "secret");
    static const char *const codes[] = {"1", "2", "3", "4", "5", "6"};
    for (unsigned i = 0; i < 6 && verdict_count == 0; i++) {
        answer(1, codes[i], START + 10);
        wait_for_worker();
        assert_int_equal(broker_turn(broker, START + 11), RC_OK);
        if (broker_next_ms(broker) == START + 300)
            assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    }
    assert_int_equal(challenge_count, 4);
    assert_int_equal(verdict_count, 1);
    assert_int_not_equal(verdicts[0].rc, RC_OK);
}

static void a_cancelled_challenge_leaves_nothing(void **state)
{
    (void)state;
    challenged("otp", "secret");
    broker_cancel(broker, &last_challenge.ticket);
    assert_true(services_wait(&services, 0, 0));
    answer(1, "314159", START + 10);
    assert_int_equal(broker_next_ms(broker), UINT64_MAX);
    assert_int_equal(verdict_count, 0);
}

static void a_worker_that_dies_while_it_waits_is_no_verdict(void **state)
{
    (void)state;
    challenged("otp", "secret");
    kill(launcher_pid, SIGSTOP); /* it must not see the end before the broker does */
    services_kill_worker(launcher_pid);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 100), RC_OK);
    kill(launcher_pid, SIGCONT);
    assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(verdicts[0].rc, RC_AGAIN);
}

static void an_operator_hears_what_would_be_asked(void **state)
{
    (void)state;
    struct effect_ask_password ask = ask_of(1, "otp", "alice", "secret");
    assert_int_equal(broker_login(broker, &ask, true, START), RC_OK);
    wait_for_worker();
    assert_int_equal(broker_turn(broker, START + 5), RC_OK);
    assert_int_equal(broker_turn(broker, START + 300), RC_OK);
    assert_int_equal(verdict_count, 1);
    assert_int_equal(challenge_count, 0);
    assert_non_null(strstr(last_verdict.outcome.reason, "asks \"Verification code 1:\""));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(a_right_password_and_a_right_code_are_let_in),
        BROKER_TEST(a_wrong_code_and_a_wrong_password_are_refused),
        BROKER_TEST(an_answer_that_is_no_text_is_refused_unasked),
        BROKER_TEST(an_answer_that_nobody_waits_for_is_ignored),
        BROKER_TEST(the_rounds_have_one_deadline_and_then_the_place_is_free),
        BROKER_TEST(a_service_that_goes_on_asking_is_ended),
        BROKER_TEST(a_cancelled_challenge_leaves_nothing),
        BROKER_TEST(a_worker_that_dies_while_it_waits_is_no_verdict),
        BROKER_TEST(an_operator_hears_what_would_be_asked),
    };
    services_be_worker(argc, argv);
    if (!services_has_modules()) {
        print_message("libpam-wrapper's modules are not installed: skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
