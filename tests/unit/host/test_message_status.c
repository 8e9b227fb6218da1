/* The status question and its pages. */
#include "host/message_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct status_page page, out;
static uint8_t octets[MESSAGE_MAX];

static enum rc read_exact(const uint8_t *at, size_t n, struct status_page *into)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, at, n);
    struct cursor c = cursor_of(exact, n);
    enum rc rc = status_page_get(&c, into);
    free(exact);
    return rc;
}

static size_t write_page(void)
{
    struct builder b = builder_of(octets, sizeof octets);
    status_page_put(&b, &page);
    assert_false(b.bad);
    return builder_len(&b);
}

static void fill_text(char *text, size_t size)
{
    memset(text, 'x', size - 1);
    text[size - 1] = '\0';
}

static void begin_page(enum status_what what, uint16_t count)
{
    memset(&page, 0, sizeof page);
    page.request = 77;
    page.what = what;
    page.next = 0x01020304;
    page.more = true;
    page.count = count;
    page.header.uptime_ms = 5000;
    page.header.started_s = 1700000000;
    strcpy(page.header.hostname, "Hub");
    strcpy(page.header.version, "0.1.0");
}

static void a_question_comes_back(void **state)
{
    (void)state;
    for (unsigned what = 0; what < STATUS_WHAT_COUNT; what++) {
        struct status_question in = {
            .what = (enum status_what)what, .at = 0xfffffffe, .max = 64, .request = 99};
        struct status_question got;
        fill_text(in.about, sizeof in.about);
        struct builder b = builder_of(octets, sizeof octets);
        status_question_put(&b, &in);
        struct cursor c = cursor_over(builder_span(&b));
        assert_int_equal(status_question_get(&c, &got), RC_OK);
        assert_int_equal(got.what, in.what);
        assert_int_equal(got.at, in.at);
        assert_int_equal(got.max, in.max);
        assert_int_equal(got.request, in.request);
        assert_string_equal(got.about, in.about);
        assert_true(builder_len(&b) <= STATUS_QUESTION_MAX); /* the table's limit */
    }
}

static void a_question_of_another_length_or_kind_is_refused(void **state)
{
    (void)state;
    struct status_question got = {.request = 5};
    uint8_t question[14] = {STATUS_IKE};
    for (size_t n = 0; n <= sizeof question; n++) {
        struct cursor c = cursor_of(question, n);
        assert_int_equal(status_question_get(&c, &got), n == 13 ? RC_OK : RC_MALFORMED);
    }
    got.request = 5;
    for (unsigned what = STATUS_WHAT_COUNT; what < 256; what++) {
        question[0] = (uint8_t)what;
        struct cursor c = cursor_of(question, 13);
        assert_int_equal(status_question_get(&c, &got), RC_MALFORMED);
    }
    assert_int_equal(got.request, 5);
}

static void a_full_page_of_the_largest_ike_rows_fits_and_comes_back(void **state)
{
    (void)state;
    begin_page(STATUS_IKE, STATUS_PAGE_ROWS);
    fill_text(page.header.hostname, sizeof page.header.hostname);
    fill_text(page.header.version, sizeof page.header.version);
    for (size_t i = 0; i < STATUS_PAGE_ROWS; i++) {
        struct status_ike *row = &page.rows.ike[i];
        row->id = i + 1;
        row->local.addr.family = row->remote.addr.family = row->assigned.family = ADDR_V6;
        fill_text(row->state, sizeof row->state);
        fill_text(row->identity, sizeof row->identity);
        fill_text(row->profile, sizeof row->profile);
        fill_text(row->group, sizeof row->group);
        fill_text(row->user, sizeof row->user);
        fill_text(row->client, sizeof row->client);
    }
    size_t n = write_page();
    assert_int_equal(read_exact(octets, n, &out), RC_OK);
    assert_int_equal(out.count, STATUS_PAGE_ROWS);
    assert_int_equal(out.rows.ike[STATUS_PAGE_ROWS - 1].id, STATUS_PAGE_ROWS);
    assert_string_equal(out.rows.ike[9].client, page.rows.ike[9].client);
}

static void a_full_page_of_the_largest_ipsec_rows_fits_and_comes_back(void **state)
{
    (void)state;
    begin_page(STATUS_IPSEC, STATUS_PAGE_ROWS);
    for (size_t i = 0; i < STATUS_PAGE_ROWS; i++) {
        struct status_ipsec *row = &page.rows.ipsec[i];
        row->tunnel = i + 1;
        row->local.addr.family = row->remote.addr.family = ADDR_V6;
        row->ours.first.family = row->ours.last.family = ADDR_V6;
        row->theirs.first.family = row->theirs.last.family = ADDR_V6;
        fill_text(row->interface, sizeof row->interface);
        fill_text(row->map, sizeof row->map);
    }
    assert_int_equal(read_exact(octets, write_page(), &out), RC_OK);
    assert_int_equal(out.rows.ipsec[STATUS_PAGE_ROWS - 1].tunnel, STATUS_PAGE_ROWS);
}

/* The largest row of each kind that the store or the warden tells. */
static void fill_problem(struct status_problem *row)
{
    row->peer.addr.family = ADDR_V6;
    row->stage = (enum decision_stage)(STAGE_COUNT - 1);
    row->rule = (enum decision_rule)(RULE_COUNT - 1);
    fill_text(row->identity, sizeof row->identity);
    fill_text(row->ours, sizeof row->ours);
    fill_text(row->theirs, sizeof row->theirs);
    fill_text(row->hint, sizeof row->hint);
}

static void fill_decision(struct status_decision *row)
{
    struct decision *made = &row->decision;
    row->at_s = 1700000000;
    row->peer.addr.family = ADDR_V6;
    fill_text(row->identity, sizeof row->identity);
    made->stage = (enum decision_stage)(STAGE_COUNT - 1);
    made->rule = (enum decision_rule)(RULE_COUNT - 1);
    made->candidate_count = DECISION_CANDIDATES;
    for (size_t i = 0; i < DECISION_CANDIDATES; i++) {
        fill_text(made->candidates[i].name, sizeof made->candidates[i].name);
        made->candidates[i].rule = (enum decision_rule)(RULE_COUNT - 1);
    }
    fill_text(made->ours, sizeof made->ours);
    fill_text(made->theirs, sizeof made->theirs);
    fill_text(made->hint, sizeof made->hint);
}

static void fill_history(struct status_history *row)
{
    char *const texts[] = {row->user,     row->group,  row->profile,
                           row->identity, row->client, row->reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        fill_text(texts[i], STATUS_ROW_TEXT);
    row->remote.addr.family = row->assigned.family = ADDR_V6;
    row->ended_s = 1700000000;
}

static void fill_accounting(struct status_accounting *row)
{
    char *const texts[] = {row->record,  row->list,     row->user,  row->group,
                           row->profile, row->identity, row->reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        fill_text(texts[i], STATUS_ROW_TEXT);
    row->remote.addr.family = row->assigned.family = ADDR_V6;
    row->packets_out = UINT64_MAX;
}

static void fill_peer(struct status_peer *row)
{
    char *const texts[] = {row->profile, row->identity, row->client, row->reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        fill_text(texts[i], STATUS_ROW_TEXT);
    fill_text(row->principal, sizeof row->principal);
    row->last.addr.family = ADDR_V6;
    row->up = true;
}

static void fill_lease(struct status_lease *row)
{
    row->addr.family = ADDR_V6;
    row->active = true;
    fill_text(row->pool, sizeof row->pool);
    fill_text(row->principal, sizeof row->principal);
}

static void fill_rest(size_t i)
{
    switch (page.what) {
    case STATUS_DECISIONS:
        fill_decision(&page.rows.decisions[i]);
        break;
    case STATUS_PROBLEMS:
        fill_problem(&page.rows.problems[i]);
        break;
    case STATUS_ACCOUNTING:
        fill_accounting(&page.rows.accounting[i]);
        break;
    case STATUS_HISTORY:
        fill_history(&page.rows.history[i]);
        break;
    case STATUS_PEERS:
        fill_peer(&page.rows.peers[i]);
        break;
    case STATUS_LEASES:
        fill_lease(&page.rows.leases[i]);
        break;
    case STATUS_POOLS:
        page.rows.pools[i].first.family = page.rows.pools[i].last.family = ADDR_V6;
        fill_text(page.rows.pools[i].name, sizeof page.rows.pools[i].name);
        break;
    case STATUS_PROCESSES:
        page.rows.processes[i].role = ROLE_WEB;
        fill_text(page.rows.processes[i].trouble, sizeof page.rows.processes[i].trouble);
        break;
    case STATUS_SUMMARY:
    case STATUS_IKE:
    case STATUS_IPSEC:
    case STATUS_WHAT_COUNT:
        break;
    }
}

static void a_full_page_of_the_largest_rows_of_any_other_kind_fits_and_comes_back(void **state)
{
    (void)state;
    for (unsigned what = STATUS_POOLS; what < STATUS_WHAT_COUNT; what++) {
        const uint16_t most = status_page_most((enum status_what)what);
        begin_page((enum status_what)what, most);
        memset(&out, 0, sizeof out);
        for (size_t i = 0; i < most; i++)
            fill_rest(i);
        assert_int_equal(read_exact(octets, write_page(), &out), RC_OK);
        assert_int_equal(out.count, most);
        assert_memory_equal(status_page_rows(&out), status_page_rows(&page),
                            most * status_row_size(page.what));
    }
}

static void every_role_but_the_operator_is_a_process(void **state)
{
    (void)state;
    for (unsigned role = 0; role <= ROLE_COUNT; role++) {
        struct status_process in = {.role = (enum role)role}, got = {.pid = 1};
        struct builder b = builder_of(octets, sizeof octets);
        status_process_put(&b, &in);
        struct cursor c = cursor_over(builder_span(&b));
        status_process_get(&c, &got);
        assert_int_equal(cursor_done(&c), role != ROLE_OPERATOR && role < ROLE_COUNT);
    }
}

static void a_page_without_rows_says_why(void **state)
{
    (void)state;
    begin_page(STATUS_HISTORY, 0);
    page.rc = RC_AGAIN;
    assert_int_equal(read_exact(octets, write_page(), &out), RC_OK);
    assert_int_equal(out.rc, RC_AGAIN);
    static const struct {
        enum rc rc;
        uint16_t count;
    } bad[] = {{RC_AGAIN, 1}, {RC_CRYPTO, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct builder b = builder_of(octets, sizeof octets);
        begin_page(STATUS_HISTORY, bad[i].count);
        page.rc = bad[i].rc;
        status_page_put(&b, &page);
        assert_true(b.bad);
    }
}

static void a_summary_and_its_header_come_back(void **state)
{
    (void)state;
    begin_page(STATUS_SUMMARY, 1);
    page.rows.summary.refused_total = 12;
    assert_int_equal(read_exact(octets, write_page(), &out), RC_OK);
    assert_int_equal(out.request, 77);
    assert_int_equal(out.next, 0x01020304);
    assert_true(out.more);
    assert_string_equal(out.header.hostname, "Hub");
    assert_string_equal(out.header.version, "0.1.0");
    assert_int_equal(out.header.uptime_ms, 5000);
    assert_int_equal(out.header.started_s, 1700000000);
    assert_int_equal(out.rows.summary.refused_total, 12);
}

static void every_truncation_of_a_page_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    begin_page(STATUS_IKE, 3);
    strcpy(page.rows.ike[1].user, "alice");
    size_t n = write_page();
    memset(&out, 0x5a, sizeof out);
    struct status_page *before = malloc(sizeof *before);
    assert_non_null(before);
    memcpy(before, &out, sizeof out);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(read_exact(octets, cut, &out), RC_MALFORMED);
    assert_int_equal(read_exact(octets, n + 1, &out), RC_MALFORMED);
    assert_memory_equal(before, &out, sizeof out);
    free(before);
}

static void a_summary_page_without_a_summary_is_refused(void **state)
{
    (void)state;
    begin_page(STATUS_IKE, 0);
    size_t n = write_page();
    assert_int_equal(read_exact(octets, n, &out), RC_OK);
    octets[4] = STATUS_SUMMARY;
    assert_int_equal(read_exact(octets, n, &out), RC_MALFORMED);
}

static void a_count_beyond_the_page_is_refused(void **state)
{
    (void)state;
    const size_t count_at = 4 + 1 + 4 + 1 + 1 + 2 + 3 + 2 + 5 + 8 + 8;
    begin_page(STATUS_IKE, 1);
    size_t n = write_page();
    const uint16_t counts[] = {0, 2, STATUS_PAGE_ROWS, STATUS_PAGE_ROWS + 1, 0x7fff, 0xffff};
    assert_int_equal(octets[count_at + 1], 1);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        octets[count_at] = (uint8_t)(counts[i] >> 8);
        octets[count_at + 1] = (uint8_t)counts[i];
        assert_int_equal(read_exact(octets, n, &out), RC_MALFORMED);
        /* also when the octets are there */
        assert_int_equal(read_exact(octets, sizeof octets, &out), RC_MALFORMED);
    }
}

static void a_writer_cannot_make_a_page_of_too_many_or_too_few_rows(void **state)
{
    (void)state;
    const struct {
        enum status_what what;
        uint16_t count;
    } bad[] = {{STATUS_SUMMARY, 0},
               {STATUS_SUMMARY, 2},
               {STATUS_IKE, STATUS_PAGE_ROWS + 1},
               {STATUS_IPSEC, STATUS_PAGE_ROWS + 1},
               {STATUS_DECISIONS, STATUS_DECISION_ROWS + 1},
               {STATUS_WHAT_COUNT, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct builder b = builder_of(octets, sizeof octets);
        begin_page(bad[i].what, bad[i].count);
        status_page_put(&b, &page);
        assert_true(b.bad);
        assert_int_equal(builder_len(&b), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_comes_back),
        cmocka_unit_test(a_question_of_another_length_or_kind_is_refused),
        cmocka_unit_test(a_full_page_of_the_largest_ike_rows_fits_and_comes_back),
        cmocka_unit_test(a_full_page_of_the_largest_ipsec_rows_fits_and_comes_back),
        cmocka_unit_test(a_full_page_of_the_largest_rows_of_any_other_kind_fits_and_comes_back),
        cmocka_unit_test(every_role_but_the_operator_is_a_process),
        cmocka_unit_test(a_page_without_rows_says_why),
        cmocka_unit_test(a_summary_and_its_header_come_back),
        cmocka_unit_test(every_truncation_of_a_page_is_refused_and_changes_nothing),
        cmocka_unit_test(a_summary_page_without_a_summary_is_refused),
        cmocka_unit_test(a_count_beyond_the_page_is_refused),
        cmocka_unit_test(a_writer_cannot_make_a_page_of_too_many_or_too_few_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
