/* Any octets as a configuration: no crash, no leak, findings that can be formatted, and whatever
 * loads prints as a text that loads and prints the same. Input is bounded, and so is the memory
 * that one text may take (run with -rss_limit_mb and -malloc_limit_mb). */
#include "config/load.h"
#include "config/print.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 16384, HIDDEN = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    char *at;
    size_t len;
};

static void add(void *context, const char *line)
{
    struct text *text = context;
    size_t n = strlen(line);
    char *grown = realloc(text->at, text->len + n + 1);
    if (!grown)
        abort();
    memcpy(grown + text->len, line, n + 1);
    text->at = grown;
    text->len += n;
}

/* A secret of the form that the number in front of it asks for. */
static const char *secret_for(const char *line, const char *hidden)
{
    char type = hidden - line > 2 && strncmp(line, "username", 8) == 0 ? hidden[-2] : '0';
    if (type == '5')
        return "$1$abcdefgh$0123456789abcdefghijk.";
    if (type == '8')
        return "$8$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto";
    if (type == '9')
        return "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto";
    return "sesame";
}

static void add_revealed(void *context, const char *line)
{
    const char *hidden = strstr(line, "<hidden>");
    if (!hidden) {
        add(context, line);
        return;
    }
    char *front = strndup(line, (size_t)(hidden - line));
    if (!front)
        abort();
    add(context, front);
    free(front);
    add(context, secret_for(line, hidden));
    add(context, hidden + HIDDEN);
}

static void check_prints_back(const struct config *config)
{
    struct text printed = {NULL, 0}, revealed = {NULL, 0}, again = {NULL, 0};
    struct config *copy = NULL;
    struct config_report report;
    config_print(config, add, &printed);
    config_print(config, add_revealed, &revealed);
    if (config_load((struct span){(const uint8_t *)revealed.at, revealed.len}, "printed", NULL, 0,
                    &copy, &report) != RC_OK)
        abort();
    config_print(copy, add, &again);
    if (strcmp(printed.at, again.at) != 0)
        abort();
    config_report_wipe(&report);
    config_free(copy);
    free(printed.at);
    free(revealed.at);
    free(again.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *config = NULL;
    struct config_report report;
    char message[512];
    if (size > INPUT_MAX)
        return 0;
    enum rc rc = config_load((struct span){data, size}, "fuzz", NULL, 0, &config, &report);
    for (size_t i = 0; i < report.count; i++)
        config_finding_format(&report, &report.findings[i], message, sizeof message);
    if ((rc == RC_OK) != (report.errors == 0) || (rc == RC_OK) != (config != NULL))
        abort();
    if (config)
        check_prints_back(config);
    config_report_wipe(&report);
    config_free(config);
    return 0;
}
