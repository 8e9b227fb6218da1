/* Scenes of the replay tests. */
#include "replay/scene.h"

#include <stdio.h>
#include <stdlib.h>

char *scene_text(const char *which)
{
    char path[512];
    char *text = calloc(1, 1 << 16);
    snprintf(path, sizeof path, "%s/golden/config/003_%s.conf", HUBWARD_TESTS, which);
    FILE *in = fopen(path, "rb");
    assert_non_null(text);
    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
    fclose(in);
    return text;
}

char *text_with(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);
    char *out = calloc(1, strlen(text) + strlen(to) + 1);
    assert_non_null(at);
    assert_non_null(out);
    snprintf(out, strlen(text) + strlen(to) + 1, "%.*s%s%s", (int)(at - text), text, to,
             at + strlen(from));
    free(text);
    return out;
}

char *text_and(char *text, const char *lines)
{
    /* Before the seed's `end`, which is its last line. */
    char *with = calloc(1, strlen(lines) + 8);
    assert_non_null(with);
    snprintf(with, strlen(lines) + 8, "\n%s\nend", lines);
    text = text_with(text, "\nend", with);
    free(with);
    return text;
}

/* The seed's configurations are read once for all worlds of a test program. */
static const struct config *seed_config(const char *which)
{
    static struct config *configs[2];
    struct config **config = &configs[which[0] == 'h'];
    if (!*config) {
        char *text = scene_text(which);
        *config = world_config(text, which);
        free(text);
    }
    return *config;
}

struct node *scene_hub(struct world *world)
{
    return world_engine_sharing(world, "hub", seed_config("hub"), OUTSIDE, HUB_ADDRESS);
}

struct node *scene_spoke(struct world *world)
{
    return world_engine_sharing(world, "spoke", seed_config("spoke"), OUTSIDE, SPOKE_ADDRESS);
}

struct node *scene_hub_of(struct world *world, char *text)
{
    struct node *hub = world_engine(world, "hub", text, OUTSIDE, HUB_ADDRESS);
    free(text);
    return hub;
}

struct node *scene_spoke_of(struct world *world, char *text)
{
    struct node *spoke = world_engine(world, "spoke", text, OUTSIDE, SPOKE_ADDRESS);
    free(text);
    return spoke;
}

struct scene scene_new(uint64_t seed)
{
    struct scene scene = {.world = world_new(seed)};
    scene.hub = scene_hub(scene.world);
    scene.spoke = scene_spoke(scene.world);
    return scene;
}

struct scene scene_up(uint64_t seed)
{
    struct scene scene = scene_new(seed);
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    assert_int_equal(node_tunnels(scene.spoke), 1);
    assert_int_equal(node_tunnels(scene.hub), 1);
    return scene;
}

const struct client_habits alice = {
    .group = "testgroup", .key = "cisco321", .user = "alice", .password = "wonderland"};

struct client_scene client_scene_at(uint64_t seed, char *hub_text,
                                    const struct client_habits *habits)
{
    struct client_scene scene = {.world = world_new(seed)};
    scene.hub = hub_text ? scene_hub_of(scene.world, hub_text) : scene_hub(scene.world);
    world_user_add(scene.world, "alice", "wonderland");
    world_user_add(scene.world, "bob", "builder");
    scene.client = client_join(scene.world, "client", CLIENT_ADDRESS, scene.hub, habits);
    return scene;
}

struct client_scene client_scene_new(uint64_t seed, const struct client_habits *habits)
{
    return client_scene_at(seed, NULL, habits);
}

struct client_scene client_scene_played(uint64_t seed, const struct client_habits *habits,
                                        uint64_t for_ms)
{
    struct client_scene scene = client_scene_new(seed, habits);
    client_start(scene.client);
    world_run(scene.world, for_ms);
    return scene;
}

void assert_client_up(const struct client_scene *scene)
{
    char lease[ADDR_TEXT];
    if (scene->client->stage != CLIENT_UP)
        print_error("the client is at: %s\n", client_stage_name(scene->client->stage));
    assert_int_equal(scene->client->stage, CLIENT_UP);
    addr_format(scene->client->lease, lease);
    assert_true(world_packet(scene->client->node, lease, "10.1.9.9"));
    assert_true(world_packet(scene->hub, "10.1.9.9", lease));
}

void assert_nothing_gained_but_the_lease(const struct node *hub)
{
    assert_int_equal(node_tunnels(hub), 0);
    assert_int_equal(node_installed(hub), 0);
}

void assert_nothing_gained(const struct node *hub)
{
    struct status_ike row;
    uint32_t at = 0;
    assert_nothing_gained_but_the_lease(hub);
    while (engine_status_ike(hub->engine, hub->world->now_ms, &at, &row, 1) == 1)
        assert_int_equal(row.assigned.family, ADDR_NONE);
}

void assert_traffic(const struct scene *scene)
{
    assert_true(world_packet(scene->spoke, "10.2.7.7", "10.1.9.9"));
    assert_true(world_packet(scene->hub, "10.1.9.9", "10.2.7.7"));
}

void assert_no_traffic(const struct scene *scene)
{
    assert_false(world_packet(scene->spoke, "10.2.7.7", "10.1.9.9"));
    assert_false(world_packet(scene->hub, "10.1.9.9", "10.2.7.7"));
}

bool swallow_one(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct swallow *swallow = context;
    (void)to;
    (void)path;
    (void)bytes;
    return swallow->seen++ != swallow->at;
}

static void golden_path(const char *name, char out[512])
{
    snprintf(out, 512, "%s/replay/golden/%s.txt", HUBWARD_TESTS, name);
}

static void write_golden(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
    assert_int_equal(fclose(out), 0);
}

void assert_golden(const struct world *world, const char *name)
{
    char path[512];
    golden_path(name, path);
    const char *text = sink_string(world->trace);
    const char *wish = getenv("HUBWARD_GOLDEN");
    if (wish && strcmp(wish, "write") == 0) {
        write_golden(path, text);
        return;
    }
    size_t room = strlen(text) + 2;
    char *stored = calloc(1, room);
    FILE *in = fopen(path, "rb");
    assert_non_null(stored);
    assert_non_null(in);
    size_t len = fread(stored, 1, room - 1, in);
    fclose(in);
    assert_int_equal(len, strlen(text));
    assert_string_equal(stored, text);
    free(stored);
}
