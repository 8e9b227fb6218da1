/* Messages to key. Nothing here waits: what cannot be sent is lost (events, datagrams: key finds
 * out by other means) or comes later (counters). */
#include "role/path_report.h"

/* Events are few; but a flood of IKE datagrams must not fill the queue that they share. */
enum { IKE_QUEUE_MAX = 512 * 1024 };

void path_report_listen(struct path_report *report, struct channel *key)
{
    report->key = key;
    report->drops = (struct drop_counters){0};
}

static enum rc tell(struct path_report *report, enum message_kind kind, const struct builder *b)
{
    if (!report->key)
        return RC_BAD_STATE;
    if (b->bad)
        return RC_MALFORMED;
    return channel_send(report->key, kind, builder_span(b), -1);
}

static bool differ(const struct esp_counters *a, const struct esp_counters *b)
{
    return a->packets != b->packets || a->bytes != b->bytes || a->errors != b->errors ||
           a->last_ms != b->last_ms;
}

/* Counters of a direction; those of an SA that is gone stay as they were told. */
static struct esp_counters counters_of(const struct esp_tunnel *tunnel,
                                       enum esp_direction direction)
{
    return tunnel->sa[direction] ? tunnel->sa[direction]->counters : tunnel->reported[direction];
}

/* Orphans are left out: the key process that listens has never heard of them. */
static bool has_news(const struct esp_tunnel *tunnel)
{
    bool news = false;
    for (int i = 0; i < 2 && !tunnel->orphan; i++)
        news = news || (tunnel->sa[i] && differ(&tunnel->sa[i]->counters, &tunnel->reported[i]));
    return news;
}

/* Write rows for tunnels from *at on, as many as fit. Returns the first that was left out. */
static struct esp_tunnel *fill(struct esp_sadb *sadb, struct esp_tunnel *at, struct builder *b)
{
    for (; at; at = esp_sadb_next(sadb, at)) {
        if (!has_news(at))
            continue;
        if ((size_t)(b->end - b->at) < PATH_COUNTERS_ROW_LEN)
            return at;
        struct path_counters_row row = {.tunnel = at->handle,
                                        .in = counters_of(at, ESP_INBOUND),
                                        .out = counters_of(at, ESP_OUTBOUND)};
        path_counters_put(b, &row);
    }
    return NULL;
}

/* Remember what was told: the rows from first up to, not including, end. */
static void mark(struct esp_sadb *sadb, struct esp_tunnel *first, const struct esp_tunnel *end)
{
    for (; first != end; first = esp_sadb_next(sadb, first))
        for (int i = 0; i < 2; i++)
            first->reported[i] = counters_of(first, (enum esp_direction)i);
}

static void tell_counters(struct path_report *report, struct esp_sadb *sadb)
{
    uint8_t bytes[PATH_COUNTERS_ROWS_MAX * PATH_COUNTERS_ROW_LEN];
    struct esp_tunnel *next = esp_sadb_next(sadb, NULL);
    while (next) {
        struct builder b = builder_of(bytes, sizeof bytes);
        struct esp_tunnel *first = next;
        next = fill(sadb, first, &b);
        if (builder_len(&b) == 0 || tell(report, MSG_SA_COUNTERS, &b) != RC_OK)
            return;
        mark(sadb, first, next);
    }
}

static void tell_drops(struct path_report *report, const struct drop_counters *drops)
{
    uint8_t bytes[DROP_COUNT * PATH_DROPS_ROW_LEN];
    struct builder b = builder_of(bytes, sizeof bytes);
    for (unsigned i = 0; i < DROP_COUNT; i++)
        if (drops->by_reason[i] != report->drops.by_reason[i])
            path_drops_put(&b, &(struct path_drops_row){(enum drop_reason)i, drops->by_reason[i]});
    if (builder_len(&b) > 0 && tell(report, MSG_DROPS, &b) == RC_OK)
        report->drops = *drops;
}

void path_report_tick(struct path_report *report, struct datapath *datapath)
{
    if (!report->key)
        return;
    tell_counters(report, datapath_sadb(datapath));
    tell_drops(report, datapath_drops(datapath));
}

void path_report_event(struct path_report *report, enum sa_event event, const struct esp_sa *sa)
{
    uint8_t bytes[PATH_EVENT_MAX];
    struct builder b = builder_of(bytes, sizeof bytes);
    struct path_event msg = {.event = event, .tunnel = sa->tunnel->handle};
    if (sa->tunnel->orphan)
        return;
    if (event == SA_EVENT_MOVED)
        msg.moved_to = sa->params.remote;
    path_event_put(&b, &msg);
    (void)tell(report, MSG_SA_EVENT, &b);
}

void path_report_acquire(struct path_report *report, uint32_t tun, const struct esp_inner *inner,
                         uint64_t now_ms)
{
    uint8_t bytes[PATH_ACQUIRE_MAX];
    struct builder b = builder_of(bytes, sizeof bytes);
    struct path_acquire msg;
    if (!report->key || !datapath_acquire_allowed(&report->acquire, tun, inner, now_ms, &msg))
        return;
    path_acquire_put(&b, &msg);
    (void)tell(report, MSG_ACQUIRE, &b);
}

bool path_report_ike(struct path_report *report, const struct path_datagram *datagram)
{
    uint8_t bytes[MESSAGE_MAX];
    struct builder b = builder_of(bytes, sizeof bytes);
    if (!report->key || channel_queued(report->key) > IKE_QUEUE_MAX)
        return false;
    path_datagram_put(&b, datagram);
    return tell(report, MSG_IKE_DATAGRAM, &b) == RC_OK;
}
