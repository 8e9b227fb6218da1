/* Placeholders of the command table: what an UPPER-CASE word of a syntax accepts, and reading
 * it. */
#ifndef HUBWARD_CONFIG_ARGUMENT_H
#define HUBWARD_CONFIG_ARGUMENT_H

#include "base/addr.h"
#include "config/text.h"

enum { TOKEN_TEXT = 40 };

/* A token of a syntax string, as pointer and length inside it. */
struct token {
    const char *at;
    size_t len;
};

bool token_is(struct token token, const char *name);
bool token_is_keyword(struct token token);
/* Takes the words to the end of the line. */
bool token_is_rest(struct token token);
/* What it takes must never be shown. */
bool token_is_secret(struct token token);
/* May this word stand for the placeholder? */
bool token_accepts(struct token token, const char *word);
/* What is expected, for an error message: `"group"`, `an address such as 10.1.1.1`, `60-86400`. */
const char *token_expected(struct token token, char out[TOKEN_TEXT + 40]);

/* Readers for words that the checks above accepted. */
uint32_t argument_number(const char *word);
uint16_t argument_port(const char *word);
/* Address and netmask, or address and wildcard: RC_MALFORMED when it is not contiguous. */
MUST_USE enum rc argument_prefix(const char *address, const char *mask, struct prefix *out);
MUST_USE enum rc argument_wildcard(const char *address, const char *wildcard, struct prefix *out);
/* ADDRESS/LENGTH. */
MUST_USE enum rc argument_slashed(const char *word, struct prefix *out);

#endif
