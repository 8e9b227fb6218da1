/* The algorithms of a configuration. The long names of phase 1 are those that IOS prints. */
#include "cli/show_policy.h"

#include "cli/document.h"
#include "cli/running.h"
#include "crypto/dh.h"
#include "host/status_text.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    bool weak;
} ciphers[] = {
    [CIPHER_NONE] = {"none", true},
    [CIPHER_DES] = {"DES - Data Encryption Standard (56 bit keys).", true},
    [CIPHER_3DES] = {"Three key triple DES", true},
    [CIPHER_AES] = {"AES - Advanced Encryption Standard", false},
};

static const struct {
    const char *name;
    bool weak;
} hashes[] = {
    [HASH_NONE] = {"none", true},
    [HASH_MD5] = {"Message Digest 5", true},
    [HASH_SHA1] = {"Secure Hash Standard", false},
    [HASH_SHA256] = {"Secure Hash Standard 2 (256 bit)", false},
    [HASH_SHA384] = {"Secure Hash Standard 2 (384 bit)", false},
    [HASH_SHA512] = {"Secure Hash Standard 2 (512 bit)", false},
};

static const struct {
    const char *name, *word;
} auths[] = {
    [ISAKMP_AUTH_PSK] = {"Pre-Shared Key", "pre-share"},
    [ISAKMP_AUTH_RSA_SIG] = {"Rivest-Shamir-Adleman Signature (not supported)", "rsa-sig"},
};

bool show_group_weak(unsigned group)
{
    const struct dh_group *known = dh_group((uint16_t)group);
    return known && known->weak;
}

static const char *mark(bool weak)
{
    return weak ? SHOW_WEAK : "";
}

static void policy(struct sink *out, const struct isakmp_policy *policy)
{
    const struct dh_group *group = dh_group(policy->group);
    char bits[32] = "";
    if (policy->cipher == CIPHER_AES)
        snprintf(bits, sizeof bits, " (%u bit keys).", policy->key_bits);
    sink_format(out, "Protection suite of priority %u\n", policy->priority);
    sink_format(out, "\tencryption algorithm:\t%s%s%s\n", ciphers[policy->cipher].name, bits,
                mark(ciphers[policy->cipher].weak));
    sink_format(out, "\thash algorithm:\t\t%s%s\n", hashes[policy->hash].name,
                mark(hashes[policy->hash].weak));
    sink_format(out, "\tauthentication method:\t%s\n", auths[policy->auth].name);
    sink_format(out, "\tDiffie-Hellman group:\t#%u (%u bit)%s\n", policy->group,
                group ? group->bits : 0, mark(show_group_weak(policy->group)));
    sink_format(out, "\tlifetime:\t\t%u seconds, no volume limit\n", policy->lifetime_s);
}

void show_policies(struct sink *out, const struct config *config)
{
    sink_text(out, "\nGlobal IKE policy\n");
    if (!config->policy_count)
        sink_text(out, "No protection suite: phase 1 cannot be negotiated\n");
    for (size_t i = 0; i < config->policy_count; i++)
        policy(out, &config->policies[i]);
}

static bool policy_weak(const struct isakmp_policy *policy)
{
    return ciphers[policy->cipher].weak || hashes[policy->hash].weak ||
           show_group_weak(policy->group);
}

json_t *show_policies_json(const struct config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->policy_count; i++) {
        const struct isakmp_policy *policy = &config->policies[i];
        array = document_add(
            array,
            json_pack("{si,ss,si,ss,ss,si,sI,sb,si}", "priority", (int)policy->priority, "cipher",
                      cipher_word(policy->cipher), "key_bits", (int)policy->key_bits, "hash",
                      hash_word(policy->hash), "authentication", auths[policy->auth].word,
                      "dh_group", (int)policy->group, "lifetime_s", (json_int_t)policy->lifetime_s,
                      "weak", (int)policy_weak(policy), "line", (int)policy->line));
    }
    return array;
}

void show_transform_sets(struct sink *out, const struct config *config)
{
    char suite[SUITE_TEXT];
    for (size_t i = 0; i < config->transform_set_count; i++) {
        const struct transform_set *set = &config->transform_sets[i];
        sink_text(out, i ? "\nTransform set " : "Transform set ");
        running_safe(out, set->name, strlen(set->name));
        sink_format(out, ": { %s  }%s\n", suite_format(&set->suite, suite),
                    mark(status_suite_weak(&set->suite)));
        sink_format(out, "   will negotiate = { %s,  },\n",
                    set->transport ? "Transport" : "Tunnel");
    }
}

json_t *show_transform_sets_json(const struct config *config)
{
    json_t *array = json_array();
    char suite[SUITE_TEXT];
    for (size_t i = 0; i < config->transform_set_count; i++) {
        const struct transform_set *set = &config->transform_sets[i];
        array = document_add(array, json_pack("{so,ss,ss,sb,si}", "name", document_text(set->name),
                                              "suite", suite_format(&set->suite, suite), "mode",
                                              set->transport ? "transport" : "tunnel", "weak",
                                              (int)status_suite_weak(&set->suite), "line",
                                              (int)set->line));
    }
    return array;
}
