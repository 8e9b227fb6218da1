/* hubctl: the operator's end of the control socket. One command from the arguments, or a prompt. */
#include "cli/command.h"
#include "cli/manual.h"
#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/shell.h"

#include <string.h>
#include <unistd.h>

/* What a table says of us, to one of the outputs. */
static void say(void (*tell)(struct sink *out), FILE *to)
{
    struct sink text = {0};
    tell(&text);
    fputs(sink_string(&text), to);
    sink_free(&text);
}

static void complete(const struct options *options)
{
    const char *line = sink_string(&options->line), *last = strrchr(line, ' ');
    struct sink words = {0};
    last = last ? last + 1 : line;
    if (last[0] == '-')
        options_complete(last, &words);
    else
        command_next(line, &words);
    fputs(sink_string(&words), stdout);
    sink_free(&words);
}

static enum exit_code run(const struct options *options)
{
    struct shell shell;
    enum exit_code code = EXIT_OK;
    shell_init(&shell, options->run_dir, stdout, stderr);
    shell.users_file = options->users_file;
    shell.config_file = options->config_file;
    if (options->line.len) {
        shell.watch = options->watch;
        code = shell_run(&shell, sink_string(&options->line), options->json);
    } else if (isatty(STDIN_FILENO)) {
        code = prompt_run(&shell, options->json);
    } else {
        say(manual_help, stderr);
        code = EXIT_USAGE;
    }
    shell_wipe(&shell);
    return code;
}

int main(int argc, char *argv[])
{
    struct options options;
    const char *problem = NULL;
    enum rc rc = options_parse(argc, argv, &options, &problem);
    if (rc == RC_NO_MEMORY)
        return EXIT_FAILED;
    if (rc != RC_OK) {
        fprintf(stderr, "hubctl: %s: unknown option, or its value is missing\n", problem);
        say(manual_help, stderr);
        return EXIT_USAGE;
    }
    enum exit_code code = EXIT_OK;
    if (options.help)
        say(manual_help, stdout);
    else if (options.man)
        say(manual_page, stdout);
    else if (options.complete)
        complete(&options);
    else if (options.version)
        puts("hubctl " HUBWARD_VERSION);
    else
        code = run(&options);
    sink_free(&options.line);
    return code;
}
