/* Questions of key that wait for their page. They are answered one at a time, between commits, so
 * that nobody's lease waits for somebody's list. */
#ifndef HUBWARD_STORE_QUESTIONS_H
#define HUBWARD_STORE_QUESTIONS_H

#include "host/message_status.h"
#include "host/message_store.h"
#include "store/database.h"

/* All zero is empty. */
struct questions {
    struct status_question waiting[STORE_QUESTIONS]; /* a ring */
    size_t first, count;
};

/* RC_FULL: key may not have so many outstanding. */
MUST_USE enum rc questions_add(struct questions *questions, const struct status_question *question);
/* Nobody waits for them any more. */
void questions_forget(struct questions *questions);

/* Send the answer. RC_OK, or why it could not be sent. */
typedef enum rc questions_send(void *context, enum message_kind kind, struct span payload);

/* Take the oldest question and answer it. database NULL: there is none now, which is the answer.
 * RC_OK: also when there was no question. RC_NO_MEMORY, or what send said: it is not answered. */
MUST_USE enum rc questions_answer(struct questions *questions, struct database *database,
                                  uint64_t now_s, questions_send *send, void *context);

#endif
