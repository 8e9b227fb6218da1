/* What the configuration commands print, against the stored screens of tests/golden/show: of files,
 * and of a hub that runs them, with its tunnels. */
#include "config/load.h"
#include "config/print.h"
#include "unit/cli/hub.h"
#include "unit/schema.h"

#include <cmocka.h>

static const struct screen {
    const char *name, *config, *command;
} screens[] = {
    {"policy_hub", "config/003_hub", "isakmp policy"},
    {"policy_clean", "config/hub-clean", "isakmp policy"},
    {"policy_odds", "show/odds", "isakmp policy"},
    {"policy_none", "show/empty", "isakmp policy"},
    {"key_hub", "config/003_hub", "isakmp key"},
    {"key_spoke", "config/003_spoke", "isakmp key"},
    {"key_default_and_rings", "why/default", "isakmp key"},
    {"key_verify", "why/verify", "isakmp key"},
    {"key_odds", "show/odds", "isakmp key"},
    {"profile_hub", "config/003_hub", "isakmp profile"},
    {"profile_r1", "why/r1", "isakmp profile"},
    {"profile_odds", "show/odds", "isakmp profile"},
    {"transform_set_clean", "config/hub-clean", "ipsec transform-set"},
    {"transform_set_odds", "show/odds", "ipsec transform-set"},
    {"map_hub", "config/003_hub", "map"},
    {"map_spoke", "config/003_spoke", "map"},
    {"map_odds", "show/odds", "map"},
    {"map_odds_tag", "show/odds", "map tag spare"},
    {"map_odds_interface", "show/odds", "map interface et0/1"},
    {"dynamic_map_clean", "config/hub-clean", "dynamic-map"},
    {"dynamic_map_odds", "show/odds", "dynamic-map"},
    {"dynamic_map_odds_tag", "show/odds", "dynamic-map tag rest"},
};
enum { SCREENS = sizeof screens / sizeof *screens, TEXT_MAX = 65536 };

static void read_text(const char *name, char out[TEXT_MAX])
{
    FILE *file = fopen(name, "r");
    if (!file)
        fail_msg("tests/golden/%s is missing", name);
    size_t n = fread(out, 1, TEXT_MAX - 1, file);
    assert_true(n < TEXT_MAX - 1);
    out[n] = '\0';
    fclose(file);
}

static struct outcome ask_file(const char *config, const char *command, bool json)
{
    struct outcome got = {.out = NULL};
    size_t out_len, err_len;
    char path[64], line[128];
    struct shell shell;
    snprintf(path, sizeof path, "%s.conf", config);
    snprintf(line, sizeof line, "show crypto %s", command);
    shell_init(&shell, "/nonexistent", open_memstream(&got.out, &out_len),
               open_memstream(&got.err, &err_len));
    shell.config_file = path;
    got.code = shell_run(&shell, line, json);
    shell_wipe(&shell);
    fclose(shell.out);
    fclose(shell.err);
    return got;
}

static void add_line(void *context, const char *line)
{
    strcat(context, line);
}

/* What `show running-config` of a hub with this file says. */
static void print_config(const char *name, char out[TEXT_MAX])
{
    static char text[TEXT_MAX];
    char path[64];
    struct config *config = NULL;
    struct config_report report;
    snprintf(path, sizeof path, "%s.conf", name);
    read_text(path, text);
    const struct span octets = {(const uint8_t *)text, strlen(text)};
    assert_int_equal(config_load(octets, name, NULL, 0, &config, &report), RC_OK);
    out[0] = '\0';
    config_print(config, add_line, out);
    config_report_wipe(&report);
    config_free(config);
}

static struct outcome ask_hub(const char *config, const char *command, struct hub *hub)
{
    static char printed[TEXT_MAX];
    char line[128];
    print_config(config, printed);
    hub->running = printed;
    snprintf(line, sizeof line, "show crypto %s", command);
    return run(hub, line);
}

static void check_golden(const char *name, const struct outcome *got)
{
    static char want[TEXT_MAX];
    char path[96];
    assert_string_equal(got->err, "");
    assert_int_equal(got->code, EXIT_OK);
    snprintf(path, sizeof path, "show/%s.txt", name);
    read_text(path, want);
    assert_string_equal(got->out, want);
}

static void every_screen_is_as_stored(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCREENS; i++) {
        struct outcome got = ask_file(screens[i].config, screens[i].command, false);
        check_golden(screens[i].name, &got);
        release(got);
    }
}

static void a_hub_without_tunnels_shows_what_its_file_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCREENS; i++) {
        struct hub hub = a_hub();
        hub.ipsec_count = 0;
        struct outcome got = ask_hub(screens[i].config, screens[i].command, &hub);
        check_golden(screens[i].name, &got);
        release(got);
    }
}

static void every_document_is_the_one_of_its_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCREENS; i++) {
        struct schema schema = {.file_count = 0};
        char name[64] = "show-crypto-";
        size_t n = strlen(name);
        for (const char *at = screens[i].command;
             *at && strncmp(at, " tag", 4) != 0 && strncmp(at, " interface", 10) != 0; at++)
            name[n++] = *at == ' ' ? '-' : *at;
        strcpy(name + n, ".json");
        struct outcome got = ask_file(screens[i].config, screens[i].command, true);
        json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, NULL);
        const char *complaint = schema_complaint(&schema, name, document);
        if (complaint)
            fail_msg("%s: %s", screens[i].name, complaint);
        assert_true(json_is_null(json_object_get(document, "hub")));
        json_decref(document);
        schema_wipe(&schema);
        release(got);
    }
}

/* Three flows of dynamic entries, one of them twice as at a rekey, and one of another map. */
static void tunnels_of_dynamic_entries_are_temporary_entries(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.ipsec[0] = hub.ipsec[2];
    hub.ipsec[0].conn_in = 999;
    strcpy(hub.ipsec[0].map, "mymap");
    strcpy(hub.ipsec[2].map, "mymap");
    struct outcome got = ask_hub("config/hub-clean", "map", &hub);
    check_golden("map_live", &got);
    release(got);
}

/* The tunnel of a static entry names its current peer, and is no entry of its own. */
static void a_tunnel_of_a_static_entry_says_which_peer_is_current(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    for (size_t i = 0; i < 3; i++) {
        strcpy(hub.ipsec[i].map, "outside");
        hub.ipsec[i].remote = fixture_endpoint("192.0.2.2", 500);
        hub.ipsec[i].ours = fixture_net(0x0a010000, 16);
        hub.ipsec[i].theirs = fixture_net(0x0a030000, 16);
    }
    hub.ipsec[1].theirs = fixture_net(0x0a090000, 16); /* not in the entry's access list */
    strcpy(hub.ipsec[2].map, "spare");
    struct outcome got = ask_hub("show/odds", "map tag outside", &hub);
    check_golden("map_live_static", &got);
    release(got);
}

static void live_entries_are_in_the_document(void **state)
{
    (void)state;
    struct schema schema = {.file_count = 0};
    struct hub hub = a_hub();
    struct outcome got = ask_hub("config/hub-clean", "map --json", &hub);
    json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, NULL);
    const char *complaint = schema_complaint(&schema, "show-crypto-map.json", document);
    if (complaint)
        fail_msg("%s", complaint);
    json_t *map = json_array_get(json_object_get(document, "crypto_maps"), 0);
    json_t *live = json_object_get(map, "temporary");
    assert_int_equal(json_array_size(live), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(live, 1), "dynamic_map")),
                        "dynmap");
    assert_true(json_is_object(json_object_get(document, "hub")));
    json_decref(document);
    schema_wipe(&schema);
    release(got);
}

static void a_name_that_is_not_there_is_exit_4(void **state)
{
    (void)state;
    static const struct {
        const char *command, *err;
    } rows[] = {
        {"map tag nomap", "% no map nomap\n"},
        {"map interface Ethernet0/2", "% no crypto map on interface Ethernet0/2\n"},
        {"map interface Ethernet9/9", "% no crypto map on interface Ethernet9/9\n"},
        {"dynamic-map tag outside", "% no map outside\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int json = 0; json < 2; json++) {
            struct outcome got = ask_file("show/odds", rows[i].command, json);
            assert_int_equal(got.code, EXIT_NOTHING);
            assert_string_equal(got.out, "");
            assert_string_equal(got.err, rows[i].err);
            release(got);
        }
}

/* The keys of the files are words that stand nowhere else in them. */
static void no_key_is_ever_shown(void **state)
{
    (void)state;
    static const char *const commands[] = {"isakmp policy",       "isakmp key", "isakmp profile",
                                           "ipsec transform-set", "map",        "dynamic-map"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        for (int json = 0; json < 2; json++) {
            struct outcome got = ask_file("show/odds", commands[i], json);
            assert_int_equal(got.code, EXIT_OK);
            assert_null(strstr(got.out, "Rosebud"));
            assert_null(strstr(got.out, "$9$"));
            release(got);
        }
}

static void a_file_that_cannot_be_used_is_said(void **state)
{
    (void)state;
    struct outcome got = ask_file("why/broken", "map", false);
    assert_int_equal(got.code, EXIT_FAILED);
    assert_string_equal(got.out, "");
    assert_non_null(strstr(got.err, "why/broken.conf:2:"));
    release(got);
}

static int go_to_the_screens(void **state)
{
    (void)state;
    return chdir(HUBWARD_TESTS "/golden");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_is_as_stored),
        cmocka_unit_test(a_hub_without_tunnels_shows_what_its_file_shows),
        cmocka_unit_test(every_document_is_the_one_of_its_schema),
        cmocka_unit_test(tunnels_of_dynamic_entries_are_temporary_entries),
        cmocka_unit_test(a_tunnel_of_a_static_entry_says_which_peer_is_current),
        cmocka_unit_test(live_entries_are_in_the_document),
        cmocka_unit_test(a_name_that_is_not_there_is_exit_4),
        cmocka_unit_test(no_key_is_ever_shown),
        cmocka_unit_test(a_file_that_cannot_be_used_is_said),
    };
    return cmocka_run_group_tests(tests, go_to_the_screens, NULL);
}
