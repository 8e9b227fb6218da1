/* One line: cut off the filter, find the command, run it, say what is wrong in the words of IOS. */
#include "cli/shell.h"

#include "cli/command.h"

#include <stdarg.h>
#include <string.h>

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

/* Take `--json` out of the words; true when it was there. */
static bool take_json(char *words)
{
    static const char option[] = "--json";
    const size_t len = sizeof option - 1;
    for (char *at = words; (at = strstr(at, option)); at += len) {
        bool begins = at == words || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == '\0')) {
            memset(at, ' ', len);
            return true;
        }
    }
    return false;
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

enum exit_code shell_run(struct shell *shell, const char *line, bool json)
{
    struct command_call call;
    struct sink words = {0};
    size_t column = 0;
    const char *bar = strchr(line, '|');
    enum rc rc = filter_parse(bar ? bar + 1 : NULL, &shell->filter);
    if (rc != RC_OK)
        return complain_filter(shell, rc);
    enum exit_code code = EXIT_FAILED;
    sink_octets(&words, line, bar ? (size_t)(bar - line) : strlen(line));
    if (words.bad)
        goto out;
    if (!bar && asks_what_follows(&words)) {
        code = show_what_follows(shell, words.at);
        goto out;
    }
    shell->json = take_json(words.at) || json;
    enum command_match match = command_find(sink_string(&words), &call, &column);
    if (match == MATCH_OK)
        code = run_command(shell, &call);
    else
        code = complain(shell, match, sink_string(&words), column);
out:
    filter_free(&shell->filter);
    sink_free(&words);
    return code;
}
