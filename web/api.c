/* The view as one JSON document. */
#include "web/api.h"

#include "host/status_json.h"

static json_t *ike_array(const struct snapshot *snapshot)
{
    json_t *array = json_array();
    for (size_t i = 0; snapshot && array && i < snapshot->ike_count; i++) {
        if (json_array_append_new(array, status_ike_json(&snapshot->ike[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *ipsec_array(const struct snapshot *snapshot)
{
    json_t *array = json_array();
    for (size_t i = 0; snapshot && array && i < snapshot->ipsec_count; i++) {
        if (json_array_append_new(array, status_ipsec_json(&snapshot->ipsec[i])) != 0) {
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

void api_sessions(struct sink *out, const struct view *view)
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
    add(&document, "sessions", ike_array(snapshot));
    add(&document, "tunnels", ipsec_array(snapshot));
    status_json_write(out, document, 0);
}
