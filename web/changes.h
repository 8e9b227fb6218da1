/* What changed on the page, as events for a stream (Server-Sent Events, HTML living standard 9.2):
 * a document is taken, compared with the one before, and what differs is written once, however many
 * streams send it. Pure: no socket, no clock. */
#ifndef HUBWARD_WEB_CHANGES_H
#define HUBWARD_WEB_CHANGES_H

#include "base/rc.h"
#include "base/sink.h"

#include <jansson.h>
#include <stdint.h>

/* An event that several streams are sending; text is terminated. */
struct event_text {
    unsigned holders;
    size_t len;
    char text[];
};
void event_text_release(struct event_text *event); /* NULL allowed */

struct changes {
    uint64_t start;  /* names this run of the process in the ids */
    uint64_t number; /* of the document that is known; 0: none yet */
    json_t *known;
    uint64_t known_ms;         /* when it was taken */
    struct event_text *change; /* from number - 1 to number */
    struct event_text *whole;  /* the document of number; NULL: not written yet */
};

void changes_wipe(struct changes *changes);

/* A document (an object; lists of rows in it are arrays), taken over. Ages and remaining times run
 * by themselves: they count as changed only when they are not what the time that passed makes of
 * them. RC_OK: something differs, number has risen. RC_EXISTS: nothing. RC_NO_MEMORY: document
 * NULL, or no room for the text; the old one stays. */
MUST_USE enum rc changes_take(struct changes *changes, json_t *take_document, uint64_t now_ms);

/* Where a stream goes on that knows this id; 0: at the beginning. */
uint64_t changes_resume(const struct changes *changes, const char *last_event_id);

/* The next event for a stream that has seen *seen, which is brought up to date: the change, or the
 * whole document for one that is new or has fallen behind. The caller releases it. NULL: nothing
 * yet, or no memory. */
struct event_text *changes_next(struct changes *changes, uint64_t *seen);

#endif
