/* A worker's whole life. It ends with _exit: nothing that a module left behind is to run after the
 * verdict. PAM is closed before it is told, so the broker may kill what is still there then. */
#include "xauth/worker.h"

#include "base/wipe.h"
#include "host/sandbox.h"
#include "xauth/job.h"
#include "xauth/local.h"
#include "xauth/pam.h"
#include "xauth/secret.h"

#include <fcntl.h>
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

static struct job_result judge(const struct job *job, const struct worker_rules *rules)
{
    if (job->method == AAA_LOCAL)
        return (struct job_result){.rc = local_verify(job)};
    struct pam_ask ask = {.service = job->service,
                          .confdir = rules->pam_confdir,
                          .user = job->user,
                          .source = job->source,
                          .password = {job->password, job->password_len}};
    int code = 0;
    enum rc rc = pam_login(&ask, &code);
    return (struct job_result){.rc = rc, .pam = (uint32_t)code};
}

static void answer(int fd, const struct job_result *result)
{
    uint8_t octets[JOB_RESULT_OCTETS];
    struct builder b = builder_of(octets, sizeof octets);
    job_result_put(&b, result);
    (void)send(fd, octets, builder_len(&b), MSG_NOSIGNAL); /* no reader: no one is interested */
}

_Noreturn void worker_run(int fd, const struct worker_rules *rules)
{
    struct job *job = (void *)secret_new(sizeof *job);
    /* Helpers that modules execute must not hold the way to the broker. */
    if (!job || sandbox_prepare() != RC_OK || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        take_job(fd, job) != RC_OK || !allowed(job, rules))
        _exit(1);
    struct job_result result = judge(job, rules);
    secret_free((void *)job, sizeof *job);
    answer(fd, &result);
    _exit(0);
}
