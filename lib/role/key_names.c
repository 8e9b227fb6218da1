/* Hosts of peers: key asks the resolver and hands what it finds to the engine, which has asked for
 * it. What cannot be answered is answered with nothing, so that no tunnel waits in vain. */
#include "host/message_name.h"
#include "role/key_state.h"

#include <stdio.h>
#include <strings.h>

_Static_assert((int)NAME_HOST == (int)PEER_HOST && (int)NAME_ADDRS == (int)PEER_HOST_ADDRS,
               "the same names");

static void tell(struct key *key, const struct name_answer *answer)
{
    struct command command = {.kind = COMMAND_NAME};
    memcpy(command.host, answer->host, sizeof command.host);
    memcpy(command.host_addrs, answer->addrs, sizeof command.host_addrs);
    command.host_addr_count = answer->count;
    struct io io = key_turn(key);
    engine_command(key->engine, &command, &io);
}

static char *slot_of(struct key *key, const char *host)
{
    for (size_t i = 0; i < KEY_NAMES; i++)
        if (strcasecmp(key->names_asked[i], host) == 0)
            return key->names_asked[i];
    return NULL;
}

void key_name_ask(struct key *key, const struct effect_ask_name *ask)
{
    uint8_t octets[NAME_MESSAGE_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct channel *resolver = key->peers[ROLE_RESOLVER];
    char *slot = slot_of(key, ask->host);
    bool asked = slot != NULL;
    if (!slot)
        slot = slot_of(key, "");
    name_question_put(&b, ask->host);
    if (!asked && slot && !b.bad && resolver &&
        channel_send(resolver, MSG_RESOLVE, builder_span(&b), -1) == RC_OK) {
        memcpy(slot, ask->host, PEER_HOST);
        asked = true;
    }
    if (asked)
        return;
    struct name_answer nothing = {.count = 0};
    memcpy(nothing.host, ask->host, sizeof nothing.host);
    tell(key, &nothing); /* within a turn that is being applied */
}

enum rc key_name_answer(struct key *key, struct cursor *payload)
{
    struct name_answer answer;
    enum rc rc = name_answer_get(payload, &answer);
    if (rc != RC_OK)
        return rc;
    char *slot = slot_of(key, answer.host);
    if (!slot)
        return RC_OK; /* it was asked by the one before */
    slot[0] = '\0';
    if (!answer.count)
        child_log(key->child, LEVEL_WARNING, "no address was found for peer %s", answer.host);
    tell(key, &answer);
    key_turn_end(key);
    return RC_OK;
}

void key_names_lost(struct key *key)
{
    for (size_t i = 0; i < KEY_NAMES; i++) {
        struct name_answer nothing = {.count = 0};
        memcpy(nothing.host, key->names_asked[i], sizeof nothing.host);
        key->names_asked[i][0] = '\0';
        if (nothing.host[0])
            tell(key, &nothing);
    }
    key_turn_end(key);
}
