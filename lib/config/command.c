/* All tables in the order in which a configuration is printed: what others refer to comes first. */
#include "config/command.h"

#include "config/row.h"

#include <string.h>

static const struct row *const tables[] = {
    rows_system,  rows_hubward, rows_acl,      rows_key, rows_isakmp, rows_group,
    rows_profile, rows_ipsec,   rows_identity, rows_map, rows_entry,  rows_interface,
};

const struct row *row_next(struct row_place *place)
{
    for (; place->table < sizeof tables / sizeof *tables; place->table++, place->index = 0) {
        const struct row *row = &tables[place->table][place->index++];
        if (row->syntax)
            return row;
    }
    return NULL;
}

size_t row_head_words(const struct row *row)
{
    size_t words = 0, head = 0;
    for (const char *at = row->syntax; *at && *at != '[' && *at != '{';) {
        bool keyword = *at != '<' && !(*at >= 'A' && *at <= 'Z');
        words++;
        head = keyword ? words : head;
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return head;
}

static const char *const mode_names[MODE_COUNT] = {
    [MODE_GLOBAL] = "",
    [MODE_KEYRING] = "config-keyring",
    [MODE_POLICY] = "config-isakmp",
    [MODE_PROFILE] = "config-isakmp-profile",
    [MODE_GROUP] = "config-isakmp-group",
    [MODE_TRANSFORM] = "config-crypto-transform",
    [MODE_IDENTITY] = "config-crypto-identity",
    [MODE_ENTRY] = "config-crypto-map",
    [MODE_INTERFACE] = "config-interface",
    [MODE_ACL_STANDARD] = "config-standard-acl",
    [MODE_ACL_EXTENDED] = "config-extended-acl",
    [MODE_FOREIGN] = "",
    [MODE_REFUSED] = "",
};

bool config_command(size_t index, struct config_command *out)
{
    struct row_place place = {0, 0};
    const struct row *row = row_next(&place);
    while (row && index-- > 0)
        row = row_next(&place);
    if (!row)
        return false;
    *out = (struct config_command){.mode = mode_names[row->mode],
                                   .syntax = row->syntax,
                                   .help = row->help,
                                   .standard = row->standard ? row->standard : "",
                                   .refused = row->refuse ? row->refuse : "",
                                   .ignored = !row->apply && !row->refuse};
    return true;
}
