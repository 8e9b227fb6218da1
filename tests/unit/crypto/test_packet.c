/* Packet protection: what is a suite, round trips of all of them, and everything that must be
 * refused: each flipped bit, each truncation, wrong keys, wrong sequence halves, broken jobs. */
#include "unit/crypto/packet_kit.h"

enum { BODY = 48, BATCH = 5 };

/* Octets of key material the tables know for this suite; 0 when they do not know it. */
static size_t expected_keymat(const struct packet_suite *suite)
{
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite known = kit_suite(i);
        if (known.cipher != suite->cipher || known.key_bits != suite->key_bits ||
            known.integrity != suite->integrity || known.icv_len != suite->icv_len)
            continue;
        size_t octets = 0;
        for (size_t c = 0; c < KIT_CIPHERS; c++)
            if (kit_ciphers[c].cipher == known.cipher && kit_ciphers[c].key_bits == known.key_bits)
                octets += kit_ciphers[c].keymat;
        for (size_t t = 0; t < KIT_TAGS; t++)
            if (kit_tags[t].integrity == known.integrity && kit_tags[t].icv_len == known.icv_len)
                octets += kit_tags[t].keymat;
        return octets;
    }
    return 0;
}

static void the_suites_are_those_of_the_tables_and_no_others(void **state)
{
    (void)state;
    static const uint16_t bits[] = {0, 56, 64, 127, 128, 160, 168, 192, 255, 256, 512};
    size_t found = 0;
    for (unsigned cipher = 0; cipher <= PACKET_AES_GCM + 2; cipher++)
        for (size_t b = 0; b < sizeof bits / sizeof bits[0]; b++)
            for (unsigned hash = 0; hash <= HASH_SHA512 + 2; hash++)
                for (unsigned icv = 0; icv <= 64; icv++) {
                    struct packet_suite suite = {(enum packet_cipher)cipher, bits[b],
                                                 (enum hash_alg)hash, (uint8_t)icv};
                    size_t want = expected_keymat(&suite);
                    assert_int_equal(packet_key_len(&suite), want);
                    found += want != 0;
                }
    assert_int_equal(found, KIT_SUITES);
}

static void iv_and_padding_are_those_of_the_cipher(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_CIPHERS; i++) {
        struct packet_suite suite = {kit_ciphers[i].cipher, kit_ciphers[i].key_bits, HASH_SHA1, 12};
        assert_int_equal(packet_iv_len(&suite), kit_ciphers[i].iv_len);
        assert_int_equal(packet_align(&suite), kit_ciphers[i].align);
    }
    struct packet_suite unknown = {(enum packet_cipher)99, 0, HASH_SHA1, 12};
    assert_int_equal(packet_iv_len(&unknown), 0);
    assert_int_equal(packet_align(&unknown), 4);
}

static void a_context_wants_exactly_its_key_material(void **state)
{
    (void)state;
    uint8_t keymat[KIT_KEYMAT_MAX] = {1};
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        for (size_t len = 0; len <= sizeof keymat; len++) {
            uint8_t *exact = octets_exact(keymat, len);
            struct packet_context *context = packet_context_new(&suite, (struct span){exact, len});
            assert_int_equal(context != NULL, len == packet_key_len(&suite));
            packet_context_free(context);
            free(exact);
        }
    }
}

static void no_suite_no_context(void **state)
{
    (void)state;
    uint8_t keymat[KIT_KEYMAT_MAX] = {1};
    const struct packet_suite none[] = {
        {PACKET_NULL, 0, HASH_NONE, 0},
        {PACKET_AES_CBC, 128, HASH_NONE, 0},
        {PACKET_AES_CBC, 0, HASH_SHA1, 12},
        {PACKET_AES_GCM, 128, HASH_SHA1, 12},
        {(enum packet_cipher)99, 0, HASH_MD5, 12},
        {PACKET_DES_CBC, 64, HASH_MD5, 12},
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        for (size_t len = 0; len <= sizeof keymat; len++)
            assert_null(packet_context_new(&none[i], (struct span){keymat, len}));
    packet_context_free(NULL);
}

/* Seal, look, open, compare: one suite, one length, with and without extended sequence numbers. */
static void round_trip(const struct packet_suite *suite, size_t len, bool esn)
{
    struct packet_context *sealer = kit_context(suite, 3), *opener = kit_context(suite, 3);
    struct kit_packet plain = kit_packet_plain(suite, len, 1);
    struct kit_packet packet = kit_packet_plain(suite, len, 1);
    packet.job.use_esn = esn;
    packet.job.sequence_high = 0x01020304;
    assert_int_equal(kit_seal(sealer, &packet), RC_OK);
    assert_memory_equal(packet.block, plain.block, packet.len - len - suite->icv_len);
    if (len >= 16 && suite->cipher != PACKET_NULL)
        assert_memory_not_equal(packet.job.body, plain.job.body, len);
    assert_memory_not_equal(packet.job.icv, plain.job.icv, suite->icv_len);
    assert_int_equal(kit_open(opener, &packet), RC_OK);
    assert_memory_equal(packet.block, plain.block, packet.len - suite->icv_len);
    free(packet.block);
    free(plain.block);
    packet_context_free(sealer);
    packet_context_free(opener);
}

static void every_suite_opens_what_it_sealed(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        size_t align = packet_align(&suite);
        const size_t lens[] = {0, align, 2 * align, 3 * align, 64, 1024, 1504};
        for (size_t n = 0; n < sizeof lens / sizeof lens[0]; n++) {
            round_trip(&suite, lens[n], false);
            round_trip(&suite, lens[n], true);
        }
    }
}

static void a_batch_is_as_good_as_its_packets_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *batcher = kit_context(&suite, 9), *single = kit_context(&suite, 9);
        struct kit_packet batch[BATCH], alone[BATCH];
        struct packet_job jobs[BATCH];
        for (size_t k = 0; k < BATCH; k++) {
            batch[k] = kit_packet_plain(&suite, k * 16, (uint8_t)k);
            alone[k] = kit_packet_plain(&suite, k * 16, (uint8_t)k);
            jobs[k] = batch[k].job;
            assert_int_equal(kit_seal(single, &alone[k]), RC_OK);
        }
        jobs[2].len++; /* a broken one in the middle stops none of the others */
        packet_seal(batcher, jobs, BATCH);
        assert_int_equal(jobs[2].rc, RC_MALFORMED);
        jobs[2].len--;
        packet_seal(batcher, &jobs[2], 1);
        for (size_t k = 0; k < BATCH; k++) {
            assert_int_equal(jobs[k].rc, RC_OK);
            assert_memory_equal(batch[k].block, alone[k].block, alone[k].len);
        }
        jobs[3].icv[0] ^= 1;
        packet_open(batcher, jobs, BATCH);
        for (size_t k = 0; k < BATCH; k++) {
            assert_int_equal(jobs[k].rc, k == 3 ? RC_AUTH_FAILED : RC_OK);
            free(batch[k].block);
            free(alone[k].block);
        }
        packet_seal(batcher, NULL, 0);
        packet_open(batcher, NULL, 0);
        packet_context_free(batcher);
        packet_context_free(single);
    }
}

static void one_context_may_change_its_direction(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *both = kit_context(&suite, 5), *one = kit_context(&suite, 5);
        struct kit_packet plain = kit_packet_plain(&suite, BODY, 1);
        for (unsigned turn = 0; turn < 3; turn++) {
            struct kit_packet a = kit_packet_plain(&suite, BODY, 1);
            struct kit_packet b = kit_packet_plain(&suite, BODY, 1);
            assert_int_equal(kit_seal(one, &a), RC_OK);
            assert_int_equal(kit_seal(both, &b), RC_OK);
            assert_memory_equal(a.block, b.block, a.len);
            assert_int_equal(kit_open(both, &a), RC_OK);
            assert_memory_equal(a.job.body, plain.job.body, BODY);
            free(a.block);
            free(b.block);
        }
        free(plain.block);
        packet_context_free(both);
        packet_context_free(one);
    }
}

/* The packet is refused and every octet of it stands as it came. */
static void assert_refused(struct packet_context *context, struct kit_packet *packet, enum rc rc)
{
    uint8_t *before = octets_exact(packet->block, packet->len);
    assert_int_equal(kit_open(context, packet), rc);
    assert_memory_equal(packet->block, before, packet->len);
    free(before);
}

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *sealer = kit_context(&suite, 3), *opener = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        struct kit_packet plain = kit_packet_plain(&suite, BODY, 1);
        assert_int_equal(kit_seal(sealer, &packet), RC_OK);
        for (size_t bit = 0; bit < packet.len * 8; bit++) {
            packet.block[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_refused(opener, &packet, RC_AUTH_FAILED);
            packet.block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(kit_open(opener, &packet), RC_OK); /* and the honest one still opens */
        assert_memory_equal(packet.job.body, plain.job.body, BODY);
        free(packet.block);
        free(plain.block);
        packet_context_free(sealer);
        packet_context_free(opener);
    }
}

static void the_high_sequence_half_is_authenticated(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *context = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        packet.job.use_esn = true;
        packet.job.sequence_high = 7;
        assert_int_equal(kit_seal(context, &packet), RC_OK);
        for (unsigned bit = 0; bit < 32; bit++) {
            packet.job.sequence_high = 7u ^ 1u << bit;
            assert_refused(context, &packet, RC_AUTH_FAILED);
        }
        packet.job.sequence_high = 7;
        packet.job.use_esn = false;
        assert_refused(context, &packet, RC_AUTH_FAILED);
        packet.job.use_esn = true;
        assert_int_equal(kit_open(context, &packet), RC_OK);
        free(packet.block);
        packet_context_free(context);
    }
}

static void without_extended_numbers_the_high_half_means_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *context = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        packet.job.sequence_high = 1;
        assert_int_equal(kit_seal(context, &packet), RC_OK);
        packet.job.sequence_high = 2;
        assert_int_equal(kit_open(context, &packet), RC_OK);
        free(packet.block);
        packet_context_free(context);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *context = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        assert_int_equal(kit_seal(context, &packet), RC_OK);
        for (size_t len = 0; len < BODY; len++) {
            struct kit_packet cut = kit_packet_of(&suite, packet.block, len);
            bool whole = len % packet_align(&suite) == 0;
            assert_refused(context, &cut, whole ? RC_AUTH_FAILED : RC_MALFORMED);
            free(cut.block);
        }
        free(packet.block);
        packet_context_free(context);
    }
}

static void another_key_opens_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *ours = kit_context(&suite, 3), *theirs = kit_context(&suite, 4);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        assert_int_equal(kit_seal(ours, &packet), RC_OK);
        assert_refused(theirs, &packet, RC_AUTH_FAILED);
        free(packet.block);
        packet_context_free(ours);
        packet_context_free(theirs);
    }
}

static void jobs_that_are_not_in_one_piece_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        struct packet_context *context = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, BODY, 1);
        uint8_t *before = octets_exact(packet.block, packet.len);
        const struct packet_job good = packet.job;
        struct packet_job bad[5] = {good, good, good, good, good};
        bad[0].header++;
        bad[1].body -= 4;
        bad[2].icv--;
        bad[3].len -= packet_align(&suite);
        bad[4].len++;
        for (size_t k = 0; k < 5; k++) {
            packet_seal(context, &bad[k], 1);
            assert_int_equal(bad[k].rc, RC_MALFORMED);
            packet_open(context, &bad[k], 1);
            assert_int_equal(bad[k].rc, RC_MALFORMED);
            assert_memory_equal(packet.block, before, packet.len);
        }
        free(before);
        free(packet.block);
        packet_context_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_suites_are_those_of_the_tables_and_no_others),
        cmocka_unit_test(iv_and_padding_are_those_of_the_cipher),
        cmocka_unit_test(a_context_wants_exactly_its_key_material),
        cmocka_unit_test(no_suite_no_context),
        cmocka_unit_test(every_suite_opens_what_it_sealed),
        cmocka_unit_test(a_batch_is_as_good_as_its_packets_one_by_one),
        cmocka_unit_test(one_context_may_change_its_direction),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(the_high_sequence_half_is_authenticated),
        cmocka_unit_test(without_extended_numbers_the_high_half_means_nothing),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(another_key_opens_nothing),
        cmocka_unit_test(jobs_that_are_not_in_one_piece_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
