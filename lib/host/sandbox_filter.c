/* The allow-list of system calls as one table: call, roles that may, the condition on an argument,
 * and the reason. What no row names kills the process; in the workers of logins it fails with
 * EPERM, since PAM's modules are not ours and cope with refusal better than with death; and in the
 * warden, whose death would end every tunnel. What the warden may not, none of its children may:
 * its list is all the others' and its own. */
#include "host/sandbox_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
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
#define ROOT  (1u << SANDBOX_PAM_ROOT)
#define PAM   (1u << SANDBOX_PAM | ROOT)
#define STORE (1u << SANDBOX_STORE)
#define WEB   (1u << SANDBOX_WEB)
#define WARD  (1u << SANDBOX_WARDEN)
#define NAMES (1u << SANDBOX_RESOLVER)
#define OURS  (KEY | PATH | XAUTH | STORE | WEB | NAMES)
#define ALL   (OURS | PAM)

struct right {
    int call;
    unsigned roles;
    unsigned conditions; /* of args[] that count */
    struct scmp_arg_cmp args[2];
};

#define MAY(name, roles)                                                                           \
    {                                                                                              \
        SCMP_SYS(name), roles, 0,                                                                  \
        {                                                                                          \
            {                                                                                      \
                0                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
#define MAY_IF(name, roles, a)                                                                     \
    {                                                                                              \
        SCMP_SYS(name), roles, 1,                                                                  \
        {                                                                                          \
            a                                                                                      \
        }                                                                                          \
    }
#define MAY_IFS(name, roles, a, b)                                                                 \
    {                                                                                              \
        SCMP_SYS(name), roles, 2,                                                                  \
        {                                                                                          \
            a, b                                                                                   \
        }                                                                                          \
    }
#define EQUALS(arg, value)                                                                         \
    {                                                                                              \
        arg, SCMP_CMP_EQ, (scmp_datum_t)(value), 0                                                 \
    }
#define MASKED(arg, mask, value)                                                                   \
    {                                                                                              \
        arg, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value)                       \
    }
#define NO_CODE MASKED(2, PROT_EXEC, 0)

/* clang-format off */
static const struct right rights[] = {
    /* the loop: readiness, wake-ups, time */
    MAY(epoll_wait, ALL), /* which of the two depends on the release of libuv */
    MAY(epoll_pwait, ALL),
    MAY(epoll_ctl, ALL),
    MAY(clock_gettime, ALL), /* only where the vDSO cannot answer */
    MAY(gettimeofday, STORE | PAM),
    MAY(restart_syscall, STORE | PAM), /* the kernel's own: a wait that a stop interrupted */
    MAY_IF(ioctl, ALL, EQUALS(1, FIONBIO)), /* how libuv makes a descriptor non-blocking */
    /* descriptors it was given */
    MAY(read, ALL),  /* wake-ups; path: TUN; web: connections */
    MAY(write, ALL), /* the same; last words on stderr */
    MAY(close, ALL),
    MAY(sendmsg, ALL), /* channels, with descriptors */
    MAY(recvmsg, ALL),
    MAY_IF(fcntl, KEY | XAUTH | STORE, EQUALS(1, F_GETFL)),
    MAY_IF(fcntl, KEY | XAUTH | STORE, EQUALS(1, F_SETFL)),
    MAY_IF(fcntl, KEY | XAUTH | STORE, EQUALS(1, F_GETFD)),
    MAY_IF(fcntl, KEY | XAUTH | STORE, EQUALS(1, F_SETFD)),
    MAY_IF(fcntl, KEY | XAUTH, EQUALS(1, F_DUPFD_CLOEXEC)), /* one waiting in a send queue */
    MAY_IF(fcntl, KEY | XAUTH, EQUALS(1, F_GET_SEALS)),   /* a new configuration; new users */
    MAY(lseek, KEY | XAUTH | STORE | PAM | NAMES),
    MAY(pread64, KEY | XAUTH | STORE | PAM),
    MAY(recvmmsg, KEY | PATH), /* datagrams, in batches */
    MAY(sendmmsg, KEY | PATH | NAMES), /* both questions of a name at once */
    MAY(sendto, WEB | XAUTH | PAM | NAMES),
    MAY(recvfrom, WEB | XAUTH | PAM | NAMES),
    MAY(accept4, KEY | WEB),                              /* operators; browsers */
    MAY_IFS(getsockopt, KEY, EQUALS(1, SOL_SOCKET), EQUALS(2, SO_PEERCRED)), /* who operates */
    MAY_IF(setsockopt, WEB, EQUALS(1, IPPROTO_TCP)), /* when to send what is buffered */
    MAY(shutdown, WEB),
    /* memory; no role but those with loadable modules may make code */
    MAY(brk, ALL),
    MAY(munmap, ALL),
    MAY(mremap, ALL),
    MAY(madvise, KEY | XAUTH | PAM | NAMES), /* a thread's stack; a password out of dumps */
    MAY_IF(mmap, OURS, NO_CODE),
    MAY_IF(mprotect, KEY | NAMES, NO_CODE), /* a thread's stack */
    MAY(mmap, PAM), /* PAM's modules */
    MAY(mprotect, PAM),
    MAY(mlock, XAUTH | PAM), /* passwords are kept out of swap */
    MAY(getrandom, ALL),
    /* threads of the worker pool: arithmetic that must not stall the loop */
    MAY(futex, KEY | PATH | XAUTH | PAM | NAMES), /* OpenSSL's locks, too */
    MAY_IF(clone, KEY | NAMES, MASKED(0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM)),
    MAY(set_robust_list, KEY | PAM | NAMES),
    MAY(rseq, KEY | PAM | NAMES),
    MAY(sched_yield, KEY | PAM | NAMES),
    MAY(sched_getaffinity, KEY | PAM | NAMES),
    MAY_IFS(prlimit64, KEY | PAM | NAMES, EQUALS(0, 0), EQUALS(2, 0)), /* the size of a thread's stack */
    MAY(exit, KEY | PAM | NAMES), /* of a thread */
    /* the end; abort() signals itself, and is to look like it */
    MAY(gettid, ALL),
    MAY(getpid, ALL),
    MAY(rt_sigprocmask, ALL),
    MAY(tgkill, ALL), /* another process's threads have another uid */
    MAY(exit_group, ALL),
    MAY(rt_sigaction, KEY | XAUTH | PAM | NAMES), /* the first thread of a process */
    MAY(rt_sigreturn, XAUTH | PAM),
    MAY(readv, XAUTH | PAM),
    MAY(writev, XAUTH | PAM),
    /* the database: files, of which Landlock grants one directory */
    MAY(openat, STORE | PAM),
    MAY(open, PAM),
    MAY(newfstatat, STORE | PAM),
    MAY(fstat, STORE | PAM), /* which of the two depends on the release of the C library */
    MAY(stat, PAM),
    MAY(lstat, PAM),
    MAY(statx, PAM),
    MAY(access, STORE | PAM),
    MAY(faccessat, STORE | PAM),
    MAY(faccessat2, PAM),
    MAY(readlink, STORE | PAM),
    MAY(readlinkat, STORE | PAM),
    MAY(getcwd, STORE | PAM),
    MAY(getdents64, PAM),
    MAY(fstatfs, PAM),
    MAY(statfs, PAM),
    MAY(pwrite64, STORE | ROOT), /* pam_faillock's tallies and the like */
    MAY(fsync, STORE | ROOT),
    MAY(fdatasync, STORE | ROOT),
    MAY(ftruncate, STORE | ROOT),
    MAY(fallocate, STORE), /* the shared memory of WAL */
    MAY(unlink, STORE | ROOT), /* journals; state that a module replaces */
    MAY(unlinkat, STORE | ROOT), /* as on machines that have no unlink, rename, access, readlink */
    MAY(rename, STORE | ROOT), /* a database found corrupt is put aside */
    MAY(renameat, STORE | ROOT),
    MAY(fchmod, STORE),
    MAY(umask, PAM),
    MAY(geteuid, STORE | PAM),
    MAY_IF(fcntl, STORE, EQUALS(1, F_SETLK)), /* locks of the database */
    MAY_IF(fcntl, STORE, EQUALS(1, F_SETLKW)),
    MAY_IF(fcntl, STORE, EQUALS(1, F_GETLK)),
    MAY(clock_nanosleep, STORE | PAM), /* waiting for a lock */
    MAY(nanosleep, PAM),
    /* workers of logins, and PAM: processes, the helper unix_chkpwd, name services */
    MAY(clone, PAM),
    MAY(fork, PAM),
    MAY(vfork, PAM),
    MAY(execve, PAM),
    MAY(wait4, PAM),
    MAY(waitid, PAM),
    MAY(kill, PAM), /* a worker over its time; other uids are out of reach */
    MAY(pidfd_open, PAM),
    MAY(pidfd_send_signal, PAM),
    MAY(pipe, PAM),
    MAY(pipe2, PAM),
    MAY(dup, PAM),
    MAY(dup2, PAM),
    MAY(dup3, PAM),
    MAY(close_range, PAM),
    MAY(socketpair, XAUTH | PAM), /* a worker's socket */
    MAY(socket, PAM),
    MAY(connect, PAM),
    MAY(bind, PAM),
    MAY(getsockname, PAM),
    MAY(getpeername, PAM),
    MAY(getsockopt, PAM),
    MAY(setsockopt, PAM),
    MAY(shutdown, PAM),
    MAY(sendmmsg, PAM),
    MAY(recvmmsg, PAM),
    MAY(poll, PAM),
    MAY(ppoll, PAM),
    MAY(select, PAM),
    MAY(pselect6, PAM),
    MAY(epoll_create1, PAM),
    MAY(eventfd2, PAM),
    MAY(signalfd4, PAM),
    MAY(timerfd_create, PAM),
    MAY(timerfd_settime, PAM),
    MAY(alarm, PAM),
    MAY(setitimer, PAM),
    MAY(sigaltstack, PAM),
    MAY(rt_sigtimedwait, PAM),
    MAY(rt_sigpending, PAM),
    MAY(rt_sigsuspend, PAM),
    MAY_IF(ioctl, PAM, EQUALS(1, TCGETS)), /* isatty */
    MAY_IF(ioctl, PAM, EQUALS(1, FIONREAD)),
    MAY(fcntl, PAM),
    MAY(flock, PAM),
    MAY(chdir, PAM),
    MAY(getuid, PAM),
    MAY(getgid, PAM),
    MAY(getegid, PAM),
    MAY(getresuid, PAM),
    MAY(getresgid, PAM),
    MAY(getgroups, PAM),
    MAY(setuid, PAM), /* modules set what they already are; without capabilities nothing else */
    MAY(setgid, PAM),
    MAY(setreuid, PAM),
    MAY(setregid, PAM),
    MAY(setresuid, PAM),
    MAY(setresgid, PAM),
    MAY(setfsuid, PAM),
    MAY(setfsgid, PAM),
    MAY(getppid, PAM),
    MAY(getpgrp, PAM),
    MAY(getpgid, PAM),
    MAY(getsid, PAM),
    MAY(setsid, PAM),
    MAY(setpgid, PAM),
    MAY(uname, PAM),
    MAY(sysinfo, PAM),
    MAY(times, PAM),
    MAY(time, PAM),
    MAY(getrusage, PAM),
    MAY(getrlimit, PAM),
    MAY(setrlimit, PAM), /* the worker's own bounds */
    MAY(prlimit64, PAM),
    MAY(arch_prctl, PAM), /* the start of a program */
    MAY(set_tid_address, PAM),
    /* a worker, and a helper that locks itself up, may lock further inside */
    MAY(prctl, PAM),
    MAY(seccomp, PAM),
    MAY(capget, PAM),
    MAY(capset, PAM),
    MAY(landlock_create_ruleset, PAM),
    MAY(landlock_add_rule, PAM),
    MAY(landlock_restrict_self, PAM),
    /* the resolver of names: its configuration, sockets to name servers */
    MAY(openat, NAMES),
    MAY(newfstatat, NAMES),
    MAY(fstat, NAMES),
    MAY(uname, NAMES),
    MAY(poll, NAMES),
    MAY(ppoll, NAMES),
    MAY_IF(socket, NAMES, EQUALS(0, AF_INET)),
    MAY_IF(socket, NAMES, EQUALS(0, AF_INET6)),
    MAY_IF(socket, NAMES, EQUALS(0, AF_UNIX)), /* a cache, which is nowhere; it asks all the same */
    MAY_IFS(socket, NAMES, EQUALS(0, AF_NETLINK), EQUALS(2, NETLINK_ROUTE)), /* own addresses */
    MAY(connect, NAMES),
    MAY(bind, NAMES),
    MAY(getsockname, NAMES),
    MAY_IF(setsockopt, NAMES, EQUALS(1, IPPROTO_IP)), /* to hear of errors */
    MAY_IF(setsockopt, NAMES, EQUALS(1, IPPROTO_IPV6)),
    MAY_IF(ioctl, NAMES, EQUALS(1, FIONREAD)),
    /* the warden: children as other users; a TUN's end; the record of the instance */
    MAY(execveat, WARD),
    MAY(unshare, WARD), /* the child that becomes web, for an empty network */
    MAY(setgroups, WARD),
    MAY(fchdir, WARD), /* store, before it locks itself */
    MAY_IF(ioctl, WARD, EQUALS(1, TUNSETPERSIST)),
    MAY_IF(ioctl, WARD, EQUALS(1, SIOCGIFINDEX)),
    MAY(memfd_create, WARD), /* new users, sealed for the broker */
};
/* clang-format on */

/* Calls that kill even where the rest is permitted or refused: nothing of ours or of PAM makes
 * them. */
static const int hostile[] = {
    SCMP_SYS(ptrace),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(setns),
    SCMP_SYS(reboot),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(open_by_handle_at),
};

/* The same, but for the warden. */
static const int hostile_to_workers[] = {SCMP_SYS(unshare)};

/* Calls that would reach another process of the same user. */
static const int signals[] = {
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigqueueinfo),
    SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_send_signal),
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
        if (!(right->roles & role || role == WARD) || missing_here(right->call))
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

static int add_all_hostile(scmp_filter_ctx filter, unsigned role)
{
    int rc = add_hostile(filter, hostile, sizeof hostile / sizeof *hostile);
    if (rc == 0 && role != WARD)
        rc = add_hostile(filter, hostile_to_workers,
                         sizeof hostile_to_workers / sizeof *hostile_to_workers);
    return rc;
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
    if (role == WARD)
        return 0; /* the leak check at its end traces its own process */
    int rc = add_all_hostile(filter, role);
    /* The last is the resolver's business. */
    size_t count = sizeof hostile_to_key / sizeof *hostile_to_key - (role == NAMES);
    if (rc == 0 && !(role & PAM))
        rc = add_hostile(filter, hostile_to_key, count);
    return rc;
}
#else
static uint32_t otherwise(unsigned role)
{
    return role & (PAM | WARD) ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

static int add_rules(scmp_filter_ctx filter, unsigned role)
{
    int rc = add_rights(filter, role);
    /* A rule equal to the default is refused by the library, and not needed. */
    if (rc == 0 && (role & (PAM | WARD)))
        rc = add_all_hostile(filter, role);
    return rc;
}
#endif

size_t sandbox_call_count(enum sandbox_kind kind)
{
    const unsigned role = 1u << kind;
    size_t count = 0, before = 0;
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        bool first = rights[i].roles & role && !missing_here(rights[i].call);
        for (before = 0; before < i && first; before++)
            first = !(rights[before].roles & role && rights[before].call == rights[i].call);
        count += first;
    }
    return count;
}

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

enum rc sandbox_no_signals(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter)
        return RC_NO_MEMORY;
    int rc = 0;
    for (size_t i = 0; i < sizeof signals / sizeof *signals && rc == 0; i++)
        if (!missing_here(signals[i]))
            rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), signals[i], 0);
    if (rc == 0)
        rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc == 0 ? RC_OK : RC_DENIED;
}
