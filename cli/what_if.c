/* `what-if`: a peer in words, a configuration from a file or from the hub, the engine's own
 * judgement. It changes nothing anywhere; with a file it needs no hub. */
#include "cli/configuration.h"
#include "cli/document.h"
#include "cli/show_decision.h"
#include "cli/work.h"
#include "config/load.h"

#include <stdlib.h>
#include <string.h>

/* What is judged, and on whose word. */
struct question {
    struct whatif_peer peer;
    struct config *config; /* owned */
    const char *lines;     /* the text that the numbers of lines are about */
    struct rows rows;      /* the hub's header, when JSON wants it */
};

static enum exit_code get_configuration(struct shell *shell, struct question *question)
{
    enum exit_code code = configuration_get(shell, &question->config, &question->lines);
    if (code == EXIT_OK && shell->json && !shell->config_file)
        code = rows_fetch(shell, STATUS_SUMMARY, &question->rows);
    return code;
}

static json_t *peer_json(const struct whatif_peer *peer)
{
    char address[ADDR_TEXT], identity[IDENTITY_TEXT] = "";
    if (peer->identity.type != ID_NONE)
        identity_format(&peer->identity, identity);
    return json_pack("{ss,si,ss,ss,ss}", "address", addr_format(peer->from.addr, address), "port",
                     (int)peer->from.port, "mode", show_whatif_mode(peer), "identity", identity,
                     "auth", show_whatif_auth(peer));
}

static json_t *stages_json(const struct whatif *whatif)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < whatif->stage_count; i++) {
        const struct whatif_stage *stage = &whatif->stages[i];
        json_t *one = status_decision_json(&stage->decision);
        one = document_with(one, "message", json_string(stage->message));
        one = document_with(one, "deciding", json_boolean(stage->deciding));
        if (json_array_append_new(array, one) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

static void write_document(struct sink *text, const struct question *question,
                           const struct whatif *whatif, bool from_hub)
{
    json_t *all = status_document_json(&question->rows.header);
    if (!from_hub)
        all = document_with(all, "hub", json_null());
    all = document_with(all, "configuration", document_text(question->lines));
    all = document_with(all, "peer", peer_json(&question->peer));
    all = document_with(all, "accepted", json_boolean(whatif->accepted));
    all = document_with(all, "phase2_judged", json_boolean(!whatif->phase2_open));
    document_write(text, document_with(all, "stages", stages_json(whatif)));
}

static enum exit_code answer(struct shell *shell, struct question *question)
{
    struct sink text = {0};
    struct whatif *whatif = calloc(1, sizeof *whatif);
    if (!whatif)
        return shell_fail(shell, EXIT_FAILED, "out of memory");
    whatif_run(question->config, &question->peer, whatif);
    if (shell->json)
        write_document(&text, question, whatif, !shell->config_file);
    else
        show_whatif(&text, &question->peer, whatif, question->lines);
    enum exit_code code = document_finish(shell, EXIT_OK, &text, &question->rows);
    if (code == EXIT_OK && !whatif->accepted)
        code = EXIT_NOTHING;
    free(whatif);
    return code;
}

enum exit_code work_what_if(struct shell *shell, const struct command_call *call)
{
    struct question question = {.config = NULL};
    char problem[WHATIF_PROBLEM];
    if (whatif_parse(call->line + strlen("what-if"), &question.peer, problem) != RC_OK)
        return shell_fail(shell, EXIT_USAGE, "%s", problem);
    enum exit_code code = get_configuration(shell, &question);
    if (code == EXIT_OK)
        code = answer(shell, &question);
    rows_free(&question.rows);
    config_free(question.config);
    return code;
}
