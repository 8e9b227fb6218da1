/* The one cursor read that is too long for a header. */
#include "base/cursor.h"

void cursor_string(struct cursor *c, char *out, size_t size)
{
    size_t n = cursor_u16(c);
    const uint8_t *bytes = cursor_take(c, n);
    if (size)
        out[0] = '\0';
    if (!bytes || n >= size || (n && memchr(bytes, 0, n))) {
        c->bad = true;
        return;
    }
    if (n)
        memcpy(out, bytes, n);
    out[n] = '\0';
}
