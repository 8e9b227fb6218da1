/* The stages of reading a configuration, and what happens to memory at each end. */
#include "config/load.h"

#include "config/check.h"
#include "config/lint.h"
#include "config/parse.h"

#include <stdlib.h>
#include <string.h>

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

/* What comes with a text. */
struct given {
    const struct config_mapping *mappings;
    size_t mapping_count;
    bool printed;
};

static enum rc read_lines(struct arena *scratch, const struct given *given, struct config *config,
                          struct reporter *reporter)
{
    struct draft draft;
    enum rc rc = draft_init(&draft, config, scratch);
    draft.printed = given->printed;
    if (rc == RC_OK)
        rc = parse_text(reporter->text, &draft, reporter);
    /* Names are looked up only in a text whose lines were all read: what a bad line was to define
     * would be reported a second time as missing. */
    if (rc == RC_OK && reporter->report->errors == 0)
        rc = check_draft(&draft, given->mappings, given->mapping_count, reporter);
    if (rc == RC_OK && reporter->report->errors == 0)
        lint_draft(&draft, reporter);
    if (rc == RC_OK && reporter->no_memory)
        rc = RC_NO_MEMORY;
    return rc == RC_OK && reporter->report->errors ? RC_MALFORMED : rc;
}

/* A users file holds users and nothing else: what else it said would take effect at one start and
 * not at the next reading. */
static void refuse_others(struct reporter *reporter)
{
    for (size_t i = 0; i < reporter->text->count; i++) {
        const struct text_line *line = &reporter->text->lines[i];
        if (line->word_count && line->words[0].text[0] != '!' &&
            strcmp(line->words[0].text, "username") != 0)
            report_add_secret_after(reporter, place_of(&line->words[0]),
                                    "a users file has \"username\" lines and comments only");
    }
}

/* A user has one line: which of two would count, nobody should have to know. */
static void refuse_doubles(const struct config *users, const struct config *beside,
                           struct reporter *reporter)
{
    const struct text *text = reporter->text;
    for (size_t i = 0; i < text->count; i++) {
        const struct text_line *line = &text->lines[i];
        if (line->word_count < 2 || line->words[0].text[0] == '!')
            continue;
        const struct word *name = &line->words[1];
        const struct config_user *own = config_user(users, name->text);
        const struct config_user *other = beside ? config_user(beside, name->text) : NULL;
        if (own && own->line != line->number)
            report_add(reporter, CONFIG_ERROR, place_of(name), "",
                       "user \"%.100s\" stands in line %u, too", name->text, own->line);
        if (other)
            report_add(reporter, CONFIG_ERROR, place_of(name), "",
                       "user \"%.100s\" stands in line %u of the configuration, too", name->text,
                       other->line);
    }
}

enum rc config_load_users(struct span text, const char *file, const struct config *beside,
                          struct config **out, struct config_report *report)
{
    struct arena scratch = {.blocks = NULL};
    struct text lines = {.lines = NULL};
    struct reporter reporter = {.report = report, .text = &lines};
    struct draft draft;
    *report = (struct config_report){.file = file};
    struct config *config = calloc(1, sizeof *config);
    if (!config)
        return RC_NO_MEMORY;
    enum rc rc = split(text, &scratch, &lines, &reporter);
    if (rc == RC_OK)
        rc = draft_init(&draft, config, &scratch);
    if (rc == RC_OK)
        refuse_others(&reporter);
    if (rc == RC_OK && report->errors == 0)
        rc = parse_text(&lines, &draft, &reporter);
    if (rc == RC_OK && report->errors == 0)
        rc = check_draft(&draft, NULL, 0, &reporter);
    if (rc == RC_OK && report->errors == 0)
        refuse_doubles(config, beside, &reporter);
    if (rc == RC_OK)
        rc = reporter.no_memory ? RC_NO_MEMORY : report->errors ? RC_MALFORMED : RC_OK;
    report_sort(report);
    arena_wipe(&scratch);
    if (rc == RC_OK)
        *out = config;
    else
        config_free(config);
    return rc;
}

static enum rc load(struct span text, const char *file, const struct given *given,
                    struct config **out, struct config_report *report)
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
        rc = read_lines(&scratch, given, config, &reporter);
    report_sort(report);
    arena_wipe(&scratch); /* it held every word, secrets too */
    if (rc == RC_OK)
        *out = config;
    else
        config_free(config);
    return rc;
}

enum rc config_load(struct span text, const char *file, const struct config_mapping *mappings,
                    size_t mapping_count, struct config **out, struct config_report *report)
{
    const struct given given = {.mappings = mappings, .mapping_count = mapping_count};
    return load(text, file, &given, out, report);
}

enum rc config_load_printed(struct span text, const char *file, struct config **out,
                            struct config_report *report)
{
    const struct given given = {.printed = true};
    return load(text, file, &given, out, report);
}
