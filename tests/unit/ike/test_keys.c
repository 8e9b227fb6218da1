/* Key material against NIST's IKE samples and the whole recorded session: every secret, proof, IV,
 * plaintext and HASH; and the sealing of messages for each cipher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike/keys.h"
#include "ike/payload.h"
#include "unit/base/octets.h"
#include "unit/ike/golden_session.h"

#define SPAN(array) ((struct span){(array), sizeof(array)})

static const struct ike_suite golden_suite = {
    .cipher = CIPHER_AES, .key_bits = 128, .hash = HASH_SHA1, .group = 2};

static struct ike_keys golden_keys(void)
{
    const struct ike_key_inputs inputs = {
        .psk = {(const uint8_t *)golden_psk, sizeof golden_psk - 1},
        .nonce_i = SPAN(golden_ni),
        .nonce_r = SPAN(golden_nr),
        .shared = SPAN(golden_g_xy),
        .cky_i = golden_cky_i,
        .cky_r = golden_cky_r,
    };
    struct ike_keys keys;
    assert_int_equal(ike_keys_derive(&golden_suite, &inputs, &keys), RC_OK);
    return keys;
}

static void secrets_of_the_recorded_session_come_out(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    assert_memory_equal(keys.skeyid, golden_skeyid, sizeof golden_skeyid);
    assert_memory_equal(keys.skeyid_d, golden_skeyid_d, sizeof golden_skeyid_d);
    assert_memory_equal(keys.skeyid_a, golden_skeyid_a, sizeof golden_skeyid_a);
    assert_memory_equal(keys.skeyid_e, golden_skeyid_e, sizeof golden_skeyid_e);
    assert_int_equal(keys.cipher_key_len, 16);
    assert_memory_equal(keys.cipher_key, golden_skeyid_e, 16);
}

static void proofs_of_both_sides_of_the_recorded_session_come_out(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    const struct ike_proof_inputs initiator = {.g_own = SPAN(golden_g_xi),
                                               .g_peer = SPAN(golden_g_xr),
                                               .cky_own = golden_cky_i,
                                               .cky_peer = golden_cky_r,
                                               .sa_i = SPAN(golden_sa_i_b),
                                               .id = SPAN(golden_id_ii_b)};
    const struct ike_proof_inputs responder = {.g_own = SPAN(golden_g_xr),
                                               .g_peer = SPAN(golden_g_xi),
                                               .cky_own = golden_cky_r,
                                               .cky_peer = golden_cky_i,
                                               .sa_i = SPAN(golden_sa_i_b),
                                               .id = SPAN(golden_id_ir_b)};
    uint8_t proof[HASH_MAX];
    assert_int_equal(ike_proof(&keys, &initiator, proof), RC_OK);
    assert_memory_equal(proof, golden_hash_i, sizeof golden_hash_i);
    assert_int_equal(ike_proof(&keys, &responder, proof), RC_OK);
    assert_memory_equal(proof, golden_hash_r, sizeof golden_hash_r);
}

/* The sample of NIST's validation system for pre-shared keys with SHA-1, as the other programs
 * carry it in their tests. */
static struct ike_keys nist_keys(enum cipher_alg cipher, uint16_t key_bits)
{
    struct octets psk = octets_hex("75");
    struct octets ni = octets_hex("b9a2d0e922dc66dd");
    struct octets nr = octets_hex("2130166863b5ddef");
    struct octets cky_i = octets_hex("83d374c30b3b5082");
    struct octets cky_r = octets_hex("5afc0da06c728029");
    struct octets shared =
        octets_hex("739003ba2c11c982946c65e26acf661fbf8ebb78011a9fead79efa12fe3e71cc");
    const struct ike_suite suite = {.cipher = cipher, .key_bits = key_bits, .hash = HASH_SHA1};
    const struct ike_key_inputs inputs = {octets_span(&psk),    octets_span(&ni), octets_span(&nr),
                                          octets_span(&shared), cky_i.bytes,      cky_r.bytes};
    struct ike_keys keys;
    assert_int_equal(ike_keys_derive(&suite, &inputs, &keys), RC_OK);
    return keys;
}

static void assert_hex(const uint8_t *got, const char *hex)
{
    struct octets want = octets_hex(hex);
    assert_memory_equal(got, want.bytes, want.len);
}

static void secrets_of_the_nist_sample_come_out(void **state)
{
    (void)state;
    struct ike_keys keys = nist_keys(CIPHER_AES, 128);
    assert_hex(keys.skeyid, "62b04d112877e442fc3282fc37c076997718a0b9");
    assert_hex(keys.skeyid_d, "369e5aad1bdb5faf6a3d929d500cdc236710a9ab");
    assert_hex(keys.skeyid_a, "588e957d8d790d093b3a39f121473473af78e9bb");
    assert_hex(keys.skeyid_e, "cd74b0c048219db81384d3fda8f6cda51e398a2b");
}

static void a_key_longer_than_the_hash_is_stretched_and_a_shorter_one_cut(void **state)
{
    (void)state;
    struct ike_keys keys = nist_keys(CIPHER_3DES, 0);
    assert_int_equal(keys.cipher_key_len, 24);
    assert_hex(keys.cipher_key, "9ce3201d5c6cf897a6cba863e68c634d8d63805d1f20e30b");
    keys = nist_keys(CIPHER_AES, 256);
    assert_int_equal(keys.cipher_key_len, 32);
    assert_hex(keys.cipher_key, "9ce3201d5c6cf897a6cba863e68c634d8d63805d1f20e30bf6884e2a4ee9fc8a");
    keys = nist_keys(CIPHER_DES, 0);
    assert_int_equal(keys.cipher_key_len, 8);
    assert_hex(keys.cipher_key, "cd74b0c048219db8");
}

static void a_suite_that_is_none_yields_no_keys(void **state)
{
    (void)state;
    static const struct ike_suite wrong[] = {
        {.cipher = CIPHER_NONE, .hash = HASH_SHA1},
        {.cipher = CIPHER_AES, .key_bits = 100, .hash = HASH_SHA1},
        {.cipher = CIPHER_3DES, .hash = HASH_NONE},
    };
    const struct ike_key_inputs inputs = {.cky_i = golden_cky_i, .cky_r = golden_cky_r};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ike_keys keys = {.cipher_key_len = 4242};
        assert_int_equal(ike_keys_derive(&wrong[i], &inputs, &keys), RC_CRYPTO);
        assert_int_equal(keys.cipher_key_len, 4242);
    }
}

static void the_first_iv_of_phase_1_comes_out(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    uint8_t iv[CIPHER_BLOCK_MAX];
    assert_int_equal(ike_iv_phase1(&keys, SPAN(golden_g_xi), SPAN(golden_g_xr), iv), RC_OK);
    assert_memory_equal(iv, golden_phase1_iv, sizeof golden_phase1_iv);
}

/* The last message before this one with its message id, or NULL. */
static const struct golden_message *predecessor(size_t i)
{
    for (size_t k = i; k > 0; k--)
        if (golden_messages[k - 1].plain.len &&
            golden_messages[k - 1].message_id == golden_messages[i].message_id)
            return &golden_messages[k - 1];
    return NULL;
}

static void every_message_has_the_iv_of_its_exchange(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        const struct golden_message *before = predecessor(i);
        uint8_t iv[CIPHER_BLOCK_MAX];
        if (!m->plain.len || m->message_id == 0)
            continue;
        if (before)
            memcpy(iv, before->wire.at + before->wire.len - 16, 16);
        else
            assert_int_equal(ike_iv_phase2(&keys, golden_last_phase1_block, m->message_id, iv),
                             RC_OK);
        assert_memory_equal(iv, m->iv, 16);
    }
}

static void every_message_opens_to_its_plaintext_and_leaves_the_next_iv(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        if (!m->plain.len)
            continue;
        size_t len = m->wire.len - IKE_HEADER;
        uint8_t *body = octets_exact(m->wire.at + IKE_HEADER, len);
        uint8_t *out = malloc(len);
        uint8_t next[CIPHER_BLOCK_MAX];
        size_t out_len = 0;
        assert_non_null(out);
        assert_int_equal(ike_open(&keys, m->iv, (struct span){body, len}, out, &out_len, next),
                         RC_OK);
        assert_int_equal(out_len, m->plain.len);
        assert_memory_equal(out, m->plain.at, out_len);
        assert_memory_equal(next, body + len - 16, 16);
        free(out);
        free(body);
    }
}

static void the_last_block_of_phase_1_is_that_of_am3(void **state)
{
    (void)state;
    assert_memory_equal(golden_am3 + sizeof golden_am3 - 16, golden_last_phase1_block, 16);
}

/* HASH as the message's exchange makes it. */
static void expected_hash(const struct ike_keys *keys, const struct golden_message *m,
                          const struct ike_chain *chain, uint8_t *out)
{
    struct span parts[] = {SPAN(golden_qm_ni), ike_chain_after_first(chain)};
    bool second = strcmp(m->name, "qm2") == 0;
    if (strcmp(m->name, "qm3") == 0)
        assert_int_equal(
            ike_hash_3(keys, m->message_id, SPAN(golden_qm_ni), SPAN(golden_qm_nr), out), RC_OK);
    else
        assert_int_equal(
            ike_hash_message(keys, m->message_id, second ? parts : parts + 1, second ? 2 : 1, out),
            RC_OK);
}

static void every_hash_payload_verifies(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    size_t verified = 0;
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        struct ike_chain chain;
        uint8_t hash[HASH_MAX];
        if (!m->plain.len || m->message_id == 0)
            continue;
        assert_int_equal(ike_chain_parse(m->wire.at[16], m->plain, &chain), RC_OK);
        assert_int_equal(chain.items[0].type, PAYLOAD_HASH);
        assert_int_equal(chain.items[0].body.len, 20);
        expected_hash(&keys, m, &chain, hash);
        assert_memory_equal(chain.items[0].body.at, hash, 20);
        verified++;
    }
    assert_int_equal(verified, 11);
}

enum outcome { REFUSED, ORIGINAL, FORGED };

/* What a receiver would take a sealed body for. */
static enum outcome receive(const struct ike_keys *keys, const struct golden_message *m,
                            struct span body)
{
    uint8_t *out = malloc(body.len);
    uint8_t next[CIPHER_BLOCK_MAX];
    uint8_t hash[HASH_MAX];
    struct ike_chain chain;
    size_t len = 0;
    assert_non_null(out);
    assert_int_equal(ike_open(keys, m->iv, body, out, &len, next), RC_OK);
    bool right = ike_chain_parse(m->wire.at[16], (struct span){out, len}, &chain) == RC_OK &&
                 chain.items[0].body.len == 20;
    if (right) {
        expected_hash(keys, m, &chain, hash);
        right = hash_equal(chain.items[0].body.at, hash, 20);
    }
    bool same = right && span_equal(chain.octets, (struct span){m->plain.at, m->payload_octets});
    free(out);
    return same ? ORIGINAL : right ? FORGED : REFUSED;
}

/* Padding is not authenticated (RFC 2409, appendix B), so a flip in the last block may leave all
 * payloads as they were; before it every flip must be refused. */
static void no_flipped_bit_under_the_cipher_verifies(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        if (!m->plain.len || m->message_id == 0)
            continue;
        size_t len = m->wire.len - IKE_HEADER;
        uint8_t *body = octets_exact(m->wire.at + IKE_HEADER, len);
        assert_int_equal(receive(&keys, m, (struct span){body, len}), ORIGINAL);
        for (size_t bit = 0; bit < len * 8; bit++) {
            body[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum outcome outcome = receive(&keys, m, (struct span){body, len});
            assert_int_not_equal(outcome, FORGED);
            if (bit / 8 < m->payload_octets / 16 * 16)
                assert_int_equal(outcome, REFUSED);
            body[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(body);
    }
}

static void keymat_of_both_directions_comes_out_at_every_length(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    const struct span none = {NULL, 0};
    for (size_t n = 0; n <= sizeof golden_keymat_to_responder; n++) {
        uint8_t *out = malloc(n);
        assert_non_null(out);
        assert_int_equal(ike_keymat(&keys, none, PROTOCOL_ESP, GOLDEN_SPI_TO_RESPONDER,
                                    SPAN(golden_qm_ni), SPAN(golden_qm_nr), out, n),
                         RC_OK);
        assert_memory_equal(out, golden_keymat_to_responder, n);
        assert_int_equal(ike_keymat(&keys, none, PROTOCOL_ESP, GOLDEN_SPI_TO_INITIATOR,
                                    SPAN(golden_qm_ni), SPAN(golden_qm_nr), out, n),
                         RC_OK);
        assert_memory_equal(out, golden_keymat_to_initiator, n);
        free(out);
    }
}

static void keymat_with_pfs_is_chained_with_the_shared_secret(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    static const uint8_t shared[3] = {7, 8, 9};
    static const uint8_t tail[5] = {3, 0x01, 0x02, 0x03, 0x04};
    struct span parts[] = {SPAN(golden_qm_ni), SPAN(shared), SPAN(tail), SPAN(golden_qm_ni),
                           SPAN(golden_qm_nr)};
    uint8_t want[40];
    uint8_t got[40];
    assert_int_equal(hash_hmac(HASH_SHA1, SPAN(golden_skeyid_d), parts + 1, 4, want), RC_OK);
    parts[0] = (struct span){want, 20};
    assert_int_equal(hash_hmac(HASH_SHA1, SPAN(golden_skeyid_d), parts, 5, want + 20), RC_OK);
    assert_int_equal(ike_keymat(&keys, SPAN(shared), 3, 0x01020304, SPAN(golden_qm_ni),
                                SPAN(golden_qm_nr), got, sizeof got),
                     RC_OK);
    assert_memory_equal(got, want, sizeof want);
}

static void more_parts_than_a_hash_takes_are_refused(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    struct span parts[16] = {{NULL, 0}};
    uint8_t hash[HASH_MAX];
    assert_int_equal(ike_hash_message(&keys, 1, parts, 15, hash), RC_OK);
    assert_int_equal(ike_hash_message(&keys, 1, parts, 16, hash), RC_FULL);
}

static void what_is_sealed_has_the_octets_that_were_recorded(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    for (size_t i = 0; i < GOLDEN_MESSAGES; i++) {
        const struct golden_message *m = &golden_messages[i];
        if (!m->plain.len || (m->payload_octets + 15) / 16 * 16 != m->plain.len)
            continue;
        uint8_t *buffer = octets_exact(m->wire.at, m->wire.len);
        uint8_t iv[CIPHER_BLOCK_MAX];
        size_t len = IKE_HEADER + m->payload_octets;
        memcpy(buffer + IKE_HEADER, m->plain.at, m->payload_octets);
        memset(buffer + len, 0xee, m->wire.len - len);
        memset(buffer + 24, 0, 4);
        buffer[19] = 0;
        memcpy(iv, m->iv, 16);
        assert_int_equal(ike_seal(&keys, iv, buffer, m->wire.len, &len), RC_OK);
        assert_int_equal(len, m->wire.len);
        assert_memory_equal(buffer, m->wire.at, len);
        assert_memory_equal(iv, m->wire.at + len - 16, 16);
        free(buffer);
    }
}

static void every_cipher_opens_what_it_sealed_at_every_length(void **state)
{
    (void)state;
    static const struct {
        enum cipher_alg cipher;
        uint16_t bits;
    } ciphers[] = {
        {CIPHER_DES, 0}, {CIPHER_3DES, 0}, {CIPHER_AES, 128}, {CIPHER_AES, 192}, {CIPHER_AES, 256}};
    for (size_t c = 0; c < 5; c++) {
        struct ike_keys keys = nist_keys(ciphers[c].cipher, ciphers[c].bits);
        size_t block = cipher_block(ciphers[c].cipher);
        for (size_t n = 1; n <= 40; n++) {
            size_t room = IKE_HEADER + (n + block - 1) / block * block;
            uint8_t *buffer = malloc(room);
            uint8_t *plain = malloc(room);
            uint8_t iv[CIPHER_BLOCK_MAX] = {5};
            uint8_t start[CIPHER_BLOCK_MAX] = {5};
            uint8_t next[CIPHER_BLOCK_MAX];
            size_t len = IKE_HEADER + n;
            size_t plain_len;
            assert_true(buffer && plain);
            memset(buffer, 0x42, len);
            assert_int_equal(ike_seal(&keys, iv, buffer, room, &len), RC_OK);
            assert_int_equal(len, room);
            assert_int_equal(buffer[27], room);
            assert_int_equal(ike_open(&keys, start,
                                      (struct span){buffer + IKE_HEADER, room - IKE_HEADER}, plain,
                                      &plain_len, next),
                             RC_OK);
            assert_int_equal(plain_len, room - IKE_HEADER);
            for (size_t i = 0; i < plain_len; i++)
                assert_int_equal(plain[i], i < n ? 0x42 : 0);
            assert_memory_equal(next, iv, block);
            free(plain);
            free(buffer);
        }
    }
}

static void sealing_without_room_for_the_padding_is_refused(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    uint8_t buffer[IKE_HEADER + 32] = {0};
    uint8_t iv[CIPHER_BLOCK_MAX] = {0};
    for (size_t size = IKE_HEADER + 17; size < sizeof buffer; size++) {
        size_t len = IKE_HEADER + 17;
        assert_int_equal(ike_seal(&keys, iv, buffer, size, &len), RC_FULL);
        assert_int_equal(len, IKE_HEADER + 17);
        assert_int_equal(buffer[19], 0);
    }
    size_t len = IKE_HEADER;
    assert_int_equal(ike_seal(&keys, iv, buffer, sizeof buffer, &len), RC_MALFORMED);
}

static void a_tail_that_is_no_block_is_dropped_and_less_than_a_block_is_short(void **state)
{
    (void)state;
    struct ike_keys keys = golden_keys();
    for (size_t n = 0; n < 48; n++) {
        uint8_t *body = octets_exact(golden_xauth_request + IKE_HEADER, n);
        uint8_t *out = malloc(n);
        uint8_t next[CIPHER_BLOCK_MAX];
        size_t len = 4242;
        enum rc rc =
            ike_open(&keys, golden_xauth_request_iv, (struct span){body, n}, out, &len, next);
        assert_int_equal(rc, n < 16 ? RC_SHORT : RC_OK);
        assert_int_equal(len, n < 16 ? 4242 : n / 16 * 16);
        if (rc == RC_OK) {
            assert_memory_equal(out, golden_xauth_request_plain, len);
            assert_memory_equal(next, body + len - 16, 16);
        }
        free(out);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_of_the_recorded_session_come_out),
        cmocka_unit_test(proofs_of_both_sides_of_the_recorded_session_come_out),
        cmocka_unit_test(secrets_of_the_nist_sample_come_out),
        cmocka_unit_test(a_key_longer_than_the_hash_is_stretched_and_a_shorter_one_cut),
        cmocka_unit_test(a_suite_that_is_none_yields_no_keys),
        cmocka_unit_test(the_first_iv_of_phase_1_comes_out),
        cmocka_unit_test(every_message_has_the_iv_of_its_exchange),
        cmocka_unit_test(every_message_opens_to_its_plaintext_and_leaves_the_next_iv),
        cmocka_unit_test(the_last_block_of_phase_1_is_that_of_am3),
        cmocka_unit_test(every_hash_payload_verifies),
        cmocka_unit_test(no_flipped_bit_under_the_cipher_verifies),
        cmocka_unit_test(keymat_of_both_directions_comes_out_at_every_length),
        cmocka_unit_test(keymat_with_pfs_is_chained_with_the_shared_secret),
        cmocka_unit_test(more_parts_than_a_hash_takes_are_refused),
        cmocka_unit_test(what_is_sealed_has_the_octets_that_were_recorded),
        cmocka_unit_test(every_cipher_opens_what_it_sealed_at_every_length),
        cmocka_unit_test(sealing_without_room_for_the_padding_is_refused),
        cmocka_unit_test(a_tail_that_is_no_block_is_dropped_and_less_than_a_block_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
