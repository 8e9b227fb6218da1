/* Commands of phase 2: transform-sets, lifetimes, maps. What each sets, what it
 * refuses and where it points. */
#include "unit/config/load_text.h"

static void every_transform_is_read(void **state)
{
    static const struct {
        const char *words;
        struct packet_suite suite;
    } sets[] = {
        {"esp-des esp-md5-hmac", {PACKET_DES_CBC, 0, HASH_MD5, 12}},
        {"esp-3des esp-sha-hmac", {PACKET_3DES_CBC, 0, HASH_SHA1, 12}},
        {"esp-aes esp-sha256-hmac", {PACKET_AES_CBC, 128, HASH_SHA256, 16}},
        {"esp-aes 192 esp-sha384-hmac", {PACKET_AES_CBC, 192, HASH_SHA384, 24}},
        {"esp-sha512-hmac esp-aes 256", {PACKET_AES_CBC, 256, HASH_SHA512, 32}},
        {"esp-gcm", {PACKET_AES_GCM, 128, HASH_NONE, 16}},
        {"esp-gcm 256", {PACKET_AES_GCM, 256, HASH_NONE, 16}},
        {"esp-null esp-sha-hmac", {PACKET_NULL, 0, HASH_SHA1, 12}},
    };
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        snprintf(text, sizeof text, "crypto ipsec transform-set t %s\n", sets[i].words);
        struct loaded loaded = load_good(text);
        const struct transform_set *set = &loaded.config->transform_sets[0];
        assert_int_equal(set->suite.cipher, sets[i].suite.cipher);
        assert_int_equal(set->suite.key_bits, sets[i].suite.key_bits);
        assert_int_equal(set->suite.integrity, sets[i].suite.integrity);
        assert_int_equal(set->suite.icv_len, sets[i].suite.icv_len);
        assert_true(packet_key_len(&set->suite) > 0);
        assert_false(set->transport);
        unload(&loaded);
    }
}

static void transforms_that_do_not_protect_are_refused(void **state)
{
    (void)state;
    assert_one_error("crypto ipsec transform-set t esp-3des\n", 1, 1, "lets anyone change packets");
    assert_one_error("crypto ipsec transform-set t esp-null\n", 1, 1, "lets anyone change packets");
    assert_one_error("crypto ipsec transform-set t esp-sha-hmac\n", 1, 1, "the cipher is missing");
    assert_one_error("crypto ipsec transform-set t esp-gcm esp-sha-hmac\n", 1, 1,
                     "leave out \"esp-sha-hmac\"");
    assert_one_error("crypto ipsec transform-set t esp-des esp-3des esp-sha-hmac\n", 1, 38,
                     "one cipher");
    assert_one_error("crypto ipsec transform-set t ah-sha-hmac\n", 1, 30, "AH is not supported");
    assert_one_error("crypto ipsec transform-set t esp-aes esp-sha-hmac comp-lzs\n", 1, 51,
                     "compression is not supported");
    assert_one_error("crypto ipsec transform-set t esp-seal esp-sha-hmac\n", 1, 30,
                     "unknown word \"esp-seal\"");
}

static void the_mode_of_a_transform_set_is_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto ipsec transform-set a esp-gcm\n mode transport\n"
                                     "crypto ipsec transform-set b esp-gcm\n mode tunnel require\n"
                                     "crypto ipsec transform-set c esp-gcm\n mode transport\n"
                                     " no mode\ncrypto ipsec transform-set d esp-gcm\n"
                                     "no crypto ipsec transform-set d\n");
    assert_int_equal(loaded.config->transform_set_count, 3);
    assert_true(loaded.config->transform_sets[0].transport);
    assert_false(loaded.config->transform_sets[1].transport);
    assert_false(loaded.config->transform_sets[2].transport);
    unload(&loaded);
}

static void global_lifetimes_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto ipsec security-association lifetime seconds 120\n"
                                     "crypto ipsec security-association lifetime kilobytes 2560\n");
    assert_int_equal(loaded.config->ipsec_lifetime_s, 120);
    assert_int_equal(loaded.config->ipsec_lifetime_kb, 2560);
    unload(&loaded);
    loaded = load_good("crypto ipsec security-association lifetime kilobytes disable\n"
                       "crypto ipsec security-association lifetime seconds 120\n"
                       "no crypto ipsec security-association lifetime seconds\n");
    assert_int_equal(loaded.config->ipsec_lifetime_s, 3600);
    assert_int_equal(loaded.config->ipsec_lifetime_kb, 0);
    unload(&loaded);
    assert_one_error("crypto ipsec security-association lifetime seconds 119\n", 1, 52, "120-");
}

static void a_static_entry_is_read_in_full(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "crypto ipsec transform-set t esp-gcm\ncrypto ipsec transform-set u esp-gcm 256\n"
        "crypto isakmp profile p\naccess-list 100 permit ip any any\n"
        "crypto map m 20 ipsec-isakmp\n set peer 10.0.0.1\n set peer 10.0.0.2 default\n"
        " set transform-set t u\n match address 100\n set isakmp-profile p\n set pfs group14\n"
        " set security-association lifetime seconds 600\n"
        " set security-association lifetime kilobytes 9999\n reverse-route\n"
        " description the first\n qos pre-classify\n"
        "crypto map m 10 ipsec-isakmp\n set pfs\n set reverse-route\n");
    const struct crypto_map *map = find_map(loaded.config, "m");
    assert_non_null(map);
    assert_int_equal(map->entry_count, 2);
    const struct map_entry *first = &map->entries[0], *second = &map->entries[1];
    assert_int_equal(first->sequence, 10);
    assert_int_equal(first->pfs_group, 1); /* IOS: set pfs alone is group 1 */
    assert_true(first->reverse.on);
    assert_int_equal(second->sequence, 20);
    assert_int_equal(second->peer_count, 2);
    assert_true(addr_equal(second->peers[1].addr, address("10.0.0.2")));
    assert_false(second->peers[0].preferred);
    assert_true(second->peers[1].preferred);
    assert_int_equal(second->set_count, 2);
    assert_ptr_equal(second->sets[1], &loaded.config->transform_sets[1]);
    assert_ptr_equal(second->match, find_acl(loaded.config, "100"));
    assert_ptr_equal(second->profile, &loaded.config->profiles[0]);
    assert_int_equal(second->pfs_group, 14);
    assert_int_equal(second->lifetime_s, 600);
    assert_int_equal(second->lifetime_kb, 9999);
    assert_true(second->reverse.on);
    assert_null(second->dynamic);
    unload(&loaded);
}

static void a_dynamic_entry_points_to_its_template(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto ipsec transform-set t esp-gcm\n"
                                     "crypto map m 10 ipsec-isakmp dynamic d discover\n"
                                     "crypto map m 20 ipsec-isakmp dynamic d\n"
                                     "crypto dynamic-map d 5\n set transform-set t\n"
                                     "crypto dynamic-map d 1\n set transform-set t\n");
    const struct crypto_map *map = find_map(loaded.config, "m");
    assert_ptr_equal(map->entries[0].dynamic, &loaded.config->dynamic_maps[0]);
    assert_true(map->entries[0].discover);
    assert_false(map->entries[1].discover);
    assert_int_equal(loaded.config->dynamic_maps[0].entries[0].sequence, 1);
    unload(&loaded);
}

static void settings_from_before_profiles_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("aaa authentication login L local\n"
                                     "aaa authorization network N local\n"
                                     "crypto map m client authentication list L\n"
                                     "crypto map m isakmp authorization list N\n"
                                     "crypto map m client configuration address respond\n"
                                     "crypto map m client configuration address initiate\n");
    const struct crypto_map *map = find_map(loaded.config, "m");
    assert_ptr_equal(map->xauth, &loaded.config->aaa_lists[0]);
    assert_string_equal(map->authorization, "N");
    assert_true(map->respond_address && map->initiate_address);
    assert_int_equal(map->entry_count, 0);
    unload(&loaded);
}

static void maps_and_their_entries_are_removed(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto map m 10 ipsec-isakmp\n set peer 10.0.0.1\n set peer 10.0.0.2\n"
                  " no set peer 10.0.0.1\n set security-association lifetime seconds 600\n"
                  " no set security-association lifetime seconds\ncrypto map m 20 ipsec-isakmp\n"
                  "no crypto map m 20\ncrypto map x 10 ipsec-isakmp\nno crypto map x\n"
                  "crypto dynamic-map d 1\ncrypto dynamic-map d 2\nno crypto dynamic-map d 1\n"
                  "crypto dynamic-map e 1\nno crypto dynamic-map e\n");
    assert_int_equal(loaded.config->crypto_map_count, 1);
    assert_int_equal(loaded.config->crypto_maps[0].entry_count, 1);
    assert_int_equal(loaded.config->crypto_maps[0].entries[0].peer_count, 1);
    assert_int_equal(loaded.config->crypto_maps[0].entries[0].lifetime_s, 0);
    assert_int_equal(loaded.config->dynamic_map_count, 1);
    assert_int_equal(loaded.config->dynamic_maps[0].entry_count, 1);
    assert_int_equal(loaded.config->dynamic_maps[0].entries[0].sequence, 2);
    unload(&loaded);
    assert_one_error("no crypto map m\n", 1, 4, "no such map");
    assert_one_error("crypto dynamic-map d 1\ncrypto map m 1 ipsec-isakmp dynamic d\n"
                     "crypto map m 1 ipsec-isakmp\n set peer 10.0.0.1\n",
                     3, 1, "points to dynamic map");
}

static void an_entry_holds_eight_peers_and_six_transform_sets(void **state)
{
    char text[1024] = "crypto map m 1 ipsec-isakmp\n";
    (void)state;
    for (unsigned i = 1; i <= MAP_PEERS + 1; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " set peer 10.0.0.%u\n", i);
    assert_one_error(text, 2 + MAP_PEERS, 11, "at most 8 peers");
    assert_one_error("crypto map m 1 ipsec-isakmp\n set transform-set a b c d e f g\n", 2, 32,
                     "at most 6 transform sets");
}

static void peers_have_names_and_one_is_preferred(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "crypto map m 10 ipsec-isakmp\n set peer hub.example.com dynamic\n"
        " set peer 10.0.0.1 default\n set peer two.example.com default\n set peer 10.0.0.2\n"
        " no set peer 10.0.0.2\n set peer HUB.example.com\n");
    const struct map_entry *entry = &find_map(loaded.config, "m")->entries[0];
    assert_int_equal(entry->peer_count, 3);
    assert_false(entry->peers[0].preferred); /* only the last that says so */
    assert_string_equal(entry->peers[1].host, "two.example.com");
    assert_true(entry->peers[1].preferred);
    assert_string_equal(entry->peers[2].host, "HUB.example.com"); /* named again: to the end */
    assert_false(entry->peers[2].follow);
    assert_true(config_entry_names(entry, address("10.0.0.1")));
    assert_false(config_entry_names(entry, address("10.0.0.2")));
    unload(&loaded);
}

static void reverse_routes_and_idle_times_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "crypto map m 10 ipsec-isakmp\n reverse-route static\n set reverse-route distance 20\n"
        " set security-association idle-time 600 default\n"
        "crypto map m 20 ipsec-isakmp\n reverse-route remote-peer 10.9.9.9 static\n"
        "crypto map m 30 ipsec-isakmp\n reverse-route tag 7\n no reverse-route\n"
        " set security-association idle-time 600\n no set security-association idle-time\n");
    const struct map_entry *entries = find_map(loaded.config, "m")->entries;
    assert_true(entries[0].reverse.on && entries[0].reverse.fixed);
    assert_int_equal(entries[0].reverse.distance, 20);
    assert_int_equal(entries[0].idle_s, 600);
    assert_true(entries[0].idle_default);
    assert_true(entries[1].reverse.remote_peer && entries[1].reverse.fixed);
    assert_true(addr_equal(entries[1].reverse.gateway, address("10.9.9.9")));
    assert_false(entries[2].reverse.on);
    assert_int_equal(entries[2].reverse.tag, 0);
    assert_int_equal(entries[2].idle_s, 0);
    unload(&loaded);
}

static void what_maps_cannot_do_yet_is_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto map m local-address Loopback0\n", 1, 14, "not supported yet");
    assert_one_error("crypto map m 10 ipsec-manual\n set peer 10.0.0.1\n", 1, 17, "ipsec-isakmp");
    assert_one_error("crypto map m 10 ipsec-isakmp\n set nat demux\n", 2, 6, "not supported yet");
    assert_one_error("crypto ipsec profile p\n set transform-set t\n set isakmp-profile x\n", 1, 14,
                     "\"crypto ipsec profile\": not supported yet");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transform_is_read),
        cmocka_unit_test(transforms_that_do_not_protect_are_refused),
        cmocka_unit_test(the_mode_of_a_transform_set_is_read),
        cmocka_unit_test(global_lifetimes_are_read),
        cmocka_unit_test(a_static_entry_is_read_in_full),
        cmocka_unit_test(a_dynamic_entry_points_to_its_template),
        cmocka_unit_test(settings_from_before_profiles_are_read),
        cmocka_unit_test(maps_and_their_entries_are_removed),
        cmocka_unit_test(an_entry_holds_eight_peers_and_six_transform_sets),
        cmocka_unit_test(peers_have_names_and_one_is_preferred),
        cmocka_unit_test(reverse_routes_and_idle_times_are_read),
        cmocka_unit_test(what_maps_cannot_do_yet_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
