/* Packets through a TUN device that somebody else opened (host/netdev.h): one packet a call,
 * without packet information, never blocking. */
#ifndef HUBWARD_HOST_TUN_H
#define HUBWARD_HOST_TUN_H

#include "base/rc.h"

#include <stddef.h>
#include <stdint.h>

/* Read one IP packet of at most size octets; a longer one is cut, which its own length shows.
 * RC_AGAIN: none is waiting. RC_IO: the device is down or gone. */
MUST_USE enum rc tun_read(int fd, uint8_t *out, size_t size, size_t *len);

/* Give one IP packet to the system. RC_AGAIN: its queue is full. RC_IO: refused. */
MUST_USE enum rc tun_write(int fd, const uint8_t *packet, size_t len);

#endif
