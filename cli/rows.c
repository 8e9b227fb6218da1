/* Question and answer, until the hub says that there is no more. */
#include "cli/rows.h"

#include <stdlib.h>

enum { ANSWER_TIMEOUT_MS = 10000, REQUEST = 1, ROWS_MOST = 1 << 20 };

static enum exit_code ask(struct shell *shell, enum status_what what, uint32_t at)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    const struct status_question question = {what, at, STATUS_PAGE_ROWS, REQUEST};
    status_question_put(&b, &question);
    return shell_send(shell, MSG_STATUS_GET, builder_span(&b));
}

/* The page that answers; messages of other kinds (events of an earlier `debug`) are passed over. */
static enum rc receive_page(struct shell *shell, struct status_page *page)
{
    enum message_kind kind;
    struct cursor payload;
    enum rc rc;
    do
        rc = client_receive(&shell->client, ANSWER_TIMEOUT_MS, &kind, &payload);
    while (rc == RC_OK && kind != MSG_STATUS_ROWS);
    return rc == RC_OK ? status_page_get(&payload, page) : rc;
}

static void *grown(void *rows, size_t count, size_t more, size_t size)
{
    return count + more > ROWS_MOST ? NULL : realloc(rows, (count + more) * size);
}

static enum rc add_ike(struct rows *rows, const struct status_page *page)
{
    if (!page->count)
        return RC_OK;
    struct status_ike *all = grown(rows->ike, rows->ike_count, page->count, sizeof *all);
    if (!all)
        return RC_NO_MEMORY;
    rows->ike = all;
    memcpy(all + rows->ike_count, page->rows.ike, page->count * sizeof *all);
    rows->ike_count += page->count;
    return RC_OK;
}

static enum rc add_ipsec(struct rows *rows, const struct status_page *page)
{
    if (!page->count)
        return RC_OK;
    struct status_ipsec *all = grown(rows->ipsec, rows->ipsec_count, page->count, sizeof *all);
    if (!all)
        return RC_NO_MEMORY;
    rows->ipsec = all;
    memcpy(all + rows->ipsec_count, page->rows.ipsec, page->count * sizeof *all);
    rows->ipsec_count += page->count;
    return RC_OK;
}

static enum rc add_page(struct rows *rows, const struct status_page *page)
{
    rows->header = page->header;
    switch (page->what) {
    case STATUS_IKE:
        return add_ike(rows, page);
    case STATUS_IPSEC:
        return add_ipsec(rows, page);
    case STATUS_SUMMARY:
        rows->summary = page->rows.summary;
        break;
    case STATUS_WHAT_COUNT:
        return RC_MALFORMED;
    }
    return RC_OK;
}

enum exit_code rows_fetch(struct shell *shell, enum status_what what, struct rows *rows)
{
    struct status_page *page = malloc(sizeof *page);
    uint32_t at = 0;
    enum rc rc = page ? RC_OK : RC_NO_MEMORY;
    enum exit_code code = EXIT_OK;
    while (rc == RC_OK && code == EXIT_OK) {
        code = ask(shell, what, at);
        if (code != EXIT_OK)
            break;
        rc = receive_page(shell, page);
        if (rc == RC_OK && (page->what != what || page->request != REQUEST))
            rc = RC_MALFORMED;
        if (rc == RC_OK)
            rc = add_page(rows, page);
        if (rc != RC_OK || !page->more)
            break;
        if (page->next <= at) /* would never end */
            rc = RC_MALFORMED;
        at = page->next;
    }
    free(page);
    if (rc == RC_NO_MEMORY)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    return rc == RC_OK ? code : shell_lost(shell, rc);
}

void rows_free(struct rows *rows)
{
    free(rows->ike);
    free(rows->ipsec);
    *rows = (struct rows){0};
}
