/* Names of peers: MSG_RESOLVE from key to the resolver, MSG_RESOLVED back. Every question has an
 * answer. */
#ifndef HUBWARD_HOST_MESSAGE_NAME_H
#define HUBWARD_HOST_MESSAGE_NAME_H

#include "base/addr.h"
#include "host/message.h"

enum { NAME_HOST = 256, NAME_ADDRS = 4, NAME_MESSAGE_MAX = 512 };

/* MSG_RESOLVED */
struct name_answer {
    char host[NAME_HOST]; /* as it was asked for */
    struct addr addrs[NAME_ADDRS];
    size_t count; /* 0: none was found, or nobody answered */
};

/* MSG_RESOLVE */
void name_question_put(struct builder *b, const char *host);
/* RC_MALFORMED unless the rest of the cursor is exactly one host (host: NAME_HOST octets), of the
 * letters of names. */
MUST_USE enum rc name_question_get(struct cursor *c, char *host);
void name_answer_put(struct builder *b, const struct name_answer *answer);
/* RC_MALFORMED likewise; *out is then untouched. */
MUST_USE enum rc name_answer_get(struct cursor *c, struct name_answer *out);

#endif
