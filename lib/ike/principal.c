/* Texts that name one principal each. */
#include "ike/principal.h"

#include <stdio.h>

/* Append, with slashes and percent signs as %XX; false when it does not fit whole. */
static bool add(char out[LEASE_PRINCIPAL], const char *name)
{
    size_t len = strlen(out);
    for (; *name; name++) {
        bool escape = *name == '/' || *name == '%';
        if (len + (escape ? 3 : 1) >= LEASE_PRINCIPAL)
            return false;
        if (escape)
            len += (size_t)snprintf(out + len, 4, "%%%02X", (unsigned)*name);
        else
            out[len++] = *name;
        out[len] = '\0';
    }
    return true;
}

bool principal_of_user(const char *group, const char *user, char out[LEASE_PRINCIPAL])
{
    char text[LEASE_PRINCIPAL] = "";
    if (!add(text, group) || strlen(text) + 2 > sizeof text)
        return false;
    text[strlen(text) + 1] = '\0';
    text[strlen(text)] = '/';
    if (!add(text, user))
        return false;
    memcpy(out, text, sizeof text);
    return true;
}

void principal_of_member(const char *group, struct endpoint from, char out[LEASE_PRINCIPAL])
{
    char name[LEASE_PRINCIPAL] = "", place[ENDPOINT_TEXT];
    if (!add(name, group))
        name[0] = '\0'; /* the place alone tells members apart */
    snprintf(out, LEASE_PRINCIPAL, "%.200s//%s", name, endpoint_format(from, place));
}

void principal_of_key(const struct ike_sa *sa, char out[LEASE_PRINCIPAL])
{
    char identity[IDENTITY_TEXT];
    snprintf(out, LEASE_PRINCIPAL, "key/%s/%u/%s", sa->key_ring, sa->key_line,
             identity_format(&sa->identity, identity));
}
