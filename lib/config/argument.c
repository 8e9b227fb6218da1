/* One table of placeholders; numbers in a range are read off the token itself. */
#include "config/argument.h"

#include "config/weak.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 10, SERVICE_TEXT = 64, BRANCH_TEXT = 40, PATH_TEXT = 200 };

bool token_is(struct token token, const char *name)
{
    return strlen(name) == token.len && memcmp(token.at, name, token.len) == 0;
}

bool token_is_keyword(struct token token)
{
    return token.len > 0 && *token.at != '<' && !isupper((unsigned char)*token.at);
}

static bool all_digits(const char *word)
{
    return *word && strlen(word) <= DIGITS_MAX && strspn(word, "0123456789") == strlen(word);
}

static bool any_word(const char *word)
{
    return *word != '\0';
}

/* Further words of a command that is not read on; a comment is none of them. */
static bool is_more(const char *word)
{
    return *word && *word != '!';
}

static bool is_address(const char *word)
{
    struct addr addr;
    return addr_parse(word, &addr) == RC_OK && addr.family == ADDR_V4;
}

static bool is_mask(const char *word)
{
    struct addr addr;
    uint8_t len;
    return addr_parse(word, &addr) == RC_OK && addr.family == ADDR_V4 &&
           prefix_len_of_mask(addr, &len) == RC_OK;
}

static bool is_slashed6(const char *word)
{
    struct prefix prefix;
    return argument_slashed(word, &prefix) == RC_OK && prefix.addr.family == ADDR_V6;
}

/* A name of DNS: a letter in it, so that a mistyped address is not taken for one. */
static bool is_host(const char *word)
{
    bool letter = false;
    for (; *word; word++) {
        letter = letter || isalpha((unsigned char)*word);
        if (!isalnum((unsigned char)*word) && !strchr("-._", *word))
            return false;
    }
    return letter;
}

static bool is_interface(const char *word)
{
    return isalpha((unsigned char)*word) && strspn(word, "abcdefghijklmnopqrstuvwxyz"
                                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                         "0123456789/.:-_") == strlen(word);
}

static bool is_date(const char *word)
{
    uint32_t day;
    return weak_day_parse(word, &day) == RC_OK;
}

static bool is_unit(const char *word) /* 0, 0/0, 0/0/0.10, 1:23 */
{
    return !is_address(word) && isdigit((unsigned char)*word) &&
           strspn(word, "0123456789/.:") == strlen(word);
}

static bool is_port(const char *word)
{
    return argument_port(word) != 0;
}

static bool is_listen(const char *word)
{
    char copy[ENDPOINT_TEXT];
    struct addr addr;
    const char *colon = strrchr(word, ':');
    if (!colon || !all_digits(colon + 1) || (size_t)(colon - word) >= sizeof copy)
        return false;
    if (argument_number(colon + 1) < 1 || argument_number(colon + 1) > UINT16_MAX)
        return false;
    snprintf(copy, sizeof copy, "%.*s", (int)(colon - word), word);
    size_t n = strlen(copy);
    if (n > 2 && copy[0] == '[' && copy[n - 1] == ']') {
        copy[n - 1] = '\0';
        return addr_parse(copy + 1, &addr) == RC_OK && addr.family == ADDR_V6;
    }
    return addr_parse(copy, &addr) == RC_OK && addr.family == ADDR_V4;
}

/* A file below /etc/pam.d; PAM looks for no other names. */
static bool is_service(const char *word)
{
    return *word != '.' && strlen(word) < SERVICE_TEXT &&
           strspn(word, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789._-") == strlen(word);
}

/* It stands in names of leases and peers, and in a command to clear them. */
static bool is_branch(const char *word)
{
    return strlen(word) < BRANCH_TEXT && strspn(word, "abcdefghijklmnopqrstuvwxyz"
                                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                      "0123456789._-") == strlen(word);
}

static bool is_path(const char *word)
{
    size_t len = strlen(word);
    if (*word != '/' || len >= PATH_TEXT || word[len - 1] == '/')
        return false;
    for (; *word; word++)
        if (!isgraph((unsigned char)*word))
            return false;
    return true;
}

static const struct placeholder {
    const char *name;
    bool (*accepts)(const char *word);
    bool rest;
    bool secret;
    const char *expected;
} placeholders[] = {
    {"ADDR", is_address, false, false, "an address such as 10.1.1.1"},
    {"MASK", is_mask, false, false, "a mask such as 255.255.255.0"},
    {"WILDCARD", is_address, false, false, "a wildcard such as 0.0.0.255"},
    {"PREFIX6", is_slashed6, false, false, "an IPv6 prefix such as 2001:db8::/64"},
    {"HOST", is_host, false, false, "a host name"},
    {"BRANCH", is_branch, false, false, "a name such as branch-7"},
    {"KEYID", any_word, false, false, "a key-id"},
    {"INTERFACE", is_interface, false, false, "an interface such as FastEthernet0/0"},
    {"UNIT", is_unit, false, false, "an interface number such as 0/0"},
    {"LINUX", is_interface, false, false, "a Linux interface such as eth0"},
    {"PORT", is_port, false, false, "a port, 1-65535 or a name such as isakmp"},
    {"DATE", is_date, false, false, "a date such as 2027-12-31"},
    {"LISTEN", is_listen, false, false, "an address and port such as 127.0.0.1:8500"},
    {"SERVICE", is_service, false, false, "a PAM service such as hubward"},
    {"PATH", is_path, false, false, "an absolute path such as /etc/hubward/users"},
    {"SECRET", any_word, false, true, "a key"},
    {"PASSWORD", any_word, true, true, "a password"},
    {"LINE", any_word, true, false, "text"},
    {"BANNER", any_word, true, false, "a delimiter and text"},
    {"REST", is_more, true, false, "more words"},
};

static const struct placeholder *find(struct token token)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        if (*token.at == *placeholders[i].name && token_is(token, placeholders[i].name))
            return &placeholders[i];
    return NULL;
}

bool token_is_rest(struct token token)
{
    const struct placeholder *row = find(token);
    return row && row->rest;
}

bool token_is_secret(struct token token)
{
    const struct placeholder *row = find(token);
    return row && row->secret;
}

static bool in_range(struct token token, const char *word)
{
    char *end = NULL;
    unsigned long low = strtoul(token.at + 1, &end, 10);
    unsigned long high = strtoul(end + 1, NULL, 10);
    if (!all_digits(word))
        return false;
    unsigned long value = strtoul(word, NULL, 10);
    return low <= value && value <= high;
}

bool token_accepts(struct token token, const char *word)
{
    if (*token.at == '<')
        return in_range(token, word);
    const struct placeholder *row = find(token);
    return row ? row->accepts(word) : any_word(word);
}

/* Placeholders outside the table are names of objects: KEYRING is "a name (keyring)". */
const char *token_expected(struct token token, char out[TOKEN_TEXT + 40])
{
    size_t size = TOKEN_TEXT + 40;
    const struct placeholder *row = find(token);
    int n = token.len < TOKEN_TEXT ? (int)token.len : TOKEN_TEXT;
    if (token.len == 0)
        snprintf(out, size, "the end of the line");
    else if (token_is_keyword(token))
        snprintf(out, size, "\"%.*s\"", n, token.at);
    else if (*token.at == '<')
        snprintf(out, size, "a number %.*s", n - 2, token.at + 1);
    else if (row)
        snprintf(out, size, "%s", row->expected);
    else
        snprintf(out, size, "a name (%.*s)", n, token.at);
    return out;
}

uint32_t argument_number(const char *word)
{
    unsigned long value = strtoul(word, NULL, 10);
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

uint16_t argument_port(const char *word)
{
    static const struct {
        const char *name;
        uint16_t port;
    } names[] = {
        {"ftp-data", 20}, {"ftp", 21},       {"ssh", 22},    {"telnet", 23},
        {"smtp", 25},     {"domain", 53},    {"bootps", 67}, {"bootpc", 68},
        {"tftp", 69},     {"www", 80},       {"pop3", 110},  {"ntp", 123},
        {"snmp", 161},    {"snmptrap", 162}, {"bgp", 179},   {"isakmp", 500},
        {"syslog", 514},  {"lpd", 515},      {"rip", 520},   {"non500-isakmp", 4500},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(word, names[i].name) == 0)
            return names[i].port;
    if (!all_digits(word))
        return 0;
    uint32_t value = argument_number(word);
    return value <= UINT16_MAX ? (uint16_t)value : 0;
}

enum rc argument_prefix(const char *address, const char *mask, struct prefix *out)
{
    struct addr addr, bits;
    uint8_t len;
    if (addr_parse(address, &addr) != RC_OK || addr_parse(mask, &bits) != RC_OK ||
        addr.family != bits.family || prefix_len_of_mask(bits, &len) != RC_OK)
        return RC_MALFORMED;
    *out = prefix_of(addr, len);
    return RC_OK;
}

enum rc argument_wildcard(const char *address, const char *wildcard, struct prefix *out)
{
    struct addr addr, bits;
    uint8_t len;
    if (addr_parse(address, &addr) != RC_OK || addr_parse(wildcard, &bits) != RC_OK ||
        addr.family != ADDR_V4 || bits.family != ADDR_V4)
        return RC_MALFORMED;
    if (prefix_len_of_mask(addr_v4(~addr_v4_value(bits)), &len) != RC_OK)
        return RC_MALFORMED;
    *out = prefix_of(addr, len);
    return RC_OK;
}

enum rc argument_slashed(const char *word, struct prefix *out)
{
    char copy[ADDR_TEXT];
    struct addr addr;
    const char *slash = strchr(word, '/');
    if (!slash || (size_t)(slash - word) >= sizeof copy || !all_digits(slash + 1))
        return RC_MALFORMED;
    snprintf(copy, sizeof copy, "%.*s", (int)(slash - word), word);
    uint32_t len = argument_number(slash + 1);
    if (addr_parse(copy, &addr) != RC_OK || len > addr_len(addr.family) * 8)
        return RC_MALFORMED;
    *out = prefix_of(addr, (uint8_t)len);
    return RC_OK;
}
