/* Reading by pieces, since a pipe has no size. */
#include "cli/file.h"

#include <errno.h>
#include <string.h>

enum { FILE_PIECE = 4096 };

enum exit_code file_read(struct shell *shell, const char *path, struct sink *text)
{
    char piece[FILE_PIECE];
    size_t n;
    FILE *file = fopen(path, "re");
    if (!file)
        return shell_fail(shell, EXIT_FAILED, "%s cannot be read: %s", path, strerror(errno));
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        sink_octets(text, piece, n);
    const bool broken = ferror(file) != 0;
    fclose(file);
    if (broken || text->bad)
        return shell_fail(shell, EXIT_FAILED, "%s cannot be read", path);
    return EXIT_OK;
}
