/* Every `show` and `explain` of the command table has a JSON form, and it is the one of
 * docs/schema: a command that is added without a schema, and a key that no schema names, fail here.
 */
#include "cli/work.h"
#include "unit/cli/hub.h"
#include "unit/schema.h"

#include <cmocka.h>

/* Values for the upper-case words of the table. */
static const char *const values[][2] = {
    {"ADDRESS", "10.51.82.100"},      {"NUMBER", "1"}, {"POOL", "ourpool"}, {"WHO", "alice"},
    {"INTERFACE", "FastEthernet0/0"}, {"TAG", "mymap"}};

static const char *value_of(const char *word)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strcmp(word, values[i][0]) == 0)
            return values[i][1];
    return word;
}

/* The row's words as somebody would type them. */
static void typed(const struct command *row, char out[256])
{
    char words[256], *state = NULL;
    size_t n = 0;
    snprintf(words, sizeof words, "%s", row->words);
    for (char *word = strtok_r(words, " ", &state); word; word = strtok_r(NULL, " ", &state))
        n += (size_t)snprintf(out + n, 256 - n, "%s ", value_of(word));
}

/* show-crypto-ipsec-sa.json serves `show crypto ipsec sa peer ADDRESS` too: the schema of a command
 * is the one of its longest beginning that has one. */
static bool schema_of(struct schema *schema, const struct command *row, char out[256])
{
    char words[200];
    snprintf(words, sizeof words, "%s", row->words);
    for (char *at = words; *at; at++)
        if (*at == ' ')
            *at = '-';
    for (;;) {
        snprintf(out, 256, "%s.json", words);
        if (schema_file(schema, out))
            return true;
        char *last = strrchr(words, '-');
        if (!last)
            return false;
        *last = '\0';
    }
}

static json_t *document_of(struct hub *hub, const char *line)
{
    json_error_t error;
    struct outcome got = run(hub, line);
    if (got.code != EXIT_OK)
        fail_msg("%s: exit %d, %s", line, got.code, got.err);
    assert_string_equal(got.err, "");
    json_t *document = json_loads(got.out, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s: %s in line %d", line, error.text, error.line);
    release(got);
    return document;
}

static void check_row(struct hub *hub, const struct command *row)
{
    struct schema schema = {.file_count = 0};
    char line[300], name[256];
    typed(row, line);
    strcat(line, "--json");
    if (!schema_of(&schema, row, name))
        fail_msg("`%s` has no schema: see docs/json.md", row->words);
    json_t *document = document_of(hub, line);
    const char *complaint = schema_complaint(&schema, name, document);
    if (complaint)
        fail_msg("%s against %s: %s", line, name, complaint);
    json_decref(document);
    schema_wipe(&schema);
}

static void check_every_show(struct hub *hub)
{
    size_t checked = 0;
    hub->log = log_ring_new(); /* test_show_log fills one */
    assert_non_null(hub->log);
    for (const struct command *row = commands; row->words; row++) {
        if (!row->work || (strncmp(row->words, "show ", 5) != 0 && row->work != work_explain))
            continue;
        check_row(hub, row);
        checked++;
    }
    assert_true(checked > 0);
    log_ring_free(hub->log);
}

static void every_show_prints_the_document_of_its_schema(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    check_every_show(&hub);
}

static void hostile_texts_stay_inside_their_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < FIXTURE_HOSTILE; i++) {
        struct hub hub = a_hub();
        hub.said = fixture_hostile[i];
        hub.ike[0] = fixture_hostile_row(fixture_hostile[i]);
        fixture_text(hub.ipsec[1].map, sizeof hub.ipsec[1].map, fixture_hostile[i]);
        check_every_show(&hub);
    }
}

/* The checker is worth its word only when it refuses. */
static void what_differs_from_a_schema_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value; /* put into the hub's header */
        const char *complaint;
    } rows[] = {
        {"hostname", "7", "document.hub.hostname: breaks the rule type"},
        {"hostname", "\"a\\nb\"", "document.hub.hostname: breaks the rule pattern"},
        {"uptime_ms", "-1", "document.hub.uptime_ms: breaks the rule minimum"},
        {"uptime_ms", "1.5", "document.hub.uptime_ms: breaks the rule type"},
        {"more", "1", "document.hub.more: is not in the schema "},
        {"version", NULL, "document.hub: is missing version"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct schema schema = {.file_count = 0};
        struct hub hub = a_hub();
        json_t *document = document_of(&hub, "show version --json");
        json_t *header = json_object_get(document, "hub");
        if (rows[i].value)
            json_object_set_new(header, rows[i].key,
                                json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
        else
            json_object_del(header, rows[i].key);
        const char *complaint = schema_complaint(&schema, "show-version.json", document);
        assert_non_null(complaint);
        assert_string_equal(complaint, rows[i].complaint);
        json_decref(document);
        schema_wipe(&schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_show_prints_the_document_of_its_schema),
        cmocka_unit_test(hostile_texts_stay_inside_their_strings),
        cmocka_unit_test(what_differs_from_a_schema_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
