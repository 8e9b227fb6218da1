/* Profiles as IOS prints them; the lines that it has for certificates are left out. */
#include "cli/show_profile.h"

#include "cli/document.h"
#include "cli/running.h"

#include <string.h>

static const char *const kinds[] = {
    [MATCH_ADDRESS] = "ip-address", [MATCH_GROUP] = "group",
    [MATCH_HOST] = "host",          [MATCH_HOST_DOMAIN] = "host domain",
    [MATCH_USER] = "user",          [MATCH_USER_DOMAIN] = "user domain",
};

static void safe(struct sink *out, const char *text)
{
    running_safe(out, text, strlen(text));
}

/* "10.0.0.0 255.0.0.0", or with a length for IPv6. */
static void masked(struct sink *out, struct prefix prefix)
{
    char address[ADDR_TEXT], mask[ADDR_TEXT], text[PREFIX_TEXT];
    if (prefix.addr.family == ADDR_V6)
        sink_text(out, prefix_format(prefix, text));
    else
        sink_format(out, "%s %s", addr_format(prefix.addr, address),
                    addr_format(prefix_mask(ADDR_V4, prefix.len), mask));
}

void show_identity_match(struct sink *out, const struct identity_match *match)
{
    sink_format(out, "%s ", kinds[match->kind]);
    if (match->kind == MATCH_ADDRESS)
        masked(out, match->prefix);
    else
        safe(out, match->text);
}

json_t *show_identity_match_json(const struct identity_match *match)
{
    char prefix[PREFIX_TEXT];
    return json_pack("{ss,so}", "type", kinds[match->kind], "value",
                     document_text(match->kind == MATCH_ADDRESS
                                       ? prefix_format(match->prefix, prefix)
                                       : match->text));
}

/* One line of a setting that may be absent. */
static void line(struct sink *out, const char *head, const char *text)
{
    if (!text)
        return;
    sink_format(out, "   %s: ", head);
    safe(out, text);
    sink_char(out, '\n');
}

static const char *address_words(const struct isakmp_profile *profile)
{
    static const char *const words[] = {NULL, "respond", "initiate", "initiate, respond"};
    return words[profile->initiate_address * 2 + profile->respond_address];
}

static void keyrings(struct sink *out, const struct isakmp_profile *profile)
{
    sink_text(out, "   keyring(s): ");
    for (size_t i = 0; i < profile->keyring_count; i++) {
        sink_text(out, i ? ", " : "");
        safe(out, profile->keyrings[i]->name);
    }
    sink_text(out, profile->keyring_count ? "\n" : "default\n");
}

static void profile(struct sink *out, const struct config *config,
                    const struct isakmp_profile *profile)
{
    sink_text(out, "ISAKMP PROFILE ");
    safe(out, profile->name);
    sink_char(out, '\n');
    line(out, "Description", profile->description);
    sink_text(out, "   Identities matched are:\n");
    for (size_t i = 0; i < profile->match_count; i++) {
        sink_text(out, "    ");
        show_identity_match(out, &profile->matches[i]);
        sink_char(out, '\n');
    }
    line(out, "Identity presented is",
         config->identity == IDENTITY_HOSTNAME ? "fqdn" : "ip-address");
    keyrings(out, profile);
    line(out, "client authentication list", profile->xauth ? profile->xauth->name : NULL);
    line(out, "isakmp authorization list", profile->authorization);
    line(out, "client configuration address", address_words(profile));
    if (profile->keepalive_s)
        sink_format(out, "   keepalive: %u seconds, retry %u seconds\n", profile->keepalive_s,
                    profile->keepalive_retry_s);
}

void show_profiles(struct sink *out, const struct config *config)
{
    for (size_t i = 0; i < config->profile_count; i++) {
        sink_text(out, i ? "\n" : "");
        profile(out, config, &config->profiles[i]);
    }
}

static json_t *matches_json(const struct isakmp_profile *profile)
{
    json_t *array = json_array();
    for (size_t i = 0; i < profile->match_count; i++)
        array = document_add(array, show_identity_match_json(&profile->matches[i]));
    return array;
}

static json_t *keyrings_json(const struct isakmp_profile *profile)
{
    json_t *array = json_array();
    for (size_t i = 0; i < profile->keyring_count; i++)
        array = document_add(array, document_text(profile->keyrings[i]->name));
    return profile->keyring_count ? array : document_add(array, json_string("default"));
}

static json_t *optional(const char *text)
{
    return document_text(text ? text : "");
}

json_t *show_profiles_json(const struct config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->profile_count; i++) {
        const struct isakmp_profile *one = &config->profiles[i];
        array = document_add(
            array,
            json_pack("{so,so,so,so,so,so,sb,sb,sI,sI,si}", "name", document_text(one->name),
                      "description", optional(one->description), "identities", matches_json(one),
                      "keyrings", keyrings_json(one), "authentication_list",
                      optional(one->xauth ? one->xauth->name : NULL), "authorization_list",
                      optional(one->authorization), "address_respond", (int)one->respond_address,
                      "address_initiate", (int)one->initiate_address, "keepalive_s",
                      (json_int_t)one->keepalive_s, "keepalive_retry_s",
                      (json_int_t)one->keepalive_retry_s, "line", (int)one->line));
    }
    return array;
}
