/* Growing text in memory, with a sticky error: when memory runs out the rest is dropped and `bad`
 * is asked once at the end. What pages, `show` outputs and JSON are rendered into, so that
 * rendering is a pure function from rows to text. */
#ifndef HUBWARD_BASE_SINK_H
#define HUBWARD_BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty sink. */
struct sink {
    char *at; /* terminated once anything was added; owned */
    size_t len;
    size_t room;
    bool bad;
};

void sink_char(struct sink *sink, char c);
void sink_octets(struct sink *sink, const char *at, size_t len);
void sink_text(struct sink *sink, const char *text); /* NULL is the empty text */
__attribute__((format(printf, 2, 3))) void sink_format(struct sink *sink, const char *format, ...);

/* Text of hostile origin: every octet that is not printable ASCII comes out as \xNN, so that no
 * terminal sequence, line break or bidirectional mark survives. A backslash stays as it is, since
 * what the engine reports is escaped already. */
void sink_safe(struct sink *sink, const char *text);

/* What was written; "" when nothing was. Borrowed until the next write. */
const char *sink_string(const struct sink *sink);

/* Forget the text, keep the memory. */
void sink_clear(struct sink *sink);
/* Give the memory back; the sink is empty again. */
void sink_free(struct sink *sink);

#endif
