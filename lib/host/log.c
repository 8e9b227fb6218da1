/* Records of the log: budgeted, rendered, written in one call each so that lines of several
 * processes do not mix. */
#include "host/log.h"

#include "host/clock.h"
#include "host/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void log_init(struct log *log, int fd)
{
    *log = (struct log){.fd = fd, .form = LOG_TEXT, .program = "", .journal_fd = -1};
}

void log_use(struct log *log, enum log_form form, const char *program, const char *socket)
{
    log->program = program;
    if (form == LOG_AUTO)
        form = journal_is(log->fd) ? LOG_JOURNAL : LOG_TEXT;
    if (form == LOG_JOURNAL && journal_open(socket, &log->journal_fd) != RC_OK)
        form = LOG_TEXT;
    log->form = form;
}

void log_remember(struct log *log)
{
    log->ring = log_ring_new();
}

void log_close(struct log *log)
{
    log_ring_free(log->ring);
    log->ring = NULL;
    if (log->journal_fd >= 0)
        close(log->journal_fd);
    log->journal_fd = -1;
    log->form = LOG_TEXT;
}

enum rc log_form_parse(const char *word, enum log_form *out)
{
    static const char *const words[] = {
        [LOG_AUTO] = "auto", [LOG_TEXT] = "text", [LOG_JSON] = "json"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum log_form)i;
            return RC_OK;
        }
    }
    return RC_MALFORMED;
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

/* Nowhere to report that the log itself cannot be written. */
static void write_out(const struct log *log, const char *line, size_t n)
{
    if (write(log->fd, line, n) < 0)
        return;
}

static void write_text(const struct log *log, const struct log_record *record)
{
    char line[LOG_LINE];
    write_out(log, line,
              log_render(line, record->unix_ms, record->level, record->role, record->text));
}

static void write_json(const struct log *log, const struct log_record *record)
{
    struct sink line = {0};
    log_record_json(&line, record);
    if (!line.bad)
        write_out(log, sink_string(&line), line.len);
    sink_free(&line);
}

/* What the journal does not take as fields it gets as a line. */
static void write_journal(const struct log *log, const struct log_record *record)
{
    struct sink fields = {0};
    log_record_journal(&fields, record, log->program);
    const struct span octets = {(const uint8_t *)sink_string(&fields), fields.len};
    if (fields.bad || journal_send(log->journal_fd, octets) != RC_OK)
        write_text(log, record);
    sink_free(&fields);
}

static void remember(const struct log *log, const struct log_record *record)
{
    struct sink line = {0};
    if (!log->ring)
        return;
    log_record_json(&line, record);
    if (!line.bad)
        log_ring_add(log->ring, (struct span){(const uint8_t *)sink_string(&line), line.len},
                     record->event != NULL);
    sink_free(&line);
}

static void put(struct log *log, const struct log_record *record)
{
    remember(log, record);
    switch (log->form) {
    case LOG_JSON:
        write_json(log, record);
        break;
    case LOG_JOURNAL:
        write_journal(log, record);
        break;
    case LOG_AUTO:
    case LOG_TEXT:
        write_text(log, record);
        break;
    }
}

/* As many as fit the budget of the record's role. */
static void put_budgeted(struct log *log, struct log_record *record)
{
    uint32_t lost = 0;
    if ((unsigned)record->role >= ROLE_COUNT ||
        !log_budget_take(&log->budgets[record->role], clock_now_ms(), &lost))
        return;
    record->unix_ms = clock_unix_ms();
    if (lost) {
        char note[64];
        struct log_record told = {record->unix_ms, LEVEL_WARNING, record->role, note, NULL};
        snprintf(note, sizeof note, "%u lines over the rate limit were left out", lost);
        put(log, &told);
    }
    put(log, record);
}

void log_text(struct log *log, enum event_level level, enum role role, const char *text)
{
    put_budgeted(log, &(struct log_record){.level = level, .role = role, .text = text});
}

void log_event(struct log *log, enum role role, const struct event *event)
{
    char line[EVENT_LINE];
    put_budgeted(log, &(struct log_record){.level = event_level(event->kind),
                                           .role = role,
                                           .text = event_render(event, line, sizeof line),
                                           .event = event});
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
