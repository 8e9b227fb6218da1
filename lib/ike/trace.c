/* One table of steps, each two lines: the input, and the states. */
#include "ike/trace.h"

#include "ike/report.h"
#include "ike/sa.h"

static const struct {
    const char *input;
    const char *from;
    const char *to;
} rows[TRACE_COUNT] = {
#define TRACE_ROW(name, input, from, to) [name] = {input, from, to},
    TRACE_TABLE(TRACE_ROW)
#undef TRACE_ROW
};

static void states(struct engine *engine, const struct ike_sa *sa, enum trace_step step,
                   struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_STATE, io);
    if (!event)
        return;
    event_text(event, 0, rows[step].from);
    event_text(event, 1, rows[step].to);
}

void trace_sa(struct engine *engine, const struct ike_sa *sa, enum trace_step step, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_STATE_INPUT, io);
    if (!event)
        return;
    event_text(event, 0, rows[step].input);
    states(engine, sa, step, io);
}

void trace_node(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                enum trace_step step, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_NODE_INPUT, io);
    if (!event)
        return;
    event->n[0] = message_id;
    event_text(event, 0, rows[step].input);
    states(engine, sa, step, io);
}

void trace_node_new(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                    struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_NODE_NEW, io);
    if (!event)
        return;
    event->n[0] = message_id;
    event_text(event, 0, sa_state_name(sa));
}

void trace_node_deleted(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                        const char *reason, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_NODE_DELETED, io);
    if (!event)
        return;
    event->n[0] = message_id;
    event_text(event, 0, "FALSE");
    event_text(event, 1, reason);
}
