/* Collecting pages of rows, bounded. */
#include "web/snapshot.h"

#include <stddef.h>
#include <stdlib.h>

bool view_is_live(const struct view *view)
{
    return view->snapshot && view->linked && view->age_ms < VIEW_STALE_MS;
}

/* Where the rows of each kind are kept, and how many at most; the summary is no list. */
#define KEPT(list, number, most)                                                                   \
    {                                                                                              \
        offsetof(struct snapshot, list), offsetof(struct snapshot, number), most                   \
    }
static const struct kept {
    size_t list, count; /* offsets in struct snapshot; 0: not a list */
    size_t most;
} kept[STATUS_WHAT_COUNT] = {
    [STATUS_IKE] = KEPT(ike, ike_count, SNAPSHOT_SESSIONS),
    [STATUS_IPSEC] = KEPT(ipsec, ipsec_count, SNAPSHOT_TUNNELS),
    [STATUS_POOLS] = KEPT(pools, pool_count, SNAPSHOT_ROWS),
    [STATUS_LEASES] = KEPT(leases, lease_count, SNAPSHOT_ROWS),
    [STATUS_PROCESSES] = KEPT(processes, process_count, SNAPSHOT_ROWS),
    [STATUS_PEERS] = KEPT(peers, peer_count, SNAPSHOT_ROWS),
    [STATUS_HISTORY] = KEPT(history, history_count, SNAPSHOT_ROWS),
    [STATUS_PROBLEMS] = KEPT(problems, problem_count, SNAPSHOT_ROWS),
};

static void **list_of(struct snapshot *snapshot, const struct kept *at)
{
    return (void **)(void *)((char *)snapshot + at->list);
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t what = 0; what < STATUS_WHAT_COUNT; what++)
        if (kept[what].list)
            free(*list_of(snapshot, &kept[what]));
    *snapshot = (struct snapshot){0};
}

static enum rc add_rows(struct snapshot *snapshot, const struct status_page *page, bool *full)
{
    const struct kept *at = &kept[page->what];
    size_t *count = (size_t *)(void *)((char *)snapshot + at->count);
    size_t room = at->most - *count;
    size_t n = page->count < room ? page->count : room;
    size_t size = status_row_size(page->what);
    void **list = list_of(snapshot, at);
    void *rows = n ? realloc(*list, (*count + n) * size) : *list;
    if (n && !rows)
        return RC_NO_MEMORY;
    if (n)
        memcpy((char *)rows + *count * size, status_page_rows(page), n * size);
    *list = rows;
    *count += n;
    *full = *count == at->most;
    return RC_OK;
}

enum rc snapshot_add(struct snapshot *snapshot, const struct status_page *page, bool *full)
{
    if (page->what >= STATUS_WHAT_COUNT)
        return RC_MALFORMED;
    snapshot->header = page->header;
    snapshot->rc[page->what] = page->rc;
    if (kept[page->what].list)
        return add_rows(snapshot, page, full);
    snapshot->summary = page->rows.summary;
    *full = true;
    return RC_OK;
}

void snapshot_inherit(struct snapshot *snapshot, struct snapshot *old, enum status_what what)
{
    const struct kept *at = &kept[what];
    size_t *count = (size_t *)(void *)((char *)snapshot + at->count);
    size_t *old_count = (size_t *)(void *)((char *)old + at->count);
    if (!at->list || *count)
        return;
    free(*list_of(snapshot, at));
    *list_of(snapshot, at) = *list_of(old, at);
    *count = *old_count;
    *list_of(old, at) = NULL;
    *old_count = 0;
}
