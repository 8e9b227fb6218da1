/* A password from the operator: typed without echo, or the first line of standard input when that
 * is no terminal. Never an argument, which everyone could see. */
#ifndef HUBWARD_CLI_SECRET_H
#define HUBWARD_CLI_SECRET_H

#include "cli/exit.h"
#include "cli/shell.h"

enum { SECRET_MAX = 255 };

struct secret {
    uint8_t octets[SECRET_MAX + 1];
    size_t len;
};

/* Ask once, or on a terminal twice for a new one. What goes wrong is reported. The caller wipes
 * *out, whatever comes back. */
MUST_USE enum exit_code secret_ask(struct shell *shell, bool twice, struct secret *out);
void secret_wipe(struct secret *secret);

#endif
