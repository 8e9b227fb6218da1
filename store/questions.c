/* The ring, and a page made on the heap for as long as it takes to send it. */
#include "store/questions.h"

#include "store/page.h"

#include <stdlib.h>

enum rc questions_add(struct questions *questions, const struct status_question *question)
{
    if (questions->count == STORE_QUESTIONS)
        return RC_FULL;
    questions->waiting[(questions->first + questions->count) % STORE_QUESTIONS] = *question;
    questions->count++;
    return RC_OK;
}

void questions_forget(struct questions *questions)
{
    questions->first = questions->count = 0;
}

enum rc questions_answer(struct questions *questions, struct database *database, uint64_t now_s,
                         questions_send *send, void *context)
{
    if (!questions->count)
        return RC_OK;
    const struct status_question question = questions->waiting[questions->first];
    questions->first = (questions->first + 1) % STORE_QUESTIONS;
    questions->count--;
    struct status_page *page = calloc(1, sizeof *page);
    uint8_t *octets = malloc(MESSAGE_MAX);
    enum rc rc = RC_NO_MEMORY;
    if (page && octets) {
        struct builder b = builder_of(octets, MESSAGE_MAX);
        page_fill(database, &question, now_s, page);
        status_page_put(&b, page);
        rc = b.bad ? RC_FULL : send(context, MSG_STORE_ROWS, builder_span(&b));
    }
    free(octets);
    free(page);
    return rc;
}
