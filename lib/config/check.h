/* Draft to configuration: names become pointers, lists become arrays. */
#ifndef HUBWARD_CONFIG_CHECK_H
#define HUBWARD_CONFIG_CHECK_H

#include "config/draft.h"
#include "config/report.h"

/* Fills draft->config. A name that no line defines is an error at the line that refers to it; the
 * configuration must not be used then. RC_NO_MEMORY. */
MUST_USE enum rc check_draft(struct draft *draft, const struct config_mapping *mappings,
                             size_t mapping_count, struct reporter *reporter);

#endif
