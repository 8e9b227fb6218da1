/* Collecting pages of rows, bounded. */
#include "web/snapshot.h"

#include <stdlib.h>

bool view_is_live(const struct view *view)
{
    return view->snapshot && view->linked && view->age_ms < VIEW_STALE_MS;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->ike);
    free(snapshot->ipsec);
    *snapshot = (struct snapshot){0};
}

static size_t fitting(size_t have, size_t more, size_t most)
{
    return more < most - have ? more : most - have;
}

static enum rc add_ike(struct snapshot *snapshot, const struct status_page *page, bool *full)
{
    size_t n = fitting(snapshot->ike_count, page->count, SNAPSHOT_SESSIONS);
    struct status_ike *rows =
        n ? realloc(snapshot->ike, (snapshot->ike_count + n) * sizeof *rows) : snapshot->ike;
    if (n && !rows)
        return RC_NO_MEMORY;
    if (n)
        memcpy(rows + snapshot->ike_count, page->rows.ike, n * sizeof *rows);
    snapshot->ike = rows;
    snapshot->ike_count += n;
    *full = snapshot->ike_count == SNAPSHOT_SESSIONS;
    return RC_OK;
}

static enum rc add_ipsec(struct snapshot *snapshot, const struct status_page *page, bool *full)
{
    size_t n = fitting(snapshot->ipsec_count, page->count, SNAPSHOT_TUNNELS);
    struct status_ipsec *rows =
        n ? realloc(snapshot->ipsec, (snapshot->ipsec_count + n) * sizeof *rows) : snapshot->ipsec;
    if (n && !rows)
        return RC_NO_MEMORY;
    if (n)
        memcpy(rows + snapshot->ipsec_count, page->rows.ipsec, n * sizeof *rows);
    snapshot->ipsec = rows;
    snapshot->ipsec_count += n;
    *full = snapshot->ipsec_count == SNAPSHOT_TUNNELS;
    return RC_OK;
}

enum rc snapshot_add(struct snapshot *snapshot, const struct status_page *page, bool *full)
{
    snapshot->header = page->header;
    switch (page->what) {
    case STATUS_SUMMARY:
        snapshot->summary = page->rows.summary;
        *full = true;
        return RC_OK;
    case STATUS_IKE:
        return add_ike(snapshot, page, full);
    case STATUS_IPSEC:
        return add_ipsec(snapshot, page, full);
    case STATUS_WHAT_COUNT:
        break;
    }
    return RC_MALFORMED;
}
