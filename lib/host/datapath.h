/* Forwarding between sockets and TUN devices through the SAs of esp/: what is done with packets,
 * not when. The owner watches the descriptors, calls datapath_readable, and is told through hooks
 * what the key process should know. One owner, no lock, no clock. */
#ifndef HUBWARD_HOST_DATAPATH_H
#define HUBWARD_HOST_DATAPATH_H

#include "base/rng.h"
#include "esp/inner.h"
#include "esp/sadb.h"
#include "host/message_path.h"

/* Called while packets are handled; must not install or delete SAs. NULL: not wanted. */
struct datapath_hooks {
    void *context;
    /* An IKE datagram came to the socket of UDP-encapsulated ESP. */
    void (*ike)(void *context, const struct path_datagram *datagram);
    void (*event)(void *context, enum sa_event event, const struct esp_sa *sa);
    /* An outbound packet has no SA that would take it. Called for every such packet. */
    void (*acquire)(void *context, uint32_t tun, const struct esp_inner *inner);
};

struct datapath;

/* seed: random. tunnels: how many at most. hooks and rng are copied. NULL: out of memory. */
struct datapath *datapath_new(uint64_t seed, size_t tunnels, const struct datapath_hooks *hooks,
                              struct rng rng);
void datapath_free(struct datapath *datapath); /* wipes, closes all descriptors; NULL allowed */

enum { DATAPATH_SOCKETS = 16, DATAPATH_TUNS = 1024 };

/* Take over a UDP or raw ESP socket that udp_prepare has readied, or a TUN device. The descriptor
 * is closed with the datapath, and at once on an error. RC_FULL. RC_UNSUPPORTED: not such a socket.
 * RC_EXISTS: there is a TUN of this number. RC_IO. RC_NO_MEMORY. */
MUST_USE enum rc datapath_add_socket(struct datapath *datapath, int take_fd);
MUST_USE enum rc datapath_add_tun(struct datapath *datapath, uint32_t number, int take_fd);

/* Handle what is waiting on a descriptor that was added, in a bounded number of batches, so that
 * others get their turn: what is left makes the descriptor readable again. RC_NOT_FOUND. RC_IO: the
 * descriptor failed. */
MUST_USE enum rc datapath_readable(struct datapath *datapath, int fd, uint64_t now_ms);

struct esp_sadb *datapath_sadb(struct datapath *datapath);
const struct drop_counters *datapath_drops(const struct datapath *datapath);
/* Count a packet that the owner had to drop. */
void datapath_drop(struct datapath *datapath, enum drop_reason reason);

#endif
