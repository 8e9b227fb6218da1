/* The IPC forms of the status rows: what is written is read back, and nothing else is. */
#include "ike/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

typedef void put(struct builder *b, const void *row);
typedef void get(struct cursor *c, void *row);

static void ike_put(struct builder *b, const void *row)
{
    status_ike_put(b, row);
}

static void ike_get(struct cursor *c, void *row)
{
    status_ike_get(c, row);
}

static void ipsec_put(struct builder *b, const void *row)
{
    status_ipsec_put(b, row);
}

static void ipsec_get(struct cursor *c, void *row)
{
    status_ipsec_get(c, row);
}

static void summary_put(struct builder *b, const void *row)
{
    status_summary_put(b, row);
}

static void summary_get(struct cursor *c, void *row)
{
    status_summary_get(c, row);
}

static struct endpoint endpoint_v4(uint32_t address, uint16_t port)
{
    return (struct endpoint){.addr = addr_v4(address), .port = port};
}

static struct selector net(uint32_t address, uint8_t len)
{
    return selector_of_prefix((struct prefix){.addr = addr_v4(address), .len = len});
}

/* Every field holds a value of its own. */
static const struct status_ike *an_ike_row(void)
{
    static struct status_ike row;
    row = (struct status_ike){
        .id = 0x0102030405060708,
        .conn = 1001,
        .local = endpoint_v4(0x0a3043b5, 500),
        .remote = endpoint_v4(0x0a335264, 4500),
        .state = "CONF_XAUTH",
        .established = true,
        .aggressive = true,
        .nat = true,
        .xauth = true,
        .identity = "key-id testgroup",
        .profile = "VPNclient",
        .group = "testgroup",
        .user = "alice",
        .assigned = addr_v4(0x0a050501),
        .client = "Cisco VPN Client",
        .cipher = CIPHER_AES,
        .key_bits = 256,
        .hash = HASH_SHA384,
        .dh_group = 14,
        .age_ms = 11,
        .remaining_ms = 12,
        .idle_ms = 13,
        .tunnels = 14,
        .bytes_in = 15,
        .bytes_out = 16,
    };
    return &row;
}

static const struct status_ipsec *an_ipsec_row(void)
{
    static struct status_ipsec row;
    row = (struct status_ipsec){
        .tunnel = 0x1112131415161718,
        .ike_id = 0x0102030405060708,
        .interface = "FastEthernet0/0",
        .map = "mymap",
        .local = endpoint_v4(0x0a3043b5, 4500),
        .remote = endpoint_v4(0x0a335264, 4501),
        .ours = net(0, 0),
        .theirs = net(0x0a050501, 32),
        .suite = {PACKET_AES_CBC, 256, HASH_SHA1, 12},
        .encapsulation = ESP_UDP,
        .spi_in = 0x7a1ab8f3,
        .spi_out = 0xb0c0f4ac,
        .remaining_ms = 3169000,
        .remaining_kb = 4602415,
        .in = {189, 190, 1, 2, 200},
        .out = {8, 9, 3, 4, 11},
        .conn_in = 2004,
        .conn_out = 2005,
    };
    row.theirs.protocol = 17;
    row.theirs.port = 1701;
    return &row;
}

static const struct status_summary *a_summary(void)
{
    static struct status_summary row;
    row = (struct status_summary){.ike_sas = 1,
                                  .ike_half_open = 2,
                                  .tunnels = 3,
                                  .started_total = 4,
                                  .established_total = 5,
                                  .refused_total = 6};
    for (size_t i = 0; i < DROP_COUNT; i++)
        row.drops.by_reason[i] = 100 + i;
    return &row;
}

static const struct form {
    put *put;
    get *get;
    size_t size;
} ike_form = {ike_put, ike_get, sizeof(struct status_ike)},
  ipsec_form = {ipsec_put, ipsec_get, sizeof(struct status_ipsec)},
  summary_form = {summary_put, summary_get, sizeof(struct status_summary)};

static size_t write_row(const struct form *form, const void *row, uint8_t *out, size_t size)
{
    struct builder b = builder_of(out, size);
    form->put(&b, row);
    assert_false(b.bad);
    return builder_len(&b);
}

/* The octets of exactly n, on the heap so that ASan guards their end. */
static bool reads(const struct form *form, const uint8_t *octets, size_t n, void *row)
{
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, octets, n);
    struct cursor c = cursor_of(exact, n);
    form->get(&c, row);
    bool done = cursor_done(&c);
    free(exact);
    return done;
}

/* Round trip, every truncation, one octet too many, and every single octet set to every value:
 * whatever is accepted must be exactly what a writer makes of it. */
static void check_form(const struct form *form, const void *row)
{
    uint8_t good[2048], changed[2048], again[2048];
    size_t n = write_row(form, row, good, sizeof good);
    void *out = calloc(1, form->size);
    assert_non_null(out);
    assert_true(reads(form, good, n, out));
    assert_int_equal(write_row(form, out, again, sizeof again), n);
    assert_memory_equal(again, good, n);
    for (size_t cut = 0; cut < n; cut++)
        assert_false(reads(form, good, cut, out));
    assert_false(reads(form, good, n + 1, out));
    memcpy(changed, good, n);
    for (size_t i = 0; i < n; i++) {
        for (unsigned value = 0; value < 256; value++) {
            changed[i] = (uint8_t)value;
            if (!reads(form, changed, n, out))
                continue;
            assert_int_equal(write_row(form, out, again, sizeof again), n);
            assert_memory_equal(again, changed, n);
        }
        changed[i] = good[i];
    }
    free(out);
}

static void ike_rows_come_back_as_written_or_not_at_all(void **state)
{
    (void)state;
    check_form(&ike_form, an_ike_row());
}

static void ipsec_rows_come_back_as_written_or_not_at_all(void **state)
{
    (void)state;
    check_form(&ipsec_form, an_ipsec_row());
}

static void summaries_come_back_as_written_or_not_at_all(void **state)
{
    (void)state;
    check_form(&summary_form, a_summary());
}

static void each_field_of_an_ike_row_lands_in_its_place(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct status_ike row;
    size_t n = write_row(&ike_form, an_ike_row(), octets, sizeof octets);
    assert_true(reads(&ike_form, octets, n, &row));
    assert_int_equal(row.id, 0x0102030405060708);
    assert_int_equal(row.conn, 1001);
    assert_int_equal(row.remote.port, 4500);
    assert_string_equal(row.state, "CONF_XAUTH");
    assert_true(row.established && row.aggressive && row.nat && row.xauth);
    assert_false(row.initiator || row.dpd || row.config_mode || row.weak);
    assert_string_equal(row.identity, "key-id testgroup");
    assert_string_equal(row.profile, "VPNclient");
    assert_string_equal(row.group, "testgroup");
    assert_string_equal(row.user, "alice");
    assert_string_equal(row.client, "Cisco VPN Client");
    assert_true(addr_equal(row.assigned, addr_v4(0x0a050501)));
    assert_int_equal(row.hash, HASH_SHA384);
    assert_int_equal(row.tunnels, 14);
    assert_int_equal(row.bytes_in, 15);
    assert_int_equal(row.bytes_out, 16);
}

static void each_field_of_an_ipsec_row_lands_in_its_place(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct status_ipsec row;
    size_t n = write_row(&ipsec_form, an_ipsec_row(), octets, sizeof octets);
    assert_true(reads(&ipsec_form, octets, n, &row));
    assert_string_equal(row.interface, "FastEthernet0/0");
    assert_string_equal(row.map, "mymap");
    assert_true(selector_is_everything(&row.ours));
    assert_int_equal(row.theirs.port, 1701);
    assert_int_equal(row.suite.integrity, HASH_SHA1);
    assert_int_equal(row.encapsulation, ESP_UDP);
    assert_int_equal(row.spi_in, 0x7a1ab8f3);
    assert_int_equal(row.in.packets, 189);
    assert_int_equal(row.out.last_ms, 4);
    assert_int_equal(row.in.sequence, 200);
    assert_int_equal(row.out.sequence, 11);
    assert_int_equal(row.conn_out, 2005);
}

static void selectors_of_mixed_families_are_refused(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct status_ipsec row = *an_ipsec_row();
    row.ours.last = (struct addr){.family = ADDR_V6};
    size_t n = write_row(&ipsec_form, &row, octets, sizeof octets);
    assert_false(reads(&ipsec_form, octets, n, &row));
}

static void reversed_ranges_are_refused(void **state)
{
    (void)state;
    uint8_t octets[2048];
    struct status_ipsec row = *an_ipsec_row();
    row.theirs.first = addr_v4(0x0a050502);
    size_t n = write_row(&ipsec_form, &row, octets, sizeof octets);
    assert_false(reads(&ipsec_form, octets, n, &row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_rows_come_back_as_written_or_not_at_all),
        cmocka_unit_test(ipsec_rows_come_back_as_written_or_not_at_all),
        cmocka_unit_test(summaries_come_back_as_written_or_not_at_all),
        cmocka_unit_test(each_field_of_an_ike_row_lands_in_its_place),
        cmocka_unit_test(each_field_of_an_ipsec_row_lands_in_its_place),
        cmocka_unit_test(selectors_of_mixed_families_are_refused),
        cmocka_unit_test(reversed_ranges_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
