/* What an operator ends: said by hubctl, done by the engine. */
#ifndef HUBWARD_IKE_CLEAR_H
#define HUBWARD_IKE_CLEAR_H

enum clear_scope {
    CLEAR_SESSIONS, /* phase 1 and all under it */
    CLEAR_IPSEC,    /* phase 2 only: who needs a tunnel negotiates it anew */
    CLEAR_ISAKMP,   /* phase 1; pairs of branches live on, as they do at the end of its lifetime */
    CLEAR_SCOPES
};

#endif
