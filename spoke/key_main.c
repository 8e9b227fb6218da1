/* hubward-spoke-key: the key role of a spoke, which calls its hubs. */
#include "role/key.h"
#include "spoke/dial.h"

int main(void)
{
    struct dial dial = {.next_ms = UINT64_MAX};
    const struct key_dialler dialler = {.context = &dial,
                                        .start = dial_start,
                                        .due_ms = dial_due_ms,
                                        .dialled = dial_done,
                                        .address_changed = dial_address_changed};
    return key_main(&dialler);
}
