/* What `what-if` says of a peer is what the engine then does with it: the same configuration, once
 * asked in words and once met by a real initiator, gives the same verdict, and a refusal the same
 * record. */
#include "replay/scene.h"

#include "ike/whatif.h"

#include <stdio.h>
#include <stdlib.h>

static struct whatif whatif;

static const struct decision *deciding(void)
{
    for (size_t i = 0; i < whatif.stage_count; i++)
        if (whatif.stages[i].deciding)
            return &whatif.stages[i].decision;
    return NULL;
}

static void assert_same_decision(const struct decision *said, const struct decision *made)
{
    assert_int_equal(said->stage, made->stage);
    assert_int_equal(said->rule, made->rule);
    assert_string_equal(said->ours, made->ours);
    assert_string_equal(said->theirs, made->theirs);
    assert_string_equal(said->hint, made->hint);
    assert_int_equal(said->candidate_count, made->candidate_count);
    for (size_t i = 0; i < said->candidate_count; i++) {
        assert_string_equal(said->candidates[i].name, made->candidates[i].name);
        assert_int_equal(said->candidates[i].line, made->candidates[i].line);
        assert_int_equal(said->candidates[i].rule, made->candidates[i].rule);
    }
}

/* The hub has met the peer; now ask of it in words. */
static void assert_same_verdict(const struct node *hub, const char *words, bool up)
{
    struct whatif_peer peer;
    char problem[WHATIF_PROBLEM];
    if (whatif_parse(words, &peer, problem) != RC_OK)
        fail_msg("%s: %s", words, problem);
    whatif_run(hub->config, &peer, &whatif);
    if (whatif.accepted != up)
        fail_msg("%s: said %d, came up %d", words, whatif.accepted, up);
    assert_int_equal(hub->decision_count > 0, !up);
    if (!up)
        assert_same_decision(deciding(), &hub->decisions[0].decision);
}

/* A change of a text: the first `from` becomes `to`; NULL: none. */
struct change {
    const char *from, *to;
};

static char *changed(const char *which, struct change change)
{
    char *text = scene_text(which);
    return change.from ? text_with(text, change.from, change.to) : text;
}

#define BRANCH " proxies 10.1.0.0/16 10.2.0.0/16"

static void branches_are_met_as_they_were_told(void **state)
{
    (void)state;
    static const struct {
        struct change hub, spoke;
        const char *words;
        bool up;
    } rows[] = {
        {{NULL, NULL}, {NULL, NULL}, "offer 3des-sha-2 esp-3des-sha" BRANCH, true},
        {{NULL, NULL}, {"  encr 3des", "  encr aes"}, "offer aes-sha-2" BRANCH, false},
        {{NULL, NULL}, {"  group 2", "  group 5"}, "offer 3des-sha-5" BRANCH, false},
        {{NULL, NULL},
         {"myset esp-3des esp-sha-hmac", "myset esp-aes 256 esp-sha256-hmac"},
         "offer 3des-sha-2 esp-aes-256-sha256" BRANCH,
         false},
        {{NULL, NULL},
         {"  set transform-set myset", "  set transform-set myset\n  set pfs group2"},
         "offer 3des-sha-2 esp-3des-sha-2" BRANCH,
         true},
        {{"  set isakmp-profile L2L", "  set isakmp-profile L2L\n  set pfs group5"},
         {NULL, NULL},
         "offer esp-3des-sha" BRANCH,
         false},
        {{"address 0.0.0.0 0.0.0.0 key", "address 192.0.2.0 255.255.255.0 key"},
         {NULL, NULL},
         "offer 3des-sha-2" BRANCH,
         false},
        {{"  keyring spokes\n", ""}, {NULL, NULL}, "offer 3des-sha-2" BRANCH, false},
        {{"  set isakmp-profile L2L", "  set isakmp-profile VPNclient"},
         {NULL, NULL},
         "offer 3des-sha-2 esp-3des-sha" BRANCH,
         false},
        {{"  match identity address 0.0.0.0 ", "  match identity address 192.0.2.0 255.255.255.0 "},
         {NULL, NULL},
         "offer esp-3des-sha" BRANCH,
         false},
        {{NULL, NULL},
         {"permit ip 10.2.0.0 0.0.255.255", "permit ip 10.1.0.0 0.0.255.255"},
         "proxies 10.1.0.0/16 10.1.0.0/16",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[256];
        struct world *world = world_new(500 + i);
        struct node *hub = scene_hub_of(world, changed("hub", rows[i].hub));
        struct node *spoke = scene_spoke_of(world, changed("spoke", rows[i].spoke));
        node_dial(spoke);
        world_run(world, 2000);
        assert_int_equal(node_tunnels(hub), rows[i].up);
        snprintf(words, sizeof words, "from " SPOKE_ADDRESS " %s", rows[i].words);
        assert_same_verdict(hub, words, rows[i].up);
        world_free(world);
    }
}

#define CLIENT "mode aggressive id "

static void clients_are_met_as_they_were_told(void **state)
{
    (void)state;
    static const struct {
        struct change hub;
        struct client_habits habits; /* as alice's, where there is none */
        const char *words;
        bool up;
    } rows[] = {
        {{NULL, NULL},
         {.group = NULL},
         CLIENT "key-id testgroup offer 3des-sha-2 esp-3des-sha",
         true},
        {{NULL, NULL},
         {.id_type = ID_FQDN},
         CLIENT "fqdn testgroup offer 3des-sha-2 esp-3des-sha",
         true},
        {{NULL, NULL}, {.group = "nosuchgrp"}, CLIENT "key-id nosuchgrp", false},
        {{"  key cisco321\n", ""}, {.group = NULL}, CLIENT "key-id testgroup", false},
        {{NULL, NULL},
         {.methods = METHODS_PSK},
         CLIENT "key-id testgroup auth psk offer 3des-sha-2",
         false},
        {{NULL, NULL}, {.cipher = 1}, CLIENT "key-id testgroup offer des-sha-2", false},
        {{NULL, NULL}, {.hash = 1}, CLIENT "key-id testgroup offer 3des-md5-2", false},
        {{NULL, NULL},
         {.esp = 12, .esp_bits = 256},
         CLIENT "key-id testgroup offer esp-aes-256-sha",
         false},
        {{NULL, NULL},
         {.pfs_group = 2},
         CLIENT "key-id testgroup offer 3des-sha-2 esp-3des-sha-2",
         true},
        {{"hostname Hub", "hostname Hub\ncrypto isakmp aggressive-mode disable"},
         {.group = NULL},
         CLIENT "key-id testgroup",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[256];
        struct client_habits habits = rows[i].habits;
        habits.group = habits.group ? habits.group : alice.group;
        habits.key = alice.key;
        habits.user = alice.user;
        habits.password = alice.password;
        habits.no_natt = true;
        struct client_scene scene = client_scene_at(600 + i, changed("hub", rows[i].hub), &habits);
        client_start(scene.client);
        world_run(scene.world, 2000);
        assert_int_equal(scene.client->stage == CLIENT_UP, rows[i].up);
        snprintf(words, sizeof words, "from " CLIENT_ADDRESS " %s", rows[i].words);
        assert_same_verdict(scene.hub, words, rows[i].up);
        world_free(scene.world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_met_as_they_were_told),
        cmocka_unit_test(clients_are_met_as_they_were_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
