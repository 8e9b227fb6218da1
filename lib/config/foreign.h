/* Words that begin commands of IOS which have nothing to do with a VPN. Knowing some of them keeps
 * an unknown line from being taken for a mistyped VPN command, or for the rest of a broken one. */
#ifndef HUBWARD_CONFIG_FOREIGN_H
#define HUBWARD_CONFIG_FOREIGN_H

#include <stdbool.h>

bool foreign_word(const char *word);

#endif
