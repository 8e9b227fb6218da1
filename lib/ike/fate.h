/* What becomes of a peer under another configuration: who it is and what it agreed on, judged by
 * the same functions that the exchanges call. What does not concern it leaves it alone: a line that
 * has moved, a renamed profile, an attribute that is told at the next login. Private to lib/ike. */
#ifndef HUBWARD_IKE_FATE_H
#define HUBWARD_IKE_FATE_H

#include "ike/state.h"
#include "select/keyring.h"

struct fate {
    enum engine_fate_kind kind;
    unsigned line; /* why; 0: none */
    bool former;   /* the line is one of the configuration that goes */
    char why[FATE_TEXT];
};

/* Set the fate and its reason; true, so that a question can end with it. */
bool fate_decide(struct fate *fate, enum engine_fate_kind kind, unsigned line, bool former,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* What an SA is in the configuration that comes. */
struct standing {
    const struct client_group *group; /* whose key authenticated it; else NULL */
    struct key_choice key;            /* else this */
    const struct isakmp_profile *profile;
};

/* FATE_REKEYED: its algorithms are no policy's any more. *now is set unless it is dropped. A
 * half-open one is judged by its key alone, since its identity is not proved. */
struct fate fate_of_sa(const struct engine *engine, const struct config *next,
                       const struct ike_sa *sa, struct standing *now);

/* The key entry at this line of `before`, as it stands in `next`. False: it is gone or another. */
bool fate_of_key(const struct config *before, const struct config *next, const char *ring,
                 unsigned line, struct addr peer, struct key_choice *now, struct fate *fate);

/* What a pair, or a quick mode on its way to one, is for. */
struct claim {
    const struct engine *engine; /* knows the addresses of names */
    const char *interface;       /* IOS name */
    const struct isakmp_profile *profile;
    const struct identity *identity; /* NULL: not known */
    struct addr peer;
    struct selector ours, theirs;
    bool client;
    bool of_static;                      /* it was made from a static entry */
    const struct ike_child_suite *suite; /* NULL: not agreed yet */
};
struct served {
    const struct crypto_map *map;
    const struct map_entry *entry;
    bool dynamic;
};
/* FATE_REKEYED: the entry that serves it wants other algorithms; clients, which could not be
 * offered others, are dropped instead. FATE_DROPPED: no entry serves it. *by is set unless it is
 * dropped. */
struct fate fate_of_claim(const struct config *next, const struct claim *claim, struct served *by);

/* Does the entry that serves this pair still allow what was agreed on? False: *by is what it is. */
bool fate_terms_stand(const struct engine *engine, const struct child *child, struct served *by);

/* sa: the child's, or NULL. */
struct claim claim_of_child(const struct engine *engine, const struct child *child,
                            const struct ike_sa *sa, const struct isakmp_profile *profile);
struct claim claim_of_quick(const struct engine *engine, const struct ike_sa *sa,
                            const struct quick *quick, const struct isakmp_profile *profile);

#endif
