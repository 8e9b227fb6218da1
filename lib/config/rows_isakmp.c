/* Phase 1 apart from keys, profiles and groups: policies, identity, timers. */
#include "config/apply.h"
#include "config/printer.h"

#define NOT_YET "not supported yet"

/* ---- policies ---- */

static enum rc apply_policy(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const struct word *number = match_word(apply->match, "<1-10000>", 0);
    if (!number)
        return apply_error(apply, NULL, "the number of the policy is missing");
    unsigned priority = argument_number(number->text);
    size_t i = 0;
    while (i < draft->policies.count &&
           ((struct draft_policy *)draft->policies.at[i])->body.priority < priority)
        i++;
    struct draft_policy *policy = i < draft->policies.count ? draft->policies.at[i] : NULL;
    if (policy && policy->body.priority != priority)
        policy = NULL;
    if (apply->negated) {
        draft_remove(&draft->policies, policy);
        return RC_OK;
    }
    if (!policy) {
        policy = arena_alloc(draft->scratch, sizeof *policy);
        if (!policy || draft_insert(draft, &draft->policies, i, policy) != RC_OK)
            return RC_NO_MEMORY;
        policy->body = (struct isakmp_policy){.priority = priority,
                                              .cipher = CIPHER_DES,
                                              .hash = HASH_SHA1,
                                              .group = 1,
                                              .auth = ISAKMP_AUTH_RSA_SIG,
                                              .lifetime_s = 86400,
                                              .line = apply->head->line};
    }
    draft->object = policy;
    return RC_OK;
}

static unsigned aes_bits(const struct apply *apply)
{
    if (apply_has(apply, "256"))
        return 256;
    return apply_has(apply, "192") ? 192 : 128;
}

static enum rc apply_encryption(struct apply *apply)
{
    struct draft_policy *policy = apply->object;
    bool aes = !apply->negated && apply_has(apply, "aes");
    bool des3 = !apply->negated && apply_has(apply, "3des");
    policy->body.cipher = aes ? CIPHER_AES : des3 ? CIPHER_3DES : CIPHER_DES;
    policy->body.key_bits = aes ? aes_bits(apply) : 0;
    policy->cipher_line = apply->negated ? 0 : apply->head->line;
    return RC_OK;
}

static const struct {
    const char *keyword;
    enum hash_alg hash;
} hashes[] = {
    {"sha", HASH_SHA1},      {"md5", HASH_MD5},       {"sha256", HASH_SHA256},
    {"sha384", HASH_SHA384}, {"sha512", HASH_SHA512},
};

static enum rc apply_hash(struct apply *apply)
{
    struct draft_policy *policy = apply->object;
    policy->body.hash = HASH_SHA1;
    policy->hash_line = apply->negated ? 0 : apply->head->line;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes && !apply->negated; i++)
        if (apply_has(apply, hashes[i].keyword))
            policy->body.hash = hashes[i].hash;
    return RC_OK;
}

static enum rc apply_group(struct apply *apply)
{
    struct draft_policy *policy = apply->object;
    size_t last = apply->match->argument_count - 1;
    policy->group_line = apply->negated ? 0 : apply->head->line;
    policy->body.group =
        apply->negated ? 1 : (uint16_t)argument_number(apply->match->arguments[last].word->text);
    return RC_OK;
}

static enum rc apply_authentication(struct apply *apply)
{
    struct draft_policy *policy = apply->object;
    if (!apply->negated && !apply_has(apply, "pre-share"))
        return apply_error(apply, apply->match->arguments[1].word,
                           "certificates are " NOT_YET ": use \"authentication pre-share\"");
    policy->body.auth = apply->negated ? ISAKMP_AUTH_RSA_SIG : ISAKMP_AUTH_PSK;
    return RC_OK;
}

static void print_policies(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->policy_count; i++) {
        printer_line(printer, "crypto isakmp policy %u", config->policies[i].priority);
        printer_submode(printer, MODE_POLICY, &config->policies[i]);
    }
}

/* Defaults are printed too: nobody should have to know that IOS means DES. */
static void print_encryption(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_policy *policy = object;
    (void)row;
    if (policy->cipher == CIPHER_AES)
        printer_line(printer, "  encryption aes %u", policy->key_bits);
    else
        printer_line(printer, "  encryption %s", policy->cipher == CIPHER_3DES ? "3des" : "des");
}

static void print_hash(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_policy *policy = object;
    (void)row;
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (hashes[i].hash == policy->hash)
            printer_line(printer, "  hash %s", hashes[i].keyword);
}

static void print_group(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_policy *policy = object;
    (void)row;
    printer_line(printer, "  group %u", policy->group);
}

static void print_authentication(struct printer *printer, const struct row *row, const void *object)
{
    const struct isakmp_policy *policy = object;
    (void)row;
    if (policy->auth == ISAKMP_AUTH_PSK)
        printer_line(printer, "  authentication pre-share");
}

/* ---- the rest of phase 1 ---- */

static enum rc apply_identity(struct apply *apply)
{
    bool hostname = !apply->negated && apply_has(apply, "hostname");
    apply->draft->config->identity = hostname ? IDENTITY_HOSTNAME : IDENTITY_ADDRESS;
    return RC_OK;
}

static void print_identity(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    if (config->identity == IDENTITY_HOSTNAME)
        printer_line(printer, "crypto isakmp identity hostname");
}

static enum rc apply_keepalive(struct apply *apply)
{
    struct config *config = apply->draft->config;
    const char *seconds = apply_text(apply, "<10-3600>", 0);
    const char *retry = apply_text(apply, "<2-60>", 0);
    config->keepalive_s = apply->negated ? 0 : argument_number(seconds);
    config->keepalive_retry_s = apply->negated || !retry ? 2 : argument_number(retry);
    config->keepalive_periodic = !apply->negated && apply_has(apply, "periodic");
    return RC_OK;
}

static void print_keepalive(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    if (config->keepalive_s)
        printer_line(printer, "crypto isakmp keepalive %u %u%s", config->keepalive_s,
                     config->keepalive_retry_s, config->keepalive_periodic ? " periodic" : "");
}

/* Printed with the groups that have it. */
static enum rc apply_address_pool(struct apply *apply)
{
    if (!apply->negated)
        return apply_refer(apply, match_word(apply->match, "POOL", 0), &apply->draft->pool);
    apply->draft->pool = (struct reference){.name = NULL};
    return RC_OK;
}

const struct row rows_isakmp[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp policy <1-10000>",
     .help = "A proposal for phase 1; lower numbers are tried first",
     .apply = apply_policy,
     .print = print_policies,
     .opens = MODE_POLICY},
    {.mode = MODE_POLICY,
     .syntax = "encryption {des | 3des | aes [128 | 192 | 256]}",
     .help = "Cipher of phase 1",
     .standard = "des",
     .apply = apply_encryption,
     .print = print_encryption},
    {.mode = MODE_POLICY,
     .syntax = "hash {sha | md5 | sha256 | sha384 | sha512}",
     .help = "Hash of phase 1",
     .standard = "sha",
     .apply = apply_hash,
     .print = print_hash},
    {.mode = MODE_POLICY,
     .syntax = "authentication {pre-share | rsa-sig | rsa-encr}",
     .help = "How peers prove themselves: pre-share is a pre-shared key",
     .standard = "rsa-sig, which Hubward does not support yet",
     .apply = apply_authentication,
     .print = print_authentication},
    {.mode = MODE_POLICY,
     .syntax = "group {1 | 2 | 5 | 14 | 15 | 16 | 19 | 20 | 21 | 31}",
     .help = "Diffie-Hellman group",
     .standard = "1",
     .apply = apply_group,
     .print = print_group},
    {.mode = MODE_POLICY,
     .syntax = "lifetime <60-86400>",
     .help = "Seconds that a phase 1 lasts",
     .standard = "86400",
     .apply = apply_number,
     .print = print_number,
     .field = offsetof(struct draft_policy, body.lifetime_s),
     .shown = offsetof(struct isakmp_policy, lifetime_s),
     .initial = 86400},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp identity {address | hostname}",
     .help = "What this end calls itself",
     .standard = "address",
     .apply = apply_identity,
     .print = print_identity},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp identity dn",
     .help = "Call this end by its certificate's name",
     .refuse = NOT_YET ": use address or hostname"},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp keepalive <10-3600> [<2-60>] [periodic | on-demand]",
     .help = "Dead peer detection: seconds between probes, and between repeats",
     .standard = "off; probes of peers are answered",
     .apply = apply_keepalive,
     .print = print_keepalive},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp nat keepalive <5-3600>",
     .help = "Seconds between packets that keep a NAT's mapping open",
     .standard = "20",
     .apply = apply_number,
     .print = print_number,
     .field = offsetof(struct config, nat_keepalive_s),
     .shown = offsetof(struct config, nat_keepalive_s),
     .initial = 20},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp aggressive-mode disable",
     .help = "Refuse aggressive mode, and with it Xauth clients with a group name",
     .apply = apply_flag,
     .print = print_flag,
     .field = offsetof(struct config, aggressive_disabled),
     .shown = offsetof(struct config, aggressive_disabled)},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp enable",
     .help = "Speak IKE, which Hubward always does",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp client configuration address-pool local POOL",
     .help = "The pool of client configuration groups that name none",
     .apply = apply_address_pool},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp peer REST",
     .help = "Settings of one peer",
     .refuse = NOT_YET ": use a keyring and an isakmp profile"},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto isakmp {invalid-spi-recovery | xauth | fragmentation | default} [REST]",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto logging {session | ezvpn} [REST]",
     .help = "Log sessions, which Hubward always does"},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto {pki | ca | key | provisioning} REST",
     .help = "Certificates",
     .refuse = "certificates are " NOT_YET ": use pre-shared keys",
     .opens = MODE_REFUSED},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto {ikev2 | gdoi | tls-tunnel | vpn | call | engine | mib} REST",
     .help = "Protocols and settings of later releases",
     .refuse = NOT_YET,
     .opens = MODE_REFUSED},
    {.syntax = NULL},
};
