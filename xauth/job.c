/* Coding between broker and worker. A job is decoded in place, not by way of the stack, so that the
 * password lies nowhere but in secret memory. */
#include "xauth/job.h"

void job_put(struct builder *b, const struct job *job)
{
    builder_u8(b, (uint8_t)job->method);
    builder_u8(b, job->known ? 1 : 0);
    builder_u8(b, job->attributes ? 1 : 0);
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
    uint8_t method = cursor_u8(c), known = cursor_u8(c), attributes = cursor_u8(c);
    out->method = method == AAA_PAM ? AAA_PAM : AAA_LOCAL;
    out->known = known == 1;
    out->attributes = attributes == 1;
    out->type = cursor_u8(c);
    cursor_string(c, out->stored, sizeof out->stored);
    cursor_string(c, out->service, sizeof out->service);
    cursor_string(c, out->user, sizeof out->user);
    cursor_string(c, out->source, sizeof out->source);
    size_t len = cursor_u16(c);
    if (len > sizeof out->password || known > 1 || attributes > 1 ||
        (method != AAA_PAM && method != AAA_LOCAL))
        return RC_MALFORMED;
    cursor_copy(c, out->password, len);
    out->password_len = len;
    return cursor_done(c) ? RC_OK : RC_MALFORMED;
}

void job_word_put(struct builder *b, const struct job_word *word)
{
    builder_u8(b, (uint8_t)word->kind);
    if (word->kind == JOB_PROMPT) {
        builder_string(b, word->prompt);
        return;
    }
    builder_u8(b, (uint8_t)word->result.rc);
    builder_u32(b, word->result.pam);
    builder_u8(b, word->result.account);
    grant_put(b, &word->result.grant);
    builder_string(b, word->result.bad_item);
}

static bool is_result(enum rc rc)
{
    return rc == RC_OK || rc == RC_AUTH_FAILED || rc == RC_NOT_FOUND || rc == RC_AGAIN;
}

enum rc job_word_get(struct cursor *c, struct job_word *out)
{
    struct job_word word = {.kind = (enum job_word_kind)cursor_u8(c)};
    if (word.kind == JOB_PROMPT) {
        cursor_string(c, word.prompt, sizeof word.prompt);
    } else {
        word.result.rc = (enum rc)cursor_u8(c);
        word.result.pam = cursor_u32(c);
        uint8_t account = cursor_u8(c);
        word.result.account = account == 1;
        grant_get(c, &word.result.grant);
        cursor_string(c, word.result.bad_item, sizeof word.result.bad_item);
        c->bad = c->bad || account > 1;
    }
    if (!cursor_done(c) || (word.kind != JOB_PROMPT && word.kind != JOB_RESULT) ||
        !is_result(word.result.rc))
        return RC_MALFORMED;
    *out = word;
    return RC_OK;
}
