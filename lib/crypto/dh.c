/* The table of Diffie-Hellman groups and the checks that are the same for all of them. The
 * arithmetic is in dh_modp.c, dh_ecp.c and dh_x25519.c; nothing here or there keeps state, so
 * worker threads need no lock. */
#include "crypto/dh.h"

#include "crypto/dh_family.h"

/* Exponents: at least twice the strength of the group, never the length of the prime (KEYING). */
static const struct {
    struct dh_group group;
    const struct dh_family *family;
} groups[] = {
    /* number, bits, public, shared, private, weak */
    {{1, 768, 96, 96, 32, true}, &dh_modp},      {{2, 1024, 128, 128, 32, true}, &dh_modp},
    {{5, 1536, 192, 192, 32, true}, &dh_modp},   {{14, 2048, 256, 256, 32, false}, &dh_modp},
    {{15, 3072, 384, 384, 40, false}, &dh_modp}, {{16, 4096, 512, 512, 40, false}, &dh_modp},
    {{19, 256, 64, 32, 32, false}, &dh_ecp},     {{20, 384, 96, 48, 48, false}, &dh_ecp},
    {{21, 521, 132, 66, 66, false}, &dh_ecp},    {{31, 255, 32, 32, 32, false}, &dh_x25519},
};

enum { GROUPS = sizeof groups / sizeof groups[0] };

const struct dh_group *dh_group(uint16_t number)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (groups[i].group.number == number)
            return &groups[i].group;
    return NULL;
}

/* NULL for a group that did not come from dh_group. */
static const struct dh_family *family_of(const struct dh_group *group)
{
    for (size_t i = 0; i < GROUPS; i++)
        if (&groups[i].group == group)
            return groups[i].family;
    return NULL;
}

enum rc dh_check_public(const struct dh_group *group, struct span peer_public)
{
    const struct dh_family *family = family_of(group);
    if (!family || peer_public.len != group->public_len)
        return RC_MALFORMED;
    return family->check(group, peer_public.at);
}

enum rc dh_public(const struct dh_group *group, const uint8_t *private_value, uint8_t *public_out)
{
    const struct dh_family *family = family_of(group);
    return family ? family->make_public(group, private_value, public_out) : RC_CRYPTO;
}

enum rc dh_shared(const struct dh_group *group, const uint8_t *private_value,
                  struct span peer_public, uint8_t *shared_out)
{
    const struct dh_family *family = family_of(group);
    if (!family || peer_public.len != group->public_len)
        return RC_MALFORMED;
    return family->share(group, private_value, peer_public.at, shared_out);
}
