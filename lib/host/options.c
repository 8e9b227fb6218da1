/* A table of options; each takes its value as the next word or after "=". */
#include "host/options.h"

#include "host/manual.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

enum option_field { FIELD_PATH, FIELD_MAP, FIELD_LOG, FIELD_JSON, FIELD_ACTION };

struct option {
    const char *name;
    const char *brief; /* one-letter form or NULL */
    enum option_field field;
    size_t offset; /* FIELD_PATH */
    size_t size;
    enum options_action action;
    const char *value; /* how help names it */
    const char *help;
};

#define PATH_FIELD(name)                                                                           \
    FIELD_PATH, offsetof(struct options, name), sizeof((struct options *)0)->name
#define ACTION(kind) FIELD_ACTION, 0, 0, kind

static const struct option table[] = {
    {"--config", "-c", PATH_FIELD(config), OPTIONS_RUN, "FILE", "the configuration"},
    {"--check", NULL, ACTION(OPTIONS_CHECK), "", "report on the configuration and start nothing"},
    {"--json", NULL, FIELD_JSON, 0, 0, OPTIONS_RUN, "",
     "with --check: the report as a JSON document on standard output"},
    {"--map", NULL, FIELD_MAP, 0, 0, OPTIONS_RUN, "IOSIF=LINUXIF",
     "an interface of the configuration is this Linux interface"},
    {"--run-dir", NULL, PATH_FIELD(run_dir), OPTIONS_RUN, "DIR", "sockets of this instance"},
    {"--state-dir", NULL, PATH_FIELD(state_dir), OPTIONS_RUN, "DIR", "its database"},
    {"--libexec", NULL, PATH_FIELD(libexec), OPTIONS_RUN, "DIR", "the role programs"},
    {"--tun-prefix", NULL, PATH_FIELD(tun_prefix), OPTIONS_RUN, "NAME", "TUN devices are NAME0 …"},
    {"--log", NULL, FIELD_LOG, 0, 0, OPTIONS_RUN, "auto|text|json",
     "how to log: fields where standard error is the journal, else lines; lines; JSON lines"},
    {"--down", NULL, ACTION(OPTIONS_DOWN), "",
     "remove devices, routes and rules that a dead instance left"},
    {"--version", NULL, ACTION(OPTIONS_VERSION), "", "print the version"},
    {"--man", NULL, ACTION(OPTIONS_MAN), "", "print the manual page, in mdoc"},
    {"--man-config", NULL, ACTION(OPTIONS_MAN_CONFIG), "",
     "print the manual page of the configuration, in mdoc"},
    {"--help", "-h", ACTION(OPTIONS_HELP), "", "print the options"},
};

static const char default_tun_prefix[] = "hubward";

enum { TABLE_LENGTH = sizeof table / sizeof *table };

static const struct option *find(const char *word, size_t name_len)
{
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        const struct option *option = &table[i];
        if ((strlen(option->name) == name_len && strncmp(word, option->name, name_len) == 0) ||
            (option->brief && strcmp(word, option->brief) == 0))
            return option;
    }
    return NULL;
}

static enum rc put_text(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n == 0 || n >= size)
        return RC_MALFORMED;
    memcpy(out, text, n + 1);
    return RC_OK;
}

/* What the kernel takes as an interface name. */
static bool interface_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return false;
    for (; *name; name++)
        if (*name <= ' ' || *name >= 0x7f || *name == '/' || *name == ':' || *name == '"')
            return false;
    return true;
}

enum rc options_mapping(const char *text, char ios[OPTIONS_NAME], char linux_name[OPTIONS_NAME])
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : 0;
    if (n == 0 || n >= OPTIONS_NAME || !interface_name(equals + 1))
        return RC_MALFORMED;
    memcpy(ios, text, n);
    ios[n] = '\0';
    return put_text(linux_name, OPTIONS_NAME, equals + 1);
}

static enum rc add_mapping(struct options *out, const char *value)
{
    if (out->mapping_count == OPTIONS_MAPPINGS)
        return RC_FULL;
    char(*names)[OPTIONS_NAME] = out->names[out->mapping_count];
    if (options_mapping(value, names[0], names[1]) != RC_OK)
        return RC_MALFORMED;
    out->mappings[out->mapping_count++] = (struct config_mapping){names[0], names[1]};
    return RC_OK;
}

static enum rc apply(struct options *out, const struct option *option, const char *value)
{
    switch (option->field) {
    case FIELD_PATH:
        return put_text((char *)out + option->offset, option->size, value);
    case FIELD_MAP:
        return add_mapping(out, value);
    case FIELD_LOG:
        return log_form_parse(value, &out->log);
    case FIELD_JSON:
        out->json = true;
        return RC_OK;
    case FIELD_ACTION:
        break;
    }
    out->action = option->action;
    return RC_OK;
}

static enum rc take_word(int argc, char *const *argv, int *at, struct options *out, char *complaint,
                         size_t size)
{
    const char *word = argv[*at];
    const char *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    size_t name_len = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *option = find(word, name_len);
    bool takes = option && option->value[0];
    if (!option || (!takes && equals)) {
        snprintf(complaint, size, "unknown option \"%s\"", word);
        return RC_MALFORMED;
    }
    const char *value = equals ? equals + 1 : NULL;
    if (takes && !value && ++*at < argc)
        value = argv[*at];
    if (takes && !value) {
        snprintf(complaint, size, "%s needs %s", option->name, option->value);
        return RC_MALFORMED;
    }
    if (apply(out, option, value ? value : "") != RC_OK) {
        snprintf(complaint, size, "%s: \"%s\" is not %s", option->name, value, option->value);
        return RC_MALFORMED;
    }
    return RC_OK;
}

enum rc options_parse(int argc, char *const *argv, const struct options_defaults *defaults,
                      struct options *out, char *complaint, size_t size)
{
    *out = (struct options){.action = OPTIONS_RUN};
    snprintf(out->tun_prefix, sizeof out->tun_prefix, "%s", default_tun_prefix);
    if (put_text(out->config, sizeof out->config, defaults->config) != RC_OK ||
        put_text(out->run_dir, sizeof out->run_dir, defaults->run_dir) != RC_OK ||
        put_text(out->state_dir, sizeof out->state_dir, defaults->state_dir) != RC_OK)
        return RC_MALFORMED;
    for (int at = 1; at < argc; at++) {
        enum rc rc = take_word(argc, argv, &at, out, complaint, size);
        if (rc != RC_OK)
            return rc;
    }
    if (!interface_name(out->tun_prefix) || strchr(out->tun_prefix, '%')) {
        snprintf(complaint, size, "--tun-prefix: no device can be named \"%s\"", out->tun_prefix);
        return RC_MALFORMED;
    }
    return RC_OK;
}

/* What counts when the option is not given; NULL: nothing that help could name. */
static const char *default_of(const struct option *option, const struct options_defaults *defaults)
{
    if (option->field != FIELD_PATH)
        return NULL;
    switch (option->offset) {
    case offsetof(struct options, config):
        return defaults->config;
    case offsetof(struct options, run_dir):
        return defaults->run_dir;
    case offsetof(struct options, state_dir):
        return defaults->state_dir;
    case offsetof(struct options, tun_prefix):
        return default_tun_prefix;
    default:
        return NULL;
    }
}

const char *options_help(const struct options_defaults *defaults, char *out, size_t size)
{
    size_t at = 0;
    int n = snprintf(out, size, "usage: %s [option]…\n", defaults->program);
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        at += n > 0 ? (size_t)n : 0;
        if (at >= size)
            break;
        char form[64];
        snprintf(form, sizeof form, "%s%s%s %s", table[i].brief ? table[i].brief : "",
                 table[i].brief ? ", " : "", table[i].name, table[i].value);
        const char *value = default_of(&table[i], defaults);
        n = snprintf(out + at, size - at, "  %-24s %s%s%s%s\n", form, table[i].help,
                     value ? " (" : "", value ? value : "", value ? ")" : "");
    }
    return out;
}

void options_manual(const struct options_defaults *defaults, struct sink *out)
{
    manual_list(out);
    for (size_t i = 0; i < TABLE_LENGTH; i++) {
        const struct option *option = &table[i];
        manual_option(out, &(struct manual_option){option->brief, option->name, option->value,
                                                   option->help, default_of(option, defaults)});
    }
    manual_list_end(out);
}
