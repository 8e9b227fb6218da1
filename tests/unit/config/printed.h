/* A configuration printed, and read again with secrets in place of what was hidden. */
#ifndef TESTS_CONFIG_PRINTED_H
#define TESTS_CONFIG_PRINTED_H

#include "unit/config/dump.h"

/* The printed text with a secret of the right form in place of each hidden one. */
static inline char *reveal(const char *printed)
{
    struct buffer out = {.text = NULL};
    buffer_add(&out, "");
    while (*printed) {
        size_t n = strcspn(printed, "\n") + 1;
        char line[8192];
        snprintf(line, sizeof line, "%.*s", (int)n, printed);
        char *hidden = strstr(line, "<hidden>");
        if (hidden) {
            const char *with = "sesame", *behind = hidden + 8;
            if (strncmp(hidden - 2, "9 ", 2) == 0)
                with = "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto";
            if (strncmp(hidden - 2, "5 ", 2) == 0)
                with = "$1$abcdefgh$0123456789abcdefghijk.";
            *hidden = '\0';
            buffer_add(&out, line);
            buffer_add(&out, with);
            buffer_add(&out, behind);
        } else {
            buffer_add(&out, line);
        }
        printed += n;
    }
    return out.text;
}

static inline char *print_text(const struct config *config)
{
    struct buffer buffer = {.text = NULL};
    config_print(config, buffer_add, &buffer);
    return buffer.text;
}

static inline void assert_prints_back(const struct config *config)
{
    char *printed = print_text(config);
    char *text = reveal(printed);
    struct loaded again = load_text(text);
    if (again.rc != RC_OK) {
        print_errors(&again);
        print_message("%s", printed);
    }
    assert_int_equal(again.rc, RC_OK);
    char *before = dump_config(config, false, false);
    char *after = dump_config(again.config, false, false);
    assert_string_equal(after, before);
    char *twice = print_text(again.config);
    assert_string_equal(twice, printed);
    free(twice);
    free(before);
    free(after);
    free(text);
    free(printed);
    unload(&again);
}

#endif
