/* `show running-config`: the configuration as text that parses back equal, secrets as <hidden>. */
#ifndef HUBWARD_CONFIG_PRINT_H
#define HUBWARD_CONFIG_PRINT_H

#include "config/config.h"

/* Writes the text through the callback, line by line (with newline). */
void config_print(const struct config *config, void (*line)(void *context, const char *text),
                  void *context);

#endif
