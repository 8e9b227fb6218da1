/* The roles of a spoke. */
#ifndef HUBWARD_SPOKE_ROLES_H
#define HUBWARD_SPOKE_ROLES_H

#include "role/warden.h"

extern const struct warden_program spoke_program;

#endif
