/* What the tests of logins share: a directory of PAM service files and scripts, the program as its
 * own worker, and a look at which processes are there. */
#ifndef HUBWARD_TESTS_SERVICES_H
#define HUBWARD_TESTS_SERVICES_H

#include "xauth/worker.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SERVICES_MATRIX "/usr/lib/x86_64-linux-gnu/pam_wrapper/pam_matrix.so"
#define SERVICES_CHATTY "/usr/lib/x86_64-linux-gnu/pam_wrapper/pam_chatty.so"
#define SERVICES_WORKER "--worker="

struct services {
    char directory[64];
    char worker_argument[96]; /* for launcher_start */
};

static inline bool services_file(const struct services *services, const char *name,
                                 const char *text, mode_t mode)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", services->directory, name);
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    bool good = fputs(text, file) >= 0;
    return fclose(file) == 0 && good && chmod(path, mode) == 0;
}

/* The PAM module of our own, which is built beside the tests. */
static inline void services_own_module(char *out, size_t size)
{
    char self[192];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    snprintf(out, size, "%s/pam_hubward_test.so", self);
}

/* A service of two lines, where $D stands for the directory and $M for our own module. */
static inline bool services_add(const struct services *services, const char *name, const char *auth,
                                const char *account)
{
    char text[1024];
    int n =
        snprintf(text, sizeof text, "auth %s\n%s%s\n", auth, *account ? "account " : "", account);
    if (n < 0 || (size_t)n >= sizeof text)
        return false;
    char out[2048] = "", module[256];
    const char *from = text, *mark;
    services_own_module(module, sizeof module);
    while ((mark = strchr(from, '$'))) {
        strncat(out, from, (size_t)(mark - from));
        strcat(out, mark[1] == 'M' ? module : services->directory);
        from = mark + 2;
    }
    strcat(out, from);
    return services_file(services, name, out, 0644);
}

static inline bool services_fill(const struct services *services)
{
    static const struct {
        const char *name, *auth, *account;
    } rows[] = {
        {"matrix", "required " SERVICES_MATRIX " passdb=$D/passdb",
         "required " SERVICES_MATRIX " passdb=$D/passdb"},
        {"twice",
         "required " SERVICES_MATRIX " passdb=$D/passdb\n"
         "auth required " SERVICES_MATRIX " passdb=$D/passdb",
         "required pam_permit.so"},
        {"endless",
         "required " SERVICES_MATRIX " passdb=$D/passdb\n"
         "auth required " SERVICES_MATRIX " passdb=$D/passdb\n"
         "auth required " SERVICES_MATRIX " passdb=$D/passdb\n"
         "auth required " SERVICES_MATRIX " passdb=$D/passdb\n"
         "auth required " SERVICES_MATRIX " passdb=$D/passdb",
         "required pam_permit.so"},
        {"echo", "required " SERVICES_MATRIX " passdb=$D/passdb echo", "required pam_permit.so"},
        {"chatty", "required " SERVICES_CHATTY " info error num_lines=5", "required pam_permit.so"},
        {"otp", "required " SERVICES_MATRIX " passdb=$D/passdb\nauth required $M code 314159",
         "required pam_permit.so"},
        {"otp-first", "required $M code 314159\nauth required " SERVICES_MATRIX " passdb=$D/passdb",
         "required pam_permit.so"},
        {"otp-endless", "required $M code 1 2 3 4 5 6", "required pam_permit.so"},
        {"permit", "required pam_permit.so", "required pam_permit.so"},
        {"gives",
         "required pam_permit.so\nauth required $M give HUBWARD_GROUP=sales HUBWARD_POOL=p "
         "HUBWARD_ADDRESS=10.5.5.9",
         "required pam_permit.so"},
        {"gives-no-address", "required pam_permit.so\nauth required $M give HUBWARD_ADDRESS=x",
         "required pam_permit.so"},
        {"gives-too-much",
         "required pam_permit.so\nauth required $M give HUBWARD_POOL=", "required pam_permit.so"},
        {"gives-and-denies", "required $M give HUBWARD_POOL=p\nauth required pam_deny.so",
         "required pam_permit.so"},
        {"deny", "required pam_deny.so", "required pam_permit.so"},
        {"expired", "required pam_permit.so", "required pam_debug.so acct=acct_expired"},
        {"stale", "required pam_permit.so", "required pam_debug.so acct=new_authtok_reqd"},
        {"unknown", "required pam_debug.so auth=user_unknown", "required pam_permit.so"},
        {"ghost", "required pam_permit.so", "required pam_debug.so acct=user_unknown"},
        {"barred", "required pam_permit.so", "required pam_debug.so acct=perm_denied"},
        {"no-opinion", "required pam_debug.so auth=perm_denied", "required pam_permit.so"},
        {"maxtries", "required pam_debug.so auth=maxtries", "required pam_permit.so"},
        {"unavailable", "required pam_debug.so auth=authinfo_unavail", "required pam_permit.so"},
        {"slow-deny", "optional pam_faildelay.so delay=5000000\nauth required pam_deny.so",
         "required pam_permit.so"},
        {"no-module", "required pam_there_is_none.so", "required pam_permit.so"},
        {"hung", "required pam_exec.so quiet $D/hang.sh", "required pam_permit.so"},
        {"crash", "required pam_exec.so quiet $D/crash.sh", "required pam_permit.so"},
        {"left-over", "required pam_exec.so quiet $D/leave.sh", "required pam_permit.so"},
        {"bomb", "required pam_exec.so quiet $D/bomb.sh", "required pam_permit.so"},
        {"writes", "required pam_exec.so quiet $D/write.sh", "required pam_permit.so"},
        {"prints", "required pam_exec.so quiet $D/print.sh", "required pam_permit.so"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!services_add(services, rows[i].name, rows[i].auth, rows[i].account))
            return false;
    char leave[256], bomb[256], write[256];
    snprintf(leave, sizeof leave, "#!/bin/sh\nsetsid /bin/sh %s/hang.sh &\nexit 0\n",
             services->directory);
    snprintf(bomb, sizeof bomb,
             "#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8; do setsid /bin/sh %s/leave.sh & done\n"
             "exec /bin/sh %s/hang.sh\n",
             services->directory, services->directory);
    snprintf(write, sizeof write, "#!/bin/sh\necho text > %s/written\n", services->directory);
    return services_file(services, "passdb",
                         "alice:secret:matrix\nbob:hunter2:other\nalice:secret:twice\n", 0644) &&
           services_file(services, "hang.sh", "#!/bin/sh\nwhile :; do sleep 1; done\n", 0755) &&
           services_file(services, "crash.sh", "#!/bin/sh\nkill -SEGV $PPID\nsleep 1\n", 0755) &&
           services_file(services, "leave.sh", leave, 0755) &&
           services_file(services, "bomb.sh", bomb, 0755) &&
           services_file(services, "write.sh", write, 0755) &&
           services_file(services, "print.sh", "#!/bin/sh\nhead -c 1000000000 /dev/zero\nexit 0\n",
                         0755);
}

static inline bool services_init(struct services *services)
{
    strcpy(services->directory, "/tmp/hubward-xauth-XXXXXX");
    if (!mkdtemp(services->directory) || chmod(services->directory, 0755) != 0)
        return false;
    snprintf(services->worker_argument, sizeof services->worker_argument, SERVICES_WORKER "%s",
             services->directory);
    return services_fill(services);
}

static inline void services_remove(const struct services *services)
{
    DIR *directory = opendir(services->directory);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    rmdir(services->directory);
}

/* Kill the one child of a launcher. */
static inline void services_kill_worker(pid_t launcher)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)launcher, (int)launcher);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%d", &pid) == 1)
        kill(pid, SIGKILL);
    if (file)
        fclose(file);
}

/* The first line of a test's main: the launcher executes this program as the worker. */
static inline void services_be_worker(int argc, char **argv)
{
    if (argc == 2 && strncmp(argv[1], SERVICES_WORKER, strlen(SERVICES_WORKER)) == 0)
        worker_run(WORKER_FD,
                   &(struct worker_rules){.pam_confdir = argv[1] + strlen(SERVICES_WORKER)});
}

static inline bool services_has_modules(void)
{
    return access(SERVICES_MATRIX, R_OK) == 0 && access(SERVICES_CHATTY, R_OK) == 0;
}

/* Does the command line of this process hold the text? */
static inline bool services_command_holds(const char *pid, const char *text)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%.16s/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < n; i++)
        if (!line[i])
            line[i] = ' ';
    line[n > 0 ? n : 0] = '\0';
    return strstr(line, text) != NULL;
}

/* Processes whose command line holds this text. */
static inline size_t services_count(const char *text)
{
    size_t count = 0;
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            services_command_holds(entry->d_name, text))
            count++;
    if (directory)
        closedir(directory);
    return count;
}

/* Processes, workers and scripts alike, that were started from this directory. */
static inline size_t services_processes(const struct services *services)
{
    return services_count(services->directory);
}

static inline void services_sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Wait until so many processes, or at least so many, are there; false after 20 s. */
static inline bool services_wait(const struct services *services, size_t least, size_t most)
{
    for (int i = 0; i < 1000; i++) {
        size_t count = services_processes(services);
        if (count >= least && count <= most)
            return true;
        services_sleep_ms(20);
    }
    return false;
}

/* Does a part of a process's memory, read in pieces, hold the octets? */
static inline bool services_piece_holds(const unsigned char *piece, size_t n,
                                        const unsigned char *inverted, size_t len)
{
    for (size_t i = 0; i + len <= n; i++) {
        size_t same = 0;
        while (same < len && piece[i + same] + inverted[same] == 0xff)
            same++;
        if (same == len)
            return true;
    }
    return false;
}

/* Is this text anywhere in the writable memory of the process? It is given with every octet
 * inverted, so that whoever looks is not what is found. */
static inline bool services_memory_holds(pid_t pid, const void *inverted, size_t len)
{
    enum { PIECE = 1 << 20 };
    char path[64], line[256], rights[8];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *piece = malloc(PIECE);
    while (maps && piece && !found && fgets(line, sizeof line, maps)) {
        unsigned long from, to, own = (unsigned long)piece;
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' ||
            to - from > (64ul << 20) || (pid == getpid() && own >= from && own < to))
            continue;
        for (unsigned long at = from; at < to && !found; at += PIECE - 256) {
            size_t most = to - at < PIECE ? to - at : PIECE;
            ssize_t n = pread(memory, piece, most, (off_t)at);
            found = n > 0 && services_piece_holds(piece, (size_t)n, inverted, len);
        }
    }
    if (piece)
        explicit_bzero(piece, PIECE); /* or the next search would find what this one read */
    free(piece);
    if (memory >= 0)
        close(memory);
    if (maps)
        fclose(maps);
    return found;
}

#endif
