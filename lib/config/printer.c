/* The shared print functions, and the one place where a line is formed. */
#include "config/printer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_USUAL = 1024, HEAD_MAX = 80 };

/* A banner holds newlines: one call for each line all the same. */
static void emit(struct printer *printer, char *text)
{
    while (*text) {
        char *end = text + strcspn(text, "\n") + 1;
        char kept = *end;
        *end = '\0';
        printer->line(printer->context, text);
        *end = kept;
        text = end;
    }
}

const char *printer_hidden(struct printer *printer, struct span secret)
{
    if (printer->hides)
        printer->hides(printer->context, secret);
    return PRINTER_HIDDEN;
}

void printer_line(struct printer *printer, const char *format, ...)
{
    char local[LINE_USUAL];
    char *line = local;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(local, sizeof local - 1, format, args);
    if (n > 0 && (size_t)n >= sizeof local - 1) { /* a long banner or description */
        line = malloc((size_t)n + 2);
        if (line)
            vsnprintf(line, (size_t)n + 1, format, again);
    }
    va_end(again);
    va_end(args);
    if (n >= 0 && line) {
        memcpy(line + n, "\n", 2);
        emit(printer, line);
    }
    if (line != local)
        free(line);
}

void printer_submode(struct printer *printer, enum config_mode mode, const void *object)
{
    const struct row *row;
    struct row_place place = {0, 0};
    while ((row = row_next(&place)))
        if (row->mode == mode && row->print)
            row->print(printer, row, object);
}

/* The keywords a syntax starts with, indented in a submode. */
static const char *head_of(const struct row *row, char out[HEAD_MAX])
{
    size_t n = 0;
    while (row->syntax[n] && !strchr("[{<", row->syntax[n]) &&
           !(row->syntax[n] >= 'A' && row->syntax[n] <= 'Z'))
        n++;
    while (n > 0 && row->syntax[n - 1] == ' ')
        n--;
    snprintf(out, HEAD_MAX, "%s%.*s", row->mode == MODE_GLOBAL ? "" : "  ", (int)n, row->syntax);
    return out;
}

static const void *field_of(const struct row *row, const void *object)
{
    return (const char *)object + row->shown;
}

void print_flag(struct printer *printer, const struct row *row, const void *object)
{
    char head[HEAD_MAX];
    const bool *flag = field_of(row, object);
    if (*flag)
        printer_line(printer, "%s", head_of(row, head));
}

void print_string(struct printer *printer, const struct row *row, const void *object)
{
    char head[HEAD_MAX];
    const char *const *string = field_of(row, object);
    if (*string)
        printer_line(printer, "%s %s", head_of(row, head), *string);
}

void print_number(struct printer *printer, const struct row *row, const void *object)
{
    char head[HEAD_MAX];
    const uint32_t *number = field_of(row, object);
    if (*number != row->initial)
        printer_line(printer, "%s %u", head_of(row, head), *number);
}

void print_named(struct printer *printer, const struct row *row, const void *object)
{
    char head[HEAD_MAX];
    const char *const *const *named = field_of(row, object);
    if (*named)
        printer_line(printer, "%s %s", head_of(row, head), **named);
}

const char *printer_masked(struct prefix prefix, char *out)
{
    char address[ADDR_TEXT], mask[ADDR_TEXT];
    snprintf(out, SELECTOR_TEXT, "%s %s", addr_format(prefix.addr, address),
             addr_format(prefix_mask(prefix.addr.family, prefix.len), mask));
    return out;
}

const char *printer_address(struct prefix prefix, char *out)
{
    char text[SELECTOR_TEXT];
    if (prefix.addr.family == ADDR_V6)
        snprintf(out, SELECTOR_TEXT, "address ipv6 %s", prefix_format(prefix, text));
    else
        snprintf(out, SELECTOR_TEXT, "address %.100s", printer_masked(prefix, text));
    return out;
}
