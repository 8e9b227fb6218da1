/* mdoc, as mandoc and groff read it. */
#include "host/manual.h"

#include <string.h>

/* Of the last change to what the pages say: a page is the same on every day it is built. */
static const char date[] = "November 27, 2026";

static const char ellipsis[] = "\xe2\x80\xa6";

/* One line of text. At its beginning a point or a quote would be a request. */
static void add_line(struct sink *out, const char *text, size_t len, bool quoted)
{
    if (!quoted && len && (*text == '.' || *text == '\''))
        sink_text(out, "\\&");
    for (size_t i = 0; i < len; i++) {
        if (strncmp(text + i, ellipsis, sizeof ellipsis - 1) == 0) {
            sink_text(out, "...");
            i += sizeof ellipsis - 2;
        } else if (text[i] == '\\') {
            sink_text(out, "\\e");
        } else if (text[i] == '`') {
            sink_text(out, "\\(ga");
        } else if (text[i] == '\'') {
            sink_text(out, "\\(aq");
        } else if (text[i] == '"' && quoted) {
            sink_text(out, "\\(dq");
        } else {
            sink_char(out, text[i]);
        }
    }
}

static void add_text(struct sink *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        add_line(out, text, n, false);
        sink_char(out, '\n');
        text += n + (text[n] == '\n');
    }
}

/* One argument of a macro; a short one could be the name of a macro itself. */
static void add_argument(struct sink *out, const char *text)
{
    sink_text(out, strlen(text) <= 3 ? " \"\\&" : " \"");
    add_line(out, text, strlen(text), true);
    sink_char(out, '"');
}

void manual_begin(struct sink *out, const char *name, unsigned section, const char *brief)
{
    sink_format(out, ".Dd %s\n.Dt ", date);
    for (const char *at = name; *at; at++)
        sink_char(out, (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at));
    sink_format(out, " %u\n.Os Hubward " HUBWARD_VERSION "\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
    add_text(out, brief);
}

void manual_section(struct sink *out, const char *title)
{
    sink_format(out, ".Sh %s\n", title);
}

void manual_subsection(struct sink *out, const char *title)
{
    sink_format(out, ".Ss %s\n", title);
}

/* The first paragraph of a section needs no request, and mandoc says so. */
static bool begins_section(const struct sink *out)
{
    size_t at = out->len ? out->len - 1 : 0;
    while (at && out->at[at - 1] != '\n')
        at--;
    return out->len && strncmp(out->at + at, ".Sh ", 4) == 0;
}

void manual_paragraph(struct sink *out, const char *text)
{
    if (!begins_section(out))
        sink_text(out, ".Pp\n");
    add_text(out, text);
}

void manual_list(struct sink *out)
{
    sink_text(out, ".Bl -tag -width Ds\n");
}

void manual_item(struct sink *out, const char *macro, const char *term, const char *text)
{
    sink_format(out, ".It %s", macro);
    add_argument(out, term);
    sink_char(out, '\n');
    add_text(out, text);
}

/* Fl writes the first hyphen. */
void manual_option(struct sink *out, const struct manual_option *option)
{
    const char first = option->phrase[0];
    sink_text(out, ".It ");
    if (option->brief)
        sink_format(out, "Fl %s , ", option->brief + 1);
    sink_format(out, "Fl %s", option->name + 1);
    if (option->value[0]) {
        sink_text(out, " Ar");
        add_argument(out, option->value);
    }
    sink_format(out, "\n%c", first >= 'a' && first <= 'z' ? first - 'a' + 'A' : first);
    add_line(out, option->phrase + 1, strlen(option->phrase + 1), true);
    sink_text(out, ".\n");
    if (option->usual)
        sink_format(out, "The default is %s.\n", option->usual);
}

void manual_list_end(struct sink *out)
{
    sink_text(out, ".El\n");
}

void manual_rows(struct sink *out, const char *macro, const struct manual_row *rows, size_t count)
{
    manual_list(out);
    for (size_t i = 0; i < count; i++)
        manual_item(out, macro, rows[i].term, rows[i].text);
    manual_list_end(out);
}

void manual_example(struct sink *out, const char *lines)
{
    sink_text(out, ".Bd -literal -offset indent\n");
    add_text(out, lines);
    sink_text(out, ".Ed\n");
}
