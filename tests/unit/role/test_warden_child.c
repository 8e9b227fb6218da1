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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_never_becomes_ready_is_killed_and_started_again),
        cmocka_unit_test(a_child_that_is_ready_is_left_alone),
        cmocka_unit_test(a_start_does_not_fail_because_the_other_end_has_died),
        cmocka_unit_test(key_is_told_how_every_process_is),
    };
    if (argc > 0 && strcmp(argv[0], "silent") == 0)
        silent();
    if (argc > 0 && strcmp(argv[0], "willing") == 0)
        willing();
    if (argc > 0 && strcmp(argv[0], "telling") == 0)
        telling();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
