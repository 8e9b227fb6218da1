/* The report of --check --json: every finding as an object, in one document. */
#ifndef HUBWARD_ROLE_WARDEN_CHECK_H
#define HUBWARD_ROLE_WARDEN_CHECK_H

#include "base/event.h"
#include "config/load.h"

#include <jansson.h>

/* A document begun, or NULL: out of memory. file: the configuration. */
json_t *check_document(const char *file);
/* Findings about the text. */
void check_add_report(json_t *document, const struct config_report *report);
/* One about the system that it would run on: one line or more. */
void check_add_system(json_t *document, enum event_level level, const char *lines);
/* Count, print on standard output, and free. good: it can be run. */
void check_print(json_t *document, bool good);

#endif
