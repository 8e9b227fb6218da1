/* Local users, known and unknown alike. */
#include "xauth/local.h"

#include <stdio.h>

/* Well-formed texts that stand in for users who do not exist, cheapest type first. What they verify
 * does not matter, for `known` is false beside them. */
static const struct dummy {
    unsigned type;
    const char *stored;
} dummies[] = {
    {0, "stands-in-for-nobody"},
    {5, "$1$nobody00$AAAAAAAAAAAAAAAAAAAAA."},
    {8, "$8$nobody00nobody$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."},
    {9, "$9$nobody00nobody$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."},
};
enum { DUMMIES = sizeof dummies / sizeof dummies[0] };

static size_t dummy_of_type(unsigned type)
{
    for (size_t i = 0; i < DUMMIES; i++)
        if (dummies[i].type == type)
            return i;
    return 0;
}

/* The costliest type in use: users of one type are the rule, and in a mixture the difference that
 * is left is hidden by the common time of all refusals. */
static const struct dummy *dummy_for(const struct users *users)
{
    size_t costliest = 0;
    for (size_t i = 0; i < users->user_count; i++) {
        size_t at = dummy_of_type(users->users[i].type);
        costliest = at > costliest ? at : costliest;
    }
    return &dummies[users->user_count ? costliest : DUMMIES - 1];
}

enum rc local_prepare(const struct users *users, const char *name, struct job *job)
{
    const struct config_user *user = users_user(users, name);
    if (user && user->disabled)
        user = NULL; /* from here on like a name that nobody has */
    const struct dummy *dummy = dummy_for(users);
    const char *stored = user ? user->stored : dummy->stored;
    if (strlen(stored) >= sizeof job->stored)
        return RC_FULL;
    job->known = user != NULL;
    job->type = user ? user->type : dummy->type;
    snprintf(job->stored, sizeof job->stored, "%s", stored);
    return RC_OK;
}

enum rc local_verify(const struct job *job)
{
    bool same =
        password_verify(job->type, job->stored, (struct span){job->password, job->password_len});
    return same & job->known ? RC_OK : RC_AUTH_FAILED;
}
