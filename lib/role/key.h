/* The key role: the only process that holds PSKs and runs IKE. It owns an engine, feeds it
 * datagrams, answers and time, and applies its effects in order; it opens no file, waits for no
 * disk and no login. Hub and spoke run the same role; the spoke adds a dialler. */
#ifndef HUBWARD_ROLE_KEY_H
#define HUBWARD_ROLE_KEY_H

#include "config/config.h"

#include <stdint.h>

/* Who brings tunnels up without being asked by traffic. All NULL on the hub. */
struct key_dialler {
    void *context;
    /* The configuration is known. */
    void (*start)(void *context, const struct config *config, uint64_t now_ms);
    /* When it wants to dial next; UINT64_MAX: never. */
    uint64_t (*due_ms)(void *context);
    /* It was dialled; so many tunnels were missing. */
    void (*dialled)(void *context, uint32_t missing, uint64_t now_ms);
    /* An interface has a new address: what was tried in vain may work now. */
    void (*address_changed)(void *context, uint64_t now_ms);
};

/* Run as a child of the warden. Returns the exit status. */
int key_main(const struct key_dialler *dialler);

#endif
