/* libedit around shell_run. TAB completes the word, `?` shows what may come and leaves the line. */
#include "cli/prompt.h"

#include "cli/command.h"
#include "cli/rows.h"

#include <histedit.h>
#include <signal.h>
#include <string.h>

enum { HISTORY_LINES = 500 };

/* What libedit hands back to the callbacks. */
struct prompt {
    struct shell *shell;
    struct sink text; /* "Hub# " */
};

static struct prompt *prompt_of(EditLine *edit)
{
    void *data = NULL;
    el_get(edit, EL_CLIENTDATA, &data);
    return data;
}

static char *prompt_text(EditLine *edit)
{
    return prompt_of(edit)->text.at;
}

/* What stands before the cursor, into out. */
static void line_so_far(EditLine *edit, struct sink *out)
{
    const LineInfo *line = el_line(edit);
    sink_octets(out, line->buffer, (size_t)(line->cursor - line->buffer));
}

static void filter_help(struct sink *out)
{
    const char *help;
    for (size_t i = 0; filter_word(i, &help); i++)
        sink_format(out, "  %-10s  %s\n", filter_word(i, &help), help);
}

static unsigned char on_question(EditLine *edit, int c)
{
    struct sink line = {0}, help = {0};
    unsigned char result = CC_REDISPLAY;
    line_so_far(edit, &line);
    const char *bar = strchr(sink_string(&line), '|');
    if (bar && strchr(bar + 1 + strspn(bar + 1, " "), ' ')) {
        /* inside a regular expression it is an ordinary character */
        const char text[] = {(char)c, '\0'};
        result = el_insertstr(edit, text) == 0 ? CC_REFRESH : CC_ERROR;
    } else {
        if (bar)
            filter_help(&help);
        else
            command_help(sink_string(&line), &help);
        fprintf(prompt_of(edit)->shell->out, "?\n%s", sink_string(&help));
        fflush(prompt_of(edit)->shell->out);
    }
    sink_free(&line);
    sink_free(&help);
    return result;
}

static unsigned char on_tab(EditLine *edit, int c)
{
    struct sink line = {0}, rest = {0};
    unsigned char result = CC_REFRESH_BEEP;
    (void)c;
    line_so_far(edit, &line);
    if (!strchr(sink_string(&line), '|'))
        command_complete(sink_string(&line), &rest);
    if (rest.len && el_insertstr(edit, sink_string(&rest)) == 0)
        result = CC_REFRESH;
    sink_free(&line);
    sink_free(&rest);
    return result;
}

/* The hub's name, when it answers. */
static void make_text(struct prompt *prompt)
{
    struct rows rows = {0};
    struct sink name = {0};
    if (rows_fetch(prompt->shell, STATUS_SUMMARY, &rows) == EXIT_OK)
        sink_safe(&name, rows.header.hostname);
    sink_format(&prompt->text, "%s# ", name.len ? sink_string(&name) : "hubctl");
    sink_free(&name);
    rows_free(&rows);
}

static enum exit_code read_lines(EditLine *edit, History *past, struct shell *shell, bool json)
{
    enum exit_code code = EXIT_OK;
    HistEvent event;
    const char *line;
    int n;
    while (!shell->quit && (line = el_gets(edit, &n)) && n > 0) {
        struct sink words = {0};
        sink_octets(&words, line, strcspn(line, "\r\n"));
        if (words.len)
            history(past, &event, H_ENTER, sink_string(&words));
        code = shell_run(shell, sink_string(&words), json);
        sink_free(&words);
    }
    return code;
}

static void set_up(EditLine *edit, History *past, struct prompt *prompt)
{
    HistEvent event;
    history(past, &event, H_SETSIZE, HISTORY_LINES);
    history(past, &event, H_SETUNIQUE, 1);
    el_set(edit, EL_CLIENTDATA, prompt);
    el_set(edit, EL_PROMPT, prompt_text);
    el_set(edit, EL_EDITOR, "emacs");
    el_set(edit, EL_SIGNAL, 0);
    el_set(edit, EL_HIST, history, past);
    el_set(edit, EL_ADDFN, "hub-help", "Show what may come next", on_question);
    el_set(edit, EL_ADDFN, "hub-complete", "Complete the word", on_tab);
    el_set(edit, EL_BIND, "?", "hub-help", NULL);
    el_set(edit, EL_BIND, "^I", "hub-complete", NULL);
}

enum exit_code prompt_run(struct shell *shell, bool json)
{
    struct prompt prompt = {.shell = shell};
    enum exit_code code = EXIT_FAILED;
    make_text(&prompt);
    signal(SIGINT, SIG_IGN); /* ends a `debug`, not the prompt */
    History *past = history_init();
    EditLine *edit = el_init("hubctl", stdin, shell->out, shell->err);
    if (edit && past && !prompt.text.bad) {
        set_up(edit, past, &prompt);
        code = read_lines(edit, past, shell, json);
    }
    if (edit)
        el_end(edit);
    if (past)
        history_end(past);
    sink_free(&prompt.text);
    return code;
}
