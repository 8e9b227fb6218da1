/* Nearness is two slips of the keyboard at most, fewer in short words, or a common beginning. */
#include "config/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { EXPECTED_SHOWN = 6 };

const char *suggest_expected(const struct match *match, char out[SUGGEST_TEXT])
{
    char text[TOKEN_TEXT + 40];
    size_t n = 0, shown = match->expected_count;
    out[0] = '\0';
    if (shown > EXPECTED_SHOWN)
        shown = EXPECTED_SHOWN;
    for (size_t i = 0; i < shown && n < SUGGEST_TEXT; i++) {
        const char *between = i == 0 ? "" : i + 1 == match->expected_count ? " or " : ", ";
        n += (size_t)snprintf(out + n, SUGGEST_TEXT - n, "%s%s", between,
                              token_expected(match->expected[i], text));
    }
    if (shown < match->expected_count && n < SUGGEST_TEXT)
        snprintf(out + n, SUGGEST_TEXT - n, ", ...");
    return out;
}

/* Letters that a and b begin with in common. */
static size_t common_start(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && tolower((unsigned char)a[n]) == tolower((unsigned char)b[n]))
        n++;
    return n;
}

enum { FAR = 4 }; /* more than text_distance tells apart */

/* Slips between the two, FAR when they are too many. */
static unsigned nearness(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    unsigned allowed = shorter < 3 ? 0 : shorter < 5 ? 1 : 2;
    unsigned found = text_distance(a, b);
    bool near = found <= allowed || (shorter >= 4 && common_start(a, b) + 1 >= shorter);
    return near ? found : FAR;
}

bool suggest_near(const struct match *match, const char *word, char out[SUGGEST_TEXT])
{
    unsigned best = FAR;
    for (size_t i = 0; i < match->expected_count; i++) {
        char keyword[TOKEN_TEXT];
        struct token token = match->expected[i];
        if (!token_is_keyword(token) || token.len >= sizeof keyword)
            continue;
        memcpy(keyword, token.at, token.len);
        keyword[token.len] = '\0';
        unsigned found = nearness(word, keyword);
        if (found < best) {
            snprintf(out, SUGGEST_TEXT, "\"%s\"", keyword);
            best = found;
        }
    }
    return best != FAR;
}

const char *suggest_name(const struct items *items, const char *name, char out[SUGGEST_TEXT])
{
    unsigned best = FAR;
    out[0] = '\0';
    for (size_t i = 0; i < items->count; i++) {
        const char *const *known = items->at[i];
        unsigned found = strcasecmp(name, *known) == 0 ? 0 : nearness(name, *known);
        if (found < best) {
            snprintf(out, SUGGEST_TEXT, " (did you mean \"%.100s\"?)", *known);
            best = found;
        }
    }
    return out;
}
