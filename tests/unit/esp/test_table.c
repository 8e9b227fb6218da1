/* The flat hash against an array, through growth, replacement and removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "esp/table.h"

enum { KEYS = 600 };

static void it_holds_what_an_array_would_hold(void **state)
{
    (void)state;
    static int values[2][KEYS];
    void *model[KEYS] = {0};
    struct esp_table table = {0};
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 7);
    size_t live = 0;
    for (int i = 0; i < 60000; i++) {
        uint32_t key = rng_u32(&rng) % KEYS, act = rng_u32(&rng) % 3;
        if (act < 2) {
            live += model[key] == NULL;
            model[key] = &values[act][key];
            assert_int_equal(esp_table_put(&table, key, model[key]), RC_OK);
        } else {
            live -= model[key] != NULL;
            model[key] = NULL;
            esp_table_remove(&table, key);
        }
        uint32_t probe = rng_u32(&rng) % KEYS;
        assert_ptr_equal(esp_table_get(&table, probe), model[probe]);
        assert_int_equal(table.count, live);
    }
    for (uint32_t key = 0; key < KEYS; key++)
        assert_ptr_equal(esp_table_get(&table, key), model[key]);
    esp_table_wipe(&table);
}

static void an_empty_table_finds_and_removes_nothing(void **state)
{
    (void)state;
    struct esp_table table = {0};
    assert_null(esp_table_get(&table, 5));
    assert_null(esp_table_at(&table, 5));
    esp_table_remove(&table, 5);
    assert_int_equal(table.count, 0);
    esp_table_wipe(&table);
}

static void a_value_can_be_exchanged_in_place(void **state)
{
    (void)state;
    struct esp_table table = {0};
    int a, b;
    assert_int_equal(esp_table_put(&table, 0, &a), RC_OK);
    *esp_table_at(&table, 0) = &b;
    assert_ptr_equal(esp_table_get(&table, 0), &b);
    assert_int_equal(table.count, 1);
    esp_table_wipe(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_an_array_would_hold),
        cmocka_unit_test(an_empty_table_finds_and_removes_nothing),
        cmocka_unit_test(a_value_can_be_exchanged_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
