/* Policies and outcomes for tests of phase 1 proposals. Included behind cmocka. */
#ifndef HUBWARD_TESTS_UNIT_IKE_PHASE1_KIT_H
#define HUBWARD_TESTS_UNIT_IKE_PHASE1_KIT_H

#include "ike/proposal.h"
#include "unit/ike/proposal_kit.h"

#define BOTH (ALLOW_PSK | ALLOW_XAUTH)

/* 3des sha group 2, and its authentication, as attributes. */
#define A_3DES  "80010005"
#define A_AES   "80010007"
#define A_SHA   "80020002"
#define A_PSK   "80030001"
#define A_XAUTH "8003fde9"
#define A_G2    "80040002"
#define A_DAY                                                                                      \
    "800b0001"                                                                                     \
    "000c000400015180"

static const struct isakmp_policy branch = {.priority = 10,
                                            .cipher = CIPHER_3DES,
                                            .hash = HASH_SHA1,
                                            .group = 2,
                                            .lifetime_s = 86400,
                                            .line = 33};
static const struct isakmp_policy modern = {.priority = 20,
                                            .cipher = CIPHER_AES,
                                            .key_bits = 256,
                                            .hash = HASH_SHA256,
                                            .group = 14,
                                            .lifetime_s = 3600,
                                            .line = 40};

static inline struct config config_of(const struct isakmp_policy *policies, size_t count)
{
    return (struct config){.policies = policies, .policy_count = count};
}

struct outcome {
    enum rc rc;
    struct ike_suite suite;
    struct ike_choice choice;
    struct decision decision;
    struct octets echo; /* of the choice */
};

static inline struct outcome choose(struct span body, const struct config *config, unsigned allowed,
                                    size_t ke_len)
{
    struct outcome out = {.suite.policy = 4242};
    uint8_t *exact = octets_exact(body.at, body.len);
    out.rc = ike_p1_choose((struct span){exact, body.len}, config, allowed, ke_len, &out.suite,
                           &out.choice, &out.decision);
    if (out.rc == RC_OK) {
        struct builder b = builder_of(out.echo.bytes, sizeof out.echo.bytes);
        ike_p1_put_choice(&b, &out.choice);
        assert_false(b.bad);
        out.echo.len = builder_len(&b);
    }
    assert_int_equal(out.decision.stage, STAGE_PROPOSAL);
    assert_int_equal(out.decision.accepted, out.rc == RC_OK);
    free(exact);
    return out;
}

#endif
