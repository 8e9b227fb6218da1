/* Which peers an entry is for: the profile of its whole map, and lists of identities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "select/map.h"
#include "unit/select/select_kit.h"

static const struct isakmp_profile branches = {.name = "branches"}, clients = {.name = "clients"};
static const struct config no_more = {.interface_count = 0};

/* A map with one dynamic entry. */
struct stage {
    struct map_entry entry;
    struct dynamic_map dynamic;
    struct map_entry outer;
    struct crypto_map map;
    struct map_facts facts;
};

static void stage_init(struct stage *stage)
{
    stage->entry = (struct map_entry){.sequence = 1, .line = 5};
    stage->dynamic =
        (struct dynamic_map){.name = "open", .entries = &stage->entry, .entry_count = 1};
    stage->outer = (struct map_entry){.sequence = 9, .dynamic = &stage->dynamic, .line = 7};
    stage->map = (struct crypto_map){.name = "mymap", .entries = &stage->outer, .entry_count = 1};
    stage->facts = (struct map_facts){.map = &stage->map,
                                      .profile = &branches,
                                      .peer = kit_addr("10.100.2.102"),
                                      .local = kit_net("10.1.0.0", 16),
                                      .remote = kit_net("10.2.0.0", 16)};
}

static const struct map_entry *first_entry(const struct stage *stage, struct decision *decision)
{
    struct map_walk walk = {0};
    return select_map_next(&no_more, &stage->facts, &walk, decision);
}

static void a_map_binds_the_entries_that_name_no_profile(void **state)
{
    (void)state;
    struct stage stage;
    struct decision decision;
    stage_init(&stage);
    stage.map.profile = &branches;
    assert_ptr_equal(first_entry(&stage, &decision), &stage.entry);
    stage.facts.profile = &clients;
    assert_null(first_entry(&stage, &decision));
    assert_int_equal(decision.rule, RULE_PROFILE);
    stage.entry.profile = &clients; /* its own word counts */
    assert_ptr_equal(first_entry(&stage, &decision), &stage.entry);
}

static void an_entry_with_an_identity_list_takes_only_those_it_names(void **state)
{
    (void)state;
    static const struct identity_match names[] = {
        {.kind = MATCH_HOST, .text = "branch7.example", .line = 3}};
    static const struct identity_list list = {
        .name = "branches", .matches = names, .match_count = 1, .line = 2};
    const struct identity right = identity_of_text(ID_FQDN, "branch7.example");
    const struct identity wrong = identity_of_text(ID_FQDN, "branch8.example");
    struct stage stage;
    struct decision decision;
    stage_init(&stage);
    stage.entry.identity = &list;
    stage.facts.identity = &right;
    assert_ptr_equal(first_entry(&stage, &decision), &stage.entry);
    stage.facts.identity = &wrong;
    assert_null(first_entry(&stage, &decision));
    assert_int_equal(decision.rule, RULE_NOT_LISTED);
    assert_string_equal(decision.hint, "add its name to crypto identity branches (line 2)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_binds_the_entries_that_name_no_profile),
        cmocka_unit_test(an_entry_with_an_identity_list_takes_only_those_it_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
