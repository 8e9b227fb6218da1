/* Character rules for names and passwords. */
#include "base/credential.h"

#include <stdint.h>

/* How many octets follow a first octet of UTF-8, and what the sequence must at least encode: a
 * longer form than needed is not UTF-8 (RFC 3629, 3). */
static const struct utf8_form {
    uint8_t mask, lead, more;
    uint32_t least;
} utf8_forms[] = {
    {0x80, 0x00, 0, 0x0},
    {0xe0, 0xc0, 1, 0x80},
    {0xf0, 0xe0, 2, 0x800},
    {0xf8, 0xf0, 3, 0x10000},
};

static const struct utf8_form *utf8_form_of(uint8_t first)
{
    for (size_t i = 0; i < sizeof utf8_forms / sizeof utf8_forms[0]; i++)
        if ((first & utf8_forms[i].mask) == utf8_forms[i].lead)
            return &utf8_forms[i];
    return NULL;
}

/* The next code point; poisons the cursor where there is none. */
static uint32_t utf8_next(struct cursor *c)
{
    uint8_t first = cursor_u8(c);
    const struct utf8_form *form = utf8_form_of(first);
    const uint8_t *more = form ? cursor_take(c, form->more) : NULL;
    if (!more) {
        c->bad = true;
        return 0;
    }
    uint32_t point = first & (uint8_t)~form->mask;
    for (size_t i = 0; i < form->more; i++) {
        if ((more[i] & 0xc0) != 0x80)
            c->bad = true;
        point = point << 6 | (more[i] & 0x3f);
    }
    if (point < form->least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        c->bad = true;
    return point;
}

static bool is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

bool credential_is_text(struct span text)
{
    struct cursor c = cursor_over(text);
    if (text.len < 1 || text.len > CREDENTIAL_MAX)
        return false;
    while (cursor_left(&c))
        if (is_control(utf8_next(&c)))
            return false;
    return cursor_done(&c);
}

static bool pam_user_octet(uint8_t octet)
{
    static const char others[] = "._-@+\\";
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
           (octet >= '0' && octet <= '9') || octet >= 0x80 ||
           memchr(others, octet, sizeof others - 1);
}

bool credential_is_pam_user(struct span name)
{
    static const char not_first[] = "-.\\";
    if (!credential_is_text(name) || memchr(not_first, name.at[0], sizeof not_first - 1))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!pam_user_octet(name.at[i]))
            return false;
    return true;
}
