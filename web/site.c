/* Routes to bodies. */
#include "web/site.h"

#include "web/api.h"
#include "web/asset.h"
#include "web/page.h"

typedef void site_render(struct sink *out, const struct view *view);

void site_wipe(struct site *site)
{
    sink_free(&site->page.text);
    sink_free(&site->sessions.text);
    changes_wipe(&site->changes);
}

static bool is_fresh(const struct site_cache *cache, uint64_t generation, const struct view *view)
{
    return cache->filled && cache->generation == generation && cache->linked == view->linked &&
           cache->age_s == view->age_ms / 1000;
}

static enum rc rendered(struct site *site, struct site_cache *cache, site_render *render,
                        struct span *out)
{
    struct view view = {.hostname = site->hostname};
    feed_view(site->feed, &view);
    uint64_t generation = feed_generation(site->feed);
    if (!is_fresh(cache, generation, &view)) {
        sink_clear(&cache->text);
        render(&cache->text, &view);
        cache->filled = !cache->text.bad;
        cache->generation = generation;
        cache->linked = view.linked;
        cache->age_s = view.age_ms / 1000;
    }
    if (!cache->filled)
        return RC_NO_MEMORY;
    *out = (struct span){(const uint8_t *)cache->text.at, cache->text.len};
    return RC_OK;
}

void site_turn(void *context, uint64_t now_ms)
{
    struct site *site = context;
    struct view view = {.hostname = site->hostname};
    if (!site->feed)
        return;
    feed_view(site->feed, &view);
    uint64_t generation = feed_generation(site->feed);
    bool live = view_is_live(&view);
    if (site->changes.number && site->told == generation && site->told_live == live)
        return;
    json_t *document = api_document(&view);
    if (document && live) /* how long ago is of interest when nothing comes any more */
        json_object_set_new(document, "age_ms", json_integer(0));
    /* Without memory the old one stays, and the next turn tries again. */
    if (changes_take(&site->changes, document, now_ms) == RC_NO_MEMORY)
        return;
    site->told = generation;
    site->told_live = live;
}

enum rc site_body(void *context, enum route route, struct span *out)
{
    struct site *site = context;
    if (route == ROUTE_PAGE)
        return rendered(site, &site->page, page_html, out);
    if (route == ROUTE_SESSIONS)
        return rendered(site, &site->sessions, api_sessions, out);
    *out = asset_of(route);
    return RC_OK;
}
