/* hub.conf(5): every command of the table (config/command.h), mode by mode, and every rule of
 * --check. */
#include "config/command.h"
#include "config/lint.h"
#include "host/manual.h"
#include "role/warden_state.h"

#include <string.h>

static const char about[] =
    "The configuration of\n.Xr hubd 8\nand\n.Xr spoked 8\nis the text of a Cisco IOS router:\n"
    "the crypto dialect, and whatever else stands in it, which is listed as ignored.\n";

static const char reading[] =
    "Words may be cut while they stay clear, no in front of a command takes it back,\n"
    "an exclamation mark begins a comment, and what follows end is not read.\n"
    "A command that opens a mode is followed by the commands of that mode.\n"
    "A word in capitals stands for a value, what stands in brackets may be left out.\n"
    "A crypto command that is not supported is an error; one error, and nothing is started.";

static const char secrets[] =
    "Keys and passwords of type 0 stand as they are, those of type 7 are decoded;\n"
    "users may have hashes of the types 5, 8 and 9.\n"
    "They are never printed: show running-config has <hidden> in their place,\n"
    "and a configuration that holds <hidden> is refused by name.";

static void add_command(struct sink *out, const struct config_command *command)
{
    struct sink text = {0};
    sink_text(&text, command->help);
    sink_text(&text, ".");
    if (command->standard[0])
        sink_format(&text, "\nThe default: %s.", command->standard);
    if (command->refused[0])
        sink_format(&text, "\nAn error: %s.", command->refused);
    if (command->ignored)
        sink_text(&text, "\nRead, and listed as ignored.");
    manual_item(out, "Ic", command->syntax, sink_string(&text));
    out->bad = out->bad || text.bad;
    sink_free(&text);
}

static void add_mode(struct sink *out, const char *mode)
{
    struct config_command command;
    manual_list(out);
    for (size_t i = 0; config_command(i, &command); i++)
        if (strcmp(command.mode, mode) == 0)
            add_command(out, &command);
    manual_list_end(out);
}

static bool first_of_mode(size_t index, const struct config_command *command)
{
    struct config_command before;
    for (size_t i = 0; i < index && config_command(i, &before); i++)
        if (strcmp(before.mode, command->mode) == 0)
            return false;
    return true;
}

static void add_commands(struct sink *out)
{
    struct config_command command;
    manual_section(out, "COMMANDS");
    add_mode(out, "");
    for (size_t i = 0; config_command(i, &command); i++) {
        if (!command.mode[0] || !first_of_mode(i, &command))
            continue;
        manual_subsection(out, command.mode);
        add_mode(out, command.mode);
    }
}

static void add_rules(struct sink *out)
{
    static const char *const severities[] = {[CONFIG_IGNORED] = "ignored",
                                             [CONFIG_NOTE] = "A note",
                                             [CONFIG_WARNING] = "A warning",
                                             [CONFIG_ERROR] = "An error"};
    const struct lint_rule *rule;
    manual_section(out, "CHECKS");
    manual_paragraph(
        out, "Found by hubd --check, and at each start; by name, with what happens on the wire:");
    manual_list(out);
    for (size_t i = 0; (rule = lint_rule_at(i)); i++) {
        struct sink text = {0};
        sink_format(&text, "%s: %s.", severities[rule->severity], rule->wire);
        manual_item(out, "Sy", rule->id, sink_string(&text));
        out->bad = out->bad || text.bad;
        sink_free(&text);
    }
    manual_list_end(out);
}

void warden_manual_config(struct sink *out)
{
    manual_begin(out, "hub.conf", 5, "configuration of hubd and spoked");
    manual_section(out, "DESCRIPTION");
    sink_text(out, about);
    manual_paragraph(out, reading);
    manual_paragraph(out, secrets);
    add_commands(out);
    add_rules(out);
    manual_section(out, "FILES");
    manual_list(out);
    manual_item(out, "Pa", "/etc/hubward/hub.conf", "Read by hubd.");
    manual_item(out, "Pa", "/etc/hubward/spoke.conf", "Read by spoked.");
    manual_list_end(out);
    manual_section(out, "SEE ALSO");
    sink_text(out, ".Xr hubctl 8 ,\n.Xr hubd 8 ,\n.Xr spoked 8\n");
}
