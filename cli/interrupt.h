/* Ctrl-C as something to wait for: while it is taken so, neither it nor SIGTERM ends hubctl, and
 * the prompt survives it. */
#ifndef HUBWARD_CLI_INTERRUPT_H
#define HUBWARD_CLI_INTERRUPT_H

#include "base/rc.h"

#include <signal.h>

struct interrupt {
    int fd; /* readable once a signal has come */
    sigset_t before;
};

/* RC_IO: errno says why, and nothing has changed. */
MUST_USE enum rc interrupt_begin(struct interrupt *out);
/* Signals that have come are taken: they do not end hubctl. */
void interrupt_end(struct interrupt *interrupt);

#endif
