/* The command language of hubctl: one table of words that serves matching, `?` and completion.
 * Words may be cut as long as they stay clear (`sh cry isa sa`), as on IOS. */
#ifndef HUBWARD_CLI_COMMAND_H
#define HUBWARD_CLI_COMMAND_H

#include "base/addr.h"
#include "base/sink.h"
#include "cli/exit.h"

#include <stdbool.h>

struct shell;
struct command;

enum { COMMAND_TEXT = 256, COMMAND_LINE = 1024 };

/* A command that was understood, with its values. */
struct command_call {
    const struct command *command;
    struct addr addr;             /* ADDRESS; ADDR_NONE when the command has none */
    uint64_t number;              /* NUMBER; 0 when the command has none */
    char pool[COMMAND_TEXT];      /* POOL; "" when the command has none */
    char list[COMMAND_TEXT];      /* LIST; "" when the command has none */
    char user[COMMAND_TEXT];      /* USER, or the words of WHO; the same */
    char tag[COMMAND_TEXT];       /* TAG: name of a map; the same */
    char interface[COMMAND_TEXT]; /* INTERFACE; the same */
    char line[COMMAND_LINE];      /* all words, in full, with values as they were typed */
};

/* Do it: output and complaints go through the shell. */
typedef enum exit_code command_work(struct shell *shell, const struct command_call *call);

struct command {
    const char
        *words;         /* full words; an upper-case word is a value: ADDRESS, NUMBER, POOL,
                         * LIST, USER, WHO, TAG, INTERFACE, or another, which is only taken as it stands */
    const char *help;   /* of the last word */
    command_work *work; /* NULL: only the beginning of others */
    bool detail;        /* for the work */
    uint32_t areas;     /* debug: bits of enum event_area */
    const char *then;   /* what may follow, when not what follows the words: what follows these
                         * ("WORDS", or "WORDS, WORDS"); else NULL */
};

/* Ends with a row without words. */
extern const struct command commands[];

enum command_match { MATCH_OK, MATCH_EMPTY, MATCH_INCOMPLETE, MATCH_AMBIGUOUS, MATCH_INVALID };

/* Understand the words of a line (without a filter). *out is set with MATCH_OK only; *column is the
 * place of the word that was not understood, counted from 0. */
enum command_match command_find(const char *line, struct command_call *out, size_t *column);

/* What may stand next, a line each: after a blank the words that follow, else those that begin with
 * the last word. "<cr>" when the line is a command already. Nothing when the line is wrong. */
void command_help(const char *line, struct sink *out);

/* The words that may stand next, bare, a line each; values of the operator's are not among them. */
void command_next(const char *line, struct sink *out);

/* What completes the last word of the line, with a blank behind when it is the only one; empty when
 * there is nothing to add. */
void command_complete(const char *line, struct sink *out);

#endif
