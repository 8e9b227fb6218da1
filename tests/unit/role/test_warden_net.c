/* Routes that key asks for, in a network namespace of the test's own: what a key process that is no
 * longer ours could take away from this machine, and that what it was given ends when it says
 * so. */
#include "role/warden_state.h"
#include "unit/host/own_network.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unit/host/plan_config.h"

static const char hub[] = "hostname Hub\n"
                          "crypto isakmp policy 10\n"
                          " authentication pre-share\n"
                          "crypto isakmp key cisco123 address 0.0.0.0 0.0.0.0\n"
                          "crypto ipsec transform-set t esp-aes esp-sha-hmac\n"
                          "crypto dynamic-map dyn 10\n"
                          " set transform-set t\n"
                          "crypto map m 20 ipsec-isakmp dynamic dyn\n"
                          "interface Ethernet0\n"
                          " ip address 192.0.2.1 255.255.255.0\n"
                          " crypto map m\n"
                          "ip local pool p 10.5.5.0 10.5.5.255\n";

struct scene {
    struct plan_case c;
    struct warden warden;
};

static struct prefix net(uint32_t value, uint8_t len)
{
    return prefix_of(addr_v4(value), len);
}

static void begin(struct scene *scene)
{
    char tun[IFNAMSIZ];
    uint32_t instance;
    struct warden *warden = &scene->warden;
    if (!own_network())
        skip();
    *scene = (struct scene){0};
    log_init(&warden->log, open("/dev/null", O_WRONLY | O_CLOEXEC));
    assert_int_equal(netlink_open(&warden->netlink), RC_OK);
    assert_int_equal(netdev_tun_open("hubward", tun, &instance, &warden->tun_fd), RC_OK);
    warden->tun_ifindex = netdev_index(tun);
    assert_int_equal(netdev_up(&warden->netlink, warden->tun_ifindex, 1400, 64), RC_OK);
    plan_case_make(&scene->c, hub, instance);
    warden->plan = scene->c.plan;
    assert_int_equal(system("ip link add mgmt type bridge && ip addr add 10.99.0.1/24 dev mgmt"),
                     0);
}

static void end(struct scene *scene)
{
    free(scene->warden.nets);
    close(scene->warden.tun_fd);
    close(scene->warden.log.fd);
    netlink_close(&scene->warden.netlink);
    plan_case_free(&scene->c);
}

static void ask(struct scene *scene, bool add, struct prefix wanted)
{
    struct child_route route = {.add = add, .net = wanted};
    assert_int_equal(warden_net_route(&scene->warden, &route), RC_OK);
}

static size_t live(const struct scene *scene)
{
    size_t count = 0;
    for (size_t i = 0; i < scene->warden.net_count; i++)
        count += scene->warden.nets[i].live;
    return count;
}

static void a_branchs_net_is_led_into_the_tun_until_it_ends(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    ask(&scene, true, net(0x0a020000, 16));
    assert_int_equal(live(&scene), 1);
    ask(&scene, false, net(0x0a020000, 16));
    assert_int_equal(live(&scene), 0);
    assert_int_equal(scene.warden.net_count, 1); /* closed: unreachable */
    end(&scene);
}

static void a_net_of_a_device_that_no_configuration_names_is_not_led_away(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    ask(&scene, true, net(0x0a630000, 24));
    ask(&scene, true, net(0x0a630001, 32));
    ask(&scene, true, net(0x0a600000, 11));
    assert_int_equal(scene.warden.net_count, 0);
    end(&scene);
}

static void other_tuns_and_pools_make_no_route(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    ask(&scene, true, net(0x0a050501, 32));
    struct child_route other = {.add = true, .tun = 1, .net = net(0x0a020000, 16)};
    assert_int_equal(warden_net_route(&scene.warden, &other), RC_DENIED);
    assert_int_equal(scene.warden.net_count, 0);
    end(&scene);
}

static void a_route_ends_though_an_interface_has_got_its_net_meanwhile(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    ask(&scene, true, net(0x0a020000, 16));
    assert_int_equal(live(&scene), 1);
    scene.warden.plan.own[0] = net(0x0a020000, 24);
    ask(&scene, false, net(0x0a020000, 16));
    assert_int_equal(live(&scene), 0);
    end(&scene);
}

/* The next warden, over what this one leaves when it is killed. */
static void die_and_begin_again(struct scene *scene)
{
    free(scene->warden.nets);
    scene->warden.nets = NULL;
    scene->warden.net_count = 0;
    assert_int_equal(warden_net_up(&scene->warden), RC_OK);
}

static bool closed(const char *address)
{
    char command[128];
    snprintf(command, sizeof command, "! ip route get %s >/dev/null 2>&1", address);
    return system(command) == 0;
}

static void what_a_dead_warden_led_into_the_tun_stays_closed_for_the_next(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(system("ip link set mgmt up && ip route add default via 10.99.0.2"), 0);
    assert_int_equal(warden_net_up(&scene.warden), RC_OK);
    assert_false(closed("10.2.0.9"));
    ask(&scene, true, net(0x0a020000, 16));
    die_and_begin_again(&scene);
    assert_int_equal(scene.warden.net_count, 1);
    assert_int_equal(live(&scene), 0);
    assert_true(closed("10.2.0.9"));
    ask(&scene, true, net(0x0a020000, 16));
    assert_int_equal(scene.warden.net_count, 1);
    assert_int_equal(live(&scene), 1);
    assert_false(closed("10.2.0.9"));
    warden_net_down(&scene.warden);
    end(&scene);
}

static void a_wider_net_opens_what_a_dead_warden_left_closed(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(warden_net_up(&scene.warden), RC_OK);
    ask(&scene, true, net(0x0a020300, 24));
    die_and_begin_again(&scene);
    assert_true(closed("10.2.3.9"));
    ask(&scene, true, net(0x0a020000, 16));
    assert_false(closed("10.2.3.9"));
    warden_net_down(&scene.warden);
    end(&scene);
}

static void a_net_that_the_machine_has_got_since_is_given_back(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene);
    assert_int_equal(warden_net_up(&scene.warden), RC_OK);
    ask(&scene, true, net(0x0a020000, 16));
    assert_int_equal(system("ip addr add 10.2.0.1/24 dev mgmt && ip link set mgmt up"), 0);
    die_and_begin_again(&scene);
    assert_int_equal(scene.warden.net_count, 0);
    assert_false(closed("10.2.0.9"));
    warden_net_down(&scene.warden);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_branchs_net_is_led_into_the_tun_until_it_ends),
        cmocka_unit_test(a_net_of_a_device_that_no_configuration_names_is_not_led_away),
        cmocka_unit_test(other_tuns_and_pools_make_no_route),
        cmocka_unit_test(a_route_ends_though_an_interface_has_got_its_net_meanwhile),
        cmocka_unit_test(what_a_dead_warden_led_into_the_tun_stays_closed_for_the_next),
        cmocka_unit_test(a_wider_net_opens_what_a_dead_warden_left_closed),
        cmocka_unit_test(a_net_that_the_machine_has_got_since_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
