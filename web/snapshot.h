/* What the page knows of the hub: one complete answer of the keying process, replaced as a
 * whole. */
#ifndef HUBWARD_WEB_SNAPSHOT_H
#define HUBWARD_WEB_SNAPSHOT_H

#include "host/message_status.h"

/* A first page shows this much; the summary still counts everything. */
enum { SNAPSHOT_SESSIONS = 200, SNAPSHOT_TUNNELS = 1000, SNAPSHOT_ROWS = 200 };

struct snapshot {
    struct status_header header;
    struct status_summary summary;
    struct status_ike *ike; /* owned, at most SNAPSHOT_SESSIONS */
    size_t ike_count;
    struct status_ipsec *ipsec; /* owned, at most SNAPSHOT_TUNNELS */
    size_t ipsec_count;
    struct status_pool *pools; /* owned, as all below; at most SNAPSHOT_ROWS of each */
    size_t pool_count;
    struct status_lease *leases;
    size_t lease_count;
    struct status_process *processes;
    size_t process_count;
    struct status_peer *peers;
    size_t peer_count;
    struct status_history *history;
    size_t history_count;
    struct status_problem *problems;
    size_t problem_count;
    enum rc rc[STATUS_WHAT_COUNT]; /* other than RC_OK: rows of this kind are not to be had now */
};

void snapshot_free(struct snapshot *snapshot);

/* Add the rows of a page, as many as there is room for. *full: nothing of this kind is wanted any
 * more. RC_NO_MEMORY. */
MUST_USE enum rc snapshot_add(struct snapshot *snapshot, const struct status_page *page,
                              bool *full);

/* Rows of this kind that the new snapshot does not have are taken over from the old one. */
void snapshot_inherit(struct snapshot *snapshot, struct snapshot *old, enum status_what what);

/* What a rendering shows. */
struct view {
    const struct snapshot *snapshot; /* NULL: nothing has come yet */
    const char *hostname;            /* from the configuration; shown until the hub says its own */
    uint64_t age_ms;                 /* of the snapshot */
    bool linked;                     /* the keying process is there */
};

enum { VIEW_STALE_MS = 10000 };
/* The rows are what is, not what was. */
bool view_is_live(const struct view *view);

#endif
