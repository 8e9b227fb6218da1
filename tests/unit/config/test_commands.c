/* Every command: what it sets, what it refuses and where it points. */
#include "unit/config/load_text.h"

/* ---- phase 1 ---- */

static void a_policy_without_lines_has_the_defaults_of_ios(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 7\n");
    const struct isakmp_policy *policy = &loaded.config->policies[0];
    assert_int_equal(loaded.config->policy_count, 1);
    assert_int_equal(policy->priority, 7);
    assert_int_equal(policy->cipher, CIPHER_DES);
    assert_int_equal(policy->key_bits, 0);
    assert_int_equal(policy->hash, HASH_SHA1);
    assert_int_equal(policy->group, 1);
    assert_int_equal(policy->auth, ISAKMP_AUTH_RSA_SIG);
    assert_int_equal(policy->lifetime_s, 86400);
    unload(&loaded);
}

static void every_algorithm_of_phase_1_is_read(void **state)
{
    static const struct {
        const char *line;
        enum cipher_alg cipher;
        unsigned bits;
    } ciphers[] = {
        {"des", CIPHER_DES, 0},       {"3des", CIPHER_3DES, 0},     {"aes", CIPHER_AES, 128},
        {"aes 128", CIPHER_AES, 128}, {"aes 192", CIPHER_AES, 192}, {"aes 256", CIPHER_AES, 256},
    };
    static const struct {
        const char *line;
        enum hash_alg hash;
    } hashes[] = {{"md5", HASH_MD5},
                  {"sha", HASH_SHA1},
                  {"sha256", HASH_SHA256},
                  {"sha384", HASH_SHA384},
                  {"sha512", HASH_SHA512}};
    static const unsigned groups[] = {1, 2, 5, 14, 15, 16, 19, 20, 21, 31};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n encr %s\n", ciphers[i].line);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].cipher, ciphers[i].cipher);
        assert_int_equal(loaded.config->policies[0].key_bits, ciphers[i].bits);
        unload(&loaded);
    }
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n hash %s\n", hashes[i].line);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].hash, hashes[i].hash);
        unload(&loaded);
    }
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        snprintf(text, sizeof text, "crypto isakmp policy 1\n group %u\n", groups[i]);
        struct loaded loaded = load_good(text);
        assert_int_equal(loaded.config->policies[0].group, groups[i]);
        unload(&loaded);
    }
}

static void policies_stand_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 30\ncrypto isakmp policy 10\n group 14\n"
                                     "crypto isakmp policy 20\ncrypto isakmp policy 10\n hash md5\n"
                                     "no crypto isakmp policy 30\n");
    assert_int_equal(loaded.config->policy_count, 2);
    assert_int_equal(loaded.config->policies[0].priority, 10);
    assert_int_equal(loaded.config->policies[0].group, 14);
    assert_int_equal(loaded.config->policies[0].hash, HASH_MD5);
    assert_int_equal(loaded.config->policies[1].priority, 20);
    unload(&loaded);
}

static void the_no_form_restores_the_default(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 1\n encr aes 256\n hash md5\n group 14\n"
                                     " auth pre\n lifetime 3600\n no encr\n no hash\n no group\n"
                                     " no auth\n no lifetime\n");
    const struct isakmp_policy *policy = &loaded.config->policies[0];
    assert_int_equal(policy->cipher, CIPHER_DES);
    assert_int_equal(policy->hash, HASH_SHA1);
    assert_int_equal(policy->group, 1);
    assert_int_equal(policy->auth, ISAKMP_AUTH_RSA_SIG);
    assert_int_equal(policy->lifetime_s, 86400);
    unload(&loaded);
}

static void the_edges_of_a_lifetime_are_60_and_86400(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp policy 1\n lifetime 60\n"
                                     "crypto isakmp policy 2\n lifetime 86400\n");
    assert_int_equal(loaded.config->policies[0].lifetime_s, 60);
    unload(&loaded);
    assert_one_error("crypto isakmp policy 1\n lifetime 59\n", 2, 11, "a number 60-86400");
    assert_one_error("crypto isakmp policy 1\n lifetime 86401\n", 2, 11, "a number 60-86400");
    assert_one_error("crypto isakmp policy 0\n", 1, 22, "a number 1-10000");
    assert_one_error("crypto isakmp policy 10001\n", 1, 22, "a number 1-10000");
    assert_one_error("crypto isakmp policy 4294967297\n", 1, 22, "a number 1-10000");
}

static void certificates_are_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp policy 1\n authentication rsa-sig\n", 2, 17,
                     "certificates are not supported yet");
    assert_one_error("crypto isakmp identity dn\n", 1, 24, "not supported yet");
}

static void keys_are_read_in_all_their_forms(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp key plain address 10.0.0.1\n"
                                     "crypto isakmp key 0 zero address 10.1.0.0 255.255.0.0\n"
                                     "crypto isakmp key 7 0822455D0A16 hostname b.example.com\n"
                                     "crypto isakmp key six address ipv6 ::/0 no-xauth\n"
                                     "crypto isakmp key 0 address 10.0.0.3\n"
                                     "crypto isakmp key all address 0.0.0.0\n");
    const struct keyring *keys = &loaded.config->keyrings[0];
    assert_string_equal(keys->name, "default");
    assert_int_equal(keys->entry_count, 6);
    assert_true(prefix_is(keys->entries[0].prefix, "10.0.0.1/32"));
    assert_true(span_is(keys->entries[0].secret, "plain"));
    assert_true(prefix_is(keys->entries[1].prefix, "10.1.0.0/16"));
    assert_true(span_is(keys->entries[1].secret, "zero"));
    assert_int_equal(keys->entries[2].kind, KEY_FOR_HOSTNAME);
    assert_string_equal(keys->entries[2].hostname, "b.example.com");
    assert_true(span_is(keys->entries[2].secret, "cisco"));
    assert_true(prefix_is(keys->entries[3].prefix, "::/0"));
    assert_true(keys->entries[3].no_xauth);
    assert_true(span_is(keys->entries[4].secret, "0")); /* a key may look like a type */
    assert_true(prefix_is(keys->entries[5].prefix, "0.0.0.0/0"));
    unload(&loaded);
}

static void a_type_6_key_is_refused_with_the_way_out(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp key 6 ABCDEFG address 10.0.0.1\n", 1, 21, "write the key");
    assert_one_error("crypto isakmp client configuration group g\n key 6 ABCDEFG\n", 2, 8,
                     "write the key");
    assert_one_error("crypto isakmp key 7 XYZ address 10.0.0.1\n", 1, 21, "not a type 7 text");
    struct loaded loaded = load_text("crypto isakmp key 6 ABCDEFG address 10.0.0.1\n");
    assert_never_shown(&loaded, "ABCDEFG");
    unload(&loaded);
}

static void a_hidden_secret_is_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto isakmp key <hidden> address 10.0.0.1\n", 1, 19, "<hidden>");
    assert_one_error("username u secret 9 <hidden>\n", 1, 21, "write the secret");
    assert_one_error("crypto keyring k\n pre-shared-key address 1.2.3.4 key <hidden>\n", 2, 37,
                     "<hidden>");
}

static void keys_are_removed_by_peer(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto keyring k\n pre-shared-key address 10.0.0.1 key a\n"
                  " pre-shared-key address 10.0.0.2 key b\n no pre-shared-key address 10.0.0.1\n"
                  "crypto isakmp key c address 10.0.0.9\nno crypto isakmp key c address 10.0.0.9\n"
                  "crypto keyring gone\nno crypto keyring gone\n");
    assert_int_equal(loaded.config->keyring_count, 2);
    assert_int_equal(loaded.config->keyrings[0].entry_count, 0);
    assert_int_equal(loaded.config->keyrings[1].entry_count, 1);
    assert_true(prefix_is(loaded.config->keyrings[1].entries[0].prefix, "10.0.0.2/32"));
    unload(&loaded);
    assert_one_error("no crypto isakmp key c address 10.0.0.9\n", 1, 4, "no such key");
    assert_one_error("no crypto isakmp key c\n", 1, 4, "say whose key");
    assert_one_error("crypto keyring default\n", 1, 16, "global keys");
}

static void global_settings_of_phase_1_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp identity hostname\n"
                                     "crypto isakmp keepalive 30 5 periodic\n"
                                     "crypto isakmp nat keepalive 15\n"
                                     "crypto isakmp aggressive-mode disable\n"
                                     "crypto isakmp enable\n");
    assert_int_equal(loaded.config->identity, IDENTITY_HOSTNAME);
    assert_int_equal(loaded.config->keepalive_s, 30);
    assert_int_equal(loaded.config->keepalive_retry_s, 5);
    assert_true(loaded.config->keepalive_periodic);
    assert_int_equal(loaded.config->nat_keepalive_s, 15);
    assert_true(loaded.config->aggressive_disabled);
    unload(&loaded);
    loaded = load_good("crypto isakmp keepalive 10\nno crypto isakmp nat keepalive\n"
                       "crypto isakmp identity hostname\nno crypto isakmp identity\n");
    assert_int_equal(loaded.config->identity, IDENTITY_ADDRESS);
    assert_int_equal(loaded.config->keepalive_retry_s, 2);
    assert_false(loaded.config->keepalive_periodic);
    assert_int_equal(loaded.config->nat_keepalive_s, 20);
    unload(&loaded);
    assert_one_error("no crypto isakmp enable\n", 1, 4, "cannot be switched off");
}

static void a_profile_is_read_in_full(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("crypto keyring a\ncrypto keyring b\naaa authentication login L local\n"
                  "aaa authorization network N local\ncrypto isakmp profile p\n"
                  " description all   of it\n keyring a b\n keyring a\n"
                  " match identity address 10.0.0.0 255.0.0.0\n match identity address 10.0.0.1\n"
                  " match identity address 0.0.0.0\n match identity group g\n"
                  " match identity address ipv6 2001:db8::7/64\n"
                  " match identity host h.example\n match identity fqdn f.example\n"
                  " match identity host domain d.example\n match identity user u@e.example\n"
                  " match identity user-fqdn v@e.example\n match identity user domain e.example\n"
                  " client authentication list L\n isakmp authorization list N\n"
                  " client configuration address respond\n"
                  " client configuration address initiate\n keepalive 20 retry 3\n");
    static const struct {
        enum identity_match_kind kind;
        const char *text;
    } wanted[] = {
        {MATCH_ADDRESS, "10.0.0.0/8"},    {MATCH_ADDRESS, "10.0.0.1/32"},
        {MATCH_ADDRESS, "0.0.0.0/0"},     {MATCH_GROUP, "g"},
        {MATCH_ADDRESS, "2001:db8::/64"}, {MATCH_HOST, "h.example"},
        {MATCH_HOST, "f.example"},        {MATCH_HOST_DOMAIN, "d.example"},
        {MATCH_USER, "u@e.example"},      {MATCH_USER, "v@e.example"},
        {MATCH_USER_DOMAIN, "e.example"},
    };
    const struct isakmp_profile *profile = &loaded.config->profiles[0];
    assert_string_equal(profile->description, "all   of it");
    assert_int_equal(profile->keyring_count, 2);
    assert_ptr_equal(profile->keyrings[1], &loaded.config->keyrings[2]);
    assert_int_equal(profile->match_count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < profile->match_count; i++) {
        assert_int_equal(profile->matches[i].kind, wanted[i].kind);
        if (wanted[i].kind == MATCH_ADDRESS)
            assert_true(prefix_is(profile->matches[i].prefix, wanted[i].text));
        else
            assert_string_equal(profile->matches[i].text, wanted[i].text);
    }
    assert_ptr_equal(profile->xauth, &loaded.config->aaa_lists[0]);
    assert_string_equal(profile->authorization, "N");
    assert_true(profile->respond_address && profile->initiate_address);
    assert_int_equal(profile->keepalive_s, 20);
    assert_int_equal(profile->keepalive_retry_s, 3);
    unload(&loaded);
}

static void lines_of_a_profile_are_removed_by_no(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("aaa authentication login L local\ncrypto keyring a\ncrypto isakmp profile p\n"
                  " keyring a\n no keyring\n description x\n no description\n"
                  " match identity group g\n match identity group h\n no match identity group g\n"
                  " client authentication list L\n no client authentication list\n"
                  " client configuration address respond\n no client configuration address\n");
    const struct isakmp_profile *profile = &loaded.config->profiles[0];
    assert_null(profile->description);
    assert_int_equal(profile->keyring_count, 0);
    assert_int_equal(profile->match_count, 1);
    assert_string_equal(profile->matches[0].text, "h");
    assert_null(profile->xauth);
    assert_false(profile->respond_address);
    unload(&loaded);
    assert_one_error("crypto isakmp profile p\n no match identity group g\n", 2, 5, "no such line");
}

static void what_a_profile_cannot_do_yet_is_refused_by_name(void **state)
{
    static const char *const lines[] = {"vrf A",
                                        "virtual-template 1",
                                        "self-identity address",
                                        "accounting L",
                                        "ca trust-point T",
                                        "initiate mode aggressive",
                                        "client configuration group g"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(text, sizeof text, "crypto isakmp profile p\n %s\n", lines[i]);
        struct loaded loaded = load_text(text);
        assert_int_equal(loaded.rc, RC_MALFORMED);
        assert_int_equal(loaded.report.errors, 1);
        assert_int_equal(loaded.report.findings[0].line, 2);
        assert_non_null(strstr(loaded.report.findings[0].text, "not supported"));
        unload(&loaded);
    }
}

static void a_group_is_read_in_full(void **state)
{
    (void)state;
    struct loaded loaded =
        load_good("ip local pool P 10.5.0.1 10.5.0.9\naccess-list 10 permit 10.0.0.0 0.0.0.255\n"
                  "crypto isakmp client configuration group g\n key 0 sesame-sesame\n"
                  " dns 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4\n wins 5.5.5.5\n domain example.com\n"
                  " pool P\n acl 10\n split-dns a.example b.example\n split-dns c.example\n"
                  " banner # Hello\n  you! #\n netmask 255.255.255.0\n backup-gateway 192.0.2.9\n"
                  " backup-gateway h.example\n save-password\n pfs\n max-users 5000\n"
                  " max-logins 10\n");
    const struct client_group *group = &loaded.config->groups[0];
    assert_true(span_is(group->secret, "sesame-sesame"));
    assert_int_equal(group->dns_count, 4);
    assert_true(addr_equal(group->dns[3], address("4.4.4.4")));
    assert_int_equal(group->wins_count, 1);
    assert_string_equal(group->domain, "example.com");
    assert_ptr_equal(group->pool, &loaded.config->pools[0]);
    assert_ptr_equal(group->split, &loaded.config->acls[0]);
    assert_string_equal(group->split_dns, "a.example,b.example,c.example");
    assert_string_equal(group->banner, " Hello\n  you! ");
    assert_true(addr_equal(group->netmask, address("255.255.255.0")));
    assert_string_equal(group->backup_gateways, "192.0.2.9,h.example");
    assert_true(group->save_password && group->pfs);
    assert_int_equal(group->max_users, 5000);
    assert_int_equal(group->max_logins, 10);
    unload(&loaded);
}

static void a_group_that_says_nothing_holds_nothing(void **state)
{
    (void)state;
    struct loaded loaded = load_good("crypto isakmp client configuration group g\n key a\n no key\n"
                                     " dns 1.1.1.1\n no dns\n pfs\n no pfs\n max-users 7\n"
                                     " no max-users\n split-dns a.example\n no split-dns\n"
                                     " netmask 255.0.0.0\n no netmask\n");
    const struct client_group *group = &loaded.config->groups[0];
    assert_int_equal(group->secret.len, 0);
    assert_int_equal(group->dns_count, 0);
    assert_int_equal(group->max_users, 0);
    assert_null(group->split_dns);
    assert_int_equal(group->netmask.family, ADDR_NONE);
    assert_false(group->pfs);
    unload(&loaded);
    assert_one_error("crypto isakmp client configuration group g\n max-logins 11\n", 2, 13, "1-10");
    assert_one_error("crypto isakmp client configuration group g\n dns 1 2\n", 2, 6,
                     "an address such as");
    assert_one_error("crypto isakmp client configuration group g\n group-lock\n", 2, 2,
                     "not supported yet");
}

/* ---- phase 2 ---- */

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
    const struct crypto_map *map = config_crypto_map(loaded.config, "m");
    assert_non_null(map);
    assert_int_equal(map->entry_count, 2);
    const struct map_entry *first = &map->entries[0], *second = &map->entries[1];
    assert_int_equal(first->sequence, 10);
    assert_int_equal(first->pfs_group, 1); /* IOS: set pfs alone is group 1 */
    assert_true(first->reverse_route);
    assert_int_equal(second->sequence, 20);
    assert_int_equal(second->peer_count, 2);
    assert_true(addr_equal(second->peers[1], address("10.0.0.2")));
    assert_int_equal(second->set_count, 2);
    assert_ptr_equal(second->sets[1], &loaded.config->transform_sets[1]);
    assert_ptr_equal(second->match, config_acl(loaded.config, "100"));
    assert_ptr_equal(second->profile, &loaded.config->profiles[0]);
    assert_int_equal(second->pfs_group, 14);
    assert_int_equal(second->lifetime_s, 600);
    assert_int_equal(second->lifetime_kb, 9999);
    assert_true(second->reverse_route);
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
    const struct crypto_map *map = config_crypto_map(loaded.config, "m");
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
    const struct crypto_map *map = config_crypto_map(loaded.config, "m");
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

static void what_maps_cannot_do_yet_is_refused_by_name(void **state)
{
    (void)state;
    assert_one_error("crypto map m local-address Loopback0\n", 1, 14, "not supported yet");
    assert_one_error("crypto map m 10 ipsec-manual\n set peer 10.0.0.1\n", 1, 17, "ipsec-isakmp");
    assert_one_error("crypto map m 10 ipsec-isakmp\n set peer hub.example.com dynamic\n", 2, 6,
                     "write the address");
    assert_one_error("crypto map m 10 ipsec-isakmp\n reverse-route static\n", 2, 16,
                     "not supported yet");
    assert_one_error("crypto ipsec profile p\n set transform-set t\n set isakmp-profile x\n", 1, 14,
                     "\"crypto ipsec profile\": not supported yet");
}

/* ---- lists, addresses, interfaces ---- */

static void an_extended_list_is_read(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded =
        load_good("access-list 100 remark anything ! here\n"
                  "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
                  "access-list 100 deny tcp host 10.0.0.1 eq 80 any eq isakmp log\n"
                  "access-list 100 permit 47 any host 10.0.0.2\n"
                  "access-list 100 permit icmp 10.0.0.7 0.0.0.0 any\n");
    const struct acl *acl = config_acl(loaded.config, "100");
    assert_int_equal(acl->entry_count, 4);
    assert_true(acl->entries[0].permit);
    assert_string_equal(selector_format(&acl->entries[0].source, text), "10.2.0.0/16");
    assert_string_equal(selector_format(&acl->entries[0].destination, text), "10.1.0.0/16");
    assert_false(acl->entries[1].permit);
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.0.0.1/32/6/80");
    assert_string_equal(selector_format(&acl->entries[1].destination, text), "0.0.0.0/0/6/500");
    assert_string_equal(selector_format(&acl->entries[2].source, text), "0.0.0.0/0/47/0");
    assert_string_equal(selector_format(&acl->entries[2].destination, text), "10.0.0.2/32/47/0");
    assert_string_equal(selector_format(&acl->entries[3].source, text), "10.0.0.7/32/1/0");
    unload(&loaded);
}

static void a_standard_list_selects_sources(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded = load_good("access-list 10 permit 10.1.0.0 0.0.255.255\n"
                                     "access-list 10 permit 10.2.0.1\n"
                                     "access-list 10 deny any\n"
                                     "ip access-list standard S\n permit host 10.3.0.1\n");
    const struct acl *acl = config_acl(loaded.config, "10");
    assert_int_equal(acl->entry_count, 3);
    assert_string_equal(selector_format(&acl->entries[0].source, text), "10.1.0.0/16");
    assert_string_equal(selector_format(&acl->entries[0].destination, text), "0.0.0.0/0");
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.2.0.1/32");
    assert_int_equal(config_acl(loaded.config, "S")->entry_count, 1);
    unload(&loaded);
}

static void lines_of_a_named_list_stand_by_number_and_can_be_removed(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded = load_good("ip access-list extended X\n permit ip host 10.0.0.1 any\n"
                                     " permit ip host 10.0.0.2 any\n 5 deny ip any any\n"
                                     " 15 permit ip host 10.0.0.3 any\n no 10\n"
                                     " no permit ip host 10.0.0.2 any\n"
                                     "access-list 101 permit ip any any\nno access-list 101\n"
                                     "ip access-list extended Y\nno ip access-list extended Y\n");
    const struct acl *acl = config_acl(loaded.config, "X");
    assert_int_equal(loaded.config->acl_count, 1);
    assert_int_equal(acl->entry_count, 2);
    assert_false(acl->entries[0].permit);
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.0.0.3/32");
    unload(&loaded);
    assert_one_error("ip access-list extended X\n 5 permit ip any any\n 5 deny ip any any\n", 3, 2,
                     "sequence number 5 already");
}

static void a_list_for_other_uses_is_nobodys_error_until_a_tunnel_uses_it(void **state)
{
    static const char list[] = "access-list 102 permit tcp any any established\n"
                               "access-list 102 permit ip 10.0.0.0 0.255.0.255 any\n";
    char text[256];
    (void)state;
    struct loaded loaded = load_good(list);
    assert_int_equal(loaded.report.count, 2);
    assert_int_equal(loaded.report.findings[0].severity, CONFIG_IGNORED);
    unload(&loaded);
    snprintf(text, sizeof text, "%scrypto map m 1 ipsec-isakmp\n match address 102\n", list);
    loaded = load_text(text);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_int_equal(loaded.report.errors, 2);
    assert_non_null(find_finding(&loaded, CONFIG_ERROR, "line 4 uses this list"));
    unload(&loaded);
}

static void the_first_line_that_contains_both_ends_decides(void **state)
{
    (void)state;
    struct loaded loaded = load_good("access-list 100 deny ip host 10.0.0.1 any\n"
                                     "access-list 100 permit ip 10.0.0.0 0.0.0.255 10.1.0.0 "
                                     "0.0.255.255\n");
    const struct acl *acl = config_acl(loaded.config, "100");
    struct selector one = selector_of_addr(address("10.0.0.1"));
    struct selector two = selector_of_addr(address("10.0.0.2"));
    struct selector net = selector_of_prefix(prefix_of(address("10.0.0.0"), 24));
    struct selector wider = selector_of_prefix(prefix_of(address("10.0.0.0"), 16));
    struct selector far = selector_of_prefix(prefix_of(address("10.1.2.0"), 24));
    assert_false(acl_permits(acl, &one, &far));
    assert_true(acl_permits(acl, &two, &far));
    assert_true(acl_permits(acl, &net, &far)); /* the deny line only overlaps */
    assert_false(acl_permits(acl, &wider, &far));
    assert_false(acl_permits(acl, &far, &two));
    unload(&loaded);
}

static void pools_add_up_and_shrink(void **state)
{
    (void)state;
    struct loaded loaded = load_good("ip local pool P 10.5.0.1 10.5.0.9\nip local pool P 10.5.1.1\n"
                                     "ip local pool Q 10.6.0.1 10.6.0.2\nno ip local pool Q\n"
                                     "ip local pool P 10.7.0.1 10.7.0.2\n"
                                     "no ip local pool P 10.7.0.1 10.7.0.2\n");
    assert_int_equal(loaded.config->pool_count, 1);
    assert_int_equal(loaded.config->pools[0].range_count, 2);
    assert_true(addr_equal(loaded.config->pools[0].ranges[1].first, address("10.5.1.1")));
    assert_true(addr_equal(loaded.config->pools[0].ranges[1].last, address("10.5.1.1")));
    unload(&loaded);
    assert_one_error("ip local pool P 10.5.0.9 10.5.0.1\n", 1, 26, "ends before it begins");
}

static void an_interface_has_one_name_however_it_is_written(void **state)
{
    (void)state;
    struct loaded loaded = load_good("interface FastEthernet0/0\n description the first\n"
                                     "int fa0/0\n ip address 10.0.0.1 255.255.255.0\n"
                                     "interface Fa 0/0\n shutdown\ninterface gi0/1.100\n"
                                     "hubward interface Gi0/1.100 eth1.100\n"
                                     "interface Gi0/2\nno interface Gi0/2\n");
    const struct config_interface *interfaces = loaded.config->interfaces;
    assert_int_equal(loaded.config->interface_count, 2);
    assert_string_equal(interfaces[0].name, "FastEthernet0/0");
    assert_string_equal(interfaces[0].description, "the first");
    assert_true(addr_equal(interfaces[0].address, address("10.0.0.1")));
    assert_true(addr_equal(interfaces[0].net.addr, address("10.0.0.1"))); /* as written */
    assert_int_equal(interfaces[0].net.len, 24);
    assert_true(interfaces[0].shutdown);
    assert_null(interfaces[0].linux_name);
    assert_string_equal(interfaces[1].name, "GigabitEthernet0/1.100");
    assert_string_equal(interfaces[1].linux_name, "eth1.100");
    unload(&loaded);
}

static void addresses_of_an_interface_come_and_go(void **state)
{
    (void)state;
    struct loaded loaded = load_good("interface e0\n ip address 10.0.0.1 255.0.0.0\n"
                                     " ip address dhcp\ninterface e1\n ip address dhcp\n"
                                     " no ip address\n shutdown\n no shutdown\n"
                                     " ip mtu 1400\n no ip redirects\n");
    assert_true(loaded.config->interfaces[0].dhcp);
    assert_int_equal(loaded.config->interfaces[0].net.addr.family, ADDR_NONE);
    assert_false(loaded.config->interfaces[1].dhcp);
    assert_false(loaded.config->interfaces[1].shutdown);
    unload(&loaded);
    assert_one_error("interface e0\n ip address 10.0.0.1 255.0.255.0\n", 2, 22, "a mask such as");
    assert_one_error("interface Tunnel0\n tunnel source e0\n ip address 10.0.0.1 255.0.0.0\n", 1,
                     11, "tunnel interfaces are not supported yet");
}

static void the_command_line_wins_over_hubward_interface(void **state)
{
    static const char text[] = "interface FastEthernet0/0\nhubward interface fa0/0 eth0\n";
    static const struct config_mapping mappings[] = {{"Fa0/0", "veth7"}, {"Fa0/9", "veth8"}};
    (void)state;
    struct loaded loaded = load_octets(text, sizeof text - 1, mappings, 2);
    assert_int_equal(loaded.rc, RC_OK);
    assert_string_equal(loaded.config->interfaces[0].linux_name, "veth7");
    const struct config_finding *finding = find_rule(&loaded, "mapping-unknown");
    assert_non_null(finding);
    assert_int_equal(finding->line, 0);
    unload(&loaded);
}

static void routes_name_a_next_hop_or_an_interface(void **state)
{
    (void)state;
    struct loaded loaded = load_good("ip route 0.0.0.0 0.0.0.0 10.0.0.254 250 name up\n"
                                     "ip route 10.1.0.0 255.255.0.0 fa0/0\n"
                                     "ip route 10.2.0.0 255.255.0.0 fa 0/0 10.0.0.3\n"
                                     "ip route 0.0.0.0 0.0.0.0 dhcp\n"
                                     "ip route 10.9.0.0 255.255.0.0 10.0.0.9\n"
                                     "no ip route 10.9.0.0 255.255.0.0 10.0.0.9\n");
    assert_int_equal(loaded.config->route_count, 3);
    assert_true(addr_equal(loaded.config->routes[0].next_hop, address("10.0.0.254")));
    assert_int_equal(loaded.config->routes[1].next_hop.family, ADDR_NONE);
    assert_string_equal(loaded.config->routes[1].interface, "FastEthernet0/0");
    assert_string_equal(loaded.config->routes[2].interface, "FastEthernet0/0");
    assert_true(addr_equal(loaded.config->routes[2].next_hop, address("10.0.0.3")));
    unload(&loaded);
    assert_one_error("ip route vrf A 0.0.0.0 0.0.0.0 10.0.0.1\n", 1, 10, "one hub per VRF");
    assert_one_error("ip route 10.0.0.0 255.0.0.0\n", 1, 28, "an address such as");
}

/* ---- users and the rest ---- */

static void users_of_every_type_are_read(void **state)
{
    static const char type9[] = "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto";
    char text[512];
    (void)state;
    snprintf(text, sizeof text,
             "username a password 7 0201024E070A0E2649\nusername b password two  words\n"
             "username c privilege 15 secret 9 %s\nusername d secret 0 7\n"
             "username e secret 5 $1$abcdefgh$0123456789abcdefghijk.\nusername f secret x\n"
             "no username f\nusername b secret again\nusername g privilege 1\n",
             type9);
    struct loaded loaded = load_good(text);
    const struct config_user *users = loaded.config->users;
    assert_int_equal(loaded.config->user_count, 5);
    assert_int_equal(users[0].type, 0);
    assert_string_equal(users[0].stored, "gfullage");
    assert_string_equal(users[1].stored, "again");
    assert_int_equal(users[2].type, 9);
    assert_string_equal(users[2].stored, type9);
    assert_string_equal(users[3].stored, "7");
    assert_int_equal(users[4].type, 5);
    unload(&loaded);
    assert_one_error("username a secret 9 nonsense\n", 1, 21, "not a type 9 text");
    assert_one_error("username a password 7 0201024E070A0E264\n", 1, 23, "not a type 7 text");
    assert_one_error("username a pasword 7 0201024E070A0E2649\n", 1, 12,
                     "did you mean \"password\"");
}

static void lists_of_methods_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("aaa new-model\naaa authentication login a local\n"
                                     "aaa authentication login b pam\n"
                                     "aaa authentication login default pam radius\n"
                                     "aaa authentication login c local\n"
                                     "no aaa authentication login c\n"
                                     "aaa authentication ppp default local\n"
                                     "aaa authorization exec default local\n");
    const struct aaa_list *lists = loaded.config->aaa_lists;
    assert_int_equal(loaded.config->aaa_list_count, 3);
    assert_int_equal(lists[0].method, AAA_LOCAL);
    assert_string_equal(lists[1].pam_service, "hubward");
    assert_string_equal(lists[2].name, "default");
    assert_string_equal(lists[2].pam_service, "radius");
    unload(&loaded);
    assert_one_error("aaa authentication login a group radius local\n", 1, 28, "PAM service");
    assert_one_error("aaa authorization network a group radius\n", 1, 29, "groups stand in this");
    assert_one_error("ip vrf A\n rd 1:1\n", 1, 4, "one hub per VRF");
}

static void lines_of_our_own_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hostname h\nip domain-name example.com\n"
                                     "hubward dial on-start\nhubward encapsulate always\n"
                                     "hubward allow-group-psk-xauth\nhubward key-selection ios\n"
                                     "hubward engine userspace\nhubward web listen off\n");
    assert_string_equal(loaded.config->hostname, "h");
    assert_string_equal(loaded.config->domain_name, "example.com");
    assert_true(loaded.config->dial_on_start);
    assert_true(loaded.config->encapsulate_always);
    assert_true(loaded.config->allow_group_psk_xauth);
    assert_string_equal(loaded.config->web_listen, "");
    unload(&loaded);
    loaded = load_good("hubward web listen [::1]:80\nhubward dial on-start\n"
                       "no hubward dial on-start\n");
    assert_string_equal(loaded.config->web_listen, "[::1]:80");
    assert_false(loaded.config->dial_on_start);
    unload(&loaded);
    loaded = load_good("");
    assert_null(loaded.config->web_listen);
    unload(&loaded);
    assert_one_error("hubward web listen localhost\n", 1, 20, "an address and port");
    assert_one_error("hubward web listen 127.0.0.1:0\n", 1, 20, "an address and port");
    assert_one_error("hubward key-selection verify\n", 1, 23, "not supported yet");
    assert_one_error("hubward engine kernel\n", 1, 16, "not supported yet");
    assert_one_error("hubward nonsense\n", 1, 9, "unknown word \"nonsense\"");
}

static void everything_after_end_is_ignored_with_one_line(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hostname a\nend\n! x\nhostname b\ncrypto nonsense\n");
    assert_string_equal(loaded.config->hostname, "a");
    assert_int_equal(loaded.report.count, 1);
    assert_int_equal(loaded.report.findings[0].line, 4);
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_without_lines_has_the_defaults_of_ios),
        cmocka_unit_test(every_algorithm_of_phase_1_is_read),
        cmocka_unit_test(policies_stand_in_the_order_of_their_numbers),
        cmocka_unit_test(the_no_form_restores_the_default),
        cmocka_unit_test(the_edges_of_a_lifetime_are_60_and_86400),
        cmocka_unit_test(certificates_are_refused_by_name),
        cmocka_unit_test(keys_are_read_in_all_their_forms),
        cmocka_unit_test(a_type_6_key_is_refused_with_the_way_out),
        cmocka_unit_test(a_hidden_secret_is_refused_by_name),
        cmocka_unit_test(keys_are_removed_by_peer),
        cmocka_unit_test(global_settings_of_phase_1_are_read),
        cmocka_unit_test(a_profile_is_read_in_full),
        cmocka_unit_test(lines_of_a_profile_are_removed_by_no),
        cmocka_unit_test(what_a_profile_cannot_do_yet_is_refused_by_name),
        cmocka_unit_test(a_group_is_read_in_full),
        cmocka_unit_test(a_group_that_says_nothing_holds_nothing),
        cmocka_unit_test(every_transform_is_read),
        cmocka_unit_test(transforms_that_do_not_protect_are_refused),
        cmocka_unit_test(the_mode_of_a_transform_set_is_read),
        cmocka_unit_test(global_lifetimes_are_read),
        cmocka_unit_test(a_static_entry_is_read_in_full),
        cmocka_unit_test(a_dynamic_entry_points_to_its_template),
        cmocka_unit_test(settings_from_before_profiles_are_read),
        cmocka_unit_test(maps_and_their_entries_are_removed),
        cmocka_unit_test(an_entry_holds_eight_peers_and_six_transform_sets),
        cmocka_unit_test(what_maps_cannot_do_yet_is_refused_by_name),
        cmocka_unit_test(an_extended_list_is_read),
        cmocka_unit_test(a_standard_list_selects_sources),
        cmocka_unit_test(lines_of_a_named_list_stand_by_number_and_can_be_removed),
        cmocka_unit_test(a_list_for_other_uses_is_nobodys_error_until_a_tunnel_uses_it),
        cmocka_unit_test(the_first_line_that_contains_both_ends_decides),
        cmocka_unit_test(pools_add_up_and_shrink),
        cmocka_unit_test(an_interface_has_one_name_however_it_is_written),
        cmocka_unit_test(addresses_of_an_interface_come_and_go),
        cmocka_unit_test(the_command_line_wins_over_hubward_interface),
        cmocka_unit_test(routes_name_a_next_hop_or_an_interface),
        cmocka_unit_test(users_of_every_type_are_read),
        cmocka_unit_test(lists_of_methods_are_read),
        cmocka_unit_test(lines_of_our_own_are_read),
        cmocka_unit_test(everything_after_end_is_ignored_with_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
