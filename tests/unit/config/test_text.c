/* Lines, words, nearness and redaction. */
#include "unit/config/load_text.h"

#include "config/interface_name.h"
#include "config/text.h"

static struct text split(struct arena *arena, const char *octets, size_t n)
{
    struct text text = {.lines = NULL};
    uint8_t *exact = malloc(n ? n : 1);
    assert_non_null(exact);
    memcpy(exact, octets, n);
    assert_int_equal(text_split(arena, (struct span){exact, n}, &text), RC_OK);
    free(exact);
    return text;
}

static void lines_end_at_lf_or_crlf_and_the_last_needs_none(void **state)
{
    static const char *const texts[] = {"a b\nc\n", "a b\r\nc\r\n", "a b\nc", "a b  \n  c"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena = {.blocks = NULL};
        struct text text = split(&arena, texts[i], strlen(texts[i]));
        assert_int_equal(text.count, 2);
        assert_string_equal(text.lines[0].text, "a b");
        assert_int_equal(text.lines[0].word_count, 2);
        assert_int_equal(text.lines[1].number, 2);
        assert_string_equal(text.lines[1].words[0].text, "c");
        arena_wipe(&arena);
    }
}

static void a_word_knows_its_line_its_column_and_what_follows(void **state)
{
    struct arena arena = {.blocks = NULL};
    static const char octets[] = "\n \tdescription  two  words  \n";
    (void)state;
    struct text text = split(&arena, octets, sizeof octets - 1);
    const struct text_line *line = &text.lines[1];
    assert_int_equal(text.lines[0].word_count, 0);
    assert_int_equal(line->indent, 2);
    assert_int_equal(line->word_count, 3);
    assert_int_equal(line->words[1].line, 2);
    assert_int_equal(line->words[1].column, 16);
    assert_string_equal(line->words[1].text, "two");
    assert_string_equal(line->words[1].rest, "two  words");
    arena_wipe(&arena);
}

static void zeros_and_control_characters_are_shown_as_question_marks(void **state)
{
    struct arena arena = {.blocks = NULL};
    static const char octets[] = "a\0b \x1b[0m \x7f \x03";
    (void)state;
    struct text text = split(&arena, octets, sizeof octets - 1);
    assert_string_equal(text.lines[0].text, "a?b ?[0m ? \x03");
    assert_int_equal(text.lines[0].control, 2);
    arena_wipe(&arena);
}

static void nearness_counts_slips_of_the_keyboard(void **state)
{
    static const struct {
        const char *a, *b;
        unsigned distance;
    } pairs[] = {
        {"", "", 0},
        {"key", "KEY", 0},
        {"key", "keyy", 1},
        {"key", "ke", 1},
        {"key", "kay", 1},
        {"key", "kye", 1},
        {"policy", "polciy", 1},
        {"policy", "plcy", 2},
        {"sha256", "sha265", 1},
        {"abc", "xyz", 3},
        {"", "abcdef", 3},
        {"isakmp", "ipsec", 3},
        {"ab", "ba", 1},
        {"a", "", 1},
        {"pre-share", "preshare", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(text_distance(pairs[i].a, pairs[i].b), pairs[i].distance);
        assert_int_equal(text_distance(pairs[i].b, pairs[i].a), pairs[i].distance);
    }
}

static void what_follows_a_key_or_password_is_blanked(void **state)
{
    static const char *const lines[][2] = {
        {"crypto isakmp key SESAME address 10.0.0.1", "crypto isakmp key ****** address 10.0.0.1"},
        {"crypto isakmp key 6 SESAME address 10.0.0.1",
         "crypto isakmp key 6 ****** address 10.0.0.1"},
        {"  pre-shared-key address 0.0.0.0 0.0.0.0 key SESAME",
         "  pre-shared-key address 0.0.0.0 0.0.0.0 key ******"},
        {"username u password 7 SESAME", "username u password 7 ******"},
        {"username u secret two words", "username u secret *** *****"},
        {"enable secret 5 $1$x", "enable secret 5 ****"},
        {"\tkey\tSESAME", "\tkey\t******"},
        {"key 7", "key *"},
        {"pasword SESAME", "pasword ******"},
        {"set transform-set key-like", "set transform-set key-like"},
        {"crypto keyring spokes", "crypto keyring spokes"},
        {"crypto ipsec security-association lifetime seconds 600",
         "crypto ipsec security-association lifetime seconds 600"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char line[128];
        snprintf(line, sizeof line, "%s", lines[i][0]);
        text_redact(line);
        assert_string_equal(line, lines[i][1]);
    }
}

static void interface_names_have_one_form(void **state)
{
    static const struct {
        const char *word, *unit, *name;
    } names[] = {
        {"FastEthernet0/0", NULL, "FastEthernet0/0"},
        {"fa0/0", NULL, "FastEthernet0/0"},
        {"Fa", "0/0", "FastEthernet0/0"},
        {"gigabitethernet", "0/1.10", "GigabitEthernet0/1.10"},
        {"e0", NULL, "Ethernet0"},
        {"Te1/1", NULL, "TenGigabitEthernet1/1"},
        {"tu0", NULL, "Tunnel0"},
        {"Tunnel23", NULL, "Tunnel23"},
        {"lo0", NULL, "Loopback0"},
        {"ATM1/0", NULL, "ATM1/0"},
        {"Null0", NULL, "Null0"},
        {"wan", NULL, "wan"},
        {"f0/0", NULL, "FastEthernet0/0"},
        {"g0/1", NULL, "GigabitEthernet0/1"},
        {"x0", NULL, "x0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char out[INTERFACE_NAME];
        interface_name(names[i].word, names[i].unit, out);
        assert_string_equal(out, names[i].name);
    }
}

static void a_name_of_any_length_is_cut_and_terminated(void **state)
{
    char word[200], out[INTERFACE_NAME];
    (void)state;
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    interface_name(word, word, out);
    assert_true(strlen(out) < INTERFACE_NAME);
    memset(word, '1', sizeof word - 1);
    memcpy(word, "gi", 2);
    interface_name(word, word, out);
    assert_true(strlen(out) < INTERFACE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_at_lf_or_crlf_and_the_last_needs_none),
        cmocka_unit_test(a_word_knows_its_line_its_column_and_what_follows),
        cmocka_unit_test(zeros_and_control_characters_are_shown_as_question_marks),
        cmocka_unit_test(nearness_counts_slips_of_the_keyboard),
        cmocka_unit_test(what_follows_a_key_or_password_is_blanked),
        cmocka_unit_test(interface_names_have_one_form),
        cmocka_unit_test(a_name_of_any_length_is_cut_and_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
