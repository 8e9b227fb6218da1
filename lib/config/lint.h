/* Rules about configurations that are correct and still not what anyone wants. */
#ifndef HUBWARD_CONFIG_LINT_H
#define HUBWARD_CONFIG_LINT_H

#include "config/draft.h"
#include "config/report.h"

/* draft->config is complete; the draft still knows what was written and what inherited. */
void lint_draft(const struct draft *draft, struct reporter *reporter);

#endif
