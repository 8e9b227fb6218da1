/* Text from a file or from the hub, read by the parser that the hub reads it with. */
#include "cli/configuration.h"

#include "base/wipe.h"
#include "cli/running.h"
#include "config/load.h"

#include <errno.h>
#include <string.h>

enum { FILE_PIECE = 4096, FINDING_TEXT = 4096 };

static const char running[] = "show running-config";

static enum exit_code read_file(struct shell *shell, struct sink *text)
{
    char piece[FILE_PIECE];
    size_t n;
    FILE *file = fopen(shell->config_file, "re");
    if (!file)
        return shell_fail(shell, EXIT_FAILED, "%s cannot be read: %s", shell->config_file,
                          strerror(errno));
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        sink_octets(text, piece, n);
    const bool broken = ferror(file) != 0;
    fclose(file);
    if (broken || text->bad)
        return shell_fail(shell, EXIT_FAILED, "%s cannot be read", shell->config_file);
    return EXIT_OK;
}

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
    if (rc == RC_OK)
        return EXIT_OK;
    return shell_fail(shell, EXIT_FAILED, "%s cannot be used: %s", lines, rc_text(rc));
}

enum exit_code configuration_get(struct shell *shell, struct config **out, const char **lines)
{
    struct sink text = {0};
    const char *name = shell->config_file ? shell->config_file : running;
    enum exit_code code =
        shell->config_file ? read_file(shell, &text) : running_fetch(shell, &text);
    if (code == EXIT_OK)
        code = load(shell, &text, name, out);
    if (code == EXIT_OK)
        *lines = name;
    if (text.at)
        wipe(text.at, text.len);
    sink_free(&text);
    return code;
}
