/* `show running-config`: the configuration as text that parses back equal, secrets as <hidden>. */
#ifndef HUBWARD_CONFIG_PRINT_H
#define HUBWARD_CONFIG_PRINT_H

#include "config/config.h"

/* Writes the text through the callback, line by line (with newline). */
void config_print(const struct config *config, void (*line)(void *context, const char *text),
                  void *context);

/* The octets of that text from `at` on, as many as there are and fit into out (size octets, not
 * terminated); *written: how many. Returns how many octets the whole text has. */
size_t config_print_piece(const struct config *config, size_t at, char *out, size_t size,
                          size_t *written);

#endif
