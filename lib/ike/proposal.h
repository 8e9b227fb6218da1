/* SA payloads: reading offers, choosing against policy, echoing the choice, making our own offers
 * (RFC 2407, 4.4 and 4.5; RFC 2409, appendix A). Every refusal says which value of which policy
 * differed. */
#ifndef HUBWARD_IKE_PROPOSAL_H
#define HUBWARD_IKE_PROPOSAL_H

#include "config/config.h"
#include "ike/payload.h"
#include "select/decision.h"

enum ike_auth_method {
    AUTH_PSK = 1,
    AUTH_RSA_SIG = 3,
    AUTH_XAUTH_INIT_PSK = 65001,
    AUTH_XAUTH_RESP_PSK = 65002
};

/* What phase 1 was agreed on. Copied from the policy: no pointer into the configuration stays. */
struct ike_suite {
    enum cipher_alg cipher;
    uint16_t key_bits; /* AES only */
    enum hash_alg hash;
    uint16_t group;
    uint16_t auth_method;       /* enum ike_auth_method */
    uint32_t lifetime_s;        /* the shorter of both */
    uint32_t policy_lifetime_s; /* ours, when the offer was longer: tell with RESPONDER-LIFETIME;
                                   else 0 */
    unsigned policy;            /* priority of the policy */
};

/* The proposal and the transform that won, with their numbers, to be echoed unmodified. */
struct ike_choice {
    uint8_t proposal_number;
    uint8_t transform_count_seen;
    struct span transform; /* the transform payload's whole octets, borrowing the message */
    struct span spi;       /* phase 2: the peer's SPI */
    uint8_t protocol;
};

/* What auth methods may be chosen: a bit each. With a profile or group that requires Xauth only
 * ALLOW_XAUTH; before the identity is known (main mode) both may be allowed. When both are offered
 * and allowed, Xauth wins. */
enum { ALLOW_PSK = 1, ALLOW_XAUTH = 2 };

/* Choose for the responder: policies by priority, inside one policy the peer's order. ke_len: 0, or
 * in aggressive mode the length of the KE payload, which fixes the group. RC_MALFORMED: not a
 * proper SA payload (DOI, situation, protocol, nesting). RC_NO_PROPOSAL: decision says why, each
 * policy against the nearest offer. */
MUST_USE enum rc ike_p1_choose(struct span sa_body, const struct config *config, unsigned allowed,
                               size_t ke_len, struct ike_suite *suite, struct ike_choice *choice,
                               struct decision *decision);
/* The body of the SA payload that echoes the choice. */
void ike_p1_put_choice(struct builder *b, const struct ike_choice *choice);

/* Initiator: an offer of every PSK policy as one proposal of several transforms (group: 0, or only
 * that group's policies, for aggressive mode); auth_method as given. No such policy: b is
 * poisoned. */
void ike_p1_put_offer(struct builder *b, const struct config *config, uint16_t auth_method,
                      uint16_t group);
/* Initiator: the reply must be one proposal of one transform that we offered.
 * RC_MALFORMED, RC_NO_PROPOSAL. */
MUST_USE enum rc ike_p1_accept(struct span sa_body, const struct config *config,
                               uint16_t auth_method, struct ike_suite *suite);

/* What phase 2 was agreed on. */
struct ike_child_suite {
    struct packet_suite packet;
    uint16_t encapsulation; /* the attribute as negotiated: 1, 3, 61443; transports 2, 4, 61444 */
    uint16_t pfs_group;     /* 0: none */
    uint32_t lifetime_s;  /* the shorter of both; 28800 when the peer named none (RFC 2407, 4.5) */
    uint64_t lifetime_kb; /* the shorter; 0: none */
    bool tell_lifetime;   /* ours is shorter: RESPONDER-LIFETIME in QM2 */
};

/* Which encapsulation attribute is right on this path. */
enum ike_natt_kind { NATT_NONE, NATT_DRAFT, NATT_RFC };

struct ike_child_terms {
    const struct transform_set *const *sets;
    size_t set_count;
    uint16_t pfs_group; /* the entry's; 0: accept the peer's wish, any offered group, or none */
    uint32_t lifetime_s;
    uint64_t lifetime_kb;
    uint64_t ended_groups; /* 1 << group: none of these */
    enum ike_natt_kind natt;
};

/* Responder: sets in order against proposals in the peer's order; only ESP alone (a bundle with
 * IPCOMP or AH is skipped). Tunnel mode only; absence of the attribute counts as tunnel.
 * ke_group_len: octets of the KE payload, 0 = none. choice->spi is the peer's SPI (>= 256).
 * RC_MALFORMED, RC_NO_PROPOSAL (decision). */
MUST_USE enum rc ike_p2_choose(struct span sa_body, const struct ike_child_terms *terms,
                               size_t ke_len, struct ike_child_suite *suite,
                               struct ike_choice *choice, struct decision *decision);
/* Echo with our SPI. */
void ike_p2_put_choice(struct builder *b, const struct ike_choice *choice, uint32_t spi);

/* Initiator: one proposal per set, same SPI; lifetimes seconds and kilobytes (0 leaves out), group
 * when PFS. For a rekey towards a client pass one set. No set that can be offered: b is
 * poisoned. */
void ike_p2_put_offer(struct builder *b, const struct ike_child_terms *terms, uint32_t spi);
/* Initiator: one proposal of one transform that we offered. *peer_spi >= 256. */
MUST_USE enum rc ike_p2_accept(struct span sa_body, const struct ike_child_terms *terms,
                               struct ike_child_suite *suite, uint32_t *peer_spi);

/* A transform-set from what was negotiated, for rekeying with the same suite. */
struct transform_set ike_child_as_set(const struct ike_child_suite *suite);

/* Life attributes of a RESPONDER-LIFETIME notification, and their reading (0 = not named). A
 * notification about phase 2 (protocol ESP) uses the attribute numbers of RFC 2407, 4.5, one about
 * phase 1 (protocol ISAKMP) those of RFC 2409, appendix A; the reader knows both. */
void ike_lifetime_put(struct builder *b, uint32_t seconds, uint64_t kilobytes);
void ike_lifetime_put_phase1(struct builder *b, uint32_t seconds);
MUST_USE enum rc ike_lifetime_parse(struct span data, uint32_t *seconds, uint64_t *kilobytes);

bool ike_suite_weak(const struct ike_suite *suite);

#endif
