/* Statements of the decision table. The record is kept in its IPC form, with number and text of
 * what one searches for beside it. */
#include "store/decision.h"

#include "host/message_store.h"

static const char sql_add[] =
    "INSERT INTO decisions (at, address, port, identity, stage, accepted, rule, form, record)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char sql_trim[] =
    "DELETE FROM decisions WHERE id <= (SELECT max(id) FROM decisions) - ?1";

static enum rc add(struct database *database, const struct effect_decision *decision,
                   struct span record, uint64_t now_s)
{
    enum rc rc = RC_IO;
    char address[ADDR_TEXT];
    sqlite3_stmt *statement = database_statement(database, sql_add, &rc);
    if (!statement)
        return rc;
    const struct decision *made = &decision->decision;
    addr_format(decision->peer.addr, address);
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)now_s);
    sqlite3_bind_text(statement, 2, address, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 3, decision->peer.port);
    sqlite3_bind_text(statement, 4, decision->identity, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, decision_stage_text(made->stage), -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 6, made->accepted ? 1 : 0);
    sqlite3_bind_text(statement, 7, decision_rule_text(made->rule), -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 8, DECISION_FORM);
    sqlite3_bind_blob(statement, 9, record.at, (int)record.len, SQLITE_STATIC);
    return database_step(database, statement);
}

enum rc decision_save(struct database *database, const struct effect_decision *decision,
                      uint64_t now_s)
{
    uint8_t octets[STORE_DECISION_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    store_decision_put(&b, decision);
    if (b.bad)
        return RC_MALFORMED;
    enum rc rc = add(database, decision, builder_span(&b), now_s);
    if (rc != RC_OK)
        return rc;
    sqlite3_stmt *trim = database_statement(database, sql_trim, &rc);
    if (!trim)
        return rc;
    sqlite3_bind_int(trim, 1, DECISION_ROWS);
    return database_step(database, trim);
}

/* In place of a whole text, or between blanks, commas and slashes of it. */
static bool stands_in(const char *text, const char *word)
{
    static const char between[] = " ,/";
    const size_t len = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || strchr(between, at[-1])) && (!at[len] || strchr(between, at[len])))
            return true;
    return false;
}

bool decision_is_about(const struct status_decision *row, const char *about)
{
    char address[ADDR_TEXT];
    return !about[0] || strcmp(addr_format(row->peer.addr, address), about) == 0 ||
           stands_in(row->identity, about) || stands_in(row->decision.theirs, about);
}
