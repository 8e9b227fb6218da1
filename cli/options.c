/* Reading argv by hand, because a `|` ends the options and getopt knows no such thing. */
#include "cli/options.h"

#include <string.h>

static const char default_run_dir[] = "/run/hubward";

static const struct {
    const char *name;
    size_t at; /* offset of its flag */
} flags[] = {
    {"--json", offsetof(struct options, json)},
    {"--help", offsetof(struct options, help)},
    {"-h", offsetof(struct options, help)},
    {"--version", offsetof(struct options, version)},
};

static bool set_flag(struct options *options, const char *word)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(word, flags[i].name) == 0) {
            *(bool *)((char *)options + flags[i].at) = true;
            return true;
        }
    }
    return false;
}

static void add_word(struct sink *line, const char *word)
{
    if (line->len)
        sink_char(line, ' ');
    sink_text(line, word);
}

static const struct {
    const char *name;
    size_t at; /* offset of its text */
} values[] = {
    {"--run-dir", offsetof(struct options, run_dir)},
    {"--file", offsetof(struct options, users_file)},
};

/* The value of an option, behind "=" or in the next word; NULL: it has none, or this is another. */
static const char *value_of(int argc, char *const argv[], int *i, const char *name)
{
    size_t len = strlen(name);
    const char *word = argv[*i];
    if (!word || strncmp(word, name, len) != 0)
        return NULL;
    if (word[len] == '=')
        return word + len + 1;
    return word[len] == '\0' && *i + 1 < argc ? argv[++*i] : NULL;
}

/* argv[*i] is an option: take it and its value. */
static bool take_option(int argc, char *const argv[], int *i, struct options *options)
{
    if (set_flag(options, argv[*i]))
        return true;
    for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
        const char *value = value_of(argc, argv, i, values[k].name);
        if (value && *value) {
            *(const char **)((char *)options + values[k].at) = value;
            return true;
        }
    }
    return false;
}

enum rc options_parse(int argc, char *const argv[], struct options *out, const char **problem)
{
    struct options options = {.run_dir = default_run_dir};
    bool words_only = false;
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '|'))
            words_only = true; /* a regular expression follows */
        if (!words_only && strcmp(argv[i], "--") == 0) {
            words_only = true;
            continue;
        }
        if (words_only || argv[i][0] != '-') {
            add_word(&options.line, argv[i]);
        } else if (!take_option(argc, argv, &i, &options)) {
            *problem = argv[i];
            sink_free(&options.line);
            return RC_MALFORMED;
        }
    }
    if (options.line.bad) {
        sink_free(&options.line);
        return RC_NO_MEMORY;
    }
    *out = options;
    return RC_OK;
}
