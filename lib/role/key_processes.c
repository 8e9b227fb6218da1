/* The processes of this daemon as the warden last told them, and what each cannot do now. */
#include "host/clock.h"
#include "role/key_state.h"

#include <stdio.h>

void key_process_told(struct key *key, const struct status_process *row)
{
    struct key_process *known = &key->processes[row->role];
    *known = (struct key_process){.row = *row, .told_ms = clock_now_ms()};
}

static const char *trouble_of(const struct key *key, const struct status_process *row)
{
    if (!row->ready)
        return row->pid ? "starting" : "restarting";
    return row->role == ROLE_STORE ? key->store_state.text : "";
}

size_t key_processes(const struct key *key, uint32_t *at, struct status_process *rows, size_t max)
{
    uint64_t now_ms = clock_now_ms();
    size_t n = 0;
    for (; n < max && *at < ROLE_COUNT; (*at)++) {
        const struct key_process *known = &key->processes[*at];
        if (!known->told_ms)
            continue;
        struct status_process *row = &rows[n++];
        *row = known->row;
        if (row->pid)
            row->up_ms += now_ms - known->told_ms;
        snprintf(row->trouble, sizeof row->trouble, "%.*s", STATUS_ROW_TEXT - 1,
                 trouble_of(key, row));
    }
    return n;
}
