/* `show log` and `show events`: MSG_LOG_GET from the operator to key, as MSG_LOG_READ on to the
 * warden, who keeps the latest records; MSG_LOG_PIECE and MSG_LOG_TEXT back. The lines come in
 * pieces; the asker repeats the question from where a piece ended until it has reached the end that
 * the first piece named. */
#ifndef HUBWARD_HOST_MESSAGE_LOG_H
#define HUBWARD_HOST_MESSAGE_LOG_H

#include "host/log_ring.h"
#include "host/message.h"

enum { LOG_PIECE = 48 * 1024, LOG_QUESTION_LEN = 17, LOG_HEAD_LEN = 22 };

/* MSG_LOG_GET, MSG_LOG_READ */
struct log_question {
    uint32_t request; /* the asker's number, returned in the answer */
    uint64_t from;    /* number of a line; 0: where the latest `last` begin */
    uint32_t last;    /* counts with from 0 only */
    bool events;      /* typed events only */
};

/* MSG_LOG_PIECE, MSG_LOG_TEXT */
struct log_piece {
    uint32_t request;
    uint64_t next;    /* where the next piece begins */
    uint64_t end;     /* number behind the last line there was at this moment; next <= end */
    struct span text; /* whole lines; borrowed; empty only when next is end */
};

/* Fill a piece from the ring; buffer: LOG_PIECE octets, which its text lies in. */
void log_piece_fill(const struct log_ring *ring, const struct log_question *question,
                    uint8_t *buffer, struct log_piece *out);

void log_question_put(struct builder *b, const struct log_question *question);
void log_piece_put(struct builder *b, const struct log_piece *piece);
/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is then
 * untouched. */
MUST_USE enum rc log_question_get(struct cursor *c, struct log_question *out);
MUST_USE enum rc log_piece_get(struct cursor *c, struct log_piece *out);

#endif
