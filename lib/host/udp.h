/* Datagrams in batches: one system call for up to UDP_BATCH of them, each with both addresses and
 * the traffic class of its IP header. UDP, and raw ESP sockets (protocol 50), IPv4 and IPv6.
 * Sockets stay unconnected, so that a reuseport group steers them and no ICMP error costs a
 * batch. */
#ifndef HUBWARD_HOST_UDP_H
#define HUBWARD_HOST_UDP_H

#include "base/addr.h"
#include "base/cursor.h"

enum { UDP_BATCH = 64 };

/* A socket and what there is to know about it, asked once. */
struct udp_socket {
    int fd;
    enum addr_family family;
    bool raw;      /* IP protocol socket: no ports */
    uint16_t port; /* bound to; 0 = raw */
};

/* One datagram, in or out. */
struct udp_packet {
    uint8_t *at; /* in: in the receiver's buffers until its next call; out: borrowed */
    size_t len;
    struct endpoint local;  /* ours: destination in, source out; ADDR_NONE: the kernel's choice */
    struct endpoint remote; /* port 0 with raw sockets */
    uint8_t tos;            /* DSCP and ECN of the IP header */
    bool truncated;         /* in: it was longer than the room */
};

/* Ready a socket for this module: non-blocking, addresses and traffic class are reported, DF stays
 * clear so that the kernel may fragment what grew by ESP. Call it where the socket is made: roles
 * have no setsockopt. RC_UNSUPPORTED: neither UDP nor raw over IP. RC_IO. */
MUST_USE enum rc udp_prepare(int fd);

/* What is this socket? fd is borrowed. RC_UNSUPPORTED: neither UDP nor raw over IP. RC_IO. */
MUST_USE enum rc udp_socket_of(int fd, struct udp_socket *out);

/* Buffers and headers for batches; one receiver or sender may serve several sockets in turn. */
struct udp_receiver;
struct udp_sender;

/* room: octets for each datagram. before, behind: octets around it that the user may write, as
 * headroom and tailroom. NULL: out of memory. */
struct udp_receiver *udp_receiver_new(size_t before, size_t room, size_t behind);
void udp_receiver_free(struct udp_receiver *receiver); /* NULL allowed */

/* Take up to UDP_BATCH datagrams. With a raw IPv4 socket the IP header is taken off. *count: how
 * many came. RC_AGAIN: none is waiting, or the network reported an error. RC_IO: the descriptor is
 * of no use. */
MUST_USE enum rc udp_receive(struct udp_receiver *receiver, const struct udp_socket *socket,
                             struct udp_packet packets[UDP_BATCH], size_t *count);

struct udp_sender *udp_sender_new(void);         /* NULL: out of memory */
void udp_sender_free(struct udp_sender *sender); /* NULL allowed */

/* Send datagrams in order. prefix, of at most 8 octets, goes before each (the non-ESP marker); may
 * be empty. Returns how many the kernel took: one it refuses is skipped, a full socket ends it. */
size_t udp_send(struct udp_sender *sender, const struct udp_socket *socket, struct span prefix,
                const struct udp_packet *packets, size_t count);

#endif
