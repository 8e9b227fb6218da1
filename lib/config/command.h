/* The command table from outside: for the man page, `?` help and completion. */
#ifndef HUBWARD_CONFIG_COMMAND_H
#define HUBWARD_CONFIG_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct config_command {
    const char *mode;     /* "" for global commands, else as in "config-isakmp-profile" */
    const char *syntax;   /* row.h says how to read it */
    const char *help;     /* one phrase */
    const char *standard; /* default in words, "" when there is none */
    const char *refused;  /* why the command is an error, "" when it is not */
    bool ignored;         /* read, and listed as ignored */
};

/* Command number index, from 0 in table order; false past the end. The strings are constants. */
bool config_command(size_t index, struct config_command *out);

#endif
