/* The resolver: looks up the names of peers for key, which can open no socket and no file.
 * Unprivileged, in a sandbox of its own, because a name server's answer is the network's. It uses
 * the C library, so that it goes by the machine's /etc/hosts and /etc/resolv.conf, and holds
 * nothing worth taking. */
#ifndef HUBWARD_ROLE_RESOLVER_H
#define HUBWARD_ROLE_RESOLVER_H

#include "config/config.h"

/* Run as a child of the warden. Returns the exit status. */
int resolver_main(void);
/* Does any applied peer have a name? Fits warden_role.wanted. */
bool resolver_wanted(const struct config *config);

#endif
