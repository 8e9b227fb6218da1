/* The built program in its sandbox, under an unprivileged user in group shadow: local users, and
 * accounts of pam_unix in a passwd and shadow file of the test's own (a mount namespace hides the
 * system's). */
#include "host/memfd.h"
#include "host/message_login.h"
#include "host/users.h"
#include "mini_warden.h"
#include "services.h"

#include <crypt.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct mini mini;
static struct services services;
static int users_fd = -1;
static long shadow_gid = SPAWN_NO_GROUP;
static bool has_accounts;

static struct login_verdict verdicts[64];
static uint64_t verdict_ms[64];
static size_t verdict_count, wanted;
static bool all_told;

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

static enum rc on_key(void *context, struct channel *channel, enum message_kind kind,
                      struct cursor *payload, int fd)
{
    (void)context;
    (void)channel;
    (void)fd;
    if (kind != MSG_VERDICT || verdict_count >= 64)
        return RC_UNSUPPORTED;
    verdict_ms[verdict_count] = now_ms();
    enum rc rc = login_verdict_get(payload, &verdicts[verdict_count++]);
    all_told = verdict_count >= wanted;
    return rc;
}

/* Processes of the program's user. */
static size_t processes(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        char path[64];
        struct stat there;
        snprintf(path, sizeof path, "/proc/%.16s/task", entry->d_name);
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || stat(path, &there) != 0)
            continue;
        snprintf(path, sizeof path, "/proc/%.16s/status", entry->d_name);
        FILE *file = fopen(path, "r");
        char line[256];
        unsigned uid = 0;
        while (file && fgets(line, sizeof line, file))
            if (sscanf(line, "Uid: %u", &uid) == 1)
                break;
        if (file)
            fclose(file);
        count += uid == MINI_UID ? 1 : 0;
    }
    if (directory)
        closedir(directory);
    return count;
}

static bool wait_for_processes(size_t most)
{
    for (int i = 0; i < 1000 && processes() > most; i++)
        services_sleep_ms(10);
    return processes() <= most;
}

static int begin(void **state)
{
    (void)state;
    verdict_count = wanted = 0;
    return mini_start(&mini, ROLE_XAUTH, "hubward-xauth", on_key, shadow_gid) &&
                   mini_give_config(&mini, "users", users_fd) && mini_run(&mini)
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    if (mini.pid) {
        int status = mini_stop(&mini);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            print_message("status %x, %s\n", (unsigned)status, mini.lines ? mini.line[0] : "");
            return -1;
        }
    }
    return wait_for_processes(0) ? 0 : -1;
}

static void login(unsigned n, const char *list, const char *user, const char *password)
{
    uint8_t octets[LOGIN_ASK_MAX];
    struct builder b = builder_of(octets, sizeof octets);
    struct effect_ask_password ask = {.source = addr_v4(0xc0000200 + n)};
    memcpy(ask.ticket.id, &n, sizeof n);
    ask.ticket.id[15] = 1;
    snprintf(ask.list, sizeof ask.list, "%s", list);
    snprintf(ask.group, sizeof ask.group, "group%u", n);
    snprintf(ask.user, sizeof ask.user, "%s", user);
    ask.password_len = strlen(password);
    memcpy(ask.password, password, ask.password_len);
    login_ask_put(&b, &ask);
    assert_false(b.bad);
    assert_int_equal(channel_send(mini.key, MSG_LOGIN, builder_span(&b), -1), RC_OK);
}

/* One login; *ms: how long its verdict took. */
static enum rc judged(const char *list, const char *user, const char *password, uint64_t *ms)
{
    uint64_t from = now_ms();
    verdict_count = 0;
    wanted = 1;
    all_told = false;
    login(1, list, user, password);
    assert_true(mini_wait(&mini, &all_told, 40000));
    *ms = verdict_ms[0] - from;
    return verdicts[0].rc;
}

static void local_users_are_judged(void **state)
{
    (void)state;
    uint64_t ms;
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
    print_message("a success after %u ms\n", (unsigned)ms);
    assert_int_equal(judged("here", "alice", "wrong", &ms), RC_AUTH_FAILED);
    assert_true(ms >= 299);
    assert_int_equal(judged("here", "nobody-there", "wrong", &ms), RC_AUTH_FAILED);
    assert_true(ms >= 299);
    assert_int_equal(judged("here", "strong", "password", &ms), RC_OK);
}

static void accounts_of_pam_unix_are_judged(void **state)
{
    (void)state;
    uint64_t ms;
    if (!has_accounts)
        skip();
    assert_int_equal(judged("system", "carol", "correct horse", &ms), RC_OK);
    print_message("a success of pam_unix after %u ms\n", (unsigned)ms);
    static const char *const refused[][2] = {
        {"carol", "wrong"},      {"nobody-there", "wrong"},     {"locked", "password"},
        {"expired", "password"}, {"../carol", "correct horse"}, {"empty", ""}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        enum rc rc = judged("system", refused[i][0], refused[i][1], &ms);
        print_message("%s refused after %u ms\n", refused[i][0], (unsigned)ms);
        assert_int_equal(rc, RC_AUTH_FAILED);
        assert_true(ms >= 299);
    }
}

static void a_hung_module_holds_nobody_up(void **state)
{
    (void)state;
    uint64_t ms;
    if (!has_accounts)
        skip();
    for (unsigned n = 0; n < 4; n++)
        login(100 + n, "hung", "alice", "secret");
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
    assert_int_equal(judged("system", "carol", "correct horse", &ms), RC_OK);
    assert_true(processes() >= 2 + 4);
    /* Cancelled, they are gone; only broker and launcher stay. */
    for (unsigned n = 0; n < 4; n++) {
        struct ticket ticket = {{0}};
        unsigned number = 100 + n;
        uint8_t octets[LOGIN_CANCEL_LEN];
        struct builder b = builder_of(octets, sizeof octets);
        memcpy(ticket.id, &number, sizeof number);
        ticket.id[15] = 1;
        login_cancel_put(&b, &ticket);
        assert_int_equal(channel_send(mini.key, MSG_LOGIN_CANCEL, builder_span(&b), -1), RC_OK);
    }
    assert_true(wait_for_processes(2));
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
}

static void a_dead_key_takes_its_logins_along(void **state)
{
    (void)state;
    uint64_t ms;
    if (!has_accounts)
        skip();
    for (unsigned n = 0; n < 4; n++)
        login(100 + n, "hung", "alice", "secret");
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
    assert_true(mini_join_key(&mini));
    assert_true(wait_for_processes(2));
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
}

static void a_dead_warden_takes_everything_along(void **state)
{
    (void)state;
    if (has_accounts) {
        uint64_t ms;
        login(100, "hung", "alice", "secret");
        assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
    }
    channel_close(mini.warden);
    mini.warden = NULL;
    bool never = false;
    mini_wait(&mini, &never, 50);
    int status = mini_reap(&mini);
    assert_true(WIFEXITED(status));
    mini.pid = 0;
    assert_true(wait_for_processes(0));
}

static void a_killed_broker_takes_everything_along(void **state)
{
    (void)state;
    if (has_accounts) {
        uint64_t ms;
        login(100, "hung", "alice", "secret");
        assert_int_equal(judged("here", "alice", "secret", &ms), RC_OK);
    }
    mini_kill(&mini);
    mini.pid = 0;
    assert_true(wait_for_processes(0));
}

static void users_can_be_exchanged_while_it_runs(void **state)
{
    (void)state;
    uint64_t ms;
    const struct aaa_list list = {
        .name = "here", .steps = {{.method = AAA_LOCAL}}, .step_count = 1};
    const struct config_user user = {.name = "dave", .type = 0, .stored = "other"};
    const struct config config = {
        .aaa_lists = &list, .aaa_list_count = 1, .users = &user, .user_count = 1};
    uint8_t octets[256];
    struct builder b = builder_of(octets, sizeof octets);
    int fd;
    users_put(&b, &config, NULL);
    assert_int_equal(memfd_make("users", builder_span(&b), &fd), RC_OK);
    assert_int_equal(judged("here", "dave", "other", &ms), RC_AUTH_FAILED);
    assert_true(mini_give_config(&mini, "users", fd));
    close(fd);
    bool never = false;
    mini_wait(&mini, &never, 100);
    assert_int_equal(judged("here", "dave", "other", &ms), RC_OK);
    assert_int_equal(judged("here", "alice", "secret", &ms), RC_AUTH_FAILED);
}

/* The broker's one child. */
static pid_t launcher_of(pid_t broker)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)broker, (int)broker);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%d", &pid) != 1)
        pid = 0;
    if (file)
        fclose(file);
    return pid;
}

/* THREATS X05. The worker that hangs does hold it: that shows that the search finds. */
static void a_password_is_in_the_worker_and_nowhere_else(void **state)
{
    (void)state;
    enum { LEN = 24 };
    char password[LEN + 1] = "", inverted[LEN];
    if (!has_accounts)
        skip();
    for (int i = 0; i < LEN; i++) {
        inverted[i] = (char)~(33 + (i * 41 + 7) % 90);
        password[i] = (char)~inverted[i];
    }
    login(100, "hung", "alice", password);
    pid_t launcher = launcher_of(mini.pid);
    assert_true(launcher > 0);
    bool found = false;
    for (int i = 0; i < 100 && !found; i++) {
        mini_wait(&mini, &found, 20);
        found =
            launcher_of(launcher) && services_memory_holds(launcher_of(launcher), inverted, LEN);
    }
    assert_true(found);
    assert_false(services_memory_holds(mini.pid, inverted, LEN));
    assert_false(services_memory_holds(launcher, inverted, LEN));
}

static int make_users(void)
{
    static const struct aaa_list lists[] = {
        {.name = "here", .steps = {{.method = AAA_LOCAL, .pam_service = ""}}, .step_count = 1},
        {.name = "system",
         .steps = {{.method = AAA_PAM, .pam_service = "hubward-test"}},
         .step_count = 1},
        {.name = "hung", .steps = {{.method = AAA_PAM, .pam_service = "hung"}}, .step_count = 1},
    };
    static const struct config_user rows[] = {
        {.name = "alice", .type = 0, .stored = "secret"},
        {.name = "strong", .type = 5, .stored = "$1$abcdefgh$G//4keteveJp0qb8z2DxG/"},
    };
    const struct config config = {
        .aaa_lists = lists, .aaa_list_count = 3, .users = rows, .user_count = 2};
    uint8_t octets[1024];
    struct builder b = builder_of(octets, sizeof octets);
    users_put(&b, &config, NULL);
    return !b.bad && memfd_make("users", builder_span(&b), &users_fd) == RC_OK ? 0 : -1;
}

static bool cover(const char *name, const char *path)
{
    char from[160];
    snprintf(from, sizeof from, "%s/%s", services.directory, name);
    return mount(from, path, NULL, MS_BIND, NULL) == 0;
}

/* Accounts and services of our own over those of the system, seen by this process and its children
 * only. false: nobody may mount here. */
static bool make_accounts(void)
{
    struct crypt_data data = {.initialized = 0};
    char salt[CRYPT_GENSALT_OUTPUT_SIZE], good[CRYPT_OUTPUT_SIZE], text[4096];
    const struct group *shadow = getgrnam("shadow");
    if (!shadow || !crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof salt))
        return false;
    shadow_gid = (long)shadow->gr_gid;
    snprintf(good, sizeof good, "%s", crypt_r("correct horse", salt, &data));
    const char *other = crypt_r("password", salt, &data);
    snprintf(text, sizeof text,
             "carol:%s:19000:0:99999:7:::\nlocked:!%s:19000:0:99999:7:::\n"
             "expired:%s:19000:0:99999:7::19001:\nempty::19000:0:99999:7:::\n",
             good, other, other);
    static const char names[] = "root:x:0:0::/:/bin/sh\ncarol:x:64991:64991::/:/bin/false\n"
                                "locked:x:64992:64992::/:/bin/false\n"
                                "expired:x:64993:64993::/:/bin/false\n"
                                "empty:x:64994:64994::/:/bin/false\n";
    char path[160];
    snprintf(path, sizeof path, "%s/shadow", services.directory);
    return services_file(&services, "shadow", text, 0640) &&
           chown(path, 0, (gid_t)shadow_gid) == 0 &&
           services_file(&services, "passwd", names, 0644) &&
           services_add(&services, "hubward-test", "required pam_unix.so nullok",
                        "required pam_unix.so") &&
           unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           cover("passwd", "/etc/passwd") && cover("shadow", "/etc/shadow") &&
           cover(".", "/etc/pam.d");
}

static int setup(void **state)
{
    (void)state;
    if (!services_init(&services) || make_users() != 0)
        return -1;
    has_accounts = make_accounts();
    if (!has_accounts)
        print_message("no mount namespace: only local users are tested\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    close(users_fd);
    if (has_accounts &&
        (umount("/etc/pam.d") != 0 || umount("/etc/shadow") != 0 || umount("/etc/passwd") != 0))
        return -1;
    services_remove(&services);
    return 0;
}

#define PROGRAM_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROGRAM_TEST(local_users_are_judged),
        PROGRAM_TEST(accounts_of_pam_unix_are_judged),
        PROGRAM_TEST(a_hung_module_holds_nobody_up),
        PROGRAM_TEST(a_dead_key_takes_its_logins_along),
        PROGRAM_TEST(a_dead_warden_takes_everything_along),
        PROGRAM_TEST(a_killed_broker_takes_everything_along),
        PROGRAM_TEST(users_can_be_exchanged_while_it_runs),
        PROGRAM_TEST(a_password_is_in_the_worker_and_nowhere_else),
    };
    int program = mini_program("hubward-xauth");
    if (program < 0 || getuid() != 0) {
        print_message("the program is not built, or this is not root: skipped\n");
        return 0;
    }
    close(program);
    return cmocka_run_group_tests(tests, setup, teardown);
}
