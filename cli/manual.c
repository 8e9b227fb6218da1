/* --help and the manual page. */
#include "cli/manual.h"

#include "cli/command.h"
#include "cli/filter.h"
#include "cli/options.h"
#include "host/manual.h"

#include <stdio.h>

static const char *const statuses[] = {
    [EXIT_OK] = "ok",
    [EXIT_FAILED] = "failed",
    [EXIT_USAGE] = "usage",
    [EXIT_UNREACHABLE] = "hub not reachable",
    [EXIT_NOTHING] = "nothing matched, or the peer of what-if would be refused",
    [EXIT_DENIED] = "not permitted",
};
enum { STATUSES = sizeof statuses / sizeof *statuses };

static const char usage[] = "usage: hubctl [option]... COMMAND...\n"
                            "       hubctl [--run-dir DIR]            a prompt, on a terminal\n"
                            "       hubctl help                       the commands\n"
                            "       hubctl show crypto '?'            what may follow\n";

void manual_help(struct sink *out)
{
    const struct option_row *row;
    sink_text(out, usage);
    for (size_t i = 0; (row = options_row(i)) != NULL; i++) {
        char form[64];
        snprintf(form, sizeof form, "%s%s%s %s", row->brief ? row->brief : "",
                 row->brief ? ", " : "", row->name, row->value);
        sink_format(out, "  %-24s %s", form, row->help);
        if (row->at == offsetof(struct options, run_dir))
            sink_format(out, " (%s)", options_run_dir);
        sink_char(out, '\n');
    }
    sink_text(out, "Of spoked: hubctl --run-dir /run/hubward-spoke COMMAND...\nexit:");
    for (size_t i = 0; i < STATUSES; i++)
        sink_format(out, "%s %zu %s", i ? "," : "", i, statuses[i]);
    sink_char(out, '\n');
}

static void add_options(struct sink *out)
{
    const struct option_row *row;
    manual_list(out);
    for (size_t i = 0; (row = options_row(i)) != NULL; i++) {
        bool run_dir = row->at == offsetof(struct options, run_dir);
        manual_option(out, &(struct manual_option){row->brief, row->name, row->value, row->help,
                                                   run_dir ? options_run_dir : NULL});
    }
    manual_list_end(out);
}

static void add_commands(struct sink *out)
{
    manual_section(out, "COMMANDS");
    manual_paragraph(out, "Words may be cut while they stay clear: sh cry isa sa.\n"
                          "Words in capitals stand for values.\n"
                          "A question mark in place of a word lists what may stand there.");
    manual_list(out);
    for (const struct command *row = commands; row->words; row++)
        if (row->work)
            manual_item(out, "Ic", row->words, row->help);
    manual_list_end(out);
}

static void add_filters(struct sink *out)
{
    const char *word, *help;
    manual_section(out, "FILTERS");
    manual_paragraph(out,
                     "Behind a command and a bar one of these may stand, and an extended\n"
                     "regular expression.\nIn a shell the bar is quoted, or the command whole.");
    manual_list(out);
    for (size_t i = 0; (word = filter_word(i, &help)) != NULL; i++)
        manual_item(out, "Ic", word, help);
    manual_list_end(out);
}

static void add_statuses(struct sink *out)
{
    manual_section(out, "EXIT STATUS");
    manual_list(out);
    for (size_t i = 0; i < STATUSES; i++) {
        char number[8];
        snprintf(number, sizeof number, "%zu", i);
        manual_item(out, "Li", number, statuses[i]);
    }
    manual_list_end(out);
}

void manual_page(struct sink *out)
{
    manual_begin(out, "hubctl", 8, "ask and order a running hub or spoke");
    manual_section(out, "SYNOPSIS");
    sink_text(out, ".Nm\n.Op Ar option ...\n.Op Ar command ...\n");
    manual_section(out, "DESCRIPTION");
    manual_paragraph(out,
                     "One command is taken from the arguments, or from a prompt when there is\n"
                     "none and standard input is a terminal.\n"
                     "Commands and answers have the words and columns of IOS.\n"
                     "The options are:");
    add_options(out);
    add_commands(out);
    add_filters(out);
    manual_section(out, "FILES");
    manual_list(out);
    manual_item(out, "Pa", "/run/hubward/control.sock",
                "Where the hub listens; root and the group hubward may speak there.");
    manual_item(out, "Pa", "docs/json.md", "The JSON documents and their schemas.");
    manual_list_end(out);
    add_statuses(out);
    manual_section(out, "EXAMPLES");
    manual_example(out,
                   "hubctl show crypto session '|' section alice\n"
                   "hubctl show crypto session --json | jq '.sessions[].user'\n"
                   "hubctl clear crypto session peer 203.0.113.9\n"
                   "hubctl explain peer alice\n"
                   "hubctl --config hub.conf what-if from 203.0.113.9 offer aes-256-sha256-14");
    manual_section(out, "SEE ALSO");
    sink_text(out, ".Xr hub.conf 5 ,\n.Xr hubd 8 ,\n.Xr spoked 8\n");
}
