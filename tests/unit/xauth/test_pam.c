/* The PAM conversation, against modules made for tests (libpam-wrapper) and the system's own. */
#include "services.h"
#include "xauth/job.h"
#include "xauth/pam.h"

#include <security/pam_appl.h>
#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct services services;
static int code;     /* of the last login */
static bool account; /* it is the account check's */
static bool attributes;
static struct login_grant grant;
static char bad_item[JOB_ITEM];

/* In a process of its own, as every login is: modules made for tests do not free all they took. */
static enum rc login(const char *service, const char *user, const char *password)
{
    const struct pam_ask ask = {.service = service,
                                .confdir = services.directory,
                                .user = user,
                                .source = "192.0.2.9",
                                .password = {(const uint8_t *)password, strlen(password)},
                                .attributes = attributes};
    struct {
        enum rc rc;
        struct pam_end end;
        char bad_item[JOB_ITEM];
    } out = {.rc = RC_IO};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        out.rc = pam_login(&ask, &out.end);
        snprintf(out.bad_item, sizeof out.bad_item, "%s", out.end.bad_item ? out.end.bad_item : "");
        _exit(write(ends[1], &out, sizeof out) == sizeof out ? 0 : 1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &out, sizeof out), sizeof out);
    close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    code = out.end.code;
    account = out.end.account;
    grant = out.end.grant;
    memcpy(bad_item, out.bad_item, sizeof bad_item);
    return out.rc;
}

static void the_right_password_is_let_in_and_no_other(void **state)
{
    (void)state;
    assert_int_equal(login("matrix", "alice", "secret"), RC_OK);
    assert_int_equal(code, PAM_SUCCESS);
    assert_int_equal(login("matrix", "alice", "secre"), RC_AUTH_FAILED);
    assert_int_equal(login("matrix", "alice", "secret "), RC_AUTH_FAILED);
    assert_int_equal(login("matrix", "alice", "hunter2"), RC_AUTH_FAILED);
}

static void an_unknown_user_is_refused_as_a_wrong_password_is(void **state)
{
    (void)state;
    assert_int_equal(login("matrix", "nobody-here", "secret"), RC_AUTH_FAILED);
}

static void a_user_of_another_service_is_refused_by_the_account_check(void **state)
{
    (void)state;
    assert_int_equal(login("matrix", "bob", "hunter2"), RC_AUTH_FAILED);
    assert_int_equal(code, PAM_PERM_DENIED);
}

static void what_modules_say_of_the_user_is_read_where_it_is_wanted(void **state)
{
    char text[ADDR_TEXT];
    (void)state;
    assert_int_equal(login("gives", "alice", "secret"), RC_OK);
    assert_string_equal(grant.group, "");
    attributes = true;
    assert_int_equal(login("gives", "alice", "secret"), RC_OK);
    assert_string_equal(grant.group, "sales");
    assert_string_equal(grant.pool, "p");
    assert_string_equal(addr_format(grant.addr, text), "10.5.5.9");
    assert_int_equal(login("permit", "alice", "secret"), RC_OK);
    assert_int_equal(grant.addr.family, ADDR_NONE);
    assert_int_equal(login("gives-and-denies", "alice", "secret"), RC_AUTH_FAILED);
    assert_string_equal(grant.pool, "");
    attributes = false;
}

static void an_item_that_cannot_be_used_is_no_verdict_and_is_named(void **state)
{
    (void)state;
    assert_int_equal(login("gives-no-address", "alice", "secret"), RC_OK);
    attributes = true;
    assert_int_equal(login("gives-no-address", "alice", "secret"), RC_AGAIN);
    assert_string_equal(bad_item, "HUBWARD_ADDRESS");
    assert_int_equal(login("gives-too-much", "alice", "secret"), RC_AGAIN);
    assert_string_equal(bad_item, "HUBWARD_POOL");
    attributes = false;
}

static void expired_accounts_and_passwords_are_refused(void **state)
{
    (void)state;
    assert_int_equal(login("expired", "alice", "secret"), RC_AUTH_FAILED);
    assert_int_equal(code, PAM_ACCT_EXPIRED);
    assert_int_equal(login("stale", "alice", "secret"), RC_AUTH_FAILED);
    assert_int_equal(code, PAM_NEW_AUTHTOK_REQD);
}

static void every_refusal_has_the_rule_that_tells_it(void **state)
{
    static const struct {
        const char *service;
        enum rc rc;
        enum decision_rule rule;
    } rows[] = {{"deny", RC_AUTH_FAILED, RULE_PASSWORD},
                {"expired", RC_AUTH_FAILED, RULE_ACCOUNT_EXPIRED},
                {"barred", RC_AUTH_FAILED, RULE_ACCOUNT_LOCKED},
                {"no-opinion", RC_AUTH_FAILED, RULE_PASSWORD},
                {"maxtries", RC_AUTH_FAILED, RULE_ACCOUNT_LOCKED},
                {"stale", RC_AUTH_FAILED, RULE_NEW_PASSWORD},
                {"unavailable", RC_AGAIN, RULE_NO_VERDICT}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(login(rows[i].service, "alice", "secret"), rows[i].rc);
        assert_int_equal(pam_rule((uint32_t)code, account), rows[i].rule);
    }
    assert_int_equal(pam_rule(UINT32_MAX, false), RULE_NO_VERDICT);
}

/* Only before anybody has seen the password: later it is a refusal. */
static void a_user_that_the_modules_do_not_know_is_another_methods(void **state)
{
    (void)state;
    assert_int_equal(login("unknown", "alice", "secret"), RC_NOT_FOUND);
    assert_int_equal(login("ghost", "alice", "secret"), RC_AUTH_FAILED);
    assert_int_equal(code, PAM_USER_UNKNOWN);
}

static void a_second_module_gets_the_password_again(void **state)
{
    (void)state;
    assert_int_equal(login("twice", "alice", "secret"), RC_OK);
    assert_int_equal(login("twice", "alice", "wrong"), RC_AUTH_FAILED);
}

static void a_stack_that_goes_on_asking_gets_no_fifth_answer(void **state)
{
    (void)state;
    assert_int_not_equal(login("endless", "alice", "secret"), RC_OK);
}

/* The module takes what it hears for the password: it must have heard the name. */
static void a_prompt_that_shows_what_is_typed_never_gets_the_password(void **state)
{
    (void)state;
    assert_int_equal(login("echo", "alice", "secret"), RC_AUTH_FAILED);
}

static void messages_without_a_question_are_dropped(void **state)
{
    (void)state;
    assert_int_equal(login("chatty", "alice", "secret"), RC_OK);
}

static void a_broken_service_gives_no_verdict(void **state)
{
    (void)state;
    assert_int_equal(login("unavailable", "alice", "secret"), RC_AGAIN);
    assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
    assert_int_equal(login("no-module", "alice", "secret"), RC_AGAIN);
    assert_int_equal(code, PAM_MODULE_UNKNOWN);
    assert_int_equal(login("no-such-service", "alice", "secret"), RC_AGAIN);
}

static void the_delay_that_a_module_asks_for_is_not_slept(void **state)
{
    (void)state;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(login("slow-deny", "alice", "secret"), RC_AUTH_FAILED);
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_true(b.tv_sec - a.tv_sec < 3); /* libpam would sleep 2.5 to 7.5 s */
}

static void every_code_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(pam_text(PAM_USER_UNKNOWN),
                        "User not known to the underlying authentication module");
    assert_non_null(pam_text(_PAM_RETURN_VALUES));
    assert_non_null(pam_text(UINT32_MAX));
}

static int setup(void **state)
{
    (void)state;
    return services_init(&services) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    services_remove(&services);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_right_password_is_let_in_and_no_other),
        cmocka_unit_test(an_unknown_user_is_refused_as_a_wrong_password_is),
        cmocka_unit_test(a_user_of_another_service_is_refused_by_the_account_check),
        cmocka_unit_test(expired_accounts_and_passwords_are_refused),
        cmocka_unit_test(what_modules_say_of_the_user_is_read_where_it_is_wanted),
        cmocka_unit_test(an_item_that_cannot_be_used_is_no_verdict_and_is_named),
        cmocka_unit_test(every_refusal_has_the_rule_that_tells_it),
        cmocka_unit_test(a_user_that_the_modules_do_not_know_is_another_methods),
        cmocka_unit_test(a_second_module_gets_the_password_again),
        cmocka_unit_test(a_stack_that_goes_on_asking_gets_no_fifth_answer),
        cmocka_unit_test(a_prompt_that_shows_what_is_typed_never_gets_the_password),
        cmocka_unit_test(messages_without_a_question_are_dropped),
        cmocka_unit_test(a_broken_service_gives_no_verdict),
        cmocka_unit_test(the_delay_that_a_module_asks_for_is_not_slept),
        cmocka_unit_test(every_code_has_a_text),
    };
    if (!services_has_modules()) {
        print_message("libpam-wrapper's modules are not installed: skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
