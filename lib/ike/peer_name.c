/* A table of hosts, small enough to be walked. */
#include "ike/peer_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    FRESH_MS = 2000,     /* an answer of this moment: dialling does not ask again */
    PATIENCE_MS = 15000, /* a question that nobody answered is asked again */
    FOLLOW_MS = 10000,   /* a name that is followed; caches on the way keep it as long as it says */
    LOOK_MS = 300000     /* any other */
};

bool pending_add(struct pending **list, const struct pending *wanted)
{
    for (const struct pending *p = *list; p; p = p->next)
        if (selector_equal(&p->ours, &wanted->ours) &&
            selector_equal(&p->theirs, &wanted->theirs) && strcmp(p->map, wanted->map) == 0)
            return true;
    struct pending *copy = malloc(sizeof *copy);
    if (!copy)
        return false;
    *copy = *wanted;
    copy->next = *list;
    *list = copy;
    return true;
}

void pending_list_free(struct pending *list)
{
    while (list) {
        struct pending *next = list->next;
        free(list);
        list = next;
    }
}

static struct peer_name *row_of(const struct engine *engine, const char *host)
{
    for (size_t i = 0; i < engine->name_count; i++)
        if (strcasecmp(engine->names[i].host, host) == 0)
            return &engine->names[i];
    return NULL;
}

const struct peer_name *peer_name_find(const struct engine *engine, const char *host)
{
    return row_of(engine, host);
}

static struct peer_name *row_made(struct engine *engine, const char *host)
{
    struct peer_name *row = row_of(engine, host);
    if (row || engine->name_count == PEER_NAMES_MAX)
        return row;
    struct peer_name *grown = realloc(engine->names, (engine->name_count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    engine->names = grown;
    row = &grown[engine->name_count++];
    *row = (struct peer_name){.count = 0};
    snprintf(row->host, sizeof row->host, "%s", host);
    return row;
}

bool peer_name_has(void *engine, const char *host, struct addr addr)
{
    const struct peer_name *row = row_of(engine, host);
    for (size_t i = 0; row && i < row->count; i++)
        if (addr_equal(row->addrs[i], addr))
            return true;
    return false;
}

static bool is_out(const struct peer_name *row, uint64_t now_ms)
{
    return row->asked_ms && now_ms - row->asked_ms < PATIENCE_MS;
}

static bool ask(struct peer_name *row, struct io *io)
{
    struct effect *effect = is_out(row, io->now_ms) ? NULL : effects_add(io->out, EFFECT_ASK_NAME);
    if (!effect)
        return is_out(row, io->now_ms);
    memcpy(effect->ask_name->host, row->host, sizeof row->host);
    row->asked_ms = io->now_ms ? io->now_ms : 1;
    return true;
}

bool peer_name_ask(struct engine *engine, const char *host, struct io *io)
{
    struct peer_name *row = row_made(engine, host);
    if (!row || (row->answered_ms && io->now_ms - row->answered_ms < FRESH_MS))
        return false;
    return ask(row, io);
}

void peer_name_refresh(struct engine *engine, const char *host, bool follow, struct io *io)
{
    struct peer_name *row = row_made(engine, host);
    if (row && (!row->answered_ms ||
                io->now_ms - row->answered_ms >= (uint64_t)(follow ? FOLLOW_MS : LOOK_MS)))
        (void)ask(row, io);
}

bool peer_name_await(struct engine *engine, const char *host, const struct pending *wanted)
{
    struct peer_name *row = row_of(engine, host);
    return row && row->asked_ms && pending_add(&row->waiting, wanted);
}

struct pending *peer_name_answered(struct engine *engine, const struct command *command,
                                   struct io *io)
{
    struct peer_name *row = row_of(engine, command->host);
    if (!row || !row->asked_ms)
        return NULL; /* nobody asked */
    struct pending *waiting = row->waiting;
    row->waiting = NULL;
    row->asked_ms = 0;
    row->answered_ms = io->now_ms ? io->now_ms : 1;
    if (!command->host_addr_count)
        return waiting;
    row->count = 0;
    for (size_t i = 0; i < command->host_addr_count && row->count < PEER_HOST_ADDRS; i++)
        if (command->host_addrs[i].family != ADDR_NONE)
            row->addrs[row->count++] = command->host_addrs[i];
    return waiting;
}

static bool names_it(const struct config *config, const char *host)
{
    for (size_t i = 0; i < config->crypto_map_count; i++)
        for (size_t k = 0; k < config->crypto_maps[i].entry_count; k++) {
            const struct map_entry *entry = &config->crypto_maps[i].entries[k];
            for (size_t n = 0; n < entry->peer_count; n++)
                if (entry->peers[n].host && strcasecmp(entry->peers[n].host, host) == 0)
                    return true;
        }
    return false;
}

void peer_name_prune(struct engine *engine)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->name_count; i++) {
        if (names_it(engine->config, engine->names[i].host))
            engine->names[kept++] = engine->names[i];
        else
            pending_list_free(engine->names[i].waiting);
    }
    engine->name_count = kept;
}

void peer_name_wipe(struct engine *engine)
{
    for (size_t i = 0; i < engine->name_count; i++)
        pending_list_free(engine->names[i].waiting);
    free(engine->names);
    engine->names = NULL;
    engine->name_count = 0;
}
