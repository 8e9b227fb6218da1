/* Questions about names and their answers, forth and back, and everything that is neither. */
#include "host/message_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct name_answer answer_of(size_t count)
{
    struct name_answer answer = {.host = "hub.example", .count = count};
    for (size_t i = 0; i < count; i++)
        answer.addrs[i] =
            (struct addr){.family = i % 2 ? ADDR_V6 : ADDR_V4, .bytes = {192, 0, 2, (uint8_t)i}};
    return answer;
}

static void a_question_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t octets[NAME_MESSAGE_MAX];
    char host[NAME_HOST];
    struct builder b = builder_of(octets, sizeof octets);
    name_question_put(&b, "hub-1.example");
    assert_false(b.bad);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(name_question_get(&c, host), RC_OK);
    assert_string_equal(host, "hub-1.example");
}

static void what_is_no_name_is_no_question(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "-x.example", "a b", "a;b", "a/b", "a\nb", "b\xc3\xbc"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t octets[NAME_MESSAGE_MAX];
        char host[NAME_HOST] = "kept";
        struct builder b = builder_of(octets, sizeof octets);
        builder_string(&b, wrong[i]);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(name_question_get(&c, host), RC_MALFORMED);
        assert_string_equal(host, "kept");
        b = builder_of(octets, sizeof octets);
        name_question_put(&b, wrong[i]);
        assert_true(b.bad);
    }
}

static void answers_come_back_as_they_were(void **state)
{
    (void)state;
    for (size_t count = 0; count <= NAME_ADDRS; count++) {
        uint8_t octets[NAME_MESSAGE_MAX];
        struct builder b = builder_of(octets, sizeof octets);
        const struct name_answer answer = answer_of(count);
        struct name_answer out;
        name_answer_put(&b, &answer);
        assert_false(b.bad);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(name_answer_get(&c, &out), RC_OK);
        assert_string_equal(out.host, answer.host);
        assert_int_equal(out.count, count);
        for (size_t i = 0; i < count; i++)
            assert_true(addr_equal(out.addrs[i], answer.addrs[i]));
    }
}

static void every_truncation_and_every_octet_more_is_refused(void **state)
{
    (void)state;
    uint8_t octets[NAME_MESSAGE_MAX] = {0};
    struct builder b = builder_of(octets, sizeof octets);
    const struct name_answer answer = answer_of(NAME_ADDRS);
    name_answer_put(&b, &answer);
    const size_t len = builder_span(&b).len;
    for (size_t n = 0; n <= len + 1; n++) {
        struct name_answer out;
        struct cursor c = cursor_over((struct span){octets, n});
        assert_int_equal(name_answer_get(&c, &out), n == len ? RC_OK : RC_MALFORMED);
    }
}

static void more_addresses_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    uint8_t octets[NAME_MESSAGE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct name_answer out;
    builder_string(&b, "hub.example");
    builder_u8(&b, NAME_ADDRS + 1);
    for (int i = 0; i <= NAME_ADDRS; i++)
        addr_put(&b, answer_of(1).addrs[0]);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(name_answer_get(&c, &out), RC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_comes_back_as_it_was),
        cmocka_unit_test(what_is_no_name_is_no_question),
        cmocka_unit_test(answers_come_back_as_they_were),
        cmocka_unit_test(every_truncation_and_every_octet_more_is_refused),
        cmocka_unit_test(more_addresses_than_there_is_room_for_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
