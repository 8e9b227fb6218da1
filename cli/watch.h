/* `--watch`: a command again and again, until Ctrl-C. On a terminal its output is drawn in place;
 * elsewhere a blank line stands between one and the next. */
#ifndef HUBWARD_CLI_WATCH_H
#define HUBWARD_CLI_WATCH_H

#include "cli/shell.h"

enum { WATCH_S = 2, WATCH_MOST_S = 3600 };

/* "5": whole seconds from 1 to WATCH_MOST_S; "" and NULL are WATCH_S. RC_MALFORMED. */
MUST_USE enum rc watch_parse(const char *text, unsigned *out);

/* Do it once: output through the shell. */
typedef enum exit_code watch_round(void *context);

/* title: the command, for the first line of the screen. EXIT_OK after Ctrl-C. A first round that
 * fails ends it; later a hub that cannot be reached does not, since it may come back. */
enum exit_code watch_run(struct shell *shell, const char *title, unsigned seconds,
                         watch_round *round, void *context);

/* A screen of so many rows: a heading, a blank line, and of the text as much as there is room for.
 * Each row is cleared behind its text, and what is below the last. */
void watch_screen(struct sink *out, const char *heading, const char *text, unsigned rows);

#endif
