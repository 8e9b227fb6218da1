/* Identities: every type read, written, compared, turned into selectors and text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/identity.h"
#include "unit/base/octets.h"

static enum rc parse_hex(const char *hex, struct identity *out)
{
    struct octets octets = octets_hex(hex);
    uint8_t *exact = octets_exact(octets.bytes, octets.len);
    enum rc rc = identity_parse((struct span){exact, octets.len}, out);
    free(exact);
    return rc;
}

static struct identity identity_hex(const char *hex)
{
    struct identity identity;
    assert_int_equal(parse_hex(hex, &identity), RC_OK);
    return identity;
}

static struct addr addr_of(const char *text)
{
    struct addr addr;
    assert_int_equal(addr_parse(text, &addr), RC_OK);
    return addr;
}

static void the_identities_of_the_recorded_session_read(void **state)
{
    (void)state;
    struct identity group = identity_hex("0b1101f47465737467726f7570");
    assert_int_equal(group.type, ID_KEY_ID);
    assert_int_equal(group.protocol, 17);
    assert_int_equal(group.port, 500);
    assert_int_equal(group.len, 9);
    assert_memory_equal(group.data, "testgroup", 9);
    struct identity gateway = identity_hex("010000000a4d0002");
    assert_true(addr_equal(identity_addr(&gateway), addr_of("10.77.0.2")));
}

static void what_is_written_is_what_was_read(void **state)
{
    (void)state;
    static const char *const bodies[] = {"0b1101f47465737467726f7570", "010000000a4d0002",
                                         "040000000000000000000000", "00000000", "ff0102036162"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct octets want = octets_hex(bodies[i]);
        struct identity identity = identity_hex(bodies[i]);
        uint8_t buffer[300];
        struct builder b = builder_of(buffer, sizeof buffer);
        identity_put(&b, &identity);
        assert_int_equal(builder_len(&b), want.len);
        assert_memory_equal(buffer, want.bytes, want.len);
    }
}

static void fewer_octets_than_the_fixed_fields_are_short(void **state)
{
    (void)state;
    struct identity identity = {.type = 77};
    static const char *const cut[] = {"", "0b", "0b11", "0b1101"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(parse_hex(cut[i], &identity), RC_SHORT);
    assert_int_equal(identity.type, 77);
}

static void an_address_type_takes_exactly_its_octets(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        size_t len;
    } rows[] = {{ID_IPV4_ADDR, 4},         {ID_IPV4_ADDR_SUBNET, 8}, {ID_IPV6_ADDR, 16},
                {ID_IPV6_ADDR_SUBNET, 32}, {ID_IPV4_ADDR_RANGE, 8},  {ID_IPV6_ADDR_RANGE, 32}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t n = 0; n <= 40; n++) {
            uint8_t body[44] = {rows[i].type};
            uint8_t *exact = octets_exact(body, 4 + n);
            struct identity identity;
            assert_int_equal(identity_parse((struct span){exact, 4 + n}, &identity),
                             n == rows[i].len ? RC_OK : RC_MALFORMED);
            free(exact);
        }
}

static void names_take_up_to_255_octets(void **state)
{
    (void)state;
    static uint8_t body[4 + 256] = {ID_FQDN};
    struct identity identity;
    for (size_t n = 0; n <= 256; n++)
        assert_int_equal(identity_parse((struct span){body, 4 + n}, &identity),
                         n <= 255 ? RC_OK : RC_MALFORMED);
}

static void a_text_longer_than_an_identity_is_cut(void **state)
{
    (void)state;
    static char text[300];
    memset(text, 'x', sizeof text - 1);
    struct identity identity = identity_of_text(ID_FQDN, text);
    assert_int_equal(identity.len, 255);
}

static void only_addresses_have_an_address(void **state)
{
    (void)state;
    struct identity v6 = identity_of_addr(addr_of("2001:db8::3"));
    assert_int_equal(v6.type, ID_IPV6_ADDR);
    assert_true(addr_equal(identity_addr(&v6), addr_of("2001:db8::3")));
    struct identity name = identity_of_text(ID_FQDN, "abcd");
    assert_int_equal(identity_addr(&name).family, ADDR_NONE);
    struct identity none = identity_of_addr((struct addr){.family = ADDR_NONE});
    assert_int_equal(none.type, ID_NONE);
    assert_int_equal(none.len, 0);
}

static void every_address_type_is_a_selector(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"010000000a050501", "10.5.5.1/32"},
        {"040000000a020000ffff0000", "10.2.0.0/16"},
        {"040000000a020203ffff0000", "10.2.0.0/16"},
        {"040000000000000000000000", "0.0.0.0/0"},
        {"070000000a0200050a02000a", "10.2.0.5-10.2.0.10"},
        {"0500000020010db8000000000000000000000003", "2001:db8::3/128"},
        {"0600000020010db8000000000000000000000000ffffffff000000000000000000000000",
         "2001:db8::/32"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity = identity_hex(rows[i].hex);
        struct selector selector;
        char text[SELECTOR_TEXT];
        assert_int_equal(identity_selector(&identity, &selector), RC_OK);
        assert_string_equal(selector_format(&selector, text), rows[i].text);
    }
}

static void a_selector_takes_protocol_and_port_along(void **state)
{
    (void)state;
    struct identity identity = identity_hex("0111006e0a050501");
    struct selector selector;
    assert_int_equal(identity_selector(&identity, &selector), RC_OK);
    assert_int_equal(selector.protocol, 17);
    assert_int_equal(selector.port, 110);
}

static void what_is_no_selector_is_refused(void **state)
{
    (void)state;
    struct selector selector = {.port = 77};
    struct identity hole = identity_hex("040000000a020000ff00ff00");
    struct identity reversed = identity_hex("070000000a02000a0a020005");
    struct identity name = identity_of_text(ID_FQDN, "r1");
    struct identity unknown = {.type = 12, .len = 4};
    struct identity cut = {.type = ID_IPV4_ADDR, .len = 3};
    assert_int_equal(identity_selector(&hole, &selector), RC_MALFORMED);
    assert_int_equal(identity_selector(&reversed, &selector), RC_MALFORMED);
    assert_int_equal(identity_selector(&name, &selector), RC_UNSUPPORTED);
    assert_int_equal(identity_selector(&unknown, &selector), RC_UNSUPPORTED);
    assert_int_equal(identity_selector(&cut, &selector), RC_MALFORMED);
    assert_int_equal(selector.port, 77);
}

static void a_selector_becomes_the_narrowest_type_and_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *first;
        const char *last;
        uint8_t type;
    } rows[] = {
        {"10.5.5.1", "10.5.5.1", ID_IPV4_ADDR},
        {"10.2.0.0", "10.2.255.255", ID_IPV4_ADDR_SUBNET},
        {"0.0.0.0", "255.255.255.255", ID_IPV4_ADDR_SUBNET},
        {"10.2.0.1", "10.2.0.4", ID_IPV4_ADDR_RANGE},
        {"2001:db8::1", "2001:db8::1", ID_IPV6_ADDR},
        {"2001:db8::", "2001:db8::ffff", ID_IPV6_ADDR_SUBNET},
        {"2001:db8::1", "2001:db8::3", ID_IPV6_ADDR_RANGE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct selector selector = {.first = addr_of(rows[i].first),
                                          .last = addr_of(rows[i].last),
                                          .protocol = 6,
                                          .port = 80};
        struct identity identity = identity_of_selector(&selector);
        struct selector back;
        assert_int_equal(identity.type, rows[i].type);
        assert_int_equal(identity_selector(&identity, &back), RC_OK);
        assert_true(selector_equal(&back, &selector));
    }
}

static void texts_name_the_type_and_escape_what_is_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        const char *text;
    } rows[] = {
        {"011101f40a4d0002", "10.77.0.2"},
        {"040000000a020000ffff0000", "10.2.0.0/16"},
        {"02000000623137", "fqdn b17"},
        {"030000006140622e63", "user-fqdn a@b.c"},
        {"0b0000007465737467726f7570", "key-id testgroup"},
        {"0b000000615c0a1b7fe9", "key-id a\\x5c\\x0a\\x1b\\x7f\\xe9"},
        {"090000003000", "dn 0\\x00"},
        {"0c00000061", "type 12 a"},
        {"00000000", "type 0 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct identity identity = identity_hex(rows[i].hex);
        char text[IDENTITY_TEXT];
        assert_string_equal(identity_format(&identity, text), rows[i].text);
    }
}

static void a_text_that_does_not_fit_is_cut_at_a_whole_octet(void **state)
{
    (void)state;
    struct identity identity = {.type = ID_KEY_ID, .len = IDENTITY_DATA_MAX};
    char *text = malloc(IDENTITY_TEXT);
    assert_non_null(text);
    identity_format(&identity, text);
    size_t len = strlen(text);
    assert_true(len < IDENTITY_TEXT);
    assert_int_equal((len - strlen("key-id ")) % 4, 0);
    memset(identity.data, 'x', sizeof identity.data);
    identity_format(&identity, text);
    assert_int_equal(strlen(text), IDENTITY_TEXT - 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_identities_of_the_recorded_session_read),
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(fewer_octets_than_the_fixed_fields_are_short),
        cmocka_unit_test(an_address_type_takes_exactly_its_octets),
        cmocka_unit_test(names_take_up_to_255_octets),
        cmocka_unit_test(a_text_longer_than_an_identity_is_cut),
        cmocka_unit_test(only_addresses_have_an_address),
        cmocka_unit_test(every_address_type_is_a_selector),
        cmocka_unit_test(a_selector_takes_protocol_and_port_along),
        cmocka_unit_test(what_is_no_selector_is_refused),
        cmocka_unit_test(a_selector_becomes_the_narrowest_type_and_comes_back),
        cmocka_unit_test(texts_name_the_type_and_escape_what_is_hostile),
        cmocka_unit_test(a_text_that_does_not_fit_is_cut_at_a_whole_octet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
