/* Text from a file or from the hub, read by the parser that the hub reads it with. */
#include "cli/configuration.h"

#include "base/wipe.h"
#include "cli/file.h"
#include "cli/running.h"
#include "config/load.h"
#include "config/weak.h"
#include "host/clock.h"

enum { FINDING_TEXT = 4096 };

static const char running[] = "show running-config";

/* As `hubd --check` says them. */
static void print_errors(struct shell *shell, const struct config_report *report)
{
    char text[FINDING_TEXT];
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].severity == CONFIG_ERROR)
            fputs(config_finding_format(report, &report->findings[i], text, sizeof text),
                  shell->err);
}

static enum exit_code load(struct shell *shell, const struct sink *text, const char *lines,
                           struct config **out)
{
    struct config_report report;
    const struct span octets = {(const uint8_t *)sink_string(text), text->len};
    const enum rc rc = shell->config_file
                           ? config_load(octets, shell->config_file, NULL, 0, out, &report)
                           : config_load_printed(octets, running, out, &report);
    print_errors(shell, &report);
    config_report_wipe(&report);
    if (rc == RC_OK) {
        config_set_day(*out, clock_day());
        return EXIT_OK;
    }
    return shell_fail(shell, EXIT_FAILED, "%s cannot be used: %s", lines, rc_text(rc));
}

enum exit_code configuration_get(struct shell *shell, struct config **out, const char **lines)
{
    struct sink text = {0};
    const char *name = shell->config_file ? shell->config_file : running;
    enum exit_code code = shell->config_file ? file_read(shell, shell->config_file, &text)
                                             : running_fetch(shell, &text);
    if (code == EXIT_OK)
        code = load(shell, &text, name, out);
    if (code == EXIT_OK)
        *lines = name;
    if (text.at)
        wipe(text.at, text.len);
    sink_free(&text);
    return code;
}
