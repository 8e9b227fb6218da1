/* The ruleset as text. One chain for each applied access list, used by forwarded and local packets
 * alike; its reverse drops what arrives in clear on an outside interface though the list says that
 * it is protected, as IOS does. */
#include "host/nft.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    FILE *file;
    const struct route_plan *plan;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(t->file, format, args);
    va_end(args);
}

static const char *family_word(enum addr_family family)
{
    return family == ADDR_V6 ? "ip6" : "ip";
}

/* " ip saddr 10.1.0.0/16", or nothing where every address of the family is meant and another word
 * of the line already fixes the family. */
static void say_range(struct text *t, const char *side, const struct selector *selector)
{
    char first[ADDR_TEXT], last[ADDR_TEXT];
    struct prefix prefix;
    if (selector_is_everything(selector))
        return;
    if (selector_prefix(selector, &prefix))
        say(t, " %s %s %s/%u", family_word(selector->first.family), side,
            addr_format(prefix.addr, first), prefix.len);
    else
        say(t, " %s %s %s-%s", family_word(selector->first.family), side,
            addr_format(selector->first, first), addr_format(selector->last, last));
}

static void say_port(struct text *t, const char *side, const struct selector *selector)
{
    if (selector->port && (selector->protocol == IPPROTO_TCP || selector->protocol == IPPROTO_UDP))
        say(t, " th %s %u", side, selector->port);
}

static void say_match(struct text *t, const struct selector *from, const struct selector *to)
{
    say(t, "\t\tmeta nfproto %s", from->first.family == ADDR_V6 ? "ipv6" : "ipv4");
    say_range(t, "saddr", from);
    say_range(t, "daddr", to);
    if (from->protocol)
        say(t, " meta l4proto %u", from->protocol);
    say_port(t, "sport", from);
    say_port(t, "dport", to);
}

static void say_list(struct text *t, size_t number)
{
    const struct acl *acl = t->plan->acls[number];
    say(t, "\tchain list%zu {\n", number);
    for (size_t i = 0; i < acl->entry_count; i++) {
        const struct acl_entry *entry = &acl->entries[i];
        say_match(t, &entry->source, &entry->destination);
        if (entry->permit)
            say(t, " meta mark set 0x%08x accept\n", t->plan->mark_protect);
        else
            say(t, " return\n");
    }
    say(t, "\t}\n");
}

/* A line whose near side is everything names no net of ours: its reverse would drop what is meant
 * for the machine itself (a DHCP answer, DNS), so it is left out. */
static void say_reverse(struct text *t, size_t number)
{
    const struct acl *acl = t->plan->acls[number];
    say(t, "\tchain clear%zu {\n", number);
    for (size_t i = 0; i < acl->entry_count; i++) {
        const struct acl_entry *entry = &acl->entries[i];
        if (entry->permit && selector_is_everything(&entry->source))
            continue;
        say_match(t, &entry->destination, &entry->source);
        say(t, "%s\n", entry->permit ? " counter drop" : " return");
    }
    say(t, "\t}\n");
}

static void say_jumps(struct text *t, const char *chain)
{
    for (size_t i = 0; i < t->plan->acl_count; i++)
        say(t, "\t\tjump %s%zu\n", chain, i);
}

/* Nets on interfaces without a crypto map are reached as always, as on IOS, where only what leaves
 * through the crypto interface meets the list. */
static void say_inside(struct text *t)
{
    char addr[ADDR_TEXT];
    for (size_t i = 0; i < t->plan->inside_count; i++) {
        struct prefix net = t->plan->inside[i];
        say(t, "\t\t%s daddr %s/%u return\n", family_word(net.addr.family),
            addr_format(net.addr, addr), net.len);
    }
}

static void say_outside_set(struct text *t)
{
    say(t, "iifname { ");
    for (size_t i = 0; i < t->plan->outside_count; i++)
        say(t, "%s\"%s\"", i ? ", " : "", t->plan->outside[i]);
    say(t, " }");
}

static void say_marking(struct text *t)
{
    say(t,
        "\tchain marked {\n\t\ttype filter hook prerouting priority mangle; policy accept;\n"
        "\t\tiifname \"%s\" return\n",
        t->plan->tun);
    say_inside(t);
    say_jumps(t, "list");
    say(t,
        "\t}\n\tchain marked_local {\n"
        "\t\ttype route hook output priority mangle; policy accept;\n"
        "\t\tmeta mark 0x%08x return\n",
        t->plan->mark_bypass);
    say_inside(t);
    say_jumps(t, "list");
    say(t, "\t}\n");
}

/* What should have come through the TUN but did not (CVE-2019-14899 and plain spoofing). Where all
 * interfaces are outside ones, hosts of our own may reach pools through them: then only the access
 * lists count. */
static void say_guard(struct text *t)
{
    say(t,
        "\tchain guarded {\n\t\ttype filter hook prerouting priority mangle + 1; policy accept;\n");
    if (t->plan->outside_count > 0) {
        say(t, "\t\tudp dport { 500, 4500 } return\n\t\tmeta l4proto esp return\n");
        if (t->plan->inside_count > 0) {
            say(t, "\t\t");
            say_outside_set(t);
            say(t, " fib daddr oifname \"%s\" counter drop\n\t\t", t->plan->tun);
            say_outside_set(t);
            say(t, " fib saddr oifname \"%s\" counter drop\n", t->plan->tun);
        }
        for (size_t i = 0; i < t->plan->acl_count; i++) {
            say(t, "\t\t");
            say_outside_set(t);
            say(t, " jump clear%zu\n", i);
        }
    }
    say(t, "\t}\n");
}

static void say_leaving(struct text *t)
{
    say(t,
        "\tchain forwarded {\n\t\ttype filter hook forward priority mangle; policy accept;\n"
        "\t\toifname \"%s\" tcp flags syn tcp option maxseg size set rt mtu\n"
        "\t\tiifname \"%s\" tcp flags syn tcp option maxseg size set %d\n\t}\n",
        t->plan->tun, t->plan->tun, PLAN_MTU - 40);
    say(t,
        "\tchain leaving {\n\t\ttype filter hook postrouting priority mangle; policy accept;\n"
        "\t\tmeta mark 0x%08x oifname != \"%s\" counter drop\n\t}\n",
        t->plan->mark_protect, t->plan->tun);
}

enum rc nft_text(const struct route_plan *plan, char **out)
{
    size_t size = 0;
    char *text = NULL;
    struct text t = {.file = open_memstream(&text, &size), .plan = plan};
    if (!t.file)
        return RC_NO_MEMORY;
    say(&t, "table inet %s\ndelete table inet %s\ntable inet %s {\n", plan->nft_table,
        plan->nft_table, plan->nft_table);
    for (size_t i = 0; i < plan->acl_count; i++) {
        say_list(&t, i);
        say_reverse(&t, i);
    }
    say_marking(&t);
    say_guard(&t);
    say_leaving(&t);
    say(&t, "}\n");
    bool failed = ferror(t.file);
    if (fclose(t.file) != 0 || failed) {
        free(text);
        return RC_NO_MEMORY;
    }
    *out = text;
    return RC_OK;
}

void nft_text_down(const struct route_plan *plan, char *out, size_t size)
{
    snprintf(out, size, "table inet %s\ndelete table inet %s\n", plan->nft_table, plan->nft_table);
}
