/* The document of `hubd --check --json` is the one of docs/schema/check.json. */
#include "role/warden_check.h"
#include "unit/schema.h"

#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What check_print writes, parsed. */
static json_t *printed(const char *text, bool good)
{
    struct config *config = NULL;
    struct config_report report;
    struct span span = {(const uint8_t *)text, strlen(text)};
    enum rc rc = config_load(span, "hub.conf", NULL, 0, &config, &report);
    assert_int_equal(rc, good ? RC_OK : RC_MALFORMED);
    json_t *document = check_document("hub.conf");
    check_add_report(document, &report);
    check_add_system(document, LEVEL_WARNING, "Linux differs\nin this\n");
    config_free(config);
    config_report_wipe(&report);
    FILE *out = tmpfile();
    int kept = dup(STDOUT_FILENO);
    assert_non_null(out);
    fflush(stdout);
    dup2(fileno(out), STDOUT_FILENO);
    check_print(document, good);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(out);
    json_error_t error;
    document = json_loadf(out, 0, &error);
    fclose(out);
    assert_non_null(document);
    return document;
}

static void assert_schema(json_t *document)
{
    struct schema schema = {.file_count = 0};
    const char *complaint = schema_complaint(&schema, "check.json", document);
    if (complaint)
        fail_msg("%s", complaint);
    schema_wipe(&schema);
}

static int number(const json_t *document, const char *key)
{
    return (int)json_integer_value(json_object_get(document, key));
}

static void a_good_configuration_has_its_warnings_counted(void **state)
{
    (void)state;
    json_t *document = printed("crypto isakmp policy 1\n encr des\n authentication pre-share\n"
                               "ip subnet-zero\n",
                               true);
    assert_schema(document);
    assert_true(json_is_true(json_object_get(document, "good")));
    assert_int_equal(number(document, "errors"), 0);
    assert_true(number(document, "warnings") >= 2);
    json_decref(document);
}

static void an_error_has_its_place_and_hides_the_secret(void **state)
{
    (void)state;
    json_t *document = printed("crypto isakmp key sesame adress 10.1.1.1\n", false);
    assert_schema(document);
    assert_false(json_is_true(json_object_get(document, "good")));
    assert_int_equal(number(document, "errors"), 1);
    char *text = json_dumps(document, 0);
    assert_null(strstr(text, "sesame"));
    free(text);
    const json_t *finding = json_array_get(json_object_get(document, "findings"), 0);
    assert_int_equal(number(finding, "line"), 1);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_configuration_has_its_warnings_counted),
        cmocka_unit_test(an_error_has_its_place_and_hides_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
