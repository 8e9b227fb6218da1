/* The stages of reading a configuration, and what happens to memory at each end. */
#include "config/load.h"

#include "config/check.h"
#include "config/lint.h"
#include "config/parse.h"

#include <stdlib.h>

enum { TEXT_MAX = 8 * 1024 * 1024 };

static enum rc split(struct span source, struct arena *scratch, struct text *out,
                     struct reporter *reporter)
{
    if (source.len <= TEXT_MAX)
        return text_split(scratch, source, out);
    report_add(reporter, CONFIG_ERROR, place_of_line(0), "",
               "the configuration is larger than %d octets", TEXT_MAX);
    return RC_MALFORMED;
}

static enum rc read_lines(struct arena *scratch, const struct config_mapping *mappings,
                          size_t mapping_count, struct config *config, struct reporter *reporter)
{
    struct draft draft;
    enum rc rc = draft_init(&draft, config, scratch);
    if (rc == RC_OK)
        rc = parse_text(reporter->text, &draft, reporter);
    /* Names are looked up only in a text whose lines were all read: what a bad line was to define
     * would be reported a second time as missing. */
    if (rc == RC_OK && reporter->report->errors == 0)
        rc = check_draft(&draft, mappings, mapping_count, reporter);
    if (rc == RC_OK && reporter->report->errors == 0)
        lint_draft(&draft, reporter);
    if (rc == RC_OK && reporter->no_memory)
        rc = RC_NO_MEMORY;
    return rc == RC_OK && reporter->report->errors ? RC_MALFORMED : rc;
}

enum rc config_load(struct span text, const char *file, const struct config_mapping *mappings,
                    size_t mapping_count, struct config **out, struct config_report *report)
{
    struct arena scratch = {.blocks = NULL};
    struct text lines = {.lines = NULL};
    struct reporter reporter = {.report = report, .text = &lines};
    *report = (struct config_report){.file = file};
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return RC_NO_MEMORY;
    enum rc rc = split(text, &scratch, &lines, &reporter);
    if (rc == RC_OK)
        rc = read_lines(&scratch, mappings, mapping_count, config, &reporter);
    report_sort(report);
    arena_wipe(&scratch); /* it held every word, secrets too */
    if (rc == RC_OK)
        *out = config;
    else
        config_free(config);
    return rc;
}
