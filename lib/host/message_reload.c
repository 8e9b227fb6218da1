/* Coding of orders, texts and reports. */
#include "host/message_reload.h"

#include <stdio.h>

void reload_order_put(struct builder *b, const struct reload_order *order)
{
    builder_u8(b, (uint8_t)order->mode);
    builder_u64(b, order->number);
}

static struct reload_order order_of(struct cursor *c)
{
    struct reload_order order = {.mode = (enum reload_mode)cursor_u8(c)};
    order.number = cursor_u64(c);
    if ((unsigned)order.mode >= RELOAD_MODE_COUNT)
        c->bad = true;
    return order;
}

enum rc reload_order_get(struct cursor *c, struct reload_order *out)
{
    const struct reload_order order = order_of(c);
    if (!cursor_done(c))
        return RC_MALFORMED;
    *out = order;
    return RC_OK;
}

void reload_text_put(struct builder *b, const struct reload_text *text)
{
    reload_order_put(b, &text->order);
    builder_u8(b, (uint8_t)text->rc);
    builder_string(b, text->file);
    builder_u16(b, (uint16_t)text->notes.len);
    builder_add(b, text->notes);
    if (text->notes.len > RELOAD_NOTES)
        b->bad = true;
}

enum rc reload_text_get(struct cursor *c, struct reload_text *out)
{
    struct reload_text text = {.order = order_of(c)};
    text.rc = (enum rc)cursor_u8(c);
    cursor_string(c, text.file, sizeof text.file);
    size_t len = cursor_u16(c);
    text.notes = cursor_span(c, len);
    if (!cursor_done(c) || len > RELOAD_NOTES || text.rc > RC_AGAIN)
        return RC_MALFORMED;
    *out = text;
    return RC_OK;
}

void report_row_put(struct builder *b, const struct report_row *row)
{
    builder_u8(b, (uint8_t)row->kind);
    builder_u8(b, row->what);
    builder_u32(b, row->line);
    builder_u32(b, row->column);
    builder_u32(b, row->length);
    builder_u8(b, row->former);
    builder_u64(b, row->id);
    endpoint_put(b, row->peer);
    for (size_t i = 0; i < REPORT_FATES; i++)
        builder_u32(b, row->totals[i]);
    builder_string(b, row->about);
    builder_string(b, row->text);
    builder_string(b, row->quote);
}

void report_row_add(struct sink *report, const struct report_row *row)
{
    uint8_t octets[sizeof *row + 64];
    struct builder b = builder_of(octets, sizeof octets);
    report_row_put(&b, row);
    if (b.bad)
        report->bad = true;
    else
        sink_octets(report, (const char *)octets, builder_len(&b));
}

enum rc report_row_get(struct cursor *report, struct report_row *out)
{
    struct report_row row = {.kind = (enum report_kind)cursor_u8(report)};
    row.what = cursor_u8(report);
    row.line = cursor_u32(report);
    row.column = cursor_u32(report);
    row.length = cursor_u32(report);
    row.former = cursor_u8(report) != 0;
    row.id = cursor_u64(report);
    row.peer = endpoint_get(report);
    for (size_t i = 0; i < REPORT_FATES; i++)
        row.totals[i] = cursor_u32(report);
    cursor_string(report, row.about, sizeof row.about);
    cursor_string(report, row.text, sizeof row.text);
    cursor_string(report, row.quote, sizeof row.quote);
    if (report->bad || (unsigned)row.kind >= REPORT_KIND_COUNT)
        return RC_MALFORMED;
    *out = row;
    return RC_OK;
}

void report_change_add(struct sink *report, const struct config_change *change)
{
    struct report_row row = {.kind = REPORT_CHANGE, .what = (uint8_t)change->kind};
    snprintf(row.about, sizeof row.about, "%s", change->section);
    snprintf(row.text, sizeof row.text, "%s", change->text);
    report_row_add(report, &row);
}

static void finding_add(struct sink *report, const struct config_finding *finding)
{
    struct report_row row = {.kind = REPORT_FINDING,
                             .what = (uint8_t)finding->severity,
                             .line = finding->line,
                             .column = finding->column,
                             .length = finding->length};
    snprintf(row.about, sizeof row.about, "%s", finding->rule);
    snprintf(row.text, sizeof row.text, "%s", finding->text);
    snprintf(row.quote, sizeof row.quote, "%s", finding->quote);
    report_row_add(report, &row);
}

void report_findings_add(struct sink *report, const struct config_report *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->findings[i].severity != CONFIG_IGNORED)
            finding_add(report, &findings->findings[i]);
}
