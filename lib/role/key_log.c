/* Windows of log lines: row 0 is of all strangers together, the others of the sources that caused
 * lines last. */
#include "role/key_log.h"

enum {
    LOG_WINDOW_MS = 10000,
    LOG_STRANGE_LINES = 10,
    LOG_KNOWN_LINES = 100,
    LOG_STRANGERS_LINES = 100
};

/* The row of a source, or the one whose window began first. */
static struct key_log_source *row_of(struct key_log_source *rows, struct addr source)
{
    struct key_log_source *row = &rows[1];
    for (size_t i = 1; i < KEY_LOG_SOURCES; i++) {
        if (addr_equal(rows[i].source, source))
            return &rows[i];
        if (rows[i].since_ms < row->since_ms)
            row = &rows[i];
    }
    return row;
}

/* Begin a new window when the row is another source's or its window is over. Lines lost in it. */
static unsigned renew(struct key_log_source *row, struct addr source, uint64_t now_ms)
{
    bool same = addr_equal(row->source, source);
    if (same && now_ms - row->since_ms <= LOG_WINDOW_MS)
        return 0;
    unsigned lost = same ? row->lost : 0;
    *row = (struct key_log_source){.source = source, .since_ms = now_ms};
    return lost;
}

/* Refusals take no key; what has authenticated does not use up their lines. */
static bool is_strange(enum event_kind kind)
{
    return kind == EV_REFUSED || kind == EV_IKE_DELETED;
}

bool key_log_allowed(struct key_log_source *rows, const struct event *event, uint64_t now_ms,
                     unsigned *lost, bool *of_all)
{
    struct key_log_source *all = &rows[0], *row = row_of(rows, event->peer.addr);
    unsigned lost_by_all = renew(all, all->source, now_ms);
    unsigned lost_by_one = renew(row, event->peer.addr, now_ms);
    *of_all = lost_by_all > 0;
    *lost = lost_by_all ? lost_by_all : lost_by_one;
    if (!is_strange(event->kind)) {
        row->lost += row->known >= LOG_KNOWN_LINES;
        return row->known++ < LOG_KNOWN_LINES;
    }
    if (row->strange++ >= LOG_STRANGE_LINES) {
        row->lost++;
        return false;
    }
    all->lost += all->strange >= LOG_STRANGERS_LINES;
    return all->strange++ < LOG_STRANGERS_LINES;
}
