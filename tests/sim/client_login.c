/* The scripted client after phase 1: it answers Xauth and asks for its address. */
#include "sim/client.h"

#include <stdlib.h>

static void put_text(const struct client *client, struct builder *b, uint16_t type,
                     const char *text)
{
    size_t len = strlen(text) + (client->habits.trailing_nul ? 1 : 0);
    ike_attr_put_bytes(b, type, (struct span){(const uint8_t *)text, len});
}

/* One more question: MESSAGE before PASSCODE, nothing else, as vpnc takes it. */
static void challenged(struct client *client, struct client_exchange *x,
                       const struct cfg_message *asked, struct span request)
{
    struct client_message m;
    const struct ike_attr *prompt = &asked->attrs[0];
    const char *code = client->challenges < 5 ? client->habits.codes[client->challenges] : NULL;
    client->challenges++;
    if (asked->count != 2 || prompt->type != CFG_XAUTH_MESSAGE ||
        prompt->data.len >= LOGIN_PROMPT || asked->attrs[1].type != CFG_XAUTH_PASSCODE) {
        world_broken(client->node->world, "%s is asked in no form that it knows",
                     client->node->name);
        return;
    }
    memcpy(client->last_prompt, prompt->data.at, prompt->data.len);
    client->last_prompt[prompt->data.len] = '\0';
    if (!code)
        return;
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REPLY, x->identifier);
    put_text(client, &m.w.b,
             client->habits.code_type ? client->habits.code_type : CFG_XAUTH_PASSCODE, code);
    ike_writer_close(&m.w);
    client_is_patient(client);
    client_answer(client, &client->sa, request,
                  client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
}

static void xauth_asked(struct client *client, struct client_exchange *x, struct span request)
{
    struct client_message m;
    client->xauth_requests++;
    client_waits_no_more(client);
    if (client->habits.stop_at == CLIENT_PROVED || !client->habits.user)
        return;
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REPLY, x->identifier);
    put_text(client, &m.w.b, CFG_XAUTH_USER_NAME, client->habits.user);
    put_text(client, &m.w.b, CFG_XAUTH_USER_PASSWORD, client->habits.password);
    ike_writer_close(&m.w);
    client->stage = CLIENT_ANSWERED;
    client_is_patient(client);
    client_answer(client, &client->sa, request,
                  client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
}

static void forget_old(struct client *client)
{
    /* vpnc deletes the old SA by its cookies once the new one stands. */
    client_delete_ike(client, &client->old);
    client->old = (struct client_sa){0};
    client->rekeying = false;
    client->stage = CLIENT_UP;
    /* The hub deleted the pair meanwhile. */
    if (!client->tunnel)
        client_quick(client);
}

/* As clients do that slept: the address is theirs, as far as they know. */
static void goes_on(struct client *client)
{
    client->lease = client->habits.former;
    client_quick(client);
}

void client_logged_in(struct client *client)
{
    client->stage = CLIENT_LOGGED_IN;
    client_waits_no_more(client);
    if (client->rekeying)
        forget_old(client);
    else if (client->habits.stop_at == CLIENT_LOGGED_IN)
        return;
    else if (client->habits.former.family == ADDR_NONE)
        client_config_request(client);
    else
        goes_on(client);
}

static void status_told(struct client *client, struct client_exchange *x,
                        const struct ike_attr *status, struct span request)
{
    struct client_message m;
    client->statuses++;
    client->last_status = (uint16_t)status->value;
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_ACK, x->identifier);
    ike_attr_put_basic(&m.w.b, CFG_XAUTH_STATUS, (uint16_t)status->value);
    ike_writer_close(&m.w);
    client_answer(client, &client->sa, request,
                  client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
    if (status->value == 1)
        client_logged_in(client);
    else
        client->stage = CLIENT_REFUSED;
}

void client_config_request(struct client *client)
{
    static const uint16_t wanted[] = {
        CFG_IP4_NETMASK,         CFG_IP4_DNS,          CFG_IP4_NBNS,
        CFG_ADDRESS_EXPIRY,      CFG_UNITY_DEF_DOMAIN, CFG_UNITY_FW_TYPE,
        CFG_UNITY_PFS,           CFG_UNITY_BANNER,     CFG_UNITY_SAVE_PASSWORD,
        CFG_UNITY_SPLIT_INCLUDE, CFG_UNITY_SPLIT_DNS,  CFG_APPLICATION_VERSION};
    struct client_message m;
    struct client_exchange *x = client_exchange_new(client, CX_CONFIG, client_fresh_id(client));
    x->identifier = 20;
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION, x->message_id);
    cfg_open(&m.w, CFG_REQUEST, x->identifier);
    const struct addr *wish = &client->habits.wish;
    ike_attr_put_bytes(&m.w.b, CFG_IP4_ADDRESS,
                       (struct span){wish->bytes, wish->family == ADDR_V4 ? 4 : 0});
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        ike_attr_put_bytes(&m.w.b, wanted[i], (struct span){NULL, 0});
    if (client->habits.asks_local_lan)
        ike_attr_put_bytes(&m.w.b, CFG_UNITY_LOCAL_LAN, (struct span){NULL, 0});
    ike_writer_close(&m.w);
    client->stage = CLIENT_ASKING;
    client_send_first(client, &m, x);
}

static void config_replied(struct client *client, struct client_exchange *x,
                           const struct cfg_message *message, struct span body)
{
    const struct ike_attr *address = cfg_find(message, CFG_IP4_ADDRESS);
    if (client->stage != CLIENT_ASKING)
        return;
    client_waits_no_more(client);
    x->open = false;
    memcpy(client->config_reply, body.at, body.len);
    client->config_reply_len = body.len;
    if (!address || address->data.len != 4) {
        client->stage = CLIENT_REFUSED;
        return;
    }
    if (addr_from_bytes(&client->lease, address->data) != RC_OK)
        abort();
    client->stage = CLIENT_LEASED;
    if (client->habits.stop_at != CLIENT_LEASED)
        client_quick(client);
}

void client_transaction_input(struct client *client, struct client_sa *sa, struct span bytes,
                              uint32_t message_id)
{
    struct ike_chain chain;
    struct cfg_message message;
    uint8_t plain[CLIENT_MESSAGE];
    struct client_exchange *x = client_exchange(client, message_id);
    struct client_exchange fresh = {.open = true, .message_id = message_id};
    if (!x && ike_iv_phase2(&sa->keys, sa->iv, message_id, fresh.iv) != RC_OK)
        abort();
    if (!client_open(client, sa, x ? x : &fresh, bytes, (struct span){NULL, 0}, plain, &chain) ||
        chain.count != 2 || chain.items[1].type != PAYLOAD_ATTRIBUTES ||
        cfg_parse(chain.items[1].body, &message) != RC_OK)
        return;
    if (x && x->kind == CX_CONFIG && message.type == CFG_REPLY) {
        config_replied(client, x, &message, chain.items[1].body);
        return;
    }
    const struct ike_attr *status = cfg_find(&message, CFG_XAUTH_STATUS);
    if (x || sa != &client->sa)
        return;
    x = client_exchange_new(client, message.type == CFG_SET ? CX_STATUS : CX_XAUTH, message_id);
    memcpy(x->iv, fresh.iv, sizeof x->iv);
    x->identifier = message.identifier;
    if (message.type == CFG_REQUEST && cfg_find(&message, CFG_XAUTH_MESSAGE)) {
        if (x->identifier != client->xauth_identifier)
            world_broken(client->node->world, "a challenge is of another transaction");
        client_waits_no_more(client);
        challenged(client, x, &message, bytes);
    } else if (message.type == CFG_REQUEST) {
        client->xauth_identifier = x->identifier;
        xauth_asked(client, x, bytes);
    } else if (message.type == CFG_SET && status && message.count == 1 && status->basic)
        status_told(client, x, status, bytes);
}

void client_transaction(struct client *client, uint32_t message_id, uint8_t type, uint16_t attr,
                        uint16_t value)
{
    struct client_message m;
    struct client_exchange *x = message_id ? client_exchange(client, message_id) : NULL;
    client_begin(client, &client->sa, &m, EXCHANGE_TRANSACTION,
                 message_id ? message_id : client_fresh_id(client));
    cfg_open(&m.w, type, x ? x->identifier : 7);
    if (attr)
        ike_attr_put_basic(&m.w.b, attr, value);
    ike_writer_close(&m.w);
    if (x)
        client_send(client, &client->sa,
                    client_seal(client, &client->sa, &m, (struct span){NULL, 0}, x->iv));
    else
        client_send_first(client, &m, NULL);
}
