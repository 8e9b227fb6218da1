/* Days are counted in the Gregorian calendar; which algorithms a row is about stands in a table. */
#include "config/weak.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    enum cipher_alg phase1;
    enum packet_cipher phase2;
    enum hash_alg hash;
    uint16_t group;
} kinds[WEAK_KIND_COUNT] = {
    [WEAK_DES] = {"des", CIPHER_DES, PACKET_DES_CBC, HASH_NONE, 0},
    [WEAK_3DES] = {"3des", CIPHER_3DES, PACKET_3DES_CBC, HASH_NONE, 0},
    [WEAK_MD5] = {"md5", CIPHER_NONE, PACKET_NULL, HASH_MD5, 0},
    [WEAK_GROUP1] = {"group1", CIPHER_NONE, PACKET_NULL, HASH_NONE, 1},
    [WEAK_GROUP2] = {"group2", CIPHER_NONE, PACKET_NULL, HASH_NONE, 2},
    [WEAK_GROUP5] = {"group5", CIPHER_NONE, PACKET_NULL, HASH_NONE, 5},
};

const char *weak_word(enum weak_kind kind)
{
    return (unsigned)kind < WEAK_KIND_COUNT ? kinds[kind].word : "unknown";
}

enum weak_kind weak_kind_of(const char *word)
{
    for (unsigned i = 0; i < WEAK_KIND_COUNT; i++)
        if (strcmp(kinds[i].word, word) == 0)
            return (enum weak_kind)i;
    return WEAK_KIND_COUNT;
}

/* -- days ------------------------------------------------------------------------------------ */

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static unsigned digits(const char *text, size_t count)
{
    unsigned number = 0;
    for (size_t i = 0; i < count; i++)
        number = number * 10 + (unsigned)(text[i] - '0');
    return number;
}

enum rc weak_day_parse(const char *text, uint32_t *out)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return RC_MALFORMED;
    const unsigned year = digits(text, 4), month = digits(text + 5, 2), date = digits(text + 8, 2);
    if (year < 1970 || month < 1 || month > 12 || date < 1 || date > days_in(year, month))
        return RC_MALFORMED;
    uint32_t day = date - 1;
    for (unsigned y = 1970; y < year; y++)
        day += is_leap(y) ? 366 : 365;
    for (unsigned m = 1; m < month; m++)
        day += days_in(year, m);
    *out = day;
    return RC_OK;
}

const char *weak_day_format(uint32_t day, char out[WEAK_DATE])
{
    unsigned year = 1970, month = 1;
    for (; day >= (is_leap(year) ? 366u : 365u); year++)
        day -= is_leap(year) ? 366u : 365u;
    for (; day >= days_in(year, month); month++)
        day -= days_in(year, month);
    snprintf(out, WEAK_DATE, "%04u-%02u-%02u", year % 10000, month, (day + 1) % 100);
    return out;
}

/* -- what has ended -------------------------------------------------------------------------- */

/* The line that ended it; 0: it is named by none, or its day is not over. */
static unsigned ended(const struct config *config, unsigned kind, bool named)
{
    const struct weak_end *end = &config->weak_ends[kind];
    return named && end->line && config->day > end->day ? end->line : 0;
}

static unsigned policy_ended(const struct config *config, const struct isakmp_policy *policy)
{
    unsigned line = 0;
    for (unsigned k = 0; k < WEAK_KIND_COUNT && !line; k++)
        line = ended(config, k,
                     kinds[k].phase1 == policy->cipher || kinds[k].hash == policy->hash ||
                         kinds[k].group == policy->group);
    return line;
}

/* A set without encryption or without HMAC is none of the table's. */
static unsigned set_ended(const struct config *config, const struct transform_set *set)
{
    unsigned line = 0;
    for (unsigned k = 0; k < WEAK_KIND_COUNT && !line; k++)
        line = ended(config, k,
                     (kinds[k].phase2 != PACKET_NULL && kinds[k].phase2 == set->suite.cipher) ||
                         (kinds[k].hash != HASH_NONE && kinds[k].hash == set->suite.integrity));
    return line;
}

void config_set_day(struct config *config, uint32_t day)
{
    config->day = day;
    config->ended_groups = 0;
    for (unsigned k = 0; k < WEAK_KIND_COUNT; k++)
        if (ended(config, k, kinds[k].group != 0))
            config->ended_groups |= UINT64_C(1) << kinds[k].group;
    /* Laid out in the arena of a configuration that is not in use yet. */
    struct isakmp_policy *policies = (struct isakmp_policy *)config->policies;
    for (size_t i = 0; i < config->policy_count; i++)
        policies[i].ended = policy_ended(config, &policies[i]);
    struct transform_set *sets = (struct transform_set *)config->transform_sets;
    for (size_t i = 0; i < config->transform_set_count; i++)
        sets[i].ended = set_ended(config, &sets[i]);
}

bool config_ends_between(const struct config *config, uint32_t from, uint32_t to)
{
    for (unsigned k = 0; k < WEAK_KIND_COUNT; k++) {
        const struct weak_end *end = &config->weak_ends[k];
        if (end->line && end->day >= from && end->day < to)
            return true;
    }
    return false;
}
