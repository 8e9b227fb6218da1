/* The steps of the exchanges in the words of the vendor's debug (seed 003): which input led from
 * which state to which. Lines only: what an SA may do next is decided by its own state. Private to
 * lib/ike. */
#ifndef HUBWARD_IKE_TRACE_H
#define HUBWARD_IKE_TRACE_H

#include "ike/state.h"

#define TRACE_PEER_MM "IKE_MSG_FROM_PEER, IKE_MM_EXCH"
#define TRACE_PEER_AM "IKE_MSG_FROM_PEER, IKE_AM_EXCH"
#define TRACE_PEER_QM "IKE_MSG_FROM_PEER, IKE_QM_EXCH"
#define TRACE_SENT    "IKE_MSG_INTERNAL, IKE_PROCESS_COMPLETE"
#define TRACE_READ    "IKE_MSG_INTERNAL, IKE_PROCESS_MAIN_MODE"
#define TRACE_P1_DONE "IKE_MSG_INTERNAL, IKE_PHASE1_COMPLETE"

/*    step             input                                    old state        new state */
#define TRACE_TABLE(X)                                                                             \
    X(TRACE_R_MM1, TRACE_PEER_MM, "IKE_READY", "IKE_R_MM1")                                        \
    X(TRACE_R_MM1_READ, TRACE_READ, "IKE_R_MM1", "IKE_R_MM1")                                      \
    X(TRACE_R_MM2, TRACE_SENT, "IKE_R_MM1", "IKE_R_MM2")                                           \
    X(TRACE_R_MM3, TRACE_PEER_MM, "IKE_R_MM2", "IKE_R_MM3")                                        \
    X(TRACE_R_MM3_READ, TRACE_READ, "IKE_R_MM3", "IKE_R_MM3")                                      \
    X(TRACE_R_MM4, TRACE_SENT, "IKE_R_MM3", "IKE_R_MM4")                                           \
    X(TRACE_R_MM5, TRACE_PEER_MM, "IKE_R_MM4", "IKE_R_MM5")                                        \
    X(TRACE_R_MM5_READ, TRACE_READ, "IKE_R_MM5", "IKE_R_MM5")                                      \
    X(TRACE_R_MM6, TRACE_SENT, "IKE_R_MM5", "IKE_P1_COMPLETE")                                     \
    X(TRACE_R_AM1, TRACE_PEER_AM, "IKE_READY", "IKE_R_AM_AAA_AWAIT")                               \
    X(TRACE_R_AM2, "IKE_MSG_FROM_AAA, PRESHARED_KEY_REPLY", "IKE_R_AM_AAA_AWAIT", "IKE_R_AM2")     \
    X(TRACE_R_AM3, TRACE_PEER_AM, "IKE_R_AM2", "IKE_P1_COMPLETE")                                  \
    X(TRACE_I_AM1, "IKE_MSG_FROM_IPSEC, IKE_SA_REQ_AM", "IKE_READY", "IKE_I_AM1")                  \
    X(TRACE_I_AM2, TRACE_PEER_AM, "IKE_I_AM1", "IKE_P1_COMPLETE")                                  \
    X(TRACE_I_MM1, "IKE_MSG_FROM_IPSEC, IKE_SA_REQ_MM", "IKE_READY", "IKE_I_MM1")                  \
    X(TRACE_I_MM2, TRACE_PEER_MM, "IKE_I_MM1", "IKE_I_MM2")                                        \
    X(TRACE_I_MM2_READ, TRACE_READ, "IKE_I_MM2", "IKE_I_MM2")                                      \
    X(TRACE_I_MM3, TRACE_SENT, "IKE_I_MM2", "IKE_I_MM3")                                           \
    X(TRACE_I_MM4, TRACE_PEER_MM, "IKE_I_MM3", "IKE_I_MM4")                                        \
    X(TRACE_I_MM4_READ, TRACE_READ, "IKE_I_MM4", "IKE_I_MM4")                                      \
    X(TRACE_I_MM5, TRACE_SENT, "IKE_I_MM4", "IKE_I_MM5")                                           \
    X(TRACE_I_MM6, TRACE_PEER_MM, "IKE_I_MM5", "IKE_I_MM6")                                        \
    X(TRACE_I_MM6_READ, TRACE_READ, "IKE_I_MM6", "IKE_I_MM6")                                      \
    X(TRACE_I_DONE, TRACE_SENT, "IKE_I_MM6", "IKE_P1_COMPLETE")                                    \
    X(TRACE_P1_IDLE, TRACE_P1_DONE, "IKE_P1_COMPLETE", "IKE_P1_COMPLETE")                          \
    X(TRACE_LOGIN, TRACE_P1_DONE, "IKE_P1_COMPLETE", "IKE_XAUTH_AAA_START_LOGIN_AWAIT")            \
    X(TRACE_LOGIN_ASKED, "IKE_MSG_FROM_AAA, IKE_AAA_START_LOGIN",                                  \
      "IKE_XAUTH_AAA_START_LOGIN_AWAIT", "IKE_XAUTH_REQ_SENT")                                     \
    X(TRACE_LOGIN_REPLY, "IKE_MSG_FROM_PEER, IKE_CFG_REPLY", "IKE_XAUTH_REQ_SENT",                 \
      "IKE_XAUTH_AAA_CONT_LOGIN_AWAIT")                                                            \
    X(TRACE_LOGIN_SET, "IKE_MSG_FROM_AAA, IKE_AAA_CONT_LOGIN", "IKE_XAUTH_AAA_CONT_LOGIN_AWAIT",   \
      "IKE_XAUTH_SET_SENT")                                                                        \
    X(TRACE_LOGIN_ACK, "IKE_MSG_FROM_PEER, IKE_CFG_ACK", "IKE_XAUTH_SET_SENT", "IKE_P1_COMPLETE")  \
    X(TRACE_CONFIG, "IKE_MSG_FROM_PEER, IKE_CFG_REQUEST", "IKE_P1_COMPLETE",                       \
      "IKE_CONFIG_AUTHOR_AAA_AWAIT")                                                               \
    X(TRACE_CONFIG_SENT, "IKE_MSG_FROM_AAA, IKE_AAA_GROUP_ATTR", "IKE_CONFIG_AUTHOR_AAA_AWAIT",    \
      "IKE_P1_COMPLETE")                                                                           \
    X(TRACE_R_QM1, TRACE_PEER_QM, "IKE_QM_READY", "IKE_QM_SPI_STARVE")                             \
    X(TRACE_R_QM2, "IKE_MSG_FROM_IPSEC, IKE_SPI_REPLY", "IKE_QM_SPI_STARVE", "IKE_QM_R_QM2")       \
    X(TRACE_R_QM3, TRACE_PEER_QM, "IKE_QM_R_QM2", "IKE_QM_PHASE2_COMPLETE")                        \
    X(TRACE_I_QM1, "IKE_MSG_INTERNAL, IKE_INIT_QM", "IKE_QM_READY", "IKE_QM_I_QM1")                \
    X(TRACE_I_QM2, TRACE_PEER_QM, "IKE_QM_I_QM1", "IKE_QM_PHASE2_COMPLETE")

enum trace_step {
#define TRACE_ENUM(name, input, from, to) name,
    TRACE_TABLE(TRACE_ENUM)
#undef TRACE_ENUM
        TRACE_COUNT
};

/* A step of the SA itself, and one of an exchange under it. Nothing unless debug is on. */
void trace_sa(struct engine *engine, const struct ike_sa *sa, enum trace_step step, struct io *io);
void trace_node(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                enum trace_step step, struct io *io);
/* An exchange begins and ends. */
void trace_node_new(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                    struct io *io);
void trace_node_deleted(struct engine *engine, const struct ike_sa *sa, uint32_t message_id,
                        const char *reason, struct io *io);
#endif
