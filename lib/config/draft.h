/* The draft: what the lines said, objects still found by name. One draft object wraps each object
 * of the configuration and stands in scratch memory; strings and secrets go into the
 * configuration's arena at once, so they are never copied again. */
#ifndef HUBWARD_CONFIG_DRAFT_H
#define HUBWARD_CONFIG_DRAFT_H

#include "config/config.h"
#include "config/text.h"

/* Pointers to objects that do not move. */
struct items {
    void **at;
    size_t count;
};

/* A name that another line must define. */
struct reference {
    const char *name; /* NULL: none */
    unsigned line;
    unsigned column;
};

/* In each wrapper `body` stands first: a pointer to one is a pointer to the other. */
struct draft_policy {
    struct isakmp_policy body;
    unsigned cipher_line; /* where it is written; 0: IOS's default */
    unsigned hash_line;
    unsigned group_line;
};
struct draft_keyring {
    struct keyring body;
    struct items entries; /* struct keyring_entry */
};
struct draft_profile {
    struct isakmp_profile body;
    struct items keyrings; /* struct reference */
    struct items matches;  /* struct identity_match */
    struct reference xauth;
    struct reference authorization;
    struct reference accounting;
};
struct draft_group {
    struct client_group body;
    unsigned key_line;
    struct reference pool;
    struct reference more[GROUP_POOLS];
    struct reference split;
};
struct draft_identity {
    struct identity_list body;
    struct items matches; /* struct identity_match */
};
struct draft_entry {
    struct map_entry body;
    struct reference dynamic;
    struct items sets; /* struct reference */
    struct reference match;
    struct reference profile;
    struct reference identity;
};
struct draft_dynamic {
    struct dynamic_map body;
    struct items entries; /* struct draft_entry, by sequence */
};
struct draft_map {
    struct crypto_map body;
    struct items entries; /* struct draft_entry, by sequence */
    struct reference xauth;
    struct reference authorization;
    struct reference profile;
    struct reference accounting;
};
struct draft_pool {
    struct pool body;
    struct items ranges; /* struct pool_range */
};
struct draft_acl_entry {
    struct acl_entry body;
    unsigned sequence;
    const char *refusal; /* why it cannot be used to select traffic; NULL: it can */
    unsigned column;
};
struct draft_acl {
    struct acl body;
    bool used;            /* by a crypto command */
    struct items entries; /* struct draft_acl_entry, by sequence */
};
struct draft_interface {
    struct config_interface body;
    struct reference map;
};
struct draft_mapping {
    const char *ios_name;
    const char *linux_name;
    unsigned line; /* 0: command line */
};
struct draft_authorization {
    const char *name;
    unsigned line;
};

struct draft_user_address {
    struct user_address body;
    struct reference group;
    unsigned column; /* of the address */
};

struct draft_pam_service {
    struct pam_service body;
    unsigned column;
};

struct draft {
    struct config *config; /* scalars are set here at once */
    struct arena *arena;   /* the configuration's */
    struct arena *scratch;
    struct items policies, keyrings, profiles, groups, sets, identities, dynamic_maps, crypto_maps,
        pools, acls, interfaces, routes, lists, authorizations, accountings, users, user_addresses,
        pam_roots, pam_givers, mappings;
    struct reference pool; /* of groups that name none */
    void *object;          /* of the open submode */
    bool ended;            /* `end` was read */
    bool printed;          /* `show running-config` wrote the text: <hidden> stands for a secret */
};

/* Defaults, and the keyring "default". RC_NO_MEMORY. */
MUST_USE enum rc draft_init(struct draft *draft, struct config *config, struct arena *scratch);

/* A zeroed draft object at the end of items, or NULL when memory is out. */
void *draft_append(struct draft *draft, struct items *items, size_t size);
MUST_USE enum rc draft_insert(struct draft *draft, struct items *items, size_t place, void *item);
void draft_remove(struct items *items, const void *item);

/* The wrapper whose body, which starts with its name, has this name; NULL. */
void *draft_find(const struct items *items, const char *name);
/* The same, made when it is missing (with a copy of the name); NULL when memory is out. */
void *draft_find_or_append(struct draft *draft, struct items *items, const char *name, size_t size);

/* Copies into the configuration's arena; NULL when memory is out. */
const char *draft_text(struct draft *draft, const char *text);

#endif
