/* Operators' business with users: a login tried as a peer's would be, the list of users, the users
 * file read anew. Key only passes on: the broker judges, the warden reads. */
#include "base/wipe.h"
#include "host/message_login.h"
#include "host/message_users.h"
#include "role/key_state.h"

#include <stdio.h>
#include <stdlib.h>

/* -- test aaa -------------------------------------------------------------------------- */

static void tell_outcome(struct key_operator *asker, const struct login_outcome *outcome)
{
    uint8_t octets[LOGIN_OUTCOME_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    asker->testing = false;
    login_outcome_put(&b, outcome);
    if (b.bad || channel_send(asker->channel, MSG_TEST_RESULT, builder_span(&b), -1) != RC_OK)
        child_log(asker->key->child, LEVEL_NOTICE, "an operator did not take its answer");
}

static void tell_no_verdict(struct key_operator *asker, const char *reason)
{
    struct login_outcome outcome = {.rc = RC_AGAIN, .rule = RULE_NO_VERDICT};
    snprintf(outcome.reason, sizeof outcome.reason, "%s", reason);
    tell_outcome(asker, &outcome);
}

/* The operator is this host, of no group; the ticket is ours. */
static enum rc pass_on(struct key_operator *asker, struct effect_ask_password *ask)
{
    struct key *key = asker->key;
    uint8_t octets[LOGIN_ASK_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    rng_bytes(&key->rng, asker->test.id, sizeof asker->test.id);
    ask->ticket = asker->test;
    ask->group[0] = '\0';
    ask->source = addr_v4(0x7f000001);
    login_ask_put(&b, ask);
    enum rc rc = RC_NOT_FOUND;
    if (key->peers[ROLE_XAUTH] && !b.bad)
        rc = channel_send(key->peers[ROLE_XAUTH], MSG_LOGIN_TEST, builder_span(&b), -1);
    wipe(octets, sizeof octets);
    return rc;
}

enum rc key_test_login(struct key_operator *asker, struct cursor *payload)
{
    struct effect_ask_password ask;
    if (asker->testing) /* one at a time, or answers could not be told apart */
        return RC_BAD_STATE;
    enum rc rc = login_ask_get(payload, &ask);
    if (rc != RC_OK)
        return rc;
    child_log(asker->key->child, LEVEL_NOTICE, "uid %u tries a login of %s by list %s", asker->uid,
              ask.user, ask.list);
    asker->testing = true;
    if (pass_on(asker, &ask) != RC_OK)
        tell_no_verdict(asker, "the login service is not there");
    wipe(&ask, sizeof ask);
    return RC_OK;
}

/* A ticket that nobody waits for: the operator has left. */
enum rc key_tested(struct key *key, struct cursor *payload)
{
    struct login_tested tested;
    enum rc rc = login_tested_get(payload, &tested);
    for (size_t i = 0; rc == RC_OK && i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (asker->channel && asker->testing &&
            memcmp(&asker->test, &tested.ticket, sizeof tested.ticket) == 0)
            tell_outcome(asker, &tested.outcome);
    }
    return rc;
}

void key_tests_lost(struct key *key)
{
    for (size_t i = 0; i < KEY_OPERATORS; i++)
        if (key->operators[i].channel && key->operators[i].testing)
            tell_no_verdict(&key->operators[i], "the login service has ended meanwhile");
}

void key_test_cancel(struct key_operator *asker)
{
    struct channel *xauth = asker->key->peers[ROLE_XAUTH];
    uint8_t octets[LOGIN_CANCEL_LEN];
    struct builder b = builder_of(octets, sizeof octets);
    if (!asker->testing || !xauth)
        return;
    login_cancel_put(&b, &asker->test);
    if (channel_send(xauth, MSG_LOGIN_CANCEL, builder_span(&b), -1) != RC_OK)
        child_log(asker->key->child, LEVEL_NOTICE, "a login under test was not cancelled");
}

/* -- users ------------------------------------------------------------------------------ */

enum rc key_users_get(struct key_operator *asker, struct cursor *payload)
{
    uint32_t at;
    enum rc rc = users_question_get(payload, &at);
    if (rc != RC_OK)
        return rc;
    struct users_page *page = malloc(sizeof *page);
    uint8_t *octets = malloc(MESSAGE_MAX);
    if (page && octets) {
        struct builder b = builder_of(octets, MESSAGE_MAX);
        users_page_fill(asker->key->config, at, page);
        users_page_put(&b, page);
        rc = b.bad ? RC_FULL : channel_send(asker->channel, MSG_USERS_ROWS, builder_span(&b), -1);
    }
    free(page);
    free(octets);
    return rc == RC_FULL || rc == RC_IO ? RC_OK : rc;
}

enum rc key_users_reload(struct key_operator *asker, struct cursor *payload)
{
    struct key *key = asker->key;
    if (!cursor_done(payload))
        return RC_MALFORMED;
    child_log(key->child, LEVEL_NOTICE, "uid %u has the users file read", asker->uid);
    enum rc rc = asker->reading ? RC_BAD_STATE : child_users_read(key->child);
    if (rc == RC_OK)
        asker->reading = ++key->users_asked;
    else
        key_control_result(asker, rc, 0, "the users file cannot be read now");
    return RC_OK;
}

void key_users_done(struct key *key, const struct control_result *result)
{
    key->users_read++;
    for (size_t i = 0; i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (!asker->channel || asker->reading != key->users_read)
            continue;
        asker->reading = 0;
        key_control_result(asker, result->rc, result->number, result->text);
    }
}
