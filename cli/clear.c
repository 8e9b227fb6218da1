/* `clear crypto session`, `sa`, `isakmp` and `peer`, and the two commands that need no hub. */
#include "cli/filter.h"
#include "cli/shell.h"
#include "cli/work.h"
#include "host/message_control.h"
#include "host/message_peer.h"

#include <assert.h>
#include <string.h>

enum { ANSWER_TIMEOUT_MS = 10000 };
static_assert((int)PEER_WHO == (int)COMMAND_TEXT, "a name that can be typed can be sent");

static enum rc receive_result(struct shell *shell, struct control_result *out)
{
    struct cursor payload;
    enum rc rc = shell_receive(shell, MSG_RESULT, ANSWER_TIMEOUT_MS, &payload);
    return rc == RC_OK ? control_result_get(&payload, out) : rc;
}

/* What is cleared, in words. */
static const char *const things[CLEAR_SCOPES] = {
    [CLEAR_SESSIONS] = "session", [CLEAR_IPSEC] = "IPsec tunnel", [CLEAR_ISAKMP] = "ISAKMP SA"};

static enum exit_code report(struct shell *shell, const struct control_result *result,
                             const char *thing, bool all)
{
    struct sink text = {0};
    enum exit_code code = EXIT_OK;
    sink_safe(&text, result->text[0] ? result->text : rc_text(result->rc));
    if (result->rc == RC_NOT_FOUND || (result->rc == RC_OK && !result->number)) {
        code = shell_fail(shell, EXIT_NOTHING, all ? "there is no %s" : "no such %s", thing);
    } else if (result->rc == RC_DENIED) {
        code = shell_fail(shell, EXIT_DENIED, "%s", sink_string(&text));
    } else if (result->rc != RC_OK) {
        code = shell_fail(shell, EXIT_FAILED, "%s", sink_string(&text));
    } else {
        sink_clear(&text);
        sink_format(&text, "%u %s%s cleared", result->number, thing,
                    result->number == 1 ? "" : "s");
        sink_text(&text, result->text[0] ? "; " : "");
        sink_safe(&text, result->text);
        sink_char(&text, '\n');
        shell_print(shell, sink_string(&text));
    }
    sink_free(&text);
    return code;
}

/* Send an order and wait for what became of it. */
static enum exit_code order(struct shell *shell, enum message_kind kind, struct span payload,
                            struct control_result *out)
{
    enum exit_code code = shell_send(shell, kind, payload);
    if (code != EXIT_OK)
        return code;
    enum rc rc = receive_result(shell, out);
    return rc == RC_OK ? EXIT_OK : shell_lost(shell, rc);
}

static enum exit_code clear(struct shell *shell, const struct command_call *call,
                            enum clear_scope scope)
{
    const struct control_clear clear = {.id = call->number, .peer = call->addr, .scope = scope};
    bool names_id = strstr(call->command->words, "NUMBER") != NULL;
    struct control_result result = {.rc = RC_OK};
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    if (names_id && !clear.id) /* on the wire 0 would mean all */
        return shell_fail(shell, EXIT_NOTHING, "no such %s", things[scope]);
    control_clear_put(&b, &clear);
    const enum exit_code code = order(shell, MSG_CLEAR, builder_span(&b), &result);
    const bool all = !clear.id && clear.peer.family == ADDR_NONE;
    return code == EXIT_OK ? report(shell, &result, things[scope], all) : code;
}

enum exit_code work_clear_session(struct shell *shell, const struct command_call *call)
{
    return clear(shell, call, CLEAR_SESSIONS);
}

enum exit_code work_clear_sa(struct shell *shell, const struct command_call *call)
{
    return clear(shell, call, CLEAR_IPSEC);
}

enum exit_code work_clear_isakmp(struct shell *shell, const struct command_call *call)
{
    return clear(shell, call, CLEAR_ISAKMP);
}

enum exit_code work_clear_peer(struct shell *shell, const struct command_call *call)
{
    struct peer_forget forget = {.number = 0};
    struct control_result result = {.rc = RC_OK};
    uint8_t octets[PEER_FORGET_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    memcpy(forget.who, call->user, sizeof forget.who);
    peer_forget_put(&b, &forget);
    const enum exit_code code = order(shell, MSG_PEER_CLEAR, builder_span(&b), &result);
    return code == EXIT_OK ? report(shell, &result, "known peer", false) : code;
}

enum exit_code work_help(struct shell *shell, const struct command_call *call)
{
    struct sink text = {0};
    const char *help;
    (void)call;
    for (const struct command *row = commands; row->words; row++)
        if (row->work)
            sink_format(&text, "  %-38s %s\n", row->words, row->help);
    sink_text(&text, "\nWords may be cut while they stay clear: sh cry isa sa\n"
                     "Behind a show: --watch [SECONDS]. Behind any command: --json, or\n");
    for (size_t i = 0; filter_word(i, &help); i++)
        sink_format(&text, "  | %-8s REGEX                        %s\n", filter_word(i, &help),
                    help);
    shell_print(shell, sink_string(&text));
    sink_free(&text);
    return EXIT_OK;
}

enum exit_code work_exit(struct shell *shell, const struct command_call *call)
{
    (void)call;
    shell->quit = true;
    return EXIT_OK;
}
