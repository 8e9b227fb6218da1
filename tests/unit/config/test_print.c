/* `show running-config` of whole configurations: they parse back equal apart from their secrets,
 * nothing of a secret is in them, and pieces of them join to the whole. */
#include "unit/config/printed.h"

static const char *const goldens[] = {"003_hub", "003_spoke", "hub-clean"};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static struct loaded load_golden(const char *name)
{
    static char text[1 << 16];
    char path[512];
    snprintf(path, sizeof path, "%s/golden/config/%s.conf", HUBWARD_TESTS, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    struct loaded loaded = load_octets(text, n, NULL, 0);
    assert_int_equal(loaded.rc, RC_OK);
    return loaded;
}

static void the_golden_configurations_print_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct loaded loaded = load_golden(goldens[i]);
        assert_prints_back(loaded.config);
        unload(&loaded);
    }
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        n++;
    }
    return n;
}

/* Every hidden place is an error of its own, and there is no other. */
static void a_printed_golden_does_not_load_until_its_secrets_are_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct loaded loaded = load_golden(goldens[i]);
        char *printed = print_text(loaded.config);
        struct loaded again = load_text(printed);
        assert_true(count(printed, "<hidden>") > 0);
        assert_int_equal(again.rc, RC_MALFORMED);
        assert_int_equal(again.report.errors, count(printed, "<hidden>"));
        assert_non_null(find_finding(&again, CONFIG_ERROR, "<hidden>"));
        unload(&again);
        free(printed);
        unload(&loaded);
    }
}

/* For looking at it: all but the users is there, and prints the same again. */
static void a_printed_golden_loads_as_a_printed_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct loaded loaded = load_golden(goldens[i]);
        char *printed = print_text(loaded.config);
        struct config *config = NULL;
        struct config_report report;
        assert_int_equal(
            config_load_printed((struct span){(const uint8_t *)printed, strlen(printed)}, "printed",
                                &config, &report),
            RC_OK);
        assert_int_equal(config->user_count, 0);
        assert_int_equal(config->keyring_count, loaded.config->keyring_count);
        char *again = print_text(config);
        assert_int_equal(count(again, "\n") + loaded.config->user_count, count(printed, "\n"));
        free(again);
        config_report_wipe(&report);
        config_free(config);
        free(printed);
        unload(&loaded);
    }
}

static void assert_lacks(const char *printed, const char *secret, size_t len)
{
    char text[512];
    assert_true(len < sizeof text);
    memcpy(text, secret, len);
    text[len] = '\0';
    assert_true(len > 0);
    assert_null(strstr(printed, text));
}

static void no_key_password_or_hash_of_a_golden_is_printed(void **state)
{
    size_t secrets = 0;
    (void)state;
    for (size_t i = 0; i < GOLDENS; i++) {
        struct loaded loaded = load_golden(goldens[i]);
        const struct config *config = loaded.config;
        char *printed = print_text(config);
        for (size_t k = 0; k < config->keyring_count; k++)
            for (size_t e = 0; e < config->keyrings[k].entry_count; e++, secrets++)
                assert_lacks(printed, (const char *)config->keyrings[k].entries[e].secret.at,
                             config->keyrings[k].entries[e].secret.len);
        for (size_t g = 0; g < config->group_count; g++, secrets++)
            assert_lacks(printed, (const char *)config->groups[g].secret.at,
                         config->groups[g].secret.len);
        for (size_t u = 0; u < config->user_count; u++)
            /* One user of the document has his own name for a password. */
            if (strcmp(config->users[u].name, config->users[u].stored) != 0) {
                assert_lacks(printed, config->users[u].stored, strlen(config->users[u].stored));
                secrets++;
            }
        free(printed);
        unload(&loaded);
    }
    assert_true(secrets >= 5);
}

static char *print_with(const char *secret)
{
    char text[2048];
    snprintf(text, sizeof text,
             "username u password %s\nusername v password 0 %s\nusername w secret %s\n"
             "crypto isakmp key %s address 10.0.0.1\ncrypto isakmp key 0 %s hostname h\n"
             "crypto keyring k\n pre-shared-key address 10.1.0.0 255.255.0.0 key %s\n"
             "crypto isakmp client configuration group g\n key %s\n",
             secret, secret, secret, secret, secret, secret, secret);
    struct loaded loaded = load_good(text);
    char *printed = print_text(loaded.config);
    unload(&loaded);
    return printed;
}

/* Neither its octets nor how many there are. */
static void the_text_is_the_same_whatever_the_secrets_are(void **state)
{
    (void)state;
    char *printed = print_with("x");
    const char *const others[] = {"aVeryMuchLongerSecret-of-a-branch-0123456789",
                                  "\xc3\xa4\xc3\xb6", "<secret>", "12345678"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char *other = print_with(others[i]);
        assert_string_equal(other, printed);
        free(other);
    }
    free(printed);
}

static void pieces_of_any_size_join_to_the_whole(void **state)
{
    (void)state;
    struct loaded loaded = load_golden("003_hub");
    char *printed = print_text(loaded.config);
    const size_t whole = strlen(printed);
    for (size_t size = 1; size < whole + 2; size += size < 70 ? 1 : 97) {
        char *piece = malloc(size), *joined = calloc(1, whole + 1);
        size_t at = 0, n;
        assert_non_null(piece);
        assert_non_null(joined);
        while (at < whole) {
            assert_int_equal(config_print_piece(loaded.config, at, piece, size, &n), whole);
            assert_int_equal(n, size < whole - at ? size : whole - at);
            memcpy(joined + at, piece, n);
            at += n;
        }
        assert_string_equal(joined, printed);
        free(joined);
        free(piece);
    }
    free(printed);
    unload(&loaded);
}

static void behind_the_end_there_is_nothing(void **state)
{
    (void)state;
    struct loaded loaded = load_golden("hub-clean");
    char *printed = print_text(loaded.config), octet;
    const size_t whole = strlen(printed), places[] = {whole, whole + 1, UINT32_MAX, SIZE_MAX};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t n = 9;
        assert_int_equal(config_print_piece(loaded.config, places[i], &octet, 1, &n), whole);
        assert_int_equal(n, 0);
    }
    free(printed);
    unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_configurations_print_back),
        cmocka_unit_test(a_printed_golden_does_not_load_until_its_secrets_are_back),
        cmocka_unit_test(a_printed_golden_loads_as_a_printed_one),
        cmocka_unit_test(no_key_password_or_hash_of_a_golden_is_printed),
        cmocka_unit_test(the_text_is_the_same_whatever_the_secrets_are),
        cmocka_unit_test(pieces_of_any_size_join_to_the_whole),
        cmocka_unit_test(behind_the_end_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
