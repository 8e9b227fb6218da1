/* The checked configuration: what an IOS text means, as plain constant data. Built once in an arena
 * by config_load, never changed, swapped as a whole between two turns of a role. Names are resolved
 * to pointers; every object remembers its line, because every decision names one. */
#ifndef HUBWARD_CONFIG_CONFIG_H
#define HUBWARD_CONFIG_CONFIG_H

#include "base/addr.h"
#include "base/arena.h"
#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "crypto/packet.h"

#include <stdbool.h>

/* crypto isakmp policy N. What a text leaves out is IOS's default: DES, SHA, group 1, RSA
 * signatures, 86400 s. */
enum isakmp_auth { ISAKMP_AUTH_PSK, ISAKMP_AUTH_RSA_SIG };
struct isakmp_policy {
    unsigned priority; /* 1 is tried first; policies stand in this order */
    enum cipher_alg cipher;
    unsigned key_bits; /* AES only, else 0 */
    enum hash_alg hash;
    uint16_t group;
    enum isakmp_auth auth;
    uint32_t lifetime_s;
    unsigned ended; /* line of the hubward allow-weak whose day is over; 0: it may be used */
    unsigned line;
};

struct identity_match;

/* A pre-shared key and whom it is for: in a `crypto keyring`, or global (`crypto isakmp key`). */
enum keyring_entry_kind { KEY_FOR_ADDRESS, KEY_FOR_HOSTNAME };
struct keyring_entry {
    enum keyring_entry_kind kind;
    struct prefix prefix; /* KEY_FOR_ADDRESS */
    const char *hostname; /* KEY_FOR_HOSTNAME, else NULL */
    struct span secret;   /* octets of the key, decoded; lives in the arena */
    bool no_xauth;
    /* Only with key_verify: whose it is, and what its peer must call itself. */
    const char *name;                      /* NULL: none */
    unsigned ordinal;                      /* among those of its ring, net and no name, from 1 */
    const struct identity_match *identity; /* NULL: anything */
    unsigned line;
};
struct keyring {
    const char *name; /* "default" for the global keys */
    const struct keyring_entry *entries;
    size_t entry_count;
    unsigned line;
};

/* ip local pool: inclusive ranges of one family; several lines of one name add up. */
struct pool_range {
    struct addr first;
    struct addr last;
    unsigned line;
};
#define POOL_OF_USERS "user-address" /* what leases of users' own addresses stand under */
struct pool {
    const char *name;
    bool of_users; /* no line's: it holds the users' own addresses that are in no other pool */
    const struct pool_range *ranges;
    size_t range_count;
    unsigned line;
};

struct acl_entry {
    bool permit;
    struct selector source; /* protocol stands in both */
    struct selector destination;
    unsigned line;
};
struct acl {
    const char *name; /* number or name */
    const struct acl_entry *entries;
    size_t entry_count;
    unsigned line;
};

/* crypto isakmp client configuration group */
enum { GROUP_SERVERS = 4, GROUP_POOLS = 8 };
struct client_group {
    const char *name;
    struct span secret; /* len 0: no key, the group cannot authenticate */
    struct addr dns[GROUP_SERVERS];
    size_t dns_count;
    struct addr wins[GROUP_SERVERS];
    size_t wins_count;
    const char *domain;                   /* NULL: none */
    const struct pool *pool;              /* NULL: none */
    const struct pool *more[GROUP_POOLS]; /* hubward pool: what a login's attributes may choose */
    size_t more_count;
    const struct acl *split;     /* `acl`: networks to tunnel; NULL: everything */
    const char *split_dns;       /* comma-separated; NULL: none */
    const char *banner;          /* NULL: none */
    struct addr netmask;         /* ADDR_NONE: none */
    const char *backup_gateways; /* comma-separated; NULL: none */
    bool save_password;
    bool local_lan; /* include-local-lan */
    bool pfs;
    unsigned max_users;  /* 0: no limit */
    unsigned max_logins; /* per user; 0: 1 */
    bool group_lock;     /* users name the group behind their name, and it must be this one */
    bool replace_login;  /* one over max_logins ends the user's oldest; else it is refused */
    unsigned line;
};

/* aaa authentication login LIST …, and the username lines that `local` means. */
enum aaa_method { AAA_LOCAL, AAA_PAM };
struct aaa_step {
    enum aaa_method method;
    const char *pam_service; /* AAA_PAM: "hubward" unless the line names another */
    bool pam_root;           /* hubward pam user root names the service */
    bool pam_attributes;     /* hubward pam attributes does */
};
/* The methods in the order in which they are asked: the next one when one knows no such user or
 * cannot answer, never after a refusal. */
enum { AAA_STEPS = 4 };
struct aaa_list {
    const char *name;
    struct aaa_step steps[AAA_STEPS];
    size_t step_count; /* 1 … AAA_STEPS */
    unsigned line;
};
/* aaa accounting network LIST: what is recorded of sessions. */
struct accounting_list {
    const char *name;
    bool stop_only; /* no record at the start, nor in between */
    bool off;       /* none */
    unsigned line;
};
struct config_user {
    const char *name;
    unsigned type;      /* 0, 5, 8 or 9; type 7 is decoded and stands as 0 */
    const char *stored; /* password or hash text */
    bool disabled;      /* cannot log in, whatever the password */
    unsigned line;
};
/* hubward user NAME address: never anybody else's. */
struct user_address {
    const char *user;
    const struct client_group *group; /* NULL: any */
    struct addr addr;
    unsigned line;
};
enum { CONFIG_PAM_SERVICES = 64 }; /* how many there may be of a kind */
struct pam_service {
    const char *service;
    unsigned line;
};

/* match identity … of an ISAKMP profile. */
enum identity_match_kind {
    MATCH_ADDRESS,     /* prefix */
    MATCH_GROUP,       /* text: key-id or group */
    MATCH_HOST,        /* text: FQDN */
    MATCH_HOST_DOMAIN, /* text: the end of an FQDN */
    MATCH_USER,        /* text: user@fqdn */
    MATCH_USER_DOMAIN  /* text: the domain of a user@fqdn */
};
struct identity_match {
    enum identity_match_kind kind;
    struct prefix prefix;
    const char *text;
    unsigned line;
};

enum self_identity { SELF_GLOBAL, SELF_ADDRESS, SELF_FQDN, SELF_USER_FQDN };
struct isakmp_profile {
    const char *name;
    const char *description; /* NULL: none */
    const struct keyring *const *keyrings;
    size_t keyring_count; /* 0: the default keyring */
    const struct identity_match *matches;
    size_t match_count;
    const struct aaa_list *xauth;             /* client authentication list; NULL: no Xauth */
    const char *authorization;                /* isakmp authorization list; NULL: none */
    const struct accounting_list *accounting; /* NULL: none */
    enum self_identity self;                  /* what this end calls itself to these peers */
    const char *self_text;                    /* its name; NULL: ours */
    bool respond_address;                     /* client configuration address respond */
    bool initiate_address;                    /* client configuration address initiate */
    bool aggressive;                          /* initiate mode aggressive */
    uint32_t keepalive_s;                     /* 0: the global one */
    uint32_t keepalive_retry_s;
    unsigned line;
};

struct transform_set {
    const char *name;
    struct packet_suite suite;
    bool transport; /* mode transport; default tunnel */
    unsigned ended; /* as of a policy */
    unsigned line;
};

/* crypto identity: names that a map entry asks of its peers. */
struct identity_list {
    const char *name;
    const struct identity_match *matches; /* of kind MATCH_HOST */
    size_t match_count;
    unsigned line;
};

/* An entry of a crypto map or a dynamic map: what a tunnel must look like. */
enum { MAP_PEERS = 8, MAP_SETS = 6, MAP_HOST_MOST = 253 };
/* set peer: an address, or a name that is looked up. */
struct map_peer {
    struct addr addr; /* ADDR_NONE: host counts */
    const char *host; /* NULL: addr counts */
    bool follow;      /* `dynamic`: a name that moves is followed at once */
    bool preferred;   /* `default`: tried first, and returned to */
};
/* reverse-route: routes to the nets of the access list. */
struct map_reverse {
    bool on;
    bool fixed;             /* `static`: also while there is no tunnel */
    bool remote_peer;       /* and to the peer, which leaves by the machine's own way anyhow */
    struct addr gateway;    /* of remote-peer; ADDR_NONE: none */
    uint32_t distance, tag; /* for routers that import them; 0: none */
};
struct dynamic_map;
struct map_entry {
    unsigned sequence;
    const struct dynamic_map *dynamic; /* entry of a crypto map that points to a template; else
                                          NULL, and the fields below count */
    bool discover;                     /* TED */
    struct map_peer peers[MAP_PEERS];
    size_t peer_count;
    const struct transform_set *sets[MAP_SETS];
    size_t set_count;
    const struct acl *match;              /* NULL: what the peer proposes (dynamic only) */
    const struct isakmp_profile *profile; /* NULL: any peer */
    const struct identity_list *identity; /* set identity; NULL: any */
    uint16_t pfs_group;                   /* 0: no PFS asked */
    uint32_t lifetime_s;                  /* 0: the global one */
    uint64_t lifetime_kb;                 /* 0: the global one */
    uint32_t idle_s;                      /* a pair without traffic ends; 0: never */
    bool idle_default;                    /* and the preferred peer is the next one tried */
    struct map_reverse reverse;
    unsigned line;
};
struct dynamic_map {
    const char *name;
    const struct map_entry *entries; /* by sequence */
    size_t entry_count;
    unsigned line;
};
struct crypto_map {
    const char *name;
    const struct map_entry *entries; /* by sequence */
    size_t entry_count;
    /* From before profiles: for peers that matched none. */
    const struct aaa_list *xauth;             /* crypto map X client authentication list */
    const char *authorization;                /* crypto map X isakmp authorization list */
    const struct accounting_list *accounting; /* crypto map X client accounting list; NULL: none */
    bool respond_address;
    bool initiate_address;
    const struct isakmp_profile *profile; /* of entries that name none themselves; NULL: none */
    unsigned line;
};

struct config_interface {
    const char *name;        /* FastEthernet0/0 */
    const char *description; /* NULL: none */
    const char *linux_name;  /* from `hubward interface` or --map; NULL: not mapped */
    struct prefix net;       /* address as written and mask length; family ADDR_NONE: none */
    struct addr address;
    bool dhcp;
    bool shutdown;
    const struct crypto_map *map; /* NULL: none */
    unsigned line;
};

struct config_route {
    struct prefix destination;
    struct addr next_hop;  /* ADDR_NONE when the line names an interface */
    const char *interface; /* NULL: none */
    unsigned line;
};

/* hubward allow-weak SUITE until DATE */
enum weak_kind {
    WEAK_DES,
    WEAK_3DES,
    WEAK_MD5,
    WEAK_GROUP1,
    WEAK_GROUP2,
    WEAK_GROUP5,
    WEAK_KIND_COUNT
};
struct weak_end {
    uint32_t day;  /* the last on which it may be used, since 1970 */
    unsigned line; /* 0: there is no such line */
};

enum identity_kind_setting { IDENTITY_ADDRESS, IDENTITY_HOSTNAME };

struct config {
    struct arena arena; /* owns everything below */
    const char *hostname;
    const char *domain_name; /* ip domain name; NULL: none */

    const struct isakmp_policy *policies;
    size_t policy_count;
    const struct keyring *keyrings; /* [0] is always "default" */
    size_t keyring_count;
    const struct isakmp_profile *profiles;
    size_t profile_count;
    const struct client_group *groups;
    size_t group_count;
    const struct transform_set *transform_sets;
    size_t transform_set_count;
    const struct identity_list *identities;
    size_t identity_count;
    const struct dynamic_map *dynamic_maps;
    size_t dynamic_map_count;
    const struct crypto_map *crypto_maps;
    size_t crypto_map_count;
    const struct pool *pools;
    size_t pool_count;
    const struct acl *acls;
    size_t acl_count;
    const struct config_interface *interfaces;
    size_t interface_count;
    const struct config_route *routes;
    size_t route_count;
    const struct aaa_list *aaa_lists;
    size_t aaa_list_count;
    const struct accounting_list *accounting_lists;
    size_t accounting_list_count;
    uint32_t accounting_update_min; /* aaa accounting update periodic: 10 unless set */
    const struct config_user *users;
    size_t user_count;
    const struct user_address *user_addresses; /* by address */
    size_t user_address_count;
    const struct pam_service *pam_roots; /* hubward pam user root SERVICE */
    size_t pam_root_count;
    const struct pam_service *pam_givers; /* hubward pam attributes SERVICE */
    size_t pam_giver_count;

    enum identity_kind_setting identity; /* crypto isakmp identity */
    uint32_t keepalive_s;                /* crypto isakmp keepalive: 0 = off (we still answer) */
    uint32_t keepalive_retry_s;          /* 2 */
    bool keepalive_periodic;
    uint32_t nat_keepalive_s;   /* crypto isakmp nat keepalive: 20 unless set */
    bool aggressive_disabled;   /* crypto isakmp aggressive-mode disable */
    uint32_t ipsec_lifetime_s;  /* 3600 */
    uint64_t ipsec_lifetime_kb; /* 4608000; 0 = off */

    /* hubward … */
    struct weak_end weak_ends[WEAK_KIND_COUNT];
    uint32_t day;          /* that config_set_day said; 0: nothing has ended */
    uint64_t ended_groups; /* 1 << group */
    bool key_verify;       /* hubward key-selection verify: several keys for one net */
    bool xauth_once;       /* hubward xauth once */
    unsigned xauth_once_line;
    bool dial_on_start;         /* hubward dial on-start */
    bool encapsulate_always;    /* hubward encapsulate always */
    bool allow_group_psk_xauth; /* hubward allow-group-psk-xauth */
    const char *web_listen;     /* hubward web listen ADDR:PORT; NULL: 127.0.0.1:8500; "": off */
    const char *users_file;     /* hubward users PATH; NULL: none */
    unsigned users_file_line;
};

/* The group of this name, or NULL. Names compare exactly. */
const struct client_group *config_group(const struct config *config, struct span name);

/* The user of this name among config->users, or NULL. Names compare exactly. */
const struct config_user *config_user(const struct config *config, const char *name);

/* The profile or interface of this name, or NULL. Names compare exactly; "" is nobody's. */
const struct isakmp_profile *config_profile(const struct config *config, const char *name);
const struct config_interface *config_interface_named(const struct config *config,
                                                      const char *name);
/* Is this address among the entry's peers? A name is none. */
bool config_entry_names(const struct map_entry *entry, struct addr peer);
/* The crypto map of this interface; NULL: there is none, or no such interface. */
const struct crypto_map *config_map_on(const struct config *config, const char *interface);
/* Is the address one of the pool's? */
bool pool_holds(const struct pool *pool, struct addr addr);
/* Does the group give out addresses of this pool? */
bool group_has_pool(const struct client_group *group, const struct pool *pool);
/* The pool of the group that holds the address, or of this name; NULL: none. */
const struct pool *group_pool_of(const struct client_group *group, struct addr addr);
const struct pool *group_pool_named(const struct client_group *group, const char *name);
/* The address that is this user's in this group (a client group's name), or NULL: a line for the
 * group goes before one for any. */
const struct user_address *config_user_address(const struct config *config, const char *user,
                                               const char *group);
/* Whose address this is, or NULL: nobody's in particular. */
const struct user_address *config_address_owner(const struct config *config, struct addr addr);

/* Does the access list permit the pair? First entry that matches decides; none: not permitted.
 * Both selectors must lie inside the entry's (an entry that only overlaps does not match). */
bool acl_permits(const struct acl *acl, const struct selector *source,
                 const struct selector *destination);

#endif
