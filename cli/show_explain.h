/* Refusals as `explain` shows them: those of one peer for one reason are told once. */
#ifndef HUBWARD_CLI_SHOW_EXPLAIN_H
#define HUBWARD_CLI_SHOW_EXPLAIN_H

#include "base/sink.h"
#include "host/status_rows.h"

enum { EXPLAIN_REASONS = 16 };

/* Refusals of one address and identity at one stage for one reason. */
struct explain_reason {
    struct status_decision latest;
    uint32_t count;
    uint64_t first_s;
};

/* All zero is empty. */
struct explain_reasons {
    struct explain_reason items[EXPLAIN_REASONS]; /* the one with the latest refusal first */
    size_t count;
    bool cut; /* older ones were left out */
};

/* Add a refusal; they come the newest first. False: a reason more than there is room for. */
bool explain_add(struct explain_reasons *reasons, const struct status_decision *row);

void show_explain(struct sink *out, const struct explain_reasons *reasons);

#endif
