/* The scripted client's informational exchanges: probes, notifications, deletes. */
#include "sim/client.h"

void client_notify(struct client *client, uint8_t protocol, uint16_t type, struct span spi,
                   struct span data)
{
    struct client_message m;
    const struct ike_notification notification = {protocol, type, spi, data};
    client_begin(client, &client->sa, &m, EXCHANGE_INFORMATIONAL, client_fresh_id(client));
    ike_notification_put(&m.w, &notification);
    client_send_first(client, &m, NULL);
}

static void cookies_of(const struct client_sa *sa, uint8_t out[2 * IKE_COOKIE])
{
    memcpy(out, sa->cky_i, IKE_COOKIE);
    memcpy(out + IKE_COOKIE, sa->cky_r, IKE_COOKIE);
}

static void notify_sequence(struct client *client, uint16_t type, uint32_t sequence)
{
    uint8_t spi[2 * IKE_COOKIE], data[4];
    struct builder b = builder_of(data, sizeof data);
    builder_u32(&b, sequence);
    cookies_of(&client->sa, spi);
    client_notify(client, PROTOCOL_ISAKMP, type, (struct span){spi, sizeof spi},
                  (struct span){data, sizeof data});
}

void client_probe(struct client *client, uint32_t sequence)
{
    notify_sequence(client, NOTIFY_R_U_THERE, sequence);
}

void client_initial_contact(struct client *client)
{
    uint8_t spi[2 * IKE_COOKIE];
    cookies_of(&client->sa, spi);
    client_notify(client, PROTOCOL_ISAKMP, NOTIFY_INITIAL_CONTACT, (struct span){spi, sizeof spi},
                  (struct span){NULL, 0});
}

void client_delete_ike(struct client *client, const struct client_sa *named)
{
    struct client_message m;
    uint8_t spi[2 * IKE_COOKIE];
    cookies_of(named, spi);
    client_begin(client, &client->sa, &m, EXCHANGE_INFORMATIONAL, client_fresh_id(client));
    ike_deletion_put(&m.w, PROTOCOL_ISAKMP, (struct span){spi, sizeof spi});
    client_send_first(client, &m, NULL);
}

void client_delete_esp(struct client *client, uint32_t spi)
{
    struct client_message m;
    uint8_t octets[4];
    struct builder b = builder_of(octets, sizeof octets);
    builder_u32(&b, spi);
    client_begin(client, &client->sa, &m, EXCHANGE_INFORMATIONAL, client_fresh_id(client));
    ike_deletion_put(&m.w, PROTOCOL_ESP, (struct span){octets, sizeof octets});
    client_send_first(client, &m, NULL);
}

void client_leave(struct client *client)
{
    if (client->spi_in)
        client_delete_esp(client, client->spi_in);
    client_delete_ike(client, &client->sa);
    client_forget_tunnel(client);
    client_waits_no_more(client);
    client->sa = (struct client_sa){0};
    client->stage = CLIENT_IDLE;
}

static void notification(struct client *client, struct span body)
{
    struct ike_notification n;
    if (ike_notification_parse(body, &n) != RC_OK)
        return;
    struct cursor c = cursor_over(n.data);
    uint32_t sequence = cursor_u32(&c);
    client->last_notify = n.type;
    client->notifies++;
    if (n.type == NOTIFY_R_U_THERE) {
        client->probes++;
        if (!client->habits.deaf_to_dpd)
            notify_sequence(client, NOTIFY_R_U_THERE_ACK, sequence);
    } else if (n.type == NOTIFY_R_U_THERE_ACK) {
        client->acks++;
        client->last_ack = sequence;
    } else if (n.type < NOTIFY_CONNECTED && client->stage == CLIENT_QUICK) {
        client->stage = CLIENT_REFUSED;
        client_waits_no_more(client);
    }
}

static void deletion(struct client *client, const struct client_sa *sa, struct span body)
{
    struct ike_deletion d;
    if (ike_deletion_parse(body, &d) != RC_OK)
        return;
    if (d.protocol == PROTOCOL_ISAKMP) {
        client->deletes_ike++;
        if (sa != &client->sa)
            return;
        client_forget_tunnel(client);
        client_waits_no_more(client);
        client->sa = (struct client_sa){0};
        client->stage = client->stage == CLIENT_REFUSED ? CLIENT_REFUSED : CLIENT_ENDED;
        return;
    }
    struct cursor c = cursor_over(ike_deletion_spi(&d, 0));
    client->deletes_esp++;
    if (cursor_u32(&c) != client->spi_out)
        return;
    /* vpnc takes it as the wish for a new pair (WIRE §13). */
    client_forget_tunnel(client);
    if (client->stage == CLIENT_UP && !client->habits.stop_at)
        client_quick(client);
}

void client_informational(struct client *client, struct client_sa *sa, struct span bytes)
{
    struct ike_chain chain;
    uint8_t plain[CLIENT_MESSAGE];
    if (!client_open(client, sa, NULL, bytes, (struct span){NULL, 0}, plain, &chain))
        return;
    /* Any packet under the new SA ends the wait after AM3. */
    bool no_xauth = client->stage == CLIENT_PROVED && sa->suite.auth_method == AUTH_PSK;
    for (size_t i = 0; i < chain.count; i++) {
        if (chain.items[i].type == PAYLOAD_NOTIFY)
            notification(client, chain.items[i].body);
        else if (chain.items[i].type == PAYLOAD_DELETE)
            deletion(client, sa, chain.items[i].body);
    }
    if (no_xauth && client->stage == CLIENT_PROVED && client->habits.stop_at != CLIENT_PROVED)
        client_logged_in(client);
}
