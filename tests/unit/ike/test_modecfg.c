/* Transaction payloads: the recorded Xauth and mode-config messages, limits, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/modecfg.h"
#include "unit/base/octets.h"
#include "unit/ike/chain.h"
#include "unit/ike/golden_session.h"

static struct cfg_message recorded(const uint8_t *plain, size_t len)
{
    struct ike_chain chain;
    struct cfg_message message;
    assert_int_equal(ike_chain_parse(PAYLOAD_HASH, (struct span){plain, len}, &chain), RC_OK);
    const struct ike_payload *payload = ike_chain_find(&chain, PAYLOAD_ATTRIBUTES, 0);
    assert_non_null(payload);
    assert_int_equal(cfg_parse(payload->body, &message), RC_OK);
    return message;
}
#define RECORDED(name) recorded(golden_##name##_plain, sizeof golden_##name##_plain)

static void assert_text(const struct cfg_message *message, uint16_t type, const char *text)
{
    const struct ike_attr *attr = cfg_find(message, type);
    assert_non_null(attr);
    assert_false(attr->basic);
    assert_int_equal(attr->data.len, strlen(text));
    assert_memory_equal(attr->data.at, text, strlen(text));
}

static void the_recorded_login_reads(void **state)
{
    (void)state;
    struct cfg_message request = RECORDED(xauth_request);
    assert_int_equal(request.type, CFG_REQUEST);
    assert_int_equal(request.count, 2);
    assert_text(&request, CFG_XAUTH_USER_NAME, "");
    assert_text(&request, CFG_XAUTH_USER_PASSWORD, "");
    struct cfg_message reply = RECORDED(xauth_reply);
    assert_int_equal(reply.type, CFG_REPLY);
    assert_text(&reply, CFG_XAUTH_USER_NAME, golden_user);
    assert_text(&reply, CFG_XAUTH_USER_PASSWORD, golden_password);
    struct cfg_message set = RECORDED(xauth_set);
    assert_int_equal(set.type, CFG_SET);
    assert_int_equal(set.count, 1);
    assert_true(cfg_find(&set, CFG_XAUTH_STATUS)->basic);
    assert_int_equal(cfg_find(&set, CFG_XAUTH_STATUS)->value, 1);
    assert_int_equal(RECORDED(xauth_ack).type, CFG_ACK);
}

static void the_recorded_mode_config_reads(void **state)
{
    (void)state;
    static const uint16_t asked[] = {CFG_IP4_ADDRESS,
                                     CFG_IP4_NETMASK,
                                     CFG_IP4_DNS,
                                     CFG_IP4_NBNS,
                                     CFG_UNITY_DEF_DOMAIN,
                                     CFG_UNITY_FW_TYPE,
                                     CFG_UNITY_PFS,
                                     CFG_UNITY_BANNER,
                                     CFG_UNITY_SAVE_PASSWORD,
                                     CFG_UNITY_SPLIT_INCLUDE,
                                     CFG_UNITY_SPLIT_DNS,
                                     CFG_UNITY_DDNS_HOSTNAME,
                                     CFG_APPLICATION_VERSION};
    struct cfg_message request = RECORDED(cfg_request);
    assert_int_equal(request.identifier, 0x14);
    assert_int_equal(request.count, sizeof asked / sizeof *asked);
    for (size_t i = 0; i < request.count; i++)
        assert_int_equal(request.attrs[i].type, asked[i]);
    struct cfg_message reply = RECORDED(cfg_reply);
    assert_int_equal(reply.type, CFG_REPLY);
    assert_int_equal(reply.identifier, 0x14);
    assert_int_equal(cfg_find(&reply, CFG_IP4_ADDRESS)->value, 0x0a4d0901);
    assert_int_equal(cfg_find(&reply, CFG_IP4_DNS)->value, 0x0a4d0935);
    assert_null(cfg_find(&reply, CFG_IP4_NBNS));
}

static enum rc parse_hex(const char *hex, struct cfg_message *out)
{
    struct octets octets = octets_hex(hex);
    uint8_t *exact = octets_exact(octets.bytes, octets.len);
    enum rc rc = cfg_parse((struct span){exact, octets.len}, out);
    free(exact);
    return rc;
}

static void fewer_than_4_octets_at_the_end_are_padding(void **state)
{
    (void)state;
    struct cfg_message message;
    assert_int_equal(parse_hex("01000000", &message), RC_OK);
    assert_int_equal(message.count, 0);
    assert_int_equal(parse_hex("01000000000000", &message), RC_OK);
    assert_int_equal(message.count, 0);
    assert_int_equal(parse_hex("010000004089000000", &message), RC_OK);
    assert_int_equal(message.count, 1);
}

static void every_truncation_reads_short_or_with_fewer_attributes(void **state)
{
    (void)state;
    struct octets octets = octets_hex("02000014"
                                      "000100040a4d0901"
                                      "c08f0001");
    for (size_t n = 0; n < octets.len; n++) {
        uint8_t *exact = octets_exact(octets.bytes, n);
        struct cfg_message message = {.count = 99};
        enum rc rc = cfg_parse((struct span){exact, n}, &message);
        bool attribute_cut = n >= 8 && n < 12;
        assert_int_equal(rc, n < 4 || attribute_cut ? RC_SHORT : RC_OK);
        assert_int_equal(message.count, rc != RC_OK ? 99 : n < 8 ? 0 : 1);
        free(exact);
    }
}

static void a_type_outside_1_to_4_is_malformed(void **state)
{
    (void)state;
    struct cfg_message message;
    assert_int_equal(parse_hex("00000000", &message), RC_MALFORMED);
    assert_int_equal(parse_hex("05000000", &message), RC_MALFORMED);
    assert_int_equal(parse_hex("ff000000", &message), RC_MALFORMED);
    assert_int_equal(parse_hex("04000000", &message), RC_OK);
}

static void forty_eight_attributes_pass_and_one_more_does_not(void **state)
{
    (void)state;
    struct octets octets = octets_hex("01000000");
    for (size_t i = 0; i < CFG_ATTRS_MAX + 1; i++) {
        memcpy(octets.bytes + octets.len, "\x00\x03\x00\x00", 4);
        octets.len += 4;
    }
    struct cfg_message message;
    assert_int_equal(cfg_parse((struct span){octets.bytes, octets.len - 4}, &message), RC_OK);
    assert_int_equal(message.count, CFG_ATTRS_MAX);
    assert_int_equal(cfg_parse(octets_span(&octets), &message), RC_FULL);
}

static void a_message_reads_back_as_written(void **state)
{
    (void)state;
    uint8_t buffer[128];
    uint8_t first;
    struct ike_writer w;
    chain_start(&w, buffer, sizeof buffer);
    cfg_open(&w, CFG_SET, 0xbeef);
    ike_attr_put_basic(&w.b, CFG_XAUTH_STATUS, 1);
    ike_writer_close(&w);
    struct span octets = chain_finish(&w, &first);
    struct octets want = octets_hex("0000000c0300beefc08f0001");
    assert_int_equal(first, PAYLOAD_ATTRIBUTES);
    assert_int_equal(octets.len, want.len);
    assert_memory_equal(octets.at, want.bytes, want.len);
}

static void attributes_have_the_names_that_ios_prints(void **state)
{
    (void)state;
    assert_string_equal(cfg_attr_name(CFG_IP4_ADDRESS), "IP4_ADDRESS");
    assert_string_equal(cfg_attr_name(CFG_XAUTH_USER_NAME), "XAUTH_USER_NAME_V2");
    assert_string_equal(cfg_attr_name(CFG_XAUTH_USER_PASSWORD), "XAUTH_USER_PASSWORD_V2");
    assert_string_equal(cfg_attr_name(CFG_UNITY_DEF_DOMAIN), "DEFAULT_DOMAIN");
    assert_string_equal(cfg_attr_name(CFG_UNITY_SPLIT_INCLUDE), "SPLIT_INCLUDE");
    assert_string_equal(cfg_attr_name(0x7d88), "UNKNOWN");
    for (unsigned type = 0; type <= UINT16_MAX; type++)
        assert_non_null(cfg_attr_name((uint16_t)type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recorded_login_reads),
        cmocka_unit_test(the_recorded_mode_config_reads),
        cmocka_unit_test(fewer_than_4_octets_at_the_end_are_padding),
        cmocka_unit_test(every_truncation_reads_short_or_with_fewer_attributes),
        cmocka_unit_test(a_type_outside_1_to_4_is_malformed),
        cmocka_unit_test(forty_eight_attributes_pass_and_one_more_does_not),
        cmocka_unit_test(a_message_reads_back_as_written),
        cmocka_unit_test(attributes_have_the_names_that_ios_prints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
