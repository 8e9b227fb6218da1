/* hubward allow-weak: which lines stop working on which day. */
#include "unit/config/printed.h"

#include "config/weak.h"

static uint32_t day(const char *date)
{
    uint32_t out = 0;
    assert_int_equal(weak_day_parse(date, &out), RC_OK);
    return out;
}

static void days_are_counted_from_1970(void **state)
{
    static const struct {
        const char *date;
        uint32_t day;
    } rows[] = {{"1970-01-01", 0},     {"1970-12-31", 364},    {"1972-02-29", 789},
                {"2000-02-29", 11016}, {"2000-03-01", 11017},  {"2026-11-28", 20785},
                {"2100-03-01", 47541}, {"9999-12-31", 2932896}};
    char text[WEAK_DATE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(day(rows[i].date), rows[i].day);
        assert_string_equal(weak_day_format(rows[i].day, text), rows[i].date);
    }
}

static void what_is_no_day_is_refused(void **state)
{
    static const char *const texts[] = {"",           "2026",       "2026-13-01", "2026-00-01",
                                        "2026-02-29", "2026-04-31", "2026-1-1",   "2026-01-01x",
                                        "1969-12-31", "20260-1-01", "2026-01-00", " 2026-01-1"};
    uint32_t out;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(weak_day_parse(texts[i], &out), RC_MALFORMED);
}

static const char text[] =
    "hubward allow-weak 3des until 2027-06-30\nhubward allow-weak group2 until 2026-12-31\n"
    "hubward allow-weak md5 until 2027-01-31\n"
    "crypto isakmp policy 1\n encr 3des\n hash sha\n group 14\n auth pre\n"
    "crypto isakmp policy 2\n encr aes 256\n hash sha256\n group 2\n auth pre\n"
    "crypto isakmp policy 3\n encr aes 256\n hash md5\n group 14\n auth pre\n"
    "crypto isakmp policy 4\n encr aes 256\n hash sha256\n group 14\n auth pre\n"
    "crypto ipsec transform-set old esp-3des esp-sha-hmac\n"
    "crypto ipsec transform-set sums esp-aes esp-md5-hmac\n"
    "crypto ipsec transform-set clear esp-null esp-sha-hmac\n"
    "crypto ipsec transform-set new esp-gcm\n";

static void assert_ended(const char *date, const unsigned policies[4], const unsigned sets[4],
                         bool group2)
{
    struct loaded loaded = load_good(text);
    config_set_day(loaded.config, day(date));
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(loaded.config->policies[i].ended, policies[i]);
        assert_int_equal(loaded.config->transform_sets[i].ended, sets[i]);
    }
    assert_int_equal(loaded.config->ended_groups != 0, group2);
    unload(&loaded);
}

static void lines_work_through_their_last_day_and_not_on_the_next(void **state)
{
    (void)state;
    assert_ended("2026-12-31", (unsigned[]){0, 0, 0, 0}, (unsigned[]){0, 0, 0, 0}, false);
    assert_ended("2027-01-01", (unsigned[]){0, 2, 0, 0}, (unsigned[]){0, 0, 0, 0}, true);
    assert_ended("2027-02-01", (unsigned[]){0, 2, 3, 0}, (unsigned[]){0, 3, 0, 0}, true);
    assert_ended("2027-07-01", (unsigned[]){1, 2, 3, 0}, (unsigned[]){1, 3, 0, 0}, true);
}

static void only_a_day_that_passes_an_end_changes_anything(void **state)
{
    (void)state;
    struct loaded loaded = load_good(text);
    assert_false(config_ends_between(loaded.config, day("2026-11-28"), day("2026-12-31")));
    assert_true(config_ends_between(loaded.config, day("2026-12-31"), day("2027-01-01")));
    assert_false(config_ends_between(loaded.config, day("2027-01-01"), day("2027-01-02")));
    assert_false(config_ends_between(loaded.config, day("2027-07-01"), day("2030-01-01")));
    unload(&loaded);
}

static void the_lines_print_back_and_may_be_taken_away(void **state)
{
    (void)state;
    struct loaded loaded = load_good(text);
    assert_prints_back(loaded.config);
    unload(&loaded);
    loaded = load_good("hubward allow-weak des until 2027-06-30\nno hubward allow-weak des\n");
    assert_int_equal(loaded.config->weak_ends[WEAK_DES].line, 0);
    unload(&loaded);
    assert_one_error("hubward allow-weak des\n", 1, 1, "until when");
    assert_one_error("hubward allow-weak aes until 2027-06-30\n", 1, 20, "unknown word \"aes\"");
    assert_one_error("hubward allow-weak des until 30.6.2027\n", 1, 30, "a date such as");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_from_1970),
        cmocka_unit_test(what_is_no_day_is_refused),
        cmocka_unit_test(lines_work_through_their_last_day_and_not_on_the_next),
        cmocka_unit_test(only_a_day_that_passes_an_end_changes_anything),
        cmocka_unit_test(the_lines_print_back_and_may_be_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
