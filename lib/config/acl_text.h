/* One line of an access list as IOS writes it. */
#ifndef HUBWARD_CONFIG_ACL_TEXT_H
#define HUBWARD_CONFIG_ACL_TEXT_H

#include "config/config.h"

enum { ACL_ENTRY_TEXT = 2 * SELECTOR_TEXT + 24 };

/* "permit ip 10.1.0.0 0.0.255.255 any", without the list's name; the destination is left out where
 * the list is a standard one. IPv4 only, as access lists are. Returns out. */
const char *acl_entry_format(const struct acl *acl, const struct acl_entry *entry,
                             char out[ACL_ENTRY_TEXT]);

#endif
