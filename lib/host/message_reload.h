/* Another configuration: an operator's order (MSG_RELOAD), what key asks of the warden
 * (MSG_CONFIG_READ), the text that the warden has read (MSG_CONFIG_NEW, with a sealed memfd), and
 * the report that is made of it, which the operator fetches in pieces (MSG_REPORT_GET and
 * MSG_REPORT_TEXT, coded as host/message_running.h codes the running configuration). */
#ifndef HUBWARD_HOST_MESSAGE_RELOAD_H
#define HUBWARD_HOST_MESSAGE_RELOAD_H

#include "base/addr.h"
#include "base/sink.h"
#include "config/diff.h"
#include "config/load.h"
#include "host/message.h"

enum reload_mode {
    RELOAD_CHECK, /* read it and say what is wrong with it */
    RELOAD_DIFF,  /* and what it would change, for whom */
    RELOAD_APPLY, /* and go by it */
    RELOAD_MODE_COUNT
};

/* MSG_RELOAD and MSG_CONFIG_READ */
struct reload_order {
    enum reload_mode mode;
    uint64_t number; /* key's, returned with the text; 0: nobody waits */
};

/* MSG_CONFIG_NEW; the descriptor holds the text, empty when it could not be read. */
enum { RELOAD_FILE = 512, RELOAD_NOTES = 32 * 1024 };
struct reload_text {
    struct reload_order order;
    enum rc rc;             /* RC_OK: it can be run here; with RELOAD_APPLY it is in force */
    char file[RELOAD_FILE]; /* its name, for messages */
    struct span notes;      /* what the warden has to say, in lines; borrowed */
};

/* Each get: RC_MALFORMED unless the rest of the cursor is exactly one such message; *out is then
 * untouched. */
void reload_order_put(struct builder *b, const struct reload_order *order);
MUST_USE enum rc reload_order_get(struct cursor *c, struct reload_order *out);
void reload_text_put(struct builder *b, const struct reload_text *text);
MUST_USE enum rc reload_text_get(struct cursor *c, struct reload_text *out);

/* -- the report ------------------------------------------------------------------------------- */

enum report_kind {
    REPORT_FINDING, /* about a line of the text */
    REPORT_NOTE,    /* a line of the warden's, about the text and this machine */
    REPORT_CHANGE,  /* a line that differs */
    REPORT_PEER,    /* what becomes of a peer */
    REPORT_TOTALS,  /* how many of each fate */
    REPORT_KIND_COUNT
};
enum { REPORT_ABOUT = 512, REPORT_TEXT = 1024, REPORT_QUOTE = 1024, REPORT_FATES = 3 };
struct report_row {
    enum report_kind kind;
    uint8_t what;  /* finding: enum config_severity; change: enum config_change_kind; peer: enum
                      engine_fate_kind */
    uint32_t line; /* finding, peer; 0: none */
    uint32_t column, length;
    bool former; /* peer: the line is one of the configuration that goes */
    uint64_t id;
    struct endpoint peer;
    uint32_t totals[REPORT_FATES];
    char about[REPORT_ABOUT]; /* finding: rule; change: section; peer: who */
    char text[REPORT_TEXT];   /* cut to fit */
    char quote[REPORT_QUOTE]; /* finding */
};
void report_row_put(struct builder *b, const struct report_row *row);
/* The next row of a report, which ends where the cursor does. RC_MALFORMED. */
MUST_USE enum rc report_row_get(struct cursor *report, struct report_row *out);
/* Append a row to a report in memory; texts are cut to fit. */
void report_row_add(struct sink *report, const struct report_row *row);
void report_change_add(struct sink *report, const struct config_change *change);
/* Every finding but those about what is ignored. */
void report_findings_add(struct sink *report, const struct config_report *findings);

#endif
