/* The operating generator fills exactly what it is asked to, and not twice the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "crypto/random.h"
#include "unit/base/octets.h"

enum { MOST = 70, ROUNDS = 64 };

static void every_octet_asked_for_is_filled_and_none_else(void **state)
{
    (void)state;
    struct rng rng = random_rng();
    for (size_t n = 0; n <= MOST; n++) {
        uint8_t seen[MOST] = {0};
        uint8_t *block = malloc(n); /* exact: a write past it is caught */
        assert_non_null(block);
        for (size_t round = 0; round < ROUNDS; round++) {
            memset(block, 0, n);
            rng_bytes(&rng, block, n);
            for (size_t i = 0; i < n; i++)
                seen[i] |= block[i];
        }
        for (size_t i = 0; i < n; i++)
            assert_int_not_equal(seen[i], 0); /* 2^-512 that chance says otherwise */
        free(block);
    }
}

static void two_fillings_differ(void **state)
{
    (void)state;
    struct rng rng = random_rng(), other = random_rng();
    uint8_t a[32], b[32], c[32];
    rng_bytes(&rng, a, sizeof a);
    rng_bytes(&rng, b, sizeof b);
    rng_bytes(&other, c, sizeof c);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_memory_not_equal(b, c, sizeof b);
    assert_int_not_equal(rng_u64(&rng), rng_u64(&rng));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_octet_asked_for_is_filled_and_none_else),
        cmocka_unit_test(two_fillings_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
