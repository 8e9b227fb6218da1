/* The `show` commands: fetch rows, render them as text or as JSON. */
#include "cli/rows.h"
#include "cli/show_history.h"
#include "cli/show_ipsec.h"
#include "cli/show_isakmp.h"
#include "cli/show_session.h"
#include "cli/work.h"
#include "host/status_json.h"

enum { INDENT = 2 };

/* Print what was rendered and release both; code is passed on. */
static enum exit_code finish(struct shell *shell, enum exit_code code, struct sink *text,
                             struct rows *rows)
{
    if (code == EXIT_OK && text->bad)
        code = shell_fail(shell, EXIT_FAILED, "out of memory");
    if (code == EXIT_OK)
        shell_print(shell, sink_string(text));
    sink_free(text);
    rows_free(rows);
    return code;
}

static json_t *ike_array(const struct rows *rows)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < rows->ike_count; i++)
        if (json_array_append_new(array, status_ike_json(&rows->ike[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static json_t *ipsec_array(const struct rows *rows)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < rows->ipsec_count; i++)
        if (json_array_append_new(array, status_ipsec_json(&rows->ipsec[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

/* Add one member; the document is lost when that fails. */
static json_t *with(json_t *take_document, const char *key, json_t *take_value)
{
    if (json_object_set_new(take_document, key, take_value) == 0)
        return take_document;
    json_decref(take_document);
    return NULL;
}

static void write_json(struct sink *text, json_t *take_document)
{
    status_json_write(text, take_document, INDENT);
    sink_char(text, '\n');
}

enum exit_code work_show_isakmp(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    if (code != EXIT_OK)
        return finish(shell, code, &text, &rows);
    if (shell->json)
        write_json(&text, with(status_document_json(&rows.header), "isakmp_sas", ike_array(&rows)));
    else if (call->command->detail)
        show_isakmp_detail(&text, rows.ike, rows.ike_count);
    else
        show_isakmp_brief(&text, rows.ike, rows.ike_count);
    return finish(shell, code, &text, &rows);
}

enum exit_code work_show_ipsec(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    char address[ADDR_TEXT];
    enum exit_code code = rows_fetch(shell, STATUS_IPSEC, &rows);
    if (code != EXIT_OK)
        return finish(shell, code, &text, &rows);
    if (call->addr.family != ADDR_NONE) {
        rows.ipsec_count = show_ipsec_keep_peer(rows.ipsec, rows.ipsec_count, call->addr);
        if (!rows.ipsec_count)
            code = shell_fail(shell, EXIT_NOTHING, "no IPsec SA with peer %s",
                              addr_format(call->addr, address));
    }
    if (shell->json)
        write_json(&text,
                   with(status_document_json(&rows.header), "ipsec_sas", ipsec_array(&rows)));
    else
        show_ipsec(&text, rows.ipsec, rows.ipsec_count);
    return finish(shell, code, &text, &rows);
}

enum exit_code work_show_session(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    if (code == EXIT_OK)
        code = rows_fetch(shell, STATUS_IPSEC, &rows);
    if (code != EXIT_OK)
        return finish(shell, code, &text, &rows);
    if (shell->json)
        write_json(&text,
                   with(with(status_document_json(&rows.header), "sessions", ike_array(&rows)),
                        "tunnels", ipsec_array(&rows)));
    else
        show_session(&text, rows.ike, rows.ike_count, rows.ipsec, rows.ipsec_count,
                     call->command->detail);
    return finish(shell, code, &text, &rows);
}

enum exit_code work_show_version(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_SUMMARY, &rows);
    (void)call;
    if (code != EXIT_OK)
        return finish(shell, code, &text, &rows);
    if (shell->json)
        write_json(&text, with(status_document_json(&rows.header), "summary",
                               status_summary_json(&rows.summary)));
    else
        show_version(&text, &rows.header, &rows.summary);
    return finish(shell, code, &text, &rows);
}

/* -- what the store remembers ----------------------------------------------------------- */

typedef json_t *row_json(const struct rows *rows, size_t i);

static json_t *history_json(const struct rows *rows, size_t i)
{
    return status_history_json(&rows->history[i]);
}

static json_t *peer_json(const struct rows *rows, size_t i)
{
    return status_peer_json(&rows->peers[i]);
}

static json_t *problem_json(const struct rows *rows, size_t i)
{
    return status_problem_json(&rows->problems[i]);
}

static void write_rows(struct sink *text, const struct rows *rows, size_t count, const char *name,
                       row_json *json)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < count; i++)
        if (json_array_append_new(array, json(rows, i)) != 0) {
            json_decref(array);
            array = NULL;
        }
    write_json(text, with(status_document_json(&rows->header), name, array));
}

enum exit_code work_show_history(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    char address[ADDR_TEXT];
    enum exit_code code = rows_fetch(shell, STATUS_HISTORY, &rows);
    if (code == EXIT_OK && call->addr.family != ADDR_NONE) {
        rows.history_count = show_history_keep(rows.history, rows.history_count, call->addr);
        if (!rows.history_count)
            code = shell_fail(shell, EXIT_NOTHING, "no session had %s or came from there",
                              addr_format(call->addr, address));
    }
    if (shell->json)
        write_rows(&text, &rows, rows.history_count, "history", history_json);
    else
        show_history(&text, rows.history, rows.history_count);
    return finish(shell, code, &text, &rows);
}

enum exit_code work_show_peers(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_PEERS, &rows);
    (void)call;
    if (shell->json)
        write_rows(&text, &rows, rows.peer_count, "peers", peer_json);
    else
        show_peers(&text, rows.peers, rows.peer_count);
    return finish(shell, code, &text, &rows);
}

enum exit_code work_show_problems(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_PROBLEMS, &rows);
    (void)call;
    if (shell->json)
        write_rows(&text, &rows, rows.problem_count, "problems", problem_json);
    else
        show_problems(&text, rows.problems, rows.problem_count);
    return finish(shell, code, &text, &rows);
}
