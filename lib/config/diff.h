/* What differs between two configurations, as lines of `show running-config`, and secrets, which
 * that text does not show. The order of lines is the table's, so moving a block in a file is no
 * difference. */
#ifndef HUBWARD_CONFIG_DIFF_H
#define HUBWARD_CONFIG_DIFF_H

#include "config/config.h"

enum config_change_kind {
    CONFIG_REMOVED,
    CONFIG_ADDED,
    CONFIG_SECRET /* the line is in both, and what it hides is another */
};
struct config_change {
    enum config_change_kind kind;
    const char *section; /* the line that it stands under; "": none */
    const char *text;    /* without the blanks before it; secrets as <hidden> */
};
struct config_diff {
    struct arena arena; /* owns the texts */
    const struct config_change *changes;
    size_t count;
};

/* In the order of the text; of one place the removed lines first. *out is set on RC_OK only, and
 * wiped by the caller. RC_NO_MEMORY. */
MUST_USE enum rc config_diff(const struct config *before, const struct config *after,
                             struct config_diff *out);
void config_diff_wipe(struct config_diff *diff);

#endif
