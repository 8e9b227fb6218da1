/* Pieces of configurations for tests of selection. */
#ifndef HUBWARD_TESTS_UNIT_SELECT_KIT_H
#define HUBWARD_TESTS_UNIT_SELECT_KIT_H

#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#define KIT_COUNT(array) (sizeof(array) / sizeof *(array))

static inline struct addr kit_addr(const char *text)
{
    struct addr addr;
    if (addr_parse(text, &addr) != RC_OK)
        abort();
    return addr;
}

static inline struct prefix kit_prefix(const char *text, uint8_t len)
{
    return prefix_of(kit_addr(text), len);
}

static inline struct selector kit_net(const char *text, uint8_t len)
{
    return selector_of_prefix(kit_prefix(text, len));
}

static inline struct keyring_entry kit_key(const char *addr, uint8_t len, const char *secret,
                                           unsigned line)
{
    return (struct keyring_entry){.kind = KEY_FOR_ADDRESS,
                                  .prefix = kit_prefix(addr, len),
                                  .secret = {(const uint8_t *)secret, strlen(secret)},
                                  .line = line};
}

static inline struct keyring_entry kit_host_key(const char *hostname, const char *secret,
                                                unsigned line)
{
    return (struct keyring_entry){.kind = KEY_FOR_HOSTNAME,
                                  .hostname = hostname,
                                  .secret = {(const uint8_t *)secret, strlen(secret)},
                                  .line = line};
}

static inline struct keyring kit_ring(const char *name, const struct keyring_entry *entries,
                                      size_t count)
{
    return (struct keyring){.name = name, .entries = entries, .entry_count = count};
}

static inline struct identity_match kit_match_net(const char *addr, uint8_t len, unsigned line)
{
    return (struct identity_match){
        .kind = MATCH_ADDRESS, .prefix = kit_prefix(addr, len), .line = line};
}

static inline struct identity_match kit_match(enum identity_match_kind kind, const char *text,
                                              unsigned line)
{
    return (struct identity_match){.kind = kind, .text = text, .line = line};
}

#endif
