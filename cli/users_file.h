/* Editing the users file: one line a user, comments and everybody else's lines stay as they are.
 * The file is never seen half written, and never replaced by one that does not parse. */
#ifndef HUBWARD_CLI_USERS_FILE_H
#define HUBWARD_CLI_USERS_FILE_H

#include "base/sink.h"
#include "config/load.h"

enum users_change { USERS_ADD, USERS_PASSWD, USERS_DISABLE, USERS_ENABLE };

/* The users that stand in the file; *out belongs to config_free. why: one sentence (or the
 * findings) for all but RC_OK. RC_NOT_FOUND: no file. RC_DENIED: not allowed to read it.
 * RC_MALFORMED: it does not parse. RC_IO, RC_NO_MEMORY. */
MUST_USE enum rc users_file_read(const char *path, struct config **out, struct sink *why);

/* Change one user. hash: a type 9 text, of USERS_ADD and USERS_PASSWD; else NULL. The file is made
 * when USERS_ADD finds none. As users_file_read, and RC_EXISTS: USERS_ADD of one who is there;
 * RC_NOT_FOUND: the others of one who is not; RC_MALFORMED: a name that cannot stand in the file.
 */
MUST_USE enum rc users_file_change(const char *path, enum users_change change, const char *user,
                                   const char *hash, struct sink *why);

#endif
