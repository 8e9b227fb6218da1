/* Two blocked signals and a descriptor that shows them. */
#include "cli/interrupt.h"

#include <sys/signalfd.h>
#include <unistd.h>

enum rc interrupt_begin(struct interrupt *out)
{
    sigset_t interrupts;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &interrupts, &out->before) != 0)
        return RC_IO;
    out->fd = signalfd(-1, &interrupts, SFD_CLOEXEC | SFD_NONBLOCK);
    if (out->fd >= 0)
        return RC_OK;
    sigprocmask(SIG_SETMASK, &out->before, NULL);
    return RC_IO;
}

void interrupt_end(struct interrupt *interrupt)
{
    struct signalfd_siginfo info;
    while (read(interrupt->fd, &info, sizeof info) > 0)
        continue;
    close(interrupt->fd);
    sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
}
