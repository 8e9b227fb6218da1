/* The allow-list of system calls as one table: call, roles that may, the condition on an argument,
 * and the reason. What no row names kills the process (key, path, store, web) or fails with EPERM
 * (the login broker and PAM's modules, which are not ours and cope with refusal better than with
 * death). */
#include "host/sandbox_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define KEY   (1u << SANDBOX_KEY)
#define PATH  (1u << SANDBOX_PATH)
#define XAUTH (1u << SANDBOX_XAUTH)
#define PAM   (1u << SANDBOX_PAM)
#define STORE (1u << SANDBOX_STORE)
#define WEB   (1u << SANDBOX_WEB)
#define LOGIN (XAUTH | PAM)
#define ALL   (KEY | PATH | LOGIN | STORE | WEB)

struct right {
    int call;
    unsigned roles;
    unsigned conditions; /* of args[] that count */
    struct scmp_arg_cmp args[2];
};

#define MAY(name, roles)            {SCMP_SYS(name), roles, 0, {{0}}}
#define MAY_IF(name, roles, a)      {SCMP_SYS(name), roles, 1, {a}}
#define MAY_IFS(name, roles, a, b)  {SCMP_SYS(name), roles, 2, {a, b}}
#define EQUALS(arg, value)          {arg, SCMP_CMP_EQ, (scmp_datum_t)(value), 0}
#define MASKED(arg, mask, value)    {arg, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)}
#define NO_CODE                     MASKED(2, PROT_EXEC, 0)

static const struct right rights[] = {
    /* the loop: readiness, wake-ups, time */
    MAY(epoll_wait, ALL),
    MAY(epoll_pwait, ALL),
    MAY(epoll_ctl, ALL),
    MAY(clock_gettime, ALL), /* only where the vDSO cannot answer */
    MAY(gettimeofday, ALL),
    MAY(restart_syscall, ALL), /* the kernel's own, after a stop and continue */
    MAY_IF(ioctl, ALL, EQUALS(1, FIONBIO)), /* how libuv makes a descriptor non-blocking */
    /* descriptors it was given */
    MAY(read, ALL),   /* wake-ups; path: TUN; web: connections */
    MAY(write, ALL),  /* the same; last words on stderr */
    MAY(readv, ALL),
    MAY(writev, ALL),
    MAY(close, ALL),
    MAY(sendmsg, ALL), /* channels, with descriptors */
    MAY(recvmsg, ALL),
    MAY_IF(fcntl, ALL, EQUALS(1, F_GETFL)),
    MAY_IF(fcntl, ALL, EQUALS(1, F_SETFL)),
    MAY_IF(fcntl, ALL, EQUALS(1, F_GETFD)),
    MAY_IF(fcntl, ALL, EQUALS(1, F_SETFD)),
    MAY_IF(fcntl, ALL, EQUALS(1, F_DUPFD_CLOEXEC)), /* a descriptor waiting in a send queue */
    MAY_IF(fcntl, ALL, EQUALS(1, F_GET_SEALS)),     /* a new configuration */
    MAY(lseek, ALL),
    MAY(pread64, ALL),
    MAY(recvmmsg, KEY | PATH), /* datagrams, in batches */
    MAY(sendmmsg, KEY | PATH),
    MAY(sendto, KEY | PATH | WEB | LOGIN),
    MAY(recvfrom, KEY | PATH | WEB | LOGIN),
    MAY(accept4, KEY | WEB),                              /* operators; browsers */
    MAY_IFS(getsockopt, KEY, EQUALS(1, SOL_SOCKET), EQUALS(2, SO_PEERCRED)), /* who operates */
    MAY_IF(getsockopt, WEB, EQUALS(1, SOL_SOCKET)),
    MAY_IF(setsockopt, WEB, EQUALS(1, IPPROTO_TCP)), /* when to send what is buffered */
    MAY(getsockname, WEB),
    MAY(getpeername, WEB),
    MAY(shutdown, WEB | KEY),
    /* memory; no role but those with loadable modules may make code */
    MAY(brk, ALL),
    MAY(munmap, ALL),
    MAY(mremap, ALL),
    MAY(madvise, ALL),
    MAY_IF(mmap, KEY | PATH | STORE | WEB, NO_CODE),
    MAY_IF(mprotect, KEY | PATH | STORE | WEB, NO_CODE),
    MAY(mmap, LOGIN), /* PAM's modules */
    MAY(mprotect, LOGIN),
    MAY(getrandom, ALL),
    /* threads of the worker pool: arithmetic that must not stall the loop */
    MAY(futex, ALL),
    MAY_IF(clone, KEY, MASKED(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM)),
    MAY(set_robust_list, KEY | LOGIN),
    MAY(rseq, KEY | LOGIN),
    MAY(sched_yield, ALL),
    MAY(sched_getaffinity, KEY | LOGIN),
    MAY_IFS(prlimit64, KEY | LOGIN, EQUALS(0, 0), EQUALS(2, 0)), /* the size of a thread's stack */
    MAY(gettid, ALL),
    /* signals and the end */
    MAY(rt_sigprocmask, ALL),
    MAY(rt_sigaction, ALL), /* abort() takes back its handler */
    MAY(rt_sigreturn, ALL),
    MAY(tgkill, ALL), /* abort(); another process's threads have another uid */
    MAY(getpid, ALL),
    MAY(exit, ALL),
    MAY(exit_group, ALL),
    /* the database: files, of which Landlock grants one directory */
    MAY(openat, STORE | LOGIN),
    MAY(open, STORE | LOGIN),
    MAY(newfstatat, STORE | LOGIN),
    MAY(fstat, STORE | LOGIN),
    MAY(stat, STORE | LOGIN),
    MAY(lstat, STORE | LOGIN),
    MAY(statx, STORE | LOGIN),
    MAY(access, STORE | LOGIN),
    MAY(faccessat, STORE | LOGIN),
    MAY(faccessat2, STORE | LOGIN),
    MAY(readlink, STORE | LOGIN),
    MAY(readlinkat, STORE | LOGIN),
    MAY(getcwd, STORE | LOGIN),
    MAY(getdents64, STORE | LOGIN),
    MAY(fstatfs, STORE | LOGIN),
    MAY(statfs, STORE | LOGIN),
    MAY(pwrite64, STORE),
    MAY(fsync, STORE),
    MAY(fdatasync, STORE),
    MAY(ftruncate, STORE),
    MAY(fallocate, STORE),
    MAY(unlink, STORE), /* journals */
    MAY(unlinkat, STORE),
    MAY(rename, STORE), /* a database found corrupt is put aside */
    MAY(renameat, STORE),
    MAY(fchmod, STORE),
    MAY(umask, STORE | LOGIN),
    MAY(geteuid, STORE | LOGIN),
    MAY_IF(fcntl, STORE, EQUALS(1, F_SETLK)), /* locks of the database */
    MAY_IF(fcntl, STORE, EQUALS(1, F_SETLKW)),
    MAY_IF(fcntl, STORE, EQUALS(1, F_GETLK)),
    MAY(clock_nanosleep, STORE | LOGIN), /* waiting for a lock */
    MAY(nanosleep, STORE | LOGIN),
    /* the broker's workers, and PAM: processes, the helper unix_chkpwd, name services */
    MAY(clone, LOGIN),
    MAY(fork, LOGIN),
    MAY(vfork, LOGIN),
    MAY(execve, LOGIN),
    MAY(wait4, LOGIN),
    MAY(waitid, LOGIN),
    MAY(kill, LOGIN), /* a worker over its time; other uids are out of reach */
    MAY(pidfd_open, LOGIN),
    MAY(pidfd_send_signal, LOGIN),
    MAY(pipe, LOGIN),
    MAY(pipe2, LOGIN),
    MAY(dup, LOGIN),
    MAY(dup2, LOGIN),
    MAY(dup3, LOGIN),
    MAY(close_range, LOGIN),
    MAY(socketpair, LOGIN),
    MAY(socket, LOGIN),
    MAY(connect, LOGIN),
    MAY(bind, LOGIN),
    MAY(getsockname, LOGIN),
    MAY(getpeername, LOGIN),
    MAY(getsockopt, LOGIN),
    MAY(setsockopt, LOGIN),
    MAY(shutdown, LOGIN),
    MAY(sendmmsg, LOGIN),
    MAY(recvmmsg, LOGIN),
    MAY(poll, LOGIN),
    MAY(ppoll, LOGIN),
    MAY(select, LOGIN),
    MAY(pselect6, LOGIN),
    MAY(epoll_create1, LOGIN),
    MAY(eventfd2, LOGIN),
    MAY(signalfd4, LOGIN),
    MAY(timerfd_create, LOGIN),
    MAY(timerfd_settime, LOGIN),
    MAY(alarm, LOGIN),
    MAY(setitimer, LOGIN),
    MAY(sigaltstack, LOGIN),
    MAY(rt_sigtimedwait, LOGIN),
    MAY(rt_sigpending, LOGIN),
    MAY(rt_sigsuspend, LOGIN),
    MAY_IF(ioctl, LOGIN, EQUALS(1, TCGETS)), /* isatty */
    MAY_IF(ioctl, LOGIN, EQUALS(1, FIONREAD)),
    MAY(fcntl, LOGIN),
    MAY(flock, LOGIN),
    MAY(chdir, LOGIN),
    MAY(getuid, LOGIN),
    MAY(getgid, LOGIN),
    MAY(getegid, LOGIN),
    MAY(getresuid, LOGIN),
    MAY(getresgid, LOGIN),
    MAY(getgroups, LOGIN),
    MAY(setuid, LOGIN), /* modules set what they already are; without capabilities nothing else */
    MAY(setgid, LOGIN),
    MAY(setreuid, LOGIN),
    MAY(setregid, LOGIN),
    MAY(setresuid, LOGIN),
    MAY(setresgid, LOGIN),
    MAY(setfsuid, LOGIN),
    MAY(setfsgid, LOGIN),
    MAY(getppid, LOGIN),
    MAY(getpgrp, LOGIN),
    MAY(getpgid, LOGIN),
    MAY(getsid, LOGIN),
    MAY(setsid, LOGIN),
    MAY(setpgid, LOGIN),
    MAY(uname, LOGIN),
    MAY(sysinfo, LOGIN),
    MAY(times, LOGIN),
    MAY(time, LOGIN),
    MAY(getrusage, LOGIN),
    MAY(getrlimit, LOGIN),
    MAY(setrlimit, LOGIN), /* the worker's own bounds */
    MAY(prlimit64, LOGIN),
    MAY(arch_prctl, LOGIN), /* the start of a program */
    MAY(set_tid_address, LOGIN),
    /* the worker locks a sandbox of its own inside the broker's */
    MAY(prctl, LOGIN),
    MAY(seccomp, LOGIN),
    MAY(capget, LOGIN),
    MAY(capset, LOGIN),
    MAY(landlock_create_ruleset, LOGIN),
    MAY(landlock_add_rule, LOGIN),
    MAY(landlock_restrict_self, LOGIN),
};

/* Calls that kill even where the rest is permitted: nothing of ours or of PAM makes them. */
static const int hostile[] = {
    SCMP_SYS(ptrace),          SCMP_SYS(mount),       SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),      SCMP_SYS(chroot),      SCMP_SYS(init_module),
    SCMP_SYS(finit_module),    SCMP_SYS(kexec_load),  SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open), SCMP_SYS(setns),       SCMP_SYS(unshare),
    SCMP_SYS(reboot),          SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(open_by_handle_at),
};

/* Negative: a call this architecture does not have (libseccomp's pseudo numbers). */
static bool missing_here(int call)
{
    return call < 0;
}

static int add_rights(scmp_filter_ctx filter, unsigned role)
{
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        const struct right *right = &rights[i];
        if (!(right->roles & role) || missing_here(right->call))
            continue;
        int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, right->call, right->conditions,
                                        right->args);
        if (rc != 0)
            return rc;
    }
    /* clone3 hides its flags from a filter; the C library falls back to clone on this answer. */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int add_hostile(scmp_filter_ctx filter, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (missing_here(calls[i]))
            continue;
        int rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, calls[i], 0);
        if (rc != 0)
            return rc;
    }
    return 0;
}

#ifdef HUBWARD_SANITIZED
static const int hostile_to_key[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(setuid),
                                     SCMP_SYS(setresuid), SCMP_SYS(connect)};

static uint32_t otherwise(unsigned role)
{
    (void)role;
    return SCMP_ACT_ALLOW;
}

static int add_rules(scmp_filter_ctx filter, unsigned role)
{
    (void)add_rights;
    int rc = add_hostile(filter, hostile, sizeof hostile / sizeof *hostile);
    if (rc == 0 && !(role & LOGIN))
        rc = add_hostile(filter, hostile_to_key, sizeof hostile_to_key / sizeof *hostile_to_key);
    return rc;
}
#else
static uint32_t otherwise(unsigned role)
{
    return role & LOGIN ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

static int add_rules(scmp_filter_ctx filter, unsigned role)
{
    int rc = add_rights(filter, role);
    /* A rule equal to the default is refused by the library, and not needed. */
    if (rc == 0 && (role & LOGIN))
        rc = add_hostile(filter, hostile, sizeof hostile / sizeof *hostile);
    return rc;
}
#endif

enum rc sandbox_filter(enum sandbox_kind kind)
{
    unsigned role = 1u << kind;
    scmp_filter_ctx filter = seccomp_init(otherwise(role));
    if (!filter)
        return RC_NO_MEMORY;
    enum rc rc = RC_DENIED;
    if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(filter, role) == 0 &&
        seccomp_load(filter) == 0)
        rc = RC_OK;
    seccomp_release(filter);
    return rc;
}
