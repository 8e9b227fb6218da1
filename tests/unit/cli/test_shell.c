/* Whole commands against a hub played by a thread: what is asked, what is printed, how it exits. */
#include "cli/debug.h"
#include "unit/cli/hub.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void all_pages_of_a_listing_are_shown(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct outcome got = run(&hub, "sh cry isa sa det | count ^[0-9]");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "Number of lines which match regexp = 3\n");
    assert_string_equal(got.err, "");
    release(got);
}

static void an_event_between_question_and_answer_is_passed_over(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    hub.event_first = true;
    struct outcome got = run(&hub, "sh cry ses | i Username");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "Username: alice\n");
    release(got);
}

static void one_peer_is_shown_or_exit_4(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct outcome got = run(&hub, "sh cry ip sa peer 10.51.82.100 | i current_peer");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "   current_peer: 10.51.82.100:500\n");
    release(got);
    got = run(&hub, "sh cry ip sa peer 10.9.9.9");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.out, "");
    assert_string_equal(got.err, "% no IPsec SA with peer 10.9.9.9\n");
    release(got);
}

static void a_filter_that_finds_nothing_is_exit_4(void **state)
{
    (void)state;
    struct hub hub = a_hub();
    struct outcome got = run(&hub, "show version | include nowhere");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.out, "");
    release(got);
}

static void usage_errors_are_exit_2_in_the_words_of_ios(void **state)
{
    (void)state;
    const struct {
        const char *line;
        const char *err;
    } rows[] = {
        {"show", "% Incomplete command.\n"},
        {"sh cry i sa", "% Ambiguous command:  \"sh cry i sa\"\n"},
        {"show kripto", "show kripto\n     ^\n% Invalid input detected at '^' marker.\n"},
        {"show version | include", "% Incomplete command.\n"},
        {"show version | grep x", "% begin, count, exclude, include or section must follow '|'\n"},
        {"show version | include [", "% not a regular expression\n"},
        {"debug crypto all --json", "% debug has no JSON form\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, EXIT_USAGE);
        assert_string_equal(got.err, rows[i].err);
        assert_string_equal(got.out, "");
        release(got);
    }
}

static void a_question_mark_lists_what_may_follow(void **state)
{
    (void)state;
    const struct {
        const char *line;
        const char *out;
    } rows[] = {
        {"sh cry isa s?", "  sa          ISAKMP security associations\n"},
        {"show ver?", "  version     Version, uptime and totals\n"},
        {"show version ?", "  |           Output modifiers\n  <cr>\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, EXIT_OK);
        assert_string_equal(got.out, rows[i].out);
        assert_string_equal(got.err, "");
        release(got);
    }
    struct hub hub = a_hub();
    struct outcome got = run(&hub, "show kripto ?");
    assert_int_equal(got.code, EXIT_USAGE);
    assert_string_equal(got.err, "% Unrecognized command\n");
    release(got);
}

static void json_has_a_schema_and_all_rows(void **state)
{
    (void)state;
    const struct {
        const char *line;
        const char *parts[4];
    } rows[] = {
        {"show crypto isakmp sa --json",
         {"\"schema\": 1", "\"isakmp_sas\": [", "\"user\": \"alice\"", "\"id\": \"8589934595\""}},
        {"show crypto ipsec sa --json",
         {"\"schema\": 1", "\"ipsec_sas\": [", "\"spi_in\": \"0x7A1AB8F3\"",
          "\"remaining_kb\": null"}},
        {"show crypto session --json",
         {"\"hostname\": \"Hub\"", "\"sessions\": [", "\"tunnels\": [", "\"ike_id\":"}},
        {"show version --json",
         {"\"version\": \"0.1.0\"", "\"summary\": {", "\"refused_total\": 19",
          "\"ike_cookie\": 17"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, EXIT_OK);
        for (size_t j = 0; j < 4; j++)
            assert_non_null(strstr(got.out, rows[i].parts[j]));
        release(got);
    }
}

static void what_the_store_remembers_is_shown(void **state)
{
    (void)state;
    const struct {
        const char *line;
        enum exit_code code;
        const char *part;
    } rows[] = {
        {"show history", EXIT_OK, "still up"},
        {"show history 10.5.5.1", EXIT_OK, "alice"},
        {"show history 10.5.5.2", EXIT_NOTHING, "no session had 10.5.5.2"},
        {"show history --json", EXIT_OK, "\"history\": ["},
        {"show peers", EXIT_OK, "alice"},
        {"show peers --json", EXIT_OK, "\"principal\": \"alice\""},
        {"show problems", EXIT_OK, "set a pool"},
        {"show problems --json", EXIT_OK, "\"hint\": \"set a pool\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, rows[i].code);
        assert_non_null(strstr(got.code == EXIT_OK ? got.out : got.err, rows[i].part));
        release(got);
    }
}

static void a_store_that_is_away_is_a_failure_that_says_so(void **state)
{
    (void)state;
    static const struct {
        enum rc rc;
        const char *part;
    } rows[] = {{RC_AGAIN, "the store is away"}, {RC_IO, "the database cannot be read"}};
    static const char *const lines[] = {"show history", "show peers --json", "show problems"};
    for (size_t i = 0; i < 6; i++) {
        struct hub hub = a_hub();
        hub.store = rows[i % 2].rc;
        struct outcome got = run(&hub, lines[i / 2]);
        assert_int_equal(got.code, EXIT_FAILED);
        assert_string_equal(got.out, "");
        assert_non_null(strstr(got.err, rows[i % 2].part));
        release(got);
    }
}

static void no_sessions_are_empty_lists_not_an_error(void **state)
{
    (void)state;
    struct hub hub = {.ike_count = 0};
    struct outcome got = run(&hub, "show crypto session --json | include \\[\\]");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "  \"sessions\": [],\n  \"tunnels\": []\n");
    release(got);
    got = run(&hub, "show crypto ipsec sa");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "");
    release(got);
}

static void clear_asks_for_exactly_what_was_named(void **state)
{
    (void)state;
    struct hub hub = {.result = {.rc = RC_OK, .number = 1}};
    struct outcome got = run(&hub, "clear crypto session id 4294967298");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "1 session cleared\n");
    assert_int_equal(hub.cleared.id, 4294967298);
    assert_int_equal(hub.cleared.peer.family, ADDR_NONE);
    release(got);
    got = run(&hub, "clear crypto session remote 10.51.82.100");
    assert_int_equal(got.code, EXIT_OK);
    assert_int_equal(hub.cleared.id, 0);
    assert_true(addr_equal(hub.cleared.peer, addr_v4(0x0a335264)));
    release(got);
    hub.result.number = 12;
    got = run(&hub, "clear crypto session");
    assert_string_equal(got.out, "12 sessions cleared\n");
    assert_int_equal(hub.cleared.id, 0);
    assert_int_equal(hub.cleared.peer.family, ADDR_NONE);
    release(got);
}

static void each_clear_says_what_it_is_about(void **state)
{
    (void)state;
    static const struct {
        const char *line, *out;
        enum clear_scope scope;
        uint64_t id;
        uint32_t peer; /* 0: none */
    } rows[] = {
        {"clear crypto session", "2 sessions cleared\n", CLEAR_SESSIONS, 0, 0},
        {"clear crypto sa", "2 IPsec tunnels cleared\n", CLEAR_IPSEC, 0, 0},
        {"cl c sa peer 10.51.82.100", "2 IPsec tunnels cleared\n", CLEAR_IPSEC, 0, 0x0a335264},
        {"clear crypto isakmp", "2 ISAKMP SAs cleared\n", CLEAR_ISAKMP, 0, 0},
        {"cl c is id 1003", "2 ISAKMP SAs cleared\n", CLEAR_ISAKMP, 1003, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hub hub = {.result = {.rc = RC_OK, .number = 2}};
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, EXIT_OK);
        assert_string_equal(got.out, rows[i].out);
        assert_int_equal(hub.cleared.scope, rows[i].scope);
        assert_int_equal(hub.cleared.id, rows[i].id);
        assert_int_equal(addr_v4_value(hub.cleared.peer), rows[i].peer);
        release(got);
    }
}

static void a_peer_is_forgotten_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *line, *who;
        struct control_result result;
        enum exit_code code;
        const char *out, *err;
    } rows[] = {
        {"clear crypto peer alice", "alice", {.number = 1}, EXIT_OK, "1 known peer cleared\n", ""},
        {"cl c pe fqdn porto.example",
         "fqdn porto.example",
         {.number = 2, .text = "1 connected: clear the session first"},
         EXIT_OK,
         "2 known peers cleared; 1 connected: clear the session first\n",
         ""},
        {"clear crypto peer nobody",
         "nobody",
         {.rc = RC_NOT_FOUND},
         EXIT_NOTHING,
         "",
         "% no such known peer\n"},
        {"clear crypto peer bob",
         "bob",
         {.rc = RC_BAD_STATE, .text = "1 connected"},
         EXIT_FAILED,
         "",
         "% 1 connected\n"},
        {"clear crypto peer bob",
         "bob",
         {.rc = RC_AGAIN, .text = "the store is away"},
         EXIT_FAILED,
         "",
         "% the store is away\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hub hub = {.result = rows[i].result};
        struct outcome got = run(&hub, rows[i].line);
        assert_string_equal(hub.forgotten.who, rows[i].who);
        assert_int_equal(got.code, rows[i].code);
        assert_string_equal(got.out, rows[i].out);
        assert_string_equal(got.err, rows[i].err);
        release(got);
    }
    struct hub hub = {.result = {.number = 1}};
    struct outcome got = run(&hub, "clear crypto peer");
    assert_int_equal(got.code, EXIT_USAGE);
    assert_string_equal(hub.forgotten.who, "");
    release(got);
}

/* id 0 on the wire would be every session. */
static void clear_of_id_0_clears_nothing(void **state)
{
    (void)state;
    struct hub hub = {.cleared = {.id = 99}, .result = {.rc = RC_OK, .number = 5}};
    struct outcome got = run(&hub, "clear crypto session id 0");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_int_equal(hub.cleared.id, 99);
    release(got);
    hub.cleared.id = 99;
    got = run(&hub, "clear crypto isakmp id 0");
    assert_int_equal(got.code, EXIT_NOTHING);
    assert_string_equal(got.err, "% no such ISAKMP SA\n");
    assert_int_equal(hub.cleared.id, 99);
    release(got);
}

static void results_become_exit_codes(void **state)
{
    (void)state;
    const struct {
        enum rc rc;
        uint32_t number;
        const char *line;
        enum exit_code code;
    } rows[] = {
        {RC_OK, 0, "clear crypto session", EXIT_NOTHING},
        {RC_NOT_FOUND, 0, "clear crypto session all", EXIT_NOTHING},
        {RC_OK, 0, "clear crypto session id 5", EXIT_NOTHING},
        {RC_NOT_FOUND, 0, "clear crypto session id 5", EXIT_NOTHING},
        {RC_NOT_FOUND, 0, "clear crypto sa", EXIT_NOTHING},
        {RC_NOT_FOUND, 0, "clear crypto isakmp id 5", EXIT_NOTHING},
        {RC_DENIED, 0, "clear crypto session", EXIT_DENIED},
        {RC_IO, 0, "clear crypto session", EXIT_FAILED},
        {RC_DENIED, 0, "debug crypto all", EXIT_DENIED},
        {RC_FULL, 0, "debug crypto all", EXIT_FAILED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = {.result = {.rc = rows[i].rc, .number = rows[i].number}};
        struct outcome got = run(&hub, rows[i].line);
        assert_int_equal(got.code, rows[i].code);
        release(got);
    }
}

static void a_hub_that_breaks_the_table_is_reported_and_left(void **state)
{
    (void)state;
    const struct {
        enum mischief mischief;
        enum exit_code code;
    } rows[] = {
        {HANGS_UP, EXIT_UNREACHABLE}, {WRONG_KIND, EXIT_FAILED},    {WRONG_LENGTH, EXIT_FAILED},
        {WRONG_PAYLOAD, EXIT_FAILED}, {WRONG_REQUEST, EXIT_FAILED}, {OTHER_ROWS, EXIT_FAILED},
        {STANDS_STILL, EXIT_FAILED},  {SHORT_HEADER, EXIT_FAILED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hub hub = a_hub();
        struct session session;
        hub.mischief = rows[i].mischief;
        begin(&session, &hub);
        assert_int_equal(shell_run(&session.shell, "show crypto isakmp sa", false), rows[i].code);
        assert_int_equal(session.shell.client.fd, -1);
        end(&session);
        assert_string_equal(session.out, "");
        assert_int_equal(strncmp(session.err, "% ", 2), 0);
        free(session.out);
        free(session.err);
    }
}

static void debug_streams_until_ctrl_c_and_says_stop(void **state)
{
    (void)state;
    struct hub hub = {.interrupt = true};
    setenv("TZ", "UTC", 1);
    tzset();
    struct outcome got = run(&hub, "debug crypto isakmp");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "Nov 14 22:13:20.007: SYSTEM: first\n"
                                 "Nov 14 22:13:20.007: SYSTEM: \\x1b[2Jsecond\n");
    assert_int_equal(hub.debug_areas, 1u << AREA_ISAKMP);
    assert_int_equal(hub.debug_off_areas, 1u << AREA_ISAKMP);
    release(got);
}

static void debug_lines_pass_the_filter(void **state)
{
    (void)state;
    struct hub hub = {.interrupt = true};
    struct outcome got = run(&hub, "debug crypto all | exclude second");
    assert_int_equal(got.code, EXIT_OK);
    assert_string_equal(got.out, "Nov 14 22:13:20.007: SYSTEM: first\n");
    assert_int_equal(hub.debug_areas, CONTROL_AREAS);
    release(got);
}

static void debug_ends_by_itself(void **state)
{
    (void)state;
    struct hub hub = {0};
    struct session session;
    begin(&session, &hub);
    assert_int_equal(debug_run(&session.shell, CONTROL_AREAS, 200), EXIT_OK);
    end(&session);
    assert_int_equal(hub.debug_off_areas, CONTROL_AREAS);
    assert_non_null(strstr(session.err, "ended by itself"));
    free(session.out);
    free(session.err);
}

/* Connecting for real. */
static enum exit_code open_dir(const char *dir, char **err)
{
    struct shell shell;
    size_t len;
    FILE *errors = open_memstream(err, &len);
    shell_init(&shell, dir, stdout, errors);
    enum exit_code code = shell_connect(&shell);
    shell_wipe(&shell);
    fclose(errors);
    return code;
}

static void a_hub_that_is_not_there_is_explained(void **state)
{
    (void)state;
    char *err;
    assert_int_equal(open_dir("/nonexistent/dir", &err), EXIT_UNREACHABLE);
    assert_string_equal(err, "% cannot reach the hub at /nonexistent/dir/control.sock: no such "
                             "socket. Is hubd running, with this --run-dir?\n");
    free(err);
    char dir[300];
    memset(dir, 'd', sizeof dir - 1);
    dir[0] = '/';
    dir[sizeof dir - 1] = '\0';
    assert_int_equal(open_dir(dir, &err), EXIT_UNREACHABLE);
    free(err);
}

static void listening_dead_and_forbidden_sockets_are_told_apart(void **state)
{
    (void)state;
    char dir[] = "/tmp/hubctl-test-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char *err;
    assert_non_null(mkdtemp(dir));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", dir);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(open_dir(dir, &err), EXIT_OK);
    free(err);
    close(fd);
    assert_int_equal(open_dir(dir, &err), EXIT_UNREACHABLE);
    assert_non_null(strstr(err, "nobody listens"));
    free(err);
    if (geteuid() == 0) { /* give up root, so that permissions count */
        assert_int_equal(chmod(address.sun_path, 0600), 0);
        assert_int_equal(chmod(dir, 0755), 0);
        assert_int_equal(seteuid(65534), 0);
        assert_int_equal(open_dir(dir, &err), EXIT_DENIED);
        assert_int_equal(seteuid(0), 0);
        assert_non_null(strstr(err, "permission denied"));
        free(err);
    }
    unlink(address.sun_path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pages_of_a_listing_are_shown),
        cmocka_unit_test(an_event_between_question_and_answer_is_passed_over),
        cmocka_unit_test(one_peer_is_shown_or_exit_4),
        cmocka_unit_test(a_filter_that_finds_nothing_is_exit_4),
        cmocka_unit_test(usage_errors_are_exit_2_in_the_words_of_ios),
        cmocka_unit_test(a_question_mark_lists_what_may_follow),
        cmocka_unit_test(json_has_a_schema_and_all_rows),
        cmocka_unit_test(what_the_store_remembers_is_shown),
        cmocka_unit_test(a_store_that_is_away_is_a_failure_that_says_so),
        cmocka_unit_test(no_sessions_are_empty_lists_not_an_error),
        cmocka_unit_test(clear_asks_for_exactly_what_was_named),
        cmocka_unit_test(each_clear_says_what_it_is_about),
        cmocka_unit_test(a_peer_is_forgotten_by_name),
        cmocka_unit_test(clear_of_id_0_clears_nothing),
        cmocka_unit_test(results_become_exit_codes),
        cmocka_unit_test(a_hub_that_breaks_the_table_is_reported_and_left),
        cmocka_unit_test(debug_streams_until_ctrl_c_and_says_stop),
        cmocka_unit_test(debug_lines_pass_the_filter),
        cmocka_unit_test(debug_ends_by_itself),
        cmocka_unit_test(a_hub_that_is_not_there_is_explained),
        cmocka_unit_test(listening_dead_and_forbidden_sockets_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
