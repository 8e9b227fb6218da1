/* Packet protection against published packets: RFC 3602 and RFC 3686, the GCM cases of
 * draft-mcgrew-gcm-test-01 and of the GCM specification, FIPS 81; tags against plain HMAC. */
#include "unit/crypto/packet_kit.h"

#include <stdio.h>

/* A packet of a standard. The nonce stands at the end of the key; for HMAC suites the standards
 * give no tag, so that is computed here with hash_hmac. */
struct vector {
    struct packet_suite suite;
    const char *key;
    const char *header;
    const char *iv;
    const char *plain;
    const char *cipher;
    const char *tag; /* GCM */
    bool esn;
    uint32_t high;
};

static const char mac_key[] = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

#define CBC(bits)                                                                                  \
    {                                                                                              \
        PACKET_AES_CBC, (bits), HASH_SHA1, 12                                                      \
    }
#define CTR(bits)                                                                                  \
    {                                                                                              \
        PACKET_AES_CTR, (bits), HASH_SHA1, 12                                                      \
    }
#define GCM(bits)                                                                                  \
    {                                                                                              \
        PACKET_AES_GCM, (bits), HASH_NONE, 16                                                      \
    }
#define COUNT_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const struct vector cbc_vectors[] = {
    /* FIPS 81, table C1 */
    {{PACKET_DES_CBC, 0, HASH_SHA1, 12},
     "0123456789abcdef",
     "0000100000000001",
     "1234567890abcdef",
     "4e6f77206973207468652074696d6520666f7220616c6c20",
     "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
     NULL,
     false,
     0},
    {{PACKET_3DES_CBC, 0, HASH_SHA1, 12},
     "0123456789abcdeff1e0d3c2b5a49786fedcba9876543210",
     "0000100000000001",
     "fedcba9876543210",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000",
     "3fe301c962ac01d02213763c1cbd4cdc799657c064ecf5d41c673812cfde9675",
     NULL,
     false,
     0},
    /* RFC 3602, 4, cases 5 to 8: whole ESP packets */
    {CBC(128), "90d382b410eeba7ad938c46cec1a82bf", "0000432100000001",
     "e96e8c08ab465763fd098d45dd3ff893",
     "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f30313233343536370102030405060708090a0b0c0d0e0e01",
     "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db08"
     "0b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6",
     NULL, false, 0},
    {CBC(128), "90d382b410eeba7ad938c46cec1a82bf", "0000432100000008",
     "69d08df7d203329db093fc4924e5bd80",
     "0800b5e8a80a0500a69c083d0b660e0077777777777777777777777701020201",
     "f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75", NULL, false, 0},
    {CBC(128), "0123456789abcdef0123456789abcdef", "0000876500000002",
     "f4e765244f6407adf13dc1380f673f37",
     "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b"
     "0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233"
     "343536370102030405060708090a0a04",
     "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad"
     "7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a"
     "109e0ca1e4dfe9d5a100b842f1c22f0d",
     NULL, false, 0},
    {CBC(128), "0123456789abcdef0123456789abcdef", "0000876500000005",
     "85d47224b5f3dd5d2101d4ea8dffab22",
     "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffff"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff0102030405060708090a0a04",
     "15b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3"
     "a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892",
     NULL, false, 0},
};

/* RFC 3686, 6, test vectors 1 to 9 */
static const struct vector ctr_vectors[] = {
    {CTR(128), "ae6852f8121067cc4bf7a5765577f39e00000030", "0000100000000001", "0000000000000000",
     "53696e676c6520626c6f636b206d7367", "e4095d4fb7a7b3792d6175a3261311b8", NULL, false, 0},
    {CTR(128), "7e24067817fae0d743d6ce1f32539163006cb6db", "0000100000000001", "c0543b59da48d90b",
     COUNT_32, "5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28", NULL, false, 0},
    {CTR(128), "7691be035e5020a8ac6e618529f9a0dc00e0017b", "0000100000000001", "27777f3f4a1786f0",
     COUNT_32 "20212223",
     "c1cf48a89f2ffdd9cf4652e9efdb72d74540a42bde6d7836d59a5ceaaef3105325b2072f", NULL, false, 0},
    {CTR(192), "16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048", "0000100000000001",
     "36733c147d6d93cb", "53696e676c6520626c6f636b206d7367", "4b55384fe259c9c84e7935a003cbe928",
     NULL, false, 0},
    {CTR(192), "7c5cb2401b3dc33c19e7340819e0f69c678c3db8e6f6a91a0096b03b", "0000100000000001",
     "020c6eadc2cb500d", COUNT_32,
     "453243fc609b23327edfaafa7131cd9f8490701c5ad4a79cfc1fe0ff42f4fb00", NULL, false, 0},
    {CTR(192), "02bf391ee8ecb159b959617b0965279bf59b60a786d3e0fe0007bdfd", "0000100000000001",
     "5cbd60278dcc0912", COUNT_32 "20212223",
     "96893fc55e5c722f540b7dd1ddf7e758d288bc95c69165884536c811662f2188abee0935", NULL, false, 0},
    {CTR(256), "776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c10400000060",
     "0000100000000001", "db5672c97aa8f0b2", "53696e676c6520626c6f636b206d7367",
     "145ad01dbf824ec7560863dc71e3e0c0", NULL, false, 0},
    {CTR(256), "f6d66d6bd52d59bb0796365879eff886c66dd51a5b6a99744b50590c87a2388400faac24",
     "0000100000000001", "c1585ef15a43d875", COUNT_32,
     "f05e231b3894612c49ee000b804eb2a9b8306b508f839d6a5530831d9344af1c", NULL, false, 0},
    {CTR(256), "ff7a617ce69148e4f1726e2f43581de2aa62d9f805532edff1eed687fb54153d001cc5b7",
     "0000100000000001", "51a51d70a1c11148", COUNT_32 "20212223",
     "eb6c52821d0bbbf7ce7594462aca4faab407df866569fd07f48cc0b583d6071f1ec0e6b8", NULL, false, 0},
};

/* draft-mcgrew-gcm-test-01, 4: with and without extended sequence numbers */
static const struct vector gcm_vectors[] = {
    {GCM(128), "4c80cdefbb5d10da906ac73c3613a6342e443b68", "0000432100000000", "4956ed7e3b244cfe",
     "45000048699a000080114db7c0a80102c0a801010a9bf15638d301000001000000000000045f7369"
     "70045f756470037369700963796265726369747902646b000021000101020201",
     "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34cfa2436f14a3f3cf"
     "65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce61bc17d768fd9732",
     "459018148f6cbe722fd04796562dfdb4", true, 0x87654321},
    {GCM(128), "feffe9928665731c6d6a8f9467308308cafebabe", "0000a5f80000000a", "facedbaddecaf888",
     "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d001000001000000000000"
     "037369700963796265726369747902646b00000100010001",
     "deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c3de81827c10e9a4f"
     "51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1",
     "83b70d3aa8bc6ee4c309e9d85a41ad4a", false, 0},
    {GCM(256), "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
     "4a2cbfe300000002", "0102030405060708",
     "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000"
     "020405b40101040201020201",
     "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763748a637985771d34"
     "7f0545659f14e99def842d8e",
     "b335f4eecfdbf831824b4c4915956c96", false, 0},
    {GCM(192), "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe", "0000a5f80000000a",
     "facedbaddecaf888",
     "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e501016d075680001",
     "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0315b27452144cc77",
     "95457b9652037f5318027b5b4cd7a636", false, 0},
    {GCM(128), "3de09874b388e6491988d0c3607eae1f57690e43", "42f67e3f10101010", "4e280000a2fca1a3",
     "4500001c42a200008001441f406793b6e00000020a00f5ff01020201",
     "fba2ca845e5df9f0f22c3e6e86dd831e1fc65792cd1af9130e1379ed", "369f071f35e034be95f112e4e7d05d35",
     true, 0x10101010},
    {GCM(128), "7d773d00c144c525ac619d18c84a3f47d9664267", "335467aeffffffff", "43457e9182443bc6",
     "01020201", "437f866b", "cb3f699fe9b0822bac961c4504bef270", false, 0},
};

/* The whole packet, sealed or plain, in one block; freed by the caller. */
static struct kit_packet packet_of(const struct vector *v, const char *body, const char *icv)
{
    char text[2 * OCTETS_MAX];
    snprintf(text, sizeof text, "%s%s%s%s", v->header, v->iv, body, icv);
    struct octets octets = octets_hex(text);
    struct kit_packet packet = kit_packet_of(&v->suite, octets.bytes, strlen(body) / 2);
    assert_int_equal(packet.len, octets.len);
    packet.job.use_esn = v->esn;
    packet.job.sequence_high = v->high;
    return packet;
}

static struct packet_context *context_of(const struct vector *v)
{
    char text[2 * OCTETS_MAX];
    snprintf(text, sizeof text, "%s%s", v->key, v->tag ? "" : mac_key);
    struct octets keymat = octets_hex(text);
    struct packet_context *context = packet_context_new(&v->suite, octets_span(&keymat));
    assert_non_null(context);
    return context;
}

static void assert_vector(const struct vector *v, const char *icv)
{
    char blank[65];
    snprintf(blank, sizeof blank, "%0*d", (int)v->suite.icv_len * 2, 0);
    struct packet_context *context = context_of(v);
    struct kit_packet plain = packet_of(v, v->plain, blank), sealed = packet_of(v, v->cipher, icv);
    struct kit_packet packet = packet_of(v, v->plain, blank);
    assert_int_equal(kit_seal(context, &packet), RC_OK);
    assert_memory_equal(packet.block, sealed.block, sealed.len);
    assert_int_equal(kit_open(context, &sealed), RC_OK);
    assert_memory_equal(sealed.block, plain.block, plain.len - v->suite.icv_len);
    free(packet.block);
    free(plain.block);
    free(sealed.block);
    packet_context_free(context);
}

/* The tag that RFC 2404 wants for this packet: HMAC-SHA1 cut to 12 octets, as text. */
static void mac_text(const struct vector *v, char out[25])
{
    struct octets key = octets_hex(mac_key);
    uint8_t tag[HASH_MAX];
    struct kit_packet sealed = packet_of(v, v->cipher, "000000000000000000000000");
    const uint8_t high[] = {(uint8_t)(v->high >> 24), (uint8_t)(v->high >> 16),
                            (uint8_t)(v->high >> 8), (uint8_t)v->high};
    const struct span parts[] = {{sealed.block, sealed.len - 12}, {high, sizeof high}};
    assert_int_equal(hash_hmac(HASH_SHA1, octets_span(&key), parts, v->esn ? 2 : 1, tag), RC_OK);
    for (size_t i = 0; i < 12; i++)
        snprintf(out + 2 * i, 3, "%02x", tag[i]);
    free(sealed.block);
}

static void assert_hmac_vectors(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct vector v = vectors[i];
        char icv[25];
        mac_text(&v, icv);
        assert_vector(&v, icv);
        v.esn = true; /* the high half is appended for the tag and not sent */
        v.high = 0xfedcba98;
        mac_text(&v, icv);
        assert_vector(&v, icv);
    }
}

static void cbc_packets_of_fips_81_and_rfc_3602(void **state)
{
    (void)state;
    assert_hmac_vectors(cbc_vectors, sizeof cbc_vectors / sizeof cbc_vectors[0]);
}

static void ctr_packets_of_rfc_3686(void **state)
{
    (void)state;
    assert_hmac_vectors(ctr_vectors, sizeof ctr_vectors / sizeof ctr_vectors[0]);
}

static void gcm_packets_of_the_test_cases_draft(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gcm_vectors / sizeof gcm_vectors[0]; i++)
        assert_vector(&gcm_vectors[i], gcm_vectors[i].tag);
}

/* RFC 4106, 6: the short tags are the beginning of the long one. */
static void short_gcm_tags_are_the_beginning_of_the_long_one(void **state)
{
    (void)state;
    static const uint8_t lens[] = {8, 12};
    for (size_t i = 0; i < sizeof gcm_vectors / sizeof gcm_vectors[0]; i++) {
        for (size_t k = 0; k < sizeof lens; k++) {
            struct vector v = gcm_vectors[i];
            char icv[33];
            v.suite.icv_len = lens[k];
            snprintf(icv, sizeof icv, "%.*s", lens[k] * 2, v.tag);
            assert_vector(&v, icv);
        }
    }
}

/* Test case 4 of the GCM specification has 20 octets of associated data, which ESP never has, so
 * its tag cannot come out here; its ciphertext, which does not depend on them, must. */
static void gcm_ciphertext_of_the_specification(void **state)
{
    (void)state;
    static const struct vector v = {
        GCM(128),
        "feffe9928665731c6d6a8f9467308308cafebabe",
        "feedfacedeadbeef",
        "facedbaddecaf888",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24"
        "49a6b525b16aedf5aa0de657ba637b39",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5a"
        "ac84aa051ba30b396a0aac973d58e091",
        "",
        false,
        0};
    struct packet_context *context = context_of(&v);
    struct kit_packet packet = packet_of(&v, v.plain, "00000000000000000000000000000000");
    struct octets want = octets_hex(v.cipher);
    assert_int_equal(kit_seal(context, &packet), RC_OK);
    assert_memory_equal(packet.job.body, want.bytes, want.len);
    free(packet.block);
    packet_context_free(context);
}

/* Whatever encrypts, the tag is the HMAC of what is sent, under the last part of the key
 * material. */
static void every_hmac_tag_is_the_hmac_of_the_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_SUITES; i++) {
        struct packet_suite suite = kit_suite(i);
        size_t key_len = hash_len(suite.integrity), keymat_len = packet_key_len(&suite);
        struct octets keymat = octets_count(3, keymat_len);
        uint8_t tag[HASH_MAX];
        if (suite.integrity == HASH_NONE)
            continue;
        struct packet_context *context = kit_context(&suite, 3);
        struct kit_packet packet = kit_packet_plain(&suite, 160, 1);
        assert_int_equal(kit_seal(context, &packet), RC_OK);
        struct span part = {packet.block, packet.len - suite.icv_len};
        struct span key = {keymat.bytes + keymat_len - key_len, key_len};
        assert_int_equal(hash_hmac(suite.integrity, key, &part, 1, tag), RC_OK);
        assert_memory_equal(packet.job.icv, tag, suite.icv_len);
        free(packet.block);
        packet_context_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cbc_packets_of_fips_81_and_rfc_3602),
        cmocka_unit_test(ctr_packets_of_rfc_3686),
        cmocka_unit_test(gcm_packets_of_the_test_cases_draft),
        cmocka_unit_test(short_gcm_tags_are_the_beginning_of_the_long_one),
        cmocka_unit_test(gcm_ciphertext_of_the_specification),
        cmocka_unit_test(every_hmac_tag_is_the_hmac_of_the_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
