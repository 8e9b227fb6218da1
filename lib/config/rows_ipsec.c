/* Transform sets and the global settings of phase 2. */
#include "config/apply.h"
#include "config/printer.h"

#include <stdio.h>
#include <string.h>

#define NOT_YET "not supported yet"

static const struct cipher_word {
    const char *keyword;
    enum packet_cipher cipher;
    bool aes;        /* may be followed by key bits, 128 unless it is */
    uint8_t icv_len; /* of a cipher that protects integrity itself, else 0 */
} ciphers[] = {
    {"esp-null", PACKET_NULL, false, 0},     {"esp-des", PACKET_DES_CBC, false, 0},
    {"esp-3des", PACKET_3DES_CBC, false, 0}, {"esp-aes", PACKET_AES_CBC, true, 0},
    {"esp-gcm", PACKET_AES_GCM, true, 16},
};

/* Tag lengths: RFC 2403, 2404 and 4868. */
static const struct integrity_word {
    const char *keyword;
    enum hash_alg hash;
    uint8_t icv_len;
} integrities[] = {
    {"esp-md5-hmac", HASH_MD5, 12},       {"esp-sha-hmac", HASH_SHA1, 12},
    {"esp-sha256-hmac", HASH_SHA256, 16}, {"esp-sha384-hmac", HASH_SHA384, 24},
    {"esp-sha512-hmac", HASH_SHA512, 32},
};

static const struct cipher_word *find_cipher(const char *keyword, size_t len)
{
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (strlen(ciphers[i].keyword) == len && memcmp(ciphers[i].keyword, keyword, len) == 0)
            return &ciphers[i];
    return NULL;
}

static const struct integrity_word *find_integrity(const char *keyword, size_t len)
{
    for (size_t i = 0; i < sizeof integrities / sizeof *integrities; i++)
        if (strlen(integrities[i].keyword) == len &&
            memcmp(integrities[i].keyword, keyword, len) == 0)
            return &integrities[i];
    return NULL;
}

struct transforms {
    const struct cipher_word *cipher;
    const struct integrity_word *integrity;
    uint16_t bits;
};

static enum rc read_transform(const struct apply *apply, const struct argument *argument,
                              struct transforms *out)
{
    struct token token = argument->token;
    const struct cipher_word *cipher = find_cipher(token.at, token.len);
    const struct integrity_word *integrity = find_integrity(token.at, token.len);
    if ((cipher && out->cipher) || (integrity && out->integrity))
        return apply_error(apply, argument->word, "a transform set has one cipher and one hash");
    if (cipher) {
        out->cipher = cipher;
        out->bits = cipher->aes ? 128 : 0;
    } else if (integrity) {
        out->integrity = integrity;
    } else if (token.len > 3 && memcmp(token.at, "ah-", 3) == 0) {
        return apply_error(apply, argument->word,
                           "AH is not supported: an \"esp-…-hmac\" protects the packet as well");
    } else if (token_is(token, "comp-lzs")) {
        return apply_error(apply, argument->word,
                           "compression is not supported: leave out \"comp-lzs\"");
    } else {
        out->bits = (uint16_t)argument_number(argument->word->text);
    }
    return RC_OK;
}

static enum rc check_transforms(const struct apply *apply, const struct transforms *transforms)
{
    if (!transforms->cipher)
        return apply_error(apply, NULL, "the cipher is missing: add one such as \"esp-aes 256\"");
    if (transforms->cipher->icv_len && transforms->integrity)
        return apply_error(apply, NULL, "esp-gcm protects integrity itself: leave out \"%s\"",
                           transforms->integrity->keyword);
    if (!transforms->cipher->icv_len && !transforms->integrity)
        return apply_error(apply, NULL,
                           "\"%s\" without a hash lets anyone change packets: add one such as "
                           "\"esp-sha256-hmac\"",
                           transforms->cipher->keyword);
    return RC_OK;
}

static enum rc apply_transform_set(struct apply *apply)
{
    struct draft *draft = apply->draft;
    const char *name = apply_text(apply, "SET", 0);
    struct transforms transforms = {.cipher = NULL};
    if (!name)
        return apply_error(apply, NULL, "the name of the transform set is missing");
    if (apply->negated) {
        draft_remove(&draft->sets, draft_find(&draft->sets, name));
        return RC_OK;
    }
    enum rc rc = RC_OK;
    for (size_t i = 4; i < apply->match->argument_count && rc == RC_OK; i++)
        rc = read_transform(apply, &apply->match->arguments[i], &transforms);
    if (rc == RC_OK)
        rc = check_transforms(apply, &transforms);
    const struct cipher_word *cipher = transforms.cipher;
    if (rc != RC_OK || !cipher)
        return rc;
    struct transform_set *set = draft_find_or_append(draft, &draft->sets, name, sizeof *set);
    if (!set)
        return RC_NO_MEMORY;
    const struct integrity_word *integrity = transforms.integrity;
    set->suite = (struct packet_suite){.cipher = cipher->cipher,
                                       .key_bits = transforms.bits,
                                       .integrity = integrity ? integrity->hash : HASH_NONE,
                                       .icv_len = integrity ? integrity->icv_len : cipher->icv_len};
    set->transport = false;
    set->line = apply->head->line;
    draft->object = set;
    return RC_OK;
}

static enum rc apply_mode(struct apply *apply)
{
    struct transform_set *set = apply->object;
    set->transport = !apply->negated && apply_has(apply, "transport");
    return RC_OK;
}

static void print_transform_sets(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    for (size_t i = 0; i < config->transform_set_count; i++) {
        const struct transform_set *set = &config->transform_sets[i];
        const char *cipher = "", *integrity = "";
        char bits[8] = "";
        for (size_t k = 0; k < sizeof ciphers / sizeof *ciphers; k++)
            if (ciphers[k].cipher == set->suite.cipher)
                cipher = ciphers[k].keyword;
        for (size_t k = 0; k < sizeof integrities / sizeof *integrities; k++)
            if (integrities[k].hash == set->suite.integrity)
                integrity = integrities[k].keyword;
        if (set->suite.key_bits)
            snprintf(bits, sizeof bits, " %u", set->suite.key_bits);
        printer_line(printer, "crypto ipsec transform-set %s %s%s%s%s", set->name, cipher, bits,
                     *integrity ? " " : "", integrity);
        printer_line(printer, "  mode %s", set->transport ? "transport" : "tunnel");
    }
}

static enum rc apply_lifetime(struct apply *apply)
{
    struct config *config = apply->draft->config;
    const char *seconds = apply_text(apply, "<120-2592000>", 0);
    const char *kilobytes = apply_text(apply, "<2560-536870912>", 0);
    if (apply->negated) {
        bool both = !apply_has(apply, "seconds") && !apply_has(apply, "kilobytes");
        if (both || apply_has(apply, "seconds"))
            config->ipsec_lifetime_s = 3600;
        if (both || apply_has(apply, "kilobytes"))
            config->ipsec_lifetime_kb = 4608000;
        return RC_OK;
    }
    if (seconds)
        config->ipsec_lifetime_s = argument_number(seconds);
    if (kilobytes || apply_has(apply, "disable"))
        config->ipsec_lifetime_kb = kilobytes ? argument_number(kilobytes) : 0;
    return RC_OK;
}

static void print_lifetime(struct printer *printer, const struct row *row, const void *object)
{
    const struct config *config = object;
    (void)row;
    if (config->ipsec_lifetime_s != 3600)
        printer_line(printer, "crypto ipsec security-association lifetime seconds %u",
                     config->ipsec_lifetime_s);
    if (config->ipsec_lifetime_kb == 0)
        printer_line(printer, "crypto ipsec security-association lifetime kilobytes disable");
    else if (config->ipsec_lifetime_kb != 4608000)
        printer_line(printer, "crypto ipsec security-association lifetime kilobytes %llu",
                     (unsigned long long)config->ipsec_lifetime_kb);
}

const struct row rows_ipsec[] = {
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec transform-set SET {esp-null | esp-des | esp-3des | "
               "esp-aes [128 | 192 | 256] | esp-gcm [128 | 192 | 256] | esp-md5-hmac | "
               "esp-sha-hmac | esp-sha256-hmac | esp-sha384-hmac | esp-sha512-hmac | ah-md5-hmac | "
               "ah-sha-hmac | ah-sha256-hmac | ah-sha384-hmac | ah-sha512-hmac | comp-lzs}...",
     .help = "How packets of phase 2 are protected",
     .apply = apply_transform_set,
     .print = print_transform_sets,
     .opens = MODE_TRANSFORM},
    {.mode = MODE_TRANSFORM,
     .syntax = "mode {tunnel | transport} [require]",
     .help = "Wrap whole packets, or only their payload",
     .standard = "tunnel",
     .apply = apply_mode},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec security-association lifetime {seconds <120-2592000> | "
               "kilobytes {<2560-536870912> | disable}}",
     .help = "When phase 2 is renewed, by time and by traffic",
     .standard = "3600 seconds, 4608000 kilobytes",
     .apply = apply_lifetime,
     .print = print_lifetime},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec nat-transparency udp-encapsulation",
     .help = "ESP in UDP behind NAT, which Hubward always does",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec profile NAME",
     .help = "Protection of tunnel interfaces",
     .refuse = NOT_YET,
     .opens = MODE_REFUSED},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec security-association replay window-size {64 | 128 | 256 | 512 | 1024}",
     .help = "How far packets may overtake each other; Hubward always takes 1024",
     .standard = "1024",
     .apply = apply_nothing},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec security-association {replay | idle-time | dummy} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec {df-bit | fragmentation | optional} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.mode = MODE_GLOBAL,
     .syntax = "crypto ipsec client ezvpn REST",
     .help = "An Easy VPN client",
     .refuse = NOT_YET,
     .opens = MODE_REFUSED},
    {.mode = MODE_INTERFACE,
     .syntax = "crypto ipsec {client | df-bit | fragmentation} REST",
     .help = "Settings of later releases",
     .refuse = NOT_YET},
    {.syntax = NULL},
};
