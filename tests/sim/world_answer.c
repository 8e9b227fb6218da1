/* The answers to what an engine asks: Diffie-Hellman, keys, names, logins, leases on the disk. */
#include "ike/key_scan.h"
#include "sim/world_queue.h"

#include <stdio.h>
#include <stdlib.h>

void answer_dh(struct node *node, const struct effect_ask_dh *ask)
{
    const struct dh_group *group = dh_group(ask->group);
    struct answer answer = {.kind = ANSWER_DH, .ticket = ask->ticket, .rc = RC_OK};
    node->asked_dh++;
    if (!group)
        world_broken(node->world, "%s asks for group %u", node->name, ask->group);
    if (ask->want_public)
        answer.rc = dh_public(group, ask->private_value, answer.public_value);
    if (answer.rc == RC_OK && ask->peer_public_len)
        answer.rc = dh_shared(group, ask->private_value,
                              (struct span){ask->peer_public, ask->peer_public_len}, answer.shared);
    queue_answer(node, &answer, node->world->dh_ms);
}

void answer_key(struct node *node, const struct key_scan *scan)
{
    struct answer answer = {.kind = ANSWER_KEY, .ticket = scan->ticket};
    node->asked_key++;
    answer.rc = key_scan_run(scan, &answer.tried);
    node->keys_tried += (uint32_t)answer.tried;
    queue_answer(node, &answer, node->world->dh_ms);
}

/* Tests answer. */
void answer_name(struct node *node, const struct effect_ask_name *ask)
{
    node->asked_name++;
    node->last_name = *ask;
}

void node_named(struct node *node, const char *host, const char *const *addresses)
{
    struct command command = {.kind = COMMAND_NAME};
    snprintf(command.host, sizeof command.host, "%s", host);
    for (; addresses && *addresses; addresses++)
        command.host_addrs[command.host_addr_count++] = world_addr(*addresses);
    node_command(node, &command);
}

static enum rc verdict_of(const struct world *world, const struct effect_ask_password *ask)
{
    if (world->login_mode == LOGIN_BY_NAME)
        return strlen(ask->user) == ask->password_len &&
                       memcmp(ask->user, ask->password, ask->password_len) == 0
                   ? RC_OK
                   : RC_AUTH_FAILED;
    for (size_t i = 0; i < world->user_count; i++)
        if (strcmp(world->users[i].name, ask->user) == 0 &&
            strlen(world->users[i].password) == ask->password_len &&
            memcmp(world->users[i].password, ask->password, ask->password_len) == 0)
            return RC_OK;
    return RC_AUTH_FAILED;
}

/* The next code is asked for. False: no more are. */
static bool challenge(struct node *node, const struct effect_ask_password *ask)
{
    struct answer answer = {.kind = ANSWER_CHALLENGE, .ticket = ask->ticket};
    if (node->login_round >= 4 || !node->world->login_codes[node->login_round])
        return false;
    snprintf(answer.prompt, sizeof answer.prompt, "Verification code %u:", ++node->login_round);
    queue_answer(node, &answer, node->world->password_ms);
    return true;
}

static enum rc judge(struct node *node, const struct effect_ask_password *ask)
{
    if (!ask->more) {
        node->login_round = 0;
        return verdict_of(node->world, ask);
    }
    const char *code = node->login_round ? node->world->login_codes[node->login_round - 1] : NULL;
    return code && strlen(code) == ask->password_len &&
                   memcmp(code, ask->password, ask->password_len) == 0
               ? RC_OK
               : RC_AUTH_FAILED;
}

void answer_password(struct node *node, const struct effect_ask_password *ask)
{
    static const struct login_grant nothing = {.addr = {.family = ADDR_NONE}};
    const struct world *world = node->world;
    if (ask->cancel) {
        node->cancelled_passwords++;
        return;
    }
    node->asked_password++;
    node->last_ask = *ask;
    if (world->login_mode == LOGIN_SILENT)
        return;
    const enum rc rc = world->login_mode == LOGIN_UNAVAILABLE ? RC_AGAIN : judge(node, ask);
    if (rc == RC_OK && challenge(node, ask))
        return;
    const struct answer answer = {.kind = ANSWER_PASSWORD,
                                  .ticket = ask->ticket,
                                  .rc = rc,
                                  .rule = rc == RC_OK         ? RULE_CHOSEN
                                          : rc == RC_AGAIN    ? RULE_NO_VERDICT
                                          : world->login_rule ? world->login_rule
                                                              : RULE_PASSWORD,
                                  .grant = rc == RC_OK ? world->login_grant : nothing};
    queue_answer(node, &answer, world->password_ms);
}

static void remember(struct node *node, const struct lease_row *row)
{
    struct stored_lease *stored = NULL;
    HASH_FIND(hh, node->store, &row->addr, sizeof row->addr, stored);
    if (stored && stored->row.active && row->active &&
        (strcmp(stored->row.principal, row->principal) != 0 || stored->row.slot != row->slot)) {
        char text[ADDR_TEXT];
        world_broken(node->world, "%s: %s is leased to %s and to %s", node->name,
                     addr_format(row->addr, text), stored->row.principal, row->principal);
    }
    if (!stored) {
        stored = calloc(1, sizeof *stored);
        if (!stored)
            abort();
        stored->addr = row->addr;
        HASH_ADD(hh, node->store, addr, sizeof stored->addr, stored);
    }
    stored->row = *row;
}

void answer_lease(struct node *node, const struct effect_lease_save *save)
{
    static const struct ticket none;
    struct world *world = node->world;
    bool wanted = memcmp(&save->ticket, &none, sizeof none) != 0;
    node->saved_leases++;
    if (world->store_mode == STORE_WORKS)
        remember(node, &save->row);
    if (!wanted || world->store_mode == STORE_SILENT)
        return;
    const struct answer answer = {.kind = ANSWER_LEASE_SAVED,
                                  .ticket = save->ticket,
                                  .rc = world->store_mode == STORE_WORKS ? RC_OK : RC_IO};
    queue_answer(node, &answer, world->store_ms);
}

/* -- effects ------------------------------------------------------------------------- */
