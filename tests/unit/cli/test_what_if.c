/* `what-if` against the stored transcripts of tests/golden/why: each rule and each table of the
 * vendor's documents on keyrings and profiles, and the ways of clients. The same peers asked of a
 * hub that runs the configuration get the same verdicts. */
#include "config/load.h"
#include "config/print.h"
#include "unit/cli/hub.h"
#include "unit/schema.h"

#include <cmocka.h>

static const struct transcript {
    const char *name, *config;
    enum exit_code code;
    const char *words;
} transcripts[] = {
    {"keyring_of_other_profile", "r1", EXIT_NOTHING, "from 192.168.0.2 offer 3des-md5-2"},
    {"keyring_of_own_profile", "r2", EXIT_OK,
     "from 192.168.0.1 offer 3des-md5-2 esp-aes-sha256 proxies 192.168.200.0/24 192.168.100.0/24"},
    {"static_entry_of_other_nets", "r2", EXIT_NOTHING,
     "from 192.168.0.1 proxies 192.168.201.0/24 192.168.100.0/24"},
    {"no_key_for_the_address", "r1", EXIT_NOTHING, "from 192.168.0.7"},
    {"longest_mask_of_several_keyrings", "keyrings", EXIT_OK, "from 192.168.0.2"},
    {"shorter_mask_for_its_neighbour", "keyrings", EXIT_OK, "from 192.168.0.3"},
    {"default_keyring_first", "default", EXIT_OK, "from 192.168.0.2"},
    {"default_keyring_for_the_rest", "default", EXIT_OK, "from 203.0.113.9"},
    {"hostname_key_not_in_main_mode", "keyrings", EXIT_NOTHING,
     "from 203.0.113.9 id fqdn branch7.example"},
    {"hostname_key_in_aggressive_mode", "keyrings", EXIT_OK,
     "from 203.0.113.9 mode aggressive id fqdn branch7.example auth psk"},
    {"no_profile_matches", "keyrings", EXIT_OK,
     "from 192.168.0.2 id fqdn branch7.example offer aes-128-sha256-14 esp-aes-256-sha256-14 "
     "proxies 10.1.1.0/24 10.2.2.0/24"},
    {"pfs_missing", "keyrings", EXIT_NOTHING,
     "from 192.168.0.2 offer esp-aes-256-sha256 proxies 10.1.1.0/24 10.2.2.0/24"},
    {"everything_as_its_side", "keyrings", EXIT_NOTHING,
     "from 192.168.0.2 proxies 10.1.1.0/24 any"},
    {"phase1_proposal_differs", "keyrings", EXIT_NOTHING,
     "from 192.168.0.2 offer aes-256-sha256-5 3des-sha-2"},
    {"most_specific_profile", "profiles", EXIT_OK, "from 192.168.0.1"},
    {"entry_bound_to_other_profile", "profiles", EXIT_NOTHING,
     "from 192.168.0.1 proxies 192.168.7.0/24 10.2.2.0/24"},
    {"entry_of_its_profile", "profiles", EXIT_OK,
     "from 192.168.0.77 proxies 192.168.7.0/24 10.2.2.0/24"},
    {"wildcard_key_not_in_aggressive_mode", "clients", EXIT_NOTHING,
     "from 203.0.113.9 mode aggressive id address 203.0.113.9 auth psk"},
    {"host_with_own_key_in_aggressive_mode", "clients", EXIT_OK,
     "from 203.0.113.9 mode aggressive id fqdn branch7.example auth psk proxies 10.1.1.0/24 "
     "10.7.0.0/16"},
    {"group_by_key_id", "clients", EXIT_OK,
     "from 203.0.113.9 port 4500 mode aggressive id key-id sales offer 3des-sha-2 esp-3des-sha"},
    {"group_by_user_fqdn_is_no_group", "clients", EXIT_NOTHING,
     "from 203.0.113.9 mode aggressive id user-fqdn old@client.example"},
    {"unknown_group", "clients", EXIT_NOTHING, "from 203.0.113.9 mode aggressive id key-id salse"},
    {"client_without_xauth", "clients", EXIT_NOTHING,
     "from 203.0.113.9 mode aggressive id key-id sales auth psk"},
    {"branch_on_a_profile_with_login", "clients", EXIT_NOTHING,
     "from 203.0.113.9 id user-fqdn old@client.example"},
    {"group_without_pool", "clients", EXIT_NOTHING,
     "from 203.0.113.9 mode aggressive id key-id empty"},
    {"client_that_claims_a_net", "clients", EXIT_NOTHING,
     "from 203.0.113.9 mode aggressive id key-id sales proxies any 10.2.0.0/16"},
    {"proved_key_of_a_branch", "verify", EXIT_OK,
     "from 203.0.113.9 id fqdn porto.example key porto proxies 10.1.0.0/16 10.7.0.0/16"},
    {"proved_key_of_another", "verify", EXIT_NOTHING, "from 203.0.113.9 key porto"},
    {"proved_key_that_goes", "verify", EXIT_OK, "from 203.0.113.9"},
    {"proved_key_that_nobody_has", "verify", EXIT_NOTHING, "from 203.0.113.9 key faro"},
    {"interface_without_map", "clients", EXIT_NOTHING, "from 203.0.113.9 interface Ethernet0/1"},
};
enum { TRANSCRIPTS = sizeof transcripts / sizeof *transcripts, TEXT_MAX = 65536 };

static void read_text(const char *name, const char *suffix, char out[TEXT_MAX])
{
    char path[256];
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("tests/golden/why/%s is missing", path);
    out[fread(out, 1, TEXT_MAX - 1, file)] = '\0';
    fclose(file);
}

/* Without any hub. */
static struct outcome ask_file(const char *config, const char *line, bool json)
{
    struct outcome got = {.out = NULL};
    size_t out_len, err_len;
    char path[64];
    struct shell shell;
    snprintf(path, sizeof path, "%s.conf", config);
    shell_init(&shell, "/nonexistent", open_memstream(&got.out, &out_len),
               open_memstream(&got.err, &err_len));
    shell.config_file = path;
    got.code = shell_run(&shell, line, json);
    shell_wipe(&shell);
    fclose(shell.out);
    fclose(shell.err);
    return got;
}

static struct outcome ask_transcript(const struct transcript *row, bool json)
{
    char line[512];
    snprintf(line, sizeof line, "what-if %s", row->words);
    return ask_file(row->config, line, json);
}

static void every_transcript_is_as_stored(void **state)
{
    (void)state;
    static char want[TEXT_MAX];
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        struct outcome got = ask_transcript(&transcripts[i], false);
        read_text(transcripts[i].name, "txt", want);
        if (got.code != transcripts[i].code)
            fail_msg("%s: exit %d, %s", transcripts[i].name, got.code, got.err);
        assert_string_equal(got.out, want);
        assert_string_equal(got.err, "");
        release(got);
    }
}

static void every_transcript_has_a_document_of_the_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        struct schema schema = {.file_count = 0};
        struct outcome got = ask_transcript(&transcripts[i], true);
        json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, NULL);
        const char *complaint = schema_complaint(&schema, "what-if.json", document);
        if (complaint)
            fail_msg("%s: %s", transcripts[i].name, complaint);
        assert_int_equal(got.code, transcripts[i].code);
        assert_int_equal(json_is_true(json_object_get(document, "accepted")), got.code == EXIT_OK);
        json_decref(document);
        schema_wipe(&schema);
        release(got);
    }
}

static void add_line(void *context, const char *line)
{
    strcat(context, line);
}

/* What `show running-config` of a hub with this file says. */
static void print_config(const char *name, char out[TEXT_MAX])
{
    static char text[TEXT_MAX];
    struct config *config = NULL;
    struct config_report report;
    read_text(name, "conf", text);
    const struct span octets = {(const uint8_t *)text, strlen(text)};
    assert_int_equal(config_load(octets, name, NULL, 0, &config, &report), RC_OK);
    out[0] = '\0';
    config_print(config, add_line, out);
    config_report_wipe(&report);
    config_free(config);
}

/* Lines differ between a file and what is printed of it, verdicts do not. */
static void a_running_hub_says_what_its_file_says(void **state)
{
    (void)state;
    static char printed[TEXT_MAX];
    char line[512];
    for (size_t i = 0; i < TRANSCRIPTS; i++) {
        struct hub hub = a_hub();
        print_config(transcripts[i].config, printed);
        hub.running = printed;
        snprintf(line, sizeof line, "what-if %s", transcripts[i].words);
        struct outcome got = run(&hub, line);
        struct outcome file = ask_transcript(&transcripts[i], false);
        assert_int_equal(got.code, transcripts[i].code);
        assert_non_null(strstr(got.out, "Lines are those of show running-config\n"));
        assert_string_equal(strrchr(got.out, ' '), strrchr(file.out, ' '));
        release(file);
        release(got);
    }
}

static void a_running_hub_has_its_name_in_the_document(void **state)
{
    (void)state;
    static char printed[TEXT_MAX];
    struct schema schema = {.file_count = 0};
    struct hub hub = a_hub();
    print_config("r1", printed);
    hub.running = printed;
    struct outcome got = run(&hub, "what-if from 192.168.0.2 --json");
    json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, NULL);
    const char *complaint = schema_complaint(&schema, "what-if.json", document);
    if (complaint)
        fail_msg("%s", complaint);
    assert_true(json_is_object(json_object_get(document, "hub")));
    json_decref(document);
    schema_wipe(&schema);
    release(got);
}

static void what_cannot_be_judged_is_said_on_the_other_output(void **state)
{
    (void)state;
    static const struct {
        const char *config, *line;
        enum exit_code code;
        const char *err;
    } rows[] = {
        {"r1", "what-if from 192.168.0.2 mode aggressive", EXIT_USAGE,
         "% aggressive mode begins with an identity: add \"id TYPE VALUE\"\n"},
        {"r1", "what-if from 192.168.0.2 offer aes-sha-3", EXIT_USAGE,
         "% not a suite such as aes-256-sha256-14 or esp-aes-256-sha256: \"aes-sha-3\"\n"},
        {"r1", "what-if from", EXIT_USAGE, "% Incomplete command.\n"},
        {"nowhere", "what-if from 192.168.0.2", EXIT_FAILED,
         "% nowhere.conf cannot be read: No such file or directory\n"},
        {"broken", "what-if from 192.168.0.2", EXIT_FAILED, "broken.conf:2:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome got = ask_file(rows[i].config, rows[i].line, false);
        assert_int_equal(got.code, rows[i].code);
        assert_memory_equal(got.err, rows[i].err, strlen(rows[i].err));
        assert_string_equal(got.out, "");
        release(got);
    }
}

static void a_filter_counts_also_when_the_peer_would_be_refused(void **state)
{
    (void)state;
    struct outcome got = ask_file("r1", "what-if from 192.168.0.2 | count REFUSED", false);
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_non_null(strstr(got.out, "= 1"));
    release(got);
}

static int go_to_the_transcripts(void **state)
{
    (void)state;
    return chdir(HUBWARD_TESTS "/golden/why");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_transcript_is_as_stored),
        cmocka_unit_test(every_transcript_has_a_document_of_the_schema),
        cmocka_unit_test(a_running_hub_says_what_its_file_says),
        cmocka_unit_test(a_running_hub_has_its_name_in_the_document),
        cmocka_unit_test(what_cannot_be_judged_is_said_on_the_other_output),
        cmocka_unit_test(a_filter_counts_also_when_the_peer_would_be_refused),
    };
    return cmocka_run_group_tests(tests, go_to_the_transcripts, NULL);
}
