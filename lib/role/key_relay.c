/* What key passes on between askers and the store. The store remembers peers, sessions and
 * refusals; web and operators may only ask key. A question goes to the store under a number of
 * key's own, and the answer back to whoever asked, if he is still there:
 *
 *   asker -- STATUS_GET --> key -- STORE_GET (number) --> store
 *   asker <- STATUS_ROWS -- key <- STORE_ROWS (number) -- store
 *
 * Nobody waits here: without a store, or with too many questions open, the asker is told at once.
 */
#include "crypto/random.h"
#include "host/clock.h"
#include "role/key_state.h"

#include <stdlib.h>

/* EACH: open questions of one asker, so that none keeps the others out. A question that is older
 * than PATIENCE is given up when somebody asks again. */
enum { KEY_RELAY_EACH = 2, KEY_RELAY_PATIENCE_MS = 5000 };

bool key_relay_is_for_store(enum status_what what)
{
    return what >= STATUS_PEERS && what < STATUS_WHAT_COUNT;
}

/* NULL: he is gone. */
static struct channel *channel_of(const struct key *key, const struct key_asker *asker)
{
    if (asker->role == ROLE_WEB)
        return asker->serial == key->web_serial ? key->peers[ROLE_WEB] : NULL;
    const struct key_operator *there = &key->operators[asker->slot];
    return asker->serial == there->serial ? there->channel : NULL;
}

static void answer(struct key *key, const struct key_relay *relay, struct status_page *page)
{
    struct channel *channel = channel_of(key, &relay->asker);
    if (!channel)
        return;
    page->request = relay->question.request;
    key_status_header(key, &page->header);
    key_status_send(channel, page);
}

/* Close an open question: there will be no answer. */
static void give_up(struct key *key, struct key_relay *relay)
{
    struct status_page *page = calloc(1, sizeof *page);
    relay->open = false;
    if (page) {
        page->what = relay->question.what;
        page->next = relay->question.at;
        page->rc = RC_AGAIN;
        answer(key, relay, page);
    }
    free(page);
}

void key_relay_store_gone(struct key *key)
{
    for (size_t i = 0; i < STORE_QUESTIONS; i++)
        if (key->relays[i].open)
            give_up(key, &key->relays[i]);
    key->store_state = (struct store_state){.rc = RC_OK};
}

/* A free row, if this asker may have one more. */
static struct key_relay *free_row(struct key *key, const struct key_asker *asker)
{
    struct key_relay *found = NULL;
    unsigned his = 0;
    for (size_t i = 0; i < STORE_QUESTIONS; i++) {
        struct key_relay *relay = &key->relays[i];
        if (relay->open && clock_now_ms() - relay->asked_ms >= KEY_RELAY_PATIENCE_MS)
            give_up(key, relay);
        if (!relay->open)
            found = found ? found : relay;
        else if (relay->asker.role == asker->role && relay->asker.slot == asker->slot &&
                 relay->asker.serial == asker->serial)
            his++;
    }
    return his < KEY_RELAY_EACH ? found : NULL;
}

enum rc key_relay_ask(struct key *key, const struct key_asker *asker,
                      const struct status_question *question)
{
    uint8_t buffer[STATUS_QUESTION_MAX];
    struct builder b = builder_of(buffer, sizeof buffer);
    struct channel *store = key->peers[ROLE_STORE];
    struct key_relay *relay = store ? free_row(key, asker) : NULL;
    if (!relay)
        return RC_AGAIN;
    struct status_question own = *question;
    own.request = ++key->relay_number;
    status_question_put(&b, &own);
    if (b.bad || channel_send(store, MSG_STORE_GET, builder_span(&b), -1) != RC_OK)
        return RC_AGAIN;
    *relay = (struct key_relay){.open = true,
                                .number = own.request,
                                .asker = *asker,
                                .question = *question,
                                .asked_ms = clock_now_ms()};
    return RC_OK;
}

/* A page that does not fit its question is a breach. One that nobody waits for any more is only
 * late. */
static enum rc deliver(struct key *key, struct status_page *page)
{
    for (size_t i = 0; i < STORE_QUESTIONS; i++) {
        struct key_relay *relay = &key->relays[i];
        if (!relay->open || relay->number != page->request)
            continue;
        if (page->what != relay->question.what || (page->more && page->next <= relay->question.at))
            return RC_MALFORMED;
        relay->open = false;
        answer(key, relay, page);
        return RC_OK;
    }
    key->relay_strays++;
    return RC_OK;
}

enum rc key_relay_rows(struct key *key, struct cursor *payload)
{
    struct status_page *page = calloc(1, sizeof *page);
    enum rc rc = page ? status_page_get(payload, page) : RC_NO_MEMORY;
    if (rc == RC_OK)
        rc = deliver(key, page);
    free(page);
    return rc == RC_NO_MEMORY ? RC_OK : rc; /* that question will be given up */
}

enum rc key_relay_state(struct key *key, struct cursor *payload)
{
    return store_state_get(payload, &key->store_state);
}

void key_relay_store_came(struct key *key)
{
    uint8_t buffer[STORE_KEY_START_LEN];
    struct builder b = builder_of(buffer, sizeof buffer);
    const struct rng rng = random_rng();
    while (!key->start_number)
        key->start_number = rng_u64(&rng);
    store_key_start_put(&b, key->start_number);
    /* A channel that refuses its first message is dead, and its end is told by the loop. */
    if (channel_send(key->peers[ROLE_STORE], MSG_KEY_START, builder_span(&b), -1) != RC_OK)
        child_log(key->child, LEVEL_WARNING, "the store does not listen");
}
