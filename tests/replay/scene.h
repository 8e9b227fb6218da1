/* The scenes that the replay tests play: the seed's hub (003), its spoke, and what is asked of
 * them again and again. */
#ifndef HUBWARD_TESTS_REPLAY_SCENE_H
#define HUBWARD_TESTS_REPLAY_SCENE_H

#include "sim/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HUB_ADDRESS   "10.48.67.181"
#define SPOKE_ADDRESS "10.100.2.102"
#define OUTSIDE       "FastEthernet0/0"

/* The seed's configurations, verbatim. */
struct node *scene_hub(struct world *world);
struct node *scene_spoke(struct world *world);

/* The text of one of the seed's configurations ("hub" or "spoke"), to be changed; the caller
 * frees. */
char *scene_text(const char *which);
/* The first `from` in text becomes `to`; text is freed, it must hold `from`. */
char *text_with(char *text, const char *from, const char *to);
/* Append lines. */
char *text_and(char *text, const char *lines);
/* Engines from a changed text; the text is freed. */
struct node *scene_hub_of(struct world *world, char *text);
struct node *scene_spoke_of(struct world *world, char *text);

/* A world with both, and a spoke that has brought its tunnel up. */
struct scene {
    struct world *world;
    struct node *hub, *spoke;
};
struct scene scene_new(uint64_t seed);
struct scene scene_up(uint64_t seed);

/* A client of the seed's group, as its user alice. */
extern const struct client_habits alice;
#define CLIENT_ADDRESS "203.0.113.9"
struct client_scene {
    struct world *world;
    struct node *hub;
    struct client *client;
};
struct client_scene client_scene_new(uint64_t seed, const struct client_habits *habits);
/* The same with another hub; its text is freed. NULL: the seed's. */
struct client_scene client_scene_at(uint64_t seed, char *hub_text,
                                    const struct client_habits *habits);
/* Played for this long from AM1 on. */
struct client_scene client_scene_played(uint64_t seed, const struct client_habits *habits,
                                        uint64_t for_ms);
/* The client is up and one packet passes each way. */
void assert_client_up(const struct client_scene *scene);
/* No pair, no lease held, nothing installed at the hub. */
void assert_nothing_gained(const struct node *hub);
void assert_nothing_gained_but_the_lease(const struct node *hub);

/* One packet each way passes. */
void assert_traffic(const struct scene *scene);
void assert_no_traffic(const struct scene *scene);

/* Datagrams on the wire, counted from 0 in the order of delivery; a tap that swallows one of
 * them. */
struct swallow {
    size_t at;
    size_t seen;
};
bool swallow_one(void *swallow, struct node *to, const struct ike_path *path, struct span bytes);

/* Compare the world's trace with tests/replay/golden/NAME.txt; with HUBWARD_GOLDEN=write in the
 * environment the file is written instead. */
void assert_golden(const struct world *world, const char *name);

#endif
