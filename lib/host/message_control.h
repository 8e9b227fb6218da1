/* What an operator asks for besides status, and what comes back: MSG_CLEAR, MSG_DEBUG, MSG_EVENT,
 * MSG_RESULT. Each MSG_CLEAR and MSG_DEBUG is answered by one MSG_RESULT; events follow the result
 * of a MSG_DEBUG until it is switched off or the operator's socket closes. */
#ifndef HUBWARD_HOST_MESSAGE_CONTROL_H
#define HUBWARD_HOST_MESSAGE_CONTROL_H

#include "base/event.h"
#include "host/message.h"
#include "ike/clear.h"

enum {
    CONTROL_TEXT = 512,
    CONTROL_AREAS = (1u << AREA_COUNT) - 1 /* every area */
};

/* MSG_CLEAR: end what matches; id and peer both zero = all of it. */
struct control_clear {
    uint64_t id;      /* of a session, or of a connection, as `show` prints it; 0 = any */
    struct addr peer; /* outer address; ADDR_NONE = any */
    enum clear_scope scope;
};

/* MSG_DEBUG: stream the events of these areas to this operator, or stop. */
struct control_debug {
    uint32_t areas; /* bit (1 << enum event_area) */
    bool on;
};

/* MSG_EVENT */
struct control_event {
    uint64_t unix_ms; /* wall clock when the event was made */
    struct event event;
};

/* MSG_RESULT */
struct control_result {
    enum rc rc;
    uint32_t number;         /* MSG_CLEAR: how many ended */
    char text[CONTROL_TEXT]; /* for people; may be empty */
};

/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message. */
void control_clear_put(struct builder *b, const struct control_clear *clear);
MUST_USE enum rc control_clear_get(struct cursor *c, struct control_clear *out);
void control_debug_put(struct builder *b, const struct control_debug *debug);
MUST_USE enum rc control_debug_get(struct cursor *c, struct control_debug *out);
void control_event_put(struct builder *b, const struct control_event *event);
MUST_USE enum rc control_event_get(struct cursor *c, struct control_event *out);
void control_result_put(struct builder *b, const struct control_result *result);
MUST_USE enum rc control_result_get(struct cursor *c, struct control_result *out);

#endif
