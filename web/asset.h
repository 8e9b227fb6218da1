/* Files compiled into the program: the web process opens none. */
#ifndef HUBWARD_WEB_ASSET_H
#define HUBWARD_WEB_ASSET_H

#include "base/cursor.h"
#include "web/request.h"

/* The octets of a route that is a file, for ever valid; {NULL, 0} for rendered routes. */
struct span asset_of(enum route route);

#endif
