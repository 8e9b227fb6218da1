/* Typed events, one a line of the debug; their texts are made only when somebody listens. */
#include "ike/trace_phase1.h"

#include "ike/attr.h"
#include "ike/octets.h"
#include "ike/report.h"

#include <stdio.h>

/* RFC 2408, 3.6: next, reserved, length, number, id, reserved; then attributes. */
enum { TRANSFORM_NEXT = 0, TRANSFORM_NUMBER = 4, TRANSFORM_ATTRS = 8 };

void trace_payload(struct engine *engine, const struct ike_sa *sa, const char *payload,
                   struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_PAYLOAD, io);
    if (event)
        event_text(event, 0, payload);
}

/* -- keys ------------------------------------------------------------------------------ */

static void lookup(struct engine *engine, const struct ike_sa *sa, const char *ring,
                   const char *outcome, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_KEY_LOOKUP, io);
    if (!event)
        return;
    event_text(event, 0, ring);
    event_text(event, 1, outcome);
}

void trace_key_lookup(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    /* The global keys are always looked at first. */
    if (strcmp(sa->key_ring, "default") != 0)
        lookup(engine, sa, "default", "", io);
    lookup(engine, sa, sa->key_ring, " : success", io);
    sa_event(engine, sa, EV_KEY_FOUND, io);
}

void trace_key_found(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_KEY_RING, io);
    if (!event)
        return;
    event_text(event, 0, "ADDRESS");
    event_text(event, 1, sa->key_ring);
}

void trace_login_profiles(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    const struct config *config = engine->config;
    char names[EVENT_TEXT] = "";
    size_t n = 0;
    bool any = false;
    if (!engine->options.debug)
        return;
    for (size_t i = 0; i < config->profile_count; i++) {
        any = any || config->profiles[i].xauth;
        if (n < sizeof names)
            n += (size_t)snprintf(names + n, sizeof names - n, " %s", config->profiles[i].name);
    }
    struct event *event = any ? sa_event(engine, sa, EV_PROFILES, io) : NULL;
    if (!event)
        return;
    event_text(event, 0, names);
    sa_event(engine, sa, EV_AUTH_METHOD, io);
}

/* -- transforms (RFC 2409, appendix A) ------------------------------------------------- */

/* What the value of an attribute is called; 0 ends a list. */
struct word {
    uint16_t value;
    const char *word;
};
static const struct word ciphers[] = {
    {1, "DES-CBC"}, {5, "3DES-CBC"}, {7, "AES-CBC"}, {0, "unknown"}};
static const struct word hashes[] = {{1, "MD5"},    {2, "SHA"},    {4, "SHA256"},
                                     {5, "SHA384"}, {6, "SHA512"}, {0, "unknown"}};
static const struct word methods[] = {{1, "pre-share"},
                                      {3, "RSA sig"},
                                      {65001, "XAUTHInitPreShared"},
                                      {65005, "XAUTHInitRSA"},
                                      {0, "unknown"}};
static const struct word units[] = {{1, "seconds"}, {2, "kilobytes"}, {0, "unknown"}};

static const struct {
    uint16_t type;
    const char *head;
    const struct word *words; /* NULL: the number itself */
} attributes[] = {
    {1, "encryption", ciphers}, {2, "hash", hashes},         {3, "auth", methods},
    {4, "default group", NULL}, {11, "life type in", units}, {14, "keylength of", NULL},
};

/* Life duration (12): a number, or octets as they stand. */
static void format_life(const struct ike_attr *attr, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "life duration (%s) of", attr->basic ? "basic" : "VPI");
    if (attr->basic)
        snprintf(out + n, size - n, " %u", (unsigned)attr->value);
    for (size_t i = 0; !attr->basic && i < attr->data.len && i < 8; i++)
        n += (size_t)snprintf(out + n, size - n, " 0x%X", attr->data.at[i]);
}

static void format_attribute(const struct ike_attr *attr, char *out, size_t size)
{
    if (attr->type == 12) {
        format_life(attr, out, size);
        return;
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        const struct word *word = attributes[i].words;
        if (attributes[i].type != attr->type)
            continue;
        while (word && word->value && word->value != attr->value)
            word++;
        if (word)
            snprintf(out, size, "%s %s", attributes[i].head, word->word);
        else
            snprintf(out, size, "%s %u", attributes[i].head, (unsigned)attr->value);
        return;
    }
    snprintf(out, size, "unknown attribute %u", attr->type);
}

static void transform_attributes(struct engine *engine, const struct ike_sa *sa,
                                 const struct ike_choice *choice, struct io *io)
{
    struct cursor c = cursor_over(choice->transform);
    struct ike_attr attr;
    char text[128];
    cursor_span(&c, TRANSFORM_ATTRS);
    while (engine->options.debug && cursor_left(&c) >= IKE_ATTR_LEAST &&
           ike_attr_next(&c, &attr) == RC_OK) {
        struct event *event = sa_event(engine, sa, EV_TRANSFORM_ATTR, io);
        format_attribute(&attr, text, sizeof text);
        if (event)
            event_text(event, 0, text);
    }
}

void trace_transform(struct engine *engine, const struct ike_sa *sa,
                     const struct ike_choice *choice, struct io *io)
{
    struct event *event = choice->transform.len > TRANSFORM_ATTRS
                              ? sa_event(engine, sa, EV_TRANSFORM_CHECK, io)
                              : NULL;
    if (!event)
        return;
    event->n[0] = choice->transform.at[TRANSFORM_NUMBER];
    event->n[1] = sa->suite.policy;
    transform_attributes(engine, sa, choice, io);
    event = sa_event(engine, sa, EV_ATTS_ACCEPTABLE, io);
    if (event)
        event->n[0] = choice->transform.at[TRANSFORM_NEXT];
}

void trace_accepted(struct engine *engine, const struct ike_sa *sa, struct span sa_body,
                    struct io *io)
{
    enum { BEFORE_SPI_SIZE = 8 + 6, TRANSFORMS = 1 }; /* DOI, situation; proposal (RFC 2408, 3.5) */
    struct cursor c = cursor_over(sa_body);
    cursor_span(&c, BEFORE_SPI_SIZE);
    cursor_span(&c, cursor_u8(&c) + (size_t)TRANSFORMS);
    const size_t left = c.bad ? 0 : cursor_left(&c);
    trace_transform(engine, sa, &(struct ike_choice){.transform = cursor_span(&c, left)}, io);
}

/* -- identities ------------------------------------------------------------------------ */

/* RFC 2407, 4.6.2.1: how the debug names the types, and what is in them. */
static const struct {
    uint8_t type;
    const char *name, *what;
} types[] = {
    {ID_IPV4_ADDR, "ID_IPV4_ADDR", "address"},   {ID_FQDN, "ID_FQDN", "FQDN name"},
    {ID_USER_FQDN, "ID_USER_FQDN", "USER FQDN"}, {ID_IPV6_ADDR, "ID_IPV6_ADDR", "address"},
    {ID_KEY_ID, "ID_KEY_ID", "group id"},        {ID_NONE, "unknown", "identity"},
};

static size_t type_of(const struct identity *identity)
{
    size_t i = 0;
    while (types[i].type != ID_NONE && types[i].type != identity->type)
        i++;
    return i;
}

void trace_identity(struct engine *engine, const struct ike_sa *sa, const struct identity *identity,
                    uint8_t next, struct io *io)
{
    struct event *event = sa_event(engine, sa, EV_ID_PAYLOAD, io);
    const struct addr addr = identity_addr(identity);
    char text[ADDR_TEXT];
    if (!event)
        return;
    event->n[0] = next;
    event->n[1] = identity->type;
    event->n[2] = identity->protocol;
    event->n[3] = identity->port;
    event_text(event, 0, types[type_of(identity)].what);
    if (addr.family != ADDR_NONE)
        event_text(event, 1, addr_format(addr, text));
    else
        event_octets(event, 1, identity_data(identity));
    snprintf(text, sizeof text, "%u", identity->len + 8u); /* with both headers */
    event_text(event, 2, text);
}

void trace_own_proof(struct engine *engine, const struct ike_sa *sa, uint8_t next, struct io *io)
{
    struct identity identity;
    struct event *event = sa_event(engine, sa, EV_AUTH_BY, io);
    if (!event || identity_parse(octets_span(&sa->hs->id_own), &identity) != RC_OK)
        return;
    event_text(event, 0, sa->login == LOGIN_DUE ? " plus XAUTH" : "");
    event_text(event, 1, types[type_of(&identity)].name);
    trace_identity(engine, sa, &identity, next, io);
    event = sa_event(engine, sa, EV_ID_LENGTH, io);
    if (event)
        event->n[0] = identity.len + 8u;
}

void trace_authenticated(struct engine *engine, const struct ike_sa *sa, struct io *io)
{
    sa_event(engine, sa, EV_AUTH_STATUS, io);
    sa_event(engine, sa, EV_AUTHENTICATED, io);
}
