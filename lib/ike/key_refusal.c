/* Main mode with a key that is not the peer's: the reason, and the change that would help. */
#include "ike/key_refusal.h"

#include "ike/report.h"
#include "ike/send.h"

#include <stdio.h>

/* A refusal that the peer cannot be told in the protocol's own way: report it once, keep waiting:
 * the true peer may still be heard. */
static void report_once(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                        struct decision *decision, struct io *io)
{
    if (!sa->hs || sa->hs->malformed_told)
        return;
    sa->hs->malformed_told = true;
    decision->stage = STAGE_AUTHENTICATION;
    decision->accepted = false;
    engine_refuse(engine, in->path, sa, NULL, decision, io);
    if (decision->rule != RULE_HASH)
        notify_clear(engine, in, NOTIFY_PAYLOAD_MALFORMED, io);
}

void key_refuse_wrong(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      enum decision_rule rule, struct io *io)
{
    if (!sa->hs)
        return;
    struct decision decision = sa->hs->decision;
    decision.rule = rule;
    snprintf(decision.ours, sizeof decision.ours, "key of keyring %s line %u", sa->key_ring,
             sa->key_line);
    snprintf(decision.hint, sizeof decision.hint,
             "give the peer the key of keyring %s line %u, or add a key for its address",
             sa->key_ring, sa->key_line);
    report_once(engine, sa, in, &decision, io);
}

void key_refuse_found(struct engine *engine, struct ike_sa *sa, const struct incoming *in,
                      const struct decision *why, const struct key_choice *fits, struct io *io)
{
    struct decision decision = *why;
    engine_drop(engine, in->path, DROP_IKE_DECRYPT, io);
    if (engine->config->key_verify) {
        report_once(engine, sa, in, &decision, io);
        return;
    }
    if (!fits) {
        key_refuse_wrong(engine, sa, in, RULE_DECRYPT, io);
        return;
    }
    decision.rule = RULE_DECRYPT;
    snprintf(
        decision.ours, sizeof decision.ours,
        "MM5 did not decrypt with the key of keyring %.24s line %u; it does with keyring %.24s "
        "line %u",
        sa->key_ring, sa->key_line, fits->ring->name, fits->entry->line);
    snprintf(
        decision.hint, sizeof decision.hint,
        "give the peer the key of keyring %.24s line %u, or give line %u a longer mask, or use "
        "'hubward key-selection verify'",
        sa->key_ring, sa->key_line, fits->entry->line);
    report_once(engine, sa, in, &decision, io);
}
