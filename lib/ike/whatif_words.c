/* A peer described in words: clauses of a table, each with its reader. */
#include "ike/whatif.h"

#include "crypto/dh.h"
#include "crypto/words.h"

#include <stdio.h>

enum { WORD_MAX = IDENTITY_DATA_MAX + 1, SUITE_PARTS = 6 };

struct reading {
    const char *at;
    char word[WORD_MAX]; /* the one that was taken last */
    struct whatif_peer *peer;
    char *problem;
    bool auth_given;
    bool too_long; /* a word was no value that can be */
};

static bool complain(struct reading *r, const char *what)
{
    snprintf(r->problem, WHATIF_PROBLEM, "%s%s%.80s%s", what, r->word[0] ? ": \"" : "", r->word,
             r->word[0] ? "\"" : "");
    return false;
}

/* The next word, its octets untouched; "" at the end, and for one that no value can be. */
static bool take(struct reading *r)
{
    r->at += strspn(r->at, " \t");
    size_t len = strcspn(r->at, " \t");
    r->too_long = len >= sizeof r->word;
    size_t kept = r->too_long ? 0 : len;
    memcpy(r->word, r->at, kept);
    r->word[kept] = '\0';
    r->at += len;
    return kept > 0;
}

/* Decimal, from least to most. */
static bool number(const char *text, unsigned least, unsigned most, unsigned *out)
{
    unsigned value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    *out = value;
    return value >= least && value <= most;
}

static bool read_from(struct reading *r)
{
    if (!take(r) || addr_parse(r->word, &r->peer->from.addr) != RC_OK)
        return complain(r, "an address must follow \"from\"");
    return true;
}

static bool read_port(struct reading *r)
{
    unsigned port;
    if (!take(r) || !number(r->word, 1, UINT16_MAX, &port))
        return complain(r, "a number from 1 to 65535 must follow \"port\"");
    r->peer->from.port = (uint16_t)port;
    return true;
}

static bool read_interface(struct reading *r)
{
    if (!take(r) || strlen(r->word) >= sizeof r->peer->interface)
        return complain(r, "the name of an interface must follow \"interface\"");
    memcpy(r->peer->interface, r->word, strlen(r->word) + 1);
    return true;
}

static bool read_mode(struct reading *r)
{
    take(r);
    r->peer->aggressive = strcmp(r->word, "aggressive") == 0;
    if (!r->peer->aggressive && strcmp(r->word, "main") != 0)
        return complain(r, "main or aggressive must follow \"mode\"");
    return true;
}

static bool read_auth(struct reading *r)
{
    take(r);
    bool xauth = strcmp(r->word, "xauth") == 0;
    if (!xauth && strcmp(r->word, "psk") != 0)
        return complain(r, "psk or xauth must follow \"auth\"");
    r->peer->auth = xauth ? AUTH_XAUTH_INIT_PSK : AUTH_PSK;
    r->auth_given = true;
    return true;
}

static bool read_key(struct reading *r)
{
    if (!take(r) || strlen(r->word) >= sizeof r->peer->key)
        return complain(r, "the name of a key must follow \"key\"");
    snprintf(r->peer->key, sizeof r->peer->key, "%.*s", (int)sizeof r->peer->key - 1, r->word);
    return true;
}

static bool read_id(struct reading *r)
{
    static const struct {
        const char *word;
        enum identity_type type;
    } types[] = {{"address", ID_IPV4_ADDR},
                 {"fqdn", ID_FQDN},
                 {"user-fqdn", ID_USER_FQDN},
                 {"key-id", ID_KEY_ID}};
    size_t i = 0;
    struct addr addr;
    take(r);
    while (i < sizeof types / sizeof *types && strcmp(r->word, types[i].word) != 0)
        i++;
    if (i == sizeof types / sizeof *types)
        return complain(r, "address, fqdn, user-fqdn or key-id must follow \"id\"");
    if (!take(r))
        return complain(r, "the identity's value is missing");
    if (types[i].type != ID_IPV4_ADDR) {
        r->peer->identity = identity_of_text(types[i].type, r->word);
        return true;
    }
    if (addr_parse(r->word, &addr) != RC_OK)
        return complain(r, "an address must follow \"id address\"");
    r->peer->identity = identity_of_addr(addr);
    return true;
}

/* 10.1.0.0/16, 10.1.1.1, any. */
static bool read_net(struct reading *r, struct selector *out)
{
    struct addr addr;
    unsigned len;
    if (!take(r))
        return complain(r, "two nets must follow \"proxies\": the hub's side and the peer's");
    if (strcmp(r->word, "any") == 0) {
        *out = selector_of_prefix(prefix_of(addr_v4(0), 0));
        return true;
    }
    char *slash = strchr(r->word, '/');
    if (slash)
        *slash = '\0';
    bool good = addr_parse(r->word, &addr) == RC_OK;
    len = good ? (unsigned)addr_len(addr.family) * 8 : 0;
    good = good && (!slash || number(slash + 1, 0, len, &len));
    if (slash)
        *slash = '/';
    if (!good)
        return complain(r, "not an address, ADDRESS/LENGTH or any");
    *out = selector_of_prefix(prefix_of(addr, (uint8_t)len));
    return true;
}

static bool read_proxies(struct reading *r)
{
    r->peer->has_proxies = true;
    if (!read_net(r, &r->peer->local) || !read_net(r, &r->peer->remote))
        return false;
    if (r->peer->local.first.family != r->peer->remote.first.family)
        return complain(r, "both proxies must be of one family");
    return true;
}

/* -- suites ----------------------------------------------------------------------------------- */

/* The parts of a suite between its dashes. */
struct parts {
    char text[48];
    const char *part[SUITE_PARTS];
    size_t count, at;
};

static bool split(const char *text, struct parts *out)
{
    size_t len = strlen(text);
    *out = (struct parts){.count = 0};
    if (len == 0 || len >= sizeof out->text)
        return false;
    memcpy(out->text, text, len + 1);
    for (char *at = out->text; at; out->count++) {
        if (out->count == SUITE_PARTS)
            return false;
        out->part[out->count] = at;
        at = strchr(at, '-');
        if (at)
            *at++ = '\0';
    }
    return true;
}

static const char *part(const struct parts *parts)
{
    return parts->at < parts->count ? parts->part[parts->at] : "";
}

/* AES is 128 bits unless it says otherwise. */
static unsigned read_bits(struct parts *parts)
{
    unsigned bits;
    if (!number(part(parts), 128, 256, &bits) || (bits != 128 && bits != 192 && bits != 256))
        return 128;
    parts->at++;
    return bits;
}

static enum hash_alg read_hash(struct parts *parts)
{
    for (int i = HASH_NONE + 1; i <= HASH_SHA512; i++)
        if (strcmp(hash_word((enum hash_alg)i), part(parts)) == 0) {
            parts->at++;
            return (enum hash_alg)i;
        }
    return HASH_NONE;
}

/* 0: none, or one that is not known. */
static uint16_t read_group(struct parts *parts)
{
    unsigned group;
    if (!number(part(parts), 1, UINT16_MAX, &group) || !dh_group((uint16_t)group))
        return 0;
    parts->at++;
    return (uint16_t)group;
}

static enum rc add_phase1(struct parts *parts, struct whatif_peer *peer)
{
    struct isakmp_policy suite = {.lifetime_s = 86400, .auth = ISAKMP_AUTH_PSK};
    for (int i = CIPHER_NONE + 1; i <= CIPHER_AES; i++)
        if (strcmp(cipher_word((enum cipher_alg)i), part(parts)) == 0)
            suite.cipher = (enum cipher_alg)i;
    parts->at++;
    suite.key_bits = suite.cipher == CIPHER_AES ? read_bits(parts) : 0;
    suite.hash = read_hash(parts);
    suite.group = read_group(parts);
    if (suite.cipher == CIPHER_NONE || suite.hash == HASH_NONE || suite.group == 0 ||
        parts->at != parts->count)
        return RC_MALFORMED;
    if (peer->suite_count == WHATIF_SUITES)
        return RC_FULL;
    suite.priority = (unsigned)peer->suite_count + 1;
    peer->suites[peer->suite_count++] = suite;
    return RC_OK;
}

static const struct {
    const char *word;
    enum packet_cipher cipher;
    bool sized; /* has key bits */
    uint8_t icv_len;
} ciphers[] = {{"null", PACKET_NULL, false, 0},
               {"des", PACKET_DES_CBC, false, 0},
               {"3des", PACKET_3DES_CBC, false, 0},
               {"aes", PACKET_AES_CBC, true, 0},
               {"gcm", PACKET_AES_GCM, true, 16}};

static enum rc add_phase2(struct parts *parts, struct whatif_peer *peer)
{
    struct transform_set set = {.name = "offer"};
    size_t i = 0;
    while (i < sizeof ciphers / sizeof *ciphers && strcmp(ciphers[i].word, part(parts)) != 0)
        i++;
    if (i == sizeof ciphers / sizeof *ciphers)
        return RC_MALFORMED;
    parts->at++;
    set.suite.cipher = ciphers[i].cipher;
    set.suite.icv_len = ciphers[i].icv_len;
    set.suite.key_bits = ciphers[i].sized ? (uint16_t)read_bits(parts) : 0;
    set.suite.integrity = ciphers[i].icv_len ? HASH_NONE : read_hash(parts);
    uint16_t group = read_group(parts);
    if (parts->at != parts->count || (set.suite.integrity == HASH_NONE && !ciphers[i].icv_len))
        return RC_MALFORMED;
    if (peer->set_count == WHATIF_SUITES)
        return RC_FULL;
    if (peer->set_count && group != peer->pfs_group)
        return RC_EXISTS;
    peer->pfs_group = group;
    peer->sets[peer->set_count++] = set;
    return RC_OK;
}

enum rc whatif_read_suite(const char *text, struct whatif_peer *peer)
{
    struct parts parts;
    if (!split(text, &parts))
        return RC_MALFORMED;
    if (strcmp(part(&parts), "esp") != 0)
        return add_phase1(&parts, peer);
    parts.at++;
    return add_phase2(&parts, peer);
}

static bool read_suite(struct reading *r)
{
    enum rc rc = whatif_read_suite(r->word, r->peer);
    if (rc == RC_FULL)
        return complain(r, "more suites than are looked at");
    if (rc == RC_EXISTS)
        return complain(r, "all suites of phase 2 must have one PFS group");
    if (rc != RC_OK)
        return complain(r, "not a suite such as aes-256-sha256-14 or esp-aes-256-sha256");
    return true;
}

static bool read_offer(struct reading *r)
{
    if (!take(r))
        return complain(r, "a suite must follow \"offer\"");
    return read_suite(r);
}

/* -- clauses ---------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    bool (*read)(struct reading *r);
    bool again; /* may stand more than once */
} clauses[] = {
    {"from", read_from, false}, {"port", read_port, false},  {"interface", read_interface, false},
    {"mode", read_mode, false}, {"id", read_id, false},      {"auth", read_auth, false},
    {"key", read_key, false},   {"offer", read_offer, true}, {"proxies", read_proxies, false},
};
enum { CLAUSES = sizeof clauses / sizeof *clauses, FROM = 0 };

static size_t find_clause(const char *word)
{
    size_t i = 0;
    while (i < CLAUSES && strcmp(clauses[i].word, word) != 0)
        i++;
    return i;
}

static bool read_clauses(struct reading *r)
{
    bool seen[CLAUSES] = {false};
    size_t last = CLAUSES;
    while (take(r)) {
        size_t i = find_clause(r->word);
        /* `offer` takes suites until the next clause. */
        if (i == CLAUSES && last < CLAUSES && clauses[last].again) {
            if (!read_suite(r))
                return false;
            continue;
        }
        if (i == CLAUSES)
            return complain(r, "unknown word");
        if (seen[i] && !clauses[i].again)
            return complain(r, "this stands twice");
        seen[i] = true;
        last = i;
        if (!clauses[i].read(r))
            return false;
    }
    if (r->too_long)
        return complain(r, "a word is too long");
    return seen[FROM] || complain(r, "\"from ADDRESS\" is missing");
}

enum rc whatif_parse(const char *words, struct whatif_peer *out, char problem[WHATIF_PROBLEM])
{
    struct whatif_peer peer = {.from.port = 500};
    struct reading r = {.at = words, .peer = &peer, .problem = problem};
    if (!read_clauses(&r))
        return RC_MALFORMED;
    r.word[0] = '\0';
    if (peer.aggressive && peer.identity.type == ID_NONE) {
        complain(&r, "aggressive mode begins with an identity: add \"id TYPE VALUE\"");
        return RC_MALFORMED;
    }
    if (!r.auth_given)
        peer.auth = peer.aggressive ? AUTH_XAUTH_INIT_PSK : AUTH_PSK;
    *out = peer;
    return RC_OK;
}
