/* A decision for people: what was there to choose from, the rule that removed each, the winner,
 * both sides' values, and the change that would help. `what-if` and `explain` print it alike. */
#ifndef HUBWARD_CLI_SHOW_DECISION_H
#define HUBWARD_CLI_SHOW_DECISION_H

#include "base/sink.h"
#include "ike/whatif.h"

/* What a refusal means: the peer's way ended at it; another way was looked at, too, and would have
 * done; or the way went on. */
enum show_weight { SHOW_DECIDING, SHOW_OTHER_WAY, SHOW_PASSED };

/* One paragraph. message: where in the exchanges, or "". */
void show_decision(struct sink *out, const char *message, const struct decision *decision,
                   enum show_weight weight);

/* A described peer's whole way. lines: which text the numbers of lines are about. */
void show_whatif(struct sink *out, const struct whatif_peer *peer, const struct whatif *whatif,
                 const char *lines);

/* "main", "aggressive"; "pre-share", "pre-share with Xauth". */
const char *show_whatif_mode(const struct whatif_peer *peer);
const char *show_whatif_auth(const struct whatif_peer *peer);

#endif
