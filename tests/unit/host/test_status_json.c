/* The JSON schema of status rows. */
#include "host/status_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *written(struct sink *sink, json_t *take_document)
{
    sink_clear(sink);
    status_json_write(sink, take_document, 0);
    assert_false(sink->bad);
    return sink_string(sink);
}

static void an_ike_row_has_these_keys_and_no_others(void **state)
{
    (void)state;
    struct sink sink = {0};
    const struct status_ike row = {
        .id = UINT64_MAX,
        .conn = 2,
        .local = {addr_v4(0x0a3043b5), 500},
        .remote = {addr_v4(0x0a335264), 4500},
        .state = "QM_IDLE",
        .established = true,
        .aggressive = true,
        .nat = true,
        .xauth = true,
        .config_mode = true,
        .identity = "key-id testgroup",
        .profile = "VPNclient",
        .group = "testgroup",
        .user = "alice",
        .assigned = addr_v4(0x0a050501),
        .client = "vpnc",
        .cipher = CIPHER_AES,
        .key_bits = 256,
        .hash = HASH_SHA1,
        .dh_group = 2,
        .weak = true,
        .age_ms = 1,
        .remaining_ms = 2,
        .idle_ms = 3,
        .tunnels = 1,
        .bytes_in = UINT64_MAX,
        .bytes_out = 5,
    };
    assert_string_equal(
        written(&sink, status_ike_json(&row)),
        "{\"id\": \"18446744073709551615\", \"conn\": 2, "
        "\"local\": {\"address\": \"10.48.67.181\", \"port\": 500}, "
        "\"remote\": {\"address\": \"10.51.82.100\", \"port\": 4500}, \"state\": \"QM_IDLE\", "
        "\"established\": true, \"initiator\": false, \"aggressive\": true, \"nat\": true, "
        "\"dpd\": false, \"xauth\": true, \"config_mode\": true, \"weak\": true, "
        "\"identity\": \"key-id testgroup\", \"profile\": \"VPNclient\", \"group\": \"testgroup\", "
        "\"user\": \"alice\", \"assigned\": \"10.5.5.1\", \"client\": \"vpnc\", "
        "\"cipher\": \"aes\", \"key_bits\": 256, \"hash\": \"sha\", \"dh_group\": 2, "
        "\"age_ms\": 1, \"remaining_ms\": 2, \"idle_ms\": 3, \"tunnels\": 1, "
        "\"bytes_in\": 9223372036854775807, \"bytes_out\": 5}");
    sink_free(&sink);
}

static void an_ipsec_row_has_these_keys_and_no_others(void **state)
{
    (void)state;
    struct sink sink = {0};
    struct status_ipsec row = {
        .tunnel = 9,
        .ike_id = 0,
        .interface = "FastEthernet0/0",
        .map = "mymap",
        .local = {addr_v4(0x0a3043b5), 4500},
        .remote = {addr_v4(0x0a335264), 4501},
        .ours = selector_of_prefix((struct prefix){addr_v4(0), 0}),
        .theirs = selector_of_addr(addr_v4(0x0a050501)),
        .suite = {PACKET_3DES_CBC, 0, HASH_SHA1, 12},
        .pfs_group = 14,
        .encapsulation = ESP_UDP,
        .spi_in = 0x1a,
        .spi_out = 0xb0c0f4ac,
        .remaining_ms = 3169000,
        .remaining_kb = UINT64_MAX,
        .in = {1, 2, 3, 4, 9},
        .out = {5, 6, 7, 8, 10},
        .conn_in = 2004,
        .conn_out = 2005,
    };
    row.theirs.protocol = 17;
    assert_string_equal(
        written(&sink, status_ipsec_json(&row)),
        "{\"tunnel\": \"9\", \"ike_id\": \"0\", \"interface\": \"FastEthernet0/0\", "
        "\"map\": \"mymap\", \"local\": {\"address\": \"10.48.67.181\", \"port\": 4500}, "
        "\"remote\": {\"address\": \"10.51.82.100\", \"port\": 4501}, "
        "\"ours\": {\"net\": \"0.0.0.0/0\", \"protocol\": 0, \"port\": 0}, "
        "\"theirs\": {\"net\": \"10.5.5.1/32\", \"protocol\": 17, \"port\": 0}, "
        "\"suite\": \"esp-3des esp-sha-hmac\", \"weak\": true, \"pfs_group\": 14, "
        "\"encapsulation\": \"udp\", "
        "\"spi_in\": \"0x0000001A\", \"spi_out\": \"0xB0C0F4AC\", \"conn_in\": 2004, "
        "\"conn_out\": 2005, \"remaining_ms\": 3169000, \"remaining_kb\": null, "
        "\"in\": {\"packets\": 1, \"bytes\": 2, \"errors\": 3, \"sequence\": 9}, "
        "\"out\": {\"packets\": 5, \"bytes\": 6, \"errors\": 7, \"sequence\": 10}}");
    row.remaining_kb = 4602415;
    assert_non_null(strstr(written(&sink, status_ipsec_json(&row)), "\"remaining_kb\": 4602415,"));
    sink_free(&sink);
}

static void a_summary_names_every_drop_reason_in_lower_case(void **state)
{
    (void)state;
    struct sink sink = {0};
    struct status_summary summary = {.ike_sas = 3};
    summary.drops.by_reason[DROP_IKE_COOKIE] = 17;
    const char *text = written(&sink, status_summary_json(&summary));
    assert_non_null(strstr(text, "\"ike_sas\": 3"));
    assert_non_null(strstr(text, "\"ike_cookie\": 17"));
    assert_non_null(strstr(text, "\"out_send\": 0"));
    assert_null(strstr(text, "DROP_"));
    assert_null(strstr(text, "\"none\""));
    sink_free(&sink);
}

static void a_document_says_its_schema_and_its_hub(void **state)
{
    (void)state;
    struct sink sink = {0};
    const struct status_header header = {"Hub", "0.1.0", 5000, 1700000000};
    assert_string_equal(written(&sink, status_document_json(&header)),
                        "{\"schema\": 1, \"hub\": {\"hostname\": \"Hub\", \"version\": \"0.1.0\", "
                        "\"uptime_ms\": 5000, \"started_s\": 1700000000}}");
    sink_free(&sink);
}

static void octets_that_are_not_text_still_make_valid_json(void **state)
{
    (void)state;
    struct sink sink = {0};
    struct status_ike row = {.state = "QM_IDLE"};
    for (unsigned c = 1; c < 256; c++) {
        const char user[] = {'<', (char)c, '"', '\\', '\0'};
        strcpy(row.user, user);
        json_error_t error;
        json_t *back =
            json_loads(written(&sink, status_ike_json(&row)), JSON_REJECT_DUPLICATES, &error);
        assert_non_null(back);
        const char *value = json_string_value(json_object_get(back, "user"));
        if (c >= 0x20 && c < 0x7f)
            assert_string_equal(value, user);
        else
            assert_true(strncmp(value, "<\\x", 3) == 0);
        json_decref(back);
        for (const char *at = sink_string(&sink); *at; at++)
            assert_true(*at >= 0x20 && *at < 0x7f);
    }
    sink_free(&sink);
}

static void a_missing_document_makes_the_sink_bad(void **state)
{
    (void)state;
    struct sink sink = {0};
    status_json_write(&sink, NULL, 0);
    assert_true(sink.bad);
    sink_free(&sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_row_has_these_keys_and_no_others),
        cmocka_unit_test(an_ipsec_row_has_these_keys_and_no_others),
        cmocka_unit_test(a_summary_names_every_drop_reason_in_lower_case),
        cmocka_unit_test(a_document_says_its_schema_and_its_hub),
        cmocka_unit_test(octets_that_are_not_text_still_make_valid_json),
        cmocka_unit_test(a_missing_document_makes_the_sink_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
