/* The message table against a second one written by hand: every kind, sender, receiver, size and
 * number of descriptors there is. */
#include "host/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { W = 1, K = 2, P = 4, X = 8, S = 16, B = 32, O = 64, L = 128, R = 256 };
enum { KIDS = K | P | X | S | B | L | R };

/* Bit of each role in the enum's order: warden key path xauth store web(browser side) operator
 * launcher resolver. */
static const struct expected {
    enum message_kind kind;
    unsigned from;
    unsigned to;
    size_t most;
    size_t fds;
} table[] = {
    {MSG_CONFIG, W, KIDS, 1024, 1},     {MSG_SOCKET, W, KIDS, 256, 1},
    {MSG_CHANNEL, W, KIDS, 16, 1},      {MSG_INTERFACE, W, K, 512, 0},
    {MSG_RUN, W, KIDS, 16, 0},          {MSG_READY, KIDS, W, 16, 0},
    {MSG_STOP, W, KIDS, 16, 0},         {MSG_LOG, KIDS, W, 2048, 0},
    {MSG_ROUTE, K, W, 64, 0},           {MSG_BREACH, K, W, 16, 0},
    {MSG_PROCESS, W, K, 256, 0},        {MSG_SA_INSTALL, K, P, 1024, 0},
    {MSG_SA_DELETE, K, P, 32, 0},       {MSG_SA_COUNTERS, P, K, 60000, 0},
    {MSG_SA_EVENT, P, K, 128, 0},       {MSG_ACQUIRE, P, K, 256, 0},
    {MSG_IKE_DATAGRAM, P, K, 60000, 0}, {MSG_DROPS, P, K, 4096, 0},
    {MSG_LOGIN, K, X, 4096, 0},         {MSG_LOGIN_CANCEL, K, X, 32, 0},
    {MSG_VERDICT, X, K, 256, 0},        {MSG_CHALLENGE, X, K, 256, 0},
    {MSG_LOGIN_ANSWER, K, X, 512, 0},   {MSG_KEY_START, K, S, 16, 0},
    {MSG_LEASE_SAVE, K, S, 2048, 0},    {MSG_LEASE_SAVED, S, K, 64, 0},
    {MSG_LEASE_ROW, S, K, 2048, 0},     {MSG_LEASES_DONE, S, K, 16, 0},
    {MSG_PEER_SAVE, K, S, 4096, 0},     {MSG_DECISION, K, S, 8192, 0},
    {MSG_SESSION_SAVE, K, S, 4096, 0},  {MSG_STORE_STATE, S, K, 512, 0},
    {MSG_STORE_GET, K, S, 256, 0},      {MSG_STORE_ROWS, S, K, 60000, 0},
    {MSG_STATUS_GET, B | O, K, 256, 0}, {MSG_STATUS_ROWS, K, B | O, 60000, 0},
    {MSG_CLEAR, O, K, 256, 0},          {MSG_DEBUG, O, K, 64, 0},
    {MSG_EVENT, K, O, 2048, 0},         {MSG_RESULT, K, O, 1024, 0},
    {MSG_RUNNING_GET, O, K, 64, 0},     {MSG_RUNNING_TEXT, K, O, 60000, 0},
    {MSG_LOG_EVENT, K, W, 2048, 0},     {MSG_TEST_AAA, O, K, 2048, 0},
    {MSG_LOGIN_TEST, K, X, 4096, 0},    {MSG_LOGIN_TESTED, X, K, 1024, 0},
    {MSG_TEST_RESULT, K, O, 1024, 0},   {MSG_USERS_GET, O, K, 16, 0},
    {MSG_USERS_ROWS, K, O, 60000, 0},   {MSG_USERS_RELOAD, O, K, 16, 0},
    {MSG_USERS_READ, K, W, 16, 0},      {MSG_USERS_DONE, W, K, 1024, 0},
    {MSG_RELOAD, O, K, 16, 0},          {MSG_CONFIG_READ, K, W, 16, 0},
    {MSG_CONFIG_NEW, W, K, 60000, 1},   {MSG_REPORT_GET, O, K, 64, 0},
    {MSG_REPORT_TEXT, K, O, 60000, 0},  {MSG_PEER_CLEAR, O, K, 512, 0},
    {MSG_PEER_FORGET, K, S, 512, 0},    {MSG_PEER_FORGOTTEN, S, K, 64, 0},
    {MSG_LOG_GET, O, K, 32, 0},         {MSG_LOG_READ, K, W, 32, 0},
    {MSG_LOG_PIECE, W, K, 60000, 0},    {MSG_LOG_TEXT, K, O, 60000, 0},
    {MSG_RESOLVE, K, R, 512, 0},        {MSG_RESOLVED, R, K, 512, 0},
};
enum { TABLE = sizeof table / sizeof *table };

static enum rc expect(const struct expected *e, int from, int to, size_t len, size_t fds)
{
    if (!(e->from & 1u << from) || !(e->to & 1u << to))
        return RC_DENIED;
    return len > e->most || fds != e->fds ? RC_MALFORMED : RC_OK;
}

static void walk(const struct expected *e, int from, int to)
{
    const size_t sizes[] = {0, 1, e->most - 1, e->most, e->most + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t fds = 0; fds <= 3; fds++)
            assert_int_equal(
                message_allowed((uint16_t)e->kind, (enum role)from, (enum role)to, sizes[i], fds),
                expect(e, from, to, sizes[i], fds));
}

static void every_kind_goes_only_where_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < TABLE; i++)
        for (int from = 0; from < ROLE_COUNT; from++)
            for (int to = 0; to < ROLE_COUNT; to++)
                walk(&table[i], from, to);
}

static void the_second_table_misses_no_kind(void **state)
{
    (void)state;
    assert_int_equal(TABLE, MESSAGE_COUNT - 1);
    for (size_t i = 0; i < TABLE; i++)
        assert_int_equal(table[i].kind, i + 1);
}

static void kinds_outside_the_table_are_unknown_to_everybody(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind <= UINT16_MAX; kind = kind ? kind + 1 : MESSAGE_COUNT)
        assert_int_equal(message_allowed((uint16_t)kind, ROLE_WARDEN, ROLE_KEY, 0, 0),
                         RC_UNSUPPORTED);
}

static void roles_outside_the_enum_may_nothing(void **state)
{
    (void)state;
    for (unsigned role = ROLE_COUNT; role < 40; role++) {
        assert_int_equal(message_allowed(MSG_RUN, ROLE_WARDEN, (enum role)role, 0, 0), RC_DENIED);
        assert_int_equal(message_allowed(MSG_READY, (enum role)role, ROLE_WARDEN, 0, 0), RC_DENIED);
    }
}

static void nobody_but_the_warden_passes_descriptors(void **state)
{
    (void)state;
    for (uint16_t kind = 0; kind < MESSAGE_COUNT; kind++)
        for (int from = ROLE_WARDEN + 1; from < ROLE_COUNT; from++)
            for (int to = 0; to < ROLE_COUNT; to++)
                assert_int_not_equal(message_allowed(kind, (enum role)from, (enum role)to, 0, 1),
                                     RC_OK);
}

static void the_page_can_only_ask_for_status(void **state)
{
    (void)state;
    for (uint16_t kind = 0; kind < MESSAGE_COUNT; kind++)
        for (int to = ROLE_WARDEN + 1; to < ROLE_COUNT; to++)
            assert_int_equal(message_allowed(kind, ROLE_WEB, (enum role)to, 0, 0) == RC_OK,
                             kind == MSG_STATUS_GET && to == ROLE_KEY);
}

static void names_are_those_of_the_enums(void **state)
{
    (void)state;
    assert_string_equal(message_name(MSG_CONFIG), "MSG_CONFIG");
    assert_string_equal(message_name(MSG_RESULT), "MSG_RESULT");
    assert_string_equal(message_name(MESSAGE_COUNT), "unknown");
    assert_string_equal(role_name(ROLE_WARDEN), "warden");
    assert_string_equal(role_name(ROLE_OPERATOR), "operator");
    assert_string_equal(role_name(ROLE_LAUNCHER), "launcher");
    assert_string_equal(role_name(ROLE_RESOLVER), "resolver");
    assert_string_equal(role_name(ROLE_COUNT), "unknown");
    for (int role = 0; role < ROLE_COUNT; role++)
        assert_non_null(role_name((enum role)role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_goes_only_where_the_table_says),
        cmocka_unit_test(the_second_table_misses_no_kind),
        cmocka_unit_test(kinds_outside_the_table_are_unknown_to_everybody),
        cmocka_unit_test(roles_outside_the_enum_may_nothing),
        cmocka_unit_test(nobody_but_the_warden_passes_descriptors),
        cmocka_unit_test(the_page_can_only_ask_for_status),
        cmocka_unit_test(names_are_those_of_the_enums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
