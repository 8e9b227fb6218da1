/* The clocks of the daemon, read in one place. Lifetimes, deadlines and what passes between
 * processes run on the boot-time clock: it goes on through suspend and knows no leap. */
#ifndef HUBWARD_HOST_CLOCK_H
#define HUBWARD_HOST_CLOCK_H

#include <stdint.h>

/* Milliseconds since boot, suspend included. */
uint64_t clock_now_ms(void);
/* Milliseconds since 1970 UTC, for people only. */
uint64_t clock_unix_ms(void);
/* The day in UTC, counted since 1970. */
uint32_t clock_day(void);

#endif
