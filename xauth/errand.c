/* Jobs are made and encoded in secret memory only. */
#include "xauth/errand.h"

#include "base/credential.h"
#include "xauth/job.h"
#include "xauth/local.h"
#include "xauth/secret.h"

#include <stdio.h>
#include <sys/socket.h>

const char *errand_password_fault(const struct effect_ask_password *ask)
{
    return credential_is_text((struct span){ask->password, ask->password_len})
               ? NULL
               : "the password is empty, too long, or not plain UTF-8 text";
}

const char *errand_name_fault(const struct aaa_step *step, const struct effect_ask_password *ask)
{
    struct span user = {(const uint8_t *)ask->user, strlen(ask->user)};
    if (!credential_is_text(user))
        return "the name is empty, too long, or not plain UTF-8 text";
    if (step->method == AAA_PAM && !credential_is_pam_user(user))
        return "the name holds characters that are not passed to PAM";
    return NULL;
}

static enum rc fill_job(const struct users *users, const struct aaa_step *step,
                        const struct effect_ask_password *ask, struct job *job)
{
    job->method = step->method;
    addr_format(ask->source, job->source);
    memcpy(job->user, ask->user, sizeof job->user);
    memcpy(job->password, ask->password, ask->password_len);
    job->password_len = ask->password_len;
    if (step->method == AAA_LOCAL)
        return local_prepare(users, ask->user, job);
    job->attributes = step->pam_attributes;
    int n = snprintf(job->service, sizeof job->service, "%s", step->pam_service);
    return n > 0 && n < JOB_SERVICE ? RC_OK : RC_FULL;
}

enum rc errand_send(const struct users *users, const struct aaa_step *step,
                    const struct effect_ask_password *ask, int fd)
{
    struct job *job = (void *)secret_new(sizeof *job);
    uint8_t *octets = secret_new(JOB_OCTETS);
    enum rc rc = job && octets ? fill_job(users, step, ask, job) : RC_NO_MEMORY;
    if (rc == RC_OK) {
        struct builder b = builder_of(octets, JOB_OCTETS);
        job_put(&b, job);
        size_t len = builder_len(&b);
        rc = !b.bad && send(fd, octets, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len ? RC_OK
                                                                                          : RC_IO;
    }
    secret_free((void *)job, sizeof *job);
    secret_free(octets, JOB_OCTETS);
    return rc;
}
