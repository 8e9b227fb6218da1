/* Result codes: the one enum every fallible function returns. Bad input is a code and a counter,
 * never an assertion; outputs are untouched unless a function returns RC_OK. */
#ifndef HUBWARD_BASE_RC_H
#define HUBWARD_BASE_RC_H

#define MUST_USE __attribute__((warn_unused_result))

#define RC_TABLE(X)                                                                                \
    X(RC_OK, "ok")                                                                                 \
    X(RC_SHORT, "input ends early")                                                                \
    X(RC_MALFORMED, "malformed input")                                                             \
    X(RC_UNSUPPORTED, "not supported")                                                             \
    X(RC_NOT_FOUND, "not found")                                                                   \
    X(RC_EXISTS, "exists already")                                                                 \
    X(RC_FULL, "no room left")                                                                     \
    X(RC_NO_MEMORY, "out of memory")                                                               \
    X(RC_BAD_STATE, "not allowed in this state")                                                   \
    X(RC_AUTH_FAILED, "authentication failed")                                                     \
    X(RC_DENIED, "refused by policy")                                                              \
    X(RC_NO_PROPOSAL, "no proposal chosen")                                                        \
    X(RC_REPLAYED, "replayed")                                                                     \
    X(RC_CRYPTO, "cryptographic library failed")                                                   \
    X(RC_IO, "input/output error")                                                                 \
    X(RC_AGAIN, "try again later")

enum rc {
#define RC_ENUM(name, text) name,
    RC_TABLE(RC_ENUM)
#undef RC_ENUM
};

/* A short English phrase for a log line. Never NULL, also for a value outside the enum. */
const char *rc_text(enum rc rc);

#endif
