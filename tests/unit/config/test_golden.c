/* The configurations of the document about a hub with DHCP branches and VPN clients, as they stand
 * in it: every field of what is read, and every finding, against files beside them. Setting
 * HUBWARD_GOLDEN=write writes the files anew. */
#include "unit/config/dump.h"

static char *read_file(const char *name, size_t *n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/golden/config/%s", HUBWARD_TESTS, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *n = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

static void compare_file(const char *name, const char *got)
{
    const char *mode = getenv("HUBWARD_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        char path[512];
        snprintf(path, sizeof path, "%s/golden/config/%s", HUBWARD_TESTS, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(got, file);
        fclose(file);
        return;
    }
    size_t n;
    char *wanted = read_file(name, &n);
    assert_string_equal(got, wanted);
    free(wanted);
}

static char *findings_of(struct loaded *loaded)
{
    struct buffer buffer = {.text = NULL};
    char text[2048];
    for (size_t i = 0; i < loaded->report.count; i++)
        buffer_add(&buffer, config_finding_format(&loaded->report, &loaded->report.findings[i],
                                                  text, sizeof text));
    return buffer.text;
}

static void check(const char *name, const struct config_mapping *mappings, size_t count)
{
    char file[64];
    size_t n;
    snprintf(file, sizeof file, "%s.conf", name);
    char *text = read_file(file, &n);
    struct loaded loaded = load_octets(text, n, mappings, count);
    free(text);
    if (loaded.rc != RC_OK)
        print_errors(&loaded);
    assert_int_equal(loaded.rc, RC_OK);
    char *dump = dump_config(loaded.config, true, true), *findings = findings_of(&loaded);
    snprintf(file, sizeof file, "%s.struct", name);
    compare_file(file, dump);
    snprintf(file, sizeof file, "%s.findings", name);
    compare_file(file, findings);
    free(dump);
    free(findings);
    unload(&loaded);
}

static void the_hub_of_the_document_is_read_as_it_stands(void **state)
{
    (void)state;
    check("003_hub", NULL, 0);
}

static void the_spoke_of_the_document_is_read_as_it_stands(void **state)
{
    static const struct config_mapping mappings[] = {{"FastEthernet0/0", "eth0"},
                                                     {"Fa0/1", "eth1"}};
    (void)state;
    check("003_spoke", mappings, 2);
}

static void the_tidy_hub_has_nothing_to_warn_of_but_its_last_weak_policy(void **state)
{
    (void)state;
    check("hub-clean", NULL, 0);
}

static void the_examples_are_the_golden_texts(void **state)
{
    static const char *const names[][2] = {{"hub.conf", "003_hub.conf"},
                                           {"spoke.conf", "003_spoke.conf"},
                                           {"hub-clean.conf", "hub-clean.conf"}};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512], got[16384] = "";
        size_t n, m;
        snprintf(path, sizeof path, "%s/examples/%s", HUBWARD_SOURCE, names[i][0]);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        n = fread(got, 1, sizeof got - 1, file);
        fclose(file);
        char *golden = read_file(names[i][1], &m);
        assert_int_equal(n, m);
        assert_memory_equal(got, golden, n);
        free(golden);
    }
}

/* Whatever a text is cut to, it loads or is refused; the sanitizer watches. */
static void every_truncation_of_the_document_loads_or_is_refused(void **state)
{
    static const char *const names[] = {"003_hub.conf", "003_spoke.conf"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n;
        char *text = read_file(names[i], &n);
        for (size_t cut = 0; cut <= n; cut++) {
            struct loaded loaded = load_octets(text, cut, NULL, 0);
            assert_true(loaded.rc == RC_OK || loaded.rc == RC_MALFORMED);
            assert_true((loaded.rc == RC_OK) == (loaded.config != NULL));
            assert_true((loaded.rc == RC_OK) == (loaded.report.errors == 0));
            unload(&loaded);
        }
        free(text);
    }
}

/* A secret is not shown however the text around it is broken: each line dropped, each line joined
 * to the next. */
static void no_damage_makes_a_secret_show(void **state)
{
    size_t n;
    (void)state;
    char *text = read_file("003_hub.conf", &n);
    for (size_t i = 0; i < n; i++) {
        char *broken = malloc(n);
        assert_non_null(broken);
        if (text[i] == '\n') { /* joined */
            memcpy(broken, text, n);
            broken[i] = ' ';
            struct loaded loaded = load_octets(broken, n, NULL, 0);
            assert_never_shown(&loaded, "cisco123");
            assert_never_shown(&loaded, "cisco321");
            assert_never_shown(&loaded, "gfullage password 7 02");
            unload(&loaded);
        }
        if (text[i] == ' ') { /* broken into two lines */
            memcpy(broken, text, n);
            broken[i] = '\n';
            struct loaded loaded = load_octets(broken, n, NULL, 0);
            assert_never_shown(&loaded, "cisco123");
            assert_never_shown(&loaded, "cisco321");
            unload(&loaded);
        }
        free(broken);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hub_of_the_document_is_read_as_it_stands),
        cmocka_unit_test(the_spoke_of_the_document_is_read_as_it_stands),
        cmocka_unit_test(the_tidy_hub_has_nothing_to_warn_of_but_its_last_weak_policy),
        cmocka_unit_test(the_examples_are_the_golden_texts),
        cmocka_unit_test(every_truncation_of_the_document_loads_or_is_refused),
        cmocka_unit_test(no_damage_makes_a_secret_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
