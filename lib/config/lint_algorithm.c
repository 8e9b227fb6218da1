/* Algorithms that are too weak for what they protect, written or inherited from IOS's defaults. */
#include "config/lint.h"

static const struct draft_policy *policy_at(const struct lint *lint, size_t i)
{
    return i < lint->draft->policies.count ? lint->draft->policies.at[i] : NULL;
}

static void find_policy_cipher(struct lint *lint, enum cipher_alg cipher, const char *name)
{
    const struct draft_policy *policy;
    for (size_t i = 0; (policy = policy_at(lint, i)); i++)
        if (policy->body.cipher == cipher)
            lint_found(lint, policy->cipher_line ? policy->cipher_line : policy->body.line,
                       "isakmp policy %u uses %s", policy->body.priority, name);
}

static void find_set_cipher(struct lint *lint, enum packet_cipher cipher, const char *name)
{
    for (size_t i = 0; i < lint->config->transform_set_count; i++)
        if (lint->config->transform_sets[i].suite.cipher == cipher)
            lint_found(lint, lint->config->transform_sets[i].line, "transform set %s uses %s",
                       lint->config->transform_sets[i].name, name);
}

static void find_des(struct lint *lint)
{
    find_policy_cipher(lint, CIPHER_DES, "DES");
    find_set_cipher(lint, PACKET_DES_CBC, "DES");
}

static void find_3des(struct lint *lint)
{
    find_policy_cipher(lint, CIPHER_3DES, "3DES");
    find_set_cipher(lint, PACKET_3DES_CBC, "3DES");
}

static void find_null(struct lint *lint)
{
    find_set_cipher(lint, PACKET_NULL, "no cipher");
}

static void find_md5(struct lint *lint)
{
    const struct draft_policy *policy;
    for (size_t i = 0; (policy = policy_at(lint, i)); i++)
        if (policy->body.hash == HASH_MD5)
            lint_found(lint, policy->hash_line, "isakmp policy %u uses MD5", policy->body.priority);
    for (size_t i = 0; i < lint->config->transform_set_count; i++)
        if (lint->config->transform_sets[i].suite.integrity == HASH_MD5)
            lint_found(lint, lint->config->transform_sets[i].line, "transform set %s uses MD5",
                       lint->config->transform_sets[i].name);
}

static void find_group(struct lint *lint, uint16_t group)
{
    const struct config *config = lint->config;
    const struct draft_policy *policy;
    for (size_t i = 0; (policy = policy_at(lint, i)); i++)
        if (policy->body.group == group)
            lint_found(lint, policy->group_line ? policy->group_line : policy->body.line,
                       "isakmp policy %u uses group %u", policy->body.priority, group);
    for (size_t i = 0; i < config->dynamic_map_count; i++)
        for (size_t k = 0; k < config->dynamic_maps[i].entry_count; k++)
            if (config->dynamic_maps[i].entries[k].pfs_group == group)
                lint_found(lint, config->dynamic_maps[i].entries[k].line,
                           "dynamic map %s %u asks PFS with group %u", config->dynamic_maps[i].name,
                           config->dynamic_maps[i].entries[k].sequence, group);
    for (size_t i = 0; i < config->crypto_map_count; i++)
        for (size_t k = 0; k < config->crypto_maps[i].entry_count; k++)
            if (config->crypto_maps[i].entries[k].pfs_group == group)
                lint_found(lint, config->crypto_maps[i].entries[k].line,
                           "crypto map %s %u asks PFS with group %u", config->crypto_maps[i].name,
                           config->crypto_maps[i].entries[k].sequence, group);
}

static void find_group_1(struct lint *lint)
{
    find_group(lint, 1);
}

static void find_group_2(struct lint *lint)
{
    find_group(lint, 2);
}

static void find_group_5(struct lint *lint)
{
    find_group(lint, 5);
}

/* What IOS fills in silently is said as the line that would have said it. */
static void find_inherited(struct lint *lint)
{
    const struct draft_policy *policy;
    for (size_t i = 0; (policy = policy_at(lint, i)); i++) {
        if (!policy->cipher_line)
            lint_found(lint, policy->body.line, "isakmp policy %u inherits \"encryption des\"",
                       policy->body.priority);
        if (!policy->group_line)
            lint_found(lint, policy->body.line, "isakmp policy %u inherits \"group 1\"",
                       policy->body.priority);
    }
}

static void find_rsa(struct lint *lint)
{
    for (size_t i = 0; i < lint->config->policy_count; i++)
        if (lint->config->policies[i].auth == ISAKMP_AUTH_RSA_SIG)
            lint_found(lint, lint->config->policies[i].line,
                       "isakmp policy %u inherits \"authentication rsa-sig\"",
                       lint->config->policies[i].priority);
}

static void find_no_policy(struct lint *lint)
{
    if (lint->config->policy_count == 0 && lint->config->crypto_map_count > 0)
        lint_found(lint, lint->config->crypto_maps[0].line, "there is no isakmp policy");
}

const struct lint_rule lint_algorithm_rules[] = {
    {"inherited-default", CONFIG_WARNING,
     "IOS fills this in, and so does Hubward because real peers rely on it; write the line, or a "
     "stronger one such as \"encryption aes 256\" and \"group 14\"",
     find_inherited},
    {"rsa-sig", CONFIG_WARNING,
     "no peer can use the policy before \"authentication pre-share\" stands in it", find_rsa},
    {"no-policy", CONFIG_WARNING, "phase 1 cannot be negotiated with anyone", find_no_policy},
    {"weak-des", CONFIG_WARNING,
     "a recorded packet is decrypted in a day by a machine anyone can rent", find_des},
    {"weak-3des", CONFIG_NOTE,
     "its 64-bit blocks leak after some gigabytes under one key, so keep lifetimes short, and "
     "offer AES first",
     find_3des},
    {"no-encryption", CONFIG_WARNING, "everyone on the way reads the packets", find_null},
    {"weak-md5", CONFIG_WARNING,
     "HMAC-MD5 is not broken yet, but nothing else in the tunnel is as close to it", find_md5},
    {"weak-group-1", CONFIG_WARNING,
     "768-bit Diffie-Hellman has been broken, and with it every recorded session", find_group_1},
    {"weak-group-2", CONFIG_WARNING,
     "1024-bit Diffie-Hellman is within a state's reach, and with it every recorded session",
     find_group_2},
    {"weak-group-5", CONFIG_NOTE, "1536-bit Diffie-Hellman is below what is advised today",
     find_group_5},
    {.id = NULL},
};
