/* `explain`: the decisions that the store keeps, asked for until there are no more of this peer.
 * They outlive the hub that made them. */
#include "cli/document.h"
#include "cli/show_explain.h"
#include "cli/work.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_LOOKED_AT = 2000 }; /* of one peer; it may have been refused every few seconds */

/* What the store is asked about: addresses have one way to be written. */
static void say_about(const struct command_call *call, struct status_question *question)
{
    struct addr addr;
    if (addr_parse(call->user, &addr) == RC_OK)
        addr_format(addr, question->about);
    else
        memcpy(question->about, call->user, strlen(call->user) + 1);
}

/* Add a page; false: enough is known. */
static bool add_page(struct explain_reasons *reasons, const struct status_page *page,
                     size_t *looked)
{
    for (size_t i = 0; i < page->count; i++) {
        reasons->cut =
            !explain_add(reasons, &page->rows.decisions[i]) || ++*looked >= ROWS_LOOKED_AT;
        if (reasons->cut)
            return false;
    }
    return page->more;
}

static enum exit_code fetch(struct shell *shell, const struct command_call *call,
                            struct explain_reasons *reasons, struct status_header *header)
{
    struct status_question question = {.what = STATUS_DECISIONS, .request = ROWS_REQUEST};
    struct status_page *page = calloc(1, sizeof *page);
    size_t looked = 0;
    if (!page)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    say_about(call, &question);
    question.max = question.about[0] ? 0 : 1;
    enum exit_code code;
    do {
        code = rows_page(shell, &question, page);
        question.at = page->next;
    } while (code == EXIT_OK && add_page(reasons, page, &looked) &&
             (question.about[0] || !reasons->count));
    *header = page->header;
    free(page);
    return code;
}

static json_t *reason_json(const struct explain_reason *reason)
{
    json_t *one = status_stored_decision_json(&reason->latest);
    one = document_with(one, "count", json_integer(reason->count));
    return document_with(one, "first_s", json_integer((json_int_t)reason->first_s));
}

static void write_document(struct sink *text, const struct explain_reasons *reasons,
                           const struct status_header *header)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < reasons->count; i++)
        if (json_array_append_new(array, reason_json(&reasons->items[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    json_t *all = document_with(status_document_json(header), "decisions", array);
    document_write(text, document_with(all, "complete", json_boolean(!reasons->cut)));
}

static enum exit_code nothing(struct shell *shell, const struct command_call *call)
{
    if (!call->user[0])
        return shell_fail(shell, EXIT_NOTHING, "nobody was refused yet");
    return shell_fail(shell, EXIT_NOTHING, "no refusal is about %s", call->user);
}

enum exit_code work_explain(struct shell *shell, const struct command_call *call)
{
    struct rows rows = {0};
    struct sink text = {0};
    struct explain_reasons *reasons = calloc(1, sizeof *reasons);
    if (!reasons)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    enum exit_code code =
        strlen(call->user) < STATUS_ABOUT ? fetch(shell, call, reasons, &rows.header) : EXIT_OK;
    if (code == EXIT_OK && !reasons->count)
        code = nothing(shell, call);
    if (code == EXIT_OK && shell->json)
        write_document(&text, reasons, &rows.header);
    else if (code == EXIT_OK)
        show_explain(&text, reasons);
    free(reasons);
    return document_finish(shell, code, &text, &rows);
}
