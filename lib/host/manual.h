/* Writing a manual page in mdoc, so that each program prints its own from the tables that it works
 * by. Texts are plain: what mdoc would take for its own is escaped here. */
#ifndef HUBWARD_HOST_MANUAL_H
#define HUBWARD_HOST_MANUAL_H

#include "base/sink.h"

/* A term and what it means: a file, a signal, an exit status. */
struct manual_row {
    const char *term;
    const char *text;
};

/* Title and NAME of a page of section 5 (files) or 8 (programs). */
void manual_begin(struct sink *out, const char *name, unsigned section, const char *brief);
void manual_section(struct sink *out, const char *title);
void manual_subsection(struct sink *out, const char *title);
void manual_paragraph(struct sink *out, const char *text);

/* A list of terms: each item opens with the macro that its term is (Pa, Dv, Cm, …) and the term. */
void manual_list(struct sink *out);
void manual_item(struct sink *out, const char *macro, const char *term, const char *text);
/* An option as --help has it: a phrase is what it does. */
struct manual_option {
    const char *brief; /* "-c" or NULL */
    const char *name;  /* "--config" */
    const char *value; /* "FILE"; "": it takes none */
    const char *phrase;
    const char *usual; /* its default, or NULL */
};
void manual_option(struct sink *out, const struct manual_option *option);
void manual_list_end(struct sink *out);
/* A whole list. */
void manual_rows(struct sink *out, const char *macro, const struct manual_row *rows, size_t count);

/* Lines as they would be typed. */
void manual_example(struct sink *out, const char *lines);

#endif
