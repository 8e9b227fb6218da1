/* `debug crypto …`: the hub's events as lines, until Ctrl-C or for 30 minutes. Ctrl-C arrives as a
 * descriptor, so that the prompt survives it and the hub is told to stop. */
#include "cli/debug.h"
#include "cli/interrupt.h"
#include "cli/shell.h"
#include "cli/work.h"
#include "host/message_control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum { DEBUG_MINUTES = 30, DEBUG_STEP_MS = 60000 };

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* "Nov 20 10:02:03.456: ISAKMP (0:1): …" and a newline, in local time. */
static void debug_line(struct sink *out, const struct control_event *event)
{
    char line[EVENT_LINE], stamp[32];
    struct tm tm;
    time_t seconds = (time_t)(event->unix_ms / 1000);
    if (!localtime_r(&seconds, &tm) || !strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm))
        stamp[0] = '\0';
    sink_format(out, "%s.%03u: ", stamp, (unsigned)(event->unix_ms % 1000));
    sink_safe(out, event_render(&event->event, line, sizeof line));
    sink_char(out, '\n');
}

static enum exit_code switch_debug(struct shell *shell, uint32_t areas, bool on)
{
    uint8_t octets[16];
    struct builder b = builder_of(octets, sizeof octets);
    const struct control_debug debug = {areas, on};
    control_debug_put(&b, &debug);
    return shell_send(shell, MSG_DEBUG, builder_span(&b));
}

static enum exit_code take_event(struct shell *shell, struct cursor *payload)
{
    struct control_event event;
    struct sink line = {0};
    enum rc rc = control_event_get(payload, &event);
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    debug_line(&line, &event);
    shell_print(shell, sink_string(&line));
    sink_free(&line);
    return EXIT_OK;
}

static enum exit_code take_result(struct shell *shell, struct cursor *payload)
{
    struct control_result result;
    struct sink text = {0};
    enum exit_code code = EXIT_OK;
    enum rc rc = control_result_get(payload, &result);
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    sink_safe(&text, result.text[0] ? result.text : rc_text(result.rc));
    if (result.rc != RC_OK)
        code = shell_fail(shell, result.rc == RC_DENIED ? EXIT_DENIED : EXIT_FAILED, "%s",
                          sink_string(&text));
    sink_free(&text);
    return code;
}

static enum exit_code take_message(struct shell *shell)
{
    enum message_kind kind;
    struct cursor payload;
    enum rc rc = client_receive(&shell->client, 0, &kind, &payload);
    if (rc == RC_AGAIN)
        return EXIT_OK;
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    if (kind == MSG_EVENT)
        return take_event(shell, &payload);
    return kind == MSG_RESULT ? take_result(shell, &payload) : EXIT_OK;
}

/* Until a signal, the end of the time, or a failure. */
static enum exit_code stream(struct shell *shell, int signals, uint64_t end_ms)
{
    struct pollfd fds[2] = {{.fd = shell->client.fd, .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};
    enum exit_code code = EXIT_OK;
    while (code == EXIT_OK) {
        uint64_t now = now_ms();
        if (now >= end_ms) {
            fputs("% debugging ended by itself after 30 minutes\n", shell->err);
            return EXIT_OK;
        }
        uint64_t left = end_ms - now;
        int n = poll(fds, 2, left < DEBUG_STEP_MS ? (int)left : DEBUG_STEP_MS);
        if (n < 0 && errno != EINTR)
            return shell_fail(shell, EXIT_FAILED, "poll: %s", strerror(errno));
        if (n > 0 && fds[1].revents)
            return EXIT_OK;
        if (n > 0)
            code = take_message(shell);
    }
    return code;
}

enum exit_code debug_run(struct shell *shell, uint32_t areas, uint64_t limit_ms)
{
    struct interrupt interrupt;
    if (interrupt_begin(&interrupt) != RC_OK)
        return shell_fail(shell, EXIT_FAILED, "signals cannot be waited for: %s", strerror(errno));
    enum exit_code code = switch_debug(shell, areas, true);
    if (code == EXIT_OK) {
        code = stream(shell, interrupt.fd, now_ms() + limit_ms);
        /* A connection of its own ends with the command; nothing half read is left behind. */
        if (shell->client.fd >= 0 && switch_debug(shell, areas, false) == EXIT_OK)
            client_close(&shell->client);
    }
    interrupt_end(&interrupt);
    return code;
}

enum exit_code work_debug(struct shell *shell, const struct command_call *call)
{
    if (shell->json)
        return shell_fail(shell, EXIT_USAGE, "debug has no JSON form");
    return debug_run(shell, call->command->areas, (uint64_t)DEBUG_MINUTES * 60 * 1000);
}
