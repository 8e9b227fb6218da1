/* Devices, addresses and routes, in a network namespace of the test's own. */
#include "host/netdev.h"
#include "host/route.h"
#include "unit/host/own_network.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct lab {
    struct netlink netlink;
    char tun[IFNAMSIZ];
    uint32_t number;
    uint32_t ifindex;
    int fd;
};

static void open_lab(struct lab *lab)
{
    if (!own_network())
        skip();
    assert_int_equal(netlink_open(&lab->netlink), RC_OK);
    assert_int_equal(netdev_tun_open("hwt", lab->tun, &lab->number, &lab->fd), RC_OK);
    lab->ifindex = netdev_index(lab->tun);
    assert_int_equal(netdev_up(&lab->netlink, lab->ifindex, 1400, 64), RC_OK);
}

static void close_lab(struct lab *lab)
{
    close(lab->fd);
    netlink_close(&lab->netlink);
}

static struct prefix net(uint32_t value, uint8_t len)
{
    return prefix_of(addr_v4(value), len);
}

static void a_tun_stays_until_it_is_released(void **state)
{
    (void)state;
    struct lab lab;
    int fd;
    open_lab(&lab);
    assert_string_equal(lab.tun, "hwt0");
    assert_int_equal(lab.number, 0);
    close(lab.fd);
    assert_int_equal(netdev_index("hwt0"), lab.ifindex);
    assert_int_equal(netdev_tun_reopen("hwt0", &fd), RC_OK);
    assert_int_equal(netdev_tun_release(fd), RC_OK);
    close(fd);
    assert_int_equal(netdev_index("hwt0"), 0);
    assert_int_equal(netdev_tun_reopen("hwt0", &fd), RC_NOT_FOUND);
    assert_int_equal(netdev_index("hwt0"), 0);
    netlink_close(&lab.netlink);
}

static void a_second_instance_gets_the_next_number(void **state)
{
    (void)state;
    struct lab lab;
    char name[IFNAMSIZ];
    uint32_t number;
    int fd, again;
    open_lab(&lab);
    assert_int_equal(netdev_tun_open("hwt", name, &number, &fd), RC_OK);
    assert_string_equal(name, "hwt1");
    assert_int_equal(number, 1);
    assert_int_equal(netdev_tun_reopen("hwt1", &again), RC_NOT_FOUND); /* in use */
    /* One left behind is taken over before a new one is made. */
    close(lab.fd);
    assert_int_equal(netdev_tun_open("hwt", name, &number, &lab.fd), RC_OK);
    assert_string_equal(name, "hwt0");
    assert_int_equal(netdev_index("hwt0"), lab.ifindex);
    close(fd);
    close_lab(&lab);
}

static void sixteen_instances_are_enough(void **state)
{
    (void)state;
    char name[IFNAMSIZ];
    uint32_t number;
    int fds[NETDEV_TUNS], fd;
    if (!own_network())
        skip();
    for (size_t i = 0; i < NETDEV_TUNS; i++)
        assert_int_equal(netdev_tun_open("hwt", name, &number, &fds[i]), RC_OK);
    assert_int_equal(netdev_tun_open("hwt", name, &number, &fd), RC_FULL);
    for (size_t i = 0; i < NETDEV_TUNS; i++)
        close(fds[i]);
}

static void the_configured_address_is_found_among_others(void **state)
{
    (void)state;
    struct lab lab;
    struct netdev_address got;
    struct addr none = {.family = ADDR_NONE};
    open_lab(&lab);
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, none, ADDR_V4, &got), RC_OK);
    assert_int_equal(got.addr.family, ADDR_NONE);
    assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0a000001)), RC_OK);
    assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0a000002)), RC_OK);
    assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0a000002)), RC_OK);
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, none, ADDR_V4, &got), RC_OK);
    assert_int_equal(addr_v4_value(got.addr), 0x0a000001);
    assert_int_equal(got.len, 32);
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, addr_v4(0x0a000002), ADDR_V4, &got),
                     RC_OK);
    assert_int_equal(addr_v4_value(got.addr), 0x0a000002);
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, addr_v4(0x0a000009), ADDR_V4, &got),
                     RC_OK);
    assert_int_equal(addr_v4_value(got.addr), 0x0a000001);
    /* Another device's address is not this one's. */
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, addr_v4(0x7f000001), ADDR_V4, &got),
                     RC_OK);
    assert_int_equal(addr_v4_value(got.addr), 0x0a000001);
    close_lab(&lab);
}

static void a_link_local_address_is_no_address(void **state)
{
    (void)state;
    struct lab lab;
    struct netdev_address got;
    struct addr none = {.family = ADDR_NONE};
    open_lab(&lab);
    assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0xa9fe0101)), RC_OK);
    assert_int_equal(netdev_address(&lab.netlink, lab.ifindex, none, ADDR_V4, &got), RC_OK);
    assert_int_equal(got.addr.family, ADDR_NONE);
    close_lab(&lab);
}

static void assert_in_use(struct lab *lab, uint32_t value, uint8_t len, bool want)
{
    bool in_use = !want;
    assert_int_equal(netdev_net_in_use(&lab->netlink, net(value, len), &in_use), RC_OK);
    assert_int_equal(in_use, want);
}

static void a_net_on_a_link_of_any_device_is_in_use(void **state)
{
    (void)state;
    struct lab lab;
    open_lab(&lab);
    assert_in_use(&lab, 0x0a630000, 24, false);
    assert_int_equal(system("ip link add mgmt type bridge && ip addr add 10.99.0.1/24 dev mgmt &&"
                            " ip addr add 10.98.0.1 peer 10.97.0.0/24 dev hwt0"),
                     0);
    assert_in_use(&lab, 0x0a630000, 24, true);
    assert_in_use(&lab, 0x0a630000, 8, true);
    assert_in_use(&lab, 0x0a630080, 25, true);
    assert_in_use(&lab, 0x0a630007, 32, true);
    assert_in_use(&lab, 0x0a630100, 24, false);
    assert_in_use(&lab, 0x0a610005, 32, true); /* the far end's net */
    assert_in_use(&lab, 0x0a600000, 16, false);
    close_lab(&lab);
}

/* Which way a packet of ours would go: the device's index, or 0 when it is unreachable. */
static uint32_t way_of(uint32_t to)
{
    char command[128], line[256] = "";
    snprintf(command, sizeof command, "ip -o route get %u.%u.%u.%u 2>&1", to >> 24, to >> 16 & 255,
             to >> 8 & 255, to & 255);
    FILE *pipe = popen(command, "re");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    pclose(pipe);
    char *dev = strstr(line, "dev ");
    if (!dev)
        return 0;
    dev += 4;
    dev[strcspn(dev, " \n")] = '\0';
    return netdev_index(dev);
}

static void routes_and_rules_lead_and_the_unreachable_one_stays(void **state)
{
    (void)state;
    struct lab lab;
    open_lab(&lab);
    struct route above = {
        .net = net(0x0a020000, 16), .table = 5000, .ifindex = lab.ifindex, .metric = 100};
    struct route below = {.net = net(0x0a020000, 16), .table = 5000, .metric = 65000};
    struct route world = {
        .net = net(0, 0), .table = ROUTE_TABLE_MAIN, .ifindex = netdev_index("lo"), .metric = 1};
    struct route_rule rule = {ADDR_V4, 5000, 0, 5000};
    assert_int_equal(route_add(&lab.netlink, &world), RC_OK);
    assert_int_equal(way_of(0x0a020202), netdev_index("lo"));
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(route_add(&lab.netlink, &below), RC_OK);
        assert_int_equal(route_add(&lab.netlink, &above), RC_OK);
        assert_int_equal(route_rule_add(&lab.netlink, &rule), RC_OK);
    }
    assert_int_equal(way_of(0x0a020202), lab.ifindex);
    assert_int_equal(way_of(0x0a030303), netdev_index("lo"));
    assert_int_equal(route_delete(&lab.netlink, &above), RC_OK);
    assert_int_equal(way_of(0x0a020202), 0);
    assert_int_equal(route_delete(&lab.netlink, &above), RC_OK);
    assert_int_equal(route_delete(&lab.netlink, &below), RC_OK);
    assert_int_equal(route_delete(&lab.netlink, &below), RC_OK);
    assert_int_equal(way_of(0x0a020202), netdev_index("lo"));
    assert_int_equal(route_rule_delete(&lab.netlink, &rule), RC_OK);
    assert_int_equal(route_rule_delete(&lab.netlink, &rule), RC_OK);
    close_lab(&lab);
}

static void a_flush_empties_its_table_and_no_other(void **state)
{
    (void)state;
    struct lab lab;
    struct route_found found;
    open_lab(&lab);
    struct route kept = {
        .net = net(0xac100000, 12), .table = ROUTE_TABLE_MAIN, .ifindex = lab.ifindex, .metric = 7};
    struct route_rule rule = {ADDR_V4, 5000, 0, 5000};
    assert_int_equal(route_add(&lab.netlink, &kept), RC_OK);
    assert_int_equal(route_rule_add(&lab.netlink, &rule), RC_OK);
    for (uint32_t i = 0; i < 700; i++) {
        struct route route = {.net = net(0x0a000000 + (i << 8), 24),
                              .table = 5000,
                              .metric = 65000,
                              .ifindex = i % 2 ? lab.ifindex : 0};
        assert_int_equal(route_add(&lab.netlink, &route), RC_OK);
    }
    assert_int_equal(way_of(0x0a000201), 0);
    assert_int_equal(route_flush(&lab.netlink, ADDR_V4, 5000), RC_OK);
    struct route again = {.net = net(0x0a000000, 8), .table = 5000, .ifindex = lab.ifindex};
    assert_int_equal(route_add(&lab.netlink, &again), RC_OK);
    for (uint32_t i = 0; i < 700; i += 99)
        assert_int_equal(way_of(0x0a000001 + (i << 8)), lab.ifindex);
    assert_int_equal(route_find(&lab.netlink, net(0xac100000, 12), &found), RC_OK);
    close_lab(&lab);
}

static void flushing_what_is_empty_is_fine(void **state)
{
    (void)state;
    struct lab lab;
    open_lab(&lab);
    assert_int_equal(route_flush(&lab.netlink, ADDR_V4, 5001), RC_OK);
    assert_int_equal(route_flush(&lab.netlink, ADDR_V6, 5001), RC_OK);
    close_lab(&lab);
}

static void the_main_tables_route_is_found_with_its_next_hop(void **state)
{
    (void)state;
    struct lab lab;
    struct route_found found;
    open_lab(&lab);
    assert_int_equal(route_find(&lab.netlink, net(0, 0), &found), RC_NOT_FOUND);
    struct route link = {
        .net = net(0xc0000200, 24), .table = ROUTE_TABLE_MAIN, .ifindex = lab.ifindex};
    assert_int_equal(route_add(&lab.netlink, &link), RC_OK);
    assert_int_equal(system("ip route add default via 192.0.2.7 metric 50"), 0);
    assert_int_equal(system("ip route add default via 192.0.2.8 metric 60"), 0);
    assert_int_equal(route_find(&lab.netlink, net(0, 0), &found), RC_OK);
    assert_int_equal(addr_v4_value(found.gateway), 0xc0000207);
    assert_int_equal(found.ifindex, lab.ifindex);
    assert_int_equal(route_find(&lab.netlink, net(0xc0000200, 24), &found), RC_OK);
    assert_int_equal(found.gateway.family, ADDR_NONE);
    assert_int_equal(route_find(&lab.netlink, net(0xc0000200, 25), &found), RC_NOT_FOUND);
    close_lab(&lab);
}

static void a_refused_route_has_its_reason(void **state)
{
    (void)state;
    struct lab lab;
    open_lab(&lab);
    struct route route = {.net = net(0x0a000000, 8),
                          .table = 5000,
                          .ifindex = lab.ifindex,
                          .source = addr_v4(0x01020304)};
    assert_int_equal(route_add(&lab.netlink, &route), RC_IO);
    assert_int_equal(errno, EINVAL);
    close_lab(&lab);
}

static void on_change(void *context)
{
    ++*(unsigned *)context;
}

static void a_burst_of_changes_is_told_once(void **state)
{
    (void)state;
    struct lab lab;
    struct netdev_watch *watch;
    uv_loop_t loop;
    unsigned changes = 0;
    open_lab(&lab);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(netdev_watch_start(&loop, on_change, &changes, &watch), RC_OK);
    for (uint32_t i = 1; i <= 20; i++)
        assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0a000000 + i)),
                         RC_OK);
    while (changes == 0)
        uv_run(&loop, UV_RUN_ONCE);
    for (int i = 0; i < 30; i++) {
        usleep(5000);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(changes, 1);
    netdev_watch_stop(watch);
    netdev_watch_stop(NULL);
    while (uv_run(&loop, UV_RUN_NOWAIT))
        ;
    assert_int_equal(uv_loop_close(&loop), 0);
    close_lab(&lab);
}

static void more_news_than_the_socket_holds_do_not_end_the_watch(void **state)
{
    (void)state;
    struct lab lab;
    struct netdev_watch *watch;
    uv_loop_t loop;
    unsigned changes = 0;
    open_lab(&lab);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(netdev_watch_start(&loop, on_change, &changes, &watch), RC_OK);
    for (uint32_t i = 1; i <= 3000; i++)
        assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0a000000 + i)),
                         RC_OK);
    for (int i = 0; i < 100 && changes == 0; i++) {
        usleep(10000);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(changes, 1);
    assert_int_equal(netdev_add_dummy(&lab.netlink, lab.ifindex, addr_v4(0x0b000001)), RC_OK);
    for (int i = 0; i < 100 && changes == 1; i++) {
        usleep(10000);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(changes, 2);
    netdev_watch_stop(watch);
    while (uv_run(&loop, UV_RUN_NOWAIT))
        ;
    assert_int_equal(uv_loop_close(&loop), 0);
    close_lab(&lab);
}

static void settings_of_the_kernel_are_read_and_written(void **state)
{
    (void)state;
    long value = -1;
    if (!own_network())
        skip();
    assert_int_equal(netdev_sysctl_set("net/ipv4/ip_forward", "1"), RC_OK);
    assert_int_equal(netdev_sysctl_get("net/ipv4/ip_forward", &value), RC_OK);
    assert_int_equal(value, 1);
    assert_int_equal(netdev_sysctl_set("net/ipv4/none", "1"), RC_IO);
    assert_int_equal(netdev_sysctl_get("net/ipv4/none", &value), RC_IO);
    assert_int_equal(value, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tun_stays_until_it_is_released),
        cmocka_unit_test(a_second_instance_gets_the_next_number),
        cmocka_unit_test(sixteen_instances_are_enough),
        cmocka_unit_test(the_configured_address_is_found_among_others),
        cmocka_unit_test(a_link_local_address_is_no_address),
        cmocka_unit_test(a_net_on_a_link_of_any_device_is_in_use),
        cmocka_unit_test(routes_and_rules_lead_and_the_unreachable_one_stays),
        cmocka_unit_test(a_flush_empties_its_table_and_no_other),
        cmocka_unit_test(flushing_what_is_empty_is_fine),
        cmocka_unit_test(the_main_tables_route_is_found_with_its_next_hop),
        cmocka_unit_test(a_refused_route_has_its_reason),
        cmocka_unit_test(a_burst_of_changes_is_told_once),
        cmocka_unit_test(more_news_than_the_socket_holds_do_not_end_the_watch),
        cmocka_unit_test(settings_of_the_kernel_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
