/* The users that the hub knows, for operators: MSG_USERS_GET and MSG_USERS_ROWS. Names and where
 * they stand, never a password or a hash. */
#ifndef HUBWARD_HOST_MESSAGE_USERS_H
#define HUBWARD_HOST_MESSAGE_USERS_H

#include "config/config.h"
#include "host/message.h"

enum { USERS_NAME = 256, USERS_PATH = 256, USERS_PAGE_ROWS = 128 };

struct users_row {
    char name[USERS_NAME];
    uint8_t type; /* 0, 5, 8 or 9 */
    bool disabled;
    uint32_t line;
};

/* The users of the configuration, a page of them; those of the users file stand there. */
struct users_page {
    char file[USERS_PATH]; /* hubward users; "": none */
    uint32_t next;         /* where to go on; 0: that was all */
    size_t count;
    struct users_row rows[USERS_PAGE_ROWS];
};

/* MSG_USERS_GET: at is 0, then the next of the page before. */
void users_question_put(struct builder *b, uint32_t at);
MUST_USE enum rc users_question_get(struct cursor *c, uint32_t *at);

/* A page from a configuration, starting with user number at. */
void users_page_fill(const struct config *config, uint32_t at, struct users_page *out);
void users_page_put(struct builder *b, const struct users_page *page);
/* RC_MALFORMED: not exactly one page; *out may then hold parts of it. */
MUST_USE enum rc users_page_get(struct cursor *c, struct users_page *out);

#endif
