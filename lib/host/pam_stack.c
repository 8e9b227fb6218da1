/* Reading /etc/pam.d (pam.d(5)): `type control module arguments`, a control in brackets may hold
 * blanks, a backslash joins lines, # begins a comment. */
#include "host/pam_stack.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 16, LINES_MOST = 1000, LINE_OCTETS = 1024 };

const char *const pam_stack_places[] = {"/etc/pam.d", "/usr/lib/pam.d", NULL};

struct walk {
    const char *const *places;
    pam_stack_seen *seen;
    void *context;
    unsigned lines;
};

static FILE *open_service(const char *const *places, const char *name, char path[PAM_STACK_PATH])
{
    for (size_t i = 0; places[i]; i++) {
        /* A name with a slash is a path of its own (include, @include). */
        int n = *name == '/' ? snprintf(path, PAM_STACK_PATH, "%s", name)
                             : snprintf(path, PAM_STACK_PATH, "%s/%s", places[i], name);
        FILE *file = n > 0 && n < PAM_STACK_PATH ? fopen(path, "re") : NULL;
        if (file)
            return file;
    }
    return NULL;
}

/* The next logical line without its comment; NULL: no more. *number is that of its first line. */
static char *next_line(FILE *file, char text[LINE_OCTETS], unsigned *read, unsigned *number)
{
    size_t len = 0;
    *number = *read + 1;
    while (fgets(text + len, (int)(LINE_OCTETS - len), file)) {
        (*read)++;
        text[strcspn(text + len, "#\n") + len] = '\0';
        len = strlen(text);
        if (len == 0 || text[len - 1] != '\\' || len + 2 > LINE_OCTETS)
            return text;
        text[len - 1] = ' ';
    }
    return len ? text : NULL;
}

/* Cut the next word off; a word in brackets goes to the closing one. "" at the end. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, " \t");
    size_t len = *word == '[' ? strcspn(word, "]") : strcspn(word, " \t");
    if (*word == '[' && word[len])
        len++;
    *at = word + len + (word[len] != '\0');
    word[len] = '\0';
    return word;
}

/* The file's name without ".so". */
static const char *module_name(char *path)
{
    char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, ".so") == 0)
        name[len - 3] = '\0';
    return name;
}

static bool is_login_type(const char *type)
{
    type += *type == '-';
    return strcasecmp(type, "auth") == 0 || strcasecmp(type, "account") == 0;
}

static enum rc walk_file(struct walk *walk, const char *name, const char *only, unsigned depth);

/* only: NULL, or the one type that an `include` asks for. */
static enum rc walk_line(struct walk *walk, struct pam_stack_line *line, char *text,
                         const char *only, unsigned depth)
{
    char *at = text, *type = next_word(&at);
    if (!*type)
        return RC_OK;
    if (strcasecmp(type, "@include") == 0)
        return walk_file(walk, next_word(&at), only, depth + 1);
    const char *control = next_word(&at);
    char *module = next_word(&at);
    const char *bare = type + (*type == '-');
    if (!is_login_type(type) || (only && strcasecmp(bare, only) != 0) || !*module)
        return RC_OK;
    if (strcasecmp(control, "include") == 0 || strcasecmp(control, "substack") == 0)
        return walk_file(walk, module, bare, depth + 1);
    line->module = module_name(module);
    line->arguments = at + strspn(at, " \t");
    walk->seen(walk->context, line);
    return RC_OK;
}

static enum rc walk_file(struct walk *walk, const char *name, const char *only, unsigned depth)
{
    char path[PAM_STACK_PATH], text[LINE_OCTETS];
    struct pam_stack_line line = {.file = path};
    unsigned read = 0;
    if (depth > DEPTH_MOST)
        return RC_FULL;
    FILE *file = open_service(walk->places, name, path);
    if (!file)
        return depth ? RC_OK : RC_NOT_FOUND; /* PAM says so at the login */
    enum rc rc = RC_OK;
    while (rc == RC_OK && next_line(file, text, &read, &line.line))
        rc = ++walk->lines > LINES_MOST ? RC_FULL : walk_line(walk, &line, text, only, depth);
    fclose(file);
    return rc;
}

enum rc pam_stack_walk(const char *const *places, const char *service, pam_stack_seen *seen,
                       void *context)
{
    struct walk walk = {.places = places, .seen = seen, .context = context};
    return walk_file(&walk, service, NULL, 0);
}

/* -- modules that want more than a worker has ------------------------------------------- */

/* Modules that keep state only root can write. pam_lastlog is none of them here: it writes for
 * sessions, and a login by Xauth opens none. */
static const struct needy {
    const char *module;
    const char *option;   /* that names the place */
    const char *config;   /* a file of its own that may name it, too; NULL: none */
    const char *standard; /* NULL: in the user's home */
    bool directory;       /* the place is a directory; else a file, */
    bool beside;          /* which is replaced by one that is made beside it */
    const char *what;     /* happens without root */
} needies[] = {
    {"pam_faillock", "dir=", "/etc/security/faillock.conf", "/var/run/faillock", true, false,
     "cannot write its tallies, so it never locks an account"},
    {"pam_tally2", "file=", NULL, "/var/log/tallylog", false, false,
     "cannot write its tallies, so it refuses or never locks"},
    {"pam_tally", "file=", NULL, "/var/log/faillog", false, false,
     "cannot write its tallies, so it refuses or never locks"},
    {"pam_oath", "usersfile=", NULL, "/etc/users.oath", false, true,
     "cannot read and rewrite its file of users"},
    {"pam_google_authenticator", "secret=", NULL, NULL, false, true,
     "cannot read and rewrite the users' secrets"},
    {"pam_yubico", "chalresp_path=", NULL, NULL, true, false,
     "cannot read and rewrite the users' challenges"},
};

static const struct needy *needy_of(const char *module)
{
    for (size_t i = 0; i < sizeof needies / sizeof *needies; i++)
        if (strcmp(needies[i].module, module) == 0)
            return &needies[i];
    return NULL;
}

/* The value of an option among blank-separated words. */
static bool option_value(const char *words, const char *option, char out[PAM_STACK_PATH])
{
    size_t n = strlen(option);
    while (*(words += strspn(words, " \t\n"))) {
        size_t len = strcspn(words, " \t\n");
        if (len > n && strncmp(words, option, n) == 0 && len - n < PAM_STACK_PATH) {
            memcpy(out, words + n, len - n);
            out[len - n] = '\0';
            return true;
        }
        words += len;
    }
    return false;
}

/* `dir = /path` of a module's own file. */
static bool config_value(const char *path, const char *option, char out[PAM_STACK_PATH])
{
    char text[LINE_OCTETS];
    size_t n = strcspn(option, "=");
    bool found = false;
    FILE *file = fopen(path, "re");
    while (file && fgets(text, sizeof text, file)) {
        char *at = text + strspn(text, " \t");
        if (strncmp(at, option, n) != 0)
            continue;
        at += n + strspn(at + n, " \t");
        if (*at++ != '=')
            continue;
        at += strspn(at, " \t");
        at[strcspn(at, " \t\n#")] = '\0';
        found = *at && snprintf(out, PAM_STACK_PATH, "%s", at) < PAM_STACK_PATH;
    }
    if (file)
        fclose(file);
    return found;
}

/* What may be given to one module: deep enough to be nobody else's. */
static bool is_own_place(const char *path)
{
    static const char *const shared[] = {"/var/run", "/var/log", "/var/lib",   "/var/cache",
                                         "/var/tmp", "/usr/lib", "/usr/local", "/etc/pam.d"};
    if (*path != '/' || strstr(path, "/../") || strncmp(path, "/proc/", 6) == 0)
        return false;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (strcmp(path, shared[i]) == 0)
            return false;
    return strchr(path + 1, '/') && path[strlen(path) - 1] != '/';
}

/* The directory of a path, of the part of it that is the same for every user: the module fills
 * ${USER} in. */
static void cut_to_directory(char *path)
{
    path[strcspn(path, "$~%")] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
}

enum rc pam_stack_state_of(const struct pam_stack_line *line, struct pam_stack_state *out)
{
    const struct needy *needy = needy_of(line->module);
    struct pam_stack_state state = {.path = ""};
    if (!needy)
        return RC_NOT_FOUND;
    if (!option_value(line->arguments, needy->option, state.path) &&
        !(needy->config && config_value(needy->config, needy->option, state.path)) &&
        needy->standard)
        snprintf(state.path, sizeof state.path, "%s", needy->standard);
    state.directory = needy->directory || needy->beside;
    if (needy->beside)
        cut_to_directory(state.path);
    /* /var/run is /run: what is made must be made where it will be looked for. */
    if (strncmp(state.path, "/var/run/", 9) == 0)
        memmove(state.path, state.path + 4, strlen(state.path + 4) + 1);
    if (!is_own_place(state.path))
        return RC_NOT_FOUND;
    *out = state;
    return RC_OK;
}

struct advising {
    const char *service;
    bool root;
    bool shadow;
    pam_stack_advice *advice;
    void *context;
};

static void advise_line(void *context, const struct pam_stack_line *line)
{
    const struct advising *advising = context;
    const struct needy *needy = needy_of(line->module);
    struct pam_stack_state state;
    char text[PAM_STACK_TEXT] = "";
    if (strcmp(line->module, "pam_unix") == 0 && !advising->root && !advising->shadow)
        snprintf(text, sizeof text,
                 "%s:%u: pam_unix reads /etc/shadow, which takes the group \"shadow\", and this "
                 "system has none: no password can be checked; make the group, or say \"hubward "
                 "pam user root %s\"",
                 line->file, line->line, advising->service);
    else if (needy && !advising->root)
        snprintf(text, sizeof text,
                 "%s:%u: %s wants to be root, and logins run as hubward-xauth: it %s; to run this "
                 "service as root, say \"hubward pam user root %s\"",
                 line->file, line->line, line->module, needy->what, advising->service);
    else if (needy && pam_stack_state_of(line, &state) != RC_OK)
        snprintf(text, sizeof text,
                 "%s:%u: %s keeps its state in a place that is not its own, where workers may not "
                 "write even as root: name a directory of its own with \"%s\"",
                 line->file, line->line, line->module, needy->option);
    if (text[0])
        advising->advice(advising->context, text);
}

void pam_stack_advise(const char *const *places, const char *service, bool root, bool shadow,
                      pam_stack_advice *advice, void *context)
{
    struct advising advising = {service, root, shadow, advice, context};
    char text[PAM_STACK_TEXT];
    enum rc rc = pam_stack_walk(places, service, advise_line, &advising);
    if (rc == RC_NOT_FOUND)
        snprintf(text, sizeof text,
                 "there is no %s/%s: PAM uses its service \"other\" instead, which may let in "
                 "every account of this machine",
                 places[0], service);
    else if (rc != RC_OK)
        snprintf(text, sizeof text, "%s/%s includes too much to be read", places[0], service);
    if (rc != RC_OK)
        advice(context, text);
}
