/* How often a text stands in the memory of a process: `memory PID`, the text on standard input, so
 * that it is in no argument. Live tests compile it and run it as root. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, TEXT = 128 };

struct search {
    int mem;
    char text[TEXT];
    size_t len;
    unsigned long found;
    unsigned long octets;
};

/* Pieces overlap by the text's length less one, so that none is missed and none counted twice. */
static void look_through(struct search *search, uint64_t begin, uint64_t end)
{
    static char piece[PIECE];
    while (begin + search->len <= end) {
        size_t want = end - begin < PIECE ? (size_t)(end - begin) : PIECE;
        ssize_t n = pread(search->mem, piece, want, (off_t)begin);
        if (n < (ssize_t)search->len)
            return;
        const char *at = piece, *stop = piece + n;
        while ((at = memmem(at, (size_t)(stop - at), search->text, search->len)) != NULL) {
            search->found++;
            at++;
        }
        search->octets += (unsigned long)n;
        begin += (uint64_t)n - search->len + 1;
    }
}

static void look_in_all_maps(struct search *search, FILE *maps)
{
    char line[512], rights[8];
    uint64_t begin, end;
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) == 3 && rights[0] == 'r')
            look_through(search, begin, end);
}

int main(int argc, char **argv)
{
    struct search search = {0};
    char path[64];
    if (argc != 2 || !fgets(search.text, TEXT, stdin))
        return 2;
    search.len = strcspn(search.text, "\n");
    snprintf(path, sizeof path, "/proc/%s/mem", argv[1]);
    search.mem = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%s/maps", argv[1]);
    FILE *maps = fopen(path, "re");
    if (search.mem < 0 || !maps || search.len == 0) {
        fprintf(stderr, "memory: %s: %s\n", path, strerror(errno));
        return 1;
    }
    look_in_all_maps(&search, maps);
    fclose(maps);
    close(search.mem);
    if (search.octets == 0)
        return 1;
    printf("%lu\n", search.found);
    return 0;
}
