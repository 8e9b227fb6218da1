/* Coding between broker and worker. A job is decoded in place, not by way of the stack, so that the
 * password lies nowhere but in secret memory. */
#include "xauth/job.h"

void job_put(struct builder *b, const struct job *job)
{
    builder_u8(b, (uint8_t)job->method);
    builder_u8(b, job->known ? 1 : 0);
    builder_u8(b, (uint8_t)job->type);
    builder_string(b, job->stored);
    builder_string(b, job->service);
    builder_string(b, job->user);
    builder_string(b, job->source);
    builder_u16(b, (uint16_t)job->password_len);
    builder_bytes(b, job->password, job->password_len);
}

enum rc job_get(struct cursor *c, struct job *out)
{
    uint8_t method = cursor_u8(c), known = cursor_u8(c);
    out->method = method == AAA_PAM ? AAA_PAM : AAA_LOCAL;
    out->known = known == 1;
    out->type = cursor_u8(c);
    cursor_string(c, out->stored, sizeof out->stored);
    cursor_string(c, out->service, sizeof out->service);
    cursor_string(c, out->user, sizeof out->user);
    cursor_string(c, out->source, sizeof out->source);
    size_t len = cursor_u16(c);
    if (len > sizeof out->password || known > 1 || (method != AAA_PAM && method != AAA_LOCAL))
        return RC_MALFORMED;
    cursor_copy(c, out->password, len);
    out->password_len = len;
    return cursor_done(c) ? RC_OK : RC_MALFORMED;
}

void job_result_put(struct builder *b, const struct job_result *result)
{
    builder_u8(b, (uint8_t)result->rc);
    builder_u32(b, result->pam);
}

enum rc job_result_get(struct cursor *c, struct job_result *out)
{
    struct job_result result = {.rc = (enum rc)cursor_u8(c)};
    result.pam = cursor_u32(c);
    if (!cursor_done(c) || (result.rc != RC_OK && result.rc != RC_AUTH_FAILED &&
                            result.rc != RC_NOT_FOUND && result.rc != RC_AGAIN))
        return RC_MALFORMED;
    *out = result;
    return RC_OK;
}
