/* NAT detection: which dialect, our two NAT-D payloads, and the verdict over the peer's. */
#include "ike/natt.h"

#include <string.h>

/* Best first. The drafts after 03 differ from the RFC in their vendor id only, and whoever sends
 * one of theirs knows the RFC's, so that one answers. */
static const struct {
    enum vendor offered;
    enum vendor answer;
    enum ike_natt_kind kind;
} dialects[] = {
    {VENDOR_NATT_RFC3947, VENDOR_NATT_RFC3947, NATT_RFC},
    {VENDOR_NATT_04_TO_08, VENDOR_NATT_RFC3947, NATT_RFC},
    {VENDOR_NATT_03, VENDOR_NATT_03, NATT_DRAFT},
    {VENDOR_NATT_02N, VENDOR_NATT_02N, NATT_DRAFT},
    {VENDOR_NATT_02, VENDOR_NATT_02, NATT_DRAFT},
};
enum { PORT_ISAKMP = 500 };
enum { DIALECTS = sizeof dialects / sizeof *dialects };

static size_t best_dialect(uint32_t vendors)
{
    size_t i = 0;
    while (i < DIALECTS && !(vendors & 1u << dialects[i].offered))
        i++;
    return i;
}

enum ike_natt_kind natt_choose(uint32_t vendors)
{
    size_t i = best_dialect(vendors);
    return i < DIALECTS ? dialects[i].kind : NATT_NONE;
}

enum vendor natt_answer(uint32_t vendors)
{
    size_t i = best_dialect(vendors);
    return i < DIALECTS ? dialects[i].answer : VENDOR_COUNT;
}

uint8_t natt_payload(enum ike_natt_kind kind)
{
    return kind == NATT_DRAFT ? PAYLOAD_NATD_DRAFT : PAYLOAD_NATD;
}

enum rc natt_hash(enum hash_alg hash, const uint8_t *cky_i, const uint8_t *cky_r,
                  struct endpoint endpoint, uint8_t *out)
{
    uint8_t port[2] = {(uint8_t)(endpoint.port >> 8), (uint8_t)endpoint.port};
    struct span parts[] = {{cky_i, IKE_COOKIE},
                           {cky_r, IKE_COOKIE},
                           {endpoint.addr.bytes, addr_len(endpoint.addr.family)},
                           {port, sizeof port}};
    return hash_compute(hash, parts, 4, out);
}

enum rc natt_put(struct ike_writer *w, enum ike_natt_kind kind, enum hash_alg hash,
                 const uint8_t *cky_i, const uint8_t *cky_r, const struct ike_path *path,
                 bool force)
{
    uint8_t theirs[HASH_MAX];
    uint8_t ours[HASH_MAX];
    size_t len = hash_len(hash);
    if (kind == NATT_NONE)
        return RC_OK;
    enum rc rc = natt_hash(hash, cky_i, cky_r, path->remote, theirs);
    if (rc == RC_OK)
        rc = natt_hash(hash, cky_i, cky_r, path->local, ours);
    if (rc != RC_OK)
        return rc;
    if (force)
        memset(ours, 0xff, len);
    ike_writer_add(w, natt_payload(kind), (struct span){theirs, len});
    ike_writer_add(w, natt_payload(kind), (struct span){ours, len});
    return RC_OK;
}

/* Is this the hash of the endpoint? In aggressive mode the third message travels on port 4500, but
 * vpnc has made its hashes before it moved there: port 500 counts as well then. */
static enum rc is_hash_of(struct span body, enum hash_alg hash, const uint8_t *cky_i,
                          const uint8_t *cky_r, struct endpoint endpoint, bool floated, bool *out)
{
    uint8_t want[HASH_MAX];
    const uint16_t ports[] = {endpoint.port, PORT_ISAKMP};
    bool found = false;
    for (size_t i = 0; i < (floated ? 2 : 1); i++) {
        endpoint.port = ports[i];
        enum rc rc = natt_hash(hash, cky_i, cky_r, endpoint, want);
        if (rc != RC_OK)
            return rc;
        found = found || span_equal(body, (struct span){want, hash_len(hash)});
    }
    *out = found;
    return RC_OK;
}

enum rc natt_judge(const struct ike_chain *chain, enum ike_natt_kind kind, enum hash_alg hash,
                   const uint8_t *cky_i, const uint8_t *cky_r, const struct ike_path *path,
                   struct natt_verdict *out)
{
    struct natt_verdict verdict = {.present = false};
    uint8_t type = natt_payload(kind);
    const struct ike_payload *payload;
    enum rc rc = RC_OK;
    for (size_t i = 0; kind != NATT_NONE && (payload = ike_chain_find(chain, type, i)); i++) {
        bool equal;
        rc = is_hash_of(payload->body, hash, cky_i, cky_r, i == 0 ? path->local : path->remote,
                        path->natt, &equal);
        if (rc != RC_OK)
            return rc;
        if (i == 0)
            verdict = (struct natt_verdict){
                .present = true, .we_are_behind = !equal, .peer_is_behind = true};
        else if (equal)
            verdict.peer_is_behind = false;
    }
    /* Nobody moves to port 4500 without a NAT, unless we have lied about our endpoint. */
    if (path->natt && verdict.present && !verdict.peer_is_behind)
        verdict.we_are_behind = true;
    *out = verdict;
    return RC_OK;
}
