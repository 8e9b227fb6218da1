/* Rules, one function each. */
#include "config/lint.h"

void lint_draft(const struct draft *draft, struct reporter *reporter)
{
    (void)draft;
    (void)reporter;
}
