/* `show crypto engine connections active`: one line a phase 1 and one a direction of phase 2, with
 * the packets that it has encrypted or decrypted. */
#ifndef HUBWARD_CLI_SHOW_CONNECTIONS_H
#define HUBWARD_CLI_SHOW_CONNECTIONS_H

#include "base/sink.h"
#include "ike/status.h"

#include <jansson.h>

struct show_connections {
    const struct status_ike *ike;
    size_t ike_count;
    const struct status_ipsec *ipsec;
    size_t ipsec_count;
};

void show_connections(struct sink *out, const struct show_connections *all);
/* An array; NULL: out of memory. */
json_t *show_connections_json(const struct show_connections *all);

#endif
