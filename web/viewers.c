/* The library asks for octets when the connection can take some. With none to give, the connection
 * is suspended, or it would ask without end; a turn resumes it. */
#include "web/viewers.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096 };

struct viewer {
    struct viewer *next;
    struct viewer **link; /* what points to this one */
    struct viewers *viewers;
    struct MHD_Connection *connection;
    uint64_t *deadline_ms; /* of the connection */
    uint64_t now_ms;       /* of the last turn */
    uint64_t seen;
    struct event_text *event; /* being sent */
    size_t sent;
    uint64_t quiet_since_ms;
    bool beat; /* a heartbeat is due */
    bool suspended;
};

static const char heartbeat[] = ": still here\n\n";

static void next_event(struct viewer *viewer)
{
    if (viewer->event && viewer->sent < viewer->event->len)
        return;
    event_text_release(viewer->event);
    viewer->event = changes_next(viewer->viewers->changes, &viewer->seen);
    viewer->sent = 0;
}

static ssize_t give(struct viewer *viewer, char *buffer, size_t room, const char *from, size_t left)
{
    size_t n = left < room ? left : room;
    memcpy(buffer, from, n);
    viewer->quiet_since_ms = viewer->now_ms;
    *viewer->deadline_ms = viewer->now_ms + viewer->viewers->limit_ms;
    return (ssize_t)n;
}

static ssize_t on_ready(void *context, uint64_t position, char *buffer, size_t room)
{
    struct viewer *viewer = context;
    (void)position;
    next_event(viewer);
    if (viewer->event) {
        ssize_t n = give(viewer, buffer, room, viewer->event->text + viewer->sent,
                         viewer->event->len - viewer->sent);
        viewer->sent += (size_t)n;
        return n;
    }
    if (viewer->beat && room >= sizeof heartbeat) {
        viewer->beat = false;
        return give(viewer, buffer, room, heartbeat, sizeof heartbeat - 1);
    }
    *viewer->deadline_ms = UINT64_MAX;
    viewer->suspended = true;
    MHD_suspend_connection(viewer->connection);
    return 0;
}

static void on_free(void *context)
{
    struct viewer *viewer = context;
    *viewer->link = viewer->next;
    if (viewer->next)
        viewer->next->link = viewer->link;
    viewer->viewers->count--;
    event_text_release(viewer->event);
    free(viewer);
}

struct MHD_Response *viewers_open(struct viewers *viewers, struct MHD_Connection *connection,
                                  const char *last_event_id, uint64_t *deadline_ms, uint64_t now_ms)
{
    struct viewer *viewer =
        viewers->changes && viewers->count < VIEWERS_MOST ? calloc(1, sizeof *viewer) : NULL;
    if (!viewer)
        return NULL;
    *viewer = (struct viewer){.next = viewers->first,
                              .link = &viewers->first,
                              .viewers = viewers,
                              .connection = connection,
                              .deadline_ms = deadline_ms,
                              .now_ms = now_ms,
                              .seen = changes_resume(viewers->changes, last_event_id),
                              .quiet_since_ms = now_ms};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, on_ready, viewer, on_free);
    if (!response) {
        free(viewer);
        return NULL;
    }
    if (viewer->next)
        viewer->next->link = &viewer->next;
    viewers->first = viewer;
    viewers->count++;
    return response;
}

static void resume(struct viewer *viewer)
{
    if (!viewer->suspended)
        return;
    viewer->suspended = false;
    *viewer->deadline_ms = viewer->now_ms + viewer->viewers->limit_ms;
    MHD_resume_connection(viewer->connection);
}

void viewers_turn(struct viewers *viewers, uint64_t now_ms)
{
    for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
        viewer->now_ms = now_ms;
        viewer->beat = now_ms - viewer->quiet_since_ms >= VIEWERS_HEARTBEAT_MS;
        if (viewer->beat || viewer->seen != viewers->changes->number)
            resume(viewer);
    }
}

void viewers_stop(struct viewers *viewers)
{
    for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next)
        resume(viewer);
}
