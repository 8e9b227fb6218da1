/* hubctl: the operator's end of the control socket. One command from the arguments, or a prompt. */
#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/shell.h"

#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: hubctl [--run-dir DIR] [--json] COMMAND...\n"
    "       hubctl [--run-dir DIR]            a prompt, on a terminal\n"
    "       hubctl help                       the commands\n"
    "       hubctl show crypto '?'            what may follow\n"
    "The hub is found by its run directory; without --run-dir that is /run/hubward. Of spoked:\n"
    "hubctl --run-dir /run/hubward-spoke COMMAND...\n"
    "--file PATH names the users file of \"hubctl user\" when no hub runs that could.\n"
    "exit: 0 ok, 1 failed, 2 usage, 3 hub not reachable, 4 nothing matched, 5 not permitted\n";

static enum exit_code run(const struct options *options)
{
    struct shell shell;
    enum exit_code code = EXIT_OK;
    shell_init(&shell, options->run_dir, stdout, stderr);
    shell.users_file = options->users_file;
    if (options->line.len) {
        code = shell_run(&shell, sink_string(&options->line), options->json);
    } else if (isatty(STDIN_FILENO)) {
        code = prompt_run(&shell, options->json);
    } else {
        fputs(usage, stderr);
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
        fprintf(stderr, "hubctl: %s: unknown option, or its value is missing\n%s", problem, usage);
        return EXIT_USAGE;
    }
    enum exit_code code = EXIT_OK;
    if (options.help)
        fputs(usage, stdout);
    else if (options.version)
        puts("hubctl " HUBWARD_VERSION);
    else
        code = run(&options);
    sink_free(&options.line);
    return code;
}
