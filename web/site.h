/* What each route answers: rendered documents, at most one rendering a second and answer of the hub
 * however many ask, and the files of web/asset.h. */
#ifndef HUBWARD_WEB_SITE_H
#define HUBWARD_WEB_SITE_H

#include "base/cursor.h"
#include "base/sink.h"
#include "web/changes.h"
#include "web/feed.h"
#include "web/request.h"

struct site_cache {
    struct sink text;
    bool filled;
    uint64_t generation;
    uint64_t age_s;
    bool linked;
};

struct site {
    struct feed *feed; /* borrowed */
    char hostname[STATUS_HOSTNAME];
    struct site_cache page;
    struct site_cache sessions;
    struct changes changes; /* start is to be set */
    uint64_t told;          /* generation of the feed that the changes know */
    bool told_live;
};

void site_wipe(struct site *site);

/* Bring the changes up to what the feed knows; cheap when that is nothing new. */
void site_turn(void *site, uint64_t now_ms);

/* The body of an answer; borrowed until the next call. RC_NO_MEMORY. */
MUST_USE enum rc site_body(void *site, enum route route, struct span *out);

#endif
