/* Status rows for tests of what renders them: the two sessions of seed 003, a branch over IPv6, one
 * that is still negotiating, and the hostile texts of the field. */
#ifndef HUBWARD_TESTS_STATUS_FIXTURE_H
#define HUBWARD_TESTS_STATUS_FIXTURE_H

#include "host/message_status.h"

#include <stdlib.h>

static inline struct selector fixture_net(uint32_t address, uint8_t len)
{
    return selector_of_prefix((struct prefix){.addr = addr_v4(address), .len = len});
}

static inline struct endpoint fixture_endpoint(const char *address, uint16_t port)
{
    struct endpoint endpoint = {.port = port};
    if (addr_parse(address, &endpoint.addr) != RC_OK)
        abort();
    return endpoint;
}

static inline struct status_ike fixture_branch(void)
{
    return (struct status_ike){
        .id = 4294967297,
        .conn = 1,
        .local = fixture_endpoint("10.48.67.181", 500),
        .remote = fixture_endpoint("10.100.2.102", 500),
        .state = "QM_IDLE",
        .established = true,
        .identity = "10.100.2.102",
        .profile = "L2L",
        .cipher = CIPHER_3DES,
        .hash = HASH_SHA1,
        .dh_group = 2,
        .weak = true,
        .age_ms = 71057000,
        .remaining_ms = 15343000,
        .idle_ms = 4000,
        .tunnels = 1,
        .bytes_in = 1596,
        .bytes_out = 1596,
    };
}

static inline struct status_ike fixture_client(void)
{
    return (struct status_ike){
        .id = 4294967298,
        .conn = 2,
        .local = fixture_endpoint("10.48.67.181", 500),
        .remote = fixture_endpoint("10.51.82.100", 500),
        .state = "QM_IDLE",
        .established = true,
        .aggressive = true,
        .xauth = true,
        .config_mode = true,
        .identity = "key-id testgroup",
        .profile = "VPNclient",
        .group = "testgroup",
        .user = "alice",
        .assigned = addr_v4(0x0a050501),
        .client = "Cisco VPN Client 4.0.4",
        .cipher = CIPHER_3DES,
        .hash = HASH_SHA1,
        .dh_group = 2,
        .weak = true,
        .age_ms = 66482000,
        .remaining_ms = 19918000,
        .idle_ms = 1200,
        .tunnels = 1,
        .bytes_in = 15876,
        .bytes_out = 672,
    };
}

static inline struct status_ike fixture_v6(void)
{
    return (struct status_ike){
        .id = 8589934595,
        .conn = 1003,
        .local = fixture_endpoint("2001:db8::2", 500),
        .remote = fixture_endpoint("2001:db8::3", 4500),
        .state = "QM_IDLE",
        .established = true,
        .initiator = true,
        .nat = true,
        .dpd = true,
        .identity = "fqdn branch7.example",
        .cipher = CIPHER_AES,
        .key_bits = 256,
        .hash = HASH_SHA256,
        .dh_group = 14,
        .age_ms = 90000,
        .remaining_ms = 93600000,
        .tunnels = 1,
        .bytes_in = 5368709120,
        .bytes_out = 1048576,
    };
}

static inline struct status_ike fixture_negotiating(void)
{
    return (struct status_ike){
        .id = 17,
        .conn = 4,
        .local = fixture_endpoint("10.48.67.181", 500),
        .remote = fixture_endpoint("203.0.113.9", 1500),
        .state = "MM_KEY_EXCH",
        .nat = true,
        .cipher = CIPHER_AES,
        .key_bits = 128,
        .hash = HASH_SHA1,
        .dh_group = 14,
        .age_ms = 0,
        .remaining_ms = 86400000,
    };
}

static inline struct status_ipsec fixture_client_tunnel(void)
{
    return (struct status_ipsec){
        .tunnel = 70,
        .ike_id = 4294967298,
        .interface = "FastEthernet0/0",
        .map = "mymap",
        .local = fixture_endpoint("10.48.67.181", 500),
        .remote = fixture_endpoint("10.51.82.100", 500),
        .ours = fixture_net(0, 0),
        .theirs = fixture_net(0x0a050501, 32),
        .suite = {PACKET_3DES_CBC, 0, HASH_SHA1, 12},
        .encapsulation = ESP_RAW,
        .spi_in = 0x7a1ab8f3,
        .spi_out = 0xb0c0f4ac,
        .remaining_ms = 3169000,
        .remaining_kb = 4602415,
        .in = {189, 15876, 0, 0, 191},
        .out = {8, 672, 0, 0, 8},
        .conn_in = 2004,
        .conn_out = 2005,
    };
}

static inline struct status_ipsec fixture_branch_tunnel(void)
{
    return (struct status_ipsec){
        .tunnel = 69,
        .ike_id = 4294967297,
        .interface = "FastEthernet0/0",
        .map = "mymap",
        .local = fixture_endpoint("10.48.67.181", 500),
        .remote = fixture_endpoint("10.100.2.102", 500),
        .ours = fixture_net(0x0a010000, 16),
        .theirs = fixture_net(0x0a020000, 16),
        .suite = {PACKET_3DES_CBC, 0, HASH_SHA1, 12},
        .encapsulation = ESP_RAW,
        .spi_in = 0x9cd7288c,
        .spi_out = 0x5fbe5408,
        .remaining_ms = 2071000,
        .remaining_kb = 4569060,
        .in = {19, 1596, 0, 0, 19},
        .out = {19, 1596, 0, 0, 19},
        .conn_in = 2002,
        .conn_out = 2003,
    };
}

static inline struct status_ipsec fixture_v6_tunnel(void)
{
    struct status_ipsec row = {
        .tunnel = 71,
        .ike_id = 8589934595,
        .interface = "Tunnel23",
        .map = "Tunnel23-head-0",
        .local = fixture_endpoint("2001:db8::2", 4500),
        .remote = fixture_endpoint("2001:db8::3", 4500),
        .suite = {PACKET_AES_GCM, 256, HASH_NONE, 16},
        .pfs_group = 14,
        .encapsulation = ESP_UDP,
        .spi_in = 0x45f16a9a,
        .spi_out = 0x221a7153,
        .remaining_ms = 3408999,
        .remaining_kb = UINT64_MAX,
        .in = {4, 400, 1, 0, 5},
        .out = {4, 400, 2, 0, 4},
        .conn_in = 305,
        .conn_out = 306,
    };
    row.ours = row.theirs =
        selector_of_prefix((struct prefix){.addr = {.family = ADDR_V6}, .len = 0});
    return row;
}

static inline struct status_header fixture_header(void)
{
    return (struct status_header){"Hub", "0.1.0", 788645000, 1080920000};
}

static inline struct status_summary fixture_summary(void)
{
    struct status_summary summary = {.ike_sas = 3,
                                     .ike_half_open = 1,
                                     .tunnels = 3,
                                     .started_total = 120,
                                     .established_total = 101,
                                     .refused_total = 19};
    summary.drops.by_reason[DROP_IKE_COOKIE] = 17;
    summary.drops.by_reason[DROP_ESP_REPLAY] = 2;
    return summary;
}

/* Texts that some page, terminal, spreadsheet or parser took for more than text. */
static const char *const fixture_hostile[] = {
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=\"javascript:alert(1)\">",
    "</title><script>alert(1)</script>",
    "</td></tr></table><h1>owned</h1>",
    "</style><style>*{display:none}",
    "<a href=javascript:alert(1)>x</a>",
    "\" onmouseover=\"alert(1)\" x=\"",
    "' autofocus onfocus='alert(1)",
    "javascript:alert(document.domain)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "<!--",
    "--><script>alert(1)</script>",
    "<![CDATA[<script>]]>",
    "{{constructor.constructor('alert(1)')()}}",
    "${7*7}",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\\u003cscript\\u003e",
    "a\xe2\x80\xa8"
    "b\xe2\x80\xa9"
    "c", /* U+2028, U+2029 */
    "user\xe2\x80\xae"
    "gpj.exe", /* right-to-left override */
    "\xe2\x81\xa6"
    "admin\xe2\x81\xa9",             /* isolates */
    "\x1b[2J\x1b[1;1Hpwned",         /* clear the screen */
    "\x1b]0;title\x07",              /* set the title */
    "\x1b]8;;http://evil\x1b\\link", /* hyperlink */
    "\x9b"
    "31m", /* 8-bit CSI */
    "line\r\nInjected: header",
    "back\b\b\b\bspace\x7f",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "\xff\xfe\xc0\xaf\xed\xa0\x80", /* not UTF-8 */
    "\xef\xbb\xbf<script>",         /* byte order mark */
    "';DROP TABLE peers;--",
    "$(reboot)`reboot`",
    "../../etc/shadow",
};
enum { FIXTURE_HOSTILE = sizeof fixture_hostile / sizeof fixture_hostile[0] };

static inline void fixture_text(char *out, size_t size, const char *text)
{
    size_t n = strlen(text) < size - 1 ? strlen(text) : size - 1;
    memcpy(out, text, n);
    out[n] = '\0';
}

/* A row that says the text wherever a peer can write. */
static inline struct status_ike fixture_hostile_row(const char *text)
{
    struct status_ike row = fixture_client();
    fixture_text(row.state, sizeof row.state, text);
    fixture_text(row.identity, sizeof row.identity, text);
    fixture_text(row.profile, sizeof row.profile, text);
    fixture_text(row.group, sizeof row.group, text);
    fixture_text(row.user, sizeof row.user, text);
    fixture_text(row.client, sizeof row.client, text);
    return row;
}

#endif
