/* The key role: the only process that holds PSKs and runs IKE. It owns an engine, feeds it
 * datagrams, answers and time, and applies its effects in order; it opens no file, waits for no
 * disk and no login. Hub and spoke run the same role, and both dial what their maps say. */
#ifndef HUBWARD_ROLE_KEY_H
#define HUBWARD_ROLE_KEY_H

#include <stdbool.h>

/* In what hub and spoke differ. */
struct key_kind {
    bool has_store; /* it tells the leases of before; nothing is read from the network until then */
};

/* Run as a child of the warden; kind is borrowed. Returns the exit status. */
int key_main(const struct key_kind *kind);

#endif
