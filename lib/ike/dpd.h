/* Dead peer detection and NAT keepalives. Private to lib/ike. */
#ifndef HUBWARD_IKE_DPD_H
#define HUBWARD_IKE_DPD_H

#include "ike/state.h"

void dpd_start(struct engine *engine, struct ike_sa *sa, struct io *io);
/* Somebody else says to be this peer's user: probe now, unless it was heard a moment ago; when it
 * is dead this shows in seconds. Also where no keepalive is configured. False: it is alive, or does
 * not understand probes. */
bool dpd_doubt(struct engine *engine, struct ike_sa *sa, struct io *io);
void dpd_timer(struct engine *engine, struct ike_sa *sa, struct io *io);
/* path: where the notification came from. What is new moves a peer behind NAT there. */
void dpd_notification(struct engine *engine, struct ike_sa *sa, const struct ike_path *path,
                      const struct ike_notification *notification, struct io *io);
void keepalive_start(struct engine *engine, struct ike_sa *sa, struct io *io);
void keepalive_timer(struct engine *engine, struct ike_sa *sa, struct io *io);

#endif
