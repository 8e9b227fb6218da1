/* Loading a configuration from a string in tests: the text is copied to a block of its exact size,
 * so that the sanitizer guards its end. */
#ifndef TESTS_CONFIG_LOAD_TEXT_H
#define TESTS_CONFIG_LOAD_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/load.h"
#include "config/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
    enum rc rc;
    struct config *config; /* NULL unless RC_OK */
    struct config_report report;
};

static inline struct loaded load_octets(const char *text, size_t n,
                                        const struct config_mapping *mappings, size_t count)
{
    struct loaded loaded = {.config = NULL};
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, text, n);
    loaded.rc = config_load((struct span){exact, n}, "test.conf", mappings, count, &loaded.config,
                            &loaded.report);
    free(exact);
    return loaded;
}

static inline struct loaded load_text(const char *text)
{
    return load_octets(text, strlen(text), NULL, 0);
}

static inline void unload(struct loaded *loaded)
{
    config_free(loaded->config);
    config_report_wipe(&loaded->report);
}

static inline void print_errors(const struct loaded *loaded)
{
    char text[1024];
    for (size_t i = 0; i < loaded->report.count; i++)
        if (loaded->report.findings[i].severity == CONFIG_ERROR)
            print_message("%s", config_finding_format(&loaded->report, &loaded->report.findings[i],
                                                      text, sizeof text));
}

static inline const struct acl *find_acl(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->acl_count; i++)
        if (strcmp(config->acls[i].name, name) == 0)
            return &config->acls[i];
    return NULL;
}

static inline const struct crypto_map *find_map(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->crypto_map_count; i++)
        if (strcmp(config->crypto_maps[i].name, name) == 0)
            return &config->crypto_maps[i];
    return NULL;
}

/* A text that must load. */
static inline struct loaded load_good(const char *text)
{
    struct loaded loaded = load_text(text);
    if (loaded.rc != RC_OK)
        print_errors(&loaded);
    assert_int_equal(loaded.rc, RC_OK);
    assert_non_null(loaded.config);
    return loaded;
}

static inline const struct config_finding *
find_finding(const struct loaded *loaded, enum config_severity severity, const char *part)
{
    for (size_t i = 0; i < loaded->report.count; i++)
        if (loaded->report.findings[i].severity == severity &&
            strstr(loaded->report.findings[i].text, part))
            return &loaded->report.findings[i];
    return NULL;
}

static inline const struct config_finding *find_rule(const struct loaded *loaded, const char *rule)
{
    for (size_t i = 0; i < loaded->report.count; i++)
        if (strcmp(loaded->report.findings[i].rule, rule) == 0)
            return &loaded->report.findings[i];
    return NULL;
}

/* The text is refused, with one error, there, and its sentence holds this part. */
static inline void assert_one_error(const char *text, unsigned line, unsigned column,
                                    const char *part)
{
    struct loaded loaded = load_text(text);
    const struct config_finding *finding = find_finding(&loaded, CONFIG_ERROR, part);
    if (!finding || loaded.report.errors != 1)
        print_errors(&loaded);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_null(loaded.config);
    assert_int_equal(loaded.report.errors, 1);
    assert_non_null(finding);
    assert_int_equal(finding->line, line);
    assert_int_equal(finding->column, column);
    unload(&loaded);
}

/* No finding and no message made of one shows this text. */
static inline void assert_never_shown(const struct loaded *loaded, const char *secret)
{
    char text[1024];
    for (size_t i = 0; i < loaded->report.count; i++) {
        const struct config_finding *finding = &loaded->report.findings[i];
        assert_null(strstr(finding->text, secret));
        assert_null(strstr(finding->quote, secret));
        assert_null(
            strstr(config_finding_format(&loaded->report, finding, text, sizeof text), secret));
    }
}

/* A string that grows. */
struct buffer {
    char *text;
    size_t len;
};

static inline void buffer_add(void *context, const char *text)
{
    struct buffer *buffer = context;
    size_t n = strlen(text);
    char *grown = realloc(buffer->text, buffer->len + n + 1);
    assert_non_null(grown);
    memcpy(grown + buffer->len, text, n + 1);
    buffer->text = grown;
    buffer->len += n;
}

static inline bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static inline struct addr address(const char *text)
{
    struct addr addr = {.family = ADDR_NONE};
    assert_int_equal(addr_parse(text, &addr), RC_OK);
    return addr;
}

static inline bool prefix_is(struct prefix prefix, const char *text)
{
    char formatted[PREFIX_TEXT];
    return strcmp(prefix_format(prefix, formatted), text) == 0;
}

#endif
