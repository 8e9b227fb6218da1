/* A PAM module for the tests of logins, which does what its first argument says: hang, crash, slow
 * (two seconds, then yes), twice (asks for the password two times), code CODE… (asks for each of
 * these codes), give ITEM=VALUE… (says this of the user), probe FILE (writes down what it is and
 * what it could reach, then refuses). As an account module it answers what its argument
 * names: expired, denied, stale. */
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int hang(pam_handle_t *handle, const char *argument)
{
    (void)handle;
    (void)argument;
    while (sleep(600) < 600)
        ;
    return PAM_SUCCESS;
}

static int crash(pam_handle_t *handle, const char *argument)
{
    (void)handle;
    (void)argument;
    raise(SIGSEGV);
    return PAM_SUCCESS;
}

static int slow(pam_handle_t *handle, const char *argument)
{
    (void)handle;
    (void)argument;
    sleep(2);
    return PAM_SUCCESS;
}

/* Both answers must be the argument. */
static int twice(pam_handle_t *handle, const char *argument)
{
    int code = PAM_SUCCESS;
    for (int i = 0; i < 2 && code == PAM_SUCCESS; i++) {
        char *answer = NULL;
        code = pam_prompt(handle, PAM_PROMPT_ECHO_OFF, &answer, "Password %d: ", i + 1);
        if (code == PAM_SUCCESS && strcmp(answer, argument) != 0)
            code = PAM_AUTH_ERR;
        free(answer);
    }
    return code;
}

/* One prompt for each argument, which must be the answer. */
static int code(pam_handle_t *handle, int argc, const char **argv)
{
    int result = PAM_SUCCESS;
    for (int i = 0; i < argc && result == PAM_SUCCESS; i++) {
        char *answer = NULL;
        result = pam_prompt(handle, i % 2 ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, &answer,
                            "Verification code\t%d: ", i + 1);
        if (result == PAM_SUCCESS && strcmp(answer, argv[i]) != 0)
            result = PAM_AUTH_ERR;
        free(answer);
    }
    return result;
}

/* What it says of the user; an item without a value is one of 1,000 letters. */
static int give(pam_handle_t *handle, int argc, const char **argv)
{
    int result = PAM_SUCCESS;
    for (int i = 0; i < argc && result == PAM_SUCCESS; i++) {
        char item[1100];
        snprintf(item, sizeof item, "%s%0*d", argv[i], strchr(argv[i], '=')[1] ? 0 : 1000, 0);
        if (strchr(argv[i], '=')[1])
            item[strlen(argv[i])] = '\0';
        result = pam_putenv(handle, item);
    }
    return result;
}

static void copy_status(FILE *out)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "Uid", 3) == 0 ||
            strncmp(line, "NoNewPrivs", 10) == 0)
            fputs(line, out);
    if (status)
        fclose(status);
}

static void list_descriptors(FILE *out)
{
    char path[64], target[128];
    for (int fd = 0; fd < 64; fd++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t n = fcntl(fd, F_GETFD) < 0 || fd == fileno(out)
                        ? -1
                        : readlink(path, target, sizeof target - 1);
        if (n > 0)
            fprintf(out, "fd %d %.*s\n", fd, (int)n, target);
    }
}

static const char *outcome(int result)
{
    return result < 0 ? strerror(errno) : "done";
}

static int make(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int probe(pam_handle_t *handle, const char *argument)
{
    FILE *out = fopen(argument, "we");
    (void)handle;
    if (!out)
        return PAM_SYSTEM_ERR;
    copy_status(out);
    list_descriptors(out);
    fprintf(out, "write /etc/passwd: %s\n", outcome(open("/etc/passwd", O_WRONLY | O_CLOEXEC)));
    fprintf(out, "make /etc/probe: %s\n", outcome(make("/etc/probe")));
    fprintf(out, "make /tmp/probe: %s\n", outcome(make("/tmp/hubward-probe")));
    fprintf(out, "chmod /etc/shadow: %s\n", outcome(chmod("/etc/shadow", 0644)));
    fprintf(out, "signal the parent: %s\n", outcome(kill(getppid(), 0)));
    fprintf(out, "signal 1: %s\n", outcome(kill(1, 0)));
    fclose(out);
    return PAM_AUTH_ERR;
}

static const struct {
    const char *name;
    int (*act)(pam_handle_t *handle, const char *argument);
} acts[] = {
    {"hang", hang}, {"crash", crash}, {"slow", slow}, {"twice", twice}, {"probe", probe},
};

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv)
{
    (void)flags;
    if (argc > 1 && strcmp(argv[0], "code") == 0)
        return code(handle, argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[0], "give") == 0)
        return give(handle, argc - 1, argv + 1);
    for (size_t i = 0; argc > 0 && i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, argv[0]) == 0)
            return acts[i].act(handle, argc > 1 ? argv[1] : "");
    return PAM_SERVICE_ERR;
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv)
{
    (void)handle;
    (void)flags;
    (void)argc;
    (void)argv;
    return PAM_SUCCESS;
}

int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv)
{
    static const struct {
        const char *name;
        int code;
    } answers[] = {{"expired", PAM_ACCT_EXPIRED},
                   {"denied", PAM_PERM_DENIED},
                   {"stale", PAM_NEW_AUTHTOK_REQD}};
    (void)handle;
    (void)flags;
    for (size_t i = 0; argc > 0 && i < sizeof answers / sizeof *answers; i++)
        if (strcmp(answers[i].name, argv[0]) == 0)
            return answers[i].code;
    return PAM_SERVICE_ERR;
}
