/* Coding of the messages about names. */
#include "host/message_name.h"

#include <string.h>

/* Nothing that a resolver, a log or a file of hosts could take for more than a name. */
static bool is_host(const char *host)
{
    return *host && *host != '-' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789.-_") == strlen(host);
}

void name_question_put(struct builder *b, const char *host)
{
    builder_string(b, host);
    if (!is_host(host))
        b->bad = true;
}

enum rc name_question_get(struct cursor *c, char *host)
{
    char name[NAME_HOST];
    cursor_string(c, name, sizeof name);
    if (!cursor_done(c) || !is_host(name))
        return RC_MALFORMED;
    memcpy(host, name, sizeof name);
    return RC_OK;
}

void name_answer_put(struct builder *b, const struct name_answer *answer)
{
    builder_string(b, answer->host);
    builder_u8(b, (uint8_t)answer->count);
    for (size_t i = 0; i < answer->count; i++)
        addr_put(b, answer->addrs[i]);
}

enum rc name_answer_get(struct cursor *c, struct name_answer *out)
{
    struct name_answer answer = {.count = 0};
    cursor_string(c, answer.host, sizeof answer.host);
    answer.count = cursor_u8(c);
    if (c->bad || answer.count > NAME_ADDRS)
        return RC_MALFORMED;
    for (size_t i = 0; i < answer.count; i++) {
        answer.addrs[i] = addr_get(c);
        if (answer.addrs[i].family == ADDR_NONE)
            return RC_MALFORMED;
    }
    if (!cursor_done(c) || !is_host(answer.host))
        return RC_MALFORMED;
    *out = answer;
    return RC_OK;
}
