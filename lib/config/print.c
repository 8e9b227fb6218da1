/* `show running-config` is the command table, printed: each global row writes its objects. */
#include "config/print.h"

#include "config/printer.h"

#include <string.h>

void config_print(const struct config *config, void (*line)(void *context, const char *text),
                  void *context)
{
    struct printer printer = {.line = line, .context = context};
    printer_submode(&printer, MODE_GLOBAL, config);
    printer_line(&printer, "end");
}

/* Where the printing stands, and the part of the text that is wanted. */
struct piece {
    size_t passed; /* octets printed so far */
    size_t at;     /* the first that is wanted */
    char *out;
    size_t size;
    size_t written;
};

static void add_line(void *context, const char *text)
{
    struct piece *piece = context;
    size_t len = strlen(text), skip = piece->at > piece->passed ? piece->at - piece->passed : 0;
    piece->passed += len;
    if (skip >= len)
        return;
    size_t n = len - skip, room = piece->size - piece->written;
    if (n > room)
        n = room;
    if (n)
        memcpy(piece->out + piece->written, text + skip, n);
    piece->written += n;
}

size_t config_print_piece(const struct config *config, size_t at, char *out, size_t size,
                          size_t *written)
{
    struct piece piece = {.at = at, .out = out, .size = size};
    config_print(config, add_line, &piece);
    *written = piece.written;
    return piece.passed;
}
