/* Tunnels own SAs; the table by SPI and the selector databases point to them. Handles of the engine
 * are looked up in a table of their own, from which orphans are taken out, so a new key process may
 * use the same numbers again. */
#include "esp/sadb.h"

#include "esp/spd.h"
#include "esp/table.h"

#include <stdlib.h>

/* The selector database of one TUN. */
struct tun {
    uint32_t number;
    struct esp_spd spd;
    struct tun *next;
};

struct esp_sadb {
    uint64_t seed;
    size_t limit;
    size_t count;
    size_t orphans; /* of count */
    uint64_t serial;
    struct esp_table by_spi;    /* inbound SAs */
    struct esp_table by_handle; /* tunnels that are no orphans */
    struct tun *tuns;
    struct esp_tunnel *tunnels;
};

struct esp_sadb *esp_sadb_new(uint64_t seed, size_t limit)
{
    struct esp_sadb *sadb = calloc(1, sizeof *sadb);
    if (sadb) {
        sadb->seed = seed;
        sadb->limit = limit;
    }
    return sadb;
}

static struct tun *find_tun(const struct esp_sadb *sadb, uint32_t number)
{
    struct tun *tun = sadb->tuns;
    while (tun && tun->number != number)
        tun = tun->next;
    return tun;
}

/* A TUN stays once it was named: there are as many as the configuration has. */
static struct tun *need_tun(struct esp_sadb *sadb, uint32_t number)
{
    struct tun *tun = find_tun(sadb, number);
    if (tun)
        return tun;
    tun = calloc(1, sizeof *tun);
    if (!tun)
        return NULL;
    tun->number = number;
    tun->spd.seed = sadb->seed;
    tun->next = sadb->tuns;
    sadb->tuns = tun;
    return tun;
}

static void unlink_tunnel(struct esp_sadb *sadb, struct esp_tunnel *tunnel)
{
    if (tunnel->orphan)
        sadb->orphans--;
    else
        esp_table_remove(&sadb->by_handle, tunnel->handle);
    if (tunnel->previous)
        tunnel->previous->next = tunnel->next;
    else
        sadb->tunnels = tunnel->next;
    if (tunnel->next)
        tunnel->next->previous = tunnel->previous;
    sadb->count--;
    free(tunnel);
}

static enum rc new_tunnel(struct esp_sadb *sadb, uint64_t handle, struct esp_tunnel **out)
{
    if (sadb->count >= sadb->limit)
        return RC_FULL;
    struct esp_tunnel *tunnel = calloc(1, sizeof *tunnel);
    if (!tunnel)
        return RC_NO_MEMORY;
    enum rc rc = esp_table_put(&sadb->by_handle, handle, tunnel);
    if (rc != RC_OK) {
        free(tunnel);
        return rc;
    }
    tunnel->handle = handle;
    tunnel->next = sadb->tunnels;
    if (sadb->tunnels)
        sadb->tunnels->previous = tunnel;
    sadb->tunnels = tunnel;
    sadb->count++;
    *out = tunnel;
    return RC_OK;
}

/* Take the SA out of where packets find it, and free it. The tunnel stays. */
static void drop_sa(struct esp_sadb *sadb, struct esp_sa *sa)
{
    if (!sa)
        return;
    struct tun *tun = find_tun(sadb, sa->params.tun);
    if (sa->params.direction == ESP_INBOUND)
        esp_table_remove(&sadb->by_spi, sa->params.spi);
    else if (tun)
        esp_spd_remove(&tun->spd, sa);
    sa->tunnel->sa[sa->params.direction] = NULL;
    esp_sa_free(sa);
}

static void drop_tunnel(struct esp_sadb *sadb, struct esp_tunnel *tunnel)
{
    drop_sa(sadb, tunnel->sa[ESP_INBOUND]);
    drop_sa(sadb, tunnel->sa[ESP_OUTBOUND]);
    unlink_tunnel(sadb, tunnel);
}

void esp_sadb_free(struct esp_sadb *sadb)
{
    if (!sadb)
        return;
    struct esp_tunnel *next_tunnel;
    for (struct esp_tunnel *tunnel = sadb->tunnels; tunnel; tunnel = next_tunnel) {
        next_tunnel = tunnel->next;
        esp_sa_free(tunnel->sa[ESP_INBOUND]);
        esp_sa_free(tunnel->sa[ESP_OUTBOUND]);
        free(tunnel);
    }
    struct tun *next_tun;
    for (struct tun *tun = sadb->tuns; tun; tun = next_tun) {
        next_tun = tun->next;
        esp_spd_wipe(&tun->spd);
        free(tun);
    }
    esp_table_wipe(&sadb->by_spi);
    esp_table_wipe(&sadb->by_handle);
    free(sadb);
}

/* SPIs are ours and random; one that an orphan still has is given to the tunnel that is wanted. */
static enum rc claim_spi(struct esp_sadb *sadb, const struct esp_params *params)
{
    if (params->direction == ESP_OUTBOUND)
        return RC_OK;
    struct esp_sa *old = esp_sadb_inbound(sadb, params->spi);
    if (old && !old->tunnel->orphan)
        return RC_EXISTS;
    if (old)
        drop_tunnel(sadb, old->tunnel);
    return RC_OK;
}

/* An orphan that a new outbound SA stands in for has done its duty. */
static void replace_orphans(struct esp_sadb *sadb, const struct esp_params *by)
{
    struct esp_tunnel *next;
    for (struct esp_tunnel *tunnel = sadb->tunnels; tunnel && sadb->orphans; tunnel = next) {
        next = tunnel->next;
        const struct esp_sa *old = tunnel->sa[ESP_OUTBOUND];
        if (tunnel->orphan && old && old->params.tun == by->tun &&
            selector_equal(&old->params.ours, &by->ours) &&
            selector_equal(&old->params.theirs, &by->theirs))
            drop_tunnel(sadb, tunnel);
    }
}

/* Put the SA where packets find it. */
static enum rc publish(struct esp_sadb *sadb, struct esp_sa *sa)
{
    if (sa->params.direction == ESP_INBOUND)
        return esp_table_put(&sadb->by_spi, sa->params.spi, sa);
    struct tun *tun = need_tun(sadb, sa->params.tun);
    return tun ? esp_spd_add(&tun->spd, sa) : RC_NO_MEMORY;
}

/* The tunnel of the handle, made when there is none. RC_EXISTS: it had this direction already. */
static enum rc claim_tunnel(struct esp_sadb *sadb, const struct esp_params *params,
                            struct esp_tunnel **out)
{
    struct esp_tunnel *tunnel = esp_table_get(&sadb->by_handle, params->tunnel);
    if (!tunnel)
        return new_tunnel(sadb, params->tunnel, out);
    if (tunnel->installed[params->direction])
        return RC_EXISTS;
    *out = tunnel;
    return RC_OK;
}

enum rc esp_sadb_install(struct esp_sadb *sadb, const struct esp_params *params)
{
    enum esp_direction direction = params->direction;
    struct esp_tunnel *tunnel = NULL;
    struct esp_sa *sa = NULL;
    enum rc rc = claim_spi(sadb, params);
    if (rc == RC_OK)
        rc = claim_tunnel(sadb, params, &tunnel);
    if (rc != RC_OK)
        return rc;
    rc = esp_sa_new(params, &sa);
    if (rc != RC_OK)
        goto out;
    sa->tunnel = tunnel;
    sa->serial = ++sadb->serial;
    rc = publish(sadb, sa);
    if (rc != RC_OK)
        goto out;
    tunnel->sa[direction] = sa; /* commit */
    tunnel->installed[direction] = true;
    if (direction == ESP_OUTBOUND && sadb->orphans)
        replace_orphans(sadb, params);
    return RC_OK;
out:
    esp_sa_free(sa);
    if (!tunnel->sa[ESP_INBOUND] && !tunnel->sa[ESP_OUTBOUND])
        unlink_tunnel(sadb, tunnel);
    return rc;
}

enum rc esp_sadb_delete(struct esp_sadb *sadb, uint64_t handle, uint32_t spi,
                        enum esp_direction direction)
{
    struct esp_tunnel *tunnel = esp_table_get(&sadb->by_handle, handle);
    struct esp_sa *sa = tunnel ? tunnel->sa[direction] : NULL;
    if (!sa || sa->params.spi != spi)
        return RC_NOT_FOUND;
    drop_sa(sadb, sa);
    if (!tunnel->sa[ESP_INBOUND] && !tunnel->sa[ESP_OUTBOUND])
        unlink_tunnel(sadb, tunnel);
    return RC_OK;
}

struct esp_sa *esp_sadb_inbound(const struct esp_sadb *sadb, uint32_t spi)
{
    return esp_table_get(&sadb->by_spi, spi);
}

struct esp_sa *esp_sadb_outbound(const struct esp_sadb *sadb, uint32_t tun,
                                 const struct esp_inner *inner)
{
    const struct tun *found = find_tun(sadb, tun);
    return found ? esp_spd_find(&found->spd, inner) : NULL;
}

void esp_sadb_move(struct esp_sa *sa, struct endpoint remote, uint64_t now_ms)
{
    for (int i = 0; i < 2; i++)
        if (sa->tunnel->sa[i])
            sa->tunnel->sa[i]->params.remote = remote;
    sa->moved_ms = now_ms;
}

void esp_sadb_orphan(struct esp_sadb *sadb)
{
    for (struct esp_tunnel *tunnel = sadb->tunnels; tunnel; tunnel = tunnel->next)
        tunnel->orphan = true;
    sadb->orphans = sadb->count;
    esp_table_wipe(&sadb->by_handle);
}

static bool is_over(const struct esp_sa *sa, uint64_t now_ms)
{
    return sa && sa->params.hard_ms && now_ms >= sa->params.hard_ms;
}

void esp_sadb_expire(struct esp_sadb *sadb, uint64_t now_ms)
{
    struct esp_tunnel *next;
    for (struct esp_tunnel *tunnel = sadb->tunnels; tunnel; tunnel = next) {
        next = tunnel->next;
        for (int i = 0; i < 2; i++)
            if (is_over(tunnel->sa[i], now_ms))
                drop_sa(sadb, tunnel->sa[i]);
        if (!tunnel->sa[ESP_INBOUND] && !tunnel->sa[ESP_OUTBOUND])
            unlink_tunnel(sadb, tunnel);
    }
}

struct esp_tunnel *esp_sadb_next(const struct esp_sadb *sadb, const struct esp_tunnel *tunnel)
{
    return tunnel ? tunnel->next : sadb->tunnels;
}

size_t esp_sadb_count(const struct esp_sadb *sadb)
{
    return sadb->count;
}
