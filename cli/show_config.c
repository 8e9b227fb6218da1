/* The `show` commands that answer from the configuration: of the running hub, or with --config of a
 * file, and then without a hub. */
#include "cli/configuration.h"
#include "cli/document.h"
#include "cli/show_map.h"
#include "cli/show_policy.h"
#include "cli/show_profile.h"
#include "cli/work.h"
#include "config/interface_name.h"
#include "config/load.h"

#include <string.h>

/* One command's way to show a configuration. */
struct view {
    const char *key; /* of the document */
    bool tunnels;    /* it shows live tunnels, too */
    void (*text)(struct sink *out, const struct show_maps *maps, const struct command_call *call);
    json_t *(*json)(const struct show_maps *maps, const struct command_call *call);
};

/* Views of the configuration alone. */
#define PLAIN(name)                                                                                \
    static void name##_text(struct sink *out, const struct show_maps *maps,                        \
                            const struct command_call *call)                                       \
    {                                                                                              \
        (void)call;                                                                                \
        show_##name(out, maps->config);                                                            \
    }                                                                                              \
    static json_t *name##_json(const struct show_maps *maps, const struct command_call *call)      \
    {                                                                                              \
        (void)call;                                                                                \
        return show_##name##_json(maps->config);                                                   \
    }
PLAIN(policies)
PLAIN(keys)
PLAIN(profiles)
PLAIN(transform_sets)

/* -- maps ------------------------------------------------------------------------------ */

static bool map_wanted(const struct config *config, const struct crypto_map *map,
                       const struct command_call *call)
{
    char interface[INTERFACE_NAME];
    if (call->tag[0] && strcmp(map->name, call->tag) != 0)
        return false;
    interface_name(call->interface, NULL, interface);
    return !call->interface[0] || show_map_is_on(config, map, interface);
}

static void maps_text(struct sink *out, const struct show_maps *maps,
                      const struct command_call *call)
{
    const struct config *config = maps->config;
    for (size_t i = 0; i < config->crypto_map_count; i++) {
        if (!map_wanted(config, &config->crypto_maps[i], call))
            continue;
        sink_text(out, out->len ? "\n" : "");
        show_crypto_map(out, maps, &config->crypto_maps[i]);
    }
}

static json_t *maps_json(const struct show_maps *maps, const struct command_call *call)
{
    const struct config *config = maps->config;
    json_t *array = json_array();
    for (size_t i = 0; i < config->crypto_map_count; i++)
        if (map_wanted(config, &config->crypto_maps[i], call))
            array = document_add(array, show_crypto_map_json(maps, &config->crypto_maps[i]));
    return array;
}

static bool dynamic_wanted(const struct dynamic_map *map, const struct command_call *call)
{
    return !call->tag[0] || strcmp(map->name, call->tag) == 0;
}

static void dynamic_text(struct sink *out, const struct show_maps *maps,
                         const struct command_call *call)
{
    const struct config *config = maps->config;
    for (size_t i = 0; i < config->dynamic_map_count; i++) {
        if (!dynamic_wanted(&config->dynamic_maps[i], call))
            continue;
        sink_text(out, out->len ? "\n" : "");
        show_dynamic_map(out, config, &config->dynamic_maps[i]);
    }
}

static json_t *dynamic_json(const struct show_maps *maps, const struct command_call *call)
{
    const struct config *config = maps->config;
    json_t *array = json_array();
    for (size_t i = 0; i < config->dynamic_map_count; i++)
        if (dynamic_wanted(&config->dynamic_maps[i], call))
            array = document_add(array, show_dynamic_map_json(config, &config->dynamic_maps[i]));
    return array;
}

/* -- all of them ----------------------------------------------------------------------- */

static json_t *document(const struct shell *shell, const struct view *view,
                        const struct show_maps *maps, const struct command_call *call,
                        const struct rows *rows, const char *lines)
{
    json_t *all = status_document_json(&rows->header);
    if (shell->config_file)
        all = document_with(all, "hub", json_null());
    all = document_with(all, "configuration", document_text(lines));
    return document_with(all, view->key, view->json(maps, call));
}

/* Rows only where they are shown or their header is. */
static enum exit_code fetch(struct shell *shell, const struct view *view, struct rows *rows)
{
    if (shell->config_file)
        return EXIT_OK;
    if (view->tunnels)
        return rows_fetch(shell, STATUS_IPSEC, rows);
    return shell->json ? rows_fetch(shell, STATUS_SUMMARY, rows) : EXIT_OK;
}

/* A name that was asked for and is not there. */
static enum exit_code found(struct shell *shell, const struct command_call *call,
                            const struct sink *text)
{
    if (text->len || text->bad)
        return EXIT_OK;
    if (call->interface[0])
        return shell_fail(shell, EXIT_NOTHING, "no crypto map on interface %s", call->interface);
    return call->tag[0] ? shell_fail(shell, EXIT_NOTHING, "no map %s", call->tag) : EXIT_OK;
}

static enum exit_code show(struct shell *shell, const struct command_call *call,
                           const struct view *view)
{
    struct sink text = {0}, json = {0};
    struct rows rows = {0};
    struct config *config = NULL;
    const char *lines = NULL;
    enum exit_code code = configuration_get(shell, &config, &lines);
    if (code == EXIT_OK)
        code = fetch(shell, view, &rows);
    if (code == EXIT_OK) {
        struct show_maps maps = {config, rows.ipsec, rows.ipsec_count};
        show_maps_sort(&maps);
        view->text(&text, &maps, call);
        code = found(shell, call, &text);
        if (code == EXIT_OK && shell->json)
            document_write(&json, document(shell, view, &maps, call, &rows, lines));
    }
    if (shell->json) {
        sink_free(&text);
        text = json;
    }
    config_free(config);
    return document_finish(shell, code, &text, &rows);
}

#define WORK(work, ...)                                                                            \
    enum exit_code work(struct shell *shell, const struct command_call *call)                      \
    {                                                                                              \
        static const struct view view = __VA_ARGS__;                                               \
        return show(shell, call, &view);                                                           \
    }
WORK(work_show_policy, {"policies", false, policies_text, policies_json})
WORK(work_show_key, {"keys", false, keys_text, keys_json})
WORK(work_show_profile, {"profiles", false, profiles_text, profiles_json})
WORK(work_show_transform_set, {"transform_sets", false, transform_sets_text, transform_sets_json})
WORK(work_show_map, {"crypto_maps", true, maps_text, maps_json})
WORK(work_show_dynamic_map, {"dynamic_maps", false, dynamic_text, dynamic_json})
