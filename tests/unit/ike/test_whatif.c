/* A peer in words, and what the words come to. The ways through whole configurations stand as
 * transcripts in tests/golden/why. */
#include "ike/whatif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct whatif_peer parse(const char *words)
{
    struct whatif_peer peer;
    char problem[WHATIF_PROBLEM] = "";
    if (whatif_parse(words, &peer, problem) != RC_OK)
        fail_msg("%s: %s", words, problem);
    return peer;
}

static void an_address_is_enough(void **state)
{
    (void)state;
    char text[ENDPOINT_TEXT];
    const struct whatif_peer peer = parse("from 203.0.113.9");
    assert_string_equal(endpoint_format(peer.from, text), "203.0.113.9:500");
    assert_false(peer.aggressive);
    assert_int_equal(peer.identity.type, ID_NONE);
    assert_int_equal(peer.auth, AUTH_PSK);
    assert_int_equal(peer.suite_count + peer.set_count, 0);
    assert_false(peer.has_proxies);
}

static void clauses_stand_in_any_order(void **state)
{
    (void)state;
    char text[SELECTOR_TEXT], name[IDENTITY_TEXT];
    const struct whatif_peer peer =
        parse("proxies any 10.2.2.2  offer 3des-sha-2 esp-aes-256-sha256-14 aes-md5-5 id user-fqdn "
              "a@b mode aggressive\tinterface Ethernet0/1 port 4500 from 2001:db8::9 offer "
              "esp-gcm-14");
    assert_true(peer.aggressive);
    assert_int_equal(peer.auth, AUTH_XAUTH_INIT_PSK);
    assert_int_equal(peer.from.port, 4500);
    assert_string_equal(peer.interface, "Ethernet0/1");
    assert_string_equal(identity_format(&peer.identity, name), "user-fqdn a@b");
    assert_string_equal(selector_format(&peer.local, text), "0.0.0.0/0");
    assert_string_equal(selector_format(&peer.remote, text), "10.2.2.2/32");
    assert_int_equal(peer.suite_count, 2);
    assert_int_equal(peer.set_count, 2);
    assert_int_equal(peer.pfs_group, 14);
}

static void what_is_said_of_the_login_stays(void **state)
{
    (void)state;
    assert_int_equal(parse("from 1.1.1.1 auth xauth").auth, AUTH_XAUTH_INIT_PSK);
    assert_int_equal(parse("from 1.1.1.1 auth psk mode aggressive id key-id g").auth, AUTH_PSK);
    assert_int_equal(parse("from 1.1.1.1 mode aggressive auth psk id address 1.1.1.1").auth,
                     AUTH_PSK);
}

static void suites_of_phase_1_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct isakmp_policy want;
    } rows[] = {
        {"des-md5-1", {.cipher = CIPHER_DES, .hash = HASH_MD5, .group = 1}},
        {"3des-sha-2", {.cipher = CIPHER_3DES, .hash = HASH_SHA1, .group = 2}},
        {"aes-sha-5", {.cipher = CIPHER_AES, .key_bits = 128, .hash = HASH_SHA1, .group = 5}},
        {"aes-192-sha384-20",
         {.cipher = CIPHER_AES, .key_bits = 192, .hash = HASH_SHA384, .group = 20}},
        {"aes-256-sha512-14",
         {.cipher = CIPHER_AES, .key_bits = 256, .hash = HASH_SHA512, .group = 14}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct whatif_peer peer = {.suite_count = 0};
        assert_int_equal(whatif_read_suite(rows[i].text, &peer), RC_OK);
        assert_int_equal(peer.suite_count, 1);
        assert_int_equal(peer.suites[0].cipher, rows[i].want.cipher);
        assert_int_equal(peer.suites[0].key_bits, rows[i].want.key_bits);
        assert_int_equal(peer.suites[0].hash, rows[i].want.hash);
        assert_int_equal(peer.suites[0].group, rows[i].want.group);
    }
}

static void suites_of_phase_2_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct packet_suite want;
        uint16_t pfs;
    } rows[] = {
        {"esp-null-md5", {.cipher = PACKET_NULL, .integrity = HASH_MD5}, 0},
        {"esp-des-sha", {.cipher = PACKET_DES_CBC, .integrity = HASH_SHA1}, 0},
        {"esp-3des-sha-2", {.cipher = PACKET_3DES_CBC, .integrity = HASH_SHA1}, 2},
        {"esp-aes-sha256",
         {.cipher = PACKET_AES_CBC, .key_bits = 128, .integrity = HASH_SHA256},
         0},
        {"esp-aes-256-sha512-19",
         {.cipher = PACKET_AES_CBC, .key_bits = 256, .integrity = HASH_SHA512},
         19},
        {"esp-gcm", {.cipher = PACKET_AES_GCM, .key_bits = 128, .integrity = HASH_NONE}, 0},
        {"esp-gcm-192-14", {.cipher = PACKET_AES_GCM, .key_bits = 192, .integrity = HASH_NONE}, 14},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct whatif_peer peer = {.set_count = 0};
        assert_int_equal(whatif_read_suite(rows[i].text, &peer), RC_OK);
        assert_int_equal(peer.set_count, 1);
        assert_int_equal(peer.pfs_group, rows[i].pfs);
        assert_int_equal(peer.sets[0].suite.cipher, rows[i].want.cipher);
        assert_int_equal(peer.sets[0].suite.key_bits, rows[i].want.key_bits);
        assert_int_equal(peer.sets[0].suite.integrity, rows[i].want.integrity);
    }
}

static void what_is_no_suite_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "aes",
                                        "aes-sha",
                                        "aes-sha-",
                                        "aes-sha-3",
                                        "aes-sha-99999",
                                        "aes-127-sha-2",
                                        "3des-128-sha-2",
                                        "blowfish-sha-2",
                                        "aes-sha-2-2",
                                        "-aes-sha-2",
                                        "none-none-2",
                                        "aes-none-2",
                                        "esp",
                                        "esp-",
                                        "esp-aes",
                                        "esp-aes-2",
                                        "esp-gcm-sha",
                                        "esp-ctr-sha",
                                        "esp-aes-sha-3",
                                        "esp-aes-sha-2-2",
                                        "esp-aes-sha2",
                                        "a-b-c-d-e-f-g-h"};
    char long_text[200];
    struct whatif_peer peer = {.suite_count = 0};
    memset(long_text, 'a', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (whatif_read_suite(texts[i], &peer) != RC_MALFORMED)
            fail_msg("%s was read", texts[i]);
    assert_int_equal(whatif_read_suite(long_text, &peer), RC_MALFORMED);
    assert_int_equal(peer.suite_count + peer.set_count, 0);
}

static void suites_are_bounded_and_of_one_pfs_group(void **state)
{
    (void)state;
    struct whatif_peer peer = {.suite_count = 0};
    assert_int_equal(whatif_read_suite("esp-aes-sha-2", &peer), RC_OK);
    assert_int_equal(whatif_read_suite("esp-aes-sha-14", &peer), RC_EXISTS);
    assert_int_equal(whatif_read_suite("esp-aes-sha", &peer), RC_EXISTS);
    for (size_t i = 0; i < WHATIF_SUITES; i++)
        assert_int_equal(whatif_read_suite("aes-sha-2", &peer), RC_OK);
    assert_int_equal(whatif_read_suite("aes-sha-2", &peer), RC_FULL);
    for (size_t i = 1; i < WHATIF_SUITES; i++)
        assert_int_equal(whatif_read_suite("esp-aes-sha-2", &peer), RC_OK);
    assert_int_equal(whatif_read_suite("esp-aes-sha-2", &peer), RC_FULL);
}

static void what_is_wrong_is_said_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *words, *problem;
    } rows[] = {
        {"", "\"from ADDRESS\" is missing"},
        {"port 500", "\"from ADDRESS\" is missing"},
        {"from", "an address must follow \"from\""},
        {"from here", "an address must follow \"from\": \"here\""},
        {"from 1.1.1.1 from 1.1.1.1", "this stands twice: \"from\""},
        {"from 1.1.1.1 port 0", "a number from 1 to 65535 must follow \"port\": \"0\""},
        {"from 1.1.1.1 port 65536", "a number from 1 to 65535 must follow \"port\": \"65536\""},
        {"from 1.1.1.1 port 1x", "a number from 1 to 65535 must follow \"port\": \"1x\""},
        {"from 1.1.1.1 mode", "main or aggressive must follow \"mode\""},
        {"from 1.1.1.1 mode quick", "main or aggressive must follow \"mode\": \"quick\""},
        {"from 1.1.1.1 id name x",
         "address, fqdn, user-fqdn or key-id must follow \"id\": \"name\""},
        {"from 1.1.1.1 id fqdn", "the identity's value is missing"},
        {"from 1.1.1.1 id address x", "an address must follow \"id address\": \"x\""},
        {"from 1.1.1.1 auth rsa", "psk or xauth must follow \"auth\": \"rsa\""},
        {"from 1.1.1.1 offer", "a suite must follow \"offer\""},
        {"from 1.1.1.1 offer aes-sha-2 nonsense",
         "not a suite such as aes-256-sha256-14 or esp-aes-256-sha256: \"nonsense\""},
        {"from 1.1.1.1 proxies any",
         "two nets must follow \"proxies\": the hub's side and the peer's"},
        {"from 1.1.1.1 proxies any 10.0.0.0/33",
         "not an address, ADDRESS/LENGTH or any: \"10.0.0.0/33\""},
        {"from 1.1.1.1 proxies any 10.0.0.0/",
         "not an address, ADDRESS/LENGTH or any: \"10.0.0.0/\""},
        {"from 1.1.1.1 proxies any 2001:db8::/32",
         "both proxies must be of one family: \"2001:db8::/32\""},
        {"from 1.1.1.1 word", "unknown word: \"word\""},
        {"from 1.1.1.1 mode aggressive",
         "aggressive mode begins with an identity: add \"id TYPE VALUE\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct whatif_peer peer;
        char problem[WHATIF_PROBLEM] = "";
        assert_int_equal(whatif_parse(rows[i].words, &peer, problem), RC_MALFORMED);
        assert_string_equal(problem, rows[i].problem);
    }
}

static void a_word_that_no_value_can_be_is_not_passed_over(void **state)
{
    (void)state;
    char words[600] = "from 1.1.1.1 id key-id ", problem[WHATIF_PROBLEM];
    struct whatif_peer peer;
    size_t at = strlen(words);
    memset(words + at, 'g', IDENTITY_DATA_MAX);
    assert_int_equal(parse(words).identity.len, IDENTITY_DATA_MAX);
    words[at + IDENTITY_DATA_MAX] = 'g';
    assert_int_equal(whatif_parse(words, &peer, problem), RC_MALFORMED);
    snprintf(words, sizeof words, "from 1.1.1.1 ");
    memset(words + strlen(words), 'x', 400);
    assert_int_equal(whatif_parse(words, &peer, problem), RC_MALFORMED);
    assert_string_equal(problem, "a word is too long");
}

static void nothing_is_configured_and_nobody_comes_in(void **state)
{
    (void)state;
    static const char *const words[] = {"from 1.1.1.1", "from 1.1.1.1 interface Ethernet0/0",
                                        "from 1.1.1.1 mode aggressive id key-id g"};
    const struct config config = {.policy_count = 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct whatif whatif;
        const struct whatif_peer peer = parse(words[i]);
        whatif_run(&config, &peer, &whatif);
        assert_false(whatif.accepted);
        assert_int_equal(whatif.stage_count, 1);
        assert_true(whatif.stages[0].deciding);
        assert_true(strlen(whatif.stages[0].decision.hint) > 0);
    }
}

/* A hub without a policy for pre-shared keys is told so, not taken at its word. */
static void a_hub_without_policies_refuses_whoever_offers_nothing_special(void **state)
{
    (void)state;
    const struct keyring_entry entry = {
        .prefix.addr.family = ADDR_V4, .secret = {(const uint8_t *)"k", 1}, .line = 1};
    const struct keyring ring = {.name = "default", .entries = &entry, .entry_count = 1};
    const struct crypto_map map = {.name = "cmap"};
    const struct config_interface interface = {.name = "Ethernet0/0", .map = &map};
    struct isakmp_policy rsa = {.priority = 10,
                                .cipher = CIPHER_AES,
                                .key_bits = 128,
                                .hash = HASH_SHA1,
                                .group = 2,
                                .auth = ISAKMP_AUTH_RSA_SIG};
    struct config config = {
        .keyrings = &ring, .keyring_count = 1, .interfaces = &interface, .interface_count = 1};
    struct whatif whatif;
    const struct whatif_peer peer = parse("from 1.1.1.1");
    whatif_run(&config, &peer, &whatif);
    assert_string_equal(whatif.stages[1].decision.hint, "add a crypto isakmp policy");
    config.policies = &rsa;
    config.policy_count = 1;
    whatif_run(&config, &peer, &whatif);
    assert_false(whatif.accepted);
    assert_int_equal(whatif.stages[1].decision.rule, RULE_AUTH_METHOD);
    assert_string_equal(whatif.stages[1].decision.hint,
                        "add authentication pre-share to policy 10");
    rsa.auth = ISAKMP_AUTH_PSK;
    whatif_run(&config, &peer, &whatif);
    assert_true(whatif.accepted);
    assert_true(whatif.phase2_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_enough),
        cmocka_unit_test(clauses_stand_in_any_order),
        cmocka_unit_test(what_is_said_of_the_login_stays),
        cmocka_unit_test(suites_of_phase_1_are_read),
        cmocka_unit_test(suites_of_phase_2_are_read),
        cmocka_unit_test(what_is_no_suite_is_refused),
        cmocka_unit_test(suites_are_bounded_and_of_one_pfs_group),
        cmocka_unit_test(what_is_wrong_is_said_in_a_sentence),
        cmocka_unit_test(a_word_that_no_value_can_be_is_not_passed_over),
        cmocka_unit_test(nothing_is_configured_and_nobody_comes_in),
        cmocka_unit_test(a_hub_without_policies_refuses_whoever_offers_nothing_special),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
