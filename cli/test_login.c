/* `test aaa LIST USER`: the login goes to the broker as a peer's would, with its limits and times;
 * what comes back says why, and what the service's modules would need. */
#include "base/wipe.h"
#include "cli/secret.h"
#include "cli/work.h"
#include "host/message_login.h"
#include "host/pam_stack.h"

#include <grp.h>
#include <string.h>

#include <jansson.h>

/* The broker's deadline is 30 s. */
enum { VERDICT_TIMEOUT_MS = 40000 };

static enum exit_code send_ask(struct shell *shell, const struct command_call *call,
                               const struct secret *secret)
{
    struct effect_ask_password ask = {.password_len = secret->len};
    uint8_t octets[LOGIN_ASK_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    if (strlen(call->list) >= sizeof ask.list)
        return shell_fail(shell, EXIT_USAGE, "no list has so long a name");
    memcpy(ask.list, call->list, strlen(call->list));
    memcpy(ask.user, call->user, strlen(call->user));
    memcpy(ask.password, secret->octets, secret->len);
    login_ask_put(&b, &ask);
    enum exit_code code = shell_send(shell, MSG_TEST_AAA, builder_span(&b));
    wipe(&ask, sizeof ask);
    wipe(octets, sizeof octets);
    return code;
}

static const char *verdict_text(enum rc rc)
{
    return rc == RC_OK ? "accepted" : rc == RC_AUTH_FAILED ? "refused" : "no verdict";
}

static void add_warning(void *context, const char *sentence)
{
    json_array_append_new(context, json_string(sentence));
}

/* What pam_stack has to say, as texts. */
static json_t *warnings_of(const struct login_outcome *outcome)
{
    json_t *all = json_array();
    if (all && outcome->service[0])
        pam_stack_advise(pam_stack_places, outcome->service, outcome->pam_root,
                         getgrnam("shadow") != NULL, add_warning, all);
    return all;
}

static void show_json(struct shell *shell, const struct command_call *call,
                      const struct login_outcome *outcome, json_t *warnings)
{
    char address[ADDR_TEXT] = "";
    if (outcome->grant.addr.family != ADDR_NONE)
        addr_format(outcome->grant.addr, address);
    json_t *all =
        json_pack("{si,ss,ss,ss,ss,ss,ss,sb,ss,si,ss,ss,ss,sO}", "version", 1, "list", call->list,
                  "user", call->user, "verdict", verdict_text(outcome->rc), "refused",
                  outcome->rc == RC_AUTH_FAILED ? decision_rule_text(outcome->rule) : "", "method",
                  outcome->method == AAA_PAM ? "pam" : "local", "service", outcome->service,
                  "as_root", (int)outcome->pam_root, "reason", outcome->reason, "took_ms",
                  (int)outcome->took_ms, "group", outcome->grant.group, "pool", outcome->grant.pool,
                  "address", address, "warnings", warnings);
    char *text = all ? json_dumps(all, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
    struct sink out = {0};
    sink_format(&out, "%s\n", text ? text : "{}");
    shell_print(shell, sink_string(&out));
    sink_free(&out);
    free(text);
    json_decref(all);
}

/* What the service says of the user, one item a line. */
static void show_grant(struct sink *out, const struct login_grant *grant)
{
    char address[ADDR_TEXT] = "";
    if (grant->addr.family != ADDR_NONE)
        addr_format(grant->addr, address);
    const struct {
        const char *item, *value;
    } rows[] = {{"HUBWARD_GROUP", grant->group},
                {"HUBWARD_POOL", grant->pool},
                {"HUBWARD_ADDRESS", address}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rows[i].value[0])
            continue;
        sink_format(out, "Said of the user: %s=", rows[i].item);
        sink_safe(out, rows[i].value);
        sink_char(out, '\n');
    }
}

static void show_text(struct shell *shell, const struct command_call *call,
                      const struct login_outcome *outcome, const json_t *warnings)
{
    struct sink out = {0};
    sink_text(&out, "User ");
    sink_safe(&out, call->user);
    sink_format(&out, ", list %s", call->list);
    if (outcome->method == AAA_PAM)
        sink_format(&out, " (PAM service %s%s)", outcome->service,
                    outcome->pam_root ? ", as root" : "");
    sink_format(&out, ": %s, %u ms\n", verdict_text(outcome->rc), outcome->took_ms);
    if (outcome->rc == RC_AUTH_FAILED)
        sink_format(&out, "Refused: %s\n", decision_rule_text(outcome->rule));
    show_grant(&out, &outcome->grant);
    sink_text(&out, "Reason: ");
    sink_safe(&out, outcome->reason);
    sink_char(&out, '\n');
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        sink_text(&out, "Warning: ");
        sink_safe(&out, json_string_value(json_array_get(warnings, i)));
        sink_char(&out, '\n');
    }
    shell_print(shell, sink_string(&out));
    sink_free(&out);
}

static enum exit_code show(struct shell *shell, const struct command_call *call,
                           const struct login_outcome *outcome)
{
    json_t *warnings = warnings_of(outcome);
    if (!warnings)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    if (shell->json)
        show_json(shell, call, outcome, warnings);
    else
        show_text(shell, call, outcome, warnings);
    json_decref(warnings);
    return outcome->rc == RC_OK ? EXIT_OK : EXIT_FAILED;
}

enum exit_code work_test_aaa(struct shell *shell, const struct command_call *call)
{
    struct login_outcome outcome;
    struct secret secret;
    struct cursor payload;
    enum exit_code code = shell_connect(shell);
    if (code != EXIT_OK)
        return code;
    code = secret_ask(shell, false, &secret);
    if (code == EXIT_OK)
        code = send_ask(shell, call, &secret);
    secret_wipe(&secret);
    if (code != EXIT_OK)
        return code;
    enum rc rc = shell_receive(shell, MSG_TEST_RESULT, VERDICT_TIMEOUT_MS, &payload);
    if (rc == RC_OK)
        rc = login_outcome_get(&payload, &outcome);
    return rc == RC_OK ? show(shell, call, &outcome) : shell_lost(shell, rc);
}
