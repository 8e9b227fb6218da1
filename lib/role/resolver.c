/* One question is one piece of work for a thread of the loop's pool, so a name server that does not
 * answer keeps only its own name waiting. */
#include "role/resolver.h"

#include "host/channel.h"
#include "host/child.h"
#include "host/message_name.h"

#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { QUESTIONS_MOST = 64 };

struct resolver {
    struct child *child;
    struct channel *key; /* NULL: key is not there */
    unsigned open;       /* questions */
};

struct question {
    uv_work_t work;
    struct resolver *resolver;
    struct name_answer answer;
};

bool resolver_wanted(const struct config *config)
{
    for (size_t i = 0; i < config->crypto_map_count; i++)
        for (size_t k = 0; k < config->crypto_maps[i].entry_count; k++) {
            const struct map_entry *entry = &config->crypto_maps[i].entries[k];
            for (size_t n = 0; n < entry->peer_count; n++)
                if (entry->peers[n].host)
                    return true;
        }
    return false;
}

static struct addr addr_of(const struct sockaddr *from)
{
    struct addr addr = {.family = ADDR_NONE};
    if (from->sa_family == AF_INET) {
        addr.family = ADDR_V4;
        memcpy(addr.bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        addr.family = ADDR_V6;
        memcpy(addr.bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    }
    return addr;
}

static void look_up(uv_work_t *work)
{
    struct question *question = work->data;
    struct name_answer *answer = &question->answer;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(answer->host, NULL, &hints, &found) != 0)
        return;
    for (const struct addrinfo *at = found; at && answer->count < NAME_ADDRS; at = at->ai_next) {
        struct addr addr = addr_of(at->ai_addr);
        if (addr.family != ADDR_NONE && !addr_is_any(addr))
            answer->addrs[answer->count++] = addr;
    }
    freeaddrinfo(found);
}

static void looked_up(uv_work_t *work, int status)
{
    struct question *question = work->data;
    struct resolver *resolver = question->resolver;
    uint8_t octets[NAME_MESSAGE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    (void)status;
    resolver->open--;
    name_answer_put(&b, &question->answer);
    if (resolver->key && channel_send(resolver->key, MSG_RESOLVED, builder_span(&b), -1) != RC_OK)
        child_log(resolver->child, LEVEL_ERROR, "an answer could not be sent");
    free(question);
}

static enum rc ask(struct resolver *resolver, const char *host)
{
    struct question *question =
        resolver->open < QUESTIONS_MOST ? calloc(1, sizeof *question) : NULL;
    if (!question)
        return RC_OK; /* key asks again */
    question->resolver = resolver;
    question->work.data = question;
    memcpy(question->answer.host, host, sizeof question->answer.host);
    if (uv_queue_work(child_loop(resolver->child), &question->work, look_up, looked_up) != 0) {
        free(question);
        return RC_OK;
    }
    resolver->open++;
    return RC_OK;
}

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    char host[NAME_HOST];
    (void)channel;
    (void)fd; /* the table allows none */
    if (kind != MSG_RESOLVE)
        return RC_DENIED;
    enum rc rc = name_question_get(payload, host);
    return rc == RC_OK ? ask(context, host) : rc;
}

static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct resolver *resolver = context;
    if (channel != resolver->key)
        return;
    child_log(resolver->child, LEVEL_NOTICE, "channel to key: %s", reason);
    resolver->key = NULL;
}

static enum rc on_channel(void *context, struct child *child, enum role other, int take_fd)
{
    struct resolver *resolver = context;
    if (other != ROLE_KEY) {
        close(take_fd);
        return RC_OK;
    }
    channel_close(resolver->key);
    resolver->key = NULL;
    return channel_open(child_loop(child), take_fd, ROLE_RESOLVER, ROLE_KEY, on_message, on_closed,
                        resolver, &resolver->key);
}

/* Files and name servers, whatever else the machine's users are looked up in: those need modules,
 * and no code is loaded in here. */
static enum rc before_run(void *context, struct child *child, struct sandbox_options *options)
{
    struct resolver *resolver = context;
    (void)options;
    resolver->child = child;
    if (__nss_configure_lookup("hosts", "files dns") != 0)
        return RC_IO;
    /* A dead name server is left within seconds: the tunnel that waits may have another peer. */
    return setenv("RES_OPTIONS", "timeout:2 attempts:2", 1) == 0 ? RC_OK : RC_NO_MEMORY;
}

static void after_run(void *context, struct child *child)
{
    struct resolver *resolver = context;
    (void)child;
    channel_close(resolver->key);
    resolver->key = NULL;
}

int resolver_main(void)
{
    static const struct child_ops ops = {.sandbox = SANDBOX_RESOLVER,
                                         .on_channel = on_channel,
                                         .before_run = before_run,
                                         .after_run = after_run};
    struct resolver resolver = {.open = 0};
    return child_main(ROLE_RESOLVER, &ops, &resolver);
}
