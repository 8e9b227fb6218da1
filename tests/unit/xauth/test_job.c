/* Jobs and results between broker and worker. */
#include "xauth/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct job sample(void)
{
    struct job job = {.method = AAA_PAM,
                      .known = true,
                      .type = 9,
                      .stored = "$9$",
                      .service = "hubward",
                      .user = "alice",
                      .source = "192.0.2.9",
                      .password = "p\0q",
                      .password_len = 4};
    return job;
}

static enum rc get_exact(const uint8_t *octets, size_t n, struct job *out)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, octets, n);
    struct cursor c = cursor_of(exact, n);
    enum rc rc = job_get(&c, out);
    free(exact);
    return rc;
}

static void a_job_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct job job = sample(), out = {.known = false};
    uint8_t octets[JOB_OCTETS];
    memset(job.stored, 's', sizeof job.stored - 1);
    memset(job.service, 'v', sizeof job.service - 1);
    memset(job.user, 'u', sizeof job.user - 1);
    memset(job.password, 0xee, sizeof job.password);
    job.password_len = sizeof job.password;
    struct builder b = builder_of(octets, sizeof octets);
    job_put(&b, &job);
    assert_false(b.bad);
    assert_int_equal(get_exact(octets, builder_len(&b), &out), RC_OK);
    assert_int_equal(out.method, job.method);
    assert_true(out.known);
    assert_int_equal(out.type, 9);
    assert_string_equal(out.stored, job.stored);
    assert_string_equal(out.service, job.service);
    assert_string_equal(out.user, job.user);
    assert_string_equal(out.source, job.source);
    assert_int_equal(out.password_len, job.password_len);
    assert_memory_equal(out.password, job.password, job.password_len);
}

static void every_truncation_and_every_extension_of_a_job_is_refused(void **state)
{
    (void)state;
    struct job job = sample(), out;
    uint8_t octets[JOB_OCTETS] = {0};
    struct builder b = builder_of(octets, sizeof octets);
    job_put(&b, &job);
    for (size_t n = 0; n < builder_len(&b); n++)
        assert_int_equal(get_exact(octets, n, &out), RC_MALFORMED);
    assert_int_equal(get_exact(octets, builder_len(&b) + 1, &out), RC_MALFORMED);
}

static void a_method_that_is_none_and_a_flag_that_is_none_are_refused(void **state)
{
    (void)state;
    struct job job = sample(), out;
    static const size_t flags[] = {0, 1, 2};
    for (size_t i = 0; i < 3; i++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t octets[JOB_OCTETS];
            struct builder b = builder_of(octets, sizeof octets);
            job_put(&b, &job);
            octets[flags[i]] = (uint8_t)value;
            assert_int_equal(get_exact(octets, builder_len(&b), &out),
                             value < 2 ? RC_OK : RC_MALFORMED);
        }
}

enum { EMPTY_RESULT = 14 };

static void a_result_is_fourteen_octets_and_one_of_four(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        struct job_word word = {.kind = JOB_RESULT, .result = {.rc = (enum rc)value, .pam = 28}},
                        out;
        bool legal =
            value == RC_OK || value == RC_AUTH_FAILED || value == RC_AGAIN || value == RC_NOT_FOUND;
        uint8_t octets[EMPTY_RESULT + 1] = {0};
        struct builder b = builder_of(octets, EMPTY_RESULT);
        job_word_put(&b, &word);
        assert_false(b.bad);
        for (size_t n = 0; n <= sizeof octets; n++) {
            struct cursor c = cursor_of(octets, n);
            assert_int_equal(job_word_get(&c, &out),
                             legal && n == EMPTY_RESULT ? RC_OK : RC_MALFORMED);
        }
        if (legal)
            assert_int_equal(out.result.pam, 28);
    }
}

static void what_is_said_of_a_user_comes_out_as_it_went_in_at_its_longest(void **state)
{
    (void)state;
    struct job_word word = {.kind = JOB_RESULT}, out;
    struct login_grant *grant = &word.result.grant;
    uint8_t octets[JOB_WORD_OCTETS];
    memset(grant->group, 'g', sizeof grant->group - 1);
    memset(grant->pool, 'p', sizeof grant->pool - 1);
    memset(word.result.bad_item, 'i', sizeof word.result.bad_item - 1);
    assert_int_equal(addr_parse("2001:db8::7", &grant->addr), RC_OK);
    struct builder b = builder_of(octets, sizeof octets);
    job_word_put(&b, &word);
    assert_false(b.bad);
    struct cursor c = cursor_of(octets, builder_len(&b));
    assert_int_equal(job_word_get(&c, &out), RC_OK);
    assert_string_equal(out.result.grant.group, grant->group);
    assert_string_equal(out.result.grant.pool, grant->pool);
    assert_true(addr_equal(out.result.grant.addr, grant->addr));
    assert_string_equal(out.result.bad_item, word.result.bad_item);
}

static void a_prompt_comes_out_as_it_went_in_and_no_longer(void **state)
{
    (void)state;
    struct job_word word = {.kind = JOB_PROMPT}, out;
    uint8_t octets[JOB_WORD_OCTETS];
    memset(word.prompt, 'p', sizeof word.prompt - 1);
    struct builder b = builder_of(octets, sizeof octets);
    job_word_put(&b, &word);
    assert_false(b.bad);
    for (size_t n = 0; n <= builder_len(&b); n++) {
        struct cursor c = cursor_of(octets, n);
        assert_int_equal(job_word_get(&c, &out), n == builder_len(&b) ? RC_OK : RC_MALFORMED);
    }
    assert_string_equal(out.prompt, word.prompt);
    octets[2] = LOGIN_PROMPT; /* the low octet of its length: one more than there is room for */
    struct cursor c = cursor_of(octets, 3 + LOGIN_PROMPT);
    assert_int_equal(job_word_get(&c, &out), RC_MALFORMED);
    octets[0] = 3;
    c = cursor_of(octets, builder_len(&b));
    assert_int_equal(job_word_get(&c, &out), RC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_comes_out_as_it_went_in),
        cmocka_unit_test(every_truncation_and_every_extension_of_a_job_is_refused),
        cmocka_unit_test(a_method_that_is_none_and_a_flag_that_is_none_are_refused),
        cmocka_unit_test(what_is_said_of_a_user_comes_out_as_it_went_in_at_its_longest),
        cmocka_unit_test(a_prompt_comes_out_as_it_went_in_and_no_longer),
        cmocka_unit_test(a_result_is_fourteen_octets_and_one_of_four),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
