/* The command table as a whole: every row reads what its syntax says, and whatever loads prints as
 * a text that loads to the same. Lines are grown at random from the syntax strings themselves. */
#include "unit/config/printed.h"

#include "base/rng.h"
#include "config/command.h"

#include <ctype.h>

static uint32_t below(const struct rng *rng, uint32_t n)
{
    return rng_u32(rng) % n;
}

/* ---- growing a line from a syntax ---- */

static const struct {
    const char *placeholder;
    const char *samples[3];
} samples[] = {
    {"ADDR", {"10.0.0.1", "0.0.0.0", "192.0.2.7"}},
    {"MASK", {"255.255.255.0", "255.255.255.255", "0.0.0.0"}},
    {"WILDCARD", {"0.0.0.255", "0.0.0.0", "255.255.255.255"}},
    {"PREFIX6", {"::/0", "2001:db8::/32", "2001:db8::1/128"}},
    {"HOST", {"h.example.com", "a", "x-1.example"}},
    {"FQDN", {"h.example.com", "a", "x-1.example"}},
    {"DOMAIN", {"example.com", "b.example", "c"}},
    {"USERFQDN", {"u@example.com", "v@b.example", "w"}},
    {"USERDOMAIN", {"example.com", "b.example", "c"}},
    {"INTERFACE", {"FastEthernet0/0", "gi0/1", "Loopback0"}},
    {"UNIT", {"0/0", "1", "0/0.10"}},
    {"DATE", {"2027-12-31", "1970-01-01", "2000-02-29"}},
    {"LINUX", {"eth0", "wan", "eth1.100"}},
    {"PORT", {"isakmp", "80", "65535"}},
    {"LISTEN", {"127.0.0.1:8500", "[::1]:80", "0.0.0.0:65535"}},
    {"SECRET", {"sesame", "0", "a!b?c"}},
    {"PASSWORD", {"sesame", "two words", "0"}},
    {"LINE", {"some text", "x", "with ! and #"}},
    {"BANNER", {"#hello#", "^C two words ^C", "~x~"}},
    {"REST", {"more", "two words", "1"}},
    {"SERVICE", {"hubward", "radius", "x"}},
    {"PATH", {"/etc/hubward/users", "/x", "/a.b/c-d"}},
};

/* Names of objects: few, so that they meet. */
static const char *const names[] = {"A", "B", "101"};

static const char *sample(const struct rng *rng, const char *token, size_t n, char out[64])
{
    if (*token == '<') {
        unsigned long low = strtoul(token + 1, NULL, 10);
        unsigned long high = strtoul(strchr(token, '-') + 1, NULL, 10);
        unsigned long picks[] = {low, high, low + rng_u32(rng) % (high - low + 1)};
        snprintf(out, 64, "%lu", picks[below(rng, 3)]);
        return out;
    }
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        if (strlen(samples[i].placeholder) == n && memcmp(samples[i].placeholder, token, n) == 0)
            return samples[i].samples[below(rng, 3)];
    return names[below(rng, 3)];
}

static const char *skip_group(const char *at)
{
    unsigned depth = 0;
    do {
        if (*at == '[' || *at == '{')
            depth++;
        else if (*at == ']' || *at == '}')
            depth--;
        at++;
    } while (depth && *at);
    return at;
}

/* Appends one reading of at..end, where end is the end of an alternative. */
static void grow(const struct rng *rng, const char *at, const char *end, char *out, size_t size);

static void grow_group(const struct rng *rng, const char *open, const char *close, char *out,
                       size_t size)
{
    const char *starts[40], *ends[40];
    size_t count = 0;
    starts[0] = open + 1;
    for (const char *at = open + 1; at < close; at++) {
        if (*at == '[' || *at == '{') {
            at = skip_group(at) - 1;
        } else if (*at == '|') {
            ends[count++] = at;
            starts[count] = at + 1;
        }
    }
    ends[count++] = close;
    if (*open == '[' && below(rng, 2) == 0)
        return;
    uint32_t pick = below(rng, (uint32_t)count);
    grow(rng, starts[pick], ends[pick], out, size);
}

static void grow(const struct rng *rng, const char *at, const char *end, char *out, size_t size)
{
    while (at < end) {
        const char *start = at;
        if (*at == ' ') {
            at++;
            continue;
        }
        at = *at == '[' || *at == '{' ? skip_group(at) : at + strcspn(at, " |[]{}");
        if (at > end)
            at = end;
        const char *token_end = at;
        if (at - start > 3 && strncmp(at - 3, "...", 3) == 0)
            token_end = at - 3;
        bool group = *start == '[' || *start == '{';
        if (group && strncmp(at, "...", 3) == 0)
            at += 3;
        uint32_t times = at[-1] == '.' ? 1 + below(rng, 3) : 1;
        for (uint32_t i = 0; i < times; i++) {
            char number[64];
            size_t n = strlen(out);
            if (group) {
                grow_group(rng, start, token_end - 1, out, size);
                continue;
            }
            size_t len = (size_t)(token_end - start);
            bool keyword = *start != '<' && !isupper((unsigned char)*start);
            snprintf(out + n, size - n, "%s%.*s", n ? " " : "", keyword ? (int)len : 60,
                     keyword ? start : sample(rng, start, len, number));
        }
    }
}

static const char *grow_line(const struct rng *rng, const char *syntax, char *out, size_t size)
{
    out[0] = '\0';
    grow(rng, syntax, syntax + strlen(syntax), out, size);
    return out;
}

static const char *header_of(const char *mode)
{
    static const char *const headers[][2] = {
        {"", ""},
        {"config-keyring", "crypto keyring A\n"},
        {"config-isakmp", "crypto isakmp policy 10\n"},
        {"config-isakmp-profile", "crypto isakmp profile A\n"},
        {"config-isakmp-group", "crypto isakmp client configuration group A\n"},
        {"config-crypto-transform", "crypto ipsec transform-set A esp-gcm\n"},
        {"config-crypto-identity", "crypto identity A\n"},
        {"config-crypto-map", "crypto map A 7 ipsec-isakmp\n"},
        {"config-interface", "interface Ethernet0\n"},
        {"config-standard-acl", "ip access-list standard S\n"},
        {"config-extended-acl", "ip access-list extended E\n"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (strcmp(headers[i][0], mode) == 0)
            return headers[i][1];
    fail_msg("mode %s has no header", mode);
    return NULL;
}

static void every_row_says_what_it_is_for(void **state)
{
    struct config_command command;
    size_t count = 0;
    (void)state;
    for (; config_command(count, &command); count++) {
        assert_true(strlen(command.help) > 4);
        assert_true(isupper((unsigned char)command.help[0]));
        assert_true(islower((unsigned char)command.syntax[0]) || strchr("[{<", command.syntax[0]));
        assert_non_null(header_of(command.mode));
        assert_non_null(command.standard);
        assert_non_null(command.refused);
    }
    assert_true(count > 100);
    assert_false(config_command(count + 1000, &command));
}

static bool is_syntax_error(const struct config_finding *finding)
{
    static const char *const starts[] = {"unknown word", "ambiguous word", "unexpected word",
                                         "the command is not complete"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strncmp(finding->text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static void every_row_reads_what_its_syntax_says(void **state)
{
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 7);
    struct config_command command;
    char line[512], text[1024];
    (void)state;
    for (size_t i = 0; config_command(i, &command); i++) {
        for (int k = 0; k < 40; k++) {
            snprintf(text, sizeof text, "%s%s%s\n", header_of(command.mode),
                     *command.mode ? "  " : "", grow_line(&rng, command.syntax, line, sizeof line));
            struct loaded loaded = load_text(text);
            for (size_t f = 0; f < loaded.report.count; f++)
                if (is_syntax_error(&loaded.report.findings[f]))
                    fail_msg("%s read as: %s", text, loaded.report.findings[f].text);
            if (*command.refused)
                assert_int_equal(loaded.rc, RC_MALFORMED);
            unload(&loaded);
        }
    }
}

/* ---- messages ---- */

/* Where the last word of the command's name begins: what stands before it many rows share. */
static size_t last_of_name(const char *syntax)
{
    size_t last = 0;
    for (const char *at = syntax; *at && islower((unsigned char)*at); at++) {
        last = (size_t)(at - syntax);
        at += strcspn(at, " ");
        if (!*at)
            break;
    }
    return last;
}

/* The same line whatever other rows there are. */
static void canonical_line(const char *syntax, char *out, size_t size)
{
    struct rng_seeded seeded;
    uint64_t seed = 5381;
    for (const char *c = syntax; *c; c++)
        seed = seed * 33 + (unsigned char)*c;
    struct rng rng = rng_seeded_init(&seeded, seed);
    grow_line(&rng, syntax, out, size);
}

static void note_messages(struct buffer *out, const char *mode, const char *line)
{
    char text[1024], message[600];
    snprintf(text, sizeof text, "%s%s%s\n", header_of(mode), *mode ? "  " : "", line);
    struct loaded loaded = load_text(text);
    for (size_t f = 0; f < loaded.report.count; f++) {
        const struct config_finding *finding = &loaded.report.findings[f];
        if (finding->severity != CONFIG_ERROR)
            continue;
        snprintf(message, sizeof message, "%s%s%s\n    %u: %s\n", mode, *mode ? ": " : "", line,
                 finding->column, finding->text);
        buffer_add(out, message);
    }
    unload(&loaded);
}

/* The line with each word from the last of the command's name on replaced by one that is wrong,
 * with the last left out, and with one too many. */
static void wrong_lines(struct buffer *out, const struct config_command *command)
{
    char line[512], wrong[600];
    canonical_line(command->syntax, line, sizeof line);
    for (size_t at = last_of_name(command->syntax); line[at];) {
        size_t len = strcspn(line + at, " ");
        snprintf(wrong, sizeof wrong, "%.*szzz%s", (int)at, line, line + at + len);
        note_messages(out, command->mode, wrong);
        at += len;
        at += strspn(line + at, " ");
    }
    char *last = strrchr(line, ' ');
    snprintf(wrong, sizeof wrong, "%s zzz", line);
    note_messages(out, command->mode, wrong);
    snprintf(wrong, sizeof wrong, "%.*s", last ? (int)(last - line) : 0, line);
    if (last)
        note_messages(out, command->mode, wrong);
}

/* What is wrong with a line is said in words that somebody has read: tests/golden/messages.txt;
 * HUBWARD_GOLDEN=write writes it. */
static void every_wrong_word_of_every_command_has_its_message(void **state)
{
    struct config_command command;
    struct buffer out = {.text = NULL};
    char path[512];
    const char *wish = getenv("HUBWARD_GOLDEN");
    bool write = wish && strcmp(wish, "write") == 0;
    (void)state;
    buffer_add(&out, "");
    for (size_t i = 0; config_command(i, &command); i++)
        if (!*command.refused)
            wrong_lines(&out, &command);
    snprintf(path, sizeof path, "%s/golden/messages.txt", HUBWARD_TESTS);
    FILE *file = fopen(path, write ? "w" : "r");
    assert_non_null(file);
    char *want = calloc(1, 1 << 18);
    assert_non_null(want);
    if (write)
        assert_true(fputs(out.text, file) >= 0);
    else
        assert_true(fread(want, 1, (1 << 18) - 1, file) > 0);
    fclose(file);
    if (!write)
        assert_string_equal(out.text, want);
    free(want);
    free(out.text);
}

/* ---- printing ---- */

static const char everything[] =
    "hostname h\nip domain name example.com\nusername a secret 9 "
    "$9$ypN4iA1U9yXlc9$6g3kiMRnopjTxYt5TllMIOZJcm2XQFIjqK66ameUWto\nusername b password x y\n"
    "aaa authentication login l local\naaa authentication login p pam svc\n"
    "aaa authorization network n local\naaa authorization network m local\n"
    "hubward interface fa0/0 eth0\nhubward dial on-start\nhubward encapsulate always\n"
    "hubward allow-group-psk-xauth\nhubward web listen off\nhubward users /etc/hubward/users\n"
    "hubward pam user root svc\nhubward pam user root other\nhubward pam attributes svc\nusername c disabled secret z\n"
    "crypto keyring k\n pre-shared-key address 10.0.0.0 255.0.0.0 key a\n"
    " pre-shared-key address ipv6 2001:db8::/32 key b\n pre-shared-key hostname x.y key c\n"
    "crypto isakmp policy 3\n encr aes 192\n hash sha512\n auth pre\n group 31\n lifetime 600\n"
    "crypto isakmp policy 1\ncrypto isakmp key d address 10.1.1.1 no-xauth\n"
    "crypto isakmp key d address ipv6 ::/0\ncrypto isakmp key e hostname z.y\n"
    "crypto isakmp identity hostname\ncrypto isakmp keepalive 33 7 periodic\n"
    "crypto isakmp nat keepalive 9\ncrypto isakmp aggressive-mode disable\n"
    "crypto isakmp client configuration group g\n key f\n dns 1.1.1.1 2.2.2.2\n wins 3.3.3.3\n"
    " domain e.f\n pool P\n acl 10\n split-dns a.b c.d\n split-dns e.f\n banner #x\ny ~ z#\n"
    " netmask 255.255.0.0\n backup-gateway 1.2.3.4\n backup-gateway q.r\n save-password\n pfs\n"
    " include-local-lan\n hubward pool P\n"
    " max-users 9\n max-logins 3\n hubward max-logins replace\ncrypto isakmp client configuration "
    "group empty\n"
    "crypto isakmp profile q\n description a  b\n keyring k\n match identity address 10.0.0.0 "
    "255.0.0.0\n match identity group g\n match identity host h.i\n match identity host domain "
    "j.k\n match identity user l@m\n match identity user domain m\n client authentication list "
    "p\n isakmp authorization list n\n client configuration address respond\n client "
    "configuration address initiate\n keepalive 11 retry 4\n"
    "crypto ipsec transform-set t esp-aes 256 esp-sha384-hmac\n mode transport\n"
    "crypto ipsec transform-set u esp-null esp-md5-hmac\ncrypto ipsec transform-set v esp-gcm 192\n"
    "crypto ipsec security-association lifetime seconds 777\n"
    "crypto ipsec security-association lifetime kilobytes disable\n"
    "crypto dynamic-map d 4\n set transform-set t u v\n set isakmp-profile q\n set pfs\n"
    " match address E\n reverse-route\n set security-association lifetime seconds 999\n"
    " set security-association lifetime kilobytes 5000\n"
    "crypto map m client authentication list l\ncrypto map m isakmp authorization list m\n"
    "crypto map m client configuration address respond\n"
    "crypto map m client configuration address initiate\n"
    "crypto map m 5 ipsec-isakmp\n set peer 10.9.9.9\n set peer 10.9.9.8\n set transform-set v\n"
    " match address 150\ncrypto map m 9 ipsec-isakmp dynamic d discover\n"
    "ip local pool P 10.5.0.1 10.5.0.9\nip local pool P 10.6.0.1\n"
    "access-list 10 permit 10.0.0.0 0.0.0.255\naccess-list 10 deny any\n"
    "access-list 150 permit udp host 10.0.0.1 eq 500 any eq 4500\naccess-list 150 deny 89 any any\n"
    "access-list 120 permit tcp any any established\n"
    "ip access-list extended E\n permit ip 10.0.0.0 0.255.255.255 any\n"
    "ip access-list standard S\n permit 10.0.0.0 0.255.255.255\n"
    "interface fa0/0\n description an  interface\n ip address 10.0.0.1 255.255.255.0\n"
    " crypto map m\ninterface e1\n ip address dhcp\n shutdown\n"
    "ip route 0.0.0.0 0.0.0.0 10.0.0.2\nip route 10.8.0.0 255.255.0.0 fa0/0 10.0.0.3\n"
    "ip route 10.7.0.0 255.255.0.0 Null0\n";

static void a_printed_configuration_loads_to_the_same(void **state)
{
    (void)state;
    struct loaded loaded = load_good(everything);
    assert_prints_back(loaded.config);
    unload(&loaded);
    loaded = load_good("");
    assert_prints_back(loaded.config);
    unload(&loaded);
}

static void a_printed_configuration_holds_no_secret_and_does_not_load_as_it_is(void **state)
{
    (void)state;
    struct loaded loaded = load_good("username u secret SESAME\n"
                                     "crypto isakmp key SESAME address 10.0.0.1\n"
                                     "crypto keyring k\n pre-shared-key hostname h key SESAME\n"
                                     "crypto isakmp client configuration group g\n key SESAME\n");
    char *printed = print_text(loaded.config);
    assert_null(strstr(printed, "SESAME"));
    struct loaded again = load_text(printed);
    assert_int_equal(again.rc, RC_MALFORMED);
    assert_int_equal(again.report.errors, 4);
    for (size_t i = 0; i < again.report.count; i++)
        assert_non_null(strstr(again.report.findings[i].text, "<hidden>"));
    free(printed);
    unload(&again);
    unload(&loaded);
}

static void every_line_is_handed_out_with_its_newline(void *context, const char *text)
{
    size_t *lines = context;
    assert_int_equal(strcspn(text, "\n"), strlen(text) - 1);
    (*lines)++;
}

static void printing_is_line_by_line(void **state)
{
    size_t lines = 0;
    (void)state;
    struct loaded loaded = load_good(everything);
    config_print(loaded.config, every_line_is_handed_out_with_its_newline, &lines);
    assert_true(lines > 90);
    unload(&loaded);
}

static void a_very_long_text_is_printed_whole(void **state)
{
    char text[6000] = "crypto isakmp profile p\n description ";
    (void)state;
    for (int i = 0; i < 500; i++)
        strcat(text, "long text ");
    strcat(text, "end\n");
    struct loaded loaded = load_good(text);
    assert_int_equal(strlen(loaded.config->profiles[0].description), 5003);
    assert_prints_back(loaded.config);
    unload(&loaded);
}

/* Definitions that the lines below refer to. */
static const char base[] = "ip local pool A 10.1.0.1 10.1.0.9\nip local pool B 10.2.0.1\n"
                           "ip local pool 101 10.3.0.1\naaa authentication login A local\n"
                           "aaa authentication login B local\naaa authentication login 101 local\n"
                           "aaa authorization network A local\naaa authorization network B local\n"
                           "aaa authorization network 101 local\ncrypto keyring A\n"
                           "crypto keyring B\ncrypto keyring 101\n"
                           "crypto ipsec transform-set A esp-gcm\n"
                           "crypto ipsec transform-set B esp-gcm\n"
                           "crypto ipsec transform-set 101 esp-gcm\ncrypto isakmp profile A\n"
                           "crypto isakmp profile B\ncrypto isakmp profile 101\n"
                           "crypto dynamic-map A 1\ncrypto dynamic-map B 1\n"
                           "crypto dynamic-map 101 1\ncrypto map A 65000 ipsec-isakmp\n"
                           "crypto map B 65000 ipsec-isakmp\ncrypto map 101 65000 ipsec-isakmp\n"
                           "ip access-list extended A\nip access-list extended B\n"
                           "access-list 101 permit ip any any\n";

static void whatever_loads_prints_back(void **state)
{
    struct rng_seeded seeded;
    struct rng rng = rng_seeded_init(&seeded, 20260101);
    size_t rows = 0, good = 0;
    struct config_command command;
    (void)state;
    while (config_command(rows, &command))
        rows++;
    for (int round = 0; round < 400; round++) {
        char text[16384], line[512];
        snprintf(text, sizeof text, "%s", base);
        for (int k = 0; k < 6; k++) {
            size_t n = strlen(text);
            config_command(below(&rng, (uint32_t)rows), &command);
            if (*command.refused || strcmp(command.syntax, "end") == 0)
                continue;
            snprintf(text + n, sizeof text - n, "%s%s%s\n", header_of(command.mode),
                     *command.mode ? "  " : "", grow_line(&rng, command.syntax, line, sizeof line));
        }
        struct loaded loaded = load_text(text);
        if (loaded.rc == RC_OK) {
            good++;
            assert_prints_back(loaded.config);
        }
        unload(&loaded);
    }
    print_message("%zu of 400 loaded\n", good);
    assert_true(good > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_what_it_is_for),
        cmocka_unit_test(every_row_reads_what_its_syntax_says),
        cmocka_unit_test(every_wrong_word_of_every_command_has_its_message),
        cmocka_unit_test(a_printed_configuration_loads_to_the_same),
        cmocka_unit_test(a_printed_configuration_holds_no_secret_and_does_not_load_as_it_is),
        cmocka_unit_test(printing_is_line_by_line),
        cmocka_unit_test(a_very_long_text_is_printed_whole),
        cmocka_unit_test(whatever_loads_prints_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
