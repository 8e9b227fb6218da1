/* aaa lists and users as rows: two counts, then the fields one by one. */
#include "host/users.h"

enum { USERS_NAME = 256, USERS_STORED = 512, USERS_MAX = 100000 };

/* What builder_string writes. */
static size_t string_size(const char *text)
{
    return 2 + (text ? strlen(text) : 0);
}

static size_t rows_size(const struct config *config)
{
    size_t size = 0;
    for (size_t i = 0; i < config->user_count; i++)
        size += 2 + string_size(config->users[i].name) + string_size(config->users[i].stored);
    return size;
}

static size_t list_size(const struct aaa_list *list)
{
    size_t size = string_size(list->name) + 1;
    for (size_t i = 0; i < list->step_count; i++)
        size += 3 + string_size(list->steps[i].pam_service);
    return size;
}

size_t users_size(const struct config *config, const struct config *more)
{
    size_t size = 8 + rows_size(config) + (more ? rows_size(more) : 0);
    for (size_t i = 0; i < config->aaa_list_count; i++)
        size += list_size(&config->aaa_lists[i]);
    return size;
}

static void put_rows(struct builder *b, const struct config *config)
{
    for (size_t i = 0; i < config->user_count; i++) {
        const struct config_user *user = &config->users[i];
        builder_string(b, user->name);
        builder_u8(b, (uint8_t)user->type);
        builder_u8(b, user->disabled);
        builder_string(b, user->stored);
    }
}

void users_put(struct builder *b, const struct config *config, const struct config *more)
{
    size_t user_count = config->user_count + (more ? more->user_count : 0);
    builder_u32(b, (uint32_t)config->aaa_list_count);
    builder_u32(b, (uint32_t)user_count);
    for (size_t i = 0; i < config->aaa_list_count; i++) {
        const struct aaa_list *list = &config->aaa_lists[i];
        builder_string(b, list->name);
        builder_u8(b, (uint8_t)list->step_count);
        for (size_t k = 0; k < list->step_count; k++) {
            builder_u8(b, (uint8_t)list->steps[k].method);
            builder_u8(b, list->steps[k].pam_root);
            builder_u8(b, list->steps[k].pam_attributes);
            builder_string(b, list->steps[k].pam_service);
        }
    }
    put_rows(b, config);
    if (more)
        put_rows(b, more);
}

static bool get_flag(struct cursor *c)
{
    uint8_t flag = cursor_u8(c);
    if (flag > 1)
        c->bad = true;
    return flag == 1;
}

/* A string of the rows, copied; NULL when memory is out. */
static const char *get_text(struct cursor *c, struct arena *arena, size_t most)
{
    size_t n = cursor_u16(c);
    struct span text = cursor_span(c, n);
    if (!text.at || n >= most || (n && memchr(text.at, 0, n))) {
        c->bad = true;
        return "";
    }
    return arena_strndup(arena, (const char *)text.at, n);
}

static enum rc get_steps(struct cursor *c, struct arena *arena, struct aaa_list *list)
{
    list->step_count = cursor_u8(c);
    if (list->step_count == 0 || list->step_count > AAA_STEPS) {
        c->bad = true;
        return RC_OK; /* the cursor tells */
    }
    for (size_t i = 0; i < list->step_count; i++) {
        struct aaa_step *step = &list->steps[i];
        uint8_t method = cursor_u8(c);
        step->pam_root = get_flag(c);
        step->pam_attributes = get_flag(c);
        step->pam_service = get_text(c, arena, USERS_NAME);
        if (!step->pam_service)
            return RC_NO_MEMORY;
        if (method != AAA_LOCAL && method != AAA_PAM)
            c->bad = true;
        step->method = method == AAA_PAM ? AAA_PAM : AAA_LOCAL;
    }
    return RC_OK;
}

static enum rc get_lists(struct cursor *c, struct users *users, size_t count)
{
    struct aaa_list *lists = arena_alloc(&users->arena, (count + 1) * sizeof *lists);
    if (!lists)
        return RC_NO_MEMORY;
    users->lists = lists;
    for (; users->list_count < count && !c->bad; users->list_count++) {
        struct aaa_list *list = &lists[users->list_count];
        list->name = get_text(c, &users->arena, USERS_NAME);
        enum rc rc = list->name ? get_steps(c, &users->arena, list) : RC_NO_MEMORY;
        if (rc != RC_OK)
            return rc;
    }
    return c->bad ? RC_MALFORMED : RC_OK;
}

static enum rc get_users(struct cursor *c, struct users *users, size_t count)
{
    struct config_user *rows = arena_alloc(&users->arena, (count + 1) * sizeof *rows);
    if (!rows)
        return RC_NO_MEMORY;
    users->users = rows;
    for (; users->user_count < count && !c->bad; users->user_count++) {
        struct config_user *user = &rows[users->user_count];
        user->name = get_text(c, &users->arena, USERS_NAME);
        user->type = cursor_u8(c);
        user->disabled = get_flag(c);
        user->stored = get_text(c, &users->arena, USERS_STORED);
        if (!user->name || !user->stored)
            return RC_NO_MEMORY;
    }
    return c->bad ? RC_MALFORMED : RC_OK;
}

enum rc users_get(struct cursor *c, struct users *out)
{
    struct users users = {0};
    size_t list_count = cursor_u32(c);
    size_t user_count = cursor_u32(c);
    /* A row has at least 6 octets: a count that the rest cannot hold is never allocated for. */
    if (c->bad || list_count > USERS_MAX || user_count > USERS_MAX ||
        (list_count + user_count) * 6 > cursor_left(c))
        return RC_MALFORMED;
    enum rc rc = get_lists(c, &users, list_count);
    if (rc == RC_OK)
        rc = get_users(c, &users, user_count);
    if (rc == RC_OK && !cursor_done(c))
        rc = RC_MALFORMED;
    if (rc == RC_OK)
        *out = users;
    else
        arena_wipe(&users.arena);
    return rc;
}

void users_wipe(struct users *users)
{
    arena_wipe(&users->arena);
    *users = (struct users){0};
}

const struct aaa_list *users_list(const struct users *users, const char *name)
{
    for (size_t i = 0; i < users->list_count; i++)
        if (strcmp(users->lists[i].name, name) == 0)
            return &users->lists[i];
    return NULL;
}

const struct config_user *users_user(const struct users *users, const char *name)
{
    for (size_t i = 0; i < users->user_count; i++)
        if (strcmp(users->users[i].name, name) == 0)
            return &users->users[i];
    return NULL;
}
