/* Commands around the tunnels: access lists, pools, interfaces, routes, users, our own lines. What
 * each sets, what it refuses and where it points. */
#include "unit/config/load_text.h"

static void an_extended_list_is_read(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded =
        load_good("access-list 100 remark anything ! here\n"
                  "access-list 100 permit ip 10.2.0.0 0.0.255.255 10.1.0.0 0.0.255.255\n"
                  "access-list 100 deny tcp host 10.0.0.1 eq 80 any eq isakmp log\n"
                  "access-list 100 permit 47 any host 10.0.0.2\n"
                  "access-list 100 permit icmp 10.0.0.7 0.0.0.0 any\n");
    const struct acl *acl = find_acl(loaded.config, "100");
    assert_int_equal(acl->entry_count, 4);
    assert_true(acl->entries[0].permit);
    assert_string_equal(selector_format(&acl->entries[0].source, text), "10.2.0.0/16");
    assert_string_equal(selector_format(&acl->entries[0].destination, text), "10.1.0.0/16");
    assert_false(acl->entries[1].permit);
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.0.0.1/32/6/80");
    assert_string_equal(selector_format(&acl->entries[1].destination, text), "0.0.0.0/0/6/500");
    assert_string_equal(selector_format(&acl->entries[2].source, text), "0.0.0.0/0/47/0");
    assert_string_equal(selector_format(&acl->entries[2].destination, text), "10.0.0.2/32/47/0");
    assert_string_equal(selector_format(&acl->entries[3].source, text), "10.0.0.7/32/1/0");
    unload(&loaded);
}

static void a_standard_list_selects_sources(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded = load_good("access-list 10 permit 10.1.0.0 0.0.255.255\n"
                                     "access-list 10 permit 10.2.0.1\n"
                                     "access-list 10 deny any\n"
                                     "ip access-list standard S\n permit host 10.3.0.1\n");
    const struct acl *acl = find_acl(loaded.config, "10");
    assert_int_equal(acl->entry_count, 3);
    assert_string_equal(selector_format(&acl->entries[0].source, text), "10.1.0.0/16");
    assert_string_equal(selector_format(&acl->entries[0].destination, text), "0.0.0.0/0");
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.2.0.1/32");
    assert_int_equal(find_acl(loaded.config, "S")->entry_count, 1);
    unload(&loaded);
}

static void lines_of_a_named_list_stand_by_number_and_can_be_removed(void **state)
{
    char text[SELECTOR_TEXT];
    (void)state;
    struct loaded loaded = load_good("ip access-list extended X\n permit ip host 10.0.0.1 any\n"
                                     " permit ip host 10.0.0.2 any\n 5 deny ip any any\n"
                                     " 15 permit ip host 10.0.0.3 any\n no 10\n"
                                     " no permit ip host 10.0.0.2 any\n"
                                     "access-list 101 permit ip any any\nno access-list 101\n"
                                     "ip access-list extended Y\nno ip access-list extended Y\n");
    const struct acl *acl = find_acl(loaded.config, "X");
    assert_int_equal(loaded.config->acl_count, 1);
    assert_int_equal(acl->entry_count, 2);
    assert_false(acl->entries[0].permit);
    assert_string_equal(selector_format(&acl->entries[1].source, text), "10.0.0.3/32");
    unload(&loaded);
    assert_one_error("ip access-list extended X\n 5 permit ip any any\n 5 deny ip any any\n", 3, 2,
                     "sequence number 5 already");
}

static void a_list_for_other_uses_is_nobodys_error_until_a_tunnel_uses_it(void **state)
{
    static const char list[] = "access-list 102 permit tcp any any established\n"
                               "access-list 102 permit ip 10.0.0.0 0.255.0.255 any\n";
    char text[256];
    (void)state;
    struct loaded loaded = load_good(list);
    assert_int_equal(loaded.report.count, 2);
    assert_int_equal(loaded.report.findings[0].severity, CONFIG_IGNORED);
    unload(&loaded);
    snprintf(text, sizeof text, "%scrypto map m 1 ipsec-isakmp\n match address 102\n", list);
    loaded = load_text(text);
    assert_int_equal(loaded.rc, RC_MALFORMED);
    assert_int_equal(loaded.report.errors, 2);
    assert_non_null(find_finding(&loaded, CONFIG_ERROR, "line 4 uses this list"));
    unload(&loaded);
}

static void the_first_line_that_contains_both_ends_decides(void **state)
{
    (void)state;
    struct loaded loaded = load_good("access-list 100 deny ip host 10.0.0.1 any\n"
                                     "access-list 100 permit ip 10.0.0.0 0.0.0.255 10.1.0.0 "
                                     "0.0.255.255\n");
    const struct acl *acl = find_acl(loaded.config, "100");
    struct selector one = selector_of_addr(address("10.0.0.1"));
    struct selector two = selector_of_addr(address("10.0.0.2"));
    struct selector net = selector_of_prefix(prefix_of(address("10.0.0.0"), 24));
    struct selector wider = selector_of_prefix(prefix_of(address("10.0.0.0"), 16));
    struct selector far = selector_of_prefix(prefix_of(address("10.1.2.0"), 24));
    assert_false(acl_permits(acl, &one, &far));
    assert_true(acl_permits(acl, &two, &far));
    assert_true(acl_permits(acl, &net, &far)); /* the deny line only overlaps */
    assert_false(acl_permits(acl, &wider, &far));
    assert_false(acl_permits(acl, &far, &two));
    unload(&loaded);
}

static void pools_add_up_and_shrink(void **state)
{
    (void)state;
    struct loaded loaded = load_good("ip local pool P 10.5.0.1 10.5.0.9\nip local pool P 10.5.1.1\n"
                                     "ip local pool Q 10.6.0.1 10.6.0.2\nno ip local pool Q\n"
                                     "ip local pool P 10.7.0.1 10.7.0.2\n"
                                     "no ip local pool P 10.7.0.1 10.7.0.2\n");
    assert_int_equal(loaded.config->pool_count, 1);
    assert_int_equal(loaded.config->pools[0].range_count, 2);
    assert_true(addr_equal(loaded.config->pools[0].ranges[1].first, address("10.5.1.1")));
    assert_true(addr_equal(loaded.config->pools[0].ranges[1].last, address("10.5.1.1")));
    unload(&loaded);
    assert_one_error("ip local pool P 10.5.0.9 10.5.0.1\n", 1, 26, "ends before it begins");
}

static void an_interface_has_one_name_however_it_is_written(void **state)
{
    (void)state;
    struct loaded loaded = load_good("interface FastEthernet0/0\n description the first\n"
                                     "int fa0/0\n ip address 10.0.0.1 255.255.255.0\n"
                                     "interface Fa 0/0\n shutdown\ninterface gi0/1.100\n"
                                     "hubward interface Gi0/1.100 eth1.100\n"
                                     "interface Gi0/2\nno interface Gi0/2\n");
    const struct config_interface *interfaces = loaded.config->interfaces;
    assert_int_equal(loaded.config->interface_count, 2);
    assert_string_equal(interfaces[0].name, "FastEthernet0/0");
    assert_string_equal(interfaces[0].description, "the first");
    assert_true(addr_equal(interfaces[0].address, address("10.0.0.1")));
    assert_true(addr_equal(interfaces[0].net.addr, address("10.0.0.1"))); /* as written */
    assert_int_equal(interfaces[0].net.len, 24);
    assert_true(interfaces[0].shutdown);
    assert_null(interfaces[0].linux_name);
    assert_string_equal(interfaces[1].name, "GigabitEthernet0/1.100");
    assert_string_equal(interfaces[1].linux_name, "eth1.100");
    unload(&loaded);
}

static void addresses_of_an_interface_come_and_go(void **state)
{
    (void)state;
    struct loaded loaded = load_good("interface e0\n ip address 10.0.0.1 255.0.0.0\n"
                                     " ip address dhcp\ninterface e1\n ip address dhcp\n"
                                     " no ip address\n shutdown\n no shutdown\n"
                                     " ip mtu 1400\n no ip redirects\n");
    assert_true(loaded.config->interfaces[0].dhcp);
    assert_int_equal(loaded.config->interfaces[0].net.addr.family, ADDR_NONE);
    assert_false(loaded.config->interfaces[1].dhcp);
    assert_false(loaded.config->interfaces[1].shutdown);
    unload(&loaded);
    assert_one_error("interface e0\n ip address 10.0.0.1 255.0.255.0\n", 2, 22, "a mask such as");
    assert_one_error("interface Tunnel0\n tunnel source e0\n ip address 10.0.0.1 255.0.0.0\n", 1,
                     11, "tunnel interfaces are not supported yet");
}

static void the_command_line_wins_over_hubward_interface(void **state)
{
    static const char text[] = "interface FastEthernet0/0\nhubward interface fa0/0 eth0\n";
    static const struct config_mapping mappings[] = {{"Fa0/0", "veth7"}, {"Fa0/9", "veth8"}};
    (void)state;
    struct loaded loaded = load_octets(text, sizeof text - 1, mappings, 2);
    assert_int_equal(loaded.rc, RC_OK);
    assert_string_equal(loaded.config->interfaces[0].linux_name, "veth7");
    const struct config_finding *finding = find_rule(&loaded, "mapping-unknown");
    assert_non_null(finding);
    assert_int_equal(finding->line, 0);
    unload(&loaded);
}

static void routes_name_a_next_hop_or_an_interface(void **state)
{
    (void)state;
    struct loaded loaded = load_good("ip route 0.0.0.0 0.0.0.0 10.0.0.254 250 name up\n"
                                     "ip route 10.1.0.0 255.255.0.0 fa0/0\n"
                                     "ip route 10.2.0.0 255.255.0.0 fa 0/0 10.0.0.3\n"
                                     "ip route 0.0.0.0 0.0.0.0 dhcp\n"
                                     "ip route 10.9.0.0 255.255.0.0 10.0.0.9\n"
                                     "no ip route 10.9.0.0 255.255.0.0 10.0.0.9\n");
    assert_int_equal(loaded.config->route_count, 3);
    assert_true(addr_equal(loaded.config->routes[0].next_hop, address("10.0.0.254")));
    assert_int_equal(loaded.config->routes[1].next_hop.family, ADDR_NONE);
    assert_string_equal(loaded.config->routes[1].interface, "FastEthernet0/0");
    assert_string_equal(loaded.config->routes[2].interface, "FastEthernet0/0");
    assert_true(addr_equal(loaded.config->routes[2].next_hop, address("10.0.0.3")));
    unload(&loaded);
    assert_one_error("ip route vrf A 0.0.0.0 0.0.0.0 10.0.0.1\n", 1, 10, "one hub per VRF");
    assert_one_error("ip route 10.0.0.0 255.0.0.0\n", 1, 28, "an address such as");
}

/* ---- users and the rest ---- */

static void users_of_every_type_are_read(void **state)
{
    static const char type9[] = "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto";
    char text[512];
    (void)state;
    snprintf(text, sizeof text,
             "username a password 7 0201024E070A0E2649\nusername b password two  words\n"
             "username c privilege 15 secret 9 %s\nusername d secret 0 7\n"
             "username e secret 5 $1$abcdefgh$0123456789abcdefghijk.\nusername f secret x\n"
             "no username f\nusername b secret again\nusername g privilege 1\n",
             type9);
    struct loaded loaded = load_good(text);
    const struct config_user *users = loaded.config->users;
    assert_int_equal(loaded.config->user_count, 5);
    assert_int_equal(users[0].type, 0);
    assert_string_equal(users[0].stored, "gfullage");
    assert_string_equal(users[1].stored, "again");
    assert_int_equal(users[2].type, 9);
    assert_string_equal(users[2].stored, type9);
    assert_string_equal(users[3].stored, "7");
    assert_int_equal(users[4].type, 5);
    unload(&loaded);
    assert_one_error("username a secret 9 nonsense\n", 1, 21, "not a type 9 text");
    assert_one_error("username a password 7 0201024E070A0E264\n", 1, 23, "not a type 7 text");
    assert_one_error("username a pasword 7 0201024E070A0E2649\n", 1, 12,
                     "did you mean \"password\"");
}

static void lists_of_methods_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("aaa new-model\naaa authentication login a local\n"
                                     "aaa authentication login b pam\n"
                                     "aaa authentication login default pam radius\n"
                                     "aaa authentication login c local\n"
                                     "no aaa authentication login c\n"
                                     "aaa authentication ppp default local\n"
                                     "aaa authorization exec default local\n");
    const struct aaa_list *lists = loaded.config->aaa_lists;
    assert_int_equal(loaded.config->aaa_list_count, 3);
    assert_int_equal(lists[0].steps[0].method, AAA_LOCAL);
    assert_string_equal(lists[1].steps[0].pam_service, "hubward");
    assert_string_equal(lists[2].name, "default");
    assert_string_equal(lists[2].steps[0].pam_service, "radius");
    unload(&loaded);
    assert_one_error("aaa authentication login a group radius local\n", 1, 28, "PAM service");
    assert_one_error("aaa authorization network a group radius\n", 1, 29, "groups stand in this");
    assert_one_error("ip vrf A\n rd 1:1\n", 1, 4, "one hub per VRF");
}

static void a_list_has_several_methods_in_their_order(void **state)
{
    (void)state;
    struct loaded loaded = load_good("aaa authentication login a local pam\n"
                                     "aaa authentication login b pam otp local pam radius\n"
                                     "hubward pam user root radius\n");
    const struct aaa_list *lists = loaded.config->aaa_lists;
    assert_int_equal(lists[0].step_count, 2);
    assert_int_equal(lists[0].steps[0].method, AAA_LOCAL);
    assert_string_equal(lists[0].steps[1].pam_service, "hubward");
    assert_int_equal(lists[1].step_count, 3);
    assert_string_equal(lists[1].steps[0].pam_service, "otp");
    assert_int_equal(lists[1].steps[1].method, AAA_LOCAL);
    assert_string_equal(lists[1].steps[2].pam_service, "radius");
    assert_false(lists[1].steps[0].pam_root);
    assert_true(lists[1].steps[2].pam_root);
    unload(&loaded);
    assert_one_error("aaa authentication login a local local\n", 1, 1, "stands twice");
    assert_one_error("aaa authentication login a pam x local pam x\n", 1, 1, "stands twice");
    assert_one_error("aaa authentication login a pam b pam c pam d pam e pam f\n", 1, 52,
                     "at most 4 methods");
    assert_one_error("aaa authentication login a local group radius\n", 1, 34, "PAM service");
}

static void lines_of_our_own_are_read(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hostname h\nip domain-name example.com\n"
                                     "hubward dial on-start\nhubward encapsulate always\n"
                                     "hubward allow-group-psk-xauth\nhubward key-selection ios\n"
                                     "hubward engine userspace\nhubward web listen off\n");
    assert_string_equal(loaded.config->hostname, "h");
    assert_string_equal(loaded.config->domain_name, "example.com");
    assert_true(loaded.config->dial_on_start);
    assert_true(loaded.config->encapsulate_always);
    assert_true(loaded.config->allow_group_psk_xauth);
    assert_string_equal(loaded.config->web_listen, "");
    unload(&loaded);
    loaded = load_good("hubward web listen [::1]:80\nhubward dial on-start\n"
                       "no hubward dial on-start\n");
    assert_string_equal(loaded.config->web_listen, "[::1]:80");
    assert_false(loaded.config->dial_on_start);
    unload(&loaded);
    loaded = load_good("");
    assert_null(loaded.config->web_listen);
    unload(&loaded);
    assert_one_error("hubward web listen localhost\n", 1, 20, "an address and port");
    assert_one_error("hubward web listen 127.0.0.1:0\n", 1, 20, "an address and port");
    assert_one_error("hubward engine kernel\n", 1, 16, "not supported yet");
    assert_one_error("hubward nonsense\n", 1, 9, "unknown word \"nonsense\"");
}

static void everything_after_end_is_ignored_with_one_line(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hostname a\nend\n! x\nhostname b\ncrypto nonsense\n");
    assert_string_equal(loaded.config->hostname, "a");
    assert_int_equal(loaded.report.count, 1);
    assert_int_equal(loaded.report.findings[0].line, 4);
    unload(&loaded);
}

static void accounting_lists_are_tied_to_profiles_and_maps(void **state)
{
    (void)state;
    struct loaded loaded = load_good(
        "aaa accounting network acct start-stop\naaa accounting network late stop-only local\n"
        "aaa accounting network gone none\naaa accounting update periodic 7\n"
        "crypto isakmp profile a accounting acct\n match identity group g\n"
        "crypto isakmp profile b\n match identity group h\n accounting late\n"
        "crypto isakmp client configuration group g\n key k\n"
        "crypto isakmp client configuration group h\n key k\n"
        "crypto map m client accounting list gone\n");
    const struct config *config = loaded.config;
    assert_int_equal(config->accounting_list_count, 3);
    assert_int_equal(config->accounting_update_min, 7);
    assert_string_equal(config->profiles[0].accounting->name, "acct");
    assert_false(config->profiles[0].accounting->stop_only);
    assert_true(config->profiles[1].accounting->stop_only);
    assert_true(config->crypto_maps[0].accounting->off);
    unload(&loaded);
    loaded = load_good("hostname h\n");
    assert_int_equal(loaded.config->accounting_update_min, 10);
    unload(&loaded);
    assert_one_error("aaa accounting network a start-stop group radius\n", 1, 37,
                     "records are kept by this hub");
    assert_one_error("crypto isakmp profile p accounting nolist\n", 1, 36, "there is no");
}

#define OWN_ADDRESSES                                                                              \
    "ip local pool p 10.5.5.1 10.5.5.9\nip local pool q 10.6.6.1 10.6.6.9\n"                       \
    "crypto isakmp client configuration group g\n key k\n pool p\n group-lock\n"                   \
    "crypto isakmp client configuration group h\n key k\n pool q\n"

static void users_have_addresses_of_their_own(void **state)
{
    (void)state;
    struct loaded loaded = load_good(OWN_ADDRESSES "hubward user bob address 172.16.0.7\n"
                                                   "hubward user alice address 10.5.5.4 group g\n"
                                                   "hubward user alice address 10.6.6.4 group h\n"
                                                   "hubward user gone address 172.16.0.8\n"
                                                   "no hubward user gone address\n");
    const struct config *config = loaded.config;
    char text[ADDR_TEXT];
    assert_true(config->groups[0].group_lock);
    assert_false(config->groups[1].group_lock);
    assert_int_equal(config->user_address_count, 3);
    assert_string_equal(addr_format(config_user_address(config, "alice", "h")->addr, text),
                        "10.6.6.4");
    assert_null(config_user_address(config, "alice", "elsewhere"));
    assert_string_equal(addr_format(config_user_address(config, "bob", "h")->addr, text),
                        "172.16.0.7");
    assert_string_equal(config_address_owner(config, address("10.5.5.4"))->user, "alice");
    assert_null(config_address_owner(config, address("10.5.5.5")));
    /* What is in no pool has one that is nobody's line. */
    assert_int_equal(config->pool_count, 3);
    assert_string_equal(config->pools[2].name, POOL_OF_USERS);
    assert_int_equal(config->pools[2].range_count, 1);
    unload(&loaded);
}

static void an_address_that_is_somebody_elses_is_refused_with_both_lines(void **state)
{
    (void)state;
    assert_one_error("hubward user a address 172.16.0.7\nhubward user b address 172.16.0.7\n", 2,
                     24, "the address of user a in line 1");
    assert_one_error("hubward user a address 172.16.0.7\nhubward user a address 172.16.0.8\n", 2,
                     24, "user a has address 172.16.0.7 in line 1");
    assert_one_error(OWN_ADDRESSES "hubward user a address 10.6.6.1 group g\n", 10, 24,
                     "is in pool q of line 2, which group g of line 3 does not have");
    assert_one_error(OWN_ADDRESSES "hubward user a address 10.6.6.1\n", 10, 24,
                     "is in pool q of line 2, which group g of line 3 does not have");
    assert_one_error("hubward user a address 172.16.0.7 group nobody\n", 1, 41,
                     "there is no client group \"nobody\"");
    assert_one_error("hubward user a address 2001:db8::1\n", 1, 24, "an address such as");
    assert_one_error("ip local pool user-address 10.0.0.1\n", 1, 1, "is for the addresses of");
}

static void a_service_that_runs_as_root_marks_its_lists(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hubward pam user root svc\nhubward pam user root gone\n"
                                     "aaa authentication login a pam svc\n"
                                     "aaa authentication login b pam\n"
                                     "aaa authentication login c local\n"
                                     "no hubward pam user root gone\n");
    const struct aaa_list *lists = loaded.config->aaa_lists;
    assert_int_equal(loaded.config->pam_root_count, 1);
    assert_string_equal(loaded.config->pam_roots[0].service, "svc");
    assert_true(lists[0].steps[0].pam_root);
    assert_false(lists[1].steps[0].pam_root);
    assert_false(lists[2].steps[0].pam_root);
    unload(&loaded);
    loaded = load_good("hubward pam user root svc\nno hubward pam user root\n");
    assert_int_equal(loaded.config->pam_root_count, 0);
    unload(&loaded);
    loaded = load_good("aaa authentication login a local\nhubward pam user root svc\n");
    const struct config_finding *finding = find_rule(&loaded, "pam-root-unused");
    assert_non_null(finding);
    assert_int_equal(finding->line, 2);
    assert_int_equal(finding->column, 23);
    unload(&loaded);
    char many[65 * 32] = "";
    for (int i = 0; i < 65; i++)
        snprintf(many + strlen(many), 32, "hubward pam user root s%d\n", i);
    assert_one_error(many, 65, 23, "at most 64 services");
    assert_one_error("hubward pam user root ../x\n", 1, 23, "a PAM service");
    assert_one_error("aaa authentication login a pam .hidden\n", 1, 32, "a PAM service");
}

static void a_service_whose_word_counts_marks_its_lists_and_groups_have_more_pools(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hubward pam attributes svc\n"
                                     "aaa authentication login a pam svc local\n"
                                     "aaa authentication login b pam\n"
                                     "ip local pool p 10.0.0.1 10.0.0.9\n"
                                     "ip local pool q 10.0.1.1 10.0.1.9\n"
                                     "ip local pool r 10.0.2.1 10.0.2.9\n"
                                     "crypto isakmp client configuration group g\n"
                                     " key k\n pool p\n hubward pool q\n hubward pool r\n");
    const struct aaa_list *lists = loaded.config->aaa_lists;
    const struct client_group *group = &loaded.config->groups[0];
    assert_true(lists[0].steps[0].pam_attributes);
    assert_false(lists[0].steps[1].pam_attributes);
    assert_false(lists[1].steps[0].pam_attributes);
    assert_int_equal(group->more_count, 2);
    assert_ptr_equal(group_pool_named(group, "r"), group->more[1]);
    assert_ptr_equal(group_pool_named(group, "p"), group->pool);
    assert_null(group_pool_named(group, "s"));
    assert_ptr_equal(group_pool_of(group, addr_v4(0x0a000105)), group->more[0]);
    assert_null(group_pool_of(group, addr_v4(0x0a000305)));
    unload(&loaded);
    loaded = load_good("hubward pam attributes svc\n");
    assert_non_null(find_rule(&loaded, "pam-attributes-unused"));
    unload(&loaded);
    assert_one_error("crypto isakmp client configuration group g\n key k\n hubward pool q\n", 3, 15,
                     "there is no pool \"q\"");
}

static void a_users_file_is_a_line_of_its_own(void **state)
{
    (void)state;
    struct loaded loaded = load_good("hostname h\nhubward users /etc/hubward/users\n");
    assert_string_equal(loaded.config->users_file, "/etc/hubward/users");
    assert_int_equal(loaded.config->users_file_line, 2);
    unload(&loaded);
    loaded = load_good("hubward users /etc/hubward/users\nno hubward users\n");
    assert_null(loaded.config->users_file);
    unload(&loaded);
    assert_one_error("hubward users users.conf\n", 1, 15, "an absolute path");
    assert_one_error("hubward users /etc/\n", 1, 15, "an absolute path");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_extended_list_is_read),
        cmocka_unit_test(a_standard_list_selects_sources),
        cmocka_unit_test(lines_of_a_named_list_stand_by_number_and_can_be_removed),
        cmocka_unit_test(a_list_for_other_uses_is_nobodys_error_until_a_tunnel_uses_it),
        cmocka_unit_test(the_first_line_that_contains_both_ends_decides),
        cmocka_unit_test(pools_add_up_and_shrink),
        cmocka_unit_test(an_interface_has_one_name_however_it_is_written),
        cmocka_unit_test(addresses_of_an_interface_come_and_go),
        cmocka_unit_test(the_command_line_wins_over_hubward_interface),
        cmocka_unit_test(accounting_lists_are_tied_to_profiles_and_maps),
        cmocka_unit_test(users_have_addresses_of_their_own),
        cmocka_unit_test(an_address_that_is_somebody_elses_is_refused_with_both_lines),
        cmocka_unit_test(a_service_that_runs_as_root_marks_its_lists),
        cmocka_unit_test(a_service_whose_word_counts_marks_its_lists_and_groups_have_more_pools),
        cmocka_unit_test(a_users_file_is_a_line_of_its_own),
        cmocka_unit_test(routes_name_a_next_hop_or_an_interface),
        cmocka_unit_test(users_of_every_type_are_read),
        cmocka_unit_test(lists_of_methods_are_read),
        cmocka_unit_test(a_list_has_several_methods_in_their_order),
        cmocka_unit_test(lines_of_our_own_are_read),
        cmocka_unit_test(everything_after_end_is_ignored_with_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
