/* The text of the configuration that the hub runs, fetched piece by piece. */
#ifndef HUBWARD_CLI_RUNNING_H
#define HUBWARD_CLI_RUNNING_H

#include "cli/shell.h"

/* Add a whole text that the hub sends in pieces to *text: questions of the first kind, answers of
 * the second. Failures are reported by the shell. */
MUST_USE enum exit_code pieces_fetch(struct shell *shell, enum message_kind question,
                                     enum message_kind answer, struct sink *text);
/* The same for the configuration. */
MUST_USE enum exit_code running_fetch(struct shell *shell, struct sink *text);

/* Text of the configuration as a terminal may see it: lines, tabs and letters of any script pass;
 * control characters, marks that turn the direction of writing, and what is not UTF-8 come out as
 * \xNN. What is left parses as it did. */
void running_safe(struct sink *out, const char *text, size_t len);

#endif
