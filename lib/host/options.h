/* The command line of hubd and spoked: parsed into plain values, defaults filled in, nothing
 * opened. Every path of a running instance derives from two directories, so several run side by
 * side. */
#ifndef HUBWARD_HOST_OPTIONS_H
#define HUBWARD_HOST_OPTIONS_H

#include "config/load.h"
#include "host/log.h"

enum { OPTIONS_MAPPINGS = 64, OPTIONS_PATH = 256, OPTIONS_NAME = 64 };

enum options_action {
    OPTIONS_RUN,
    OPTIONS_CHECK,      /* --check: report and exit */
    OPTIONS_DOWN,       /* --down: remove what a dead instance left */
    OPTIONS_HELP,       /* --help */
    OPTIONS_MAN,        /* --man */
    OPTIONS_MAN_CONFIG, /* --man-config */
    OPTIONS_VERSION     /* --version */
};

struct options {
    enum options_action action;
    char config[OPTIONS_PATH];
    char run_dir[OPTIONS_PATH];
    char state_dir[OPTIONS_PATH];
    char libexec[OPTIONS_PATH];                       /* "": beside the program, ../libexec */
    char tun_prefix[12];                              /* device names are this and a number */
    struct config_mapping mappings[OPTIONS_MAPPINGS]; /* point into names */
    size_t mapping_count;
    enum log_form log;
    bool json; /* --json: how --check reports */
    char names[OPTIONS_MAPPINGS][2][OPTIONS_NAME];
};

/* What a program fills in before parsing. */
struct options_defaults {
    const char *program; /* "hubd" */
    const char *config;
    const char *run_dir;
    const char *state_dir;
};

/* RC_MALFORMED: complaint holds one sentence (size octets, terminated). *out is set up in place,
 * because mappings point into it: do not copy it. */
MUST_USE enum rc options_parse(int argc, char *const *argv, const struct options_defaults *defaults,
                               struct options *out, char *complaint, size_t size);

/* "FastEthernet0/0=eth0" into two names. RC_MALFORMED: no "=", an empty or too long name, or a
 * Linux name that no interface can have. */
MUST_USE enum rc options_mapping(const char *text, char ios[OPTIONS_NAME],
                                 char linux_name[OPTIONS_NAME]);

/* The text of --help into out. */
const char *options_help(const struct options_defaults *defaults, char *out, size_t size);
/* The options as a list of a manual page. */
void options_manual(const struct options_defaults *defaults, struct sink *out);

#endif
