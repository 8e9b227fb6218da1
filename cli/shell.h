/* What every command of hubctl works with: the hub, the output and its filter. */
#ifndef HUBWARD_CLI_SHELL_H
#define HUBWARD_CLI_SHELL_H

#include "cli/client.h"
#include "cli/filter.h"
#include "host/message_status.h"

#include <stdio.h>

struct shell {
    const char *run_dir;
    const char *users_file;  /* --file; NULL: what the hub says */
    const char *config_file; /* --config; NULL: what the hub runs */
    struct client client;    /* connected when first needed */
    const char *watch;       /* --watch: how often; NULL: once, unless the line says it */
    FILE *out;
    FILE *err;
    struct filter filter; /* of the command that runs now */
    bool json;            /* this command's output is JSON */
    bool quit;            /* the operator wants to leave the prompt */
};

/* run_dir is borrowed. */
void shell_init(struct shell *shell, const char *run_dir, FILE *out, FILE *err);
void shell_wipe(struct shell *shell);

/* Run one line: words, values, an optional `| filter`, an optional `--json`, and of a `show` an
 * optional `--watch [SECONDS]`. An empty line is EXIT_OK. json: as if the line held --json. */
enum exit_code shell_run(struct shell *shell, const char *line, bool json);

/* For commands. Whole lines of output, through the filter. */
void shell_print(struct shell *shell, const char *lines);
/* "% text", to the error output; returns code. */
__attribute__((format(printf, 3, 4))) enum exit_code
shell_fail(struct shell *shell, enum exit_code code, const char *format, ...);

/* Connect unless connected; the failure is reported. */
MUST_USE enum exit_code shell_connect(struct shell *shell);
/* Send one message; a failure is reported and closes the connection. */
MUST_USE enum exit_code shell_send(struct shell *shell, enum message_kind kind,
                                   struct span payload);
/* The next message of this kind, waited for at most timeout_ms; events of an earlier `debug` are
 * passed over. Results as client_receive. */
MUST_USE enum rc shell_receive(struct shell *shell, enum message_kind kind, int timeout_ms,
                               struct cursor *payload);
/* Report that receiving failed with rc (not RC_OK), and close the connection. */
enum exit_code shell_lost(struct shell *shell, enum rc rc);

#endif
