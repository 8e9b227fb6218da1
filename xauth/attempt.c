/* The table of logins: every question is a walk over 32 rows. */
#include "xauth/attempt.h"

#include "base/wipe.h"
#include "xauth/secret.h"

#include <stdio.h>

/* One end of the internet: an address, or the 64-bit net that one IPv6 host has to itself. */
static bool same_source(struct addr a, struct addr b)
{
    if (a.family == ADDR_V6 && b.family == ADDR_V6)
        return memcmp(a.bytes, b.bytes, 8) == 0;
    return addr_equal(a, b);
}

static bool shares_all(const struct attempt *a, const struct attempt *b)
{
    (void)a;
    (void)b;
    return true;
}

static bool shares_pam(const struct attempt *a, const struct attempt *b)
{
    return a->method == AAA_PAM && b->method == AAA_PAM;
}

static bool shares_user(const struct attempt *a, const struct attempt *b)
{
    return a->method == b->method && strcmp(a->user, b->user) == 0;
}

static bool shares_source(const struct attempt *a, const struct attempt *b)
{
    return a->method == b->method && same_source(a->source, b->source);
}

static bool shares_group(const struct attempt *a, const struct attempt *b)
{
    return a->method == b->method && strcmp(a->group, b->group) == 0;
}

static const struct limit {
    const char *name;
    bool (*shares)(const struct attempt *a, const struct attempt *b);
    size_t most;
} limits[] = {
    {"all logins", shares_all, ATTEMPTS_MAX},
    {"logins by PAM", shares_pam, ATTEMPTS_PAM},
    {"the user", shares_user, ATTEMPTS_PER_USER},
    {"the source", shares_source, ATTEMPTS_PER_SOURCE},
    {"the group", shares_group, ATTEMPTS_PER_GROUP},
};

static bool limit_reached(const struct attempts *attempts, const struct attempt *wanted,
                          const struct limit *limit)
{
    size_t count = 0;
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        if (attempts->rows[i].state != ATTEMPT_FREE && attempts->rows[i].id != wanted->id &&
            limit->shares(&attempts->rows[i], wanted))
            count++;
    return count >= limit->most;
}

static enum rc within_limits(const struct attempts *attempts, const struct attempt *wanted,
                             const char **limit)
{
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (limit_reached(attempts, wanted, &limits[i])) {
            *limit = limits[i].name;
            return RC_FULL;
        }
    return RC_OK;
}

static struct attempt *free_row(struct attempts *attempts)
{
    for (size_t i = 0; i < ATTEMPTS_MAX; i++)
        if (attempts->rows[i].state == ATTEMPT_FREE)
            return &attempts->rows[i];
    return NULL;
}

enum rc attempts_new(struct attempts *attempts, const struct effect_ask_password *ask,
                     enum aaa_method method, struct attempt **out, const char **limit)
{
    struct attempt wanted = {.state = ATTEMPT_WORKING,
                             .ticket = ask->ticket,
                             .method = method,
                             .source = ask->source,
                             .launcher_fd = -1,
                             .outcome = {.rc = RC_AGAIN, .rule = RULE_NO_VERDICT, .method = method},
                             .fd = -1};
    snprintf(wanted.user, sizeof wanted.user, "%s", ask->user);
    snprintf(wanted.group, sizeof wanted.group, "%s", ask->group);
    if (attempts_by_ticket(attempts, &ask->ticket))
        return RC_EXISTS;
    enum rc rc = within_limits(attempts, &wanted, limit);
    struct attempt *row = rc == RC_OK ? free_row(attempts) : NULL;
    if (!row)
        return RC_FULL;
    wanted.id = ++attempts->last_id;
    *row = wanted;
    *out = row;
    return RC_OK;
}

enum rc attempts_move(struct attempts *attempts, struct attempt *attempt, enum aaa_method method,
                      const char **limit)
{
    struct attempt wanted = *attempt;
    wanted.method = method;
    enum rc rc = within_limits(attempts, &wanted, limit);
    if (rc == RC_OK)
        attempt->method = method;
    return rc;
}

void attempts_free(struct attempt *attempt)
{
    secret_free((void *)attempt->ask, sizeof *attempt->ask);
    wipe(attempt, sizeof *attempt);
}

struct attempt *attempts_by_ticket(struct attempts *attempts, const struct ticket *ticket)
{
    for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
        struct attempt *row = &attempts->rows[i];
        if (row->state != ATTEMPT_FREE && memcmp(&row->ticket, ticket, sizeof *ticket) == 0)
            return row;
    }
    return NULL;
}

struct attempt *attempts_first_due(struct attempts *attempts)
{
    struct attempt *first = NULL;
    for (size_t i = 0; i < ATTEMPTS_MAX; i++) {
        struct attempt *row = &attempts->rows[i];
        if (row->state != ATTEMPT_FREE && (!first || row->due_ms < first->due_ms))
            first = row;
    }
    return first;
}
