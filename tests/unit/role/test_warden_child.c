/* Children that do not behave: their programs are this test itself, under names that tell what they
 * do once the warden has started them. Needs root. */
#include "role/warden_state.h"

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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_that_never_becomes_ready_is_killed_and_started_again),
        cmocka_unit_test(a_child_that_is_ready_is_left_alone),
        cmocka_unit_test(a_start_does_not_fail_because_the_other_end_has_died),
    };
    if (argc > 0 && strcmp(argv[0], "silent") == 0)
        silent();
    if (argc > 0 && strcmp(argv[0], "willing") == 0)
        willing();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
