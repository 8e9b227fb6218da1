/* The loop, and the screen. */
#include "cli/watch.h"

#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { ROWS_USUAL = 24, HEADING_ROWS = 2, HEADING = 320 };

/* ECMA-48: cursor home, erase to the end of the line or the screen; DEC: wrap long lines or not. */
#define HOME       "\x1b[H"
#define ERASE_LINE "\x1b[K"
#define ERASE_DOWN "\x1b[J"
#define WRAP_OFF   "\x1b[?7l"
#define WRAP_ON    "\x1b[?7h"

enum rc watch_parse(const char *text, unsigned *out)
{
    if (!text || !text[0]) {
        *out = WATCH_S;
        return RC_OK;
    }
    const size_t len = strlen(text);
    const unsigned long seconds = len < 5 ? strtoul(text, NULL, 10) : 0;
    if (strspn(text, "0123456789") != len || seconds < 1 || seconds > WATCH_MOST_S)
        return RC_MALFORMED;
    *out = (unsigned)seconds;
    return RC_OK;
}

/* -- the screen ------------------------------------------------------------------------- */

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text; lines++)
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n');
    return lines;
}

static void row(struct sink *out, const char *text, size_t len)
{
    sink_octets(out, text, len);
    sink_text(out, ERASE_LINE "\r\n");
}

void watch_screen(struct sink *out, const char *heading, const char *text, unsigned rows)
{
    const size_t lines = count_lines(text);
    /* The last row stays free: a line break there would move the screen. */
    const size_t room = rows > HEADING_ROWS + 2 ? rows - HEADING_ROWS - 1 : 1;
    const size_t shown = lines <= room ? lines : room - 1;
    sink_text(out, WRAP_OFF HOME);
    row(out, heading, strlen(heading));
    row(out, "", 0);
    for (size_t i = 0; i < shown; i++) {
        const size_t len = strcspn(text, "\n");
        row(out, text, len);
        text += len + (text[len] == '\n');
    }
    if (shown < lines)
        sink_format(out, "-- %zu more lines" ERASE_LINE "\r\n", lines - shown);
    sink_text(out, ERASE_DOWN WRAP_ON);
}

/* -- the loop --------------------------------------------------------------------------- */

struct watch {
    struct shell *shell;
    const char *title;
    unsigned seconds;
    watch_round *round;
    void *context;
    bool drawn;   /* in place, on a terminal */
    bool started; /* one round was good */
};

static unsigned terminal_rows(FILE *file)
{
    struct winsize size = {.ws_row = 0};
    const bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_row;
    return known ? size.ws_row : ROWS_USUAL;
}

static void draw(const struct watch *watch, const char *text)
{
    char heading[HEADING], stamp[32] = "";
    struct sink screen = {0};
    struct tm tm;
    const time_t now = time(NULL);
    if (localtime_r(&now, &tm))
        strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
    snprintf(heading, sizeof heading, "%s  every %u s: %.256s", stamp, watch->seconds,
             watch->title);
    watch_screen(&screen, heading, text, terminal_rows(watch->shell->out));
    fputs(sink_string(&screen), watch->shell->out);
    fflush(watch->shell->out);
    sink_free(&screen);
}

static bool goes_on(const struct watch *watch, enum exit_code code)
{
    return code == EXIT_OK || code == EXIT_NOTHING || (code == EXIT_UNREACHABLE && watch->started);
}

/* What the round says, complaints included, goes to the screen as one. */
static enum exit_code round_drawn(const struct watch *watch)
{
    struct shell *shell = watch->shell;
    FILE *out = shell->out, *err = shell->err;
    char *text = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&text, &len);
    if (!memory)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    shell->out = shell->err = memory;
    const enum exit_code code = watch->round(watch->context);
    fclose(memory);
    shell->out = out;
    shell->err = err;
    if (text && goes_on(watch, code))
        draw(watch, text);
    else if (text)
        fputs(text, err);
    free(text);
    return code;
}

static enum exit_code one_round(const struct watch *watch)
{
    if (watch->drawn)
        return round_drawn(watch);
    if (watch->started)
        fputc('\n', watch->shell->out);
    return watch->round(watch->context);
}

/* True: a signal has come. */
static bool pause_ends(const struct interrupt *interrupt, unsigned seconds)
{
    struct pollfd fd = {.fd = interrupt->fd, .events = POLLIN};
    return poll(&fd, 1, (int)seconds * 1000) != 0;
}

enum exit_code watch_run(struct shell *shell, const char *title, unsigned seconds,
                         watch_round *round, void *context)
{
    struct watch watch = {.shell = shell,
                          .title = title,
                          .seconds = seconds,
                          .round = round,
                          .context = context,
                          .drawn = isatty(fileno(shell->out)) == 1};
    struct interrupt interrupt;
    enum exit_code code;
    if (interrupt_begin(&interrupt) != RC_OK)
        return shell_fail(shell, EXIT_FAILED, "signals cannot be waited for: %s", strerror(errno));
    do {
        code = one_round(&watch);
        watch.started = watch.started || goes_on(&watch, code);
    } while (goes_on(&watch, code) && !pause_ends(&interrupt, seconds));
    interrupt_end(&interrupt);
    return goes_on(&watch, code) ? EXIT_OK : code;
}
