/* Rows as jansson objects. A failed allocation makes a NULL somewhere below; jansson's *_new
 * setters then fail, which one flag collects. */
#include "host/status_json.h"

#include "crypto/words.h"
#include "host/status_text.h"

#include <inttypes.h>
#include <stdio.h>

/* An object being filled; object is NULL once something failed. */
struct filling {
    json_t *object;
};

static void add(struct filling *f, const char *key, json_t *take_value)
{
    if (!f->object) {
        json_decref(take_value);
        return;
    }
    if (json_object_set_new_nocheck(f->object, key, take_value) != 0) {
        json_decref(f->object);
        f->object = NULL;
    }
}

static void add_text(struct filling *f, const char *key, const char *text)
{
    struct sink safe = {0};
    sink_safe(&safe, text);
    add(f, key, safe.bad ? NULL : json_string_nocheck(sink_string(&safe)));
    sink_free(&safe);
}

static void add_number(struct filling *f, const char *key, uint64_t value)
{
    add(f, key, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

static void add_flag(struct filling *f, const char *key, bool value)
{
    add(f, key, json_boolean(value));
}

static void add_id(struct filling *f, const char *key, uint64_t id)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, id);
    add_text(f, key, text);
}

static void add_spi(struct filling *f, const char *key, uint32_t spi)
{
    char text[16];
    snprintf(text, sizeof text, "0x%08" PRIX32, spi);
    add_text(f, key, text);
}

static void add_endpoint(struct filling *f, const char *key, struct endpoint endpoint)
{
    struct filling inner = {json_object()};
    char text[ADDR_TEXT];
    add_text(&inner, "address", addr_format(endpoint.addr, text));
    add_number(&inner, "port", endpoint.port);
    add(f, key, inner.object);
}

static void add_selector(struct filling *f, const char *key, const struct selector *selector)
{
    struct filling inner = {json_object()};
    struct selector range = *selector;
    char text[SELECTOR_TEXT];
    range.protocol = 0; /* they stand beside the range */
    range.port = 0;
    add_text(&inner, "net", selector_format(&range, text));
    add_number(&inner, "protocol", selector->protocol);
    add_number(&inner, "port", selector->port);
    add(f, key, inner.object);
}

static void add_counters(struct filling *f, const char *key, const struct esp_counters *counters)
{
    struct filling inner = {json_object()};
    add_number(&inner, "packets", counters->packets);
    add_number(&inner, "bytes", counters->bytes);
    add_number(&inner, "errors", counters->errors);
    add_number(&inner, "sequence", counters->sequence);
    add(f, key, inner.object);
}

static json_t *header_json(const struct status_header *header)
{
    struct filling f = {json_object()};
    add_text(&f, "hostname", header->hostname);
    add_text(&f, "version", header->version);
    add_number(&f, "uptime_ms", header->uptime_ms);
    add_number(&f, "started_s", header->started_s);
    return f.object;
}

static json_t *drops_json(const struct drop_counters *drops)
{
    struct filling f = {json_object()};
    char key[STATUS_WORD];
    for (size_t i = DROP_NONE + 1; i < DROP_COUNT; i++)
        add_number(&f, status_drop_name((enum drop_reason)i, key), drops->by_reason[i]);
    return f.object;
}

json_t *status_summary_json(const struct status_summary *summary)
{
    struct filling f = {json_object()};
    add_number(&f, "ike_sas", summary->ike_sas);
    add_number(&f, "ike_half_open", summary->ike_half_open);
    add_number(&f, "tunnels", summary->tunnels);
    add_number(&f, "started_total", summary->started_total);
    add_number(&f, "established_total", summary->established_total);
    add_number(&f, "refused_total", summary->refused_total);
    add(&f, "drops", drops_json(&summary->drops));
    return f.object;
}

static void add_ike_flags(struct filling *f, const struct status_ike *row)
{
    add_flag(f, "established", row->established);
    add_flag(f, "initiator", row->initiator);
    add_flag(f, "aggressive", row->aggressive);
    add_flag(f, "nat", row->nat);
    add_flag(f, "dpd", row->dpd);
    add_flag(f, "xauth", row->xauth);
    add_flag(f, "config_mode", row->config_mode);
    add_flag(f, "weak", row->weak);
}

static void add_ike_suite(struct filling *f, const struct status_ike *row)
{
    char text[STATUS_WORD];
    add_text(f, "cipher", status_cipher_name(row->cipher, 0, text));
    add_number(f, "key_bits", row->key_bits);
    add_text(f, "hash", status_hash_name(row->hash));
    add_number(f, "dh_group", row->dh_group);
}

json_t *status_ike_json(const struct status_ike *row)
{
    struct filling f = {json_object()};
    char text[ADDR_TEXT];
    add_id(&f, "id", row->id);
    add_number(&f, "conn", row->conn);
    add_endpoint(&f, "local", row->local);
    add_endpoint(&f, "remote", row->remote);
    add_text(&f, "state", row->state);
    add_ike_flags(&f, row);
    add_text(&f, "identity", row->identity);
    add_text(&f, "profile", row->profile);
    add_text(&f, "group", row->group);
    add_text(&f, "user", row->user);
    add_text(&f, "assigned",
             row->assigned.family == ADDR_NONE ? "" : addr_format(row->assigned, text));
    add_text(&f, "client", row->client);
    add_ike_suite(&f, row);
    add_number(&f, "age_ms", row->age_ms);
    add_number(&f, "remaining_ms", row->remaining_ms);
    add_number(&f, "idle_ms", row->idle_ms);
    add_number(&f, "tunnels", row->tunnels);
    add_number(&f, "bytes_in", row->bytes_in);
    add_number(&f, "bytes_out", row->bytes_out);
    return f.object;
}

json_t *status_ipsec_json(const struct status_ipsec *row)
{
    struct filling f = {json_object()};
    char text[STATUS_WORD];
    add_id(&f, "tunnel", row->tunnel);
    add_id(&f, "ike_id", row->ike_id);
    add_text(&f, "interface", row->interface);
    add_text(&f, "map", row->map);
    add_endpoint(&f, "local", row->local);
    add_endpoint(&f, "remote", row->remote);
    add_selector(&f, "ours", &row->ours);
    add_selector(&f, "theirs", &row->theirs);
    add_text(&f, "suite", suite_format(&row->suite, text));
    add_flag(&f, "weak", status_suite_weak(&row->suite));
    add_number(&f, "pfs_group", row->pfs_group);
    add_text(&f, "encapsulation", row->encapsulation == ESP_UDP ? "udp" : "esp");
    add_spi(&f, "spi_in", row->spi_in);
    add_spi(&f, "spi_out", row->spi_out);
    add_number(&f, "conn_in", row->conn_in);
    add_number(&f, "conn_out", row->conn_out);
    add_number(&f, "remaining_ms", row->remaining_ms);
    if (row->remaining_kb == UINT64_MAX)
        add(&f, "remaining_kb", json_null());
    else
        add_number(&f, "remaining_kb", row->remaining_kb);
    add_counters(&f, "in", &row->in);
    add_counters(&f, "out", &row->out);
    return f.object;
}

static void add_addr(struct filling *f, const char *key, struct addr addr)
{
    char text[ADDR_TEXT];
    add_text(f, key, addr.family == ADDR_NONE ? "" : addr_format(addr, text));
}

json_t *status_pool_json(const struct status_pool *row)
{
    struct filling f = {json_object()};
    add_text(&f, "name", row->name);
    add_addr(&f, "first", row->first);
    add_addr(&f, "last", row->last);
    add_number(&f, "ranges", row->ranges);
    add_number(&f, "total", row->total);
    add_number(&f, "active", row->active);
    add_number(&f, "kept", row->kept);
    add_number(&f, "free", row->free);
    add_number(&f, "empty", row->empty);
    return f.object;
}

json_t *status_lease_json(const struct status_lease *row)
{
    struct filling f = {json_object()};
    add_text(&f, "pool", row->pool);
    add_addr(&f, "address", row->addr);
    add_text(&f, "principal", row->principal);
    add_number(&f, "slot", row->slot);
    add_flag(&f, "active", row->active);
    add_id(&f, "ike_id", row->ike_id);
    add_number(&f, "kept_ms", row->kept_ms);
    return f.object;
}

json_t *status_process_json(const struct status_process *row)
{
    struct filling f = {json_object()};
    add_text(&f, "role", role_name(row->role));
    add_number(&f, "pid", row->pid);
    add_flag(&f, "ready", row->ready);
    add_number(&f, "restarts", row->restarts);
    add_number(&f, "up_ms", row->up_ms);
    add_number(&f, "rss_kb", row->rss_kb);
    add_number(&f, "cpu_ms", row->cpu_ms);
    add_text(&f, "trouble", row->trouble);
    return f.object;
}

json_t *status_peer_json(const struct status_peer *row)
{
    struct filling f = {json_object()};
    add_text(&f, "profile", row->profile);
    add_text(&f, "principal", row->principal);
    add_text(&f, "identity", row->identity);
    add_text(&f, "client", row->client);
    add_endpoint(&f, "last", row->last);
    add_flag(&f, "up", row->up);
    add_text(&f, "reason", row->reason);
    add_number(&f, "first_seen_s", row->first_seen_s);
    add_number(&f, "last_seen_s", row->last_seen_s);
    return f.object;
}

json_t *status_history_json(const struct status_history *row)
{
    struct filling f = {json_object()};
    add_id(&f, "number", row->number);
    add_text(&f, "user", row->user);
    add_text(&f, "group", row->group);
    add_text(&f, "profile", row->profile);
    add_text(&f, "identity", row->identity);
    add_text(&f, "client", row->client);
    add_endpoint(&f, "remote", row->remote);
    add_addr(&f, "assigned", row->assigned);
    add_number(&f, "started_s", row->started_s);
    add_number(&f, "ended_s", row->ended_s);
    add_text(&f, "reason", row->reason);
    add_number(&f, "bytes_in", row->bytes_in);
    add_number(&f, "bytes_out", row->bytes_out);
    return f.object;
}

json_t *status_accounting_json(const struct status_accounting *row)
{
    struct filling f = {json_object()};
    add_id(&f, "number", row->number);
    add_number(&f, "at_s", row->at_s);
    add_text(&f, "record", row->record);
    add_text(&f, "list", row->list);
    add_id(&f, "session", row->session);
    add_text(&f, "user", row->user);
    add_text(&f, "group", row->group);
    add_text(&f, "profile", row->profile);
    add_text(&f, "identity", row->identity);
    add_endpoint(&f, "remote", row->remote);
    add_addr(&f, "assigned", row->assigned);
    add_number(&f, "duration_s", row->duration_s);
    add_number(&f, "bytes_in", row->bytes_in);
    add_number(&f, "bytes_out", row->bytes_out);
    add_number(&f, "packets_in", row->packets_in);
    add_number(&f, "packets_out", row->packets_out);
    add_text(&f, "reason", row->reason);
    return f.object;
}

json_t *status_problem_json(const struct status_problem *row)
{
    struct filling f = {json_object()};
    add_endpoint(&f, "peer", row->peer);
    add_text(&f, "identity", row->identity);
    add_text(&f, "stage", decision_stage_text(row->stage));
    add_text(&f, "reason", decision_rule_text(row->rule));
    add_number(&f, "count", row->count);
    add_number(&f, "first_s", row->first_s);
    add_number(&f, "last_s", row->last_s);
    add_text(&f, "ours", row->ours);
    add_text(&f, "theirs", row->theirs);
    add_text(&f, "hint", row->hint);
    return f.object;
}

static json_t *candidates_json(const struct decision *decision)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < decision->candidate_count; i++) {
        const struct decision_candidate *candidate = &decision->candidates[i];
        struct filling f = {json_object()};
        add_text(&f, "name", candidate->name);
        add_number(&f, "line", candidate->line);
        add_flag(&f, "chosen", candidate->rule == RULE_CHOSEN);
        add_text(&f, "reason", decision_rule_text(candidate->rule));
        if (json_array_append_new(array, f.object) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static void add_decision(struct filling *f, const struct decision *decision)
{
    add_text(f, "stage", decision_stage_text(decision->stage));
    add_flag(f, "accepted", decision->accepted);
    add_text(f, "reason", decision->accepted ? "" : decision_rule_text(decision->rule));
    add(f, "candidates", candidates_json(decision));
    add_number(f, "candidates_left_out", decision->candidates_left_out);
    add_text(f, "ours", decision->ours);
    add_text(f, "theirs", decision->theirs);
    add_text(f, "hint", decision->hint);
}

json_t *status_decision_json(const struct decision *decision)
{
    struct filling f = {json_object()};
    add_decision(&f, decision);
    return f.object;
}

json_t *status_stored_decision_json(const struct status_decision *row)
{
    struct filling f = {json_object()};
    add_endpoint(&f, "peer", row->peer);
    add_text(&f, "identity", row->identity);
    add_number(&f, "last_s", row->at_s);
    add_decision(&f, &row->decision);
    return f.object;
}

json_t *status_document_json(const struct status_header *header)
{
    struct filling f = {json_object()};
    add_number(&f, "schema", STATUS_JSON_SCHEMA);
    add(&f, "hub", header_json(header));
    return f.object;
}

static int write_chunk(const char *at, size_t len, void *context)
{
    struct sink *sink = context;
    sink_octets(sink, at, len);
    return sink->bad ? -1 : 0;
}

void status_json_write(struct sink *sink, json_t *take_document, size_t indent)
{
    size_t flags = JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER | JSON_INDENT(indent);
    if (!take_document || json_dump_callback(take_document, write_chunk, sink, flags) != 0)
        sink->bad = true;
    json_decref(take_document);
}
