/* `check`, `diff`, `reload`: the hub reads its configuration anew and says what it would mean, or
 * goes by it. With --config the first two look at another file, which hubctl reads itself. */
#include "base/wipe.h"
#include "cli/document.h"
#include "cli/file.h"
#include "cli/running.h"
#include "cli/show_reload.h"
#include "cli/work.h"
#include "config/diff.h"
#include "config/load.h"
#include "host/message_control.h"
#include "host/message_reload.h"

#include <string.h>

enum { ANSWER_TIMEOUT_MS = 60000 };

/* -- the hub reads it ----------------------------------------------------------------------------
 */

static enum exit_code order(struct shell *shell, enum reload_mode mode,
                            struct control_result *result)
{
    uint8_t octets[16];
    struct builder b = builder_of(octets, sizeof octets);
    struct cursor payload;
    reload_order_put(&b, &(struct reload_order){.mode = mode});
    enum exit_code code = shell_send(shell, MSG_RELOAD, builder_span(&b));
    if (code != EXIT_OK)
        return code;
    enum rc rc = shell_receive(shell, MSG_RESULT, ANSWER_TIMEOUT_MS, &payload);
    if (rc == RC_OK)
        rc = control_result_get(&payload, result);
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    /* A report may be empty: of a file that is good and of which nothing is to be said. */
    bool made = result->rc != RC_NO_MEMORY && result->rc != RC_AGAIN;
    return made ? EXIT_OK : shell_fail(shell, EXIT_FAILED, "%s", result->text);
}

static enum exit_code ask_hub(struct shell *shell, struct reload_view *view,
                              struct control_result *result, struct sink *report)
{
    enum exit_code code = order(shell, view->mode, result);
    if (code == EXIT_OK)
        code = pieces_fetch(shell, MSG_REPORT_GET, MSG_REPORT_TEXT, report);
    view->file = result->text;
    view->good = result->rc == RC_OK;
    view->peers_judged = true;
    return code;
}

/* -- hubctl reads another file --------------------------------------------------------------------
 */

static enum rc load(const struct sink *text, const char *file, struct config **out,
                    struct sink *report)
{
    struct config_report findings;
    const struct span octets = {(const uint8_t *)sink_string(text), text->len};
    enum rc rc = config_load(octets, file, NULL, 0, out, &findings);
    report_findings_add(report, &findings);
    config_report_wipe(&findings);
    return rc;
}

/* What the hub printed hides its secrets, so that none of them can be compared. */
static enum rc add_changes(struct sink *report, const struct config *running,
                           const struct config *next)
{
    struct config_diff diff;
    enum rc rc = config_diff(running, next, &diff);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < diff.count; i++)
        if (diff.changes[i].kind != CONFIG_SECRET)
            report_change_add(report, &diff.changes[i]);
    config_diff_wipe(&diff);
    return RC_OK;
}

static enum exit_code compare(struct shell *shell, const struct config *next, struct sink *report)
{
    struct sink printed = {0};
    struct config *running = NULL;
    struct config_report findings = {0};
    enum exit_code code = running_fetch(shell, &printed);
    if (code == EXIT_OK) {
        const struct span octets = {(const uint8_t *)sink_string(&printed), printed.len};
        enum rc rc = config_load_printed(octets, "show running-config", &running, &findings);
        if (rc == RC_OK)
            rc = add_changes(report, running, next);
        if (rc != RC_OK)
            code = shell_fail(shell, EXIT_FAILED, "cannot be compared: %s", rc_text(rc));
        config_report_wipe(&findings);
    }
    config_free(running);
    sink_free(&printed);
    return code;
}

static enum exit_code look_myself(struct shell *shell, struct reload_view *view,
                                  struct sink *report)
{
    struct sink text = {0};
    struct config *next = NULL;
    view->file = shell->config_file;
    view->blind = view->mode == RELOAD_DIFF;
    enum exit_code code = file_read(shell, shell->config_file, &text);
    if (code == EXIT_OK)
        view->good = load(&text, shell->config_file, &next, report) == RC_OK;
    if (code == EXIT_OK && view->good && view->mode == RELOAD_DIFF)
        code = compare(shell, next, report);
    if (text.at)
        wipe(text.at, text.len);
    sink_free(&text);
    config_free(next);
    return code;
}

/* -- the commands -------------------------------------------------------------------- */

static enum exit_code print(struct shell *shell, const struct reload_view *view, struct rows *rows)
{
    struct sink text = {0};
    if (!shell->json) {
        if (show_reload(&text, view) != RC_OK)
            text.bad = true;
        return document_finish(shell, EXIT_OK, &text, rows);
    }
    json_t *all = status_document_json(&rows->header);
    if (!view->peers_judged && view->mode == RELOAD_CHECK)
        all = document_with(all, "hub", json_null());
    document_write(&text, reload_json(all, view));
    return document_finish(shell, EXIT_OK, &text, rows);
}

static enum exit_code work(struct shell *shell, enum reload_mode mode)
{
    struct reload_view view = {.mode = mode};
    struct control_result result = {.rc = RC_OK};
    struct sink report = {0};
    struct rows rows = {0};
    bool myself = shell->config_file && mode != RELOAD_APPLY;
    enum exit_code code =
        myself ? look_myself(shell, &view, &report) : ask_hub(shell, &view, &result, &report);
    if (code == EXIT_OK && shell->json && !(myself && mode == RELOAD_CHECK))
        code = rows_fetch(shell, STATUS_SUMMARY, &rows);
    view.report = (struct span){(const uint8_t *)sink_string(&report), report.len};
    if (code == EXIT_OK)
        code = report.bad ? shell_fail(shell, EXIT_FAILED, "out of memory")
                          : print(shell, &view, &rows);
    rows_free(&rows);
    sink_free(&report);
    return code == EXIT_OK && !view.good ? EXIT_FAILED : code;
}

enum exit_code work_check(struct shell *shell, const struct command_call *call)
{
    (void)call;
    return work(shell, RELOAD_CHECK);
}

enum exit_code work_diff(struct shell *shell, const struct command_call *call)
{
    (void)call;
    return work(shell, RELOAD_DIFF);
}

enum exit_code work_reload(struct shell *shell, const struct command_call *call)
{
    (void)call;
    if (shell->config_file)
        return shell_fail(shell, EXIT_USAGE, "the hub reloads the file it was started with");
    return work(shell, RELOAD_APPLY);
}
