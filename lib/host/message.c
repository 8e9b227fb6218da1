/* The message table as data, and the one question asked of it for every message in both
 * directions. */
#include "host/message.h"

struct message_rule {
    const char *name;
    uint32_t senders;
    uint32_t receivers;
    size_t most;
    bool fd;
};

#define MESSAGE_RULE(name, from, to, most, fd) [name] = {#name, from, to, most, fd},
static const struct message_rule rules[MESSAGE_COUNT] = {[MSG_NONE] = {"MSG_NONE", 0, 0, 0, false},
                                                         MESSAGE_TABLE(MESSAGE_RULE)};
#undef MESSAGE_RULE

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_WARDEN] = "warden",     [ROLE_KEY] = "key",           [ROLE_PATH] = "path",
    [ROLE_XAUTH] = "xauth",       [ROLE_STORE] = "store",       [ROLE_WEB] = "web",
    [ROLE_OPERATOR] = "operator", [ROLE_LAUNCHER] = "launcher", [ROLE_RESOLVER] = "resolver",
};

const char *role_name(enum role role)
{
    return (unsigned)role < ROLE_COUNT ? role_names[role] : "unknown";
}

const char *message_name(enum message_kind kind)
{
    return (unsigned)kind < MESSAGE_COUNT ? rules[kind].name : "unknown";
}

enum rc message_allowed(uint16_t kind, enum role sender, enum role receiver, size_t payload_len,
                        size_t fd_count)
{
    if (kind == MSG_NONE || kind >= MESSAGE_COUNT)
        return RC_UNSUPPORTED;
    const struct message_rule *rule = &rules[kind];
    if ((unsigned)sender >= ROLE_COUNT || (unsigned)receiver >= ROLE_COUNT ||
        !(rule->senders & (1u << sender)) || !(rule->receivers & (1u << receiver)))
        return RC_DENIED;
    if (payload_len > rule->most || fd_count != (rule->fd ? 1u : 0u))
        return RC_MALFORMED;
    return RC_OK;
}
