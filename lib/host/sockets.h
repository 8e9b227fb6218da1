/* The outer sockets of a hub or spoke: UDP 500, the pair on UDP 4500 that the kernel divides
 * between key and path, and protocol 50. Bound to every address; which one may be used is key's
 * business. Every socket option is set here, because key and path have no setsockopt. */
#ifndef HUBWARD_HOST_SOCKETS_H
#define HUBWARD_HOST_SOCKETS_H

#include "base/addr.h"

enum { SOCKETS_PORT_IKE = 500, SOCKETS_PORT_NATT = 4500 };

/* Each: non-blocking, close-on-exec, marked (SO_MARK) so that the routing of protected nets does
 * not catch outer packets. The descriptors are the caller's. RC_IO: complaint (size octets) is a
 * sentence that names the port and who may hold it. */
MUST_USE enum rc sockets_ike(enum addr_family family, uint32_t mark, int *out, char *complaint,
                             size_t size);

/* The reuseport group on 4500: what begins with four zero octets (the non-ESP marker, RFC
 * 3948, 2.2) goes to *key, everything else to *path. The steering program is locked into both. */
MUST_USE enum rc sockets_natt(enum addr_family family, uint32_t mark, int *key, int *path,
                              char *complaint, size_t size);

/* Raw protocol 50. On IPv4 a received packet begins with its IP header. */
MUST_USE enum rc sockets_esp(enum addr_family family, uint32_t mark, int *out, char *complaint,
                             size_t size);

#endif
