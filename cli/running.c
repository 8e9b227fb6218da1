/* Question and answer until the text is whole, and what of it may reach a terminal. */
#include "cli/running.h"

#include "host/message_running.h"

enum { ANSWER_TIMEOUT_MS = 10000, REQUEST = 1, TEXT_MOST = 64 << 20 };

static enum exit_code ask(struct shell *shell, enum message_kind question, size_t at)
{
    uint8_t octets[16];
    struct builder b = builder_of(octets, sizeof octets);
    running_question_put(&b, &(struct running_question){(uint32_t)at, REQUEST});
    return shell_send(shell, question, builder_span(&b));
}

/* The piece that was asked for; events of an earlier `debug` are passed over. */
static enum rc receive(struct shell *shell, enum message_kind answer, size_t at,
                       struct running_piece *out)
{
    enum message_kind kind;
    struct cursor payload;
    enum rc rc;
    do
        rc = client_receive(&shell->client, ANSWER_TIMEOUT_MS, &kind, &payload);
    while (rc == RC_OK && kind != answer);
    if (rc == RC_OK)
        rc = running_piece_get(&payload, out);
    if (rc == RC_OK && (out->request != REQUEST || out->at != at || out->total > TEXT_MOST))
        rc = RC_MALFORMED;
    return rc;
}

enum exit_code pieces_fetch(struct shell *shell, enum message_kind question,
                            enum message_kind answer, struct sink *text)
{
    struct running_piece piece = {.total = 0};
    size_t at = 0, total = 0;
    do {
        enum exit_code code = ask(shell, question, at);
        if (code != EXIT_OK)
            return code;
        enum rc rc = receive(shell, answer, at, &piece);
        if (rc == RC_OK && at && piece.total != total) /* not the text that was begun */
            rc = RC_MALFORMED;
        if (rc != RC_OK)
            return shell_lost(shell, rc);
        sink_octets(text, (const char *)piece.text.at, piece.text.len);
        total = piece.total;
        at += piece.text.len;
    } while (at < total);
    return text->bad ? shell_fail(shell, EXIT_FAILED, "out of memory") : EXIT_OK;
}

enum exit_code running_fetch(struct shell *shell, struct sink *text)
{
    return pieces_fetch(shell, MSG_RUNNING_GET, MSG_RUNNING_TEXT, text);
}

/* Octets of the well-formed UTF-8 sequence that text begins with, and its character; 0: none. */
static size_t decode(const unsigned char *text, size_t len, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t n = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? text[0] : text[0] & (0xffu >> (n + 1));
    if ((text[0] >= 0x80 && text[0] < 0xc0) || text[0] >= 0xf8 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (text[i] & 0x3fu);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *out = c;
    return n;
}

/* Unicode: C0 and C1, line and paragraph separators, bidirectional embeddings and isolates. */
static bool is_inert(uint32_t c)
{
    if (c == '\n' || c == '\t')
        return true;
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0x200e && c != 0x200f && c != 0x061c &&
           !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void running_safe(struct sink *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t c;
        size_t n = decode((const unsigned char *)text + at, len - at, &c);
        if (n && is_inert(c))
            sink_octets(out, text + at, n);
        for (size_t i = 0; i < (n ? n : 1) && !(n && is_inert(c)); i++)
            sink_format(out, "\\x%02x", (unsigned char)text[at + i]);
        at += n ? n : 1;
    }
}
