/* The one table of event texts, its rendering, and the IPC form. */
#include "base/event.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    enum event_area area;
    enum event_level level;
    const char *template;
} rows[] = {
#define EVENT_ROW(name, area, level, text) [name] = {area, level, text},
    EVENT_TABLE(EVENT_ROW)
#undef EVENT_ROW
};

static const char *const area_names[AREA_COUNT] = {"ISAKMP", "IPSEC", "CRYPTO_ENGINE", "AAA",
                                                   "SYSTEM"};

enum event_area event_area(enum event_kind kind)
{
    return rows[kind].area;
}

enum event_level event_level(enum event_kind kind)
{
    return rows[kind].level;
}

void event_octets(struct event *event, size_t i, struct span octets)
{
    size_t n = octets.len < EVENT_TEXT - 1 ? octets.len : EVENT_TEXT - 1;
    if (n)
        memcpy(event->text[i], octets.at, n);
    event->text[i][n] = '\0';
}

void event_text(struct event *event, size_t i, const char *text)
{
    event_octets(event, i, (struct span){(const uint8_t *)text, text ? strlen(text) : 0});
}

/* A line that never overruns: characters past the end are lost. */
struct line {
    char *at;
    char *end; /* the place of the terminator */
};

static void add_char(struct line *line, char c)
{
    if (line->at < line->end)
        *line->at++ = c;
}

static void add_text(struct line *line, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c < 0x7f && c != '\\') {
            add_char(line, *text);
            continue;
        }
        add_char(line, '\\');
        add_char(line, 'x');
        add_char(line, hex[c >> 4]);
        add_char(line, hex[c & 15]);
    }
}

static void add_number(struct line *line, char shape, uint64_t value)
{
    char text[24];
    if (shape == 'x')
        snprintf(text, sizeof text, "%" PRIX64, value);
    else if (shape == 'd')
        snprintf(text, sizeof text, "%" PRId32, (int32_t)(uint32_t)value);
    else
        snprintf(text, sizeof text, "%" PRIu64, value);
    add_text(line, text);
}

static void add_field(struct line *line, const struct event *event, const char *name)
{
    char text[ADDR_TEXT];
    unsigned i = (unsigned)(name[1] - '0');
    if (strcmp(name, "peer") == 0)
        add_text(line, addr_format(event->peer.addr, text));
    else if (strcmp(name, "local") == 0)
        add_text(line, addr_format(event->local.addr, text));
    else if (strcmp(name, "pport") == 0)
        add_number(line, 'n', event->peer.port);
    else if (strcmp(name, "lport") == 0)
        add_number(line, 'n', event->local.port);
    else if (name[0] == 't' && i < 3)
        add_text(line, event->text[i]);
    else if (i < 4)
        add_number(line, name[0], event->n[i]);
}

const char *event_render(const struct event *event, char *out, size_t size)
{
    if (!size)
        return out;
    struct line line = {out, out + size - 1};
    const char *at = rows[event->kind].template;
    add_text(&line, area_names[rows[event->kind].area]);
    if (event->conn) {
        add_text(&line, " (0:");
        add_number(&line, 'n', event->conn);
        add_text(&line, ")");
    }
    add_text(&line, ": ");
    while (*at) {
        const char *close = *at == '{' ? strchr(at, '}') : NULL;
        char name[8] = "";
        if (!close || (size_t)(close - at) > sizeof name) {
            add_char(&line, *at++);
            continue;
        }
        memcpy(name, at + 1, (size_t)(close - at) - 1);
        add_field(&line, event, name);
        at = close + 1;
    }
    *line.at = '\0';
    return out;
}

void event_put(struct builder *b, const struct event *event)
{
    builder_u16(b, (uint16_t)event->kind);
    builder_u32(b, event->conn);
    endpoint_put(b, event->local);
    endpoint_put(b, event->peer);
    for (size_t i = 0; i < 4; i++)
        builder_u64(b, event->n[i]);
    for (size_t i = 0; i < 3; i++)
        builder_string(b, event->text[i]);
}

void event_get(struct cursor *c, struct event *out)
{
    uint16_t kind = cursor_u16(c);
    if (kind >= EVENT_COUNT) {
        c->bad = true;
        kind = 0;
    }
    out->kind = (enum event_kind)kind;
    out->conn = cursor_u32(c);
    out->local = endpoint_get(c);
    out->peer = endpoint_get(c);
    for (size_t i = 0; i < 4; i++)
        out->n[i] = cursor_u64(c);
    for (size_t i = 0; i < 3; i++)
        cursor_string(c, out->text[i], sizeof out->text[i]);
}
