/* NAT detection and the NAT-T dialects (RFC 3947 and the drafts clients still use). */
#ifndef HUBWARD_IKE_NATT_H
#define HUBWARD_IKE_NATT_H

#include "crypto/hash.h"
#include "ike/effect.h"
#include "ike/payload.h"
#include "ike/proposal.h"
#include "ike/vendor.h"

/* The one dialect to use with a peer that sent these vendor ids: RFC 3947 (and its late drafts)
 * before draft 03, 02\n, 02. 00 and 01 are not spoken. */
enum ike_natt_kind natt_choose(uint32_t vendors);
/* The vendor id that answers: the peer's best one that we speak, VENDOR_COUNT for none. */
enum vendor natt_answer(uint32_t vendors);
/* Payload type of NAT-D in this dialect (20 or 130). */
uint8_t natt_payload(enum ike_natt_kind kind);

/* hash(CKY-I | CKY-R | address | port): RFC 3947, 3.2. out: hash_len octets. */
MUST_USE enum rc natt_hash(enum hash_alg hash, const uint8_t *cky_i, const uint8_t *cky_r,
                           struct endpoint endpoint, uint8_t *out);

/* Append our two NAT-D payloads: the peer's endpoint first, then ours. force: lie about our own
 * (all ones), which makes the peer see a NAT. */
MUST_USE enum rc natt_put(struct ike_writer *w, enum ike_natt_kind kind, enum hash_alg hash,
                          const uint8_t *cky_i, const uint8_t *cky_r, const struct ike_path *path,
                          bool force);

struct natt_verdict {
    bool present; /* the peer sent NAT-D payloads of this dialect */
    bool we_are_behind;
    bool peer_is_behind;
};
/* Judge the peer's NAT-D payloads: the first is about us, the others about itself. When path->natt
 * (aggressive mode's third message has moved already), hashes made for port 500 count as equal too,
 * and one side is behind in any case: we, if the peer is not (forced encapsulation). */
MUST_USE enum rc natt_judge(const struct ike_chain *chain, enum ike_natt_kind kind,
                            enum hash_alg hash, const uint8_t *cky_i, const uint8_t *cky_r,
                            const struct ike_path *path, struct natt_verdict *out);

#endif
