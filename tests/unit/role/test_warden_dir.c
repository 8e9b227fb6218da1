/* The record of the TUN in the run directory: it names what --down and a new start take down, so a
 * damaged one must name nothing. */
#include "role/warden_state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct warden warden;

static void record_path(char path[OPTIONS_PATH + 8])
{
    snprintf(path, OPTIONS_PATH + 8, "%s/tun", warden.options.run_dir);
}

static int set_up(void **state)
{
    char name[] = "/tmp/hubward-warden-dir-XXXXXX";
    (void)state;
    if (!mkdtemp(name))
        return -1;
    log_init(&warden.log, open("/dev/null", O_WRONLY | O_CLOEXEC));
    snprintf(warden.options.run_dir, sizeof warden.options.run_dir, "%s", name);
    return 0;
}

static int tear_down(void **state)
{
    char path[OPTIONS_PATH + 8];
    (void)state;
    record_path(path);
    unlink(path);
    return rmdir(warden.options.run_dir);
}

static void write_record(const char *text)
{
    char path[OPTIONS_PATH + 8];
    record_path(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void what_was_recorded_is_found(void **state)
{
    (void)state;
    char tun[IFNAMSIZ];
    uint32_t instance = 99;
    for (uint32_t i = 0; i < NETDEV_TUNS; i++) {
        snprintf(warden.plan.tun, sizeof warden.plan.tun, "fifteen_octet%u", i);
        warden.plan.instance = i;
        assert_int_equal(warden_dir_record(&warden), RC_OK);
        assert_int_equal(warden_dir_recorded(&warden, tun, &instance), RC_OK);
        assert_string_equal(tun, warden.plan.tun);
        assert_int_equal(instance, i);
    }
}

static void without_a_record_nothing_is_found(void **state)
{
    (void)state;
    char tun[IFNAMSIZ], path[OPTIONS_PATH + 8];
    uint32_t instance;
    record_path(path);
    unlink(path);
    assert_int_equal(warden_dir_recorded(&warden, tun, &instance), RC_NOT_FOUND);
}

static void a_damaged_record_names_nothing(void **state)
{
    static const char *const damaged[] = {
        "", "\n", " \n", " 1\n", "hub\n", "hub \n", "hub 1", "hub 1x\n", "hub x\n", "hub 16\n",
        "hub -1\n", "hub +1\n", "hub  1\n", "hub 1 \n",
        /* these are 1 to who reads 32 bits */
        "hub 4294967297\n", "hub -4294967295\n", "hub 18446744073709551617\n",
        "sixteen_octets_x 1\n", "a_name_that_is_longer_than_the_room_for_it 1\n"};
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        char tun[IFNAMSIZ] = "untouched";
        uint32_t instance = 7;
        write_record(damaged[i]);
        assert_int_equal(warden_dir_recorded(&warden, tun, &instance), RC_NOT_FOUND);
        assert_string_equal(tun, "untouched");
        assert_int_equal(instance, 7);
    }
}

static struct stat look_at(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st;
}

static void a_folder_with_files_of_others_is_not_given_to_the_store(void **state)
{
    const struct spawn_user owner = {.uid = 64604, .gid = 64604, .extra_gid = SPAWN_NO_GROUP};
    char dir[] = "/tmp/hubward-state-XXXXXX", path[64];
    (void)state;
    int fd = -1;
    if (geteuid() != 0)
        skip();
    assert_non_null(mkdtemp(dir));
    snprintf(warden.options.state_dir, sizeof warden.options.state_dir, "%s", dir);
    snprintf(path, sizeof path, "%s/passwd", dir);
    assert_int_equal(chmod(dir, 0755), 0);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    assert_int_equal(warden_dir_state(&warden, &owner, &fd), RC_DENIED);
    assert_int_equal(look_at(dir).st_uid, 0);
    assert_int_equal(look_at(dir).st_mode & 07777, 0755);
    assert_int_equal(unlink(path), 0);
    /* An empty one is taken, and with the store's files in it the store's own again. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(warden_dir_state(&warden, &owner, &fd), RC_OK);
        close(fd);
        assert_int_equal(look_at(dir).st_uid, 64604);
        assert_int_equal(look_at(dir).st_mode & 07777, 0700);
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    }
    unlink(path);
    rmdir(dir);
}

static void a_run_directory_where_others_may_write_is_refused(void **state)
{
    (void)state;
    char path[OPTIONS_PATH + 8];
    const char *dir = warden.options.run_dir;
    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(warden_dir_open(&warden), RC_DENIED);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chown(dir, 64604, 0), 0);
    assert_int_equal(warden_dir_open(&warden), RC_DENIED);
    assert_int_equal(chown(dir, 0, 0), 0);
    assert_int_equal(warden_dir_open(&warden), RC_OK);
    close(warden.lock_fd);
    snprintf(path, sizeof path, "%s/lock", dir);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_recorded_is_found),
        cmocka_unit_test(without_a_record_nothing_is_found),
        cmocka_unit_test(a_folder_with_files_of_others_is_not_given_to_the_store),
        cmocka_unit_test(a_run_directory_where_others_may_write_is_refused),
        cmocka_unit_test(a_damaged_record_names_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
