/* `show running-config`: the text is printed anew for each piece, from the configuration that this
 * process runs with and that does not change while it lives. No file is opened for it, and what the
 * printer does not write (keys, passwords, hashes) cannot leave. */
#include "config/print.h"
#include "host/message_running.h"
#include "role/key_state.h"

#include <stdlib.h>

static enum rc send_piece(const struct key *key, struct channel *channel,
                          const struct running_question *question, char *text, uint8_t *message)
{
    struct builder b = builder_of(message, MESSAGE_MAX);
    struct running_piece piece = {.request = question->request, .at = question->at};
    size_t len;
    piece.total =
        (uint32_t)config_print_piece(key->config, question->at, text, RUNNING_PIECE, &len);
    piece.text = (struct span){(const uint8_t *)text, len};
    running_piece_put(&b, &piece);
    return b.bad ? RC_FULL : channel_send(channel, MSG_RUNNING_TEXT, builder_span(&b), -1);
}

enum rc key_running_answer(struct key *key, struct channel *channel, struct cursor *payload)
{
    struct running_question question;
    enum rc rc = running_question_get(payload, &question);
    if (rc != RC_OK)
        return rc;
    char *text = malloc(RUNNING_PIECE);
    uint8_t *message = malloc(MESSAGE_MAX);
    if (text && message)
        rc = send_piece(key, channel, &question, text, message);
    free(text);
    free(message);
    /* An asker that does not read its answers gets no more of them. */
    return rc == RC_FULL || rc == RC_IO ? RC_OK : rc;
}
