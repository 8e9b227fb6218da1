/* What it costs to find the key that made main mode's fifth message (ike/key_scan.h): CPU time of
 * one thread for each key tried, for the suites of old and of new peers. */
#include "ike/key_scan.h"
#include "ike/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KEYS = 1000, ROUNDS = 9, BODY = 64 };

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void measure(const char *name, struct ike_suite suite, const struct key_choice *keys)
{
    static uint8_t octets[256 + 256 + BODY];
    static const uint8_t cookie[KEY_SCAN_COOKIE] = {1};
    struct arena arena = {0};
    const struct key_scan_inputs inputs = {.suite = &suite,
                                           .cky_i = cookie,
                                           .cky_r = cookie,
                                           .first = 5,
                                           .nonce_i = {octets, 20},
                                           .nonce_r = {octets, 20},
                                           .shared = {octets, 256},
                                           .g_i = {octets, 256},
                                           .g_r = {octets, 256},
                                           .sa_i = {octets, 48},
                                           .body = {octets, BODY},
                                           .keys = keys,
                                           .key_count = KEYS};
    struct key_scan *scan = key_scan_make(&arena, &inputs);
    double best = 1e18;
    size_t tried = 0;
    for (int round = 0; scan && round < ROUNDS; round++) {
        double start = cpu_us();
        if (key_scan_run(scan, &tried) != RC_NOT_FOUND || tried != KEYS)
            exit(1);
        double spent = cpu_us() - start;
        best = spent < best ? spent : best;
    }
    printf("%-24s %6.2f us a key, %6.2f ms for %d of them\n", name, best / KEYS, best / 1000, KEYS);
    arena_wipe(&arena);
}

int main(void)
{
    static struct keyring_entry entries[KEYS];
    static char secrets[KEYS][32];
    static struct key_choice keys[KEYS];
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(secrets[i], sizeof secrets[i], "Key-of-branch-%zu", i);
        entries[i].secret = (struct span){(const uint8_t *)secrets[i], strlen(secrets[i])};
        keys[i].entry = &entries[i];
    }
    measure("3DES, SHA-1", (struct ike_suite){.cipher = CIPHER_3DES, .hash = HASH_SHA1}, keys);
    measure("AES-128, SHA-1",
            (struct ike_suite){.cipher = CIPHER_AES, .key_bits = 128, .hash = HASH_SHA1}, keys);
    measure("AES-256, SHA-256",
            (struct ike_suite){.cipher = CIPHER_AES, .key_bits = 256, .hash = HASH_SHA256}, keys);
    return 0;
}
