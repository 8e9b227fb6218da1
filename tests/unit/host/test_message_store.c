/* The store's messages: what goes in comes out, and nothing else is taken. */
#include "host/message_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct effect_lease_save sample_save(void)
{
    struct effect_lease_save save = {
        .row = {.principal = "testgroup/alice", .slot = 3, .pool = "clients", .active = true}};
    for (size_t i = 0; i < sizeof save.ticket.id; i++)
        save.ticket.id[i] = (uint8_t)(0xf0 + i);
    save.row.addr = addr_v4(0x0a640105);
    save.row.expires_s = UINT64_MAX - 7;
    return save;
}

static struct peer_row sample_peer(void)
{
    struct peer_row row = {.profile = "branches",
                           .principal = "key/spokes/12",
                           .identity = "10.100.2.102",
                           .client = "Cisco IOS",
                           .up = true,
                           .reason = "peer deleted the SA"};
    row.last = (struct endpoint){.addr = addr_v4(0x0a640266), .port = 4500};
    return row;
}

static struct effect_decision sample_decision(void)
{
    struct effect_decision decision = {.identity = "key-id testgroup"};
    decision.peer = (struct endpoint){.addr = addr_v4(0xc6336407), .port = 500};
    decision_start(&decision.decision, STAGE_PROPOSAL);
    decision_note(&decision.decision, "policy 10", 4, RULE_CIPHER);
    decision_note(&decision.decision, "policy 20", 9, RULE_DH_GROUP);
    decision.decision.rule = RULE_CIPHER;
    strcpy(decision.decision.hint, "crypto isakmp policy 10: encr aes 256");
    return decision;
}

/* One coder under test: encode the sample, decode n octets into a scratch object. */
struct coding {
    const char *name;
    enum message_kind kind;
    enum role from, to;
    void (*put)(struct builder *b);
    enum rc (*get)(struct cursor *c);
};

static void put_save(struct builder *b)
{
    struct effect_lease_save save = sample_save();
    store_lease_save_put(b, &save);
}
static enum rc get_save(struct cursor *c)
{
    struct effect_lease_save out;
    return store_lease_save_get(c, &out);
}
static void put_row(struct builder *b)
{
    struct effect_lease_save save = sample_save();
    store_lease_row_put(b, &save.row);
}
static enum rc get_row(struct cursor *c)
{
    struct lease_row out;
    return store_lease_row_get(c, &out);
}
static void put_saved(struct builder *b)
{
    struct store_lease_saved saved = {.ticket = sample_save().ticket, .rc = RC_FULL};
    store_lease_saved_put(b, &saved);
}
static enum rc get_saved(struct cursor *c)
{
    struct store_lease_saved out;
    return store_lease_saved_get(c, &out);
}
static void put_done(struct builder *b)
{
    store_leases_done_put(b, RC_NOT_FOUND);
}
static enum rc get_done(struct cursor *c)
{
    enum rc out;
    return store_leases_done_get(c, &out);
}
static void put_peer(struct builder *b)
{
    struct peer_row row = sample_peer();
    store_peer_put(b, &row);
}
static enum rc get_peer(struct cursor *c)
{
    struct peer_row out;
    return store_peer_get(c, &out);
}
static void put_start(struct builder *b)
{
    store_key_start_put(b, 0x0102030405060708);
}
static enum rc get_start(struct cursor *c)
{
    uint64_t out;
    return store_key_start_get(c, &out);
}
static void put_session(struct builder *b)
{
    const struct session_row row = {.session = 7,
                                    .ended = true,
                                    .group = "testgroup",
                                    .user = "alice",
                                    .identity = "key-id testgroup",
                                    .remote = {addr_v4(0x0a335264), 4500},
                                    .assigned = addr_v4(0x0a050501),
                                    .age_ms = 61000,
                                    .bytes_in = 1596,
                                    .reason = "peer deleted the SA"};
    store_session_put(b, &row);
}
static enum rc get_session(struct cursor *c)
{
    struct session_row out;
    return store_session_get(c, &out);
}
static void put_state(struct builder *b)
{
    const struct store_state state = {.rc = RC_FULL, .text = "no space is left"};
    store_state_put(b, &state);
}
static enum rc get_state(struct cursor *c)
{
    struct store_state out;
    return store_state_get(c, &out);
}
static void put_decision(struct builder *b)
{
    struct effect_decision decision = sample_decision();
    store_decision_put(b, &decision);
}
static enum rc get_decision(struct cursor *c)
{
    static struct effect_decision out;
    return store_decision_get(c, &out);
}

static const struct coding codings[] = {
    {"start", MSG_KEY_START, ROLE_KEY, ROLE_STORE, put_start, get_start},
    {"save", MSG_LEASE_SAVE, ROLE_KEY, ROLE_STORE, put_save, get_save},
    {"saved", MSG_LEASE_SAVED, ROLE_STORE, ROLE_KEY, put_saved, get_saved},
    {"row", MSG_LEASE_ROW, ROLE_STORE, ROLE_KEY, put_row, get_row},
    {"done", MSG_LEASES_DONE, ROLE_STORE, ROLE_KEY, put_done, get_done},
    {"peer", MSG_PEER_SAVE, ROLE_KEY, ROLE_STORE, put_peer, get_peer},
    {"session", MSG_SESSION_SAVE, ROLE_KEY, ROLE_STORE, put_session, get_session},
    {"state", MSG_STORE_STATE, ROLE_STORE, ROLE_KEY, put_state, get_state},
    {"decision", MSG_DECISION, ROLE_KEY, ROLE_STORE, put_decision, get_decision},
};
enum { CODINGS = sizeof codings / sizeof codings[0] };

/* Decode the first n octets from a heap block of exactly n, so that ASan guards its end. */
static enum rc get_exact(const struct coding *coding, const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, n);
    struct cursor c = cursor_of(exact, n);
    enum rc rc = coding->get(&c);
    free(exact);
    return rc;
}

static void every_message_is_taken_whole_and_refused_cut_or_extended(void **state)
{
    (void)state;
    for (size_t i = 0; i < CODINGS; i++) {
        uint8_t bytes[STORE_DECISION_MAX] = {0};
        struct builder b = builder_of(bytes, sizeof bytes);
        codings[i].put(&b);
        size_t len = builder_len(&b);
        print_message("%s: %zu octets\n", codings[i].name, len);
        assert_false(b.bad);
        assert_int_equal(get_exact(&codings[i], bytes, len), RC_OK);
        for (size_t n = 0; n < len; n++)
            assert_int_equal(get_exact(&codings[i], bytes, n), RC_MALFORMED);
        assert_int_equal(get_exact(&codings[i], bytes, len + 1), RC_MALFORMED);
        assert_int_equal(
            message_allowed((uint16_t)codings[i].kind, codings[i].from, codings[i].to, len, 0),
            RC_OK);
    }
}

static void every_message_survives_every_changed_octet_without_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < CODINGS; i++) {
        uint8_t bytes[STORE_DECISION_MAX];
        struct builder b = builder_of(bytes, sizeof bytes);
        codings[i].put(&b);
        for (size_t at = 0; at < builder_len(&b); at++)
            for (unsigned bit = 0; bit < 8; bit++) {
                bytes[at] ^= (uint8_t)(1u << bit);
                enum rc rc = get_exact(&codings[i], bytes, builder_len(&b));
                assert_true(rc == RC_OK || rc == RC_MALFORMED);
                bytes[at] ^= (uint8_t)(1u << bit);
            }
    }
}

static void a_lease_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct effect_lease_save save = sample_save(), out;
    uint8_t bytes[STORE_LEASE_SAVE_MAX];
    memset(save.row.principal, 'p', sizeof save.row.principal - 1);
    memset(save.row.pool, 'q', sizeof save.row.pool - 1);
    save.row.addr = (struct addr){.family = ADDR_V6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 9}};
    struct builder b = builder_of(bytes, sizeof bytes);
    store_lease_save_put(&b, &save);
    assert_false(b.bad);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(store_lease_save_get(&c, &out), RC_OK);
    assert_memory_equal(out.ticket.id, save.ticket.id, sizeof save.ticket.id);
    assert_string_equal(out.row.principal, save.row.principal);
    assert_string_equal(out.row.pool, save.row.pool);
    assert_int_equal(out.row.slot, 3);
    assert_true(out.row.active);
    assert_true(out.row.expires_s == save.row.expires_s);
    assert_true(addr_equal(out.row.addr, save.row.addr));
}

static void a_lease_without_principal_pool_or_address_is_neither_written_nor_read(void **state)
{
    (void)state;
    for (int missing = 0; missing < 3; missing++) {
        struct effect_lease_save save = sample_save();
        struct lease_row out;
        uint8_t bytes[STORE_LEASE_ROW_MAX];
        if (missing == 0)
            save.row.principal[0] = '\0';
        if (missing == 1)
            save.row.pool[0] = '\0';
        if (missing == 2)
            save.row.addr = (struct addr){.family = ADDR_NONE};
        struct builder b = builder_of(bytes, sizeof bytes);
        store_lease_row_put(&b, &save.row);
        assert_true(b.bad);

        b = builder_of(bytes, sizeof bytes);
        builder_string(&b, save.row.principal);
        builder_u32(&b, save.row.slot);
        builder_string(&b, save.row.pool);
        addr_put(&b, save.row.addr);
        builder_u8(&b, 1);
        builder_u64(&b, 60);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(store_lease_row_get(&c, &out), RC_MALFORMED);
    }
}

static void a_flag_that_is_neither_0_nor_1_is_refused(void **state)
{
    (void)state;
    struct effect_lease_save save = sample_save();
    uint8_t bytes[STORE_LEASE_ROW_MAX];
    struct builder b = builder_of(bytes, sizeof bytes);
    struct lease_row out;
    store_lease_row_put(&b, &save.row);
    size_t flag = builder_len(&b) - 8 - 1; /* before the expiry */
    for (unsigned value = 0; value < 256; value++) {
        bytes[flag] = (uint8_t)value;
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(store_lease_row_get(&c, &out), value <= 1 ? RC_OK : RC_MALFORMED);
    }
}

static void answers_carry_only_the_results_they_document(void **state)
{
    (void)state;
    for (unsigned value = 0; value < 256; value++) {
        uint8_t bytes[STORE_LEASE_SAVED_LEN] = {0};
        struct store_lease_saved saved;
        enum rc done;
        bool legal_saved = value == RC_OK || value == RC_EXISTS || value == RC_FULL ||
                           value == RC_IO || value == RC_DENIED;
        bool legal_done =
            value == RC_OK || value == RC_NOT_FOUND || value == RC_IO || value == RC_UNSUPPORTED;
        bytes[STORE_LEASE_SAVED_LEN - 1] = (uint8_t)value;
        struct cursor c = cursor_of(bytes, sizeof bytes);
        assert_int_equal(store_lease_saved_get(&c, &saved), legal_saved ? RC_OK : RC_MALFORMED);
        c = cursor_of(bytes + sizeof bytes - 1, 1);
        assert_int_equal(store_leases_done_get(&c, &done), legal_done ? RC_OK : RC_MALFORMED);
    }
}

static void a_peer_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct peer_row row = sample_peer(), out;
    uint8_t bytes[STORE_PEER_MAX];
    memset(row.principal, 'p', sizeof row.principal - 1);
    memset(row.profile, 'q', sizeof row.profile - 1);
    memset(row.identity, 'i', sizeof row.identity - 1);
    memset(row.client, 'c', sizeof row.client - 1);
    memset(row.reason, 'r', sizeof row.reason - 1);
    struct builder b = builder_of(bytes, sizeof bytes);
    store_peer_put(&b, &row);
    assert_false(b.bad);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(store_peer_get(&c, &out), RC_OK);
    assert_string_equal(out.profile, row.profile);
    assert_string_equal(out.principal, row.principal);
    assert_string_equal(out.identity, row.identity);
    assert_string_equal(out.client, row.client);
    assert_string_equal(out.reason, row.reason);
    assert_true(out.up);
    assert_true(endpoint_equal(out.last, row.last));
}

static void a_decision_comes_out_as_it_went_in_and_the_longest_fits(void **state)
{
    (void)state;
    static struct effect_decision decision, out;
    uint8_t bytes[STORE_DECISION_MAX];
    decision = sample_decision();
    while (decision.decision.candidate_count < DECISION_CANDIDATES)
        decision_note(&decision.decision,
                      "a name of a candidate that is longer than its field is, and so is cut",
                      70000, RULE_KEY_LENGTH);
    memset(decision.identity, 'i', sizeof decision.identity - 1);
    memset(decision.decision.ours, 'o', sizeof decision.decision.ours - 1);
    memset(decision.decision.theirs, 't', sizeof decision.decision.theirs - 1);
    memset(decision.decision.hint, 'h', sizeof decision.decision.hint - 1);
    struct builder b = builder_of(bytes, sizeof bytes);
    store_decision_put(&b, &decision);
    assert_false(b.bad);
    assert_int_equal(message_allowed(MSG_DECISION, ROLE_KEY, ROLE_STORE, builder_len(&b), 0),
                     RC_OK);
    struct cursor c = cursor_over(builder_span(&b));
    assert_int_equal(store_decision_get(&c, &out), RC_OK);
    assert_true(endpoint_equal(out.peer, decision.peer));
    assert_string_equal(out.identity, decision.identity);
    assert_int_equal(out.decision.stage, STAGE_PROPOSAL);
    assert_int_equal(out.decision.rule, RULE_CIPHER);
    assert_int_equal(out.decision.candidate_count, DECISION_CANDIDATES);
    assert_string_equal(out.decision.candidates[15].name, decision.decision.candidates[15].name);
    assert_int_equal(out.decision.candidates[15].line, 70000);
    assert_string_equal(out.decision.hint, decision.decision.hint);
}

static void only_the_zero_ticket_wants_no_answer(void **state)
{
    (void)state;
    struct ticket ticket = {{0}};
    assert_false(store_ticket_wanted(&ticket));
    for (size_t i = 0; i < sizeof ticket.id; i++) {
        ticket = (struct ticket){{0}};
        ticket.id[i] = 1;
        assert_true(store_ticket_wanted(&ticket));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_taken_whole_and_refused_cut_or_extended),
        cmocka_unit_test(every_message_survives_every_changed_octet_without_fault),
        cmocka_unit_test(a_lease_comes_out_as_it_went_in),
        cmocka_unit_test(a_lease_without_principal_pool_or_address_is_neither_written_nor_read),
        cmocka_unit_test(a_flag_that_is_neither_0_nor_1_is_refused),
        cmocka_unit_test(answers_carry_only_the_results_they_document),
        cmocka_unit_test(a_peer_comes_out_as_it_went_in),
        cmocka_unit_test(a_decision_comes_out_as_it_went_in_and_the_longest_fits),
        cmocka_unit_test(only_the_zero_ticket_wants_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
