/* A worker's whole life. It ends with _exit: nothing that a module left behind is to run after the
 * verdict. PAM is closed before it is told, so the broker may kill what is still there then. */
#include "xauth/worker.h"

#include "base/wipe.h"
#include "host/sandbox.h"
#include "xauth/job.h"
#include "xauth/local.h"
#include "xauth/pam.h"
#include "xauth/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static enum rc take_job(int fd, struct job *job)
{
    uint8_t *octets = secret_new(JOB_OCTETS);
    if (!octets)
        return RC_NO_MEMORY;
    ssize_t n = recv(fd, octets, JOB_OCTETS, MSG_TRUNC);
    enum rc rc = RC_IO;
    if (n > 0 && n <= JOB_OCTETS) {
        struct cursor c = cursor_of(octets, (size_t)n);
        rc = job_get(&c, job);
    }
    secret_free(octets, JOB_OCTETS);
    return rc;
}

static bool allowed(const struct job *job, const struct worker_rules *rules)
{
    if (!rules->services)
        return true;
    for (size_t i = 0; job->method == AAA_PAM && rules->services[i]; i++)
        if (strcmp(rules->services[i], job->service) == 0)
            return true;
    return false;
}

static void tell(int fd, const struct job_word *word)
{
    uint8_t octets[JOB_WORD_OCTETS];
    struct builder b = builder_of(octets, sizeof octets);
    job_word_put(&b, word);
    (void)send(fd, octets, builder_len(&b), MSG_NOSIGNAL); /* no reader: no one is interested */
}

/* A module wants to know more than the password: the broker has the client asked. It ends this
 * process when no answer comes. */
static enum rc ask_user(void *context, const char *prompt, uint8_t *answer, size_t *len)
{
    int fd = *(const int *)context;
    struct job_word word = {.kind = JOB_PROMPT};
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    snprintf(word.prompt, sizeof word.prompt, "%s", prompt);
    tell(fd, &word);
    while (poll(&readable, 1, -1) < 0)
        if (errno != EINTR)
            return RC_IO;
    ssize_t n = recv(fd, answer, LOGIN_TEXT, MSG_TRUNC);
    if (n <= 0 || n > LOGIN_TEXT)
        return RC_IO;
    *len = (size_t)n;
    return RC_OK;
}

static struct job_result judge(const struct job *job, const struct worker_rules *rules, int *fd)
{
    if (job->method == AAA_LOCAL)
        return (struct job_result){.rc = local_verify(job)};
    struct pam_ask ask = {.service = job->service,
                          .confdir = rules->pam_confdir,
                          .user = job->user,
                          .source = job->source,
                          .password = {job->password, job->password_len},
                          .attributes = job->attributes,
                          .ask_user = ask_user,
                          .context = fd};
    struct pam_end end;
    struct job_result result = {.rc = pam_login(&ask, &end)};
    result.pam = (uint32_t)end.code;
    result.account = end.account;
    if (result.rc == RC_OK)
        result.grant = end.grant;
    if (end.bad_item)
        snprintf(result.bad_item, sizeof result.bad_item, "%s", end.bad_item);
    return result;
}

_Noreturn void worker_run(int fd, const struct worker_rules *rules)
{
    struct job *job = (void *)secret_new(sizeof *job);
    /* Helpers that modules execute must not hold the way to the broker. */
    if (!job || sandbox_prepare() != RC_OK || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        take_job(fd, job) != RC_OK || !allowed(job, rules))
        _exit(1);
    const struct job_word word = {.kind = JOB_RESULT, .result = judge(job, rules, &fd)};
    secret_free((void *)job, sizeof *job);
    tell(fd, &word);
    _exit(0);
}
