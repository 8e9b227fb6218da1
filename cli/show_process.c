/* One line a process. */
#include "cli/show_process.h"

#include "host/status_text.h"

#include <inttypes.h>
#include <stdio.h>

static const char *state(const struct status_process *row)
{
    if (!row->pid)
        return "down";
    return row->ready ? "ready" : "starting";
}

static void process(struct sink *out, const struct status_process *row)
{
    char pid[16] = "-", up[STATUS_WORD] = "-", memory[STATUS_WORD] = "-";
    if (row->pid) {
        snprintf(pid, sizeof pid, "%u", row->pid);
        status_duration_format(row->up_ms, up);
        status_bytes_format(row->rss_kb * 1024, memory);
    }
    sink_format(out, "%-8s %8s  %-9s %-9s %8u  %10s %8" PRIu64 ".%02u", role_name(row->role), pid,
                state(row), up, row->restarts, memory, row->cpu_ms / 1000,
                (unsigned)(row->cpu_ms % 1000 / 10));
    if (row->trouble[0]) {
        sink_text(out, "  ");
        sink_safe(out, row->trouble);
    }
    sink_char(out, '\n');
}

void show_processes(struct sink *out, const struct status_process *rows, size_t count)
{
    sink_text(out,
              "Process       PID  State     Up        Restarts      Memory     CPU (s)  Trouble\n");
    for (size_t i = 0; i < count; i++)
        process(out, &rows[i]);
}
