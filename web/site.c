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
