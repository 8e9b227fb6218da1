/* Finding SAs: by SPI, and outbound by the narrowest selector and the newest SA, checked against a
 * search of everything; installation once in a life; what becomes of the tunnels of a key process
 * that died. */
#include "unit/esp/lab.h"

static struct esp_params outbound(uint64_t tunnel, const char *theirs, uint8_t len)
{
    struct esp_params params = lab_params(ESP_OUTBOUND, &lab_gcm);
    params.tunnel = tunnel;
    params.spi = 1000 + (uint32_t)tunnel;
    params.theirs = lab_net(theirs, len);
    if (params.theirs.first.family == ADDR_V6)
        params.ours = lab_net("2001:db8:1::", 48);
    return params;
}

static struct esp_inner packet_to(const char *destination)
{
    struct esp_inner inner = {.destination = lab_addr(destination), .protocol = 17};
    inner.source = lab_addr(inner.destination.family == ADDR_V4 ? "10.1.1.10" : "2001:db8:1::5");
    return inner;
}

static uint64_t taken_by(const struct esp_sadb *sadb, uint32_t tun, const char *destination)
{
    struct esp_inner inner = packet_to(destination);
    const struct esp_sa *sa = esp_sadb_outbound(sadb, tun, &inner);
    return sa ? sa->params.tunnel : 0;
}

static void an_sa_is_installed_once_in_its_life(void **state)
{
    (void)state;
    struct esp_params in = lab_params(ESP_INBOUND, &lab_gcm);
    struct esp_params out = lab_params(ESP_OUTBOUND, &lab_gcm);
    struct esp_sadb *sadb = lab_sadb(&in);
    assert_int_equal(esp_sadb_install(sadb, &in), RC_EXISTS);
    assert_int_equal(esp_sadb_install(sadb, &out), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &out), RC_EXISTS);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL, LAB_SPI, ESP_OUTBOUND), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &out), RC_EXISTS); /* not even after it was deleted */
    assert_int_equal(esp_sadb_count(sadb), 1);
    assert_non_null(esp_sadb_inbound(sadb, LAB_SPI));
    esp_sadb_free(sadb);
}

static void keys_are_not_kept_beside_the_cipher(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_cbc);
    const struct esp_sa *sa = esp_sadb_inbound(sadb, LAB_SPI);
    for (size_t i = 0; i < sizeof sa->params.keymat; i++)
        assert_int_equal(sa->params.keymat[i], 0);
    esp_sadb_free(sadb);
}

static void a_spi_names_one_inbound_sa(void **state)
{
    (void)state;
    struct esp_params in = lab_params(ESP_INBOUND, &lab_gcm);
    struct esp_sadb *sadb = lab_sadb(&in);
    in.tunnel++;
    assert_int_equal(esp_sadb_install(sadb, &in), RC_EXISTS);
    assert_int_equal(esp_sadb_count(sadb), 1);
    in.spi++;
    assert_int_equal(esp_sadb_install(sadb, &in), RC_OK);
    assert_null(esp_sadb_inbound(sadb, LAB_SPI + 2));
    esp_sadb_free(sadb);
}

static void a_delete_names_tunnel_spi_and_direction(void **state)
{
    (void)state;
    struct esp_sadb *sadb = lab_inbound(&lab_gcm);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL, LAB_SPI, ESP_OUTBOUND), RC_NOT_FOUND);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL, LAB_SPI + 1, ESP_INBOUND), RC_NOT_FOUND);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL + 1, LAB_SPI, ESP_INBOUND), RC_NOT_FOUND);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL, LAB_SPI, ESP_INBOUND), RC_OK);
    assert_null(esp_sadb_inbound(sadb, LAB_SPI));
    assert_int_equal(esp_sadb_count(sadb), 0);
    esp_sadb_free(sadb);
}

static void a_full_database_refuses_and_stays_as_it_is(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 2);
    struct esp_params a = outbound(1, "10.2.0.0", 16), b = outbound(2, "10.3.0.0", 16);
    struct esp_params c = outbound(3, "10.4.0.0", 16);
    assert_int_equal(esp_sadb_install(sadb, &a), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &b), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &c), RC_FULL);
    assert_int_equal(taken_by(sadb, 0, "10.4.0.1"), 0);
    assert_int_equal(taken_by(sadb, 0, "10.3.0.1"), 2);
    assert_int_equal(esp_sadb_delete(sadb, 1, 1001, ESP_OUTBOUND), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &c), RC_OK);
    esp_sadb_free(sadb);
}

static void a_suite_without_integrity_is_refused(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 2);
    struct esp_params params = lab_params(ESP_INBOUND, &lab_cbc);
    params.suite.integrity = HASH_NONE;
    assert_int_equal(esp_sadb_install(sadb, &params), RC_UNSUPPORTED);
    params.suite.cipher = PACKET_NULL;
    assert_int_equal(esp_sadb_install(sadb, &params), RC_UNSUPPORTED);
    assert_int_equal(esp_sadb_count(sadb), 0);
    esp_sadb_free(sadb);
}

static void the_narrowest_selector_wins_then_the_newest(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 100);
    struct esp_params rows[] = {
        outbound(1, "10.2.2.2", 32), outbound(2, "10.2.0.0", 16),   outbound(3, "0.0.0.0", 0),
        outbound(4, "10.2.2.0", 24), outbound(5, "2001:db8::", 32), outbound(6, "10.2.0.0", 16),
        outbound(7, "10.2.0.0", 16), outbound(8, "10.2.4.0", 24),   outbound(9, "10.2.4.0", 24),
    };
    rows[6].ours = lab_net("10.1.0.0", 15);      /* wider on our side: comes after 2 and 6 */
    rows[8].theirs.first = lab_addr("10.2.4.7"); /* a range of 249: narrower than its /24 */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(esp_sadb_install(sadb, &rows[i]), RC_OK);
    assert_int_equal(taken_by(sadb, 0, "10.2.2.2"), 1);
    assert_int_equal(taken_by(sadb, 0, "10.2.2.3"), 4);
    assert_int_equal(taken_by(sadb, 0, "10.2.3.3"), 6); /* newer than 2 */
    assert_int_equal(taken_by(sadb, 0, "10.9.9.9"), 3);
    assert_int_equal(taken_by(sadb, 0, "10.2.4.6"), 8);
    assert_int_equal(taken_by(sadb, 0, "10.2.4.7"), 9);
    assert_int_equal(taken_by(sadb, 0, "2001:db8:2::1"), 5);
    assert_int_equal(taken_by(sadb, 0, "2001:db9::1"), 0);
    assert_int_equal(taken_by(sadb, 1, "10.2.2.2"), 0); /* another TUN */
    assert_int_equal(esp_sadb_delete(sadb, 6, 1006, ESP_OUTBOUND), RC_OK);
    assert_int_equal(taken_by(sadb, 0, "10.2.3.3"), 2);
    assert_int_equal(esp_sadb_delete(sadb, 2, 1002, ESP_OUTBOUND), RC_OK);
    assert_int_equal(taken_by(sadb, 0, "10.2.3.3"), 7);
    assert_int_equal(esp_sadb_delete(sadb, 7, 1007, ESP_OUTBOUND), RC_OK);
    assert_int_equal(taken_by(sadb, 0, "10.2.3.3"), 3);
    esp_sadb_free(sadb);
}

static void a_port_is_narrower_than_none(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 100);
    struct esp_params l2tp = outbound(1, "10.2.0.0", 16), all = outbound(2, "10.2.0.0", 16);
    l2tp.theirs.protocol = l2tp.ours.protocol = 17;
    l2tp.theirs.port = 1701;
    assert_int_equal(esp_sadb_install(sadb, &l2tp), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &all), RC_OK);
    struct esp_inner inner = packet_to("10.2.2.2");
    inner.has_ports = true;
    inner.destination_port = 1701;
    assert_int_equal(esp_sadb_outbound(sadb, 0, &inner)->params.tunnel, 1);
    inner.destination_port = 1702;
    assert_int_equal(esp_sadb_outbound(sadb, 0, &inner)->params.tunnel, 2);
    esp_sadb_free(sadb);
}

static uint64_t width(const struct selector *selector)
{
    return (uint64_t)addr_v4_value(selector->last) - addr_v4_value(selector->first);
}

/* Is a to be preferred to b, which is older? Among equally wide selectors of the peer's side a
 * range comes before a prefix. */
static bool better(const struct esp_params *a, const struct esp_params *b)
{
    struct prefix prefix;
    if (width(&a->theirs) != width(&b->theirs))
        return width(&a->theirs) < width(&b->theirs);
    if (selector_prefix(&a->theirs, &prefix) != selector_prefix(&b->theirs, &prefix))
        return selector_prefix(&b->theirs, &prefix);
    return width(&a->ours) <= width(&b->ours);
}

/* The specification, by trying every tunnel. */
static uint64_t searched(const struct esp_params *rows, const bool *live, size_t count,
                         const struct esp_inner *inner)
{
    const struct esp_params *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (live[i] && esp_inner_matches(inner, &rows[i].ours, &rows[i].theirs) &&
            (!best || better(&rows[i], best)))
            best = &rows[i];
    return best ? best->tunnel : 0;
}

static struct selector some_net(const struct rng *rng, uint32_t base)
{
    uint32_t first = base + (rng_u32(rng) & 0x3f);
    if (rng_u32(rng) % 4 == 0) { /* a range, mostly no prefix */
        struct selector range = selector_of_addr(addr_v4(first));
        range.last = addr_v4(first + (rng_u32(rng) & 0x1f));
        return range;
    }
    return selector_of_prefix(prefix_of(addr_v4(first), (uint8_t)(24 + rng_u32(rng) % 9)));
}

static void the_look_up_agrees_with_a_search_of_everything(void **state)
{
    (void)state;
    enum { ROWS = 300 };
    static struct esp_params rows[ROWS];
    static bool live[ROWS];
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 99);
    struct esp_sadb *sadb = esp_sadb_new(rng_u64(&rng), ROWS);
    size_t found = 0;
    for (size_t i = 0; i < ROWS; i++) {
        rows[i] = outbound(i + 1, "10.2.0.0", 16);
        rows[i].ours = some_net(&rng, 0x0a010000);
        rows[i].theirs = some_net(&rng, 0x0a020000);
        assert_int_equal(esp_sadb_install(sadb, &rows[i]), RC_OK);
        live[i] = true;
        size_t gone = rng_u32(&rng) % ROWS;
        if (live[gone] && rng_u32(&rng) % 3 == 0) {
            live[gone] = false;
            assert_int_equal(esp_sadb_delete(sadb, gone + 1, 1001 + (uint32_t)gone, ESP_OUTBOUND),
                             RC_OK);
        }
        for (int k = 0; k < 50; k++) {
            struct esp_inner inner = {.source = addr_v4(0x0a010000 + rng_u32(&rng) % 96),
                                      .destination = addr_v4(0x0a020000 + rng_u32(&rng) % 96)};
            const struct esp_sa *sa = esp_sadb_outbound(sadb, 0, &inner);
            uint64_t want = searched(rows, live, i + 1, &inner);
            assert_int_equal(sa ? sa->params.tunnel : 0, want);
            found += want != 0;
        }
    }
    assert_true(found > 5000);
    esp_sadb_free(sadb);
}

static void orphans_forward_but_have_no_name(void **state)
{
    (void)state;
    struct esp_params in = lab_params(ESP_INBOUND, &lab_gcm);
    struct esp_params out = lab_params(ESP_OUTBOUND, &lab_gcm);
    struct esp_sadb *sadb = lab_sadb(&in);
    assert_int_equal(esp_sadb_install(sadb, &out), RC_OK);
    esp_sadb_orphan(sadb);
    assert_non_null(esp_sadb_inbound(sadb, LAB_SPI));
    assert_int_equal(taken_by(sadb, 0, "10.2.2.2"), LAB_TUNNEL);
    assert_int_equal(esp_sadb_delete(sadb, LAB_TUNNEL, LAB_SPI, ESP_INBOUND), RC_NOT_FOUND);
    /* The next key process counts its tunnels from the same number. */
    in.spi = LAB_SPI + 1;
    assert_int_equal(esp_sadb_install(sadb, &in), RC_OK);
    assert_int_equal(esp_sadb_count(sadb), 2);
    assert_non_null(esp_sadb_inbound(sadb, LAB_SPI));
    assert_non_null(esp_sadb_inbound(sadb, LAB_SPI + 1));
    esp_sadb_free(sadb);
}

static void a_new_outbound_sa_replaces_orphans_of_its_selectors_only(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 10);
    struct esp_params a = outbound(1, "10.2.0.0", 16), b = outbound(2, "10.3.0.0", 16);
    struct esp_params new = outbound(1, "10.2.0.0", 16);
    new.spi = 5000;
    assert_int_equal(esp_sadb_install(sadb, &a), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &b), RC_OK);
    esp_sadb_orphan(sadb);
    assert_int_equal(esp_sadb_install(sadb, &new), RC_OK);
    assert_int_equal(esp_sadb_count(sadb), 2);
    struct esp_inner inner = packet_to("10.2.2.2");
    assert_int_equal(esp_sadb_outbound(sadb, 0, &inner)->params.spi, 5000);
    assert_int_equal(taken_by(sadb, 0, "10.3.2.2"), 2);
    assert_int_equal(esp_sadb_delete(sadb, 1, 5000, ESP_OUTBOUND), RC_OK);
    assert_int_equal(taken_by(sadb, 0, "10.2.2.2"), 0);
    esp_sadb_free(sadb);
}

static void an_orphan_gives_way_when_its_spi_is_chosen_again(void **state)
{
    (void)state;
    struct esp_params in = lab_params(ESP_INBOUND, &lab_gcm);
    struct esp_sadb *sadb = lab_sadb(&in);
    esp_sadb_orphan(sadb);
    in.tunnel = 5;
    assert_int_equal(esp_sadb_install(sadb, &in), RC_OK);
    assert_int_equal(esp_sadb_inbound(sadb, LAB_SPI)->params.tunnel, 5);
    assert_int_equal(esp_sadb_count(sadb), 1);
    esp_sadb_free(sadb);
}

static void sas_whose_time_is_over_are_freed_and_no_others(void **state)
{
    (void)state;
    struct esp_sadb *sadb = esp_sadb_new(1, 10);
    struct esp_params a = outbound(1, "10.2.0.0", 16), b = outbound(2, "10.3.0.0", 16);
    struct esp_params c = lab_params(ESP_INBOUND, &lab_gcm);
    a.hard_ms = 1000;
    c.hard_ms = 2000;
    c.tunnel = 1;
    assert_int_equal(esp_sadb_install(sadb, &a), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &b), RC_OK);
    assert_int_equal(esp_sadb_install(sadb, &c), RC_OK);
    esp_sadb_expire(sadb, 999);
    assert_int_equal(taken_by(sadb, 0, "10.2.2.2"), 1);
    esp_sadb_expire(sadb, 1000);
    assert_int_equal(taken_by(sadb, 0, "10.2.2.2"), 0);
    assert_non_null(esp_sadb_inbound(sadb, LAB_SPI));
    assert_int_equal(esp_sadb_count(sadb), 2);
    esp_sadb_expire(sadb, UINT64_MAX);
    assert_int_equal(esp_sadb_count(sadb), 1); /* the one without an end */
    assert_int_equal(taken_by(sadb, 0, "10.3.2.2"), 2);
    esp_sadb_free(sadb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_sa_is_installed_once_in_its_life),
        cmocka_unit_test(keys_are_not_kept_beside_the_cipher),
        cmocka_unit_test(a_spi_names_one_inbound_sa),
        cmocka_unit_test(a_delete_names_tunnel_spi_and_direction),
        cmocka_unit_test(a_full_database_refuses_and_stays_as_it_is),
        cmocka_unit_test(a_suite_without_integrity_is_refused),
        cmocka_unit_test(the_narrowest_selector_wins_then_the_newest),
        cmocka_unit_test(a_port_is_narrower_than_none),
        cmocka_unit_test(the_look_up_agrees_with_a_search_of_everything),
        cmocka_unit_test(orphans_forward_but_have_no_name),
        cmocka_unit_test(a_new_outbound_sa_replaces_orphans_of_its_selectors_only),
        cmocka_unit_test(an_orphan_gives_way_when_its_spi_is_chosen_again),
        cmocka_unit_test(sas_whose_time_is_over_are_freed_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
