/* The JSON form of status rows, one schema for `hubctl --json` and the page's API. Numbers that may
 * pass 2^53 and only name something (ids) are strings; counters are integers; times are
 * milliseconds; texts are printable ASCII, hostile octets as \xNN. */
#ifndef HUBWARD_HOST_STATUS_JSON_H
#define HUBWARD_HOST_STATUS_JSON_H

#include "base/sink.h"
#include "host/message_status.h"

#include <jansson.h>

enum { STATUS_JSON_SCHEMA = 1 }; /* rises when a key changes its meaning or goes away */

/* Each returns a new reference, or NULL when memory is out. */
json_t *status_summary_json(const struct status_summary *summary);
json_t *status_ike_json(const struct status_ike *row);
json_t *status_ipsec_json(const struct status_ipsec *row);
json_t *status_pool_json(const struct status_pool *row);
json_t *status_lease_json(const struct status_lease *row);
json_t *status_process_json(const struct status_process *row);
json_t *status_peer_json(const struct status_peer *row);
json_t *status_accounting_json(const struct status_accounting *row);
json_t *status_history_json(const struct status_history *row);
json_t *status_problem_json(const struct status_problem *row);
json_t *status_decision_json(const struct decision *decision);
/* The same with "peer", "identity" and "last_s". */
json_t *status_stored_decision_json(const struct status_decision *row);

/* {"schema": 1} with the header's fields under "hub". */
json_t *status_document_json(const struct status_header *header);

/* Write the document in ASCII; indent 0 = on one line. A NULL document or lack of memory makes the
 * sink bad. Takes over the reference. */
void status_json_write(struct sink *sink, json_t *take_document, size_t indent);

#endif
