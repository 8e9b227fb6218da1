/* Pieces of the log, and their coding. */
#include "host/message_log.h"

#include <assert.h>
#include <string.h>

static_assert((int)LOG_RING_LINE <= (int)LOG_PIECE, "every line fits into a piece");

void log_piece_fill(const struct log_ring *ring, const struct log_question *question,
                    uint8_t *buffer, struct log_piece *out)
{
    const uint64_t end = log_ring_end(ring);
    uint64_t at =
        question->from ? question->from : log_ring_start(ring, question->last, question->events);
    struct log_piece piece = {.request = question->request, .end = end, .next = end};
    size_t len = 0;
    struct span line;
    for (uint64_t next = at; log_ring_next(ring, &next, question->events, &line); at = next) {
        if (len + line.len > LOG_PIECE) {
            piece.next = at;
            break;
        }
        memcpy(buffer + len, line.at, line.len);
        len += line.len;
    }
    piece.text = (struct span){buffer, len};
    *out = piece;
}

void log_question_put(struct builder *b, const struct log_question *question)
{
    builder_u32(b, question->request);
    builder_u64(b, question->from);
    builder_u32(b, question->last);
    builder_u8(b, question->events ? 1 : 0);
}

enum rc log_question_get(struct cursor *c, struct log_question *out)
{
    struct log_question question = {.request = cursor_u32(c)};
    question.from = cursor_u64(c);
    question.last = cursor_u32(c);
    uint8_t events = cursor_u8(c);
    if (!cursor_done(c) || events > 1)
        return RC_MALFORMED;
    question.events = events == 1;
    *out = question;
    return RC_OK;
}

/* Whole lines that bring the asker further, unless there are no more. */
static bool piece_fits(const struct log_piece *piece)
{
    const struct span text = piece->text;
    if (text.len > LOG_PIECE || piece->next > piece->end)
        return false;
    return text.len ? text.at[text.len - 1] == '\n' : piece->next == piece->end;
}

void log_piece_put(struct builder *b, const struct log_piece *piece)
{
    if (!piece_fits(piece)) {
        b->bad = true;
        return;
    }
    builder_u32(b, piece->request);
    builder_u64(b, piece->next);
    builder_u64(b, piece->end);
    builder_u16(b, (uint16_t)piece->text.len);
    builder_add(b, piece->text);
}

enum rc log_piece_get(struct cursor *c, struct log_piece *out)
{
    struct log_piece piece = {.request = cursor_u32(c)};
    piece.next = cursor_u64(c);
    piece.end = cursor_u64(c);
    size_t len = cursor_u16(c);
    piece.text = cursor_span(c, len);
    if (!cursor_done(c) || !piece_fits(&piece))
        return RC_MALFORMED;
    *out = piece;
    return RC_OK;
}
