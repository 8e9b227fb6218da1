/* Peers and decisions: rows as they were given, one for each peer, and not more decisions than are
 * kept. */
#include "host/message_store.h"
#include "place.h"
#include "store/decision.h"
#include "store/peer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct place place;
static struct database *database;

static int begin(void **state)
{
    (void)state;
    struct database_report report;
    if (place_enter(&place) != 0)
        return -1;
    return database_open(NULL, &database, &report) == RC_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    database_close(database);
    database = NULL;
    return place_leave(&place);
}

static sqlite3_stmt *query(const char *sql)
{
    enum rc rc;
    sqlite3_stmt *statement = database_statement(database, sql, &rc);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    return statement;
}

static struct peer_row sample(void)
{
    struct peer_row row = {.profile = "branches",
                           .principal = "key/spokes/12",
                           .identity = "10.100.2.102",
                           .client = "Cisco IOS",
                           .up = true};
    row.last = (struct endpoint){.addr = addr_v4(0x0a640266), .port = 4500};
    return row;
}

static void a_peer_is_stored_field_by_field(void **state)
{
    (void)state;
    struct peer_row row = sample();
    strcpy(row.reason, "it's \"gone\"; DROP TABLE peers");
    assert_int_equal(peer_save(database, &row, 1000), RC_OK);
    sqlite3_stmt *got = query("SELECT profile, principal, identity, client, address, reason, port,"
                              " up, first_seen, last_seen FROM peers");
    const char *const texts[] = {"branches",  "key/spokes/12", "10.100.2.102",
                                 "Cisco IOS", "10.100.2.102",  row.reason};
    for (int i = 0; i < 6; i++)
        assert_string_equal(sqlite3_column_text(got, i), texts[i]);
    assert_int_equal(sqlite3_column_int(got, 6), 4500);
    assert_int_equal(sqlite3_column_int(got, 7), 1);
    assert_int_equal(sqlite3_column_int(got, 8), 1000);
    assert_int_equal(sqlite3_column_int(got, 9), 1000);
    sqlite3_reset(got);
}

static void a_peer_stays_one_row_through_every_address(void **state)
{
    (void)state;
    struct peer_row row = sample();
    for (unsigned n = 0; n < 10; n++) {
        row.last.addr = addr_v4(0x0a640200 + n);
        row.up = n % 2;
        assert_int_equal(peer_save(database, &row, 1000 + n), RC_OK);
    }
    sqlite3_stmt *got =
        query("SELECT count(*), max(address), max(first_seen), max(last_seen), max(up) FROM peers");
    assert_int_equal(sqlite3_column_int(got, 0), 1);
    assert_string_equal(sqlite3_column_text(got, 1), "10.100.2.9");
    assert_int_equal(sqlite3_column_int(got, 2), 1000);
    assert_int_equal(sqlite3_column_int(got, 3), 1009);
    assert_int_equal(sqlite3_column_int(got, 4), 1);
    sqlite3_reset(got);
    strcpy(row.profile, ""); /* the same principal without a profile is another row */
    assert_int_equal(peer_save(database, &row, 2000), RC_OK);
    got = query("SELECT count(*) FROM peers");
    assert_int_equal(sqlite3_column_int(got, 0), 2);
    sqlite3_reset(got);
}

/* Rows that a name could mean, and which of them it does. */
static void a_peer_is_forgotten_by_any_of_its_names_and_no_other_is(void **state)
{
    (void)state;
    static const struct {
        const char *principal, *identity;
        uint32_t address;
        bool up;
    } peers[] = {
        {"key/spokes/0.0.0.0%2f0/10.100.2.102", "10.100.2.102", 0x0a640266, false},
        {"key/branches/porto", "fqdn porto.example", 0xcb007109, false},
        {"testgroup/alice", "key-id testgroup", 0x0a335264, false},
        {"testgroup/bob", "key-id testgroup", 0x0a335264, false},
        {"testgroup/carol", "key-id testgroup", 0x0a335265, true},
        {"other/alice", "key-id other", 0x0a335266, true},
    };
    static const struct {
        const char *who;
        uint32_t count, up;
    } rows[] = {
        {"testgroup/alice", 1, 0},
        {"alice", 1, 1},
        {"lice", 0, 0},
        {"porto", 1, 0},
        {"porto.example", 1, 0},
        {"fqdn porto.example", 1, 0},
        {"example", 0, 0},
        {"key-id testgroup", 2, 1},
        {"testgroup", 2, 1},
        {"10.100.2.102", 1, 0},
        {"10.51.82.100", 2, 0},
        {"10.51.82.101", 0, 1},
        {"10.51.82.10", 0, 0},
        {"carol", 0, 1},
        {"%", 0, 0},
        {"Alice", 0, 0},
        {"' OR 1 = 1 --", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t count = 99, up = 99;
        for (size_t k = 0; k < sizeof peers / sizeof *peers; k++) {
            struct peer_row row = {.profile = "p", .up = peers[k].up};
            strcpy(row.principal, peers[k].principal);
            strcpy(row.identity, peers[k].identity);
            row.last.addr = addr_v4(peers[k].address);
            assert_int_equal(peer_save(database, &row, 1000), RC_OK);
        }
        assert_int_equal(peer_forget(database, rows[i].who, &count, &up), RC_OK);
        if (count != rows[i].count || up != rows[i].up)
            fail_msg("%s: %u gone, %u left", rows[i].who, count, up);
        sqlite3_stmt *got = query("SELECT count(*) FROM peers");
        assert_int_equal(sqlite3_column_int(got, 0), 6 - rows[i].count);
        sqlite3_reset(got);
    }
}

static void a_decision_is_stored_whole_and_read_back_by_its_coding(void **state)
{
    (void)state;
    static struct effect_decision in, out;
    in.peer = (struct endpoint){.addr = addr_v4(0xc6336407), .port = 500};
    strcpy(in.identity, "key-id testgroup");
    decision_start(&in.decision, STAGE_PROPOSAL);
    decision_note(&in.decision, "policy 10", 4, RULE_CIPHER);
    in.decision.rule = RULE_CIPHER;
    assert_int_equal(decision_save(database, &in, 1234), RC_OK);
    sqlite3_stmt *got =
        query("SELECT address, port, identity, stage, rule, accepted, at, form, record"
              " FROM decisions");
    assert_string_equal(sqlite3_column_text(got, 0), "198.51.100.7");
    assert_int_equal(sqlite3_column_int(got, 1), 500);
    assert_string_equal(sqlite3_column_text(got, 2), "key-id testgroup");
    assert_string_equal(sqlite3_column_text(got, 3), decision_stage_text(STAGE_PROPOSAL));
    assert_string_equal(sqlite3_column_text(got, 4), decision_rule_text(RULE_CIPHER));
    assert_int_equal(sqlite3_column_int(got, 5), 0);
    assert_int_equal(sqlite3_column_int(got, 6), 1234);
    assert_int_equal(sqlite3_column_int(got, 7), DECISION_FORM);
    struct cursor c = cursor_of(sqlite3_column_blob(got, 8), (size_t)sqlite3_column_bytes(got, 8));
    assert_int_equal(store_decision_get(&c, &out), RC_OK);
    assert_string_equal(out.decision.candidates[0].name, "policy 10");
    assert_int_equal(out.decision.candidates[0].rule, RULE_CIPHER);
    sqlite3_reset(got);
}

static void only_the_latest_decisions_are_kept(void **state)
{
    (void)state;
    static struct effect_decision in;
    decision_start(&in.decision, STAGE_KEY);
    in.peer.addr = addr_v4(1);
    assert_int_equal(database_begin(database), RC_OK);
    for (unsigned n = 0; n < DECISION_ROWS + 50; n++)
        assert_int_equal(decision_save(database, &in, n), RC_OK);
    assert_int_equal(database_commit(database), RC_OK);
    sqlite3_stmt *got = query("SELECT count(*), min(at), max(at) FROM decisions");
    assert_int_equal(sqlite3_column_int(got, 0), DECISION_ROWS);
    assert_int_equal(sqlite3_column_int(got, 1), 50);
    assert_int_equal(sqlite3_column_int(got, 2), DECISION_ROWS + 49);
    sqlite3_reset(got);
}

#define PEER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PEER_TEST(a_peer_is_stored_field_by_field),
        PEER_TEST(a_peer_stays_one_row_through_every_address),
        PEER_TEST(a_peer_is_forgotten_by_any_of_its_names_and_no_other_is),
        PEER_TEST(a_decision_is_stored_whole_and_read_back_by_its_coding),
        PEER_TEST(only_the_latest_decisions_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
