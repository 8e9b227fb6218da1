/* Records of the log: rendered, escaped, budgeted, written in one call each so that lines of
 * several processes do not mix. */
#include "host/log.h"

#include "host/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {
    [LEVEL_DEBUG] = "debug",     [LEVEL_INFO] = "info",   [LEVEL_NOTICE] = "notice",
    [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error",
};

const char *log_level_name(enum event_level level)
{
    return (unsigned)level <= LEVEL_ERROR ? level_names[level] : "unknown";
}

void log_init(struct log *log, int fd)
{
    *log = (struct log){.fd = fd};
}

bool log_budget_take(struct log_budget *budget, uint64_t now_ms, uint32_t *lost)
{
    if (!budget->started) {
        *budget = (struct log_budget){.refilled_ms = now_ms, .lines = LOG_BURST, .started = true};
    }
    uint64_t elapsed_ms = now_ms - budget->refilled_ms;
    uint64_t earned = elapsed_ms * LOG_RATE_PER_S / 1000;
    if (earned >= LOG_BURST - budget->lines) {
        budget->lines = LOG_BURST;
        budget->refilled_ms = now_ms;
    } else if (earned > 0) {
        budget->lines += (uint32_t)earned;
        budget->refilled_ms += earned * 1000 / LOG_RATE_PER_S;
    }
    if (budget->lines == 0) {
        budget->lost++;
        return false;
    }
    budget->lines--;
    *lost = budget->lost;
    budget->lost = 0;
    return true;
}

static size_t render_head(char *out, size_t size, uint64_t unix_ms, enum event_level level,
                          enum role role)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    char date[32];
    if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm))
        snprintf(date, sizeof date, "-");
    int n = snprintf(out, size, "%s.%03uZ %s %s: ", date, (unsigned)(unix_ms % 1000),
                     log_level_name(level), role_name(role));
    return n > 0 ? (size_t)n : 0;
}

size_t log_render(char *out, uint64_t unix_ms, enum event_level level, enum role role,
                  const char *text)
{
    static const char hex[] = "0123456789abcdef";
    size_t at = render_head(out, LOG_LINE, unix_ms, level, role);
    /* Room for one escape, the newline and the end must be left. A backslash stays as it is: the
     * escapes of the event renderer pass through here. */
    for (const char *c = text; *c && at + 4 + 2 <= LOG_LINE; c++) {
        unsigned char octet = (unsigned char)*c;
        if (octet >= 0x20 && octet < 0x7f) {
            out[at++] = *c;
            continue;
        }
        out[at++] = '\\';
        out[at++] = 'x';
        out[at++] = hex[octet >> 4];
        out[at++] = hex[octet & 15];
    }
    out[at++] = '\n';
    out[at] = '\0';
    return at;
}

static void put(struct log *log, enum event_level level, enum role role, const char *text)
{
    char line[LOG_LINE];
    size_t n = log_render(line, clock_unix_ms(), level, role, text);
    /* Nowhere to report that the log itself cannot be written. */
    if (write(log->fd, line, n) < 0)
        return;
}

void log_text(struct log *log, enum event_level level, enum role role, const char *text)
{
    uint32_t lost = 0;
    if ((unsigned)role >= ROLE_COUNT ||
        !log_budget_take(&log->budgets[role], clock_now_ms(), &lost))
        return;
    if (lost) {
        char note[64];
        snprintf(note, sizeof note, "%u lines over the rate limit were left out", lost);
        put(log, LEVEL_WARNING, role, note);
    }
    put(log, level, role, text);
}

void log_line(struct log *log, enum event_level level, const char *format, ...)
{
    char text[LOG_LINE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_text(log, level, ROLE_WARDEN, text);
}
