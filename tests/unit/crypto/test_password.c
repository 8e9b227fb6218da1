/* Stored passwords: texts that real routers wrote, every near miss of them, and what is no stored
 * password at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "crypto/password.h"
#include "crypto/random.h"
#include "unit/base/octets.h"

/* Texts of IOS, or made by other implementations of the same algorithms, with their password. */
static const struct known {
    unsigned type;
    const char *stored;
    const char *password;
} known[] = {
    {0, "cisco", "cisco"},
    {0, "with blanks in it", "with blanks in it"},
    {5, "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", "hashcat"},
    {7, "0201024E070A0E2649", "gfullage"},
    {7, "121A0C041104", "cisco"},
    {7, "02050D480809", "cisco"},
    {7, "02050d480809", "cisco"},
    {7, "094F471A1A0A", "cisco"},
    {8, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWk", "hashcat"},
    {9, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6", "hashcat"},
};
enum { KNOWN = sizeof known / sizeof known[0], TYPES = 12 };

static bool verify(unsigned type, const char *stored, const void *password, size_t len)
{
    uint8_t *exact = octets_exact(password, len);
    bool same = password_verify(type, stored, (struct span){exact, len});
    free(exact);
    return same;
}

static bool verify_text(unsigned type, const char *stored, const char *password)
{
    return verify(type, stored, password, strlen(password));
}

static void known_passwords_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN; i++) {
        assert_true(password_well_formed(known[i].type, known[i].stored));
        assert_true(verify_text(known[i].type, known[i].stored, known[i].password));
    }
}

static void near_misses_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN; i++) {
        char text[64];
        size_t len = strlen(known[i].password);
        for (size_t n = 0; n < len; n++) /* every beginning, also nothing */
            assert_false(verify(known[i].type, known[i].stored, known[i].password, n));
        snprintf(text, sizeof text, "%sx", known[i].password);
        assert_false(verify_text(known[i].type, known[i].stored, text));
        assert_false(verify(known[i].type, known[i].stored, known[i].password, len + 1)); /* NUL */
        for (size_t at = 0; at < len; at++) {
            snprintf(text, sizeof text, "%s", known[i].password);
            text[at] ^= 0x20;
            assert_false(verify_text(known[i].type, known[i].stored, text));
        }
    }
}

static void a_password_longer_than_any_stored_one_is_refused(void **state)
{
    (void)state;
    struct octets longest = octets_repeat('a', PASSWORD_STORED_MAX - 1);
    struct octets more = octets_repeat('a', PASSWORD_STORED_MAX), most = octets_repeat('a', 1024);
    char stored[PASSWORD_STORED_MAX + 1];
    snprintf(stored, sizeof stored, "%.*s", (int)longest.len, (const char *)longest.bytes);
    assert_true(password_well_formed(0, stored));
    assert_true(verify(0, stored, longest.bytes, longest.len));
    assert_false(verify(0, stored, more.bytes, more.len));
    for (size_t i = 0; i < KNOWN; i++) {
        assert_false(verify(known[i].type, known[i].stored, more.bytes, more.len));
        assert_false(verify(known[i].type, known[i].stored, most.bytes, most.len));
    }
    snprintf(stored, sizeof stored, "%.*s", (int)more.len, (const char *)more.bytes);
    assert_false(password_well_formed(0, stored));
    assert_false(verify(0, stored, more.bytes, more.len));
}

/* What is refused for its length must not match the empty password it is replaced by meanwhile. */
static void an_overlong_password_is_not_taken_for_an_empty_one(void **state)
{
    (void)state;
    struct rng rng = random_rng();
    struct octets most = octets_repeat('a', PASSWORD_STORED_MAX);
    char stored[PASSWORD_STORED_MAX];
    const uint8_t nothing = 0;
    assert_int_equal(password_make_type9(&rng, (struct span){&nothing, 0}, stored), RC_OK);
    assert_true(verify(9, stored, "", 0));
    assert_false(verify(9, stored, most.bytes, most.len));
    /* MD5-crypt of the empty password under the salt "saltsalt" */
    assert_true(verify(5, "$1$saltsalt$5Jhcit4zN9UlGiA0txPkO0", "", 0));
    assert_false(verify(5, "$1$saltsalt$5Jhcit4zN9UlGiA0txPkO0", most.bytes, most.len));
    assert_false(verify(5, "$1$saltsalt$5Jhcit4zN9UlGiA0txPkO0", "\0", 1));
}

static void a_stored_text_is_of_its_type_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN; i++)
        for (unsigned type = 1; type < TYPES; type++) { /* type 0 takes any text */
            assert_int_equal(password_well_formed(type, known[i].stored), type == known[i].type);
            if (type != known[i].type)
                assert_false(verify_text(type, known[i].stored, known[i].password));
        }
    assert_false(password_well_formed(4, "cisco"));
    assert_false(password_well_formed(~0u, "cisco"));
}

static void every_beginning_of_a_hash_is_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KNOWN; i++) {
        const struct known *k = &known[i];
        if (k->type != 5 && k->type < 8)
            continue;
        for (size_t n = 0; n < strlen(k->stored); n++) {
            uint8_t *exact = malloc(n + 1); /* the terminator is the last octet there is */
            assert_non_null(exact);
            memcpy(exact, k->stored, n);
            exact[n] = '\0';
            assert_false(password_well_formed(k->type, (const char *)exact));
            assert_false(verify_text(k->type, (const char *)exact, k->password));
            free(exact);
        }
    }
}

static void every_foreign_character_in_a_hash_is_malformed(void **state)
{
    (void)state;
    static const char foreign[] = " !#%+-:=@[`{|~\x7f\x80\xff";
    for (size_t i = 0; i < KNOWN; i++) {
        char text[PASSWORD_STORED_MAX];
        if (known[i].type != 5 && known[i].type < 8)
            continue;
        for (size_t at = 0; at < strlen(known[i].stored); at++)
            for (size_t c = 0; c < sizeof foreign - 1; c++) {
                snprintf(text, sizeof text, "%s", known[i].stored);
                text[at] = foreign[c];
                assert_false(password_well_formed(known[i].type, text));
            }
        snprintf(text, sizeof text, "%.100s.", known[i].stored);
        assert_false(password_well_formed(known[i].type, text));
    }
}

static void texts_that_no_password_could_match_are_malformed(void **state)
{
    (void)state;
    assert_false(password_well_formed(0, ""));
    assert_false(password_well_formed(5, "$1$$iEwNOgGugqO9.bIz5sk8k/"));
    assert_false(password_well_formed(5, "$1$123456789$iEwNOgGugqO9.bIz5sk8k/"));
    assert_false(password_well_formed(5, "$5$28772684$iEwNOgGugqO9.bIz5sk8k/"));
    /* bits in the last character that no hash has: 2 of 6 in MD5, 4 of 6 in the others */
    assert_false(password_well_formed(5, "$1$28772684$iEwNOgGugqO9.bIz5sk8kz"));
    assert_false(
        password_well_formed(8, "$8$TnGX/fE4KGHOVU$pEhnEvxrvaynpi8j4f.EMHr6M.FzU8xnZnBr/tJdFWl"));
    assert_false(
        password_well_formed(9, "$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo7"));
}

/* --- type 7 --- */

/* IOS's own direction, which only tests need. */
static void encode(unsigned seed, const char *password, char *out)
{
    static const char key[] = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";
    int n = sprintf(out, "%02u", seed);
    for (size_t i = 0; password[i]; i++)
        n += sprintf(out + n, "%02X", (unsigned)(password[i] ^ key[(seed + i) % 53]));
}

static void type_7_decodes_from_every_seed(void **state)
{
    (void)state;
    static const char password[] = "A long one that goes round the whole key of 53, and on";
    for (unsigned seed = 0; seed < 100; seed++) {
        char text[128], out[64];
        encode(seed, password, text);
        enum rc rc = password_type7_decode(text, out, sizeof out);
        assert_int_equal(rc, seed < 53 ? RC_OK : RC_MALFORMED);
        if (rc == RC_OK)
            assert_string_equal(out, password);
        assert_int_equal(password_well_formed(7, text), seed < 53);
    }
}

static void type_7_needs_two_digits_and_whole_pairs(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       "0",      "02",     "021",          "0201a",  "0201024",
        "2",      "a2010a", "0a010a", "-1010a",       " 20102", "02010g",
        "02g10a", "02 10a", "0201 a", "0201\xff\xff", "530102"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char out[64] = "untouched";
        uint8_t *exact = octets_exact(bad[i], strlen(bad[i]) + 1);
        assert_int_equal(password_type7_decode((const char *)exact, out, sizeof out), RC_MALFORMED);
        assert_string_equal(out, "untouched");
        assert_false(password_well_formed(7, (const char *)exact));
        free(exact);
    }
}

static void type_7_with_an_octet_0_inside_is_refused(void **state)
{
    (void)state;
    char text[64], out[64];
    encode(2, "cisco", text);
    for (size_t i = 0; i < 5; i++) {
        char cut[64];
        char place[3];
        snprintf(cut, sizeof cut, "%s", text);
        /* x ^ x = 0 */
        snprintf(place, sizeof place, "%02X", (unsigned)"fd;kf"[i]);
        memcpy(cut + 2 + 2 * i, place, 2);
        assert_int_equal(password_type7_decode(cut, out, sizeof out), RC_MALFORMED);
    }
}

static void type_7_writes_no_further_than_it_may(void **state)
{
    (void)state;
    for (size_t size = 0; size <= 16; size++) {
        char *out = malloc(size);
        assert_non_null(out);
        enum rc rc = password_type7_decode("0201024E070A0E2649", out, size);
        assert_int_equal(rc, size > 8 ? RC_OK : RC_FULL);
        if (rc == RC_OK)
            assert_string_equal(out, "gfullage");
        free(out);
    }
    struct octets many = octets_repeat('1', 4 + 2 * PASSWORD_STORED_MAX);
    many.bytes[many.len - 1] = '\0';
    many.bytes[many.len - 2] = '\0';
    assert_false(password_well_formed(7, (const char *)many.bytes)); /* decodes, but too long */
}

/* --- type 9 --- */

static void a_made_type_9_verifies(void **state)
{
    (void)state;
    struct rng rng = random_rng();
    static const char *const passwords[] = {"x", "cisco123", "p\xc3\xa4ssword with spaces"};
    for (size_t i = 0; i < sizeof passwords / sizeof passwords[0]; i++) {
        char *stored = malloc(PASSWORD_STORED_MAX), other[PASSWORD_STORED_MAX];
        struct octets password = octets_text(passwords[i]);
        assert_non_null(stored);
        assert_int_equal(password_make_type9(&rng, octets_span(&password), stored), RC_OK);
        assert_int_equal(password_make_type9(&rng, octets_span(&password), other), RC_OK);
        assert_int_equal(strlen(stored), 3 + 14 + 1 + 43);
        assert_string_not_equal(stored, other); /* another salt */
        assert_true(password_well_formed(9, stored));
        assert_true(verify_text(9, stored, passwords[i]));
        assert_true(verify_text(9, other, passwords[i]));
        assert_false(verify_text(9, stored, "something else"));
        free(stored);
    }
}

static void the_same_seed_makes_the_same_type_9(void **state)
{
    (void)state;
    struct rng_seeded a, b;
    struct rng first = rng_seeded_init(&a, 9), second = rng_seeded_init(&b, 9);
    struct octets password = octets_text("cisco");
    char one[PASSWORD_STORED_MAX], two[PASSWORD_STORED_MAX];
    assert_int_equal(password_make_type9(&first, octets_span(&password), one), RC_OK);
    assert_int_equal(password_make_type9(&second, octets_span(&password), two), RC_OK);
    assert_string_equal(one, two);
}

static void no_type_9_is_made_that_could_never_match(void **state)
{
    (void)state;
    struct rng rng = random_rng();
    struct octets password = octets_repeat('a', PASSWORD_STORED_MAX);
    char out[PASSWORD_STORED_MAX] = "untouched";
    assert_int_equal(password_make_type9(&rng, octets_span(&password), out), RC_MALFORMED);
    assert_string_equal(out, "untouched");
    password.bytes[5] = '\0';
    password.len = 6;
    assert_int_equal(password_make_type9(&rng, octets_span(&password), out), RC_MALFORMED);
    assert_string_equal(out, "untouched");
    password = octets_repeat('a', PASSWORD_STORED_MAX - 1);
    assert_int_equal(password_make_type9(&rng, octets_span(&password), out), RC_OK);
    assert_true(verify(9, out, password.bytes, password.len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_passwords_match),
        cmocka_unit_test(near_misses_do_not),
        cmocka_unit_test(a_password_longer_than_any_stored_one_is_refused),
        cmocka_unit_test(an_overlong_password_is_not_taken_for_an_empty_one),
        cmocka_unit_test(a_stored_text_is_of_its_type_alone),
        cmocka_unit_test(every_beginning_of_a_hash_is_malformed),
        cmocka_unit_test(every_foreign_character_in_a_hash_is_malformed),
        cmocka_unit_test(texts_that_no_password_could_match_are_malformed),
        cmocka_unit_test(type_7_decodes_from_every_seed),
        cmocka_unit_test(type_7_needs_two_digits_and_whole_pairs),
        cmocka_unit_test(type_7_with_an_octet_0_inside_is_refused),
        cmocka_unit_test(type_7_writes_no_further_than_it_may),
        cmocka_unit_test(a_made_type_9_verifies),
        cmocka_unit_test(the_same_seed_makes_the_same_type_9),
        cmocka_unit_test(no_type_9_is_made_that_could_never_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
