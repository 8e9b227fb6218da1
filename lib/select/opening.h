/* The opening of aggressive mode: its identity is there from the first message, so whose secret it
 * is is found by name. A client's group first, then a host with a key of its own, then the profile,
 * which must own that key as in main mode. */
#ifndef HUBWARD_SELECT_OPENING_H
#define HUBWARD_SELECT_OPENING_H

#include "select/keyring.h"
#include "select/profile.h"

enum { OPENING_STEPS = 4 };

struct opening_choice {
    const struct client_group *group; /* NULL: none */
    struct key_choice key;            /* entry NULL: none */
    const struct isakmp_profile *profile;
    struct decision steps[OPENING_STEPS]; /* in the order they were made */
    size_t step_count;
    size_t deciding; /* the step that says why: it chose the secret, or the opening ends at it */
};

/* False: the configuration wants no aggressive mode; the decision says so. */
bool select_opening_allowed(const struct config *config, struct decision *decision);

/* False: nobody's secret, or one that the profile does not own. *out is set either way; its
 * pointers live as long as the configuration. */
bool select_opening(const struct config *config, const struct identity *identity,
                    struct opening_choice *out);

/* Who has to log in: peers on a profile that names a list; for peers on none (NULL), what the
 * crypto map says (NULL: there is no map). NULL: no login. */
const struct aaa_list *select_login_list(const struct crypto_map *map,
                                         const struct isakmp_profile *profile);
/* The same for an opening of aggressive mode, whose key may be one that needs no login. */
const struct aaa_list *select_opening_login(const struct crypto_map *map,
                                            const struct opening_choice *opening);

#endif
