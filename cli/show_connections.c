/* The columns of IOS 12.4. Packets of phase 1 are not counted there either. */
#include "cli/show_connections.h"

#include "cli/document.h"
#include "host/status_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One line. */
struct connection {
    uint32_t id;
    const char *type;
    char algorithm[STATUS_WORD];
    uint64_t encrypt, decrypt, sequence;
    struct addr local, peer;
};

static void upper(char *text)
{
    for (; *text; text++)
        *text = (char)toupper((unsigned char)*text);
}

/* "SHA+3DES" */
static struct connection of_ike(const struct status_ike *row)
{
    struct connection connection = {
        .id = row->conn, .type = "IKE", .local = row->local.addr, .peer = row->remote.addr};
    char cipher[STATUS_WORD];
    snprintf(connection.algorithm, sizeof connection.algorithm, "%.16s+%.16s",
             status_hash_name(row->hash), status_cipher_name(row->cipher, row->key_bits, cipher));
    upper(connection.algorithm);
    return connection;
}

/* "3DES+SHA": what stands in "esp-3des esp-sha-hmac", which is "AES256+SHA256" with more bits. */
static void algorithm_of(const struct packet_suite *suite, char out[STATUS_WORD])
{
    char words[SUITE_TEXT];
    size_t n = 0;
    suite_format(suite, words);
    for (const char *at = words; *at && n + 1 < STATUS_WORD; at++) {
        if (strncmp(at, "esp-", 4) == 0) {
            if (n)
                out[n++] = '+';
            at += 3;
        } else if (strcmp(at, "-hmac") == 0) {
            break;
        } else if (*at != ' ') {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
    upper(out);
}

static struct connection of_ipsec(const struct status_ipsec *row, bool inbound)
{
    const struct esp_counters *counters = inbound ? &row->in : &row->out;
    struct connection connection = {.id = inbound ? row->conn_in : row->conn_out,
                                    .type = "IPsec",
                                    .encrypt = inbound ? 0 : counters->packets,
                                    .decrypt = inbound ? counters->packets : 0,
                                    .sequence = counters->sequence,
                                    .local = row->local.addr,
                                    .peer = row->remote.addr};
    algorithm_of(&row->suite, connection.algorithm);
    return connection;
}

/* Line i of all of them, phase 1 first. */
static struct connection nth(const struct show_connections *all, size_t i)
{
    if (i < all->ike_count)
        return of_ike(&all->ike[i]);
    i -= all->ike_count;
    return of_ipsec(&all->ipsec[i / 2], i % 2 == 0);
}

static size_t count(const struct show_connections *all)
{
    return all->ike_count + 2 * all->ipsec_count;
}

void show_connections(struct sink *out, const struct show_connections *all)
{
    char address[ADDR_TEXT];
    sink_text(out, "Crypto Engine Connections\n\n"
                   "   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address\n");
    for (size_t i = 0; i < count(all); i++) {
        const struct connection one = nth(all, i);
        sink_format(out, "%5u  %-6s  %-17s %9" PRIu64 " %8" PRIu64 " %8" PRIu64 " %s\n", one.id,
                    one.type, one.algorithm, one.encrypt, one.decrypt, one.sequence,
                    addr_format(one.local, address));
    }
}

static json_t *json_of(const struct connection *one)
{
    char address[ADDR_TEXT], peer[ADDR_TEXT];
    return json_pack("{sI,ss,ss,sI,sI,sI,ss,ss}", "id", (json_int_t)one->id, "type", one->type,
                     "algorithm", one->algorithm, "encrypt", (json_int_t)one->encrypt, "decrypt",
                     (json_int_t)one->decrypt, "last_sequence", (json_int_t)one->sequence,
                     "address", addr_format(one->local, address), "peer",
                     addr_format(one->peer, peer));
}

json_t *show_connections_json(const struct show_connections *all)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count(all); i++) {
        const struct connection one = nth(all, i);
        array = document_add(array, json_of(&one));
    }
    return array;
}
