/* The PAM conversation of a login by Xauth. The client has sent its name and password before the
 * first module asks. Which of them a prompt wants is told by its text, for that is all there is: a
 * code of the moment is asked of the user, everything else that hides what is typed gets the
 * password, and what shows it the name. Information and errors are taken and dropped. */
#include "xauth/pam.h"

#include "base/credential.h"
#include "base/wipe.h"

#include <stdlib.h>
#include <strings.h>

#include <security/pam_appl.h>

/* Stacks of several modules may each ask for the password, and one for a code; a module that goes
 * on asking would have us guess for it. */
enum { PROMPTS_MAX = 4, MESSAGES_MAX = 64 };

struct conversation {
    const struct pam_ask *ask;
    bool given; /* a hidden prompt has had the password */
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

static bool says(const char *prompt, const char *const words[])
{
    for (size_t i = 0; words[i]; i++)
        if (strcasestr(prompt, words[i]))
            return true;
    return false;
}

/* A one-time password is no password here; a second hidden prompt that names none asks for
 * something else. Modules speak English to a process without a locale. */
static bool wants_more(const struct conversation *talk, const struct pam_message *message)
{
    static const char *const codes[] = {"one-time", "one time",  "otp",      "code",
                                        "token",    "challenge", "response", NULL};
    static const char *const passwords[] = {"password", "passphrase", NULL};
    if (says(message->msg, codes))
        return true;
    return message->msg_style == PAM_PROMPT_ECHO_OFF && talk->given &&
           !says(message->msg, passwords);
}

static int ask_user(const struct conversation *talk, const char *prompt,
                    struct pam_response *response)
{
    uint8_t answer[LOGIN_TEXT];
    size_t len = 0;
    int code = PAM_CONV_ERR;
    if (talk->ask->ask_user &&
        talk->ask->ask_user(talk->ask->context, prompt, answer, &len) == RC_OK) {
        response->resp = copy_of((struct span){answer, len});
        code = response->resp ? PAM_SUCCESS : PAM_BUF_ERR;
    }
    wipe(answer, sizeof answer);
    return code;
}

static int respond(struct conversation *talk, const struct pam_message *message,
                   struct pam_response *response)
{
    bool hidden = message->msg_style == PAM_PROMPT_ECHO_OFF;
    struct span user = {(const uint8_t *)talk->ask->user, strlen(talk->ask->user)};
    if (message->msg_style == PAM_TEXT_INFO || message->msg_style == PAM_ERROR_MSG)
        return ++talk->messages > MESSAGES_MAX ? PAM_CONV_ERR : PAM_SUCCESS;
    if ((!hidden && message->msg_style != PAM_PROMPT_ECHO_ON) || ++talk->prompts > PROMPTS_MAX)
        return PAM_CONV_ERR;
    if (wants_more(talk, message))
        return ask_user(talk, message->msg, response);
    talk->given = talk->given || hidden;
    response->resp = copy_of(hidden ? talk->ask->password : user);
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

enum decision_rule pam_rule(uint32_t code, bool account)
{
    if (code == PAM_PERM_DENIED && !account)
        return RULE_PASSWORD;
    const struct refusal *refusal = code < _PAM_RETURN_VALUES ? refusal_of((int)code) : NULL;
    return refusal ? refusal->rule : RULE_NO_VERDICT;
}

/* *account: somebody has found the password right. */
static int authenticate(pam_handle_t *handle, const struct pam_ask *ask, bool *account)
{
    void (*delay)(int, unsigned, void *) = no_delay;
    int code = pam_set_item(handle, PAM_RHOST, ask->source);
    if (code == PAM_SUCCESS)
        code = pam_set_item(handle, PAM_FAIL_DELAY, (const void *)delay);
    if (code == PAM_SUCCESS)
        code = pam_authenticate(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    *account = code == PAM_SUCCESS;
    if (code == PAM_SUCCESS)
        code = pam_acct_mgmt(handle, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    return code;
}

static bool read_name(pam_handle_t *handle, const char *item, char out[GRANT_NAME])
{
    const char *value = pam_getenv(handle, item);
    size_t len = value ? strlen(value) : 0;
    if (!len)
        return true;
    if (len >= GRANT_NAME || !credential_is_text((struct span){(const uint8_t *)value, len}))
        return false;
    memcpy(out, value, len + 1);
    return true;
}

/* What the modules say of the user. Returns the item that cannot be used; NULL: all can. */
static const char *read_grant(pam_handle_t *handle, struct login_grant *grant)
{
    static const char group[] = "HUBWARD_GROUP", pool[] = "HUBWARD_POOL",
                      address[] = "HUBWARD_ADDRESS";
    const char *value = pam_getenv(handle, address);
    if (!read_name(handle, group, grant->group))
        return group;
    if (!read_name(handle, pool, grant->pool))
        return pool;
    return value && *value && addr_parse(value, &grant->addr) != RC_OK ? address : NULL;
}

enum rc pam_login(const struct pam_ask *ask, struct pam_end *end)
{
    struct conversation talk = {.ask = ask};
    const struct pam_conv conv = {.conv = converse, .appdata_ptr = &talk};
    pam_handle_t *handle = NULL;
    *end = (struct pam_end){.account = false};
    int result = ask->confdir
                     ? pam_start_confdir(ask->service, ask->user, &conv, ask->confdir, &handle)
                     : pam_start(ask->service, ask->user, &conv, &handle);
    if (result == PAM_SUCCESS)
        result = authenticate(handle, ask, &end->account);
    if (result == PAM_SUCCESS && ask->attributes)
        end->bad_item = read_grant(handle, &end->grant);
    if (handle)
        pam_end(handle, result);
    end->code = result;
    if (result == PAM_SUCCESS)
        return end->bad_item ? RC_AGAIN : RC_OK;
    if (result == PAM_USER_UNKNOWN && !end->account)
        return RC_NOT_FOUND;
    return refusal_of(result) ? RC_AUTH_FAILED : RC_AGAIN;
}

const char *pam_text(uint32_t code)
{
    const char *text = code < _PAM_RETURN_VALUES ? pam_strerror(NULL, (int)code) : NULL;
    return text ? text : "unknown error";
}
