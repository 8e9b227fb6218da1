/* The configuration that runs, as text with its secrets hidden: MSG_RUNNING_GET and
 * MSG_RUNNING_TEXT. It comes in pieces; the asker repeats the question from where a piece ended
 * until it has `total` octets. */
#ifndef HUBWARD_HOST_MESSAGE_RUNNING_H
#define HUBWARD_HOST_MESSAGE_RUNNING_H

#include "host/message.h"

enum { RUNNING_PIECE = 48 * 1024 }; /* octets of text in one message, at most */

/* MSG_RUNNING_GET */
struct running_question {
    uint32_t at;      /* octet of the text from which on */
    uint32_t request; /* the asker's number, returned in the answer */
};

/* MSG_RUNNING_TEXT */
struct running_piece {
    uint32_t request;
    uint32_t at;
    uint32_t total;   /* octets of the whole text */
    struct span text; /* borrowed; empty only at the end of the text or behind it */
};

void running_question_put(struct builder *b, const struct running_question *question);
void running_piece_put(struct builder *b, const struct running_piece *piece);
/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is then
 * untouched. */
MUST_USE enum rc running_question_get(struct cursor *c, struct running_question *out);
MUST_USE enum rc running_piece_get(struct cursor *c, struct running_piece *out);

#endif
