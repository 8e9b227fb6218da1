/* The `show` commands: fetch rows, render them as text or as JSON. */
#include "cli/document.h"
#include "cli/running.h"
#include "cli/show_connections.h"
#include "cli/show_history.h"
#include "cli/show_ipsec.h"
#include "cli/show_isakmp.h"
#include "cli/show_pool.h"
#include "cli/show_process.h"
#include "cli/show_session.h"
#include "cli/work.h"
#include "host/status_json.h"

#include <string.h>

/* The rows of one kind. */
#define ARRAY(name, list, number, json)                                                            \
    static json_t *name(const struct rows *rows)                                                   \
    {                                                                                              \
        json_t *array = json_array();                                                              \
        for (size_t i = 0; array && i < rows->number; i++)                                         \
            if (json_array_append_new(array, json(&rows->list[i])) != 0) {                         \
                json_decref(array);                                                                \
                array = NULL;                                                                      \
            }                                                                                      \
        return array;                                                                              \
    }
ARRAY(ike_array, ike, ike_count, status_ike_json)
ARRAY(ipsec_array, ipsec, ipsec_count, status_ipsec_json)
ARRAY(pool_array, pools, pool_count, status_pool_json)
ARRAY(lease_array, leases, lease_count, status_lease_json)
ARRAY(process_array, processes, process_count, status_process_json)

enum exit_code work_show_isakmp(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (shell->json)
        document_write(&text, document_with(status_document_json(&rows.header), "isakmp_sas",
                                            ike_array(&rows)));
    else if (call->command->detail)
        show_isakmp_detail(&text, rows.ike, rows.ike_count);
    else
        show_isakmp_brief(&text, rows.ike, rows.ike_count);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_ipsec(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    char address[ADDR_TEXT];
    enum exit_code code = rows_fetch(shell, STATUS_IPSEC, &rows);
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (call->addr.family != ADDR_NONE) {
        rows.ipsec_count = show_ipsec_keep_peer(rows.ipsec, rows.ipsec_count, call->addr);
        if (!rows.ipsec_count)
            code = shell_fail(shell, EXIT_NOTHING, "no IPsec SA with peer %s",
                              addr_format(call->addr, address));
    }
    if (shell->json)
        document_write(&text, document_with(status_document_json(&rows.header), "ipsec_sas",
                                            ipsec_array(&rows)));
    else
        show_ipsec(&text, rows.ipsec, rows.ipsec_count);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_connections(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    (void)call;
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    if (code == EXIT_OK)
        code = rows_fetch(shell, STATUS_IPSEC, &rows);
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    struct show_connections all = {rows.ike, rows.ike_count, rows.ipsec, rows.ipsec_count};
    if (shell->json)
        document_write(&text, document_with(status_document_json(&rows.header), "connections",
                                            show_connections_json(&all)));
    else
        show_connections(&text, &all);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_session(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    if (code == EXIT_OK)
        code = rows_fetch(shell, STATUS_IPSEC, &rows);
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (shell->json)
        document_write(&text, document_with(document_with(status_document_json(&rows.header),
                                                          "sessions", ike_array(&rows)),
                                            "tunnels", ipsec_array(&rows)));
    else
        show_session(&text, rows.ike, rows.ike_count, rows.ipsec, rows.ipsec_count,
                     call->command->detail);
    return document_finish(shell, code, &text, &rows);
}

/* Only this pool and its leases. */
static void keep_pool(struct rows *rows, const char *name)
{
    size_t pools = 0, leases = 0;
    for (size_t i = 0; i < rows->pool_count; i++)
        if (strcmp(rows->pools[i].name, name) == 0)
            rows->pools[pools++] = rows->pools[i];
    for (size_t i = 0; i < rows->lease_count; i++)
        if (strcmp(rows->leases[i].pool, name) == 0)
            rows->leases[leases++] = rows->leases[i];
    rows->pool_count = pools;
    rows->lease_count = leases;
}

static void write_pools(const struct shell *shell, struct sink *text, const struct rows *rows,
                        bool detail)
{
    if (shell->json) {
        json_t *document =
            document_with(status_document_json(&rows->header), "pools", pool_array(rows));
        if (document && detail)
            document = document_with(document, "leases", lease_array(rows));
        document_write(text, document);
        return;
    }
    if (!detail)
        show_pools(text, rows->pools, rows->pool_count);
    for (size_t i = 0; detail && i < rows->pool_count; i++) {
        if (i)
            sink_char(text, '\n');
        show_pool_leases(text, &rows->pools[i], rows->leases, rows->lease_count);
    }
}

enum exit_code work_show_pool(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_POOLS, &rows);
    if (code == EXIT_OK && call->command->detail)
        code = rows_fetch(shell, STATUS_LEASES, &rows);
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (call->pool[0]) {
        keep_pool(&rows, call->pool);
        if (!rows.pool_count)
            code = shell_fail(shell, EXIT_NOTHING, "no pool %s", call->pool);
    }
    write_pools(shell, &text, &rows, call->command->detail);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_users(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_IKE, &rows);
    (void)call;
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    rows.ike_count = show_users_keep(rows.ike, rows.ike_count);
    if (shell->json)
        document_write(
            &text, document_with(status_document_json(&rows.header), "users", ike_array(&rows)));
    else
        show_users(&text, rows.ike, rows.ike_count);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_processes(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_PROCESSES, &rows);
    (void)call;
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (shell->json)
        document_write(&text, document_with(status_document_json(&rows.header), "processes",
                                            process_array(&rows)));
    else
        show_processes(&text, rows.processes, rows.process_count);
    return document_finish(shell, code, &text, &rows);
}

enum exit_code work_show_version(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = rows_fetch(shell, STATUS_SUMMARY, &rows);
    (void)call;
    if (code != EXIT_OK)
        return document_finish(shell, code, &text, &rows);
    if (shell->json)
        document_write(&text, document_with(status_document_json(&rows.header), "summary",
                                            status_summary_json(&rows.summary)));
    else
        show_version(&text, &rows.header, &rows.summary);
    return document_finish(shell, code, &text, &rows);
}

/* The lines of the text, each a string of its own. */
static json_t *line_array(const struct sink *text)
{
    json_t *array = json_array();
    const char *at = sink_string(text);
    while (array && *at) {
        size_t n = strcspn(at, "\n");
        if (json_array_append_new(array, json_stringn(at, n)) != 0) {
            json_decref(array);
            array = NULL;
        }
        at += n + (at[n] == '\n');
    }
    return array;
}

enum exit_code work_show_running(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink raw = {0}, text = {0}, document = {0};
    (void)call;
    enum exit_code code = running_fetch(shell, &raw);
    if (code == EXIT_OK && shell->json)
        code = rows_fetch(shell, STATUS_SUMMARY, &rows);
    running_safe(&text, sink_string(&raw), raw.len);
    sink_free(&raw);
    if (!shell->json)
        return document_finish(shell, code, &text, &rows);
    if (code == EXIT_OK)
        document_write(&document,
                       document_with(status_document_json(&rows.header), "running_config",
                                     text.bad ? NULL : line_array(&text)));
    sink_free(&text);
    return document_finish(shell, code, &document, &rows);
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
    document_write(text, document_with(status_document_json(&rows->header), name, array));
}

static json_t *accounting_json(const struct rows *rows, size_t i)
{
    return status_accounting_json(&rows->accounting[i]);
}

enum exit_code work_show_accounting(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    enum exit_code code = strlen(call->user) < STATUS_ABOUT
                              ? rows_fetch_about(shell, STATUS_ACCOUNTING, call->user, &rows)
                              : shell_fail(shell, EXIT_USAGE, "nobody has so long a name");
    if (code == EXIT_OK && call->user[0] && !rows.accounting_count)
        code = shell_fail(shell, EXIT_NOTHING, "no record is of %s", call->user);
    if (shell->json)
        write_rows(&text, &rows, rows.accounting_count, "accounting", accounting_json);
    else
        show_accounting(&text, rows.accounting, rows.accounting_count);
    return document_finish(shell, code, &text, &rows);
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
    return document_finish(shell, code, &text, &rows);
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
    return document_finish(shell, code, &text, &rows);
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
    return document_finish(shell, code, &text, &rows);
}
