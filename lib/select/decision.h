/* A decision as data: what was asked, which candidates there were, the rule that removed each, who
 * won, both sides' values and the one change that would have made it work. Text is made at the
 * edge. `explain`, the log, the Problems table and the store all read this one record. */
#ifndef HUBWARD_SELECT_DECISION_H
#define HUBWARD_SELECT_DECISION_H

#include "base/builder.h"
#include "base/cursor.h"

#define DECISION_STAGE_TABLE(X)                                                                    \
    X(STAGE_PROPOSAL, "phase 1 proposal")                                                          \
    X(STAGE_KEY, "pre-shared key")                                                                 \
    X(STAGE_PROFILE, "ISAKMP profile")                                                             \
    X(STAGE_AUTHENTICATION, "phase 1 authentication")                                              \
    X(STAGE_GROUP, "client group")                                                                 \
    X(STAGE_XAUTH, "Xauth login")                                                                  \
    X(STAGE_ADDRESS, "address assignment")                                                         \
    X(STAGE_MAP, "crypto map")                                                                     \
    X(STAGE_PROXIES, "proxy identities")                                                           \
    X(STAGE_TRANSFORM, "phase 2 proposal")

/* Stored records hold the numbers: new rules come last. */
#define DECISION_RULE_TABLE(X)                                                                     \
    X(RULE_CHOSEN, "chosen")                                                                       \
    X(RULE_NOT_TRIED, "not reached, an earlier one was chosen")                                    \
    X(RULE_ADDRESS, "its address does not cover the peer")                                         \
    X(RULE_MASK, "another one has a longer mask")                                                  \
    X(RULE_ORDER, "another one of the same mask stands earlier")                                   \
    X(RULE_HOSTNAME, "a key by hostname cannot be found before the identity is known")             \
    X(RULE_RING, "the profile does not use this keyring")                                          \
    X(RULE_DEFAULT_FIRST, "the default keyring has a key and is searched first")                   \
    X(RULE_IDENTITY, "no match identity line covers the identity")                                 \
    X(RULE_SPECIFICITY, "another one matches more specifically")                                   \
    X(RULE_NO_SECRET, "it has no key")                                                             \
    X(RULE_KEY_OF_OTHER_RING, "key not found in keyrings of profile")                              \
    X(RULE_HASH, "the HASH payload did not verify: the keys differ")                               \
    X(RULE_DECRYPT, "the message did not decrypt: the keys differ")                                \
    X(RULE_CIPHER, "encryption algorithm differs")                                                 \
    X(RULE_HASH_ALGORITHM, "hash algorithm differs")                                               \
    X(RULE_DH_GROUP, "Diffie-Hellman group differs")                                               \
    X(RULE_AUTH_METHOD, "authentication method differs")                                           \
    X(RULE_KEY_LENGTH, "key length differs")                                                       \
    X(RULE_ENCAPSULATION, "encapsulation mode differs")                                            \
    X(RULE_PFS, "perfect forward secrecy differs")                                                 \
    X(RULE_UNSUPPORTED, "not supported")                                                           \
    X(RULE_PROFILE, "it is bound to another ISAKMP profile")                                       \
    X(RULE_PEER, "it names other peers")                                                           \
    X(RULE_ACCESS_LIST, "its access list does not permit the proxies")                             \
    X(RULE_EVERYTHING, "the peer proposes 0.0.0.0/0, or nearly that, as its own side")             \
    X(RULE_OVERLAP, "the peer's side overlaps something of ours or of another peer")               \
    X(RULE_NOT_THE_LEASE, "the peer's side is not its assigned address")                           \
    X(RULE_NO_LEASE, "no address was assigned to this client")                                     \
    X(RULE_POOL_EMPTY, "the pool has no free address")                                             \
    X(RULE_NO_POOL, "the group has no pool")                                                       \
    X(RULE_LOGINS, "the user has max-logins sessions already")                                     \
    X(RULE_USERS, "the group has max-users sessions already")                                      \
    X(RULE_PASSWORD, "user or password wrong")                                                     \
    X(RULE_NO_VERDICT, "no verdict of the login service in time")                                  \
    X(RULE_AGGRESSIVE_DISABLED, "aggressive mode is disabled")                                     \
    X(RULE_STEP_SKIPPED, "a step was skipped")                                                     \
    X(RULE_OTHER_NAME, "it is for another name")                                                   \
    X(RULE_SHARED_KEY, "a key for many peers is not used in aggressive mode")                      \
    X(RULE_NO_LIST, "a static entry without match address permits nothing")                        \
    X(RULE_TRANSFORMS, "none of its transform-sets fits the proposal")                             \
    X(RULE_NO_MAP, "no crypto map is applied where the peer comes in")                             \
    X(RULE_MAY_BE, "the peer may have it: its proof tells")                                        \
    X(RULE_OTHER_KEY, "the peer's message was not made with it")                                   \
    X(RULE_CLAIM, "the key is for a peer of another identity")                                     \
    X(RULE_NOT_LISTED, "its crypto identity list does not name the peer")                          \
    X(RULE_ENDED, "the day until which hubward allow-weak lets it be used is over")                \
    X(RULE_ACCOUNT_EXPIRED, "the account has expired")                                             \
    X(RULE_ACCOUNT_LOCKED, "the account is locked or may not log in")                              \
    X(RULE_NEW_PASSWORD, "the password has expired and must be changed first")                     \
    X(RULE_GROUP_LOCK, "the name does not end in its group, which has group-lock")                 \
    X(RULE_OWN_ADDRESS, "the user's own address is in use")                                        \
    X(RULE_GRANT, "what the login service says of the user does not fit the group")

enum decision_stage {
#define STAGE_ENUM(name, text) name,
    DECISION_STAGE_TABLE(STAGE_ENUM)
#undef STAGE_ENUM
        STAGE_COUNT
};
enum decision_rule {
#define RULE_ENUM(name, text) name,
    DECISION_RULE_TABLE(RULE_ENUM)
#undef RULE_ENUM
        RULE_COUNT
};

enum { DECISION_CANDIDATES = 16, DECISION_NAME = 48, DECISION_TEXT = 160 };

struct decision_candidate {
    char name[DECISION_NAME]; /* "keyring spokes", "policy 10", "dynmap 5" */
    unsigned line;            /* in the configuration; 0 = none */
    enum decision_rule rule;  /* RULE_CHOSEN for the winner, else what removed it */
};

struct decision {
    enum decision_stage stage;
    bool accepted;
    enum decision_rule rule; /* the one that decided, when refused */
    struct decision_candidate candidates[DECISION_CANDIDATES];
    size_t candidate_count;
    size_t candidates_left_out; /* more than fit */
    char ours[DECISION_TEXT];   /* "policy 10: 3des sha group 2" */
    char theirs[DECISION_TEXT]; /* "aes-256 sha256 group 14"; escaped */
    char hint[DECISION_TEXT];   /* the change that would help; empty when accepted */
};

const char *decision_stage_text(enum decision_stage stage);
const char *decision_rule_text(enum decision_rule rule);

/* Start a record: everything empty, not accepted. */
void decision_start(struct decision *decision, enum decision_stage stage);
/* Note a candidate; name is cut to fit. */
void decision_note(struct decision *decision, const char *name, unsigned line,
                   enum decision_rule rule);

/* IPC form; bad enums poison the cursor. */
void decision_put(struct builder *b, const struct decision *decision);
void decision_get(struct cursor *c, struct decision *out);

#endif
