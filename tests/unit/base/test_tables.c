/* The small things of base: texts of result codes and drop reasons, the repeatable generator, the
 * wiping of secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/drop.h"
#include "base/rc.h"
#include "base/rng.h"
#include "base/wipe.h"
#include "unit/base/octets.h"

static void every_result_code_has_its_own_text(void **state)
{
    (void)state;
    for (int a = 0; a <= RC_AGAIN; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(rc_text((enum rc)a), rc_text((enum rc)b));
    assert_string_equal(rc_text(RC_OK), "ok");
    assert_string_equal(rc_text(RC_AUTH_FAILED), "authentication failed");
}

static void a_code_outside_the_enum_has_a_text_too(void **state)
{
    (void)state;
    assert_string_equal(rc_text((enum rc)(RC_AGAIN + 1)), "unknown result");
    assert_string_equal(rc_text((enum rc) - 1), "unknown result");
    assert_non_null(drop_text(DROP_COUNT));
    assert_non_null(drop_name(DROP_COUNT));
    assert_non_null(drop_text((enum drop_reason) - 1));
    assert_non_null(drop_name((enum drop_reason) - 1));
}

static void every_drop_reason_has_its_own_name_and_text(void **state)
{
    (void)state;
    for (int a = 0; a < DROP_COUNT; a++)
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(drop_text((enum drop_reason)a), drop_text((enum drop_reason)b));
            assert_string_not_equal(drop_name((enum drop_reason)a), drop_name((enum drop_reason)b));
        }
    assert_string_equal(drop_text(DROP_ESP_REPLAY), "replayed or too old");
}

static void the_same_seed_gives_the_same_octets(void **state)
{
    (void)state;
    struct rng_seeded a, b, c;
    struct rng first = rng_seeded_init(&a, 42), second = rng_seeded_init(&b, 42);
    struct rng third = rng_seeded_init(&c, 43);
    uint8_t x[64], y[64], z[64];
    rng_bytes(&first, x, sizeof x);
    rng_bytes(&second, y, sizeof y);
    rng_bytes(&third, z, sizeof z);
    assert_memory_equal(x, y, sizeof x);
    assert_memory_not_equal(x, z, sizeof x);
    assert_true(rng_u64(&first) == rng_u64(&second));
    assert_true(rng_u32(&first) == rng_u32(&second));
}

/* The published first outputs of splitmix64 for the seed 1234567. */
static void the_generator_is_splitmix64(void **state)
{
    (void)state;
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 1234567);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        uint8_t octets[8];
        uint64_t value = 0;
        rng_bytes(&rng, octets, sizeof octets);
        for (size_t k = sizeof octets; k > 0; k--)
            value = value << 8 | octets[k - 1];
        assert_true(value == want[i]);
    }
}

static void a_filling_ends_where_it_should(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        struct rng_seeded seeded;
        struct rng rng = rng_seeded_init(&seeded, n);
        uint8_t *exact = malloc(n);
        assert_non_null(exact);
        rng_bytes(&rng, exact, n);
        free(exact);
    }
}

static void wiping_clears_exactly_what_it_is_given(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 32; n++) {
        struct octets secret = octets_repeat(0x77, 40);
        wipe(secret.bytes, n);
        for (size_t i = 0; i < 40; i++)
            assert_int_equal(secret.bytes[i], i < n ? 0 : 0x77);
    }
    wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_result_code_has_its_own_text),
        cmocka_unit_test(a_code_outside_the_enum_has_a_text_too),
        cmocka_unit_test(every_drop_reason_has_its_own_name_and_text),
        cmocka_unit_test(the_same_seed_gives_the_same_octets),
        cmocka_unit_test(the_generator_is_splitmix64),
        cmocka_unit_test(a_filling_ends_where_it_should),
        cmocka_unit_test(wiping_clears_exactly_what_it_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
