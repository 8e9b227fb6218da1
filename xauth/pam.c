/* The PAM conversation of a login by Xauth. The client has sent its name and password before the
 * first module asks, and cannot be asked again: prompts that hide what is typed get the password,
 * prompts that show it get the name, information and errors are taken and dropped. */
#include "xauth/pam.h"

#include "base/wipe.h"

#include <stdlib.h>

#include <security/pam_appl.h>

/* Stacks of several modules may each ask for the password; a module that goes on asking would have
 * us guess for it. */
enum { PROMPTS_MAX = 4, MESSAGES_MAX = 64 };

struct conversation {
    const struct pam_ask *ask;
    unsigned prompts;
    unsigned messages;
};

/* A terminated copy that the module frees; NULL when memory is out. */
static char *copy_of(struct span text)
{
    char *copy = malloc(text.len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void free_responses(struct pam_response *responses, int count)
{
    for (int i = 0; i < count; i++)
        if (responses[i].resp) {
            wipe(responses[i].resp, strlen(responses[i].resp));
            free(responses[i].resp);
        }
    free(responses);
}

static int respond(struct conversation *talk, const struct pam_message *message,
                   struct pam_response *response)
{
    struct span user = {(const uint8_t *)talk->ask->user, strlen(talk->ask->user)};
    struct span answer = {NULL, 0};
    if (message->msg_style == PAM_PROMPT_ECHO_OFF)
        answer = talk->ask->password;
    else if (message->msg_style == PAM_PROMPT_ECHO_ON)
        answer = user;
    else if (message->msg_style == PAM_TEXT_INFO || message->msg_style == PAM_ERROR_MSG)
        return ++talk->messages > MESSAGES_MAX ? PAM_CONV_ERR : PAM_SUCCESS;
    if (!answer.at || ++talk->prompts > PROMPTS_MAX)
        return PAM_CONV_ERR;
    response->resp = copy_of(answer);
    return response->resp ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **out,
                    void *context)
{
    if (count <= 0 || count > PAM_MAX_NUM_MSG)
        return PAM_CONV_ERR;
    struct pam_response *responses = calloc((size_t)count, sizeof *responses);
    if (!responses)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++) {
        int code = respond(context, messages[i], &responses[i]);
        if (code != PAM_SUCCESS) {
            free_responses(responses, count);
            return code;
        }
    }
    *out = responses;
    return PAM_SUCCESS;
}

/* The broker gives every refusal its time; a module's own sleep would only show that it ran. */
static void no_delay(int status, unsigned delay_us, void *context)
{
    (void)status;
    (void)delay_us;
    (void)context;
}

/* What is wrong with the user, not with the service, and what that is; every other code is no
 * verdict. */
static const struct refusal {
    int code;
    enum decision_rule rule;
} refusals[] = {
    {PAM_AUTH_ERR, RULE_PASSWORD},
    {PAM_USER_UNKNOWN, RULE_PASSWORD},
    {PAM_CRED_INSUFFICIENT, RULE_PASSWORD},
    {PAM_MAXTRIES, RULE_ACCOUNT_LOCKED},
    {PAM_PERM_DENIED, RULE_ACCOUNT_LOCKED},
    {PAM_ACCT_EXPIRED, RULE_ACCOUNT_EXPIRED},
    {PAM_NEW_AUTHTOK_REQD, RULE_NEW_PASSWORD},
    {PAM_CRED_EXPIRED, RULE_NEW_PASSWORD},
    {PAM_AUTHTOK_EXPIRED, RULE_NEW_PASSWORD},
};

static const struct refusal *refusal_of(int code)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (refusals[i].code == code)
            return &refusals[i];
    return NULL;
}

enum decision_rule pam_rule(uint32_t code)
{
    const struct refusal *refusal = code < _PAM_RETURN_VALUES ? refusal_of((int)code) : NULL;
    return refusal ? refusal->rule : RULE_NO_VERDICT;
}

/* *known: somebody has found the password right. */
static int authenticate(pam_handle_t *handle, const struct pam_ask *ask, bool *known)
{
    void (*delay)(int, unsigned, void *) = no_delay;
    int code = pam_set_item(handle, PAM_RHOST, ask->source);
    if (code == PAM_SUCCESS)
        code = pam_set_item(handle, PAM_FAIL_DELAY, (const void *)delay);
    if (code == PAM_SUCCESS)
        code = pam_authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    *known = code == PAM_SUCCESS;
    if (code == PAM_SUCCESS)
        code = pam_acct_mgmt(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    return code;
}

enum rc pam_login(const struct pam_ask *ask, int *code)
{
    struct conversation talk = {.ask = ask};
    const struct pam_conv conv = {.conv = converse, .appdata_ptr = &talk};
    pam_handle_t *handle = NULL;
    bool known = false;
    int result = ask->confdir
                     ? pam_start_confdir(ask->service, ask->user, &conv, ask->confdir, &handle)
                     : pam_start(ask->service, ask->user, &conv, &handle);
    if (result == PAM_SUCCESS)
        result = authenticate(handle, ask, &known);
    if (handle)
        pam_end(handle, result);
    *code = result;
    if (result == PAM_SUCCESS)
        return RC_OK;
    if (result == PAM_USER_UNKNOWN && !known)
        return RC_NOT_FOUND;
    return refusal_of(result) ? RC_AUTH_FAILED : RC_AGAIN;
}

const char *pam_text(uint32_t code)
{
    const char *text = code < _PAM_RETURN_VALUES ? pam_strerror(NULL, (int)code) : NULL;
    return text ? text : "unknown error";
}
