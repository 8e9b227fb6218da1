/* `debug crypto isakmp`, line by line: a branch's main mode at the hub and at the spoke, a client's
 * aggressive mode, Xauth and mode-config. The stored screens (tests/replay/golden/debug_*.txt) have
 * the events, states and words of the seeds' debugs with ${names} for what differs from one peer to
 * the next; each is played with several addresses, names and algorithms. Message ids, which are
 * drawn, stand as <id>. */
#include "replay/scene.h"

#include "base/sink.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCREEN = 1 << 16, NAMES = 24 };

/* What differs. */
static const struct variation {
    const char *names[NAMES][2];
    uint64_t seed;
    struct client_habits habits;
} variations[] = {
    {.names = {{"hub", "10.48.67.181"},
               {"branch", "10.100.2.102"},
               {"client", "10.51.82.100"},
               {"ring", "spokes"},
               {"l2l", "L2L"},
               {"road", "VPNclient"},
               {"group", "testgroup"},
               {"idlen", "17"},
               {"user", "gfullage"},
               {"policy", "10"},
               {"encr", "3des"},
               {"hash", "sha"},
               {"dh", "2"},
               {"cipher", "3DES-CBC"},
               {"keylength", ""},
               {"digest", "SHA"},
               {"lease", "10.5.5.1"},
               {"dns", "1.1.1.1"},
               {"domain", "cisco.com"}},
     .seed = 1,
     .habits =
         {.group = "testgroup", .key = "cisco321", .user = "gfullage", .password = "gfullage"}},
    {.names = {{"hub", "192.0.2.1"},
               {"branch", "198.51.100.77"},
               {"client", "203.0.113.9"},
               {"ring", "filiais"},
               {"l2l", "Ramos"},
               {"road", "Pessoas"},
               {"group", "vendas"},
               {"idlen", "14"},
               {"user", "alice"},
               {"policy", "5"},
               {"encr", "aes 256"},
               {"hash", "sha256"},
               {"dh", "14"},
               {"cipher", "AES-CBC"},
               {"keylength", "ISAKMP:      keylength of 256\n"},
               {"digest", "SHA256"},
               {"lease", "172.16.9.4"},
               {"dns", "172.16.0.53"},
               {"domain", "porto.example"}},
     .seed = 77,
     .habits = {.group = "vendas",
                .key = "cisco321",
                .user = "alice",
                .password = "wonderland",
                .cipher = 7,
                .key_bits = 256,
                .hash = 4,
                .dh_group = 14}},
    {.names = {{"hub", "10.0.0.1"},
               {"branch", "10.0.0.2"},
               {"client", "10.0.0.3"},
               {"ring", "k"},
               {"l2l", "p"},
               {"road", "q"},
               {"group", "g"},
               {"idlen", "9"},
               {"user", "u"},
               {"policy", "10000"},
               {"encr", "des"},
               {"hash", "md5"},
               {"dh", "5"},
               {"cipher", "DES-CBC"},
               {"keylength", ""},
               {"digest", "MD5"},
               {"lease", "10.9.0.1"},
               {"dns", "10.9.0.53"},
               {"domain", "d"}},
     .seed = 3,
     .habits = {.group = "g",
                .key = "cisco321",
                .user = "u",
                .password = "p",
                .cipher = 1,
                .hash = 1,
                .dh_group = 5}},
};
enum { VARIATIONS = sizeof variations / sizeof *variations };

static const char hub_text[] = "hostname Hub\n"
                               "aaa new-model\n"
                               "aaa authentication login clientauth local\n"
                               "aaa authorization network groupauthor local\n"
                               "crypto keyring ${ring}\n"
                               "  pre-shared-key address 0.0.0.0 0.0.0.0 key cisco123\n"
                               "crypto isakmp policy ${policy}\n"
                               "  encr ${encr}\n"
                               "  hash ${hash}\n"
                               "  authentication pre-share\n"
                               "  group ${dh}\n"
                               "crypto isakmp client configuration group ${group}\n"
                               "  key cisco321\n"
                               "  dns ${dns}\n"
                               "  domain ${domain}\n"
                               "  pool ippool\n"
                               "crypto isakmp profile ${l2l}\n"
                               "  keyring ${ring}\n"
                               "  match identity address 0.0.0.0\n"
                               "crypto isakmp profile ${road}\n"
                               "  match identity group ${group}\n"
                               "  client authentication list clientauth\n"
                               "  isakmp authorization list groupauthor\n"
                               "  client configuration address respond\n"
                               "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"
                               "crypto dynamic-map dynmap 5\n"
                               "  set transform-set myset\n"
                               "  set isakmp-profile ${road}\n"
                               "crypto dynamic-map dynmap 10\n"
                               "  set transform-set myset\n"
                               "  set isakmp-profile ${l2l}\n"
                               "crypto map mymap 10 ipsec-isakmp dynamic dynmap\n"
                               "interface FastEthernet0/0\n"
                               "  ip address ${hub} 255.255.255.0\n"
                               "  crypto map mymap\n"
                               "ip local pool ippool ${lease}\n"
                               "end\n";
static const char spoke_text[] = "hostname Spoke\n"
                                 "crypto isakmp policy ${policy}\n"
                                 "  encr ${encr}\n"
                                 "  hash ${hash}\n"
                                 "  authentication pre-share\n"
                                 "  group ${dh}\n"
                                 "crypto isakmp key cisco123 address ${hub}\n"
                                 "crypto ipsec transform-set myset esp-3des esp-sha-hmac\n"
                                 "crypto map mymap 10 ipsec-isakmp\n"
                                 "  set peer ${hub}\n"
                                 "  set transform-set myset\n"
                                 "  match address 100\n"
                                 "interface FastEthernet0/0\n"
                                 "  ip address dhcp\n"
                                 "  crypto map mymap\n"
                                 "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 "
                                 "0.0.255.255\n"
                                 "end\n";

static const char *name_of(const struct variation *variation, const char *at, size_t len)
{
    for (size_t i = 0; i < NAMES && variation->names[i][0]; i++)
        if (strlen(variation->names[i][0]) == len && strncmp(variation->names[i][0], at, len) == 0)
            return variation->names[i][1];
    fail_msg("${%.*s} is no name", (int)len, at);
    return "";
}

static const char *value(const struct variation *variation, const char *name)
{
    return name_of(variation, name, strlen(name));
}

/* The text with its names filled in. */
static void expand(const struct variation *variation, const char *text, struct sink *out)
{
    while (*text) {
        const char *end = strncmp(text, "${", 2) == 0 ? strchr(text, '}') : NULL;
        if (end)
            sink_text(out, name_of(variation, text + 2, (size_t)(end - text) - 2));
        else
            sink_char(out, *text);
        text = end ? end + 1 : text + 1;
    }
}

static struct node *join(const struct variation *variation, struct world *world, const char *name,
                         const char *text, const char *address)
{
    struct sink config = {0};
    expand(variation, text, &config);
    struct node *node =
        world_engine(world, name, sink_string(&config), OUTSIDE, value(variation, address));
    sink_free(&config);
    return node;
}

/* A number behind one of these is a message id, unless it is the 0 of phase 1. */
static const char *const before_ids[] = {"message ID = ", ". ID = ", "Node ", "new node ",
                                         "deleting node "};

static size_t id_len(const char *line, const char *at)
{
    size_t len = *at == '-' ? 1 : 0;
    len += strspn(at + len, "0123456789");
    for (size_t i = 0; i < sizeof before_ids / sizeof *before_ids; i++) {
        const size_t n = strlen(before_ids[i]);
        if ((size_t)(at - line) >= n && strncmp(at - n, before_ids[i], n) == 0)
            return len > 1 ? len : 0;
    }
    return 0;
}

/* The lines of one node in this area, without when and who. */
static void lines_of(const char *log, const char *who, struct sink *out)
{
    while (*log) {
        const size_t len = strcspn(log, "\n");
        const char *at = strstr(log, who), *end = log + len;
        log = end + (*end == '\n');
        if (!at || at >= end)
            continue;
        at += strlen(who);
        if (strncmp(at, "ISAKMP", 6) != 0 && strncmp(at, "AAA", 3) != 0)
            continue;
        for (const char *line = at; at < end;) {
            const size_t id = id_len(line, at);
            if (id)
                sink_text(out, "<id>");
            else
                sink_char(out, *at);
            at += id ? id : 1;
        }
        sink_char(out, '\n');
    }
}

static void read_screen(const char *name, char out[SCREEN])
{
    char path[512];
    snprintf(path, sizeof path, "%s/replay/golden/debug_%s.txt", HUBWARD_TESTS, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    const size_t n = fread(out, 1, SCREEN - 1, file);
    assert_true(n < SCREEN - 1);
    out[n] = '\0';
    fclose(file);
}

/* The first line that differs says more than two screens. */
static void assert_screen(const struct variation *variation, const char *name, const char *who,
                          const struct sink *log)
{
    static char stored[SCREEN];
    struct sink want = {0}, got = {0};
    read_screen(name, stored);
    expand(variation, stored, &want);
    lines_of(sink_string(log), who, &got);
    const char *a = sink_string(&want), *b = sink_string(&got);
    for (size_t line = 1; *a || *b; line++) {
        const size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
        if (n != m || strncmp(a, b, n) != 0)
            fail_msg("%s, line %zu: \"%.*s\" for \"%.*s\"", name, line, (int)m, b, (int)n, a);
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
    sink_free(&want);
    sink_free(&got);
}

static void a_branchs_main_mode_is_told_in_the_words_of_the_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIATIONS; i++) {
        struct sink log = {0};
        struct world *world = world_new(variations[i].seed);
        world->debug = true;
        world->log = &log;
        join(&variations[i], world, "hub", hub_text, "hub");
        struct node *spoke = join(&variations[i], world, "spoke", spoke_text, "branch");
        node_dial(spoke);
        world_run(world, 2000);
        assert_int_equal(node_tunnels(spoke), 1);
        assert_screen(&variations[i], "main_mode_responder", " hub: ", &log);
        assert_screen(&variations[i], "main_mode_initiator", " spoke: ", &log);
        world_free(world);
        sink_free(&log);
    }
}

static void a_clients_way_to_its_address_is_told_in_the_words_of_the_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIATIONS; i++) {
        struct sink log = {0};
        struct world *world = world_new(variations[i].seed);
        const struct client_habits *habits = &variations[i].habits;
        world->debug = true;
        world->log = &log;
        struct node *hub = join(&variations[i], world, "hub", hub_text, "hub");
        world_user_add(world, habits->user, habits->password);
        struct client *client =
            client_join(world, "client", value(&variations[i], "client"), hub, habits);
        client_start(client);
        world_run(world, 2000);
        assert_int_equal(client->stage, CLIENT_UP);
        assert_screen(&variations[i], "client", " hub: ", &log);
        assert_null(strstr(sink_string(&log), "cisco321"));
        world_free(world);
        sink_free(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_branchs_main_mode_is_told_in_the_words_of_the_seeds),
        cmocka_unit_test(a_clients_way_to_its_address_is_told_in_the_words_of_the_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
