/* Any words as the description of a peer, and every peer that they describe before a configuration
 * with clients and branches: a verdict comes out, with exactly one stage that says why not, and
 * every record survives the form in which it is stored. */
#include "config/load.h"
#include "ike/whatif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 4096, RECORD_MAX = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const char text[] =
    "hostname Hub\n"
    "aaa new-model\n"
    "aaa authentication login auth local\n"
    "crypto keyring spokes\n"
    "  pre-shared-key address 0.0.0.0 0.0.0.0 key w\n"
    "  pre-shared-key address 192.168.0.2 key k\n"
    "  pre-shared-key hostname b.example key h\n"
    "crypto isakmp policy 10\n encr aes 256\n hash sha256\n authentication pre-share\n group 14\n"
    "crypto isakmp policy 20\n encr 3des\n authentication pre-share\n group 2\n"
    "crypto isakmp client configuration group g\n key gk\n pool p\n"
    "crypto isakmp profile b\n keyring spokes\n match identity address 0.0.0.0\n"
    " match identity host b.example\n"
    "crypto isakmp profile c\n keyring spokes\n match identity group g\n"
    " match identity user-fqdn u@x\n client authentication list auth\n"
    "crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac\n"
    "crypto ipsec transform-set OLD esp-3des esp-sha-hmac\n"
    "crypto dynamic-map d 5\n set transform-set TS OLD\n set isakmp-profile c\n"
    "crypto dynamic-map d 10\n set transform-set TS\n set pfs group14\n set isakmp-profile b\n"
    "crypto map m 10 ipsec-isakmp dynamic d\n"
    "interface Ethernet0\n ip address 198.51.100.1 255.255.255.0\n crypto map m\n"
    "ip local pool p 10.5.5.1 10.5.5.9\nend\n";

static void check_record(const struct decision *decision)
{
    uint8_t octets[RECORD_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct decision again;
    decision_put(&b, decision);
    require(!b.bad);
    struct cursor c = cursor_over(builder_span(&b));
    decision_get(&c, &again);
    require(cursor_done(&c) && again.rule == decision->rule &&
            strcmp(again.hint, decision->hint) == 0);
}

static void check_verdict(const struct whatif *whatif)
{
    size_t deciding = 0;
    require(whatif->stage_count > 0 && whatif->stage_count <= WHATIF_STAGES);
    for (size_t i = 0; i < whatif->stage_count; i++) {
        require(!whatif->stages[i].deciding || !whatif->stages[i].decision.accepted);
        deciding += whatif->stages[i].deciding;
        check_record(&whatif->stages[i].decision);
    }
    require(deciding == (whatif->accepted ? 0 : 1));
}

static struct config *load(void)
{
    struct config *config = NULL;
    struct config_report report;
    const struct span octets = {(const uint8_t *)text, strlen(text)};
    require(config_load(octets, "fuzz", NULL, 0, &config, &report) == RC_OK);
    config_report_wipe(&report);
    return config;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char words[INPUT_MAX + 1];
    struct whatif_peer peer;
    char problem[WHATIF_PROBLEM] = "";
    if (size > INPUT_MAX)
        return 0;
    if (size)
        memcpy(words, data, size);
    words[size] = '\0';
    if (whatif_parse(words, &peer, problem) != RC_OK) {
        require(problem[0] != '\0');
        return 0;
    }
    static struct whatif whatif;
    struct config *config = load();
    whatif_run(config, &peer, &whatif);
    check_verdict(&whatif);
    config_free(config);
    return 0;
}
