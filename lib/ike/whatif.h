/* What would happen to a peer that is described: the stages of its way through a configuration,
 * each with the record that the engine itself would have made, because the same functions make it.
 * Pure: nothing of what runs is asked, so passwords, free addresses and what other peers hold are
 * not judged. */
#ifndef HUBWARD_IKE_WHATIF_H
#define HUBWARD_IKE_WHATIF_H

#include "ike/proposal.h"
#include "select/identity.h"

enum { WHATIF_SUITES = 8, WHATIF_STAGES = 12, WHATIF_NAME = 48, WHATIF_PROBLEM = 160 };

/* The peer, as it would come. */
struct whatif_peer {
    struct endpoint from;        /* another port than 500: it is behind NAT */
    char interface[WHATIF_NAME]; /* where it comes in; "": the first with a crypto map */
    bool aggressive;
    struct identity identity; /* ID_NONE: its address */
    uint16_t auth;            /* AUTH_PSK, AUTH_XAUTH_INIT_PSK */
    char key[WHATIF_NAME];    /* key-selection verify: name of the key that it has; "": one that
                                 lets it in, if there is one */
    /* Phase 1: what it offers, in its order; none: just what the hub's policies say. */
    struct isakmp_policy suites[WHATIF_SUITES];
    size_t suite_count;
    /* Phase 2: what it offers; none: transforms are not judged. pfs_group 0: without PFS. */
    struct transform_set sets[WHATIF_SUITES];
    size_t set_count;
    uint16_t pfs_group;
    bool has_proxies;
    struct selector local;  /* the hub's side */
    struct selector remote; /* the peer's side */
};

struct whatif_stage {
    const char
        *message;  /* where in the exchanges: "MM1", "MM5", "AM1", "Xauth", "mode-config", "QM1" */
    bool deciding; /* not accepted, and the way ends here */
    struct decision decision;
};

struct whatif {
    bool accepted;
    bool phase2_open; /* phase 2 was not judged: no proxies are known */
    struct whatif_stage stages[WHATIF_STAGES];
    size_t stage_count;
};

/* config and peer are borrowed for the call; nothing in *out points to them. When it is not
 * accepted exactly one stage is deciding. */
void whatif_run(const struct config *config, const struct whatif_peer *peer, struct whatif *out);

/* Read a description:
 *   from ADDRESS [port N] [interface NAME] [mode main|aggressive] [id TYPE VALUE] [auth psk|xauth]
 *   [key NAME] [offer SUITE…] [proxies LOCAL REMOTE]
 * in any order behind `from`; TYPE: address, fqdn, user-fqdn, key-id; SUITE as whatif_read_suite;
 * LOCAL and REMOTE: an address, ADDRESS/LENGTH or `any`. Without them: port 500, main mode, its
 * address as identity, psk in main and xauth in aggressive mode.
 * RC_MALFORMED: problem is one sentence for whoever wrote it; *out is then unset. */
MUST_USE enum rc whatif_parse(const char *words, struct whatif_peer *out,
                              char problem[WHATIF_PROBLEM]);

/* Add one suite to what the peer offers. Phase 1: CIPHER[-BITS]-HASH-GROUP (3des-sha-2,
 * aes-256-sha256-14). Phase 2: esp-CIPHER[-BITS][-HASH][-PFSGROUP] (esp-3des-sha,
 * esp-aes-256-sha256-14, esp-gcm-128). RC_MALFORMED: no such suite. RC_FULL: more than
 * WHATIF_SUITES of a phase. RC_EXISTS: its PFS group is not that of the suites before. */
MUST_USE enum rc whatif_read_suite(const char *text, struct whatif_peer *peer);

#endif
