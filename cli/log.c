/* Fetching records of the log: pieces until the end that the first one named. */
#include "cli/document.h"
#include "cli/show_log.h"
#include "cli/work.h"
#include "host/message_log.h"

enum { ANSWER_TIMEOUT_MS = 10000, REQUEST = 1, LAST_USUAL = 100 };

static enum exit_code ask(struct shell *shell, const struct log_question *question)
{
    uint8_t octets[LOG_QUESTION_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    log_question_put(&b, question);
    return shell_send(shell, MSG_LOG_GET, builder_span(&b));
}

/* The hub says MSG_RESULT in place of a piece when it has none. */
static enum exit_code receive(struct shell *shell, struct log_piece *out)
{
    enum message_kind kind;
    struct cursor payload;
    enum rc rc;
    do
        rc = client_receive(&shell->client, ANSWER_TIMEOUT_MS, &kind, &payload);
    while (rc == RC_OK && kind != MSG_LOG_TEXT && kind != MSG_RESULT);
    if (rc == RC_OK && kind == MSG_RESULT)
        return shell_fail(shell, EXIT_FAILED, "the log cannot be read now");
    if (rc == RC_OK)
        rc = log_piece_get(&payload, out);
    if (rc == RC_OK && out->request != REQUEST)
        rc = RC_MALFORMED;
    return rc == RC_OK ? EXIT_OK : shell_lost(shell, rc);
}

static enum exit_code fetch(struct shell *shell, uint32_t last, bool events, struct sink *lines)
{
    struct log_question question = {.request = REQUEST, .last = last, .events = events};
    uint64_t end = 0;
    do {
        struct log_piece piece = {.request = 0};
        enum exit_code code = ask(shell, &question);
        if (code == EXIT_OK)
            code = receive(shell, &piece);
        if (code == EXIT_OK && piece.next <= question.from && piece.next != piece.end)
            code = shell_lost(shell, RC_MALFORMED); /* it would never end */
        if (code != EXIT_OK)
            return code;
        sink_octets(lines, (const char *)piece.text.at, piece.text.len);
        end = end ? end : piece.end;
        question.from = piece.next;
    } while (question.from < end);
    return lines->bad ? shell_fail(shell, EXIT_FAILED, "out of memory") : EXIT_OK;
}

static json_t *document(const struct rows *rows, const char *key, json_t *records)
{
    return document_with(status_document_json(&rows->header), key, json_incref(records));
}

static enum exit_code show(struct shell *shell, const struct command_call *call, bool events)
{
    struct sink lines = {0}, text = {0};
    struct rows rows = {0};
    json_t *records = NULL;
    const bool said = strstr(call->command->words, "NUMBER") != NULL;
    const uint64_t last = said ? call->number : LAST_USUAL;
    enum exit_code code = EXIT_USAGE;
    if (last < 1 || last > LOG_RING_LINES)
        shell_fail(shell, code, "1 to %d records are kept", LOG_RING_LINES);
    else
        code = fetch(shell, (uint32_t)last, events, &lines);
    if (code == EXIT_OK && show_log_parse(sink_string(&lines), &records) != RC_OK)
        code = shell_lost(shell, RC_MALFORMED);
    if (code == EXIT_OK && shell->json)
        code = rows_fetch(shell, STATUS_SUMMARY, &rows);
    if (code == EXIT_OK && shell->json)
        document_write(&text, document(&rows, events ? "events" : "log", records));
    else if (code == EXIT_OK)
        (events ? show_events : show_log)(&text, records);
    json_decref(records);
    sink_free(&lines);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_log(struct shell *shell, const struct command_call *call)
{
    return show(shell, call, false);
}

enum exit_code work_show_events(struct shell *shell, const struct command_call *call)
{
    return show(shell, call, true);
}
