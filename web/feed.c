/* A round: summary, phase 1 rows, phase 2 rows, each page by page, into a snapshot of its own that
 * takes the place of the old one when it is complete. */
#include "web/feed.h"

#include "host/channel.h"

#include <stdlib.h>

/* Asked every second whether or not somebody looks: the first look shows what is, not what was. */
enum { TICK_MS = 1000, STORE_ROUNDS = 5, STORE_PATIENCE_MS = 1500 };

struct feed {
    uv_timer_t timer;
    feed_log *log;
    void *context;
    struct channel *channel; /* NULL: the keying process is away */
    struct snapshot current;
    bool has_current;
    uint64_t current_ms; /* loop time when it was complete */
    uint64_t generation;
    uint64_t round; /* complete ones so far */
    struct snapshot building;
    bool asking;
    enum status_what what; /* of the question that waits for its answer */
    uint32_t at;
    uint32_t request;
    uint64_t asked_ms; /* loop time */
    struct status_page page;
};

static void stop_round(struct feed *feed)
{
    snapshot_free(&feed->building);
    feed->asking = false;
}

static void ask(struct feed *feed, enum status_what what, uint32_t at)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    feed->request++;
    feed->what = what;
    feed->at = at;
    feed->asked_ms = uv_now(feed->timer.loop);
    const struct status_question question = {
        .what = what, .at = at, .max = STATUS_PAGE_ROWS, .request = feed->request};
    status_question_put(&b, &question);
    if (channel_send(feed->channel, MSG_STATUS_GET, builder_span(&b), -1) != RC_OK)
        stop_round(feed); /* the next tick tries again */
}

static void start_round(struct feed *feed)
{
    stop_round(feed);
    feed->asking = true;
    ask(feed, STATUS_SUMMARY, 0);
}

/* What the store remembers changes slowly and costs it more: it is asked in some rounds only. */
static bool is_due(const struct feed *feed, enum status_what what)
{
    return what < STATUS_PEERS || (what < STATUS_DECISIONS && feed->round % STORE_ROUNDS == 0);
}

/* The kind to ask for after this one; STATUS_WHAT_COUNT: none. */
static enum status_what next_due(const struct feed *feed)
{
    int what = (int)feed->what + 1;
    while (what < STATUS_WHAT_COUNT && !is_due(feed, (enum status_what)what))
        what++;
    return (enum status_what)what;
}

static void finish_round(struct feed *feed)
{
    for (int i = 0; i < STATUS_WHAT_COUNT; i++) {
        enum status_what what = (enum status_what)i;
        bool asked = is_due(feed, what);
        if (!asked || feed->building.rc[what] != RC_OK)
            snapshot_inherit(&feed->building, &feed->current, what);
        if (!asked)
            feed->building.rc[what] = feed->current.rc[what];
    }
    feed->round++;
    snapshot_free(&feed->current);
    feed->current = feed->building;
    feed->building = (struct snapshot){0};
    feed->has_current = true;
    feed->current_ms = uv_now(feed->timer.loop);
    feed->generation++;
    feed->asking = false;
}

static void next_kind(struct feed *feed)
{
    if (next_due(feed) < STATUS_WHAT_COUNT)
        ask(feed, next_due(feed), 0);
    else
        finish_round(feed);
}

/* The page in feed->page answers our question: what comes next? */
static void go_on(struct feed *feed)
{
    bool full = false;
    if (snapshot_add(&feed->building, &feed->page, &full) != RC_OK) {
        stop_round(feed);
        return;
    }
    if (feed->page.more && !full && feed->page.next > feed->at)
        ask(feed, feed->what, feed->page.next);
    else
        next_kind(feed);
}

/* A store that hangs must not hold up what key knows itself. An answer that comes later bears the
 * number of a question that nobody waits for. */
static void give_up_on_store(struct feed *feed)
{
    if (feed->what < STATUS_PEERS || uv_now(feed->timer.loop) - feed->asked_ms < STORE_PATIENCE_MS)
        return;
    feed->building.rc[feed->what] = RC_AGAIN;
    next_kind(feed);
}

static enum rc on_message(void *context, struct channel *channel, enum message_kind kind,
                          struct cursor *payload, int fd)
{
    struct feed *feed = context;
    (void)channel;
    (void)fd; /* the table lets no descriptor through */
    if (kind != MSG_STATUS_ROWS)
        return RC_UNSUPPORTED;
    enum rc rc = status_page_get(payload, &feed->page);
    if (rc != RC_OK)
        return rc;
    if (feed->asking && feed->page.request == feed->request && feed->page.what == feed->what)
        go_on(feed);
    return RC_OK;
}

static void on_closed(void *context, struct channel *channel, const char *reason)
{
    struct feed *feed = context;
    if (feed->channel != channel)
        return;
    feed->channel = NULL;
    stop_round(feed);
    feed->log(feed->context, reason);
}

static void on_tick(uv_timer_t *timer)
{
    struct feed *feed = timer->data;
    if (feed->channel && feed->asking)
        give_up_on_store(feed);
    else if (feed->channel)
        start_round(feed);
}

enum rc feed_new(uv_loop_t *loop, feed_log *log, void *context, struct feed **out)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return RC_NO_MEMORY;
    feed->log = log;
    feed->context = context;
    feed->timer.data = feed;
    uv_timer_init(loop, &feed->timer);
    uv_timer_start(&feed->timer, on_tick, TICK_MS, TICK_MS);
    *out = feed;
    return RC_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void feed_free(struct feed *feed)
{
    if (!feed)
        return;
    channel_close(feed->channel);
    snapshot_free(&feed->current);
    snapshot_free(&feed->building);
    uv_close((uv_handle_t *)&feed->timer, on_timer_closed);
}

enum rc feed_link(struct feed *feed, int take_fd)
{
    channel_close(feed->channel);
    feed->channel = NULL;
    stop_round(feed);
    enum rc rc = channel_open(feed->timer.loop, take_fd, ROLE_WEB, ROLE_KEY, on_message, on_closed,
                              feed, &feed->channel);
    if (rc == RC_OK)
        start_round(feed);
    return rc;
}

void feed_view(const struct feed *feed, struct view *out)
{
    out->snapshot = feed->has_current ? &feed->current : NULL;
    out->age_ms = feed->has_current ? uv_now(feed->timer.loop) - feed->current_ms : 0;
    out->linked = feed->channel != NULL;
}

uint64_t feed_generation(const struct feed *feed)
{
    return feed->generation;
}
