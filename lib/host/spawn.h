/* Start a role program: fresh exec with an empty environment, its own user, no capability that it
 * could regain, and no descriptor but 0-2 and the channel on 3. */
#ifndef HUBWARD_HOST_SPAWN_H
#define HUBWARD_HOST_SPAWN_H

#include "base/rc.h"

#include <sys/types.h>

enum { SPAWN_NO_GROUP = -1 };

struct spawn_user {
    uid_t uid;
    gid_t gid;
    long extra_gid; /* one supplementary group, or SPAWN_NO_GROUP */
};

struct spawn_request {
    int program_fd; /* open on the program (O_PATH is enough): its user need not reach its folder */
    const char *name; /* argv[0] */
    struct spawn_user user;
    int channel_fd; /* becomes descriptor 3 */
};

/* RC_IO: no process. A program that cannot be executed ends with status 127 after a line on stderr.
 * Every descriptor stays the caller's. */
MUST_USE enum rc spawn_role(const struct spawn_request *request, pid_t *out);

/* Root, who after spawn_role has none of its capabilities. */
struct spawn_user spawn_user_root(void);

/* The user of this name; or, when the system has none, `fallback` as uid and gid, which needs no
 * entry anywhere. extra_group: added when it exists; NULL: none. */
struct spawn_user spawn_user_find(const char *name, uid_t fallback, const char *extra_group);

#endif
