/* Sealed memory between processes. */
#include "host/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct span text_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

static void what_is_put_in_comes_out_any_number_of_times(void **state)
{
    (void)state;
    int fd;
    struct span got;
    assert_int_equal(memfd_make("t", text_of("hostname Hub\n"), &fd), RC_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(memfd_read(fd, &got), RC_OK);
        assert_true(span_equal(got, text_of("hostname Hub\n")));
        assert_int_equal(got.at[got.len], 0);
        memfd_free(got);
    }
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

static void nothing_is_a_text_too(void **state)
{
    (void)state;
    int fd;
    struct span got;
    assert_int_equal(memfd_make("t", (struct span){NULL, 0}, &fd), RC_OK);
    assert_int_equal(memfd_read(fd, &got), RC_OK);
    assert_int_equal(got.len, 0);
    memfd_free(got);
    memfd_free((struct span){NULL, 0});
    close(fd);
}

static void nobody_can_change_it_any_more(void **state)
{
    (void)state;
    int fd;
    assert_int_equal(memfd_make("t", text_of("abc"), &fd), RC_OK);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, 1), -1);
    assert_int_equal(ftruncate(fd, 100), -1);
    assert_ptr_equal(mmap(NULL, 3, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    close(fd);
}

static void what_is_not_sealed_is_not_read(void **state)
{
    (void)state;
    static const int missing[] = {F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE};
    const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct span got;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        int fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        assert_int_equal(fcntl(fd, F_ADD_SEALS, all & ~missing[i]), 0);
        assert_int_equal(memfd_read(fd, &got), RC_DENIED);
        close(fd);
    }
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(memfd_read(null, &got), RC_DENIED);
    close(null);
    assert_int_equal(memfd_read(-1, &got), RC_DENIED);
}

static void more_than_the_bound_is_neither_made_nor_read(void **state)
{
    (void)state;
    int fd;
    struct span got;
    assert_int_equal(memfd_make("t", (struct span){(const uint8_t *)"", MEMFD_MAX + 1}, &fd),
                     RC_FULL);
    fd = memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(ftruncate(fd, MEMFD_MAX + 1), 0);
    assert_int_equal(
        fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
    assert_int_equal(memfd_read(fd, &got), RC_FULL);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_in_comes_out_any_number_of_times),
        cmocka_unit_test(nothing_is_a_text_too),
        cmocka_unit_test(nobody_can_change_it_any_more),
        cmocka_unit_test(what_is_not_sealed_is_not_read),
        cmocka_unit_test(more_than_the_bound_is_neither_made_nor_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
