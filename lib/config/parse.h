/* Text to draft: line by line, submode by submode. */
#ifndef HUBWARD_CONFIG_PARSE_H
#define HUBWARD_CONFIG_PARSE_H

#include "config/draft.h"
#include "config/report.h"

/* Reads the whole text; errors go to the report and reading goes on. RC_NO_MEMORY. */
MUST_USE enum rc parse_text(const struct text *text, struct draft *draft,
                            struct reporter *reporter);

#endif
