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

/* What the values are called. A kind that the log never holds needs no names: its values go by
 * their place. */
static const struct {
    const char *t[3];
    const char *n[4];
} value_names[EVENT_COUNT] = {
    [EV_XAUTH_OK] = {.t = {"user", "group"}},
    [EV_XAUTH_ONCE] = {.t = {"user", "group"}},
    [EV_XAUTH_FAILED] = {.t = {"user", "group", "reason"}},
    [EV_ADDRESS_ALLOCATED] = {.t = {"address", "principal"}},
    [EV_ADDRESS_RETURNED] = {.t = {"address"}},
    [EV_SA_CREATED] = {.t = {"suite", "ours", "theirs"}, .n = {"spi_in", "spi_out"}},
    [EV_SA_DELETED] = {.t = {"reason"}, .n = {"spi_in"}},
    [EV_IKE_DELETED] = {.t = {"reason", "side", "state"}},
    [EV_DPD_DEAD] = {.n = {"probes"}},
    [EV_PEER_MOVED] = {.t = {"from"}},
    [EV_REFUSED] = {.t = {"stage", "reason", "remedy"}},
    [EV_INITIATE] = {.t = {"exchange"}},
    [EV_TUNNEL_UP] = {.t = {"name", "ours", "theirs"}},
    [EV_TUNNEL_DOWN] = {.t = {"name", "reason"}},
    [EV_ACCOUNTING] = {.t = {"record", "user", "reason"},
                       .n = {"bytes_in", "bytes_out", "packets", "duration_s"}},
    [EV_SYSTEM] = {.t = {"said"}},
    [EV_SYSTEM_WARNING] = {.t = {"said"}},
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

const char *event_name(enum event_kind kind)
{
    static const char *const names[] = {
#define EVENT_NAME(name, area, level, text) [name] = #name,
        EVENT_TABLE(EVENT_NAME)
#undef EVENT_NAME
    };
    return names[kind] + sizeof "EV_" - 1;
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

enum { NUMBER_TEXT = 24 };

static const char *format_number(char out[NUMBER_TEXT], char shape, uint64_t value)
{
    if (shape == 'x')
        snprintf(out, NUMBER_TEXT, "%" PRIX64, value);
    else if (shape == 'd')
        snprintf(out, NUMBER_TEXT, "%" PRId32, (int32_t)(uint32_t)value);
    else
        snprintf(out, NUMBER_TEXT, "%" PRIu64, value);
    return out;
}

static void add_number(struct line *line, char shape, uint64_t value)
{
    char text[NUMBER_TEXT];
    add_text(line, format_number(text, shape, value));
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

/* Octets of the mark that a template may begin with. */
static size_t mark_len(const char *template)
{
    return *template && strchr("~#/", *template) ? 1 : 0;
}

static void add_head(struct line *line, const struct event *event, char mark)
{
    add_text(line, area_names[rows[event->kind].area]);
    if (mark == '/') {
        add_char(line, mark);
        return;
    }
    if (mark == '#' || (mark != '~' && event->conn)) {
        add_text(line, " (0:");
        add_number(line, 'n', event->conn);
        add_text(line, ")");
    }
    add_text(line, ": ");
}

const char *event_render(const struct event *event, char *out, size_t size)
{
    if (!size)
        return out;
    struct line line = {out, out + size - 1};
    const char *at = rows[event->kind].template;
    add_head(&line, event, *at);
    at += mark_len(at);
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

static void give_number(const struct event *event, char shape, unsigned i, event_value *each,
                        void *context)
{
    const char place[] = {shape, (char)('0' + i), '\0'}, *name = value_names[event->kind].n[i];
    char digits[NUMBER_TEXT], text[NUMBER_TEXT + 2];
    bool hex = shape == 'x';
    snprintf(text, sizeof text, "%s%s", hex ? "0x" : "", format_number(digits, shape, event->n[i]));
    /* What does not fit a signed integer many readers of numbers do not take. */
    each(context, name ? name : place, text, !hex && event->n[i] <= INT64_MAX);
}

/* A place in a template is a letter and a digit; {peer} and the like have more letters. */
void event_values(const struct event *event, event_value *each, void *context)
{
    const char *at = rows[event->kind].template;
    while ((at = strchr(at, '{')) != NULL) {
        const char shape = *++at;
        const unsigned i = (unsigned)(at[1] - '0');
        const char place[] = {shape, at[1], '\0'};
        if (at[1] < '0' || at[1] > '3')
            continue;
        const char *name = shape == 't' && i < 3 ? value_names[event->kind].t[i] : NULL;
        if (shape == 't' && i < 3)
            each(context, name ? name : place, event->text[i], false);
        else if (shape != 't')
            give_number(event, shape, i, each, context);
    }
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
