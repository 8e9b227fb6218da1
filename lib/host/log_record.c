/* The three forms of a record. */
#include "host/log_record.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

static const struct {
    const char *name;
    unsigned priority; /* of syslog */
} levels[] = {
    [LEVEL_DEBUG] = {"debug", 7},     [LEVEL_INFO] = {"info", 6},   [LEVEL_NOTICE] = {"notice", 5},
    [LEVEL_WARNING] = {"warning", 4}, [LEVEL_ERROR] = {"error", 3},
};

const char *log_level_name(enum event_level level)
{
    return (unsigned)level <= LEVEL_ERROR ? levels[level].name : "unknown";
}

enum { MOMENT = 48 };

/* RFC 3339, milliseconds, UTC. */
static const char *format_moment(char out[MOMENT], uint64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    char date[32];
    if (!gmtime_r(&seconds, &tm) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm))
        snprintf(date, sizeof date, "-");
    snprintf(out, MOMENT, "%s.%03uZ", date, (unsigned)(unix_ms % 1000));
    return out;
}

/* -- text ------------------------------------------------------------------------------ */

size_t log_render(char *out, uint64_t unix_ms, enum event_level level, enum role role,
                  const char *text)
{
    static const char hex[] = "0123456789abcdef";
    char moment[MOMENT];
    int n = snprintf(out, LOG_LINE, "%s %s %s: ", format_moment(moment, unix_ms),
                     log_level_name(level), role_name(role));
    size_t at = n > 0 ? (size_t)n : 0;
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

/* -- JSON ------------------------------------------------------------------------------ */

/* Text of any origin as a JSON string: first inert, then quoted, the backslashes of the first step
 * too. */
static void json_text(struct sink *out, const char *text)
{
    struct sink safe = {0};
    sink_safe(&safe, text);
    sink_char(out, '"');
    for (const char *at = sink_string(&safe); *at; at++) {
        if (*at == '"' || *at == '\\')
            sink_char(out, '\\');
        sink_char(out, *at);
    }
    sink_char(out, '"');
    out->bad = out->bad || safe.bad;
    sink_free(&safe);
}

static void json_key(struct sink *out, const char *name)
{
    sink_format(out, ",\"%s\":", name);
}

static void json_member(struct sink *out, const char *name, const char *text)
{
    json_key(out, name);
    json_text(out, text);
}

static void json_endpoint(struct sink *out, const char *name, struct endpoint endpoint)
{
    char text[ADDR_TEXT];
    if (endpoint.addr.family == ADDR_NONE)
        return;
    json_key(out, name);
    sink_format(out, "{\"address\":\"%s\",\"port\":%u}", addr_format(endpoint.addr, text),
                endpoint.port);
}

static void json_value(void *context, const char *name, const char *text, bool number)
{
    struct sink *out = context;
    if (!number) {
        json_member(out, name, text);
        return;
    }
    json_key(out, name);
    sink_text(out, text);
}

/* The members of an object whose first one takes no comma. */
static void json_values(struct sink *out, const struct event *event)
{
    struct sink values = {0};
    event_values(event, json_value, &values);
    json_key(out, "values");
    sink_format(out, "{%s}", values.len ? sink_string(&values) + 1 : "");
    out->bad = out->bad || values.bad;
    sink_free(&values);
}

static void json_event(struct sink *out, const struct event *event)
{
    json_member(out, "event", event_name(event->kind));
    json_key(out, "conn");
    sink_format(out, "%u", event->conn);
    json_endpoint(out, "local", event->local);
    json_endpoint(out, "peer", event->peer);
    json_values(out, event);
}

void log_record_json(struct sink *out, const struct log_record *record)
{
    char moment[MOMENT];
    sink_format(out, "{\"time\":\"%s\"", format_moment(moment, record->unix_ms));
    json_member(out, "level", log_level_name(record->level));
    json_member(out, "role", role_name(record->role));
    json_member(out, "text", record->text);
    if (record->event)
        json_event(out, record->event);
    sink_text(out, "}\n");
}

/* -- the journal ----------------------------------------------------------------------- */

/* NAME=text: the name in upper case, the text without what could end it. */
static void journal_field(struct sink *out, const char *name, const char *text)
{
    for (; *name; name++)
        sink_char(out, (char)toupper((unsigned char)*name));
    sink_char(out, '=');
    sink_safe(out, text);
    sink_char(out, '\n');
}

static void journal_value(void *context, const char *name, const char *text, bool number)
{
    (void)number;
    sink_text(context, "HUBWARD_");
    journal_field(context, name, text);
}

static void journal_endpoint(struct sink *out, const char *name, struct endpoint endpoint)
{
    char text[ADDR_TEXT];
    if (endpoint.addr.family == ADDR_NONE)
        return;
    sink_format(out, "HUBWARD_%s=%s\nHUBWARD_%s_PORT=%u\n", name, addr_format(endpoint.addr, text),
                name, endpoint.port);
}

void log_record_journal(struct sink *out, const struct log_record *record, const char *program)
{
    const char *role = role_name(record->role);
    sink_format(out, "MESSAGE=%s: ", role);
    sink_safe(out, record->text);
    sink_format(
        out, "\nPRIORITY=%u\n",
        levels[(unsigned)record->level <= LEVEL_ERROR ? record->level : LEVEL_ERROR].priority);
    journal_field(out, "syslog_identifier", program);
    journal_field(out, "hubward_role", role);
    if (!record->event)
        return;
    journal_field(out, "hubward_event", event_name(record->event->kind));
    if (record->event->conn)
        sink_format(out, "HUBWARD_CONN=%u\n", record->event->conn);
    journal_endpoint(out, "LOCAL", record->event->local);
    journal_endpoint(out, "PEER", record->event->peer);
    event_values(record->event, journal_value, out);
}
