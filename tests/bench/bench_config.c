/* How long a large configuration takes to be read, checked and linted, compared with another, and
 * printed: 10,000 lines of keys, users, groups, pools, access lists and maps, as a hub has them. */
#include "config/diff.h"
#include "config/load.h"
#include "config/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BRANCHES = 4000, USERS = 3000, GROUPS = 250, LINES = 1000, ROUNDS = 5, SIZE = 4 << 20 };

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

struct text {
    char *at;
    size_t len;
    size_t lines;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text->len += (size_t)vsnprintf(text->at + text->len, SIZE - text->len, format, args);
    va_end(args);
    text->lines++;
}

static void add_keys(struct text *text)
{
    add(text, "hubward key-selection verify\n");
    add(text, "crypto keyring branches\n");
    for (unsigned i = 0; i < BRANCHES; i++)
        add(text, " pre-shared-key address 0.0.0.0 0.0.0.0 key Secret-of-branch-%u name branch%u\n",
            i, i);
}

static void add_groups(struct text *text)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        add(text, "ip local pool pool%u 10.%u.%u.1 10.%u.%u.250\n", i, 64 + i / 256, i % 256,
            64 + i / 256, i % 256);
        add(text, "crypto isakmp client configuration group group%u\n", i);
        add(text, " key Key-of-the-group-%u-here\n", i);
        add(text, " pool pool%u\n", i);
        add(text, " dns 10.0.0.53\n");
        add(text, "crypto isakmp profile profile%u\n", i);
        add(text, " match identity group group%u\n", i);
        add(text, " client authentication list clients\n");
    }
}

static struct text make(unsigned different)
{
    struct text text = {.at = malloc(SIZE)};
    if (!text.at)
        exit(1);
    add(&text, "aaa authentication login clients local\n");
    for (unsigned i = 0; i < USERS; i++)
        add(&text, "username user%u secret 0 password-%u\n", i, i);
    add_keys(&text);
    add_groups(&text);
    for (unsigned i = 0; i < LINES; i++)
        add(&text, "access-list 101 permit ip 10.%u.%u.0 0.0.0.255 10.128.0.0 0.0.255.255\n",
            i / 256, i % 256);
    if (different)
        add(&text, "crypto isakmp policy 10\n encr aes 256\n");
    return text;
}

static void count_line(void *context, const char *line)
{
    size_t *octets = context;
    *octets += strlen(line);
}

int main(void)
{
    struct text texts[2] = {make(0), make(1)};
    struct config *configs[2] = {NULL, NULL};
    double load = 1e18, diff = 1e18, print = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
            struct config_report report;
            const struct span octets = {(const uint8_t *)texts[i].at, texts[i].len};
            config_free(configs[i]);
            double start = now_ms();
            if (config_load(octets, "big.conf", NULL, 0, &configs[i], &report) != RC_OK)
                return 1;
            double spent = now_ms() - start;
            load = spent < load ? spent : load;
            config_report_wipe(&report);
        }
        struct config_diff found;
        size_t octets = 0;
        double start = now_ms();
        if (config_diff(configs[0], configs[1], &found) != RC_OK || !found.count)
            return 1;
        double compared = now_ms();
        config_diff_wipe(&found);
        config_print(configs[0], count_line, &octets);
        diff = compared - start < diff ? compared - start : diff;
        double printed = now_ms() - compared;
        print = octets && printed < print ? printed : print;
    }
    printf("%zu lines: read, checked and linted in %.0f ms; compared with another in %.1f ms; "
           "printed in %.1f ms\n",
           texts[0].lines, load, diff, print);
    for (int i = 0; i < 2; i++) {
        config_free(configs[i]);
        free(texts[i].at);
    }
    return 0;
}
