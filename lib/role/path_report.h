/* What path tells key on its own account: counters that changed and drops, once a second; events
 * and the want of an SA, as they happen. */
#ifndef HUBWARD_ROLE_PATH_REPORT_H
#define HUBWARD_ROLE_PATH_REPORT_H

#include "host/channel.h"
#include "host/datapath.h"
#include "host/datapath_acquire.h"

struct path_report {
    struct channel *key; /* NULL: key is away, nothing is told */
    struct datapath_acquire acquire;
    struct drop_counters drops; /* as told last */
};

/* A new key process listens: it is told everything once more. */
void path_report_listen(struct path_report *report, struct channel *key);

/* Tell the counters of tunnels and the drops that changed. What does not fit into the channel's
 * queue is told the next time. */
void path_report_tick(struct path_report *report, struct datapath *datapath);

void path_report_event(struct path_report *report, enum sa_event event, const struct esp_sa *sa);
void path_report_acquire(struct path_report *report, uint32_t tun, const struct esp_inner *inner,
                         uint64_t now_ms);
/* Returns false when key does not take it. */
bool path_report_ike(struct path_report *report, const struct path_datagram *datagram);

#endif
