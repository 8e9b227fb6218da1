/* Sessions: what an operator means by "connected", as the history tells it (PRODUCT §6). Private to
 * lib/ike. */
#ifndef HUBWARD_IKE_SESSION_H
#define HUBWARD_IKE_SESSION_H

#include "ike/state.h"

/* The peer of this SA is known and has authenticated. Its session begins, or goes on: over a rekey
 * (`old` goes without, and ends quietly), beside a twin that both sides began at once, or over
 * pairs that have outlived their phase 1. old: the SA that this one replaces or stands beside, or
 * NULL. */
void session_begin(struct engine *engine, struct ike_sa *sa, struct ike_sa *old, struct io *io);
/* The address or the place of its peer may have changed: tell it again if so. */
void session_changed(struct engine *engine, const struct ike_sa *sa, struct io *io);
/* The same for pairs without a phase 1. */
void session_moved(struct engine *engine, slot_handle session, struct endpoint remote,
                   struct io *io);
/* A pair of this SA's session is made: it holds the session too. */
void session_add_pair(struct engine *engine, const struct ike_sa *sa, struct child *child);
/* An SA or a pair is gone; with the last of them the session ends, for this reason. Without a
 * session (0) nothing happens. The handle is cleared. */
void session_leave(struct engine *engine, slot_handle *session, const char *reason, struct io *io);
/* Traffic since the last report. */
void session_count(struct engine *engine, slot_handle session, const struct esp_counters *in,
                   const struct esp_counters *out);
/* Its time for a record in between has come. */
void session_interim(struct engine *engine, slot_handle session, struct io *io);

#endif
