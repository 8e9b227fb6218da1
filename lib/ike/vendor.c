/* Vendor ids as one table: octets, how many of them count, and whether we send them. */
#include "ike/vendor.h"

enum { VID_OCTETS = 20 };

struct vendor_row {
    const char *hex;
    enum vendor vendor;
    uint8_t match; /* octets that must be equal; the rest is a version or varies */
    bool exact;    /* and nothing may follow */
};

/* Octets: MD5 of the drafts' names and the like, as collected in ike-scan's list of vendor ids. The
 * first row of a vendor is the one we send. */
static const struct vendor_row rows[] = {
    {"09002689dfd6b712", VENDOR_XAUTH, 8, false},
    {"afcad71368a1f1c96b8696fc77570100", VENDOR_DPD, 14, false},
    {"12f5f28c457168a9702d9fe274cc0100", VENDOR_UNITY, 14, false},
    {"4048b7d56ebce88525e7de7f00d6c2d3", VENDOR_FRAGMENTATION, 16, false},
    {"4a131c81070358455c5728f20e95452f", VENDOR_NATT_RFC3947, 16, true},
    {"7d9419a65310ca6f2c179d9215529d56", VENDOR_NATT_03, 16, true},
    {"90cb80913ebb696e086381b5ec427b1f", VENDOR_NATT_02N, 16, true},
    {"cd60464335df21f87cfdb2fc68b6a448", VENDOR_NATT_02, 16, true},
    {"16f6ca16e4a4066d83821a0f0aeaa862", VENDOR_NATT_01, 16, true},
    {"4485152d18b6bbcd0be8a8469579ddcc", VENDOR_NATT_00, 16, true},
    {"9909b64eed937c6573de52ace952fa6b", VENDOR_NATT_04_TO_08, 16, true},
    {"80d0bb3def54565ee84645d4c85ce3ee", VENDOR_NATT_04_TO_08, 16, true},
    {"4d1e0e136deafa34c4f3ea9f02ec7285", VENDOR_NATT_04_TO_08, 16, true},
    {"439b59f8ba676c4c7737ae22eab8f582", VENDOR_NATT_04_TO_08, 16, true},
    {"8f8d83826d246b6fc7a8a6a428c11de8", VENDOR_NATT_04_TO_08, 16, true},
    {"4df37928e9fc4fd1b3262170d515c662", VENDOR_NATT_04_TO_08, 16, true},
    {"3e984048", VENDOR_IOS, 4, false},
    {"1f07f70eaa6514d3b0fa96542a50", VENDOR_CISCO_3000, 14, false},
    {"f6f7efc7f5aeb8cb158cb9d094ba69e7", VENDOR_CISCO_CLIENT, 16, true},
    {"882fe56d6fd20dbc2251613b2ebe5beb", VENDOR_STRONGSWAN, 16, true},
    {"7003cbc1097dbe9c2600ba6983bc8b35", VENDOR_RACOON, 16, true},
    {"1e2b516905991c7d7c96fcbfb587e461", VENDOR_WINDOWS, 16, false},
    {"3b9031dce4fcf88b489a923963dd0c49", VENDOR_SHREW, 16, true},
    {"126e1f577291153b20485f7f155b4bc8", VENDOR_VPNC, 16, true},
    {"6056a8cdd934832c4a328f978a30eb47", VENDOR_HUBWARD, 16, true},
};

static const struct {
    const char *name;
    const char *client; /* NULL: says nothing about who it is */
    bool sent;
} facts[VENDOR_COUNT] = {
    [VENDOR_XAUTH] = {"XAUTH", NULL, true},
    [VENDOR_DPD] = {"DPD", NULL, true},
    [VENDOR_UNITY] = {"Unity", NULL, true},
    [VENDOR_FRAGMENTATION] = {"IKE fragmentation", NULL, false},
    [VENDOR_NATT_RFC3947] = {"NAT-T RFC 3947", NULL, true},
    [VENDOR_NATT_03] = {"NAT-T v3", NULL, true},
    [VENDOR_NATT_02N] = {"NAT-T v2", NULL, true},
    [VENDOR_NATT_02] = {"NAT-T v2, no newline", NULL, true},
    [VENDOR_NATT_01] = {"NAT-T v1", NULL, false},
    [VENDOR_NATT_00] = {"NAT-T v0", NULL, false},
    [VENDOR_NATT_04_TO_08] = {"NAT-T v4 to v8", NULL, false},
    [VENDOR_IOS] = {"Cisco IOS", "Cisco IOS", false},
    [VENDOR_CISCO_3000] = {"Cisco VPN 3000", "Cisco VPN 3000", false},
    [VENDOR_CISCO_CLIENT] = {"Cisco VPN Client", "Cisco VPN Client", false},
    [VENDOR_STRONGSWAN] = {"strongSwan", "strongSwan", false},
    [VENDOR_RACOON] = {"racoon", "racoon", false},
    [VENDOR_WINDOWS] = {"Windows", "Windows", false},
    [VENDOR_SHREW] = {"Shrew Soft", "Shrew Soft", false},
    [VENDOR_VPNC] = {"vpnc", "vpnc", false},
    [VENDOR_HUBWARD] = {"Hubward", "Hubward", true},
};

static uint8_t nibble(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static uint8_t octet_of(const char *hex, size_t i)
{
    return (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
}

static bool row_matches(const struct vendor_row *row, struct span body)
{
    if (body.len < row->match || (row->exact && body.len != row->match))
        return false;
    for (size_t i = 0; i < row->match; i++)
        if (body.at[i] != octet_of(row->hex, i))
            return false;
    return true;
}

enum vendor vendor_of(struct span body)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (row_matches(&rows[i], body))
            return rows[i].vendor;
    return VENDOR_COUNT;
}

uint32_t vendor_set(const struct ike_chain *chain)
{
    uint32_t set = 0;
    for (size_t i = 0; i < chain->count; i++) {
        if (chain->items[i].type != PAYLOAD_VENDOR)
            continue;
        enum vendor vendor = vendor_of(chain->items[i].body);
        if (vendor != VENDOR_COUNT)
            set |= 1u << vendor;
    }
    return set;
}

const char *vendor_name(enum vendor vendor)
{
    return (size_t)vendor < VENDOR_COUNT ? facts[vendor].name : "unknown";
}

static const struct vendor_row *first_row(enum vendor vendor)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].vendor == vendor)
            return &rows[i];
    return NULL;
}

void vendor_put(struct ike_writer *w, enum vendor vendor)
{
    const struct vendor_row *row = first_row(vendor);
    if (!row || !facts[vendor].sent)
        return;
    uint8_t octets[VID_OCTETS];
    size_t len = strlen(row->hex) / 2;
    for (size_t i = 0; i < len; i++)
        octets[i] = octet_of(row->hex, i);
    ike_writer_add(w, PAYLOAD_VENDOR, (struct span){octets, len});
}

/* Those that only one product sends come before those that others imitate. */
static const enum vendor client_order[] = {
    VENDOR_HUBWARD, VENDOR_STRONGSWAN, VENDOR_SHREW,      VENDOR_IOS,    VENDOR_CISCO_CLIENT,
    VENDOR_VPNC,    VENDOR_WINDOWS,    VENDOR_CISCO_3000, VENDOR_RACOON,
};

const char *vendor_client(uint32_t set)
{
    for (size_t i = 0; i < sizeof client_order / sizeof *client_order; i++)
        if (set & 1u << client_order[i])
            return facts[client_order[i]].client;
    /* Apple's racoon has no id of its own, but only it sends all of these together. */
    const uint32_t apple = 1u << VENDOR_FRAGMENTATION | 1u << VENDOR_NATT_04_TO_08 |
                           1u << VENDOR_XAUTH | 1u << VENDOR_UNITY;
    return (set & apple) == apple ? "iOS or macOS" : "";
}
