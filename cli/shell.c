/* One line: cut off the filter, find the command, run it, say what is wrong in the words of IOS. */
#include "cli/shell.h"

#include "cli/command.h"
#include "cli/watch.h"

#include <stdarg.h>
#include <string.h>

enum { WATCH_TEXT = 8 };

void shell_init(struct shell *shell, const char *run_dir, FILE *out, FILE *err)
{
    *shell = (struct shell){.run_dir = run_dir, .client = {.fd = -1}, .out = out, .err = err};
}

void shell_wipe(struct shell *shell)
{
    client_close(&shell->client);
}

void shell_print(struct shell *shell, const char *lines)
{
    struct sink passed = {0};
    filter_apply(&shell->filter, lines, &passed);
    fputs(sink_string(&passed), shell->out);
    fflush(shell->out);
    sink_free(&passed);
}

enum exit_code shell_fail(struct shell *shell, enum exit_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("% ", shell->err);
    vfprintf(shell->err, format, args);
    fputc('\n', shell->err);
    va_end(args);
    return code;
}

enum exit_code shell_connect(struct shell *shell)
{
    struct sink why = {0};
    if (shell->client.fd >= 0)
        return EXIT_OK;
    enum exit_code code = client_open(shell->run_dir, &shell->client, &why);
    if (code != EXIT_OK)
        shell_fail(shell, code, "%s", sink_string(&why));
    sink_free(&why);
    return code;
}

enum rc shell_receive(struct shell *shell, enum message_kind kind, int timeout_ms,
                      struct cursor *payload)
{
    enum message_kind came;
    enum rc rc;
    do
        rc = client_receive(&shell->client, timeout_ms, &came, payload);
    while (rc == RC_OK && came != kind);
    return rc;
}

enum exit_code shell_lost(struct shell *shell, enum rc rc)
{
    client_close(&shell->client);
    if (rc == RC_IO)
        return shell_fail(shell, EXIT_UNREACHABLE, "the hub closed the connection");
    if (rc == RC_AGAIN)
        return shell_fail(shell, EXIT_UNREACHABLE, "the hub does not answer");
    return shell_fail(shell, EXIT_FAILED,
                      "the hub's answer is not understood (%s); do hubd and "
                      "hubctl have the same version?",
                      rc_text(rc));
}

enum exit_code shell_send(struct shell *shell, enum message_kind kind, struct span payload)
{
    enum exit_code code = shell_connect(shell);
    if (code != EXIT_OK)
        return code;
    enum rc rc = client_send(&shell->client, kind, payload);
    return rc == RC_OK ? EXIT_OK : shell_lost(shell, rc);
}

/* Where an option stands among the words, or NULL. */
static char *find_option(char *words, const char *option)
{
    const size_t len = strlen(option);
    for (char *at = words; (at = strstr(at, option)); at += len) {
        bool begins = at == words || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == '\0'))
            return at;
    }
    return NULL;
}

/* Take `--json` out of the words; true when it was there. */
static bool take_json(char *words)
{
    static const char option[] = "--json";
    char *at = find_option(words, option);
    if (at)
        memset(at, ' ', sizeof option - 1);
    return at != NULL;
}

/* Take `--watch`, with a number of seconds or without, out of the words. False: it was not there.
 */
static bool take_watch(char *words, char out[WATCH_TEXT])
{
    static const char option[] = "--watch";
    char *at = find_option(words, option);
    if (!at)
        return false;
    char *value = at + sizeof option - 1;
    value += strspn(value, " ");
    size_t len = strspn(value, "0123456789");
    if (len >= WATCH_TEXT || (value[len] && value[len] != ' '))
        len = 0; /* the next word of the command */
    memcpy(out, value, len);
    out[len] = '\0';
    memset(at, ' ', (size_t)(value - at) + len);
    return true;
}

static enum exit_code complain(struct shell *shell, enum command_match match, const char *words,
                               size_t column)
{
    if (match == MATCH_EMPTY)
        return EXIT_OK;
    if (match == MATCH_INCOMPLETE)
        return shell_fail(shell, EXIT_USAGE, "Incomplete command.");
    if (match == MATCH_AMBIGUOUS)
        return shell_fail(shell, EXIT_USAGE, "Ambiguous command:  \"%s\"", words);
    fprintf(shell->err, "%s\n%*s^\n", words, (int)column, "");
    return shell_fail(shell, EXIT_USAGE, "Invalid input detected at '^' marker.");
}

/* `show crypto ?` among the arguments, where no key is watched for. */
static bool asks_what_follows(const struct sink *words)
{
    size_t len = words->len;
    while (len && words->at[len - 1] == ' ')
        len--;
    return len && words->at[len - 1] == '?';
}

static enum exit_code show_what_follows(struct shell *shell, char *words)
{
    struct sink help = {0};
    enum exit_code code = EXIT_OK;
    *strrchr(words, '?') = '\0';
    command_help(words, &help);
    if (help.len)
        shell_print(shell, sink_string(&help));
    else
        code = shell_fail(shell, EXIT_USAGE, "Unrecognized command");
    sink_free(&help);
    return code;
}

static enum exit_code run_command(struct shell *shell, const struct command_call *call)
{
    struct sink tail = {0};
    enum exit_code code = call->command->work(shell, call);
    filter_end(&shell->filter, &tail);
    if (code == EXIT_OK || code == EXIT_NOTHING) /* `what-if` has told why not */
        fputs(sink_string(&tail), shell->out);
    if (code == EXIT_OK && filter_found_nothing(&shell->filter))
        code = EXIT_NOTHING;
    fflush(shell->out);
    sink_free(&tail);
    return code;
}

static enum exit_code complain_filter(struct shell *shell, enum rc rc)
{
    if (rc == RC_UNSUPPORTED)
        return shell_fail(shell, EXIT_USAGE,
                          "begin, count, exclude, include or section must "
                          "follow '|'");
    if (rc == RC_SHORT)
        return shell_fail(shell, EXIT_USAGE, "Incomplete command.");
    return shell_fail(shell, EXIT_USAGE, "not a regular expression");
}

/* One round of a command that is watched. */
struct round {
    struct shell *shell;
    const struct command_call *call;
    const char *filter; /* words of it, or NULL */
};

static enum exit_code run_round(void *context)
{
    const struct round *round = context;
    struct shell *shell = round->shell;
    filter_free(&shell->filter);
    const enum rc rc = filter_parse(round->filter, &shell->filter);
    return rc == RC_OK ? run_command(shell, round->call) : complain_filter(shell, rc);
}

static enum exit_code run_watched(struct shell *shell, const struct command_call *call,
                                  const char *filter, const char *every)
{
    struct round round = {shell, call, filter};
    unsigned seconds;
    if (strncmp(call->command->words, "show ", 5) != 0)
        return shell_fail(shell, EXIT_USAGE, "only a show can be watched");
    if (watch_parse(every, &seconds) != RC_OK)
        return shell_fail(shell, EXIT_USAGE, "--watch takes 1 to %d seconds", WATCH_MOST_S);
    return watch_run(shell, call->line, seconds, run_round, &round);
}

/* The words of a line without its filter. */
static enum exit_code run_words(struct shell *shell, char *words, const char *filter, bool json)
{
    struct command_call call;
    char every[WATCH_TEXT];
    size_t column = 0;
    shell->json = take_json(words) || json;
    const char *watch = take_watch(words, every) ? every : shell->watch;
    const enum command_match match = command_find(words, &call, &column);
    if (match != MATCH_OK)
        return complain(shell, match, words, column);
    return watch ? run_watched(shell, &call, filter, watch) : run_command(shell, &call);
}

enum exit_code shell_run(struct shell *shell, const char *line, bool json)
{
    struct sink words = {0};
    const char *bar = strchr(line, '|'), *filter = bar ? bar + 1 : NULL;
    enum rc rc = filter_parse(filter, &shell->filter);
    if (rc != RC_OK)
        return complain_filter(shell, rc);
    enum exit_code code = EXIT_FAILED;
    sink_octets(&words, line, bar ? (size_t)(bar - line) : strlen(line));
    if (words.bad)
        code = EXIT_FAILED;
    else if (!bar && asks_what_follows(&words))
        code = show_what_follows(shell, words.at);
    else
        code = run_words(shell, words.at, filter, json);
    filter_free(&shell->filter);
    sink_free(&words);
    return code;
}
