/* The command language: cutting, ambiguity, values, help and completion. */
#include "cli/work.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum command_match find(const char *line, struct command_call *call, size_t *column)
{
    return command_find(line, call, column);
}

static void cut_words_are_understood_as_on_ios(void **state)
{
    (void)state;
    const struct {
        const char *line;
        const char *words;
    } rows[] = {
        {"show crypto isakmp sa", "show crypto isakmp sa"},
        {"sh cry isa sa", "show crypto isakmp sa"},
        {"  sh   cry  isa sa  ", "show crypto isakmp sa"},
        {"s c is s d", "show crypto isakmp sa detail"},
        {"sh cr ip sa", "show crypto ipsec sa"},
        {"sh cry ses", "show crypto session"},
        {"sh ver", "show version"},
        {"sh ip local pool", "show ip local pool"},
        {"sh ip local pool detail", "show ip local pool detail"},
        {"sh ip local pool vpn-clients", "show ip local pool POOL"},
        {"sh aaa us", "show aaa users"},
        {"sh proc", "show processes"},
        {"cl c se", "clear crypto session"},
        {"deb cry isa", "debug crypto isakmp"},
        {"deb cry all", "debug crypto all"},
        {"h", "help"},
        {"q", "quit"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct command_call call;
        size_t column;
        assert_int_equal(find(rows[i].line, &call, &column), MATCH_OK);
        assert_string_equal(call.command->words, rows[i].words);
        assert_int_equal(call.addr.family, ADDR_NONE);
        assert_int_equal(call.number, 0);
    }
}

static void values_are_read(void **state)
{
    (void)state;
    struct command_call call;
    size_t column;
    char text[ADDR_TEXT];
    assert_int_equal(find("sh cry ips sa peer 10.51.82.100", &call, &column), MATCH_OK);
    assert_string_equal(addr_format(call.addr, text), "10.51.82.100");
    assert_int_equal(find("clear crypto session remote 2001:db8::3", &call, &column), MATCH_OK);
    assert_string_equal(addr_format(call.addr, text), "2001:db8::3");
    assert_int_equal(find("clear crypto session peer 10.1.1.1", &call, &column), MATCH_OK);
    assert_int_equal(find("clear crypto session id 18446744073709551615", &call, &column),
                     MATCH_OK);
    assert_true(call.number == UINT64_MAX);
}

static void names_are_read_as_they_stand(void **state)
{
    (void)state;
    struct command_call call;
    size_t column;
    char line[400] = "user add ";
    assert_int_equal(find("te aaa clients Alice", &call, &column), MATCH_OK);
    assert_string_equal(call.list, "clients");
    assert_string_equal(call.user, "Alice");
    assert_int_equal(find("us dis u\xc3\xa9", &call, &column), MATCH_OK);
    assert_string_equal(call.command->words, "user disable USER");
    assert_string_equal(call.user, "u\xc3\xa9");
    memset(line + 9, 'n', 255);
    assert_int_equal(find(line, &call, &column), MATCH_OK);
    assert_int_equal(strlen(call.user), 255);
    line[9 + 255] = 'n';
    assert_int_equal(find(line, &call, &column), MATCH_INVALID);
    assert_int_equal(column, 9);
    assert_int_equal(find("test aaa clients", &call, &column), MATCH_INCOMPLETE);
}

static void clauses_follow_each_other_in_any_order(void **state)
{
    (void)state;
    static const char said[] = "what-if from 10.0.0.1 offer aes-sha-2 esp-aes-sha proxies any "
                               "10.2.0.0/16 mode main port 4500";
    struct command_call call;
    size_t column;
    char line[1400] = "what-if from 10.0.0.1 offer";
    assert_int_equal(find("wh f 10.0.0.1 o aes-sha-2 esp-aes-sha pr any 10.2.0.0/16 m m po 4500",
                          &call, &column),
                     MATCH_OK);
    assert_string_equal(call.line, said);
    assert_int_equal(find("wh f 10.0.0.1 mode", &call, &column), MATCH_INCOMPLETE);
    assert_int_equal(find("wh f 10.0.0.1 offer", &call, &column), MATCH_INCOMPLETE);
    assert_int_equal(find("wh f 10.0.0.1 offer aes", &call, &column), MATCH_INVALID);
    assert_int_equal(find("wh f 10.0.0.1 aes-sha-2", &call, &column), MATCH_INVALID);
    while (strlen(line) < 1100)
        strcat(line, " aes-sha-2");
    assert_int_equal(find(line, &call, &column), MATCH_INVALID);
}

static void a_peer_may_have_a_name_of_several_words(void **state)
{
    (void)state;
    struct command_call call;
    size_t column;
    char line[600] = "explain peer";
    assert_int_equal(find("expl p key-id  testgroup", &call, &column), MATCH_OK);
    assert_string_equal(call.user, "key-id testgroup");
    assert_string_equal(call.line, "explain peer key-id testgroup");
    assert_int_equal(find("explain peer", &call, &column), MATCH_INCOMPLETE);
    while (strlen(line) < 400)
        strcat(line, " word");
    assert_int_equal(find(line, &call, &column), MATCH_INVALID);
}

static void wrong_words_are_pointed_at(void **state)
{
    (void)state;
    const struct {
        const char *line;
        enum command_match match;
        size_t column;
    } rows[] = {
        {"", MATCH_EMPTY, 0},
        {"   ", MATCH_EMPTY, 0},
        {"sh cry i sa", MATCH_AMBIGUOUS, 7},
        {"s", MATCH_INCOMPLETE, 0},
        {"show crypto", MATCH_INCOMPLETE, 5},
        {"clear crypto session id", MATCH_INCOMPLETE, 21},
        {"show crypt0 isakmp sa", MATCH_INVALID, 5},
        {"show crypto isakmp sa detailed", MATCH_INVALID, 22},
        {"show crypto isakmp sa detail x", MATCH_INVALID, 29},
        {"showx", MATCH_INVALID, 0},
        {"SHOW version", MATCH_INVALID, 0},
        {"show crypto ipsec sa peer ADDRESS", MATCH_INVALID, 26},
        {"show crypto ipsec sa peer 10.1.1", MATCH_INVALID, 26},
        {"show crypto ipsec sa peer 10.1.1.1/24", MATCH_INVALID, 26},
        {"clear crypto session id NUMBER", MATCH_INVALID, 24},
        {"clear crypto session id -1", MATCH_INVALID, 24},
        {"clear crypto session id 1x", MATCH_INVALID, 24},
        {"clear crypto session id 18446744073709551616", MATCH_INVALID, 24},
        {"show ip local", MATCH_INCOMPLETE, 8},
        {"show ip local pool det", MATCH_AMBIGUOUS, 19}, /* a pool may be called so */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct command_call call;
        size_t column = 0;
        assert_int_equal(find(rows[i].line, &call, &column), rows[i].match);
        assert_int_equal(column, rows[i].column);
    }
}

static void a_word_of_any_length_is_no_overrun(void **state)
{
    (void)state;
    char line[4096];
    struct command_call call;
    for (size_t n = 1; n < sizeof line; n += 37) {
        size_t column;
        memset(line, 'h', n);
        line[n] = '\0';
        assert_int_equal(find(line, &call, &column), n == 1 ? MATCH_OK : MATCH_INVALID);
    }
}

/* Every word of the table can be reached: each row's words have a row for every beginning. */
static void each_row_has_rows_for_its_beginnings(void **state)
{
    (void)state;
    for (const struct command *row = commands; row->words; row++) {
        char words[128];
        strcpy(words, row->words);
        for (char *blank = strrchr(words, ' '); blank; blank = strrchr(words, ' ')) {
            bool found = false;
            *blank = '\0';
            for (const struct command *other = commands; other->words; other++)
                found |= strcmp(other->words, words) == 0;
            assert_true(found);
        }
        assert_true(row->help && row->help[0]);
    }
}

static void help(const char *line, const char *want)
{
    struct sink out = {0};
    command_help(line, &out);
    assert_string_equal(sink_string(&out), want);
    sink_free(&out);
}

static void question_mark_shows_what_may_come(void **state)
{
    (void)state;
    help("sh", "  show        Show what is running\n");
    help("show crypto i", "  isakmp      ISAKMP (phase 1)\n  ipsec       IPsec (phase 2)\n");
    help("show ver", "  version     Version, uptime and totals\n");
    help("show ver ", "  |           Output modifiers\n  <cr>\n");
    help("sh cry isa sa ", "  detail      With algorithms, lifetimes and capabilities\n"
                           "  |           Output modifiers\n  <cr>\n");
    help("clear cry ses id ", "  NUMBER      Session ID of `show crypto session`\n");
    help("nonsense ", "");
}

static void complete(const char *line, const char *want)
{
    struct sink out = {0};
    command_complete(line, &out);
    assert_string_equal(sink_string(&out), want);
    sink_free(&out);
}

static void tab_completes_what_is_clear(void **state)
{
    (void)state;
    complete("sh", "ow ");
    complete("show", " ");
    complete("show c", "rypto ");
    complete("show crypto i", "");
    complete("show crypto is", "akmp ");
    complete("clear crypto session id ", "");
    complete("xyz", "");
    complete("xyz a", "");
    complete("", "");
}

static void the_next_words_come_bare_for_a_shell(void **state)
{
    (void)state;
    const struct {
        const char *line, *words;
    } rows[] = {
        {"", "show\nclear\ndebug\ntest\nexplain\nwhat-"
             "if\ncheck\ndiff\nreload\nuser\nhelp\nexit\nquit\n"},
        {"sh cry i", "isakmp\nipsec\n"},
        {"show crypto isakmp sa ", "detail\n"},
        {"what-if from 10.0.0.1 m", "mode\n"},
        {"what-if from 10.0.0.1 port 500 mode main a", "auth\n"},
        {"what-if from 10.0.0.1 offer aes-sha-2 ",
         "port\ninterface\nmode\nid\nauth\nkey\noffer\nproxies\n"},
        {"what-if from 10.0.0.1 mode ", "main\naggressive\n"},
        {"show crypto ipsec sa peer ", ""},
        {"show kripto ", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sink out = {0};
        command_next(rows[i].line, &out);
        assert_string_equal(sink_string(&out), rows[i].words);
        sink_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_words_come_bare_for_a_shell),
        cmocka_unit_test(cut_words_are_understood_as_on_ios),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(names_are_read_as_they_stand),
        cmocka_unit_test(clauses_follow_each_other_in_any_order),
        cmocka_unit_test(a_peer_may_have_a_name_of_several_words),
        cmocka_unit_test(wrong_words_are_pointed_at),
        cmocka_unit_test(a_word_of_any_length_is_no_overrun),
        cmocka_unit_test(each_row_has_rows_for_its_beginnings),
        cmocka_unit_test(question_mark_shows_what_may_come),
        cmocka_unit_test(tab_completes_what_is_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
