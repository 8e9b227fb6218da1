/* The one builder write that is too long for a header. */
#include "base/builder.h"

void builder_string(struct builder *b, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (n > UINT16_MAX) {
        b->bad = true;
        return;
    }
    builder_u16(b, (uint16_t)n);
    builder_bytes(b, text, n);
}
