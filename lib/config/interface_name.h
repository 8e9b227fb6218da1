/* Interface names of IOS, brought to one form: `Fa 0/0`, `fastethernet0/0` and `FastEthernet0/0`
 * are the same interface. */
#ifndef HUBWARD_CONFIG_INTERFACE_NAME_H
#define HUBWARD_CONFIG_INTERFACE_NAME_H

enum { INTERFACE_NAME = 64 };

/* word: with or without the number; unit: the number when it stood apart, or NULL. A type that is
 * not known stays as it is written. */
void interface_name(const char *word, const char *unit, char out[INTERFACE_NAME]);

#endif
