/* Pages of users: what goes in comes out, nothing else is taken, and no hash is in them. */
#include "host/message_users.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 2 * USERS_PAGE_ROWS + 3 };

static char names[MANY][16];
static struct config_user rows[MANY];
static struct config people = {.users = rows, .user_count = MANY, .users_file = "/etc/users"};

static int make_people(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "user%u", i);
        rows[i] = (struct config_user){
            .name = names[i], .type = 9, .stored = "SESAME", .disabled = i % 2 == 1, .line = i + 1};
    }
    return 0;
}

static void pages_hold_every_user_once(void **state)
{
    static struct users_page page, read;
    static uint8_t octets[MESSAGE_MAX];
    uint32_t at = 0;
    size_t seen = 0;
    (void)state;
    do {
        struct builder b = builder_of(octets, sizeof octets);
        users_page_fill(&people, at, &page);
        users_page_put(&b, &page);
        assert_false(b.bad);
        assert_null(memmem(octets, builder_len(&b), "SESAME", 6));
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(users_page_get(&c, &read), RC_OK);
        assert_string_equal(read.file, "/etc/users");
        for (size_t i = 0; i < read.count; i++, seen++) {
            assert_string_equal(read.rows[i].name, names[seen]);
            assert_int_equal(read.rows[i].disabled, seen % 2 == 1);
            assert_int_equal(read.rows[i].line, seen + 1);
            assert_int_equal(read.rows[i].type, 9);
        }
        at = read.next;
    } while (at);
    assert_int_equal(seen, MANY);
    users_page_fill(&people, UINT32_MAX, &page);
    assert_int_equal(page.count + page.next, 0);
}

static void what_was_cut_or_added_is_refused(void **state)
{
    static struct users_page page, read;
    static uint8_t octets[256];
    (void)state;
    const struct config two = {.users = rows, .user_count = 2};
    struct builder b = builder_of(octets, sizeof octets);
    users_page_fill(&two, 0, &page);
    users_page_put(&b, &page);
    for (size_t n = 0; n < builder_len(&b); n++) {
        uint8_t *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, octets, n);
        struct cursor c = cursor_of(exact, n);
        enum rc rc = users_page_get(&c, &read);
        /* The beginning of a page that ends with a row is a page. */
        assert_true(rc == RC_MALFORMED || read.count < 2);
        free(exact);
    }
    uint32_t at;
    struct cursor c = cursor_of(octets, 5);
    assert_int_equal(users_question_get(&c, &at), RC_MALFORMED);
}

static void the_largest_page_fits_a_message(void **state)
{
    static struct users_page page = {.count = USERS_PAGE_ROWS};
    static uint8_t octets[MESSAGE_MAX];
    (void)state;
    memset(page.file, 'f', sizeof page.file - 1);
    for (size_t i = 0; i < USERS_PAGE_ROWS; i++)
        memset(page.rows[i].name, 'n', sizeof page.rows[i].name - 1);
    struct builder b = builder_of(octets, sizeof octets);
    users_page_put(&b, &page);
    assert_false(b.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_hold_every_user_once),
        cmocka_unit_test(what_was_cut_or_added_is_refused),
        cmocka_unit_test(the_largest_page_fits_a_message),
    };
    return cmocka_run_group_tests(tests, make_people, NULL);
}
