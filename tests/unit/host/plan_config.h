/* A configuration and its plan for tests of routing: from IOS text, without a system. */
#ifndef HUBWARD_TESTS_PLAN_CONFIG_H
#define HUBWARD_TESTS_PLAN_CONFIG_H

#include "config/load.h"
#include "host/route_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan_case {
    struct config *config;
    struct route_plan plan;
};

/* Linux as the configuration wants it: eth0, eth1, … in order, DHCP gives 10.100.2.102/24. */
static inline void plan_case_make(struct plan_case *c, const char *text, uint32_t instance)
{
    struct config_report report = {0};
    struct plan_interface interfaces[16] = {{0}};
    char tun[IFNAMSIZ];
    struct span span = {(const uint8_t *)text, strlen(text)};
    enum rc rc = config_load(span, "test", NULL, 0, &c->config, &report);
    for (size_t i = 0; rc != RC_OK && i < report.count; i++)
        fprintf(stderr, "%u: %s\n", report.findings[i].line, report.findings[i].text);
    config_report_wipe(&report);
    assert_int_equal(rc, RC_OK);
    assert_true(c->config->interface_count <= 16);
    for (size_t i = 0; i < c->config->interface_count; i++) {
        const struct config_interface *from = &c->config->interfaces[i];
        interfaces[i] =
            (struct plan_interface){.config = from,
                                    .ifindex = (uint32_t)i + 2,
                                    .addr = from->dhcp ? addr_v4(0x0a640266) : from->address,
                                    .prefix_len = from->dhcp ? 24 : from->net.len};
        snprintf(interfaces[i].linux_name, IFNAMSIZ, "eth%u", (unsigned)i & 0xff);
    }
    snprintf(tun, sizeof tun, "hubward%u", instance & 0xff);
    assert_int_equal(
        route_plan_make(c->config, interfaces, c->config->interface_count, tun, instance, &c->plan),
        RC_OK);
}

static inline void plan_case_free(struct plan_case *c)
{
    route_plan_wipe(&c->plan);
    config_free(c->config);
}

/* The whole of a file below the source folder, terminated; the caller frees. */
static inline char *plan_case_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 1 << 16);
    assert_non_null(file);
    assert_non_null(text);
    size_t n = fread(text, 1, (1 << 16) - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

#endif
