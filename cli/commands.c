/* The table of hubctl's commands: one row for each word that may stand in a place. */
#include "base/event.h"
#include "cli/work.h"

#define ISAKMP (1u << AREA_ISAKMP)
#define IPSEC  (1u << AREA_IPSEC)
#define ENGINE (1u << AREA_ENGINE)
#define AAA    (1u << AREA_AAA)
#define ALL    ((1u << AREA_COUNT) - 1)

const struct command commands[] = {
    {"show", "Show what is running", NULL, false, 0},
    {"show crypto", "Phase 1, phase 2 and sessions", NULL, false, 0},
    {"show crypto isakmp", "ISAKMP (phase 1)", NULL, false, 0},
    {"show crypto isakmp sa", "ISAKMP security associations", work_show_isakmp, false, 0},
    {"show crypto isakmp sa detail", "With algorithms, lifetimes and capabilities",
     work_show_isakmp, true, 0},
    {"show crypto ipsec", "IPsec (phase 2)", NULL, false, 0},
    {"show crypto ipsec sa", "IPsec security associations", work_show_ipsec, false, 0},
    {"show crypto ipsec sa peer", "Of one peer", NULL, false, 0},
    {"show crypto ipsec sa peer ADDRESS", "Outer address of the peer", work_show_ipsec, false, 0},
    {"show crypto session", "Sessions: who is connected", work_show_session, false, 0},
    {"show crypto session detail", "With identities, uptime and counters", work_show_session, true,
     0},
    {"show history", "Sessions, past and present, the newest first", work_show_history, false, 0},
    {"show history ADDRESS", "That had this address, or came from it", work_show_history, false, 0},
    {"show peers", "Who was ever here, by name", work_show_peers, false, 0},
    {"show problems", "Who was refused in the last 24 hours, and why", work_show_problems, false,
     0},
    {"show version", "Version, uptime and totals", work_show_version, false, 0},
    {"clear", "End what is running", NULL, false, 0},
    {"clear crypto", "Sessions", NULL, false, 0},
    {"clear crypto session", "End sessions; all of them unless one is named", work_clear_session,
     false, 0},
    {"clear crypto session all", "Every session", work_clear_session, false, 0},
    {"clear crypto session id", "One session by its id", NULL, false, 0},
    {"clear crypto session id NUMBER", "Session ID of `show crypto session`", work_clear_session,
     false, 0},
    {"clear crypto session peer", "The sessions of a peer", NULL, false, 0},
    {"clear crypto session peer ADDRESS", "Outer address of the peer", work_clear_session, false,
     0},
    {"clear crypto session remote", "The sessions of a peer", NULL, false, 0},
    {"clear crypto session remote ADDRESS", "Outer address of the peer", work_clear_session, false,
     0},
    {"debug", "Stream events until Ctrl-C, at most 30 minutes", NULL, false, 0},
    {"debug crypto", "Of the keying engine", NULL, false, 0},
    {"debug crypto isakmp", "ISAKMP events", work_debug, false, ISAKMP},
    {"debug crypto ipsec", "IPsec events", work_debug, false, IPSEC},
    {"debug crypto engine", "Crypto engine events", work_debug, false, ENGINE},
    {"debug crypto aaa", "Login events", work_debug, false, AAA},
    {"debug crypto all", "Every event", work_debug, false, ALL},
    {"help", "List the commands", work_help, false, 0},
    {"exit", "Leave hubctl", work_exit, false, 0},
    {"quit", "Leave hubctl", work_exit, false, 0},
    {0},
};
