/* Status rows that are not the engine's: processes, as the warden sees them, and what the store
 * remembers. Times of the store are seconds of the wall clock (Unix time). */
#ifndef HUBWARD_HOST_STATUS_ROWS_H
#define HUBWARD_HOST_STATUS_ROWS_H

#include "base/addr.h"
#include "host/message.h"
#include "select/decision.h"

enum { STATUS_ROW_TEXT = 96, STATUS_ROW_PRINCIPAL = 192 };

/* One process of the daemon. */
struct status_process {
    enum role role;
    uint32_t pid;      /* 0: not running */
    bool ready;        /* locked in its sandbox and at work */
    uint32_t restarts; /* since the warden's start */
    uint64_t up_ms;    /* since this process was started */
    uint64_t rss_kb;
    uint64_t cpu_ms;               /* user and system time of this process */
    char trouble[STATUS_ROW_TEXT]; /* what it cannot do now; "" = nothing known */
};

/* A peer that was there at least once, until it is cleared (PRODUCT §4). */
struct status_peer {
    char profile[STATUS_ROW_TEXT];
    char principal[STATUS_ROW_PRINCIPAL];
    char identity[STATUS_ROW_TEXT];
    char client[STATUS_ROW_TEXT];
    struct endpoint last;
    bool up;
    char reason[STATUS_ROW_TEXT]; /* of the last end; "" = none */
    uint64_t first_seen_s, last_seen_s;
};

/* A session, past or present. */
struct status_history {
    uint64_t number; /* of the row */
    char user[STATUS_ROW_TEXT], group[STATUS_ROW_TEXT], profile[STATUS_ROW_TEXT];
    char identity[STATUS_ROW_TEXT];
    char client[STATUS_ROW_TEXT];
    struct endpoint remote;
    struct addr assigned;         /* ADDR_NONE: none */
    uint64_t started_s, ended_s;  /* ended_s 0: it lasts */
    char reason[STATUS_ROW_TEXT]; /* why it ended */
    uint64_t bytes_in, bytes_out;
};

/* A record of a session. */
struct status_accounting {
    uint64_t number; /* of the record */
    uint64_t at_s;
    char record[STATUS_ROW_TEXT]; /* "start", "interim", "stop" */
    char list[STATUS_ROW_TEXT];
    uint64_t session; /* the same in all records of one session of one start of the hub */
    char user[STATUS_ROW_TEXT], group[STATUS_ROW_TEXT], profile[STATUS_ROW_TEXT];
    char identity[STATUS_ROW_TEXT];
    struct endpoint remote;
    struct addr assigned; /* ADDR_NONE: none */
    uint64_t duration_s;
    uint64_t bytes_in, bytes_out, packets_in, packets_out;
    char reason[STATUS_ROW_TEXT]; /* "stop": why it ended */
};

/* Refusals of one peer for one reason. */
struct status_problem {
    struct endpoint peer; /* of the last one */
    char identity[STATUS_ROW_TEXT];
    enum decision_stage stage;
    enum decision_rule rule;
    uint32_t count;
    uint64_t first_s, last_s;
    char ours[DECISION_TEXT], theirs[DECISION_TEXT], hint[DECISION_TEXT]; /* of the last one */
};

/* One decision, whole. */
struct status_decision {
    uint64_t at_s;
    struct endpoint peer;
    char identity[DECISION_TEXT]; /* "" = none was told yet */
    struct decision decision;
};

/* IPC forms; a value out of its range poisons the cursor. */
void status_process_put(struct builder *b, const struct status_process *row);
void status_process_get(struct cursor *c, struct status_process *out);
void status_peer_put(struct builder *b, const struct status_peer *row);
void status_peer_get(struct cursor *c, struct status_peer *out);
void status_history_put(struct builder *b, const struct status_history *row);
void status_history_get(struct cursor *c, struct status_history *out);
void status_accounting_put(struct builder *b, const struct status_accounting *row);
void status_accounting_get(struct cursor *c, struct status_accounting *out);
void status_problem_put(struct builder *b, const struct status_problem *row);
void status_problem_get(struct cursor *c, struct status_problem *out);
void status_decision_put(struct builder *b, const struct status_decision *row);
void status_decision_get(struct cursor *c, struct status_decision *out);

#endif
