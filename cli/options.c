/* Reading argv by hand, because a `|` ends the options and getopt knows no such thing. */
#include "cli/options.h"

#include <string.h>

const char options_run_dir[] = "/run/hubward";

static const struct option_row rows[] = {
    {"--run-dir", NULL, "DIR", "the run directory of the hub or spoke that is asked",
     offsetof(struct options, run_dir)},
    {"--file", NULL, "PATH", "the users file of `user`, when no hub runs that could name it",
     offsetof(struct options, users_file)},
    {"--config", NULL, "FILE",
     "a configuration for `what-if`, `check`, `diff` and those `show crypto` that show one, in "
     "place "
     "of the hub's",
     offsetof(struct options, config_file)},
    {"--json", NULL, "", "answer with a JSON document", offsetof(struct options, json)},
    {"--watch", NULL, "[SECONDS]",
     "repeat a `show` until Ctrl-C, every 2 seconds unless it is said",
     offsetof(struct options, watch)},
    {"--complete", NULL, "", "print the words that may come next, one a line",
     offsetof(struct options, complete)},
    {"--version", NULL, "", "print the version", offsetof(struct options, version)},
    {"--man", NULL, "", "print the manual page, in mdoc", offsetof(struct options, man)},
    {"--help", "-h", "", "print the options", offsetof(struct options, help)},
};

const struct option_row *options_row(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

void options_complete(const char *word, struct sink *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(rows[i].name, word, strlen(word)) == 0)
            sink_format(out, "%s\n", rows[i].name);
}

static void add_word(struct sink *line, const char *word)
{
    if (line->len)
        sink_char(line, ' ');
    sink_text(line, word);
}

/* The row that a word of the command line names, with its value behind "=" or NULL. */
static const struct option_row *find(const char *word, const char **value)
{
    const size_t n = strcspn(word, "=");
    *value = word[n] ? word + n + 1 : NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((strlen(rows[i].name) == n && strncmp(word, rows[i].name, n) == 0) ||
            (rows[i].brief && strcmp(word, rows[i].brief) == 0))
            return &rows[i];
    return NULL;
}

static bool is_number(const char *word)
{
    return word[0] && !word[strspn(word, "0123456789")];
}

/* argv[*i] is an option: take it and its value. */
static bool take_option(int argc, char *const argv[], int *i, struct options *options)
{
    const char *value;
    const struct option_row *row = find(argv[*i], &value);
    if (!row || (!row->value[0] && value))
        return false;
    if (!row->value[0]) {
        *(bool *)((char *)options + row->at) = true;
        return true;
    }
    const bool optional = row->value[0] == '[';
    if (!value && *i + 1 < argc && (!optional || is_number(argv[*i + 1])))
        value = argv[++*i];
    if (!value && optional)
        value = "";
    if (!value || (!value[0] && !optional))
        return false;
    *(const char **)((char *)options + row->at) = value;
    return true;
}

enum rc options_parse(int argc, char *const argv[], struct options *out, const char **problem)
{
    struct options options = {.run_dir = options_run_dir};
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
