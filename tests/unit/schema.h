/* A JSON document against a schema of docs/schema: the keywords that our schemas use, no others
 * (one that is not known here is a complaint, so that no schema promises what nobody checks). In
 * one thing stricter than the standard: a key that the schema does not name is a complaint too. */
#ifndef HUBWARD_TESTS_SCHEMA_H
#define HUBWARD_TESTS_SCHEMA_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA_COMPLAINT = 512, SCHEMA_FILES = 8 };

struct schema {
    struct {
        char name[128];
        json_t *root;
    } files[SCHEMA_FILES]; /* as they were referred to */
    size_t file_count;
    char complaint[SCHEMA_COMPLAINT]; /* the first one; empty: none */
};

/* Where the check stands: a part of a schema file, and the way to the value. */
struct schema_place {
    json_t *root;
    json_t *part;
    const char *path;
};

static inline void schema_check(struct schema *schema, struct schema_place place, json_t *value);

static inline void schema_complain(struct schema *schema, const char *path, const char *what,
                                   const char *detail)
{
    if (!schema->complaint[0])
        snprintf(schema->complaint, sizeof schema->complaint, "%.300s: %.80s %.80s", path, what,
                 detail);
}

/* The root of docs/schema/NAME, read once; NULL: there is no such file, or it is not JSON. */
static inline json_t *schema_file(struct schema *schema, const char *name)
{
    char path[512];
    for (size_t i = 0; i < schema->file_count; i++)
        if (strcmp(schema->files[i].name, name) == 0)
            return schema->files[i].root;
    if (schema->file_count == SCHEMA_FILES)
        return NULL;
    snprintf(path, sizeof path, "%s/docs/schema/%s", HUBWARD_SOURCE, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return NULL;
    snprintf(schema->files[schema->file_count].name, sizeof schema->files[0].name, "%.127s", name);
    schema->files[schema->file_count++].root = root;
    return root;
}

static inline void schema_wipe(struct schema *schema)
{
    for (size_t i = 0; i < schema->file_count; i++)
        json_decref(schema->files[i].root);
    *schema = (struct schema){.file_count = 0};
}

/* "FILE#/$defs/NAME", or without FILE: in the same file. */
static inline void schema_ref(struct schema *schema, struct schema_place place, json_t *value,
                              const char *ref)
{
    static const char defs[] = "#/$defs/";
    const char *at = strstr(ref, defs);
    char file[128];
    snprintf(file, sizeof file, "%.*s", (int)(at ? at - ref : 0), ref);
    if (file[0])
        place.root = schema_file(schema, file);
    place.part =
        at ? json_object_get(json_object_get(place.root, "$defs"), at + sizeof defs - 1) : NULL;
    if (place.part)
        schema_check(schema, place, value);
    else
        schema_complain(schema, place.path, "no such definition:", ref);
}

static inline bool schema_type_is(json_t *value, const char *type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",   [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "integer", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",   [JSON_NULL] = "null",
    };
    return strcmp(names[json_typeof(value)], type) == 0 ||
           (strcmp(type, "number") == 0 && json_is_integer(value));
}

static inline bool schema_one_of(json_t *choices, json_t *value, bool types)
{
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice)
    {
        if (types ? schema_type_is(value, json_string_value(choice)) : json_equal(choice, value))
            return true;
    }
    return false;
}

static inline bool schema_matches(const char *pattern, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static inline void schema_required(struct schema *schema, struct schema_place place, json_t *value,
                                   json_t *names)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
    {
        if (!json_object_get(value, json_string_value(name)))
            schema_complain(schema, place.path, "is missing", json_string_value(name));
    }
}

static inline void schema_members(struct schema *schema, struct schema_place place, json_t *value)
{
    json_t *properties = json_object_get(place.part, "properties");
    json_t *others = json_object_get(place.part, "additionalProperties");
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        char path[512]; /* cut is good enough for a complaint */
        json_t *part = json_object_get(properties, key);
        snprintf(path, sizeof path, "%.255s.%.255s", place.path, key);
        if (!part && !others)
            schema_complain(schema, path, "is not in the schema", "");
        else
            schema_check(schema, (struct schema_place){place.root, part ? part : others, path},
                         member);
    }
}

static inline void schema_items(struct schema *schema, struct schema_place place, json_t *value,
                                json_t *part)
{
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        char path[256];
        snprintf(path, sizeof path, "%s[%zu]", place.path, i);
        schema_check(schema, (struct schema_place){place.root, part, path}, item);
    }
}

/* One keyword of a part; bounds and patterns concern the types they are made for only. */
static inline void schema_keyword(struct schema *schema, struct schema_place place, json_t *value,
                                  const char *key, json_t *rule)
{
    static const char *const silent[] = {"$schema",     "$defs",      "title",
                                         "description", "properties", "additionalProperties"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
        if (strcmp(key, silent[i]) == 0)
            return;
    bool good = true;
    if (strcmp(key, "$ref") == 0)
        schema_ref(schema, place, value, json_string_value(rule));
    else if (strcmp(key, "type") == 0)
        good = json_is_array(rule) ? schema_one_of(rule, value, true)
                                   : schema_type_is(value, json_string_value(rule));
    else if (strcmp(key, "const") == 0)
        good = json_equal(rule, value);
    else if (strcmp(key, "enum") == 0)
        good = schema_one_of(rule, value, false);
    else if (strcmp(key, "pattern") == 0)
        good = !json_is_string(value) ||
               schema_matches(json_string_value(rule), json_string_value(value));
    else if (strcmp(key, "minimum") == 0)
        good = !json_is_number(value) || json_number_value(value) >= json_number_value(rule);
    else if (strcmp(key, "maximum") == 0)
        good = !json_is_number(value) || json_number_value(value) <= json_number_value(rule);
    else if (strcmp(key, "required") == 0)
        schema_required(schema, place, value, rule);
    else if (strcmp(key, "items") == 0)
        schema_items(schema, place, value, rule);
    else
        schema_complain(schema, place.path, "a keyword nobody checks:", key);
    if (!good)
        schema_complain(schema, place.path, "breaks the rule", key);
}

static inline void schema_check(struct schema *schema, struct schema_place place, json_t *value)
{
    const char *key;
    json_t *rule;
    json_object_foreach(place.part, key, rule)
    {
        schema_keyword(schema, place, value, key, rule);
    }
    if (json_is_object(value) && !json_object_get(place.part, "$ref"))
        schema_members(schema, place, value);
}

/* Against docs/schema/NAME. The first complaint, borrowed from the schema; NULL: none. */
static inline const char *schema_complaint(struct schema *schema, const char *name, json_t *value)
{
    json_t *root = schema_file(schema, name);
    schema->complaint[0] = '\0';
    if (root)
        schema_check(schema, (struct schema_place){root, root, "document"}, value);
    else
        schema_complain(schema, name, "cannot be read", "");
    return schema->complaint[0] ? schema->complaint : NULL;
}

#endif
