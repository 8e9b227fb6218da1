/* One query and one reader of a row for each kind. What an older version stored and this one does
 * not know is left empty, or its row left out; nothing of it is believed. */
#include "store/page.h"

#include "host/message_store.h"
#include "store/decision.h"

/* Row numbers count down in `at`, so that it grows from page to page; 0 is "from the newest". */
static const char sql_history[] =
    "SELECT id, user_name, group_name, profile, identity, client, reason, address, port, assigned,"
    " started_at, ended_at, bytes_in, bytes_out FROM sessions WHERE id < ?1 ORDER BY id DESC"
    " LIMIT ?2";
static const char sql_peers[] =
    "SELECT profile, principal, identity, client, reason, address, port, up, first_seen, last_seen"
    " FROM peers ORDER BY principal, profile LIMIT ?2 OFFSET ?1";
/* The groups come from the index alone, in its order; then the last row of each is looked at. */
static const char sql_problems[] =
    "SELECT last, count, first_at, at, address, port, identity, stage, rule, form, record FROM"
    " (SELECT max(id) AS last, count(*) AS count, min(at) AS first_at FROM decisions"
    " WHERE accepted = 0 AND at > ?3 GROUP BY address, identity, stage, rule"
    " HAVING max(id) < ?1 ORDER BY last DESC LIMIT ?2)"
    " JOIN decisions ON id = last ORDER BY last DESC";

/* All of them, to be looked at one by one: what a decision is about stands in its record, too. */
static const char sql_decisions[] =
    "SELECT id, at, address, port, identity, stage, rule, accepted, form, record FROM decisions"
    " WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

static const char sql_accounting[] =
    "SELECT id, at, record, list, session, user_name, group_name, profile, identity, address, port,"
    " assigned, duration_s, bytes_in, bytes_out, packets_in, packets_out, reason FROM accounting"
    " WHERE id < ?1 ORDER BY id DESC LIMIT ?2";

/* A column of text, cut to fit. */
static void text_of(sqlite3_stmt *query, int at, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(query, at);
    size_t n = 0;
    for (; text && text[n] && n + 1 < size; n++)
        out[n] = text[n];
    out[n] = '\0';
}

#define TEXT(query, at, field) text_of(query, at, field, sizeof(field))

static uint64_t number_of(sqlite3_stmt *query, int at)
{
    sqlite3_int64 value = sqlite3_column_int64(query, at);
    return value > 0 ? (uint64_t)value : 0;
}

/* ADDR_NONE when it is empty, or not an address. */
static struct addr addr_of(sqlite3_stmt *query, int at)
{
    struct addr addr = {.family = ADDR_NONE};
    char text[ADDR_TEXT];
    TEXT(query, at, text);
    return addr_parse(text, &addr) == RC_OK ? addr : (struct addr){.family = ADDR_NONE};
}

static struct endpoint endpoint_of(sqlite3_stmt *query, int address, int port)
{
    return (struct endpoint){.addr = addr_of(query, address),
                             .port = (uint16_t)sqlite3_column_int(query, port)};
}

static bool read_history(sqlite3_stmt *query, const char *about, struct status_page *page)
{
    struct status_history *row = &page->rows.history[page->count];
    (void)about;
    row->number = number_of(query, 0);
    TEXT(query, 1, row->user);
    TEXT(query, 2, row->group);
    TEXT(query, 3, row->profile);
    TEXT(query, 4, row->identity);
    TEXT(query, 5, row->client);
    TEXT(query, 6, row->reason);
    row->remote = endpoint_of(query, 7, 8);
    row->assigned = addr_of(query, 9);
    row->started_s = number_of(query, 10);
    row->ended_s = number_of(query, 11);
    row->bytes_in = number_of(query, 12);
    row->bytes_out = number_of(query, 13);
    page->next = UINT32_MAX - (uint32_t)row->number;
    return true;
}

static bool read_peer(sqlite3_stmt *query, const char *about, struct status_page *page)
{
    struct status_peer *row = &page->rows.peers[page->count];
    (void)about;
    TEXT(query, 0, row->profile);
    TEXT(query, 1, row->principal);
    TEXT(query, 2, row->identity);
    TEXT(query, 3, row->client);
    TEXT(query, 4, row->reason);
    row->last = endpoint_of(query, 5, 6);
    row->up = sqlite3_column_int(query, 7) == 1;
    row->first_seen_s = number_of(query, 8);
    row->last_seen_s = number_of(query, 9);
    page->next++;
    return true;
}

/* Stages and rules are stored as their texts, which outlive their numbers. */
static bool stage_of(sqlite3_stmt *query, int at, enum decision_stage *out)
{
    char text[DECISION_TEXT];
    TEXT(query, at, text);
    for (int i = 0; i < STAGE_COUNT; i++)
        if (strcmp(text, decision_stage_text((enum decision_stage)i)) == 0) {
            *out = (enum decision_stage)i;
            return true;
        }
    return false;
}

static bool rule_of(sqlite3_stmt *query, int at, enum decision_rule *out)
{
    char text[DECISION_TEXT];
    TEXT(query, at, text);
    for (int i = 0; i < RULE_COUNT; i++)
        if (strcmp(text, decision_rule_text((enum decision_rule)i)) == 0) {
            *out = (enum decision_rule)i;
            return true;
        }
    return false;
}

/* False: a record of another form tells nothing. */
static bool decision_of(sqlite3_stmt *query, int form, int record, struct effect_decision *out)
{
    const void *octets = sqlite3_column_blob(query, record);
    struct cursor c = cursor_of(octets, (size_t)sqlite3_column_bytes(query, record));
    return octets && sqlite3_column_int(query, form) == DECISION_FORM &&
           store_decision_get(&c, out) == RC_OK;
}

/* Both sides' values and the hint. */
static void read_record(sqlite3_stmt *query, int form, int record, struct status_problem *row)
{
    struct effect_decision told;
    if (!decision_of(query, form, record, &told))
        return;
    memcpy(row->ours, told.decision.ours, sizeof row->ours);
    memcpy(row->theirs, told.decision.theirs, sizeof row->theirs);
    memcpy(row->hint, told.decision.hint, sizeof row->hint);
}

static bool read_problem(sqlite3_stmt *query, const char *about, struct status_page *page)
{
    struct status_problem *row = &page->rows.problems[page->count];
    (void)about;
    page->next = UINT32_MAX - (uint32_t)number_of(query, 0);
    if (!stage_of(query, 7, &row->stage) || !rule_of(query, 8, &row->rule))
        return false;
    row->count = (uint32_t)number_of(query, 1);
    row->first_s = number_of(query, 2);
    row->last_s = number_of(query, 3);
    row->peer = endpoint_of(query, 4, 5);
    TEXT(query, 6, row->identity);
    read_record(query, 9, 10, row);
    return true;
}

/* A record that is not known leaves what stands beside it. */
static bool read_decision(sqlite3_stmt *query, const char *about, struct status_page *page)
{
    struct status_decision *row = &page->rows.decisions[page->count];
    struct effect_decision told;
    *row = (struct status_decision){.at_s = number_of(query, 1)};
    page->next = UINT32_MAX - (uint32_t)number_of(query, 0);
    row->peer = endpoint_of(query, 2, 3);
    TEXT(query, 4, row->identity);
    if (decision_of(query, 8, 9, &told))
        row->decision = told.decision;
    else if (!stage_of(query, 5, &row->decision.stage) || !rule_of(query, 6, &row->decision.rule))
        return false;
    row->decision.accepted = sqlite3_column_int(query, 7) == 1;
    return decision_is_about(row, about);
}

static bool read_accounting(sqlite3_stmt *query, const char *about, struct status_page *page)
{
    struct status_accounting *row = &page->rows.accounting[page->count];
    page->next = UINT32_MAX - (uint32_t)number_of(query, 0);
    row->number = number_of(query, 0);
    row->at_s = number_of(query, 1);
    TEXT(query, 2, row->record);
    TEXT(query, 3, row->list);
    row->session = number_of(query, 4);
    TEXT(query, 5, row->user);
    TEXT(query, 6, row->group);
    TEXT(query, 7, row->profile);
    TEXT(query, 8, row->identity);
    row->remote = endpoint_of(query, 9, 10);
    row->assigned = addr_of(query, 11);
    row->duration_s = number_of(query, 12);
    row->bytes_in = number_of(query, 13);
    row->bytes_out = number_of(query, 14);
    row->packets_in = number_of(query, 15);
    row->packets_out = number_of(query, 16);
    TEXT(query, 17, row->reason);
    return !about[0] || strcmp(about, row->user) == 0 || strcmp(about, row->identity) == 0;
}

static const struct reader {
    const char *sql;
    bool counts_down; /* ?1: a row number that the rows are below; else how many to pass over */
    bool has_window;  /* ?3: not at or before this time */
    int scan;         /* rows looked at for one page; 0: as many as it may have */
    /* Into the page's next free row, and `next` behind it; false: it is left out. */
    bool (*read)(sqlite3_stmt *query, const char *about, struct status_page *page);
} readers[STATUS_WHAT_COUNT] = {
    [STATUS_PEERS] = {sql_peers, false, false, 0, read_peer},
    [STATUS_HISTORY] = {sql_history, true, false, 0, read_history},
    [STATUS_PROBLEMS] = {sql_problems, true, true, 0, read_problem},
    [STATUS_ACCOUNTING] = {sql_accounting, true, false, ACCOUNTING_SCAN, read_accounting},
    [STATUS_DECISIONS] = {sql_decisions, true, false, DECISION_SCAN, read_decision},
};

static enum rc read_rows(struct database *database, const struct reader *reader,
                         const struct status_question *question, uint64_t now_s,
                         struct status_page *out)
{
    enum rc rc = RC_IO;
    const uint16_t most = status_page_most(question->what);
    const int max = !question->max || question->max > most ? most : question->max;
    const int limit = reader->scan ? reader->scan : max;
    int seen = 0, code = SQLITE_DONE;
    sqlite3_stmt *query = database_statement(database, reader->sql, &rc);
    if (!query)
        return rc;
    sqlite3_bind_int64(query, 1, reader->counts_down ? UINT32_MAX - question->at : question->at);
    sqlite3_bind_int(query, 2, limit);
    if (reader->has_window)
        sqlite3_bind_int64(query, 3, (sqlite3_int64)now_s - PROBLEM_WINDOW_S);
    for (; out->count < max && (code = sqlite3_step(query)) == SQLITE_ROW; seen++)
        out->count = (uint16_t)(out->count + (reader->read(query, question->about, out) ? 1 : 0));
    sqlite3_reset(query);
    out->more = seen == limit || out->count == max;
    return code == SQLITE_ROW ? RC_OK : database_rc(code);
}

void page_fill(struct database *database, const struct status_question *question, uint64_t now_s,
               struct status_page *out)
{
    const struct reader *reader = &readers[question->what];
    out->request = question->request;
    out->what = question->what;
    out->next = question->at;
    out->rc = RC_IO;
    if (database && reader->sql && read_rows(database, reader, question, now_s, out) == RC_OK) {
        out->rc = RC_OK;
        return;
    }
    out->count = 0;
    out->more = false;
}
