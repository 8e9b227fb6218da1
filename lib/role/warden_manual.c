/* hubd(8) and spoked(8): what the two programs' tables say, and what both have in common. */
#include "host/manual.h"
#include "role/warden_state.h"

static const struct manual_row signals[] = {
    {"SIGTERM", "Stop: peers are told, tunnels are deleted, routes and rules are removed.\n"
                "A second one stops at once."},
    {"SIGINT", "The same."},
    {"SIGHUP", "Read the configuration and the users file again and go by them; a bad one\n"
               "changes nothing.\n"
               "The log says which peers are not kept, and by which line, as \"hubctl reload\"\n"
               "does."},
};

static const struct manual_row statuses[] = {
    {"0", "Stopped as asked; with --check: the configuration can be run."},
    {"1", "A part could not be started, or failed for good; the log says which."},
    {"64", "The command line is wrong."},
    {"77", "Not started as root."},
    {"78", "The configuration has an error; nothing was started or changed."},
};
_Static_assert(WARDEN_USAGE == 64 && WARDEN_NOT_ROOT == 77 && WARDEN_BAD_CONFIG == 78,
               "the page names them");

static const struct manual_row environment[] = {
    {"JOURNAL_STREAM", "Set by the service manager: which stream leads to its journal.\n"
                       "Where standard error is that one, records go there in fields."},
    {"NOTIFY_SOCKET", "Set by the service manager: it is told when all processes are ready,\n"
                      "and when they are stopped."},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void add_processes(struct sink *out, const struct warden_program *program)
{
    manual_section(out, "PROCESSES");
    manual_paragraph(out, "Only this program is root, and it reads no octet of the network.\n"
                          "It starts these, each as a user of its own without any privilege\n"
                          "(a number from 64600 on where the system has no such user), locks them\n"
                          "in, and starts again what dies:");
    manual_list(out);
    for (size_t i = 0; i < program->role_count; i++) {
        struct sink text = {0};
        sink_format(&text, "The role %s, user %s.", role_name(program->roles[i].role),
                    program->roles[i].user);
        manual_item(out, "Nm", program->roles[i].program, sink_string(&text));
        out->bad = out->bad || text.bad;
        sink_free(&text);
    }
    manual_list_end(out);
}

static void add_file(struct sink *out, const char *directory, const char *name, const char *text)
{
    char path[2 * OPTIONS_PATH];
    snprintf(path, sizeof path, "%s%s", directory, name);
    manual_item(out, "Pa", path, text);
}

static void add_files(struct sink *out, const struct warden_program *program)
{
    manual_section(out, "FILES");
    manual_list(out);
    add_file(out, program->config, "", "The configuration, in the crypto dialect of IOS.");
    add_file(out, program->run_dir, "/control.sock",
             "Where hubctl asks and orders; of root and the group hubward.");
    add_file(out, program->run_dir, "/status.sock",
             "Questions about what is connected, no orders.");
    if (warden_role_of(program, ROLE_STORE))
        add_file(out, program->state_dir, "", "The database: leases, peers, decisions.");
    if (warden_role_of(program, ROLE_XAUTH))
        add_file(out, "/etc/pam.d/hubward", "", "The PAM service of logins that PAM checks.");
    manual_list_end(out);
}

void warden_manual(struct sink *out, const struct warden_program *program,
                   const struct options_defaults *defaults)
{
    manual_begin(out, program->name, 8, program->brief);
    manual_section(out, "SYNOPSIS");
    sink_text(out, ".Nm\n.Op Ar option ...\n");
    manual_section(out, "DESCRIPTION");
    manual_paragraph(out, program->about);
    manual_paragraph(out, "It stays in the foreground and writes its log to standard error.\n"
                          "The options are:");
    options_manual(defaults, out);
    add_processes(out, program);
    manual_section(out, "SIGNALS");
    manual_rows(out, "Dv", signals, COUNT(signals));
    manual_section(out, "ENVIRONMENT");
    manual_rows(out, "Ev", environment, COUNT(environment));
    add_files(out, program);
    manual_section(out, "EXIT STATUS");
    manual_rows(out, "Li", statuses, COUNT(statuses));
    manual_section(out, "EXAMPLES");
    manual_paragraph(out, "What would be read from a configuration, and what is weak in it:");
    sink_format(out, ".Dl # %s -c new.conf --check\n", program->name);
    manual_section(out, "SEE ALSO");
    sink_format(out, ".Xr hub.conf 5 ,\n.Xr hubctl 8 ,\n.Xr %s 8\n", program->other);
}
