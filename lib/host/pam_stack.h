/* The service files of PAM, read as PAM reads them: which modules a login by a service would run,
 * in which files they stand, and what they need that Hubward's workers do not have. For warnings,
 * and for the places that workers as root may write to. */
#ifndef HUBWARD_HOST_PAM_STACK_H
#define HUBWARD_HOST_PAM_STACK_H

#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>

enum { PAM_STACK_PATH = 256, PAM_STACK_TEXT = 512 };

/* Directories that PAM looks for service files in, in order, NULL at the end. */
extern const char *const pam_stack_places[];

/* One line for a module. */
struct pam_stack_line {
    const char *file;
    unsigned line;
    const char *module;    /* without directory and ".so" */
    const char *arguments; /* as written; "" when there are none */
};
typedef void pam_stack_seen(void *context, const struct pam_stack_line *line);

/* Tell every module that a login runs (types auth and account), with include, substack and @include
 * followed. RC_NOT_FOUND: the service has no file. RC_FULL: includes without end; what was seen
 * before has been told. */
MUST_USE enum rc pam_stack_walk(const char *const *places, const char *service,
                                pam_stack_seen *seen, void *context);

/* What an operator should know about a service whose workers run as root, or do not: one sentence a
 * call. shadow: the system has a group of that name, which workers are in. */
typedef void pam_stack_advice(void *context, const char *sentence);
void pam_stack_advise(const char *const *places, const char *service, bool root, bool shadow,
                      pam_stack_advice *advice, void *context);

/* Where this module keeps state that only root may write: a directory, or a file. RC_NOT_FOUND: it
 * keeps none, or in a place that is not its own alone. */
struct pam_stack_state {
    char path[PAM_STACK_PATH];
    bool directory;
};
MUST_USE enum rc pam_stack_state_of(const struct pam_stack_line *line, struct pam_stack_state *out);

#endif
