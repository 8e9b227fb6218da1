/* The terminal is told not to echo for the one line. Ctrl-C ends that line too, instead of the
 * program, so that the echo always comes back. */
#include "cli/secret.h"

#include "base/wipe.h"
#include "crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 3 };

void secret_wipe(struct secret *secret)
{
    wipe(secret, sizeof *secret);
}

/* One line, octet by octet: nothing stays in a buffer that nobody wipes, and what stands behind is
 * left for others. RC_FULL: too long; RC_SHORT: not even an empty line; RC_AGAIN: interrupted. */
static enum rc read_line(int fd, struct secret *out)
{
    uint8_t octet = 0;
    bool any = false, full = false;
    out->len = 0;
    for (;;) {
        ssize_t n = read(fd, &octet, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || octet == '\n')
            break;
        any = true;
        if (octet == CTRL_C && isatty(fd))
            return RC_AGAIN;
        full = full || out->len == SECRET_MAX;
        if (!full)
            out->octets[out->len++] = octet;
    }
    if (!any && octet != '\n')
        return RC_SHORT;
    octet = 0;
    return full ? RC_FULL : RC_OK;
}

static enum rc read_terminal(int tty, const char *prompt, struct secret *out)
{
    struct termios before, silent;
    if (tcgetattr(tty, &before) != 0)
        return RC_IO;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    silent.c_cc[VEOL] = CTRL_C;
    if (tcsetattr(tty, TCSAFLUSH, &silent) != 0)
        return RC_IO;
    dprintf(tty, "%s", prompt);
    enum rc rc = read_line(tty, out);
    tcsetattr(tty, TCSAFLUSH, &before);
    dprintf(tty, "\n");
    return rc;
}

static enum exit_code complain(struct shell *shell, enum rc rc)
{
    if (rc == RC_FULL)
        return shell_fail(shell, EXIT_USAGE, "a password has at most %d octets", SECRET_MAX);
    if (rc == RC_AGAIN)
        return shell_fail(shell, EXIT_FAILED, "interrupted");
    if (rc == RC_SHORT)
        return shell_fail(shell, EXIT_USAGE, "no password on standard input");
    return shell_fail(shell, EXIT_FAILED, "the terminal cannot be asked for a password");
}

static enum rc ask_twice(int tty, struct secret *out, bool *same)
{
    struct secret again = {.len = 0};
    enum rc rc = read_terminal(tty, "Again: ", &again);
    *same = rc == RC_OK && again.len == out->len && hash_equal(again.octets, out->octets, out->len);
    secret_wipe(&again);
    return rc;
}

enum exit_code secret_ask(struct shell *shell, bool twice, struct secret *out)
{
    bool same = true;
    *out = (struct secret){.len = 0};
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* no core, no tracer, from here on */
    if (!isatty(STDIN_FILENO)) {
        enum rc rc = read_line(STDIN_FILENO, out);
        return rc == RC_OK ? EXIT_OK : complain(shell, rc);
    }
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    enum rc rc = tty < 0 ? RC_IO : read_terminal(tty, "Password: ", out);
    if (rc == RC_OK && twice)
        rc = ask_twice(tty, out, &same);
    if (tty >= 0)
        close(tty);
    if (rc != RC_OK)
        return complain(shell, rc);
    return same ? EXIT_OK : shell_fail(shell, EXIT_FAILED, "the passwords differ");
}
