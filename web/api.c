/* The view as one JSON document. */
#include "web/api.h"

#include "host/status_json.h"

#include <stddef.h>

typedef json_t *row_json(const struct snapshot *snapshot, size_t i);

#define ROW_JSON(name, list, number)                                                               \
    static json_t *name##_json(const struct snapshot *snapshot, size_t i)                          \
    {                                                                                              \
        return i < snapshot->number ? status_##name##_json(&snapshot->list[i]) : NULL;             \
    }
ROW_JSON(ike, ike, ike_count)
ROW_JSON(ipsec, ipsec, ipsec_count)
ROW_JSON(pool, pools, pool_count)
ROW_JSON(lease, leases, lease_count)
ROW_JSON(process, processes, process_count)
ROW_JSON(peer, peers, peer_count)
ROW_JSON(history, history, history_count)
ROW_JSON(problem, problems, problem_count)

/* In the order of the document. count: offset in struct snapshot. */
static const struct list {
    const char *key;
    enum status_what what;
    row_json *row;
    size_t count;
} lists[] = {
    {"sessions", STATUS_IKE, ike_json, offsetof(struct snapshot, ike_count)},
    {"tunnels", STATUS_IPSEC, ipsec_json, offsetof(struct snapshot, ipsec_count)},
    {"problems", STATUS_PROBLEMS, problem_json, offsetof(struct snapshot, problem_count)},
    {"pools", STATUS_POOLS, pool_json, offsetof(struct snapshot, pool_count)},
    {"leases", STATUS_LEASES, lease_json, offsetof(struct snapshot, lease_count)},
    {"history", STATUS_HISTORY, history_json, offsetof(struct snapshot, history_count)},
    {"peers", STATUS_PEERS, peer_json, offsetof(struct snapshot, peer_count)},
    {"processes", STATUS_PROCESSES, process_json, offsetof(struct snapshot, process_count)},
};
enum { LISTS = sizeof lists / sizeof lists[0] };

static json_t *array_of(const struct snapshot *snapshot, const struct list *list)
{
    json_t *array = json_array();
    size_t count =
        snapshot ? *(const size_t *)(const void *)((const char *)snapshot + list->count) : 0;
    for (size_t i = 0; array && i < count; i++) {
        if (json_array_append_new(array, list->row(snapshot, i)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* The lists that cannot be had now and are the last that was known. */
static json_t *missing_lists(const struct snapshot *snapshot)
{
    json_t *array = json_array();
    for (size_t i = 0; array && snapshot && i < LISTS; i++) {
        if (snapshot->rc[lists[i].what] == RC_OK)
            continue;
        if (json_array_append_new(array, json_string(lists[i].key)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Add one member; the document is lost when that fails. */
static void add(json_t **document, const char *key, json_t *take_value)
{
    if (!*document) {
        json_decref(take_value);
    } else if (json_object_set_new(*document, key, take_value) != 0) {
        json_decref(*document);
        *document = NULL;
    }
}

json_t *api_document(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    struct status_header header = {0};
    if (!snapshot)
        strncpy(header.hostname, view->hostname, sizeof header.hostname - 1);
    json_t *document = status_document_json(snapshot ? &snapshot->header : &header);
    add(&document, "live", json_boolean(view_is_live(view)));
    add(&document, "linked", json_boolean(view->linked));
    add(&document, "age_ms",
        snapshot ? json_integer((json_int_t)(view->age_ms & INT64_MAX)) : json_null());
    add(&document, "summary", snapshot ? status_summary_json(&snapshot->summary) : json_null());
    add(&document, "missing", missing_lists(snapshot));
    for (size_t i = 0; i < LISTS; i++)
        add(&document, lists[i].key, array_of(snapshot, &lists[i]));
    return document;
}

void api_sessions(struct sink *out, const struct view *view)
{
    status_json_write(out, api_document(view), 0);
}
