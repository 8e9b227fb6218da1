/* Children that do not behave: their programs are this test itself, under names that tell what they
 * do once the warden has started them. Needs root. */
#include "role/warden_state.h"

#include "host/status_rows.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CHANNEL = 3, LIMIT_MS = 10000 };

/* -- the children ------------------------------------------------------------------------ */

static _Noreturn void silent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (;;)
        pause();
}

static _Noreturn void willing(void)
{
    static const uint8_t ready[MESSAGE_HEADER] = {MSG_READY >> 8, MSG_READY & 0xff};
    if (send(CHANNEL, ready, sizeof ready, 0) != sizeof ready)
        _exit(1);
    silent();
}

static void say(enum message_kind kind, const struct builder *b)
{
    size_t len = b ? builder_len(b) : 0;
    uint8_t message[MESSAGE_HEADER + 512] = {(uint8_t)(kind >> 8), (uint8_t)kind,
                                             (uint8_t)(len >> 8), (uint8_t)len};
    if (b)
        memcpy(message + MESSAGE_HEADER, builder_span(b).at, len);
    if (send(CHANNEL, message, MESSAGE_HEADER + len, 0) < 0)
        _exit(1);
}

/* Logs every state of a process that it is told. */
static _Noreturn void telling(void)
{
    uint8_t message[MESSAGE_MAX], octets[512];
    ssize_t len;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    fcntl(CHANNEL, F_SETFL, 0); /* it may wait */
    say(MSG_READY, NULL);
    while ((len = recv(CHANNEL, message, sizeof message, 0)) >= MESSAGE_HEADER) {
        struct cursor c = {.at = message + MESSAGE_HEADER, .end = message + len};
        struct builder b = builder_of(octets, sizeof octets);
        struct status_process row;
        char line[128];
        if ((message[0] << 8 | message[1]) != MSG_PROCESS)
            continue;
        status_process_get(&c, &row);
        snprintf(line, sizeof line, "told: %s %s, %u restarts, %s", role_name(row.role),
                 !row.pid    ? "gone"
                 : row.ready ? "ready"
                             : "begins",
                 row.restarts, row.rss_kb ? "has memory" : "has none");
        child_line_put(&b, LEVEL_NOTICE, cursor_done(&c) ? line : "told: rubbish");
        say(MSG_LOG, &b);
    }
    silent();
}

/* -- children that are not what they should be: one says what its role may not -------------- */

static _Noreturn void ask_for_a_route(void)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    struct child_route route = {.add = true, .net = {.addr = addr_v4(0x0a020000), .len = 16}};
    child_route_put(&b, &route);
    say(MSG_READY, NULL);
    say(MSG_ROUTE, &b);
    silent();
}

static _Noreturn void ask_for_an_unknown_tun(void)
{
    uint8_t octets[64];
    struct builder b = builder_of(octets, sizeof octets);
    struct child_route route = {
        .add = true, .tun = 7, .net = {.addr = addr_v4(0x0a020000), .len = 16}};
    child_route_put(&b, &route);
    say(MSG_READY, NULL);
    say(MSG_ROUTE, &b);
    silent();
}

static _Noreturn void give_orders(void)
{
    say(MSG_READY, NULL);
    say(MSG_STOP, NULL);
    silent();
}

static _Noreturn void say_more_than_it_should(void)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    builder_u32(&b, 1);
    say(MSG_READY, &b);
    silent();
}

static _Noreturn void send_a_descriptor(void)
{
    uint8_t message[MESSAGE_HEADER] = {MSG_READY >> 8, MSG_READY & 0xff};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {message, sizeof message};
    struct msghdr header = {.msg_iov = &iov,
                            .msg_iovlen = 1,
                            .msg_control = control.room,
                            .msg_controllen = sizeof control.room};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &(int){STDIN_FILENO}, sizeof(int));
    if (sendmsg(CHANNEL, &header, 0) < 0)
        _exit(1);
    silent();
}

static _Noreturn void invent_a_kind(void)
{
    say((enum message_kind)(MESSAGE_COUNT + 5), NULL);
    silent();
}

static _Noreturn void babble(void)
{
    if (send(CHANNEL, "x", 1, 0) < 0)
        _exit(1);
    silent();
}

/* Key's word about another. */
static _Noreturn void complain_of_web(void)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    child_peer_put(&b, ROLE_WEB);
    say(MSG_READY, NULL);
    usleep(300000); /* web shall be ready */
    say(MSG_BREACH, &b);
    silent();
}

struct hostile {
    const char *name;
    void (*act)(void);
    enum role role;
    const char *told;
};

static const struct hostile hostile[] = {
    {"ask_for_a_route", ask_for_a_route, ROLE_PATH, "MSG_ROUTE"},
    {"ask_for_an_unknown_tun", ask_for_an_unknown_tun, ROLE_KEY, "MSG_ROUTE"},
    {"give_orders", give_orders, ROLE_XAUTH, "MSG_STOP"},
    {"say_more", say_more_than_it_should, ROLE_STORE, "MSG_READY"},
    {"send_a_descriptor", send_a_descriptor, ROLE_WEB, "MSG_READY"},
    {"invent_a_kind", invent_a_kind, ROLE_WEB, "unknown"},
    {"babble", babble, ROLE_PATH, "MSG_NONE"},
};

/* -- the warden -------------------------------------------------------------------------- */

struct scene {
    struct warden warden;
    uv_signal_t ended;
    uv_timer_t tick;
    char folder[32];
    char text[8192]; /* the log so far */
    int log_fd;
};

static const struct warden_role silent_key[] = {
    {.role = ROLE_KEY, .program = "silent", .user = "no-such-user"}};
static const struct warden_role willing_two[] = {
    {.role = ROLE_WEB, .program = "willing", .user = "no-such-user"},
    {.role = ROLE_KEY, .program = "willing", .user = "no-such-user"}};

static const struct warden_role telling_key[] = {
    {.role = ROLE_WEB, .program = "willing", .user = "no-such-user"},
    {.role = ROLE_KEY, .program = "telling", .user = "no-such-user"}};

static void on_ended(uv_signal_t *handle, int number)
{
    (void)number;
    warden_children_reap(handle->data);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer; /* only so that a turn of the loop ends */
}

static void link_program(struct scene *scene, const char *name)
{
    char path[64], self[256] = {0};
    snprintf(path, sizeof path, "%s/%s", scene->folder, name);
    assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    assert_int_equal(symlink(self, path), 0);
}

static void begin(struct scene *scene, const struct warden_program *program)
{
    struct warden *warden = &scene->warden;
    *scene = (struct scene){.folder = "/tmp/hubward-child-XXXXXX"};
    assert_non_null(mkdtemp(scene->folder));
    link_program(scene, "silent");
    link_program(scene, "willing");
    link_program(scene, "telling");
    link_program(scene, "complain_of_web");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        link_program(scene, hostile[i].name);
    scene->log_fd = open(scene->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(scene->log_fd >= 0);
    log_init(&warden->log, scene->log_fd);
    warden->program = program;
    warden->ready_limit_ms = 150;
    memcpy(warden->options.libexec, scene->folder, sizeof scene->folder);
    assert_int_equal(uv_loop_init(&warden->loop), 0);
    uv_signal_init(&warden->loop, &scene->ended);
    uv_timer_init(&warden->loop, &scene->tick);
    uv_timer_init(&warden->loop, &warden->stop_limit);
    scene->ended.data = warden;
    assert_int_equal(uv_signal_start(&scene->ended, on_ended, SIGCHLD), 0);
    assert_int_equal(uv_timer_start(&scene->tick, on_tick, 10, 10), 0);
    assert_int_equal(warden_children_init(warden), RC_OK);
}

static size_t times(struct scene *scene, const char *words)
{
    size_t count = 0;
    ssize_t n = pread(scene->log_fd, scene->text, sizeof scene->text - 1, 0);
    scene->text[n > 0 ? n : 0] = '\0';
    for (const char *at = scene->text; (at = strstr(at, words)); at++)
        count++;
    return count;
}

static void run_until(struct scene *scene, const char *words, size_t count)
{
    uint64_t end_ms = uv_now(&scene->warden.loop) + LIMIT_MS;
    while (times(scene, words) < count && uv_now(&scene->warden.loop) < end_ms)
        uv_run(&scene->warden.loop, UV_RUN_ONCE);
}

static void run_for(struct scene *scene, uint64_t ms)
{
    uint64_t end_ms = uv_now(&scene->warden.loop) + ms;
    while (uv_now(&scene->warden.loop) < end_ms)
        uv_run(&scene->warden.loop, UV_RUN_ONCE);
}

static void end(struct scene *scene)
{
    char command[64];
    struct warden *warden = &scene->warden;
    warden->phase = WARDEN_STOPPING_REST;
    warden_children_kill(warden);
    while (!warden_children_gone(warden))
        uv_run(&warden->loop, UV_RUN_ONCE);
    warden_children_wipe(warden);
    uv_close((uv_handle_t *)&scene->ended, NULL);
    uv_close((uv_handle_t *)&scene->tick, NULL);
    uv_close((uv_handle_t *)&warden->stop_limit, NULL);
    while (uv_run(&warden->loop, UV_RUN_NOWAIT))
        ;
    assert_int_equal(uv_loop_close(&warden->loop), 0);
    close(scene->log_fd);
    snprintf(command, sizeof command, "rm -r %s", scene->folder);
    assert_int_equal(system(command), 0);
}

static void a_child_that_never_becomes_ready_is_killed_and_started_again(void **state)
{
    static const struct warden_program program = {
        .name = "test", .roles = silent_key, .role_count = 1};
    (void)state;
    static struct scene scene;
    if (geteuid() != 0)
        skip();
    begin(&scene, &program);
    warden_children_start(&scene.warden);
    run_until(&scene, "key is started again in 200 ms", 1);
    assert_int_equal(times(&scene, "key does not become ready and is killed"), 2);
    assert_int_equal(times(&scene, "key was killed by signal 9"), 2);
    assert_int_equal(times(&scene, "key is started again in 100 ms"), 1);
    assert_int_equal(times(&scene, "key is started again in 200 ms"), 1);
    end(&scene);
}

static void a_child_that_is_ready_is_left_alone(void **state)
{
    static const struct warden_program program = {
        .name = "test", .roles = willing_two, .role_count = 2};
    (void)state;
    static struct scene scene;
    if (geteuid() != 0)
        skip();
    begin(&scene, &program);
    scene.warden.ready_limit_ms = 2000;
    warden_children_start(&scene.warden);
    run_until(&scene, " is ready", 2);
    run_for(&scene, 2300);
    assert_int_equal(times(&scene, " is ready"), 2);
    assert_int_equal(times(&scene, " killed"), 0);
    end(&scene);
}

/* Both die at once, and key's restart comes before the other's death is known: timers run ahead of
 * descriptors in a turn of the loop. */
static void a_start_does_not_fail_because_the_other_end_has_died(void **state)
{
    static const struct warden_program program = {
        .name = "test", .roles = willing_two, .role_count = 2};
    (void)state;
    static struct scene scene;
    siginfo_t dead;
    if (geteuid() != 0)
        skip();
    begin(&scene, &program);
    scene.warden.ready_limit_ms = LIMIT_MS;
    warden_children_start(&scene.warden);
    run_until(&scene, " is ready", 2);
    struct warden_child *web = warden_child_of(&scene.warden, ROLE_WEB);
    struct warden_child *key = warden_child_of(&scene.warden, ROLE_KEY);
    assert_int_equal(kill(key->pid, SIGKILL), 0);
    run_until(&scene, "key is started again", 1);
    usleep(150000);
    assert_int_equal(kill(web->pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)web->pid, &dead, WEXITED | WNOWAIT), 0);
    run_until(&scene, "web is ready", 2);
    run_until(&scene, "key is ready", 2);
    assert_int_equal(times(&scene, "key is ready"), 2);
    assert_int_equal(times(&scene, "web is ready"), 2);
    assert_int_equal(times(&scene, "could not be started"), 0);
    end(&scene);
}

static void a_child_that_asks_for_what_it_may_not_is_killed_and_started_afresh(void **state)
{
    static struct scene scene;
    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        const struct warden_role role = {
            .role = hostile[i].role, .program = hostile[i].name, .user = "no-such-user"};
        const struct warden_program program = {.name = "test", .roles = &role, .role_count = 1};
        char line[128];
        begin(&scene, &program);
        scene.warden.ready_limit_ms = LIMIT_MS;
        warden_children_start(&scene.warden);
        snprintf(line, sizeof line, "%s broke the rules of its channel and is killed: %s sent %s",
                 role_name(role.role), role_name(role.role), hostile[i].told);
        run_until(&scene, line, 2);
        if (times(&scene, line) < 2)
            fail_msg("%s: %s", hostile[i].name, scene.text);
        assert_true(times(&scene, "was killed by signal 9") >= 1);
        assert_int_equal(scene.warden.net_count, 0);
        end(&scene);
    }
}

static void a_child_that_key_complains_of_is_killed(void **state)
{
    static const struct warden_role roles[] = {
        {.role = ROLE_WEB, .program = "willing", .user = "no-such-user"},
        {.role = ROLE_KEY, .program = "complain_of_web", .user = "no-such-user"}};
    static const struct warden_program program = {.name = "test", .roles = roles, .role_count = 2};
    static struct scene scene;
    (void)state;
    if (geteuid() != 0)
        skip();
    begin(&scene, &program);
    scene.warden.ready_limit_ms = LIMIT_MS;
    warden_children_start(&scene.warden);
    run_until(&scene, "web is ready", 2);
    assert_int_equal(times(&scene, "web broke the rules of its channel to key and is killed"), 1);
    assert_int_equal(times(&scene, "key was killed"), 0);
    end(&scene);
}

static void key_is_told_how_every_process_is(void **state)
{
    static const struct warden_program program = {
        .name = "test", .roles = telling_key, .role_count = 2};
    (void)state;
    static struct scene scene;
    if (geteuid() != 0)
        skip();
    begin(&scene, &program);
    scene.warden.ready_limit_ms = LIMIT_MS;
    warden_children_start(&scene.warden);
    run_until(&scene, "told: web ready, 0 restarts, has memory", 1);
    run_until(&scene, "told: key ready, 0 restarts, has memory", 1);
    assert_true(times(&scene, "told: warden") > 0);
    kill(warden_child_of(&scene.warden, ROLE_WEB)->pid, SIGKILL);
    run_until(&scene, "told: web ready, 1 restarts, has memory", 1);
    assert_int_equal(times(&scene, "told: web gone, 0 restarts, has none"), 1);
    assert_true(times(&scene, "told: web begins, 1 restarts") > 0);
    /* A key that begins anew hears it all again. */
    kill(warden_child_of(&scene.warden, ROLE_KEY)->pid, SIGKILL);
    run_until(&scene, "told: key ready, 1 restarts, has memory", 1);
    assert_int_equal(times(&scene, "told: web ready, 1 restarts, has memory"), 2);
    assert_int_equal(times(&scene, "rubbish"), 0);
    end(&scene);
}

/* Comes back when it is not the name of a child. */
static void become(const char *name)
{
    static const struct {
        const char *name;
        void (*act)(void);
    } good[] = {{"silent", silent},
                {"willing", willing},
                {"telling", telling},
                {"complain_of_web", complain_of_web}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strcmp(name, good[i].name) == 0)
            good[i].act();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        if (strcmp(name, hostile[i].name) == 0)
            hostile[i].act();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_never_becomes_ready_is_killed_and_started_again),
        cmocka_unit_test(a_child_that_is_ready_is_left_alone),
        cmocka_unit_test(a_start_does_not_fail_because_the_other_end_has_died),
        cmocka_unit_test(a_child_that_asks_for_what_it_may_not_is_killed_and_started_afresh),
        cmocka_unit_test(a_child_that_key_complains_of_is_killed),
        cmocka_unit_test(key_is_told_how_every_process_is),
    };
    if (argc > 0)
        become(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
