/* Fuzzing SA payloads of both phases against a small built-in configuration. The first octet
 * chooses the phase and the circumstances. What the responder chooses, its echo must be an answer
 * that the initiator of the same configuration takes, with the same outcome. */
#include "ike/proposal.h"

#include <stdlib.h>

enum { INPUT_MAX = 8192, SPI = 0x01020304 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const struct isakmp_policy policies[] = {
    {.priority = 10, .cipher = CIPHER_3DES, .hash = HASH_SHA1, .group = 2, .lifetime_s = 86400},
    {.priority = 20,
     .cipher = CIPHER_AES,
     .key_bits = 256,
     .hash = HASH_SHA256,
     .group = 14,
     .lifetime_s = 3600},
    {.priority = 30, .cipher = CIPHER_DES, .hash = HASH_MD5, .group = 1, .lifetime_s = 60},
    {.priority = 40,
     .cipher = CIPHER_AES,
     .key_bits = 128,
     .hash = HASH_SHA512,
     .group = 31,
     .lifetime_s = 60,
     .auth = ISAKMP_AUTH_RSA_SIG},
};
static const struct config config = {.policies = policies,
                                     .policy_count = sizeof policies / sizeof *policies};

static const struct transform_set sets[] = {
    {.name = "des3", .suite = {PACKET_3DES_CBC, 0, HASH_SHA1, 12}},
    {.name = "aes", .suite = {PACKET_AES_CBC, 128, HASH_SHA256, 16}},
    {.name = "gcm", .suite = {PACKET_AES_GCM, 256, HASH_NONE, 16}},
    {.name = "null", .suite = {PACKET_NULL, 0, HASH_MD5, 12}},
};
static const struct transform_set *const set_list[] = {&sets[0], &sets[1], &sets[2], &sets[3]};

static bool terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* A record is whole whatever the outcome. */
static void check_decision(const struct decision *decision, enum rc rc)
{
    require(decision->accepted == (rc == RC_OK));
    require(terminated(decision->ours, sizeof decision->ours));
    require(terminated(decision->theirs, sizeof decision->theirs));
    require(terminated(decision->hint, sizeof decision->hint));
    require(rc != RC_NO_PROPOSAL || (decision->hint[0] && decision->rule != RULE_CHOSEN));
}

static void check_echo(struct span whole, const struct ike_choice *choice)
{
    require(choice->transform.at >= whole.at &&
            choice->transform.at + choice->transform.len <= whole.at + whole.len);
}

static void run_phase1(uint8_t options, struct span body)
{
    static const size_t ke_lens[] = {0, 128, 256, 96};
    struct ike_suite suite;
    struct ike_suite again;
    struct ike_choice choice;
    struct decision decision;
    uint8_t echo[INPUT_MAX + 64];
    enum rc rc = ike_p1_choose(body, &config, options >> 1 & (ALLOW_PSK | ALLOW_XAUTH),
                               ke_lens[options >> 3 & 3], &suite, &choice, &decision);
    check_decision(&decision, rc);
    if (rc != RC_OK)
        return;
    check_echo(body, &choice);
    require(suite.lifetime_s > 0 && suite.policy <= 30);
    struct builder b = builder_of(echo, sizeof echo);
    ike_p1_put_choice(&b, &choice);
    require(!b.bad);
    require(ike_p1_accept(builder_span(&b), &config, suite.auth_method, &again) == RC_OK);
    require(again.policy == suite.policy && again.lifetime_s == suite.lifetime_s &&
            again.group == suite.group && again.hash == suite.hash);
}

static void run_phase2(uint8_t options, struct span body)
{
    static const size_t ke_lens[] = {0, 128, 256, 32};
    struct ike_child_terms terms = {.sets = set_list,
                                    .set_count = sizeof set_list / sizeof *set_list,
                                    .pfs_group = options & 2 ? 2 : 0,
                                    .lifetime_s = 3600,
                                    .lifetime_kb = 4608000,
                                    .natt = (enum ike_natt_kind)((options >> 5 & 3) % 3)};
    struct ike_child_suite suite;
    struct ike_child_suite again;
    struct ike_choice choice;
    struct decision decision;
    uint8_t echo[INPUT_MAX + 64];
    uint32_t spi = 0;
    enum rc rc = ike_p2_choose(body, &terms, ke_lens[options >> 3 & 3], &suite, &choice, &decision);
    check_decision(&decision, rc);
    if (rc != RC_OK)
        return;
    check_echo(body, &choice);
    require(choice.spi.len == 4 && packet_key_len(&suite.packet) > 0);
    require(suite.lifetime_s > 0 && suite.lifetime_s <= 3600 && suite.lifetime_kb <= 4608000);
    struct builder b = builder_of(echo, sizeof echo);
    ike_p2_put_choice(&b, &choice, SPI);
    require(!b.bad);
    terms.pfs_group = suite.pfs_group;
    require(ike_p2_accept(builder_span(&b), &terms, &again, &spi) == RC_OK && spi == SPI);
    require(again.packet.cipher == suite.packet.cipher &&
            again.packet.integrity == suite.packet.integrity &&
            again.packet.key_bits == suite.packet.key_bits &&
            again.lifetime_s == suite.lifetime_s && again.encapsulation == suite.encapsulation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    struct span body = {data + 1, size - 1};
    if (data[0] & 1)
        run_phase2(data[0], body);
    else
        run_phase1(data[0], body);
    return 0;
}
