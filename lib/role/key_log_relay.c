/* `show log` and `show events`: the warden keeps the records, and key passes the question on under
 * a number of its own, and the piece back to whoever asked, if he is still there. */
#include "role/key_state.h"

enum rc key_log_get(struct key_operator *asker, struct cursor *payload)
{
    struct key *key = asker->key;
    struct log_question question;
    enum rc rc = log_question_get(payload, &question);
    if (rc != RC_OK)
        return rc;
    asker->log_request = question.request;
    question.request = ++key->logs_asked;
    rc = child_log_get(key->child, &question);
    /* An asker that asks again waits for the last answer only. */
    asker->log_asked = rc == RC_OK ? question.request : 0;
    if (rc != RC_OK)
        key_control_result(asker, RC_AGAIN, 0, "the log cannot be read now");
    return RC_OK;
}

void key_log_text(struct key *key, const struct log_piece *piece)
{
    uint8_t octets[LOG_HEAD_LEN + LOG_PIECE];
    for (size_t i = 0; i < KEY_OPERATORS; i++) {
        struct key_operator *asker = &key->operators[i];
        if (!asker->channel || !piece->request || asker->log_asked != piece->request)
            continue;
        struct builder b = builder_of(octets, sizeof octets);
        struct log_piece answer = *piece;
        asker->log_asked = 0;
        answer.request = asker->log_request;
        log_piece_put(&b, &answer);
        if (channel_send(asker->channel, MSG_LOG_TEXT, builder_span(&b), -1) != RC_OK)
            child_log(key->child, LEVEL_NOTICE, "an operator did not take its answer");
    }
}
