/* The filters: one table of words, one decision a line. */
#include "cli/filter.h"

#include <string.h>

static const struct {
    const char *word;
    const char *help;
    enum filter_kind kind;
} kinds[] = {
    {"begin", "Begin with the line that matches", FILTER_BEGIN},
    {"count", "Count number of lines which match regexp", FILTER_COUNT},
    {"exclude", "Exclude lines that match", FILTER_EXCLUDE},
    {"include", "Include lines that match", FILTER_INCLUDE},
    {"section", "Filter a section of output", FILTER_SECTION},
};

const char *filter_word(size_t i, const char **help)
{
    if (i >= sizeof kinds / sizeof kinds[0])
        return NULL;
    *help = kinds[i].help;
    return kinds[i].word;
}

/* No two words share a first letter, so any cut is clear. */
static enum filter_kind kind_of(const char *word, size_t len)
{
    for (size_t i = 0; len && i < sizeof kinds / sizeof kinds[0]; i++)
        if (len <= strlen(kinds[i].word) && strncmp(word, kinds[i].word, len) == 0)
            return kinds[i].kind;
    return FILTER_NONE;
}

enum rc filter_parse(const char *words, struct filter *out)
{
    struct filter filter = {.kind = FILTER_NONE};
    if (!words) {
        *out = filter;
        return RC_OK;
    }
    words += strspn(words, " ");
    size_t len = strcspn(words, " ");
    filter.kind = kind_of(words, len);
    if (filter.kind == FILTER_NONE)
        return RC_UNSUPPORTED;
    words += len;
    words += strspn(words, " ");
    if (!*words)
        return RC_SHORT;
    if (regcomp(&filter.regex, words, REG_EXTENDED | REG_NOSUB) != 0)
        return RC_MALFORMED;
    *out = filter;
    return RC_OK;
}

void filter_free(struct filter *filter)
{
    if (filter->kind != FILTER_NONE)
        regfree(&filter->regex);
    filter->kind = FILTER_NONE;
}

/* A section is the matching line and what stands deeper below it; a blank line does not end it. */
static bool section_passes(struct filter *filter, const char *line, bool match)
{
    size_t indent = strspn(line, " ");
    bool blank = line[indent] == '\0';
    if (match) {
        if (!filter->open || indent <= filter->indent)
            filter->indent = indent;
        filter->open = true;
    } else if (!blank && indent <= filter->indent) {
        filter->open = false;
    }
    return filter->open;
}

static bool passes(struct filter *filter, const char *line)
{
    if (filter->kind == FILTER_NONE)
        return true;
    bool match = regexec(&filter->regex, line, 0, NULL, 0) == 0;
    filter->matched += match;
    switch (filter->kind) {
    case FILTER_BEGIN:
        filter->open = filter->open || match;
        return filter->open;
    case FILTER_EXCLUDE:
        return !match;
    case FILTER_INCLUDE:
        return match;
    case FILTER_SECTION:
        return section_passes(filter, line, match);
    case FILTER_NONE:
    case FILTER_COUNT:
        break;
    }
    return false;
}

void filter_apply(struct filter *filter, const char *text, struct sink *out)
{
    struct sink line = {0};
    while (*text) {
        size_t len = strcspn(text, "\n");
        sink_clear(&line);
        sink_octets(&line, text, len);
        if (passes(filter, sink_string(&line))) {
            sink_octets(out, text, len);
            sink_char(out, '\n');
        }
        text += len;
        text += *text == '\n';
    }
    out->bad |= line.bad;
    sink_free(&line);
}

void filter_end(const struct filter *filter, struct sink *out)
{
    if (filter->kind == FILTER_COUNT)
        sink_format(out, "Number of lines which match regexp = %zu\n", filter->matched);
}

bool filter_found_nothing(const struct filter *filter)
{
    return filter->kind != FILTER_NONE && filter->kind != FILTER_EXCLUDE && filter->matched == 0;
}
