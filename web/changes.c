/* A change is an object with the members that differ. A list in it is {"length", "rows"}: its rows
 * by their places, those that are new or differ. */
#include "web/changes.h"

#include "host/status_json.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clocks of rows are read at different moments of a round. */
enum { CLOCK_SLACK_MS = 1500 };

/* Members that run by themselves; -1: towards 0. lists.js has the same table. */
static const struct {
    const char *key;
    int way;
} running[] = {{"age_ms", 1},    {"idle_ms", 1},       {"up_ms", 1},
               {"uptime_ms", 1}, {"remaining_ms", -1}, {"kept_ms", -1}};

void event_text_release(struct event_text *event)
{
    if (event && --event->holders == 0)
        free(event);
}

void changes_wipe(struct changes *changes)
{
    json_decref(changes->known);
    event_text_release(changes->change);
    event_text_release(changes->whole);
    *changes = (struct changes){.start = changes->start};
}

static int way_of(const char *key)
{
    for (size_t i = 0; i < sizeof running / sizeof running[0]; i++)
        if (strcmp(key, running[i].key) == 0)
            return running[i].way;
    return 0;
}

static bool equal(const json_t *old, const json_t *new, uint64_t passed_ms);

static bool runs_on(const json_t *old, const json_t *new, int way, uint64_t passed_ms)
{
    if (!json_is_integer(old) || !json_is_integer(new))
        return json_equal(old, new);
    json_int_t due = json_integer_value(old) + way * (json_int_t)passed_ms;
    json_int_t off = json_integer_value(new) - (due < 0 ? 0 : due);
    return off <= CLOCK_SLACK_MS && off >= -CLOCK_SLACK_MS;
}

static bool equal_objects(const json_t *old, const json_t *new, uint64_t passed_ms)
{
    const char *key;
    json_t *value;
    if (json_object_size(old) != json_object_size(new))
        return false;
    json_object_foreach((json_t *)new, key, value)
    {
        const json_t *before = json_object_get(old, key);
        int way = way_of(key);
        if (!before ||
            !(way ? runs_on(before, value, way, passed_ms) : equal(before, value, passed_ms)))
            return false;
    }
    return true;
}

static bool equal(const json_t *old, const json_t *new, uint64_t passed_ms)
{
    if (json_is_object(old) && json_is_object(new))
        return equal_objects(old, new, passed_ms);
    if (!json_is_array(old) || !json_is_array(new))
        return json_equal(old, new);
    if (json_array_size(old) != json_array_size(new))
        return false;
    for (size_t i = 0; i < json_array_size(new); i++)
        if (!equal(json_array_get(old, i), json_array_get(new, i), passed_ms))
            return false;
    return true;
}

static json_t *list_change(const json_t *old, const json_t *new, uint64_t passed_ms)
{
    json_t *rows = json_object();
    for (size_t i = 0; rows && i < json_array_size(new); i++) {
        char place[24];
        json_t *row = json_array_get(new, i);
        if (i < json_array_size(old) && equal(json_array_get(old, i), row, passed_ms))
            continue;
        snprintf(place, sizeof place, "%zu", i);
        if (json_object_set(rows, place, row) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return rows ? json_pack("{s:i, s:o}", "length", (int)json_array_size(new), "rows", rows) : NULL;
}

/* An empty object: nothing differs. */
static json_t *change_of(const json_t *old, const json_t *new, uint64_t passed_ms)
{
    json_t *change = json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)new, key, value)
    {
        const json_t *before = json_object_get(old, key);
        if (!change || (before && equal(before, value, passed_ms)))
            continue;
        bool list = json_is_array(value) && json_is_array(before);
        json_t *part = list ? list_change(before, value, passed_ms) : json_incref(value);
        if (json_object_set_new(change, key, part) != 0) {
            json_decref(change);
            return NULL;
        }
    }
    return change;
}

static struct event_text *write_event(const struct changes *changes, uint64_t number,
                                      const char *name, json_t *take_data)
{
    struct sink text = {0};
    sink_format(&text, "event: %s\nid: %llx-%llu\ndata: ", name, (unsigned long long)changes->start,
                (unsigned long long)number);
    status_json_write(&text, take_data, 0);
    sink_text(&text, "\n\n");
    struct event_text *event = text.bad ? NULL : malloc(sizeof *event + text.len + 1);
    if (event) {
        *event = (struct event_text){.holders = 1, .len = text.len};
        memcpy(event->text, text.at, text.len + 1);
    }
    sink_free(&text);
    return event;
}

static void keep(struct changes *changes, json_t *take_document, struct event_text *change,
                 uint64_t now_ms)
{
    json_decref(changes->known);
    event_text_release(changes->change);
    event_text_release(changes->whole);
    changes->known = take_document;
    changes->known_ms = now_ms;
    changes->change = change;
    changes->whole = NULL;
    changes->number++;
}

enum rc changes_take(struct changes *changes, json_t *take_document, uint64_t now_ms)
{
    struct event_text *event = NULL;
    if (!take_document)
        return RC_NO_MEMORY;
    if (changes->number > 0) {
        json_t *change = change_of(changes->known, take_document, now_ms - changes->known_ms);
        bool nothing = change && json_object_size(change) == 0;
        if (nothing)
            json_decref(change);
        else
            event = write_event(changes, changes->number + 1, "change", change);
        if (!event) {
            json_decref(take_document);
            return nothing ? RC_EXISTS : RC_NO_MEMORY;
        }
    }
    keep(changes, take_document, event, now_ms);
    return RC_OK;
}

/* A number without sign or blanks, and what stands behind it; UINT64_MAX: none, or too large. */
static uint64_t read_number(const char *at, int base, const char **end)
{
    char *behind = NULL;
    *end = at;
    if (!isxdigit((unsigned char)*at))
        return UINT64_MAX;
    errno = 0;
    unsigned long long value = strtoull(at, &behind, base);
    *end = behind;
    return errno ? UINT64_MAX : value;
}

uint64_t changes_resume(const struct changes *changes, const char *last_event_id)
{
    const char *at = last_event_id ? last_event_id : "";
    uint64_t start = read_number(at, 16, &at);
    if (start != changes->start || *at != '-')
        return 0;
    uint64_t number = read_number(at + 1, 10, &at);
    bool known = *at == '\0' && number > 0 && number <= changes->number;
    return known && number + 1 >= changes->number ? number : 0;
}

struct event_text *changes_next(struct changes *changes, uint64_t *seen)
{
    struct event_text *event = NULL;
    if (*seen == changes->number)
        return NULL;
    if (*seen > 0 && *seen + 1 == changes->number)
        event = changes->change;
    if (!event && !changes->whole)
        changes->whole =
            write_event(changes, changes->number, "snapshot", json_incref(changes->known));
    if (!event)
        event = changes->whole;
    if (event) {
        event->holders++;
        *seen = changes->number;
    }
    return event;
}
