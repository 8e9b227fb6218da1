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

static bool is_near(const char *a, const char *b)
{
    size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    unsigned allowed = shorter < 3 ? 0 : shorter < 5 ? 1 : 2;
    unsigned found = text_distance(a, b);
    return found <= allowed || (shorter >= 4 && common_start(a, b) + 1 >= shorter);
}

bool suggest_near(const struct match *match, const char *word, char out[SUGGEST_TEXT])
{
    for (size_t i = 0; i < match->expected_count; i++) {
        char keyword[TOKEN_TEXT];
        struct token token = match->expected[i];
        if (!token_is_keyword(token) || token.len >= sizeof keyword)
            continue;
        memcpy(keyword, token.at, token.len);
        keyword[token.len] = '\0';
        if (is_near(word, keyword)) {
            snprintf(out, SUGGEST_TEXT, "\"%s\"", keyword);
            return true;
        }
    }
    return false;
}

const char *suggest_name(const struct items *items, const char *name, char out[SUGGEST_TEXT])
{
    out[0] = '\0';
    for (size_t i = 0; i < items->count; i++) {
        const char *const *known = items->at[i];
        if (is_near(name, *known) || strcasecmp(name, *known) == 0) {
            snprintf(out, SUGGEST_TEXT, " (did you mean \"%.100s\"?)", *known);
            break;
        }
    }
    return out;
}
