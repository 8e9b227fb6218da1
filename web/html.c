/* Escaping by table: what has no row is written as sink_safe writes it. */
#include "web/html.h"

static const char *reference(char c)
{
    static const struct {
        char c;
        const char *text;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].c == c)
            return rows[i].text;
    return NULL;
}

void html_text(struct sink *out, const char *text)
{
    for (; text && *text; text++) {
        const char one[] = {*text, '\0'};
        const char *escaped = reference(*text);
        if (escaped)
            sink_text(out, escaped);
        else
            sink_safe(out, one);
    }
}
