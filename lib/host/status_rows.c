/* IPC forms of the rows of processes and of the store. */
#include "host/status_rows.h"

static bool flag_get(struct cursor *c)
{
    uint8_t value = cursor_u8(c);
    if (value > 1)
        c->bad = true;
    return value == 1;
}

/* An enum of one octet; values from `count` on poison the cursor and read as 0. */
static uint8_t choice_get(struct cursor *c, unsigned count)
{
    uint8_t value = cursor_u8(c);
    if (value < count)
        return value;
    c->bad = true;
    return 0;
}

void status_process_put(struct builder *b, const struct status_process *row)
{
    builder_u8(b, (uint8_t)row->role);
    builder_u32(b, row->pid);
    builder_u8(b, row->ready ? 1 : 0);
    builder_u32(b, row->restarts);
    builder_u64(b, row->up_ms);
    builder_u64(b, row->rss_kb);
    builder_u64(b, row->cpu_ms);
    builder_string(b, row->trouble);
}

void status_process_get(struct cursor *c, struct status_process *out)
{
    out->role = (enum role)choice_get(c, ROLE_COUNT);
    if (out->role == ROLE_OPERATOR) /* no process of the daemon */
        c->bad = true;
    out->pid = cursor_u32(c);
    out->ready = flag_get(c);
    out->restarts = cursor_u32(c);
    out->up_ms = cursor_u64(c);
    out->rss_kb = cursor_u64(c);
    out->cpu_ms = cursor_u64(c);
    cursor_string(c, out->trouble, sizeof out->trouble);
}

void status_peer_put(struct builder *b, const struct status_peer *row)
{
    builder_string(b, row->profile);
    builder_string(b, row->principal);
    builder_string(b, row->identity);
    builder_string(b, row->client);
    endpoint_put(b, row->last);
    builder_u8(b, row->up ? 1 : 0);
    builder_string(b, row->reason);
    builder_u64(b, row->first_seen_s);
    builder_u64(b, row->last_seen_s);
}

void status_peer_get(struct cursor *c, struct status_peer *out)
{
    cursor_string(c, out->profile, sizeof out->profile);
    cursor_string(c, out->principal, sizeof out->principal);
    cursor_string(c, out->identity, sizeof out->identity);
    cursor_string(c, out->client, sizeof out->client);
    out->last = endpoint_get(c);
    out->up = flag_get(c);
    cursor_string(c, out->reason, sizeof out->reason);
    out->first_seen_s = cursor_u64(c);
    out->last_seen_s = cursor_u64(c);
}

void status_history_put(struct builder *b, const struct status_history *row)
{
    builder_u64(b, row->number);
    builder_string(b, row->user);
    builder_string(b, row->group);
    builder_string(b, row->profile);
    builder_string(b, row->identity);
    builder_string(b, row->client);
    endpoint_put(b, row->remote);
    addr_put(b, row->assigned);
    builder_u64(b, row->started_s);
    builder_u64(b, row->ended_s);
    builder_string(b, row->reason);
    builder_u64(b, row->bytes_in);
    builder_u64(b, row->bytes_out);
}

void status_history_get(struct cursor *c, struct status_history *out)
{
    out->number = cursor_u64(c);
    cursor_string(c, out->user, sizeof out->user);
    cursor_string(c, out->group, sizeof out->group);
    cursor_string(c, out->profile, sizeof out->profile);
    cursor_string(c, out->identity, sizeof out->identity);
    cursor_string(c, out->client, sizeof out->client);
    out->remote = endpoint_get(c);
    out->assigned = addr_get(c);
    out->started_s = cursor_u64(c);
    out->ended_s = cursor_u64(c);
    cursor_string(c, out->reason, sizeof out->reason);
    out->bytes_in = cursor_u64(c);
    out->bytes_out = cursor_u64(c);
}

void status_accounting_put(struct builder *b, const struct status_accounting *row)
{
    builder_u64(b, row->number);
    builder_u64(b, row->at_s);
    builder_string(b, row->record);
    builder_string(b, row->list);
    builder_u64(b, row->session);
    builder_string(b, row->user);
    builder_string(b, row->group);
    builder_string(b, row->profile);
    builder_string(b, row->identity);
    endpoint_put(b, row->remote);
    addr_put(b, row->assigned);
    builder_u64(b, row->duration_s);
    builder_u64(b, row->bytes_in);
    builder_u64(b, row->bytes_out);
    builder_u64(b, row->packets_in);
    builder_u64(b, row->packets_out);
    builder_string(b, row->reason);
}

void status_accounting_get(struct cursor *c, struct status_accounting *out)
{
    *out = (struct status_accounting){.number = cursor_u64(c)};
    out->at_s = cursor_u64(c);
    cursor_string(c, out->record, sizeof out->record);
    cursor_string(c, out->list, sizeof out->list);
    out->session = cursor_u64(c);
    cursor_string(c, out->user, sizeof out->user);
    cursor_string(c, out->group, sizeof out->group);
    cursor_string(c, out->profile, sizeof out->profile);
    cursor_string(c, out->identity, sizeof out->identity);
    out->remote = endpoint_get(c);
    out->assigned = addr_get(c);
    out->duration_s = cursor_u64(c);
    out->bytes_in = cursor_u64(c);
    out->bytes_out = cursor_u64(c);
    out->packets_in = cursor_u64(c);
    out->packets_out = cursor_u64(c);
    cursor_string(c, out->reason, sizeof out->reason);
}

void status_problem_put(struct builder *b, const struct status_problem *row)
{
    endpoint_put(b, row->peer);
    builder_string(b, row->identity);
    builder_u8(b, (uint8_t)row->stage);
    builder_u8(b, (uint8_t)row->rule);
    builder_u32(b, row->count);
    builder_u64(b, row->first_s);
    builder_u64(b, row->last_s);
    builder_string(b, row->ours);
    builder_string(b, row->theirs);
    builder_string(b, row->hint);
}

void status_problem_get(struct cursor *c, struct status_problem *out)
{
    out->peer = endpoint_get(c);
    cursor_string(c, out->identity, sizeof out->identity);
    out->stage = (enum decision_stage)choice_get(c, STAGE_COUNT);
    out->rule = (enum decision_rule)choice_get(c, RULE_COUNT);
    out->count = cursor_u32(c);
    out->first_s = cursor_u64(c);
    out->last_s = cursor_u64(c);
    cursor_string(c, out->ours, sizeof out->ours);
    cursor_string(c, out->theirs, sizeof out->theirs);
    cursor_string(c, out->hint, sizeof out->hint);
}

void status_decision_put(struct builder *b, const struct status_decision *row)
{
    builder_u64(b, row->at_s);
    endpoint_put(b, row->peer);
    builder_string(b, row->identity);
    decision_put(b, &row->decision);
}

void status_decision_get(struct cursor *c, struct status_decision *out)
{
    out->at_s = cursor_u64(c);
    out->peer = endpoint_get(c);
    cursor_string(c, out->identity, sizeof out->identity);
    decision_get(c, &out->decision);
}
