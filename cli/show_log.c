/* What a member lacks stands as "-"; every text is made safe here once more, for it came from
 * outside. */
#include "cli/show_log.h"

#include <string.h>

enum { EVENT_COLUMN = 17, PEER_COLUMN = 21 };

enum rc show_log_parse(const char *lines, json_t **out)
{
    json_t *array = json_array();
    for (const char *at = lines; array && *at;) {
        const size_t len = strcspn(at, "\n");
        json_t *record = json_loadb(at, len, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(record)) {
            json_decref(record);
            json_decref(array);
            return RC_MALFORMED;
        }
        if (json_array_append_new(array, record) != 0) {
            json_decref(array);
            array = NULL;
        }
        at += len + (at[len] == '\n');
    }
    *out = array;
    return array ? RC_OK : RC_NO_MEMORY;
}

static const char *member(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));
    return text ? text : "-";
}

void show_log(struct sink *out, const json_t *records)
{
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record)
    {
        sink_safe(out, member(record, "time"));
        sink_char(out, ' ');
        sink_safe(out, member(record, "level"));
        sink_char(out, ' ');
        sink_safe(out, member(record, "role"));
        sink_text(out, ": ");
        sink_safe(out, member(record, "text"));
        sink_char(out, '\n');
    }
}

/* At least so wide, and a blank behind it. */
static void column(struct sink *out, const char *text, size_t width)
{
    const size_t before = out->len;
    sink_safe(out, text);
    const size_t used = out->len - before;
    sink_format(out, "%*s", (int)(used < width ? width - used + 1 : 1), "");
}

/* "10.51.82.100:500" */
static void endpoint(struct sink *out, const json_t *endpoint)
{
    sink_safe(out, member(endpoint, "address"));
    if (endpoint)
        sink_format(out, ":%lld", (long long)json_integer_value(json_object_get(endpoint, "port")));
}

/* name=value, with quotes where a blank stands in it. */
static void value(struct sink *out, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    sink_char(out, ' ');
    sink_safe(out, name);
    sink_char(out, '=');
    if (!text) {
        sink_format(out, "%lld", (long long)json_integer_value(value));
        return;
    }
    const bool quoted = !text[0] || strchr(text, ' ');
    sink_text(out, quoted ? "\"" : "");
    sink_safe(out, text);
    sink_text(out, quoted ? "\"" : "");
}

static void event(struct sink *out, const json_t *record)
{
    json_t *values = json_object_get(record, "values"), *one;
    const char *name;
    struct sink peer = {0};
    endpoint(&peer, json_object_get(record, "peer"));
    column(out, member(record, "time"), 0);
    column(out, member(record, "event"), EVENT_COLUMN);
    sink_format(out, "%-5lld ", (long long)json_integer_value(json_object_get(record, "conn")));
    sink_format(out, "%-*s", json_object_size(values) ? PEER_COLUMN : 0, sink_string(&peer));
    json_object_foreach(values, name, one)
    {
        value(out, name, one);
    }
    sink_char(out, '\n');
    sink_free(&peer);
}

void show_events(struct sink *out, const json_t *records)
{
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record)
    {
        event(out, record);
    }
}
