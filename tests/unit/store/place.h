/* What the tests of the store share: a directory of their own as the working directory, files read
 * and written whole, sample rows. */
#ifndef HUBWARD_TESTS_PLACE_H
#define HUBWARD_TESTS_PLACE_H

#include "ike/effect.h"
#include "store/database.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char directory[64];
};

/* Remove what is in the working directory. */
static inline void place_clean(void)
{
    DIR *directory = opendir(".");
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove(entry->d_name);
    if (directory)
        closedir(directory);
}

static inline int place_enter(struct place *place)
{
    strcpy(place->directory, "/tmp/hubward-store-XXXXXX");
    return mkdtemp(place->directory) && chdir(place->directory) == 0 ? 0 : -1;
}

static inline int place_leave(const struct place *place)
{
    place_clean();
    return chdir("/") == 0 && rmdir(place->directory) == 0 ? 0 : -1;
}

/* Files in the working directory. */
static inline size_t place_files(void)
{
    size_t count = 0;
    DIR *directory = opendir(".");
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        count += entry->d_name[0] != '.' ? 1 : 0;
    if (directory)
        closedir(directory);
    return count;
}

/* The whole file; len 0 and octets NULL: there is none. */
struct place_file {
    char *octets;
    size_t len;
};

static inline struct place_file place_read(const char *name)
{
    struct place_file out = {NULL, 0};
    FILE *file = fopen(name, "rb");
    if (!file)
        return out;
    out.octets = malloc(1 << 22);
    out.len = out.octets ? fread(out.octets, 1, 1 << 22, file) : 0;
    fclose(file);
    return out;
}

static inline bool place_write(const char *name, const void *octets, size_t len)
{
    FILE *file = fopen(name, "wb");
    return file && fwrite(octets, 1, len, file) == len && fclose(file) == 0;
}

static inline bool place_same(const struct place_file *before, const char *name)
{
    struct place_file now = place_read(name);
    bool same =
        now.octets && now.len == before->len && memcmp(now.octets, before->octets, now.len) == 0;
    free(now.octets);
    return same;
}

/* A lease of user n: principal and address follow from n. */
static inline struct lease_row place_lease(unsigned n, bool active)
{
    struct lease_row row = {.pool = "clients", .active = active, .expires_s = 3600};
    snprintf(row.principal, sizeof row.principal, "testgroup/user%u", n);
    row.addr = addr_v4(0x0a640000 + n);
    return row;
}

#endif
