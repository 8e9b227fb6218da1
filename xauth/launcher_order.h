/* The launcher's side of its orders; see launcher.h. */
#ifndef HUBWARD_XAUTH_LAUNCHER_ORDER_H
#define HUBWARD_XAUTH_LAUNCHER_ORDER_H

#include "base/rc.h"

#include <stdint.h>

enum launcher_verb { LAUNCHER_START = 1, LAUNCHER_END = 2 };

struct crew;

struct launcher_order {
    enum launcher_verb verb;
    uint64_t id;
    int fd; /* LAUNCHER_START; the receiver's to close */
};

/* The next order. RC_NOT_FOUND: the broker is gone. RC_AGAIN: none now. RC_MALFORMED: not an order,
 * or one with a descriptor too many or too few (they are closed). */
MUST_USE enum rc launcher_order_get(int fd, struct launcher_order *out);

/* Obey every order there is. Never RC_OK; RC_AGAIN: no more for now; else as launcher_order_get. */
MUST_USE enum rc launcher_orders_take(int fd, struct crew *crew);

#endif
