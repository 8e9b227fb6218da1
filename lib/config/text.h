/* A configuration text as numbered lines of words, each word with the place it came from. Nothing
 * here knows a command: comments, submodes and repairs are other files' business. */
#ifndef HUBWARD_CONFIG_TEXT_H
#define HUBWARD_CONFIG_TEXT_H

#include "base/arena.h"
#include "base/cursor.h"
#include "base/rc.h"

#include <stdbool.h>

struct word {
    const char *text; /* terminated */
    const char *rest; /* its line from this word on, trailing blanks cut, terminated */
    unsigned line;    /* both count from 1, in octets */
    unsigned column;
};

struct text_line {
    const char *text; /* terminated, without newline and trailing blanks */
    unsigned number;
    unsigned indent;  /* blanks before the first word */
    unsigned control; /* column of the first control character (shown as '?'), 0: none */
    bool odd_blanks;  /* had no-break spaces, read as blanks */
    struct word *words;
    size_t word_count;
};

struct text {
    struct text_line *lines;
    size_t count;
};

/* Cut a text at LF or CR LF. Everything is copied into the arena. A no-break space (U+00A0) and a
 * tab are blanks; 0x03, the delimiter of banners, stays as it is. RC_NO_MEMORY. */
MUST_USE enum rc text_split(struct arena *arena, struct span source, struct text *out);

/* How many insertions, deletions, replacements and swaps of neighbours turn a into b, letter case
 * aside; anything above 2 comes out as 3. */
unsigned text_distance(const char *a, const char *b);

/* Overwrite with '*' what may be a secret in a line: the words after `key`, `password`, `secret`
 * and words that look like them, up to `address`, `hostname` or the end. */
void text_redact(char *line);

#endif
