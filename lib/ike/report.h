/* What the engine counts and says: drops, events, refusals; and its view of the
 * configuration. Private to lib/ike. */
#ifndef HUBWARD_IKE_REPORT_H
#define HUBWARD_IKE_REPORT_H

#include "ike/state.h"

void engine_drop(struct engine *engine, const struct ike_path *path, enum drop_reason reason,
                 struct io *io);
/* An event about this SA; NULL when nobody listens (debug level, debug off) or memory is out. */
struct event *sa_event(struct engine *engine, const struct ike_sa *sa, enum event_kind kind,
                       struct io *io);
/* Count and report a refusal: one DECISION effect and one log line from the record. */
void engine_refuse(struct engine *engine, const struct ike_path *path, const struct ike_sa *sa,
                   const struct identity *identity, const struct decision *decision, struct io *io);
/* A digest under the engine's secret: table keys that a stranger cannot aim. */
void engine_keyed(const struct engine *engine, const struct span *parts, size_t count,
                  uint8_t out[KEYED_LEN]);
/* The interface an SA runs over, or NULL; and its crypto map. */
const struct config_interface *engine_interface_of(const struct engine *engine, struct addr local);
const struct crypto_map *engine_map(const struct engine *engine, const char *interface);
const struct isakmp_profile *engine_profile(const struct engine *engine, const char *name);

#endif
