/* What we send, read by somebody else: conversations of spoke, client and hub are written as a
 * capture with their keys, and tshark must take every message apart without a complaint. Skipped
 * where there is no tshark. */
#include "replay/scene.h"

#include "base/builder.h"
#include "ike/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PACKET_MAX = 8192, UDP_HEADERS = 28, MARKER = 4, PCAP_RAW_IP = 101 };

struct capture {
    FILE *file;
    size_t packets;
};

static void put32(FILE *file, uint32_t value)
{
    fwrite(&value, sizeof value, 1, file);
}

static void capture_open(struct capture *capture, const char *name)
{
    capture->file = fopen(name, "wb");
    assert_non_null(capture->file);
    put32(capture->file, 0xa1b2c3d4); /* own byte order, microseconds */
    put32(capture->file, 2 | 4 << 16);
    put32(capture->file, 0);
    put32(capture->file, 0);
    put32(capture->file, PACKET_MAX);
    put32(capture->file, PCAP_RAW_IP);
}

static void put_ip_udp(struct builder *b, const struct ike_path *path, size_t len)
{
    builder_u16(b, 0x4500);
    builder_u16(b, (uint16_t)(UDP_HEADERS + len));
    builder_u32(b, 0);
    builder_u32(b, 0x40110000); /* TTL 64, UDP; sums are not checked by default */
    builder_bytes(b, path->remote.addr.bytes, 4);
    builder_bytes(b, path->local.addr.bytes, 4);
    builder_u16(b, path->remote.port);
    builder_u16(b, path->local.port);
    builder_u16(b, (uint16_t)(8 + len));
    builder_u16(b, 0);
}

/* The world's tap: path is the receiver's. */
static bool record(void *context, struct node *to, const struct ike_path *path, struct span bytes)
{
    struct capture *capture = context;
    uint8_t packet[PACKET_MAX];
    struct builder b = builder_of(packet, sizeof packet);
    (void)to;
    put_ip_udp(&b, path, bytes.len + (path->natt ? MARKER : 0));
    if (path->natt)
        builder_zeros(&b, MARKER);
    builder_add(&b, bytes);
    assert_false(b.bad);
    put32(capture->file, (uint32_t)++capture->packets);
    put32(capture->file, 0);
    put32(capture->file, (uint32_t)builder_len(&b));
    put32(capture->file, (uint32_t)builder_len(&b));
    fwrite(packet, builder_len(&b), 1, capture->file);
    return true;
}

static size_t put_hex(char *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return 2 * n;
}

/* -o arguments that give tshark the keys of every SA of this engine. */
static void keys_of(const struct engine *engine, char *out, size_t size)
{
    uint32_t at = 0;
    slot_handle handle;
    const struct ike_sa *sa;
    size_t n = 0;
    out[0] = '\0';
    while ((sa = slots_next(&engine->sas, &at, &handle))) {
        char cookie[2 * IKE_COOKIE + 1], key[2 * CIPHER_KEY_MAX + 1];
        put_hex(cookie, sa->cky_i, IKE_COOKIE);
        put_hex(key, sa->keys.cipher_key, sa->keys.cipher_key_len);
        n += (size_t)snprintf(out + n, size - n, " -o 'uat:ikev1_decryption_table:%s,%s'", cookie,
                              key);
    }
}

/* How many packets of the capture match the filter. */
static size_t matching(const char *file, const char *keys, const char *filter)
{
    char command[4096];
    size_t lines = 0;
    snprintf(command, sizeof command, "tshark -n -r %s %s -Y '%s' 2>/dev/null", file, keys, filter);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (int c; (c = fgetc(pipe)) != EOF;)
        lines += c == '\n';
    assert_int_equal(pclose(pipe), 0);
    return lines;
}

static bool no_tshark(void)
{
    return system("tshark --version >/dev/null 2>&1") != 0;
}

static void judge(struct capture *capture, const char *file, const struct engine *engine,
                  const char *sealed)
{
    char keys[2048];
    fclose(capture->file);
    keys_of(engine, keys, sizeof keys);
    assert_int_equal(matching(file, keys, "isakmp"), capture->packets);
    assert_int_equal(matching(file, keys, "_ws.malformed || _ws.expert.severity == error"), 0);
    /* It could look inside: a payload that is always sealed is seen. */
    assert_true(matching(file, keys, sealed) > 0);
    unlink(file);
}

static void a_branchs_conversation_is_taken_apart(void **state)
{
    (void)state;
    static const char file[] = "tshark_branch.pcap";
    struct capture capture = {0};
    if (no_tshark())
        skip();
    struct scene scene = scene_new(3);
    capture_open(&capture, file);
    scene.world->tap = record;
    scene.world->tap_context = &capture;
    node_dial(scene.spoke);
    world_run(scene.world, 2000);
    assert_int_equal(node_tunnels(scene.hub), 1);
    judge(&capture, file, scene.hub->engine,
          "isakmp.exchangetype == 32 && isakmp.typepayload == 10");
    world_free(scene.world);
}

static void a_clients_conversation_is_taken_apart(void **state)
{
    (void)state;
    static const char file[] = "tshark_client.pcap";
    struct capture capture = {0};
    if (no_tshark())
        skip();
    struct client_scene scene = client_scene_new(3, &alice);
    capture_open(&capture, file);
    scene.world->tap = record;
    scene.world->tap_context = &capture;
    client_start(scene.client);
    world_run(scene.world, 3000);
    assert_client_up(&scene);
    judge(&capture, file, scene.hub->engine, "isakmp.cfg.attr.xauth.status == 1");
    world_free(scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_branchs_conversation_is_taken_apart),
        cmocka_unit_test(a_clients_conversation_is_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
