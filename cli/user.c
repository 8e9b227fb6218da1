/* `user …`: hubctl edits the users file itself, then asks the hub to read it. */
#include "base/credential.h"
#include "cli/secret.h"
#include "cli/users_file.h"
#include "cli/work.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "host/message_control.h"
#include "host/message_users.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { ANSWER_TIMEOUT_MS = 10000 };

/* What the hub knows: the users of its configuration, where the file is. */
struct known {
    bool answered; /* else --file alone counts */
    char file[USERS_PATH];
    struct users_row *rows;
    size_t count;
};

/* -- the hub ---------------------------------------------------------------------------- */

static enum rc ask_page(struct shell *shell, uint32_t at, struct users_page *page)
{
    uint8_t octets[8];
    struct builder b = builder_of(octets, sizeof octets);
    struct cursor payload;
    users_question_put(&b, at);
    enum rc rc = client_send(&shell->client, MSG_USERS_GET, builder_span(&b));
    if (rc == RC_OK)
        rc = shell_receive(shell, MSG_USERS_ROWS, ANSWER_TIMEOUT_MS, &payload);
    return rc == RC_OK ? users_page_get(&payload, page) : rc;
}

static enum rc ask_pages(struct shell *shell, struct known *known, struct users_page *page)
{
    uint32_t at = 0;
    do {
        enum rc rc = ask_page(shell, at, page);
        if (rc != RC_OK)
            return rc;
        if (page->next && page->next <= at)
            return RC_MALFORMED; /* or it would never end */
        at = page->next;
        struct users_row *rows =
            realloc(known->rows, (known->count + page->count + 1) * sizeof *rows);
        if (!rows)
            return RC_NO_MEMORY;
        known->rows = rows;
        memcpy(rows + known->count, page->rows, page->count * sizeof *rows);
        known->count += page->count;
    } while (at);
    memcpy(known->file, page->file, sizeof known->file);
    known->answered = true;
    return RC_OK;
}

/* With --file a hub that is not there is no obstacle. */
static bool hub_is_away(struct shell *shell)
{
    struct sink why = {0};
    if (!shell->users_file || shell->client.fd >= 0)
        return false;
    enum exit_code code = client_open(shell->run_dir, &shell->client, &why);
    sink_free(&why);
    return code == EXIT_UNREACHABLE;
}

static enum exit_code learn(struct shell *shell, struct known *known)
{
    *known = (struct known){.answered = false};
    if (hub_is_away(shell))
        return EXIT_OK;
    enum exit_code code = shell_connect(shell);
    if (code != EXIT_OK)
        return code;
    struct users_page *page = malloc(sizeof *page);
    enum rc rc = page ? ask_pages(shell, known, page) : RC_NO_MEMORY;
    free(page);
    return rc == RC_OK ? EXIT_OK : shell_lost(shell, rc);
}

/* Which file is meant; NULL: none, which is reported. */
static const char *file_of(struct shell *shell, const struct known *known)
{
    const char *path = shell->users_file ? shell->users_file : known->file;
    if (*path)
        return path;
    shell_fail(shell, EXIT_FAILED,
               "the configuration names no users file: add a line such as \"hubward users "
               "/etc/hubward/users\" and restart, or name one with --file");
    return NULL;
}

static enum exit_code tell_hub(struct shell *shell, const struct known *known, const char *path)
{
    struct control_result result;
    struct cursor payload;
    if (!known->answered) {
        shell_print(shell, "No hub is running here; it will read the file at its start.\n");
        return EXIT_OK;
    }
    if (strcmp(known->file, path) != 0) {
        shell_print(shell, "The running hub does not use this file.\n");
        return EXIT_OK;
    }
    enum exit_code code = shell_send(shell, MSG_USERS_RELOAD, (struct span){NULL, 0});
    if (code != EXIT_OK)
        return code;
    enum rc rc = shell_receive(shell, MSG_RESULT, ANSWER_TIMEOUT_MS, &payload);
    if (rc == RC_OK)
        rc = control_result_get(&payload, &result);
    if (rc != RC_OK)
        return shell_lost(shell, rc);
    if (result.rc == RC_OK)
        return EXIT_OK;
    return shell_fail(shell, EXIT_FAILED, "the file was changed, but the hub refuses it: %s",
                      result.text[0] ? result.text : rc_text(result.rc));
}

/* -- changes ---------------------------------------------------------------------------- */

static const struct {
    const char *done;
    bool password;
} changes[] = {
    [USERS_ADD] = {"added", true},
    [USERS_PASSWD] = {"has a new password", true},
    [USERS_DISABLE] = {"disabled; sessions stay until they are cleared", false},
    [USERS_ENABLE] = {"enabled", false},
};

static enum exit_code fail_with(struct shell *shell, enum rc rc, const struct sink *why)
{
    enum exit_code code = rc == RC_DENIED      ? EXIT_DENIED
                          : rc == RC_NOT_FOUND ? EXIT_NOTHING
                                               : EXIT_FAILED;
    size_t len = why->len;
    if (len && why->at[len - 1] == '\n')
        len--;
    return shell_fail(shell, code, "%.*s", (int)len, sink_string(why));
}

static enum exit_code make_hash(struct shell *shell, char hash[PASSWORD_STORED_MAX])
{
    struct rng rng = random_rng();
    struct secret secret;
    enum exit_code code = secret_ask(shell, true, &secret);
    const struct span password = {secret.octets, secret.len};
    if (code == EXIT_OK && !credential_is_text(password))
        code = shell_fail(shell, EXIT_USAGE,
                          "a password is UTF-8 text without control characters, and not empty");
    else if (code == EXIT_OK && password_make_type9(&rng, password, hash) != RC_OK)
        code = shell_fail(shell, EXIT_USAGE, "a password of a users file has at most %d octets",
                          PASSWORD_STORED_MAX - 1);
    secret_wipe(&secret);
    return code;
}

/* The configuration's users are edited where they stand. */
static bool stands_in_configuration(const struct known *known, const char *user)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->rows[i].name, user) == 0)
            return true;
    return false;
}

static enum exit_code change_file(struct shell *shell, const char *path, enum users_change change,
                                  const char *user)
{
    char hash[PASSWORD_STORED_MAX] = "";
    struct sink why = {0};
    enum exit_code code = changes[change].password ? make_hash(shell, hash) : EXIT_OK;
    if (code != EXIT_OK)
        return code;
    enum rc rc = users_file_change(path, change, user, hash[0] ? hash : NULL, &why);
    if (rc != RC_OK)
        code = fail_with(shell, rc, &why);
    sink_free(&why);
    return code;
}

static enum exit_code change_user(struct shell *shell, const char *user, enum users_change change)
{
    struct known known;
    struct sink text = {0};
    if (!credential_is_text((struct span){(const uint8_t *)user, strlen(user)}))
        return shell_fail(shell, EXIT_USAGE, "a user name is UTF-8 text");
    enum exit_code code = learn(shell, &known);
    const char *path = code == EXIT_OK ? file_of(shell, &known) : NULL;
    if (code == EXIT_OK && !path)
        code = EXIT_FAILED;
    if (code == EXIT_OK && stands_in_configuration(&known, user))
        code = shell_fail(shell, EXIT_FAILED,
                          "this user stands in the configuration: change its line there");
    if (code == EXIT_OK)
        code = change_file(shell, path, change, user);
    if (code == EXIT_OK)
        code = tell_hub(shell, &known, path);
    if (code == EXIT_OK) {
        sink_text(&text, "User ");
        sink_safe(&text, user);
        sink_format(&text, " %s\n", changes[change].done);
        shell_print(shell, sink_string(&text));
    }
    sink_free(&text);
    free(known.rows);
    return code;
}

enum exit_code work_user_add(struct shell *shell, const struct command_call *call)
{
    return change_user(shell, call->user, USERS_ADD);
}

enum exit_code work_user_passwd(struct shell *shell, const struct command_call *call)
{
    return change_user(shell, call->user, USERS_PASSWD);
}

enum exit_code work_user_disable(struct shell *shell, const struct command_call *call)
{
    return change_user(shell, call->user, USERS_DISABLE);
}

enum exit_code work_user_enable(struct shell *shell, const struct command_call *call)
{
    return change_user(shell, call->user, USERS_ENABLE);
}

/* -- list ------------------------------------------------------------------------------- */

static void list_row(json_t *all, const struct users_row *row, const char *where)
{
    json_array_append_new(all, json_pack("{ss,si,sb,ss,si}", "name", row->name, "type",
                                         (int)row->type, "enabled", (int)!row->disabled, "where",
                                         where, "line", (int)row->line));
}

static enum exit_code list_file(struct shell *shell, const char *path, json_t *all)
{
    struct config *users = NULL;
    struct sink why = {0};
    enum exit_code code = EXIT_OK;
    enum rc rc = users_file_read(path, &users, &why);
    struct users_page *page = rc == RC_OK ? malloc(sizeof *page) : NULL;
    uint32_t at = 0;
    do {
        if (!page)
            break;
        users_page_fill(users, at, page);
        for (size_t i = 0; i < page->count; i++)
            list_row(all, &page->rows[i], path);
        at = page->next;
    } while (at);
    if (rc != RC_OK && rc != RC_NOT_FOUND)
        code = fail_with(shell, rc, &why);
    free(page);
    config_free(users);
    sink_free(&why);
    return code;
}

static void print_list(struct shell *shell, json_t *all)
{
    struct sink out = {0};
    size_t i;
    json_t *row;
    if (shell->json) {
        json_t *document = json_pack("{si,sO}", "version", 1, "users", all);
        char *text = document ? json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII) : NULL;
        sink_format(&out, "%s\n", text ? text : "{}");
        free(text);
        json_decref(document);
    } else {
        sink_format(&out, "%-24s %-5s %-9s %s\n", "Name", "Type", "State", "Where");
        json_array_foreach(all, i, row)
        {
            struct sink name = {0};
            sink_safe(&name, json_string_value(json_object_get(row, "name")));
            sink_format(&out, "%-24s %-5d %-9s %s, line %d\n", sink_string(&name),
                        (int)json_integer_value(json_object_get(row, "type")),
                        json_is_true(json_object_get(row, "enabled")) ? "enabled" : "disabled",
                        json_string_value(json_object_get(row, "where")),
                        (int)json_integer_value(json_object_get(row, "line")));
            sink_free(&name);
        }
    }
    shell_print(shell, sink_string(&out));
    sink_free(&out);
}

enum exit_code work_user_list(struct shell *shell, const struct command_call *call)
{
    struct known known;
    (void)call;
    enum exit_code code = learn(shell, &known);
    json_t *all = json_array();
    if (code != EXIT_OK || !all)
        goto out;
    for (size_t i = 0; i < known.count; i++)
        list_row(all, &known.rows[i], "configuration");
    const char *path = shell->users_file ? shell->users_file : known.file;
    if (*path)
        code = list_file(shell, path, all);
    if (code == EXIT_OK && !json_array_size(all))
        code = shell_fail(shell, EXIT_NOTHING, "there are no users");
    else
        print_list(shell, all);
out:
    json_decref(all);
    free(known.rows);
    return code;
}
