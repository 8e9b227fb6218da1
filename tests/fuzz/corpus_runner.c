/* Runs a fuzz target once over every file of a directory, so that each finding stays found in
 * builds without libFuzzer. A directory that does not exist counts as one empty input. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_ROOM = 4096 };

/* The octets stand in a block of exactly their size, so that the sanitizer guards its end. */
static int run_file(const char *path)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    size_t size = (size_t)facts.st_size;
    uint8_t *data = malloc(size ? size : 1);
    int result = -1;
    if (data && fread(data, 1, size, file) == size) {
        uint8_t *exact = size ? data : NULL;
        LLVMFuzzerTestOneInput(exact, size);
        result = 1;
    }
    free(data);
    fclose(file);
    return result;
}

int main(int argc, char **argv)
{
    DIR *directory = argc > 1 ? opendir(argv[1]) : NULL;
    size_t files = 0;
    LLVMFuzzerTestOneInput(NULL, 0);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char path[PATH_ROOM];
        if (snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) >= (int)sizeof path)
            continue;
        int result = run_file(path);
        if (result < 0) {
            fprintf(stderr, "%s: cannot be read\n", path);
            return 1;
        }
        files += (size_t)result;
    }
    if (directory)
        closedir(directory);
    printf("%zu files and the empty input: no finding\n", files);
    return 0;
}
