/* Every algorithm of both phases, spoke against hub: phase 1 ciphers, hashes and groups, phase 2
 * transforms, PFS with every group. A tunnel counts as up when a packet passes each way. */
#include "replay/scene.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1024 };

struct suite {
    const char *policy;    /* lines of the ISAKMP policy */
    const char *transform; /* of the transform-set */
    const char *pfs;       /* group, or NULL */
};

static char *formatted(const char *format, const struct suite *suite)
{
    char *text = malloc(TEXT_MAX);
    char pfs[32] = "";
    if (suite->pfs)
        snprintf(pfs, sizeof pfs, " set pfs group%s\n", suite->pfs);
        /* The formats are the two below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, TEXT_MAX, format, suite->policy, suite->transform, pfs);
#pragma GCC diagnostic pop
    return text;
}

static const char hub_text[] = "crypto keyring spokes\n"
                               " pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"
                               "crypto isakmp policy 10\n authentication pre-share\n%s"
                               "crypto isakmp profile L2L\n keyring spokes\n"
                               " match identity address 0.0.0.0\n"
                               "crypto ipsec transform-set set %s\n"
                               "crypto dynamic-map dyn 10\n set transform-set set\n"
                               " set isakmp-profile L2L\n%s"
                               "crypto map map 10 ipsec-isakmp dynamic dyn\n"
                               "interface FastEthernet0/0\n"
                               " ip address 10.48.67.181 255.255.255.224\n crypto map map\n";
static const char spoke_text[] = "crypto isakmp key cisco123 address 10.48.67.181\n"
                                 "crypto isakmp policy 10\n authentication pre-share\n%s"
                                 "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 "
                                 "0.0.255.255\n"
                                 "crypto ipsec transform-set set %s\n"
                                 "crypto map map 10 ipsec-isakmp\n set peer 10.48.67.181\n"
                                 " set transform-set set\n match address 100\n%s"
                                 "interface FastEthernet0/0\n ip address dhcp\n crypto map map\n";

static void comes_up(const struct suite *suite)
{
    struct scene scene = {.world = world_new(7)};
    scene.hub = scene_hub_of(scene.world, formatted(hub_text, suite));
    scene.spoke = scene_spoke_of(scene.world, formatted(spoke_text, suite));
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    if (node_tunnels(scene.hub) != 1)
        print_error("not up: %s / %s / pfs %s\n", suite->policy, suite->transform,
                    suite->pfs ? suite->pfs : "none");
    assert_int_equal(node_tunnels(scene.hub), 1);
    assert_int_equal(node_tunnels(scene.spoke), 1);
    assert_traffic(&scene);
    world_free(scene.world);
}

static const char *const ciphers[] = {"des", "3des", "aes", "aes 192", "aes 256"};
static const char *const hashes[] = {"md5", "sha", "sha256", "sha384", "sha512"};
static const char *const groups[] = {"1", "2", "5", "14", "15", "16", "19", "20", "21", "31"};

static void every_phase_1_cipher_works_with_every_hash(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof ciphers / sizeof ciphers[0]; c++) {
        for (size_t h = 0; h < sizeof hashes / sizeof hashes[0]; h++) {
            char policy[128];
            snprintf(policy, sizeof policy, " encr %s\n hash %s\n group 2\n", ciphers[c],
                     hashes[h]);
            comes_up(&(struct suite){policy, "esp-aes esp-sha-hmac", NULL});
        }
    }
}

static void every_group_works_in_phase_1_and_for_pfs(void **state)
{
    (void)state;
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        char policy[128];
        snprintf(policy, sizeof policy, " encr aes\n hash sha256\n group %s\n", groups[g]);
        comes_up(&(struct suite){policy, "esp-aes 256 esp-sha256-hmac", groups[g]});
    }
}

static void every_transform_works(void **state)
{
    (void)state;
    static const char *const encryption[] = {"esp-des",     "esp-3des",    "esp-aes",
                                             "esp-aes 192", "esp-aes 256", "esp-null"};
    static const char *const integrity[] = {"esp-md5-hmac", "esp-sha-hmac", "esp-sha256-hmac",
                                            "esp-sha384-hmac", "esp-sha512-hmac"};
    static const char *const combined[] = {"esp-gcm", "esp-gcm 192", "esp-gcm 256"};
    static const char policy[] = " encr aes\n hash sha\n group 2\n";
    for (size_t e = 0; e < sizeof encryption / sizeof encryption[0]; e++) {
        for (size_t i = 0; i < sizeof integrity / sizeof integrity[0]; i++) {
            char set[64];
            snprintf(set, sizeof set, "%s %s", encryption[e], integrity[i]);
            comes_up(&(struct suite){policy, set, NULL});
        }
    }
    for (size_t c = 0; c < sizeof combined / sizeof combined[0]; c++)
        comes_up(&(struct suite){policy, combined[c], NULL});
}

static void pfs_on_one_side_only_is_refused(void **state)
{
    (void)state;
    const struct suite with = {" encr aes\n hash sha\n group 2\n", "esp-aes esp-sha-hmac", "14"};
    const struct suite without = {with.policy, with.transform, NULL};
    struct scene scene = {.world = world_new(7)};
    scene.hub = scene_hub_of(scene.world, formatted(hub_text, &with));
    scene.spoke = scene_spoke_of(scene.world, formatted(spoke_text, &without));
    node_dial(scene.spoke);
    world_run(scene.world, 3000);
    assert_true(scene.hub->events[EV_AUTHENTICATED] > 0);
    assert_int_equal(node_tunnels(scene.hub), 0);
    assert_int_equal(scene.hub->decisions[0].decision.rule, RULE_PFS);
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phase_1_cipher_works_with_every_hash),
        cmocka_unit_test(every_group_works_in_phase_1_and_for_pfs),
        cmocka_unit_test(every_transform_works),
        cmocka_unit_test(pfs_on_one_side_only_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
