/* Two reads of the kernel's clocks. */
#include "host/clock.h"

#include <time.h>

static uint64_t read_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_now_ms(void)
{
    return read_ms(CLOCK_BOOTTIME);
}

uint64_t clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

uint32_t clock_day(void)
{
    return (uint32_t)(clock_unix_ms() / (UINT64_C(24) * 60 * 60 * 1000));
}
