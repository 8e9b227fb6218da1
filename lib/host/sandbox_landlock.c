/* Landlock: which files a role may name. The C library has no wrappers, and the headers of the
 * build may be older than the kernel it runs on, so the calls and the newer rights stand here; what
 * the running kernel does not know is left out by its ABI number. */
#include "host/sandbox_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of later ABIs than the first, by value (linux/landlock.h). */
#define RIGHT_REFER     (1ULL << 13) /* ABI 2 */
#define RIGHT_TRUNCATE  (1ULL << 14) /* ABI 3 */
#define RIGHT_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#define NET_BIND_TCP    (1ULL << 0)  /* ABI 4 */
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT  (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNAL    (1ULL << 1)

#define FILES_FIRST_ABI ((1ULL << 13) - 1)
#define FILES_READ                                                                                 \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILES_DATABASE                                                                             \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |  \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | RIGHT_TRUNCATE)

/* State of modules that run as root; TO_FILE: what of it a rule for one file can say. */
#define FILES_STATE FILES_DATABASE
#define FILES_TO_FILE                                                                              \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE)

/* struct landlock_ruleset_attr as of ABI 6; older kernels get fewer octets. */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scopes;
};

static struct ruleset ruleset_of(enum sandbox_kind kind, long abi, size_t *size)
{
    struct ruleset rules = {.files = FILES_FIRST_ABI};
    *size = sizeof rules.files;
    rules.files |= abi >= 2 ? RIGHT_REFER : 0;
    rules.files |= abi >= 3 ? RIGHT_TRUNCATE : 0;
    rules.files |= abi >= 5 ? RIGHT_IOCTL_DEV : 0;
    /* PAM modules talk to servers and daemons of their own, and can do so only if the warden can;
     * nobody else connects anywhere. */
    bool talks = kind == SANDBOX_PAM || kind == SANDBOX_PAM_ROOT || kind == SANDBOX_WARDEN;
    if (abi >= 4) {
        *size = sizeof rules.files + sizeof rules.net;
        rules.net = talks                      ? 0
                    : kind == SANDBOX_RESOLVER ? NET_BIND_TCP /* name servers are asked by TCP */
                                               : NET_BIND_TCP | NET_CONNECT_TCP;
    }
    if (abi >= 6) {
        *size = sizeof rules;
        rules.scopes = talks ? SCOPE_SIGNAL : SCOPE_ABSTRACT | SCOPE_SIGNAL;
    }
    return rules;
}

static enum rc allow_below(int ruleset, int directory, uint64_t files)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = files, .parent_fd = directory};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0
               ? RC_OK
               : RC_DENIED;
}

static enum rc allow_path(int ruleset, const char *path, uint64_t files)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? RC_OK : RC_DENIED;
    enum rc rc = allow_below(ruleset, fd, files);
    close(fd);
    return rc;
}

/* PAM's configuration, modules, the shadow file, helpers: read and execute, never write. */
static enum rc allow_pam(int ruleset)
{
    enum rc rc = allow_path(ruleset, "/", FILES_READ);
    return rc == RC_OK ? allow_path(ruleset, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE) : rc;
}

static enum rc allow_state(int ruleset, uint64_t handled, const struct sandbox_options *options)
{
    struct stat st;
    enum rc rc = allow_pam(ruleset);
    for (size_t i = 0; i < options->writable_count && rc == RC_OK; i++) {
        const char *path = options->writable[i];
        if (stat(path, &st) == 0)
            rc = allow_path(ruleset, path,
                            (S_ISDIR(st.st_mode) ? FILES_STATE : FILES_TO_FILE) & handled);
    }
    return rc;
}

/* Where the C library looks, and where what it finds there may be a link to. */
static enum rc allow_names(int ruleset)
{
    static const char *const paths[] = {"/etc", "/run/systemd/resolve", "/run/resolvconf",
                                        "/run/NetworkManager"};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < sizeof paths / sizeof *paths && rc == RC_OK; i++)
        rc = allow_path(ruleset, paths[i],
                        LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR);
    return rc;
}

static enum rc allow_files(int ruleset, enum sandbox_kind kind, uint64_t handled,
                           const struct sandbox_options *options)
{
    switch (kind) {
    case SANDBOX_STORE:
        return allow_below(ruleset, options->directory_fd, FILES_DATABASE & handled);
    case SANDBOX_PAM:
        return allow_pam(ruleset);
    case SANDBOX_PAM_ROOT:
    case SANDBOX_WARDEN:
        return allow_state(ruleset, handled, options);
    case SANDBOX_RESOLVER:
        return allow_names(ruleset);
    case SANDBOX_KEY:
    case SANDBOX_PATH:
    case SANDBOX_XAUTH:
    case SANDBOX_WEB:
    case SANDBOX_KIND_COUNT:
        break;
    }
    return RC_OK; /* nothing at all */
}

bool sandbox_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static enum rc restrict_self(enum sandbox_kind kind, const struct sandbox_options *options)
{
    size_t size;
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return RC_OK; /* not built in, or switched off at boot: the filter alone must do */
    struct ruleset rules = ruleset_of(kind, abi, &size);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (fd < 0)
        return RC_DENIED;
    enum rc rc = allow_files(fd, kind, rules.files, options);
    if (rc == RC_OK && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
        rc = RC_DENIED;
    close(fd);
    return rc;
}

enum rc sandbox_landlock(enum sandbox_kind kind, const struct sandbox_options *options)
{
    if ((kind == SANDBOX_PAM_ROOT || kind == SANDBOX_WARDEN) && !options)
        return RC_DENIED;
    if (kind == SANDBOX_STORE && (!options || options->directory_fd < 0))
        return RC_DENIED;
#ifdef HUBWARD_SANITIZED
    (void)restrict_self;
    return RC_OK;
#else
    return restrict_self(kind, options);
#endif
}
