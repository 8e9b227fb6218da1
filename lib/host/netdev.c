/* Devices through rtnetlink and the TUN driver. */
#include "host/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

uint32_t netdev_index(const char *name)
{
    return if_nametoindex(name);
}

struct address_search {
    uint32_t ifindex;
    struct addr preferred;
    struct netdev_address found;
    bool exact;
};

static bool link_local(struct addr addr)
{
    static const struct prefix v4 = {{ADDR_V4, {169, 254}}, 16};
    static const struct prefix v6 = {{ADDR_V6, {0xfe, 0x80}}, 10};
    return prefix_contains(v4, addr) || prefix_contains(v6, addr);
}

/* On point-to-point devices IFA_ADDRESS is the far end, IFA_LOCAL ours. */
static int on_address_attribute(const struct nlattr *attribute, void *context)
{
    struct addr *addr = context;
    uint16_t type = mnl_attr_get_type(attribute);
    if (type == IFA_LOCAL || (type == IFA_ADDRESS && addr->family == ADDR_NONE))
        *addr = netlink_addr(attribute);
    return MNL_CB_OK;
}

static int on_address(const struct nlmsghdr *message, void *context)
{
    struct address_search *search = context;
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(message);
    struct addr addr = {.family = ADDR_NONE};
    if (ifa->ifa_index != search->ifindex || search->exact)
        return MNL_CB_OK;
    mnl_attr_parse(message, sizeof *ifa, on_address_attribute, &addr);
    search->exact = addr.family != ADDR_NONE && addr_equal(addr, search->preferred);
    bool first = search->found.addr.family == ADDR_NONE && addr.family != ADDR_NONE &&
                 !(ifa->ifa_flags & IFA_F_SECONDARY) && !link_local(addr);
    if (search->exact || first)
        search->found = (struct netdev_address){.addr = addr, .len = ifa->ifa_prefixlen};
    return MNL_CB_OK;
}

enum rc netdev_address(struct netlink *netlink, uint32_t ifindex, struct addr preferred,
                       enum addr_family family, struct netdev_address *out)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct address_search search = {.ifindex = ifindex, .preferred = preferred};
    struct nlmsghdr *request = netlink_request(buffer, RTM_GETADDR, 0);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(request, sizeof *ifa);
    ifa->ifa_family = netlink_family(family);
    enum rc rc = netlink_dump(netlink, request, on_address, &search);
    if (rc == RC_OK)
        *out = search.found;
    return rc;
}

struct net_search {
    struct prefix net;
    uint8_t len; /* of the address that is looked at */
    bool found;
};

/* Both ends of a point-to-point device count: the far one is on the link, too. */
static int on_net_attribute(const struct nlattr *attribute, void *context)
{
    struct net_search *search = context;
    uint16_t type = mnl_attr_get_type(attribute);
    if (type != IFA_LOCAL && type != IFA_ADDRESS)
        return MNL_CB_OK;
    struct addr addr = netlink_addr(attribute);
    struct prefix on_link = prefix_of(addr, search->len);
    if (addr.family == search->net.addr.family &&
        (prefix_contains(search->net, addr) || prefix_contains(on_link, search->net.addr)))
        search->found = true;
    return MNL_CB_OK;
}

static int on_address_of_any(const struct nlmsghdr *message, void *context)
{
    struct net_search *search = context;
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(message);
    search->len = ifa->ifa_prefixlen;
    mnl_attr_parse(message, sizeof *ifa, on_net_attribute, search);
    return MNL_CB_OK;
}

enum rc netdev_net_in_use(struct netlink *netlink, struct prefix net, bool *in_use)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct net_search search = {.net = net};
    struct nlmsghdr *request = netlink_request(buffer, RTM_GETADDR, 0);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(request, sizeof *ifa);
    ifa->ifa_family = netlink_family(net.addr.family);
    enum rc rc = netlink_dump(netlink, request, on_address_of_any, &search);
    if (rc == RC_OK)
        *in_use = search.found;
    return rc;
}

/* 0, or errno of what the driver says. */
static int attach_tun(const char *name, int *out)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno;
    if (ioctl(fd, TUNSETIFF, &request) != 0) {
        int failed = errno;
        close(fd);
        return failed;
    }
    *out = fd;
    return 0;
}

enum rc netdev_tun_open(const char *prefix, char *name, uint32_t *index, int *fd)
{
    for (uint32_t i = 0; i < NETDEV_TUNS; i++) {
        char candidate[IFNAMSIZ];
        int open_fd = -1;
        snprintf(candidate, sizeof candidate, "%s%u", prefix, i);
        int failed = attach_tun(candidate, &open_fd);
        /* Busy: another instance holds it. Invalid: a device of another kind has the name. */
        if (failed == EBUSY || failed == EINVAL)
            continue;
        if (failed == 0 && ioctl(open_fd, TUNSETPERSIST, 1) != 0) {
            failed = errno;
            close(open_fd);
        }
        if (failed) {
            errno = failed;
            return RC_IO;
        }
        memcpy(name, candidate, sizeof candidate);
        *index = i;
        *fd = open_fd;
        return RC_OK;
    }
    return RC_FULL;
}

enum rc netdev_tun_reopen(const char *name, int *fd)
{
    /* Attaching makes a device that does not exist; it would go again with the descriptor, but not
     * unseen. */
    if (netdev_index(name) == 0 || attach_tun(name, fd) != 0)
        return RC_NOT_FOUND;
    return RC_OK;
}

enum rc netdev_tun_release(int fd)
{
    return ioctl(fd, TUNSETPERSIST, 0) == 0 ? RC_OK : RC_IO;
}

enum rc netdev_up(struct netlink *netlink, uint32_t ifindex, uint32_t mtu, uint32_t queue_packets)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct nlmsghdr *request = netlink_request(buffer, RTM_NEWLINK, 0);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(request, sizeof *info);
    info->ifi_family = AF_UNSPEC;
    info->ifi_index = (int)ifindex;
    info->ifi_change = IFF_UP;
    info->ifi_flags = IFF_UP;
    mnl_attr_put_u32(request, IFLA_MTU, mtu);
    mnl_attr_put_u32(request, IFLA_TXQLEN, queue_packets);
    return netlink_call(netlink, request) == 0 ? RC_OK : RC_IO;
}

enum rc netdev_add_dummy(struct netlink *netlink, uint32_t ifindex, struct addr addr)
{
    alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST];
    struct nlmsghdr *request = netlink_request(buffer, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(request, sizeof *ifa);
    ifa->ifa_family = netlink_family(addr.family);
    ifa->ifa_prefixlen = (uint8_t)(addr_len(addr.family) * 8);
    ifa->ifa_scope = RT_SCOPE_HOST;
    ifa->ifa_index = ifindex;
    netlink_put_addr(request, IFA_LOCAL, addr);
    netlink_put_addr(request, IFA_ADDRESS, addr);
    return netlink_call(netlink, request) == 0 ? RC_OK : RC_IO;
}

static int open_sysctl(const char *path, int flags)
{
    char full[256];
    int n = snprintf(full, sizeof full, "/proc/sys/%s", path);
    if (n < 0 || (size_t)n >= sizeof full)
        return -1;
    return open(full, flags | O_CLOEXEC);
}

enum rc netdev_sysctl_set(const char *path, const char *value)
{
    int fd = open_sysctl(path, O_WRONLY);
    if (fd < 0)
        return RC_IO;
    enum rc rc = write(fd, value, strlen(value)) == (ssize_t)strlen(value) ? RC_OK : RC_IO;
    close(fd);
    return rc;
}

enum rc netdev_sysctl_get(const char *path, long *value)
{
    char text[32];
    int fd = open_sysctl(path, O_RDONLY);
    if (fd < 0)
        return RC_IO;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return RC_IO;
    text[n] = '\0';
    *value = strtol(text, NULL, 10);
    return RC_OK;
}
