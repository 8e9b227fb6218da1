/* Question and answer, until the hub says that there is no more. */
#include "cli/rows.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_TIMEOUT_MS = 10000, ROWS_MOST = 1 << 20 };

static enum exit_code ask(struct shell *shell, const struct status_question *question)
{
    uint8_t octets[STATUS_QUESTION_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    status_question_put(&b, question);
    return shell_send(shell, MSG_STATUS_GET, builder_span(&b));
}

/* The page that answers; messages of other kinds (events of an earlier `debug`) are passed over. */
static enum rc receive_page(struct shell *shell, const struct status_question *question,
                            struct status_page *page)
{
    struct cursor payload;
    enum rc rc = shell_receive(shell, MSG_STATUS_ROWS, ANSWER_TIMEOUT_MS, &payload);
    if (rc == RC_OK)
        rc = status_page_get(&payload, page);
    if (rc == RC_OK && (page->what != question->what || page->request != question->request))
        rc = RC_MALFORMED;
    if (rc == RC_OK && page->more && page->next <= question->at) /* would never end */
        rc = RC_MALFORMED;
    return rc;
}

enum exit_code rows_page(struct shell *shell, const struct status_question *question,
                         struct status_page *page)
{
    enum exit_code code = ask(shell, question);
    if (code != EXIT_OK)
        return code;
    enum rc rc = receive_page(shell, question, page);
    if (rc == RC_NO_MEMORY)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    if (page->rc != RC_OK) /* the hub answers, but has no rows */
        return shell_fail(shell, EXIT_FAILED, "%s",
                          page->rc == RC_AGAIN
                              ? "the store is away; try again in a moment"
                              : "the database cannot be read; the hub's log says why");
    return EXIT_OK;
}

/* Where the rows of each kind are kept; the summary is no list. */
#define KEPT(list, number)                                                                         \
    {                                                                                              \
        offsetof(struct rows, list), offsetof(struct rows, number)                                 \
    }
static const struct kept {
    size_t list, count; /* offsets in struct rows; 0: not a list */
} kept[STATUS_WHAT_COUNT] = {
    [STATUS_IKE] = KEPT(ike, ike_count),
    [STATUS_IPSEC] = KEPT(ipsec, ipsec_count),
    [STATUS_POOLS] = KEPT(pools, pool_count),
    [STATUS_LEASES] = KEPT(leases, lease_count),
    [STATUS_PROCESSES] = KEPT(processes, process_count),
    [STATUS_PEERS] = KEPT(peers, peer_count),
    [STATUS_ACCOUNTING] = KEPT(accounting, accounting_count),
    [STATUS_HISTORY] = KEPT(history, history_count),
    [STATUS_PROBLEMS] = KEPT(problems, problem_count),
};

static void **list_of(struct rows *rows, const struct kept *at)
{
    return (void **)(void *)((char *)rows + at->list);
}

static enum rc add_page(struct rows *rows, const struct status_page *page)
{
    const struct kept *at = &kept[page->what];
    rows->header = page->header;
    if (page->what == STATUS_SUMMARY)
        rows->summary = page->rows.summary;
    if (!at->list || !page->count)
        return RC_OK;
    size_t size = status_row_size(page->what);
    size_t *count = (size_t *)(void *)((char *)rows + at->count);
    void **list = list_of(rows, at);
    void *all =
        *count + page->count > ROWS_MOST ? NULL : realloc(*list, (*count + page->count) * size);
    if (!all)
        return RC_NO_MEMORY;
    *list = all;
    memcpy((char *)all + *count * size, status_page_rows(page), page->count * size);
    *count += page->count;
    return RC_OK;
}

enum exit_code rows_fetch(struct shell *shell, enum status_what what, struct rows *rows)
{
    return rows_fetch_about(shell, what, "", rows);
}

enum exit_code rows_fetch_about(struct shell *shell, enum status_what what, const char *about,
                                struct rows *rows)
{
    struct status_question question = {
        .what = what, .max = STATUS_PAGE_ROWS, .request = ROWS_REQUEST};
    snprintf(question.about, sizeof question.about, "%s", about);
    struct status_page *page = calloc(1, sizeof *page);
    if (!page)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    enum exit_code code;
    do {
        code = rows_page(shell, &question, page);
        if (code == EXIT_OK && add_page(rows, page) != RC_OK)
            code = shell_fail(shell, EXIT_FAILED, "out of memory");
        question.at = page->next;
    } while (code == EXIT_OK && page->more);
    free(page);
    return code;
}

void rows_free(struct rows *rows)
{
    for (size_t what = 0; what < STATUS_WHAT_COUNT; what++)
        if (kept[what].list)
            free(*list_of(rows, &kept[what]));
    *rows = (struct rows){0};
}
