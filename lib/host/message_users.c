/* Pages of users. */
#include "host/message_users.h"

#include <stdio.h>

void users_question_put(struct builder *b, uint32_t at)
{
    builder_u32(b, at);
}

enum rc users_question_get(struct cursor *c, uint32_t *at)
{
    uint32_t asked = cursor_u32(c);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *at = asked;
    return RC_OK;
}

void users_page_fill(const struct config *config, uint32_t at, struct users_page *out)
{
    *out = (struct users_page){.count = 0};
    snprintf(out->file, sizeof out->file, "%s", config->users_file ? config->users_file : "");
    for (; at < config->user_count && out->count < USERS_PAGE_ROWS; at++) {
        const struct config_user *user = &config->users[at];
        struct users_row *row = &out->rows[out->count++];
        snprintf(row->name, sizeof row->name, "%s", user->name);
        row->type = (uint8_t)user->type;
        row->disabled = user->disabled;
        row->line = user->line;
    }
    out->next = at < config->user_count ? at : 0;
}

void users_page_put(struct builder *b, const struct users_page *page)
{
    builder_string(b, page->file);
    builder_u32(b, page->next);
    for (size_t i = 0; i < page->count; i++) {
        const struct users_row *row = &page->rows[i];
        builder_string(b, row->name);
        builder_u8(b, row->type);
        builder_u8(b, row->disabled);
        builder_u32(b, row->line);
    }
}

enum rc users_page_get(struct cursor *c, struct users_page *out)
{
    cursor_string(c, out->file, sizeof out->file);
    out->next = cursor_u32(c);
    for (out->count = 0; cursor_left(c); out->count++) {
        if (out->count == USERS_PAGE_ROWS)
            return RC_MALFORMED;
        struct users_row *row = &out->rows[out->count];
        cursor_string(c, row->name, sizeof row->name);
        row->type = cursor_u8(c);
        uint8_t disabled = cursor_u8(c);
        row->disabled = disabled == 1;
        row->line = cursor_u32(c);
        if (disabled > 1)
            return RC_MALFORMED;
    }
    return cursor_done(c) ? RC_OK : RC_MALFORMED;
}
