/* Mapped pages for passwords. */
#include "xauth/secret.h"

#include "base/wipe.h"

#include <sys/mman.h>

uint8_t *secret_new(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return NULL;
    if (madvise(pages, size, MADV_DONTDUMP) != 0) {
        munmap(pages, size);
        return NULL;
    }
    /* A small RLIMIT_MEMLOCK must not stop logins; what is not locked lives milliseconds. */
    (void)mlock(pages, size);
    return pages;
}

void secret_free(uint8_t *take_secret, size_t size)
{
    if (!take_secret)
        return;
    wipe(take_secret, size);
    munmap(take_secret, size);
}
