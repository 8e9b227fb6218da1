/* Coding of the status question and of a page of rows. A page is read twice, first into a scratch
 * row and then for good, so that a page that turns out bad leaves the reader's rows as they
 * were. */
#include "host/message_status.h"

#include <stdlib.h>

typedef void row_put(struct builder *b, const struct status_page *page, size_t i);
typedef void row_get(struct cursor *c, struct status_page *page, size_t i);

/* How one row of a page is written and read; `first` is the member of the union. */
#define ROW(name, first)                                                                           \
    static void put_##name(struct builder *b, const struct status_page *page, size_t i)            \
    {                                                                                              \
        status_##name##_put(b, &page->rows.first);                                                 \
    }                                                                                              \
    static void get_##name(struct cursor *c, struct status_page *page, size_t i)                   \
    {                                                                                              \
        status_##name##_get(c, &page->rows.first);                                                 \
    }

static void put_summary(struct builder *b, const struct status_page *page, size_t i)
{
    (void)i;
    status_summary_put(b, &page->rows.summary);
}

static void get_summary(struct cursor *c, struct status_page *page, size_t i)
{
    (void)i;
    status_summary_get(c, &page->rows.summary);
}

ROW(ike, ike[i])
ROW(ipsec, ipsec[i])
ROW(pool, pools[i])
ROW(lease, leases[i])
ROW(process, processes[i])
ROW(peer, peers[i])
ROW(history, history[i])
ROW(problem, problems[i])
ROW(accounting, accounting[i])
ROW(decision, decisions[i])

static const struct {
    row_put *put;
    row_get *get;
    size_t size;
    uint16_t least, most; /* rows of a page */
} kinds[STATUS_WHAT_COUNT] = {
#define ROWS(name) put_##name, get_##name, sizeof(struct status_##name), 0, STATUS_PAGE_ROWS
    [STATUS_SUMMARY] = {put_summary, get_summary, sizeof(struct status_summary), 1, 1},
    [STATUS_IKE] = {ROWS(ike)},
    [STATUS_IPSEC] = {ROWS(ipsec)},
    [STATUS_POOLS] = {ROWS(pool)},
    [STATUS_LEASES] = {ROWS(lease)},
    [STATUS_PROCESSES] = {ROWS(process)},
    [STATUS_PEERS] = {ROWS(peer)},
    [STATUS_HISTORY] = {ROWS(history)},
    [STATUS_PROBLEMS] = {ROWS(problem)},
    [STATUS_ACCOUNTING] = {ROWS(accounting)},
    [STATUS_DECISIONS] = {put_decision, get_decision, sizeof(struct status_decision), 0,
                          STATUS_DECISION_ROWS},
};

size_t status_row_size(enum status_what what)
{
    return kinds[what].size;
}

uint16_t status_page_most(enum status_what what)
{
    return kinds[what].most;
}

const void *status_page_rows(const struct status_page *page)
{
    return &page->rows;
}

/* Why there may be no rows. */
static bool rc_fits(const struct status_page *page)
{
    return page->rc == RC_OK || ((page->rc == RC_AGAIN || page->rc == RC_IO) && !page->count);
}

static bool count_fits(const struct status_page *page)
{
    return page->count >= kinds[page->what].least && page->count <= kinds[page->what].most;
}

static enum status_what what_get(struct cursor *c)
{
    uint8_t what = cursor_u8(c);
    if (what >= STATUS_WHAT_COUNT) {
        c->bad = true;
        return STATUS_SUMMARY;
    }
    return (enum status_what)what;
}

void status_question_put(struct builder *b, const struct status_question *question)
{
    builder_u8(b, (uint8_t)question->what);
    builder_u32(b, question->at);
    builder_u16(b, question->max);
    builder_u32(b, question->request);
    builder_string(b, question->about);
}

enum rc status_question_get(struct cursor *c, struct status_question *out)
{
    struct status_question question = {.what = what_get(c)};
    question.at = cursor_u32(c);
    question.max = cursor_u16(c);
    question.request = cursor_u32(c);
    cursor_string(c, question.about, sizeof question.about);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = question;
    return RC_OK;
}

void status_page_put(struct builder *b, const struct status_page *page)
{
    if ((size_t)page->what >= STATUS_WHAT_COUNT || !count_fits(page) || !rc_fits(page)) {
        b->bad = true;
        return;
    }
    builder_u32(b, page->request);
    builder_u8(b, (uint8_t)page->what);
    builder_u32(b, page->next);
    builder_u8(b, page->more ? 1 : 0);
    builder_u8(b, (uint8_t)page->rc);
    builder_string(b, page->header.hostname);
    builder_string(b, page->header.version);
    builder_u64(b, page->header.uptime_ms);
    builder_u64(b, page->header.started_s);
    builder_u16(b, page->count);
    for (size_t i = 0; i < page->count; i++)
        kinds[page->what].put(b, page, i);
}

/* Everything before the rows. */
static void head_get(struct cursor *c, struct status_page *page)
{
    page->request = cursor_u32(c);
    page->what = what_get(c);
    page->next = cursor_u32(c);
    uint8_t more = cursor_u8(c);
    page->more = more == 1;
    page->rc = (enum rc)cursor_u8(c);
    cursor_string(c, page->header.hostname, sizeof page->header.hostname);
    cursor_string(c, page->header.version, sizeof page->header.version);
    page->header.uptime_ms = cursor_u64(c);
    page->header.started_s = cursor_u64(c);
    page->count = cursor_u16(c);
    if (more > 1 || !count_fits(page) || !rc_fits(page))
        c->bad = true;
}

/* Is the rest exactly so many rows? Reads them all into the scratch page's first row. */
static bool rows_are_good(struct cursor c, struct status_page *scratch)
{
    for (size_t i = 0; i < scratch->count && !c.bad; i++)
        kinds[scratch->what].get(&c, scratch, 0);
    return cursor_done(&c);
}

enum rc status_page_get(struct cursor *c, struct status_page *out)
{
    struct status_page *scratch = malloc(sizeof *scratch);
    enum rc rc = RC_NO_MEMORY;
    struct cursor rows;
    if (!scratch)
        return rc;
    head_get(c, scratch);
    rows = *c;
    rc = !c->bad && rows_are_good(rows, scratch) ? RC_OK : RC_MALFORMED;
    if (rc != RC_OK)
        goto out;
    out->request = scratch->request;
    out->what = scratch->what;
    out->next = scratch->next;
    out->more = scratch->more;
    out->rc = scratch->rc;
    out->header = scratch->header;
    out->count = scratch->count;
    for (size_t i = 0; i < out->count; i++)
        kinds[out->what].get(c, out, i);
out:
    free(scratch);
    return rc;
}
