/* The packet filter's rules: the text against golden files, and, in a network namespace of this
 * test's own, that nft takes it and that packets get their marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "host/nft.h"
#include "unit/host/own_network.h"
#include "unit/host/plan_config.h"

static const char lists[] =
    "hostname Lists\n"
    "crypto isakmp policy 10\n"
    " authentication pre-share\n"
    "crypto isakmp key cisco123 address 198.51.100.1\n"
    "crypto ipsec transform-set t esp-aes esp-sha-hmac\n"
    "crypto map m 10 ipsec-isakmp\n"
    " set peer 198.51.100.1\n"
    " set transform-set t\n"
    " match address 101\n"
    "crypto map m 20 ipsec-isakmp\n"
    " set peer 198.51.100.1\n"
    " set transform-set t\n"
    " match address 102\n"
    "interface Ethernet0\n"
    " ip address 192.0.2.1 255.255.255.0\n"
    " crypto map m\n"
    "interface Ethernet1\n"
    " ip address 192.0.3.1 255.255.255.0\n"
    " crypto map m\n"
    "access-list 101 deny ip host 10.2.2.9 10.1.0.0 0.0.255.255\n"
    "access-list 101 permit tcp 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255 eq 80\n"
    "access-list 101 permit udp 10.2.0.0 0.0.255.255 eq 53 10.1.0.0 0.0.255.255\n"
    "access-list 102 permit icmp any any\n";

static void assert_golden(const char *text, const char *name, uint32_t instance)
{
    struct plan_case c;
    char path[256], *got = NULL;
    plan_case_make(&c, text, instance);
    assert_int_equal(nft_text(&c.plan, &got), RC_OK);
    snprintf(path, sizeof path, "%s/golden/nft/%s", HUBWARD_TESTS, name);
    if (getenv("HUBWARD_GOLDEN_WRITE")) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(got, file);
        fclose(file);
    }
    char *want = plan_case_file(path);
    assert_string_equal(got, want);
    free(want);
    free(got);
    plan_case_free(&c);
}

static char *example(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/examples/%s", HUBWARD_SOURCE, name);
    return plan_case_file(path);
}

static void the_hub_of_the_document_has_these_rules(void **state)
{
    (void)state;
    char *text = example("hub.conf");
    assert_golden(text, "hub.nft", 0);
    free(text);
}

static void the_spoke_of_the_document_has_these_rules(void **state)
{
    (void)state;
    char *text = example("spoke.conf");
    assert_golden(text, "spoke.nft", 3);
    free(text);
}

static void protocols_ports_denials_and_two_outsides_have_these_rules(void **state)
{
    (void)state;
    assert_golden(lists, "lists.nft", 0);
}

static void the_kernel_takes_every_text_twice_and_lets_it_go(void **state)
{
    (void)state;
    char error[NFT_ERROR], down[128];
    char *texts[] = {example("hub.conf"), example("spoke.conf"), strdup(lists)};
    if (!own_network())
        skip();
    for (size_t i = 0; i < 3; i++) {
        struct plan_case c;
        char *rules;
        plan_case_make(&c, texts[i], 0);
        assert_int_equal(nft_text(&c.plan, &rules), RC_OK);
        nft_text_down(&c.plan, down, sizeof down);
        for (int round = 0; round < 2; round++)
            if (nft_run(rules, error) != RC_OK)
                fail_msg("%s", error);
        for (int round = 0; round < 2; round++)
            if (nft_run(down, error) != RC_OK)
                fail_msg("%s", error);
        free(rules);
        plan_case_free(&c);
        free(texts[i]);
    }
}

static void a_text_that_nft_refuses_is_told(void **state)
{
    (void)state;
    char error[NFT_ERROR];
    if (!own_network())
        skip();
    assert_int_equal(nft_run("table inet x { frob }\n", error), RC_IO);
    assert_string_not_equal(error, "");
    assert_null(strchr(error, '\n'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hub_of_the_document_has_these_rules),
        cmocka_unit_test(the_spoke_of_the_document_has_these_rules),
        cmocka_unit_test(protocols_ports_denials_and_two_outsides_have_these_rules),
        cmocka_unit_test(the_kernel_takes_every_text_twice_and_lets_it_go),
        cmocka_unit_test(a_text_that_nft_refuses_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
