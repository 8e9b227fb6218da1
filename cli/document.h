/* What a command prints: rows rendered into one text, or one JSON document. */
#ifndef HUBWARD_CLI_DOCUMENT_H
#define HUBWARD_CLI_DOCUMENT_H

#include "cli/rows.h"
#include "host/status_json.h"

/* Print what was rendered when code is EXIT_OK, and release both; code is passed on, or
 * EXIT_FAILED when memory was out. */
enum exit_code document_finish(struct shell *shell, enum exit_code code, struct sink *text,
                               struct rows *rows);

/* Add one member; the document (NULL allowed) is lost, and NULL, when that fails. Takes over both
 * references. */
json_t *document_with(json_t *take_document, const char *key, json_t *take_value);

/* Add one element; the array (NULL allowed) is lost, and NULL, when that fails. Takes over both. */
json_t *document_add(json_t *take_array, json_t *take_element);

/* Text of whatever origin as a JSON string, by the rules of sink_safe; NULL (text, or out of
 * memory) is NULL. */
json_t *document_text(const char *text);

/* Several lines and a line break. Takes over the reference. */
void document_write(struct sink *text, json_t *take_document);

#endif
