/* Growing text: doubling storage, one place that allocates. */
#include "base/sink.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* Room for so many more octets and the terminator. */
static bool make_room(struct sink *sink, size_t more)
{
    if (sink->bad)
        return false;
    if (sink->room && more < sink->room - sink->len)
        return true;
    if (more >= SIZE_MAX / 2 - sink->len) {
        sink->bad = true;
        return false;
    }
    size_t room = sink->room ? sink->room : FIRST_ROOM;
    while (room <= sink->len + more)
        room *= 2;
    char *at = realloc(sink->at, room);
    if (!at) {
        sink->bad = true;
        return false;
    }
    sink->at = at;
    sink->room = room;
    return true;
}

void sink_octets(struct sink *sink, const char *at, size_t len)
{
    if (!make_room(sink, len))
        return;
    if (len)
        memcpy(sink->at + sink->len, at, len);
    sink->len += len;
    sink->at[sink->len] = '\0';
}

void sink_char(struct sink *sink, char c)
{
    sink_octets(sink, &c, 1);
}

void sink_text(struct sink *sink, const char *text)
{
    if (text)
        sink_octets(sink, text, strlen(text));
}

void sink_format(struct sink *sink, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0 && make_room(sink, (size_t)n)) {
        vsnprintf(sink->at + sink->len, (size_t)n + 1, format, again);
        sink->len += (size_t)n;
    } else {
        sink->bad = true;
    }
    va_end(again);
    va_end(args);
}

void sink_safe(struct sink *sink, const char *text)
{
    for (; text && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c < 0x7f)
            sink_char(sink, *text);
        else
            sink_format(sink, "\\x%02x", c);
    }
}

const char *sink_string(const struct sink *sink)
{
    return sink->at && sink->room ? sink->at : "";
}

void sink_clear(struct sink *sink)
{
    sink->len = 0;
    sink->bad = false;
    if (sink->at)
        sink->at[0] = '\0';
}

void sink_free(struct sink *sink)
{
    free(sink->at);
    *sink = (struct sink){0};
}
