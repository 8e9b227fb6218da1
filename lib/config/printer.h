/* Writing configuration lines: one formatted line at a time, and the print functions that many rows
 * share. */
#ifndef HUBWARD_CONFIG_PRINTER_H
#define HUBWARD_CONFIG_PRINTER_H

#include "config/print.h"
#include "config/row.h"

struct printer {
    void (*line)(void *context, const char *text);
    void (*hides)(void *context, struct span secret); /* NULL: nobody asks */
    void *context;
};

#define PRINTER_HIDDEN "<hidden>"

/* The word that stands for a secret. Who asked is told which one the next line hides. */
const char *printer_hidden(struct printer *printer, struct span secret);

/* One line; the newline is added. */
void printer_line(struct printer *printer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Every row of a submode, for one object. */
void printer_submode(struct printer *printer, enum config_mode mode, const void *object);

/* Common rows; the words in front of the first placeholder are the row's own. shown: offset. */
row_print print_flag;   /* bool: the syntax itself */
row_print print_string; /* const char *, NULL: nothing */
row_print print_number; /* uint32_t, unless it is row->initial */
row_print print_named;  /* pointer to an object that starts with its name, NULL: nothing */

/* "A.B.C.D M.M.M.M" of a prefix, host bits as they are; out has
 * SELECTOR_TEXT octets. */
const char *printer_masked(struct prefix prefix, char *out);
/* "address A.B.C.D M.M.M.M" or "address ipv6 PREFIX". */
const char *printer_address(struct prefix prefix, char *out);

#endif
