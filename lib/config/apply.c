/* The shared apply functions; offsets come from the row, values from the match. */
#include "config/apply.h"

#include "base/wipe.h"
#include "crypto/password.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *apply_text(const struct apply *apply, const char *name, size_t n)
{
    const struct word *word = match_word(apply->match, name, n);
    return word ? word->text : NULL;
}

bool apply_has(const struct apply *apply, const char *keyword)
{
    return match_has(apply->match, keyword);
}

enum rc apply_error(const struct apply *apply, const struct word *at, const char *format, ...)
{
    char sentence[256];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    report_add(apply->reporter, CONFIG_ERROR, place_of(at ? at : apply->head), "", "%s", sentence);
    return RC_MALFORMED;
}

enum rc apply_prefix(const struct apply *apply, struct prefix *out)
{
    const char *prefix6 = apply_text(apply, "PREFIX6", 0);
    const char *address = apply_text(apply, "ADDR", 0), *mask = apply_text(apply, "MASK", 0);
    if (prefix6)
        return argument_slashed(prefix6, out);
    if (!mask)
        mask = strcmp(address, "0.0.0.0") == 0 ? "0.0.0.0" : "255.255.255.255";
    return argument_prefix(address, mask, out);
}

static enum rc decode_type7(const struct apply *apply, const struct word *word, struct span *out)
{
    char clear[PASSWORD_STORED_MAX];
    enum rc rc = password_type7_decode(word->text, clear, sizeof clear);
    if (rc != RC_OK) {
        rc = apply_error(apply, word,
                         "this is not a type 7 text: two digits, then pairs of hex "
                         "digits");
        goto out;
    }
    const char *copy = draft_text(apply->draft, clear);
    if (!copy)
        rc = RC_NO_MEMORY;
    else
        *out = (struct span){(const uint8_t *)copy, strlen(copy)};
out:
    wipe(clear, sizeof clear);
    return rc;
}

enum rc apply_secret(const struct apply *apply, struct span *out)
{
    const struct word *word = match_word(apply->match, "SECRET", 0);
    if (!word)
        return apply_error(apply, NULL, "the key is missing");
    if (apply_has(apply, "6"))
        return apply_error(apply, word,
                           "type 6 keys are sealed with a master key that only the router has: "
                           "write the key itself instead, as \"0\" and the key, or its type 7 "
                           "form");
    if (apply_has(apply, "7"))
        return decode_type7(apply, word, out);
    const char *copy = draft_text(apply->draft, word->text);
    if (!copy)
        return RC_NO_MEMORY;
    *out = (struct span){(const uint8_t *)copy, strlen(copy)};
    return RC_OK;
}

static const struct argument *last_argument(const struct apply *apply)
{
    size_t count = apply->match->argument_count;
    return count ? &apply->match->arguments[count - 1] : NULL;
}

static void *field_of(const struct apply *apply)
{
    return (char *)apply->object + apply->match->row->field;
}

enum rc apply_nothing(struct apply *apply)
{
    if (apply->negated)
        return apply_error(apply, NULL, "this cannot be switched off here");
    return RC_OK;
}

enum rc apply_flag(struct apply *apply)
{
    bool *flag = field_of(apply);
    *flag = !apply->negated;
    return RC_OK;
}

enum rc apply_string(struct apply *apply)
{
    const char **string = field_of(apply);
    const struct argument *last = last_argument(apply);
    const char *copy = NULL;
    if (!apply->negated) {
        copy = draft_text(apply->draft,
                          token_is_rest(last->token) ? last->word->rest : last->word->text);
        if (!copy)
            return RC_NO_MEMORY;
    }
    *string = copy;
    return RC_OK;
}

enum rc apply_number(struct apply *apply)
{
    uint32_t *number = field_of(apply);
    *number = apply->negated ? apply->match->row->initial
                             : argument_number(last_argument(apply)->word->text);
    return RC_OK;
}

enum rc apply_refer(const struct apply *apply, const struct word *word, struct reference *out)
{
    const char *name = draft_text(apply->draft, word->text);
    if (!name)
        return RC_NO_MEMORY;
    *out = (struct reference){name, word->line, word->column};
    return RC_OK;
}

enum rc apply_reference(struct apply *apply)
{
    struct reference *reference = field_of(apply);
    if (!apply->negated)
        return apply_refer(apply, last_argument(apply)->word, reference);
    *reference = (struct reference){.name = NULL};
    return RC_OK;
}
