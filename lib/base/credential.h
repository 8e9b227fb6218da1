/* What a name and a password must look like before anything is asked about them. PAM modules build
 * file names, environment variables and command lines of a user name, so they are given only names
 * that mean nothing there; a local user's name is only compared, so it may hold more. */
#ifndef HUBWARD_BASE_CREDENTIAL_H
#define HUBWARD_BASE_CREDENTIAL_H

#include "base/cursor.h"

enum { CREDENTIAL_MAX = 255 }; /* octets of a user name, and of a password */

/* 1 to CREDENTIAL_MAX octets of valid UTF-8 (RFC 3629) without control characters; what a password
 * must be, and at least what a user name must be. */
bool credential_is_text(struct span text);

/* What a user name for PAM must be besides: of the ASCII characters only letters, digits and
 * . _ - @ + \ may stand in it; it starts with none of - . \ (an option, a hidden file or a
 * directory, an empty domain). */
bool credential_is_pam_user(struct span name);

#endif
