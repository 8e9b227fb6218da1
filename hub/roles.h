/* The roles of a hub. */
#ifndef HUBWARD_HUB_ROLES_H
#define HUBWARD_HUB_ROLES_H

#include "role/warden.h"

extern const struct warden_program hub_program;

#endif
