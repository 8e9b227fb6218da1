/* Fuzzing attribute lists: transaction payloads and RESPONDER-LIFETIME data. A list that parses is
 * written again and must read as the same. */
#include "ike/modecfg.h"
#include "ike/proposal.h"
#include "unit/ike/chain.h"

#include <stdlib.h>

enum { INPUT_MAX = 4096 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void put_attr(struct builder *b, const struct ike_attr *attr)
{
    if (attr->basic)
        ike_attr_put_basic(b, attr->type, (uint16_t)attr->value);
    else
        ike_attr_put_bytes(b, attr->type, attr->data);
}

static void check_equal(const struct cfg_message *a, const struct cfg_message *b)
{
    require(a->type == b->type && a->identifier == b->identifier && a->count == b->count);
    for (size_t i = 0; i < a->count; i++)
        require(a->attrs[i].type == b->attrs[i].type && a->attrs[i].basic == b->attrs[i].basic &&
                a->attrs[i].value == b->attrs[i].value &&
                span_equal(a->attrs[i].data, b->attrs[i].data));
}

static void run_message(struct span body)
{
    struct cfg_message message;
    struct cfg_message again;
    uint8_t buffer[INPUT_MAX + 64];
    uint8_t first;
    struct ike_writer w;
    if (cfg_parse(body, &message) != RC_OK)
        return;
    require(message.count <= CFG_ATTRS_MAX);
    chain_start(&w, buffer, sizeof buffer);
    cfg_open(&w, message.type, message.identifier);
    for (size_t i = 0; i < message.count; i++) {
        const struct ike_attr *found = cfg_find(&message, message.attrs[i].type);
        require(found && found <= &message.attrs[i]);
        require(cfg_attr_name(message.attrs[i].type) != NULL);
        put_attr(&w.b, &message.attrs[i]);
    }
    ike_writer_close(&w);
    struct span written = chain_finish(&w, &first);
    require(first == PAYLOAD_ATTRIBUTES && written.len > 0 && written.len <= body.len + 4);
    require(cfg_parse((struct span){written.at + 4, written.len - 4}, &again) == RC_OK);
    check_equal(&message, &again);
}

/* Where the life type stands relative to its duration is free, so only the values must survive. */
static void run_lifetime(struct span data)
{
    uint32_t seconds;
    uint32_t seconds_again;
    uint64_t kilobytes;
    uint64_t kilobytes_again;
    uint8_t buffer[32];
    struct builder b = builder_of(buffer, sizeof buffer);
    if (ike_lifetime_parse(data, &seconds, &kilobytes) != RC_OK)
        return;
    ike_lifetime_put(&b, seconds, kilobytes);
    require(!b.bad);
    require(ike_lifetime_parse(builder_span(&b), &seconds_again, &kilobytes_again) == RC_OK);
    require(seconds_again == seconds);
    require(kilobytes_again == (kilobytes < UINT32_MAX ? kilobytes : UINT32_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > INPUT_MAX)
        return 0;
    struct span input = {data, size};
    run_message(input);
    run_lifetime(input);
    return 0;
}
