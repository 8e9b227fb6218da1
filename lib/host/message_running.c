/* Coding of the question for the running configuration and of its pieces. */
#include "host/message_running.h"

void running_question_put(struct builder *b, const struct running_question *question)
{
    builder_u32(b, question->at);
    builder_u32(b, question->request);
}

enum rc running_question_get(struct cursor *c, struct running_question *out)
{
    struct running_question question = {.at = cursor_u32(c)};
    question.request = cursor_u32(c);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = question;
    return RC_OK;
}

/* A piece lies inside its text and brings the asker further, unless there is no more. */
static bool piece_fits(const struct running_piece *piece)
{
    if (piece->text.len > RUNNING_PIECE)
        return false;
    if (piece->at >= piece->total)
        return piece->text.len == 0;
    return piece->text.len > 0 && piece->text.len <= piece->total - piece->at;
}

void running_piece_put(struct builder *b, const struct running_piece *piece)
{
    if (!piece_fits(piece)) {
        b->bad = true;
        return;
    }
    builder_u32(b, piece->request);
    builder_u32(b, piece->at);
    builder_u32(b, piece->total);
    builder_u16(b, (uint16_t)piece->text.len);
    builder_add(b, piece->text);
}

enum rc running_piece_get(struct cursor *c, struct running_piece *out)
{
    struct running_piece piece = {.request = cursor_u32(c)};
    piece.at = cursor_u32(c);
    piece.total = cursor_u32(c);
    size_t len = cursor_u16(c);
    piece.text = cursor_span(c, len);
    if (!cursor_done(c) || !piece_fits(&piece))
        return RC_MALFORMED;
    *out = piece;
    return RC_OK;
}
