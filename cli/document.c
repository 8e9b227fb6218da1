/* The end of every `show`. */
#include "cli/document.h"

enum { INDENT = 2 };

enum exit_code document_finish(struct shell *shell, enum exit_code code, struct sink *text,
                               struct rows *rows)
{
    if (code == EXIT_OK && text->bad)
        code = shell_fail(shell, EXIT_FAILED, "out of memory");
    if (code == EXIT_OK)
        shell_print(shell, sink_string(text));
    sink_free(text);
    rows_free(rows);
    return code;
}

json_t *document_with(json_t *take_document, const char *key, json_t *take_value)
{
    if (json_object_set_new(take_document, key, take_value) == 0)
        return take_document;
    json_decref(take_document);
    return NULL;
}

json_t *document_add(json_t *take_array, json_t *take_element)
{
    if (json_array_append_new(take_array, take_element) == 0)
        return take_array;
    json_decref(take_array);
    return NULL;
}

json_t *document_text(const char *text)
{
    struct sink safe = {0};
    if (!text)
        return NULL;
    sink_safe(&safe, text);
    json_t *value = safe.bad ? NULL : json_string(sink_string(&safe));
    sink_free(&safe);
    return value;
}

void document_write(struct sink *text, json_t *take_document)
{
    status_json_write(text, take_document, INDENT);
    sink_char(text, '\n');
}
