/* A scripted VPN client: aggressive mode with a group's key, Xauth, mode-config, quick mode, as
 * vpnc does them, written on the wire layer. By habit it is honest; tests change its habits, stop
 * it before a step, or make it send single messages. Names follow RFC 2409. */
#ifndef HUBWARD_TESTS_SIM_CLIENT_H
#define HUBWARD_TESTS_SIM_CLIENT_H

#include "crypto/dh.h"
#include "ike/keys.h"
#include "ike/modecfg.h"
#include "ike/natt.h"
#include "select/identity.h"
#include "sim/world.h"

enum client_stage {
    CLIENT_IDLE,
    CLIENT_OPENED,    /* AM1 is out */
    CLIENT_PROVED,    /* AM3 is out */
    CLIENT_ANSWERED,  /* name and password are out */
    CLIENT_LOGGED_IN, /* STATUS was 1 and is acknowledged; or no Xauth is due */
    CLIENT_ASKING,    /* mode-config request is out */
    CLIENT_LEASED,
    CLIENT_QUICK, /* QM1 is out */
    CLIENT_UP,
    CLIENT_REFUSED, /* STATUS 0, an empty reply, or an error notification */
    CLIENT_SILENCE, /* nobody answered */
    CLIENT_ENDED    /* the hub deleted the SA */
};

enum client_methods { METHODS_XAUTH, METHODS_PSK, METHODS_BOTH_PSK_FIRST };

struct client_habits {
    const char *group, *key, *user, *password;
    const char *codes[5];       /* its answers to challenges, a round each; NULL: it says nothing */
    uint16_t code_type;         /* the attribute that they come in; 0: PASSCODE */
    enum identity_type id_type; /* ID_NONE means KEY_ID */
    enum client_methods methods;
    uint16_t dh_group; /* 0: 2 */
    uint16_t cipher;   /* of phase 1, number on the wire; 0: 5, 3DES */
    uint16_t key_bits;
    uint16_t hash; /* 0: 2, SHA */
    uint16_t esp;  /* transform id; 0: 3, 3DES */
    uint16_t esp_bits;
    uint16_t esp_auth;  /* 0: 2, SHA */
    uint16_t pfs_group; /* 0: none */
    uint32_t life_s;    /* 0: 2147483, what vpnc offers */
    uint32_t esp_life_s;
    bool no_natt, draft_natt, lie_about_nat, no_dpd, no_unity;
    bool clear_am3;       /* RFC 2409 permits it */
    bool initial_contact; /* in AM3 */
    bool wrong_hash;      /* HASH_I is not what it should be */
    bool trailing_nul;    /* name and password end with octet 0 */
    bool deaf_to_dpd;
    bool commit;               /* sets the commit bit in quick mode */
    enum client_stage stop_at; /* does nothing of its own once it is there; 0: never */
    struct addr wish;          /* asked for in mode-config; ADDR_NONE: none */
    struct addr former;        /* goes on with this address and asks for none; ADDR_NONE: asks */
    bool asks_local_lan;       /* and whether it may reach the net that it is in */
    size_t nonce_len;          /* 0: 20 */
    const struct client_warp *warp; /* NULL: every message is as it should be */
    unsigned tries;                 /* of each message; 0: 5 */
    uint32_t resend_ms;             /* before the first repetition; 0: 2000 */
};

/* One message of one exchange is rewritten before it is hashed and sealed. */
enum client_warp_kind { WARP_DROP, WARP_DOUBLE, WARP_TO_FRONT, WARP_EXTRA, WARP_BODY };
struct client_warp {
    enum client_warp_kind kind;
    uint8_t exchange; /* of the message */
    uint8_t needs;    /* a payload type that the message holds, 0: any; tells QM1 from QM3 */
    size_t which;     /* payload, from 0; WARP_EXTRA: its type */
    uint8_t fill;     /* WARP_BODY and WARP_EXTRA: octets of the body */
    size_t len;       /* and their number */
};

/* A phase 1 SA as the client holds it. */
struct client_sa {
    bool alive;
    uint64_t proved_ms; /* when AM3 went out */
    uint8_t cky_i[IKE_COOKIE], cky_r[IKE_COOKIE];
    struct ike_suite suite;
    struct ike_keys keys;
    uint8_t iv[CIPHER_BLOCK_MAX];
    uint8_t private_value[DH_PRIVATE_MAX];
    uint8_t g_i[DH_PUBLIC_MAX];
    uint8_t nonce_i[512];
    size_t nonce_i_len;
    uint8_t sa_body[1024];
    size_t sa_body_len;
    uint8_t id_body[64];
    size_t id_body_len;
    enum ike_natt_kind natt;
    bool behind_nat;
    struct ike_path path;
};

/* A later exchange under way. */
enum client_exchange_kind { CX_XAUTH, CX_STATUS, CX_CONFIG, CX_QUICK_I, CX_QUICK_R };
struct client_exchange {
    bool open;
    enum client_exchange_kind kind;
    uint32_t message_id;
    uint8_t iv[CIPHER_BLOCK_MAX];
    uint16_t identifier;
    uint8_t nonce_i[512], nonce_r[IKE_NONCE_MAX];
    size_t nonce_i_len, nonce_r_len;
    uint8_t private_value[DH_PRIVATE_MAX];
    uint32_t spi_in, spi_out;
    struct packet_suite suite;
    uint8_t shared[DH_SHARED_MAX];
    size_t shared_len; /* 0: no PFS */
};

enum { CLIENT_EXCHANGES = 8, CLIENT_ANSWERS = 12, CLIENT_MESSAGE = 2048 };

/* What came, and what was answered: the same again gets the same again. */
struct client_answer {
    uint64_t digest;
    size_t len;
    uint8_t bytes[CLIENT_MESSAGE];
    struct ike_path path;
};

struct client {
    struct client_habits habits;
    struct node *node;
    struct endpoint hub;
    enum client_stage stage;
    struct client_sa sa, old; /* old: what a rekey of phase 1 replaced */
    struct client_exchange exchanges[CLIENT_EXCHANGES];
    struct client_answer answers[CLIENT_ANSWERS];
    size_t answer_at;
    struct addr lease;
    uint8_t config_reply[CLIENT_MESSAGE]; /* body of the ATTRIBUTES payload */
    size_t config_reply_len;
    uint64_t tunnel; /* number of the pair in use; 0: none */
    uint32_t spi_in, spi_out;
    bool sending; /* the outbound key is in place */
    uint64_t tunnels_made;
    uint64_t heard_ms;
    bool rekeying; /* phase 1, while a pair stands */
    /* Counters for tests. */
    uint32_t challenges;
    char last_prompt[LOGIN_PROMPT];
    uint16_t xauth_identifier; /* of the latest request */
    uint32_t xauth_requests, statuses, deletes_ike, deletes_esp, notifies, probes, acks, rekeys;
    uint16_t last_notify;
    uint32_t last_ack;
    uint16_t last_status;
    /* The message that waits for an answer. */
    uint8_t waiting[CLIENT_MESSAGE];
    size_t waiting_len;
    struct ike_path waiting_path;
    unsigned tries;
    uint64_t due_ms; /* UINT64_MAX: nothing waits */
};

/* A client at this address (or behind a NAT: set node->behind before client_start). */
struct client *client_join(struct world *world, const char *name, const char *address,
                           const struct node *hub, const struct client_habits *habits);
/* Begin from nothing: a new AM1. */
void client_start(struct client *client);
/* A new phase 1 beside the one that stands, as vpnc does at 80 % of its life. */
void client_rekey_phase1(struct client *client);
const char *client_stage_name(enum client_stage stage);

/* Single messages under the current SA, honest in form. */
struct client_message {
    struct ike_writer w;
    uint8_t buffer[CLIENT_MESSAGE];
    uint8_t exchange;
    uint32_t message_id;
};
uint32_t client_fresh_id(struct client *client);
/* Header and room for HASH; payloads follow through m->w. */
void client_begin(struct client *client, const struct client_sa *sa, struct client_message *m,
                  uint8_t exchange, uint32_t message_id);
/* The finished clear message, rewritten if the client's habits say so. */
struct span client_finish(const struct client *client, struct client_message *m);
/* HASH over prefix and what follows it, sealed with iv, which moves on. */
struct span client_seal(const struct client *client, const struct client_sa *sa,
                        struct client_message *m, struct span prefix, uint8_t *iv);
/* Seal as the first message of its exchange, send; when x is not NULL its IV goes on from there. */
void client_send_first(struct client *client, struct client_message *m, struct client_exchange *x);
void client_send(struct client *client, const struct client_sa *sa, struct span bytes);

void client_config_request(struct client *client);
/* A transaction message of this type with one basic attribute. message_id 0: a fresh one. */
void client_transaction(struct client *client, uint32_t message_id, uint8_t type, uint16_t attr,
                        uint16_t value);
/* QM1 for these proxies, ours and the hub's. */
void client_quick_mode(struct client *client, struct selector ours, struct selector theirs);
void client_quick(struct client *client); /* lease to everything, as vpnc */
/* The fourth message of a quick mode of the hub's that has come to its third (RFC 2409, 5.5). */
void client_connected(struct client *client, struct client_exchange *x);
void client_notify(struct client *client, uint8_t protocol, uint16_t type, struct span spi,
                   struct span data);
void client_probe(struct client *client, uint32_t sequence);
void client_initial_contact(struct client *client);
void client_delete_ike(struct client *client, const struct client_sa *named);
void client_delete_esp(struct client *client, uint32_t spi);
/* Say goodbye as vpnc does: both deletes, keys forgotten. */
void client_leave(struct client *client);
void client_forget_tunnel(struct client *client);

struct client_exchange *client_exchange(struct client *client, uint32_t message_id);
struct client_exchange *client_exchange_new(struct client *client, enum client_exchange_kind kind,
                                            uint32_t message_id);

/* -- client_login.c, client_info.c --------------------------------------------------- */
void client_transaction_input(struct client *client, struct client_sa *sa, struct span bytes,
                              uint32_t message_id);
void client_informational(struct client *client, struct client_sa *sa, struct span bytes);
void client_logged_in(struct client *client);

/* -- client_quick.c ------------------------------------------------------------------ */
void client_quick_input(struct client *client, struct client_sa *sa, struct span bytes);

/* -- client.c, for client_quick.c ---------------------------------------------------- */
/* Decrypt a message of a later exchange and cut it; HASH verified over prefix and the rest. False:
 * not for us. plain: room of CLIENT_MESSAGE. */
bool client_open(struct client *client, const struct client_sa *sa, struct client_exchange *x,
                 struct span bytes, struct span prefix, uint8_t *plain, struct ike_chain *chain);
void client_wait_for(struct client *client, const struct client_sa *sa, struct span bytes);
void client_waits_no_more(struct client *client);
/* It is the hub's turn; nothing is repeated, but not for ever. */
void client_is_patient(struct client *client);
void client_answer(struct client *client, const struct client_sa *sa, struct span request,
                   struct span bytes);
void client_random(struct client *client, void *out, size_t n);

#endif
