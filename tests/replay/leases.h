/* Clients that come for an address, for the tests of leases. */
#ifndef HUBWARD_TESTS_REPLAY_LEASES_H
#define HUBWARD_TESTS_REPLAY_LEASES_H

#include "replay/scene.h"

#include <stdio.h>
#include <stdlib.h>

enum { GRACE_MS = 7 * 24 * 3600 * 1000 };

static const struct client_habits bob = {
    .group = "testgroup", .key = "cisco321", .user = "bob", .password = "builder"};

static inline struct client *join(struct world *world, const struct node *hub, const char *name,
                                  const char *address, const struct client_habits *habits)
{
    struct client *client = client_join(world, name, address, hub, habits);
    client_start(client);
    world_run(world, 3000);
    return client;
}

static inline const char *lease_of(const struct client *client)
{
    static char text[4][ADDR_TEXT];
    static unsigned turn;
    return addr_format(client->lease, text[turn++ % 4]);
}

static inline char *hub_with_logins(unsigned logins)
{
    char line[64];
    snprintf(line, sizeof line, "  pool ippool\n  max-logins %u\n", logins);
    return text_with(scene_text("hub"), "  pool ippool\n", line);
}

static inline char *hub_with_pool(const char *last)
{
    char line[64];
    snprintf(line, sizeof line, "ip local pool ippool 10.5.5.1 %s", last);
    return text_with(scene_text("hub"), "ip local pool ippool 10.5.5.1 10.5.5.254", line);
}

static inline struct status_pool pool_row(const struct node *hub)
{
    struct status_pool row;
    uint32_t at = 0;
    assert_int_equal(engine_status_pools(hub->engine, hub->world->now_ms, &at, &row, 1), 1);
    return row;
}

#endif
