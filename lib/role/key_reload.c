/* Another configuration while the hub runs. The warden reads the file, which key cannot, and says
 * whether it can be run on this machine; key reads the text again, says what it would change and
 * for whom, and goes by it when that is the order. Whoever asked gets all of it as a report; the
 * log gets a summary and the peers that are not kept. */
#include "config/diff.h"
#include "config/load.h"
#include "config/weak.h"
#include "host/clock.h"
#include "host/memfd.h"
#include "host/message_running.h"
#include "role/key_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEERS_TOLD = 20000, FATES_AT_ONCE = 16 };

/* What is being made: the report of one text. */
struct reading {
    struct key *key;
    const struct reload_text *text;
    struct config *next;
    struct sink report;
    uint32_t changes, totals[REPORT_FATES];
};

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

/* -- the text ---------------------------------------------------------------------------------- */

static void add_notes(struct reading *reading)
{
    const char *at = (const char *)reading->text->notes.at;
    size_t left = reading->text->notes.len;
    while (left) {
        struct report_row row = {.kind = REPORT_NOTE};
        const char *end = memchr(at, '\n', left);
        size_t len = end ? (size_t)(end - at) : left;
        snprintf(row.text, sizeof row.text, "%.*s", (int)len, at);
        report_row_add(&reading->report, &row);
        left -= end ? len + 1 : len;
        at += end ? len + 1 : len;
    }
}

static enum rc read_text(struct reading *reading, int take_fd)
{
    struct span text;
    struct config_report report = {0};
    enum rc rc = memfd_read(take_fd, &text);
    close(take_fd);
    if (rc != RC_OK)
        return rc;
    rc = text.len ? config_load(text, reading->text->file, NULL, 0, &reading->next, &report)
                  : RC_NOT_FOUND;
    if (rc == RC_OK)
        config_set_day(reading->next, clock_day());
    report_findings_add(&reading->report, &report);
    config_report_wipe(&report);
    memfd_free(text);
    add_notes(reading);
    return rc;
}

/* -- what it changes ----------------------------------------------------------------------------
 */

static enum rc add_changes(struct reading *reading)
{
    struct config_diff diff;
    enum rc rc = config_diff(reading->key->config, reading->next, &diff);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < diff.count; i++)
        report_change_add(&reading->report, &diff.changes[i]);
    reading->changes = (uint32_t)diff.count;
    config_diff_wipe(&diff);
    return RC_OK;
}

static void log_fate(const struct reading *reading, const struct engine_fate *fate)
{
    char peer[ENDPOINT_TEXT], line[48] = "";
    if (reading->text->order.mode != RELOAD_APPLY || fate->kind == FATE_KEPT)
        return;
    if (fate->line)
        snprintf(line, sizeof line, " because line %u%s", fate->line, fate->former ? " went" : "");
    child_log(reading->key->child, LEVEL_NOTICE, "%s (%s) is %s%s: %s",
              endpoint_format(fate->peer, peer), fate->who,
              fate->kind == FATE_DROPPED ? "dropped" : "rekeyed", line, fate->why);
}

static void add_fate(struct reading *reading, const struct engine_fate *fate)
{
    struct report_row row = {.kind = REPORT_PEER,
                             .what = (uint8_t)fate->kind,
                             .line = fate->line,
                             .former = fate->former,
                             .id = fate->id,
                             .peer = fate->peer};
    copy(row.about, sizeof row.about, fate->who);
    copy(row.text, sizeof row.text, fate->why);
    if (reading->totals[FATE_KEPT] + reading->totals[FATE_REKEYED] + reading->totals[FATE_DROPPED] <
        PEERS_TOLD)
        report_row_add(&reading->report, &row);
    reading->totals[fate->kind]++;
    log_fate(reading, fate);
}

static void add_fates(struct reading *reading)
{
    struct engine_fate rows[FATES_AT_ONCE];
    struct report_row totals = {.kind = REPORT_TOTALS};
    uint32_t at = 0;
    size_t n;
    do {
        n = engine_fates(reading->key->engine, reading->next, &at, rows, FATES_AT_ONCE);
        for (size_t i = 0; i < n; i++)
            add_fate(reading, &rows[i]);
    } while (n == FATES_AT_ONCE);
    memcpy(totals.totals, reading->totals, sizeof totals.totals);
    report_row_add(&reading->report, &totals);
}

/* -- going by it ---------------------------------------------------------------------------------
 */

static enum rc apply(struct reading *reading)
{
    struct key *key = reading->key;
    struct config *former = key->config;
    struct io io = key_turn(key);
    enum rc rc = engine_reconfigure(key->engine, reading->next, &io);
    if (rc != RC_OK)
        return rc;
    key->config = reading->next;
    reading->next = NULL;
    key_turn_end(key);
    config_free(former);
    dial_start(&key->dial, key->config, clock_now_ms());
    child_log(key->child, LEVEL_NOTICE,
              "configuration reloaded: %u lines differ; peers: %u kept, %u rekeyed, %u dropped",
              reading->changes, reading->totals[FATE_KEPT], reading->totals[FATE_REKEYED],
              reading->totals[FATE_DROPPED]);
    return RC_OK;
}

static struct key_operator *asker_of(struct key *key, uint64_t number)
{
    for (size_t i = 0; number && i < KEY_OPERATORS; i++)
        if (key->operators[i].channel && key->operators[i].reload == number)
            return &key->operators[i];
    return NULL;
}

static void answer(struct reading *reading, enum rc rc)
{
    struct key_operator *asker = asker_of(reading->key, reading->text->order.number);
    if (!asker || reading->report.bad || reading->report.len > UINT32_MAX) {
        sink_free(&reading->report);
        if (asker)
            key_control_result(asker, RC_NO_MEMORY, 0, "out of memory");
        return;
    }
    sink_free(&asker->report);
    asker->report = reading->report;
    asker->reload = 0;
    key_control_result(asker, rc, (uint32_t)asker->report.len, reading->text->file);
}

/* Changes and fates are of use only when the text is good in itself. */
static enum rc judge(struct reading *reading)
{
    if (reading->text->order.mode == RELOAD_CHECK)
        return RC_OK;
    enum rc rc = add_changes(reading);
    if (rc == RC_OK)
        add_fates(reading);
    return rc;
}

void key_config_new(struct key *key, const struct reload_text *text, int take_fd)
{
    struct reading reading = {.key = key, .text = text};
    enum rc rc = read_text(&reading, take_fd);
    if (rc == RC_OK)
        rc = judge(&reading);
    bool in_force = text->rc == RC_OK && text->order.mode == RELOAD_APPLY && !key->stopping;
    if (rc == RC_OK && in_force)
        rc = apply(&reading);
    if (rc != RC_OK && in_force) {
        /* The warden goes by it already; begun again, key does so too. */
        child_log(key->child, LEVEL_ERROR, "the new configuration: %s", rc_text(rc));
        child_finish(key->child, 1);
    }
    config_free(reading.next);
    answer(&reading, text->rc != RC_OK ? text->rc : rc);
}

/* -- operators -----------------------------------------------------------------------------------
 */

enum rc key_reload_order(struct key_operator *asker, struct cursor *payload)
{
    static const char *const words[] = {
        [RELOAD_CHECK] = "checks", [RELOAD_DIFF] = "compares", [RELOAD_APPLY] = "reloads"};
    struct reload_order order;
    enum rc rc = reload_order_get(payload, &order);
    if (rc != RC_OK)
        return rc;
    if (asker->reload)
        return RC_BAD_STATE; /* one at a time */
    asker->reload = order.number = ++asker->key->reloads_asked;
    child_log(asker->key->child, LEVEL_NOTICE, "uid %u %s the configuration", asker->uid,
              words[order.mode]);
    if (child_reload(asker->key->child, &order) != RC_OK) {
        asker->reload = 0;
        key_control_result(asker, RC_AGAIN, 0, "the warden does not listen");
    }
    return RC_OK;
}

enum rc key_report_answer(struct key_operator *asker, struct cursor *payload)
{
    struct running_question question;
    enum rc rc = running_question_get(payload, &question);
    uint8_t *message = rc == RC_OK ? malloc(MESSAGE_MAX) : NULL;
    if (!message)
        return rc;
    size_t total = asker->report.len;
    size_t at = question.at < total ? question.at : total;
    size_t len = total - at < RUNNING_PIECE ? total - at : RUNNING_PIECE;
    struct builder b = builder_of(message, MESSAGE_MAX);
    const struct running_piece piece = {
        .request = question.request,
        .at = question.at,
        .total = (uint32_t)total,
        .text = {(const uint8_t *)sink_string(&asker->report) + at, len}};
    running_piece_put(&b, &piece);
    rc = b.bad ? RC_FULL : channel_send(asker->channel, MSG_REPORT_TEXT, builder_span(&b), -1);
    free(message);
    /* An asker that does not read its answers gets no more of them. */
    return rc == RC_FULL || rc == RC_IO ? RC_OK : rc;
}
