/* Every field of a configuration as text, for comparing two of them and for golden files. Lines of
 * the source are left out on request: a printed text has others. */
#ifndef TESTS_CONFIG_DUMP_H
#define TESTS_CONFIG_DUMP_H

#include "crypto/words.h"
#include "unit/config/load_text.h"

struct dump {
    struct buffer buffer;
    bool lines;
    bool secrets;
};

static inline void dump_line(struct dump *d, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void dump_line(struct dump *d, unsigned line, const char *format, ...)
{
    char text[2048], number[16];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buffer_add(&d->buffer, text);
    if (d->lines && line) {
        snprintf(number, sizeof number, " @%u", line);
        buffer_add(&d->buffer, number);
    }
    buffer_add(&d->buffer, "\n");
}

static inline const char *dump_text(const char *text)
{
    return text ? text : "-";
}

static inline const char *dump_span(const struct dump *d, struct span span, char *out)
{
    snprintf(out, 256, "%zu:%.*s", d->secrets ? span.len : 0, d->secrets ? (int)span.len : 0,
             span.at ? (const char *)span.at : "");
    return out;
}

static inline void dump_scalars(struct dump *d, const struct config *c)
{
    dump_line(d, 0, "hostname %s domain %s web %s", dump_text(c->hostname),
              dump_text(c->domain_name), dump_text(c->web_listen));
    dump_line(d, 0, "identity %d keepalive %u %u %d nat %u aggressive-off %d lifetime %u %llu",
              c->identity, c->keepalive_s, c->keepalive_retry_s, c->keepalive_periodic,
              c->nat_keepalive_s, c->aggressive_disabled, c->ipsec_lifetime_s,
              (unsigned long long)c->ipsec_lifetime_kb);
    dump_line(d, 0, "dial %d encapsulate %d group-xauth %d", c->dial_on_start,
              c->encapsulate_always, c->allow_group_psk_xauth);
}

static inline void dump_keys(struct dump *d, const struct config *c)
{
    char prefix[PREFIX_TEXT], secret[256];
    for (size_t i = 0; i < c->keyring_count; i++) {
        dump_line(d, c->keyrings[i].line, "keyring %s", c->keyrings[i].name);
        for (size_t k = 0; k < c->keyrings[i].entry_count; k++) {
            const struct keyring_entry *e = &c->keyrings[i].entries[k];
            dump_line(d, e->line, " key %d %s %s no-xauth %d secret %s", e->kind,
                      e->kind == KEY_FOR_ADDRESS ? prefix_format(e->prefix, prefix) : "-",
                      dump_text(e->hostname), e->no_xauth, dump_span(d, e->secret, secret));
            if (e->name || e->identity)
                dump_line(d, e->line, "  name %s, %s", dump_text(e->name),
                          e->identity ? "bound" : "free");
        }
    }
    for (size_t i = 0; i < c->policy_count; i++) {
        const struct isakmp_policy *p = &c->policies[i];
        dump_line(d, p->line, "policy %u %s %u %s group %u auth %d lifetime %u", p->priority,
                  cipher_word(p->cipher), p->key_bits, hash_word(p->hash), p->group, p->auth,
                  p->lifetime_s);
    }
    for (size_t i = 0; i < c->user_count; i++)
        dump_line(d, c->users[i].line, "user %s%s type %u %s", c->users[i].name,
                  c->users[i].disabled ? " disabled" : "", c->users[i].type,
                  d->secrets ? c->users[i].stored : "");
    for (size_t i = 0; i < c->aaa_list_count; i++)
        for (size_t k = 0; k < c->aaa_lists[i].step_count; k++)
            dump_line(d, c->aaa_lists[i].line, "list %s method %d service %s%s",
                      c->aaa_lists[i].name, c->aaa_lists[i].steps[k].method,
                      dump_text(c->aaa_lists[i].steps[k].pam_service),
                      c->aaa_lists[i].steps[k].pam_root ? " as root" : "");
    for (size_t i = 0; i < c->accounting_list_count; i++)
        dump_line(d, c->accounting_lists[i].line, "accounting %s %d %d every %u",
                  c->accounting_lists[i].name, c->accounting_lists[i].stop_only,
                  c->accounting_lists[i].off, c->accounting_update_min);
    for (size_t i = 0; i < c->profile_count; i++)
        if (c->profiles[i].accounting)
            dump_line(d, c->profiles[i].line, "profile %s accounting %s", c->profiles[i].name,
                      c->profiles[i].accounting->name);
    for (size_t i = 0; i < c->crypto_map_count; i++)
        if (c->crypto_maps[i].accounting)
            dump_line(d, c->crypto_maps[i].line, "map %s accounting %s", c->crypto_maps[i].name,
                      c->crypto_maps[i].accounting->name);
    for (size_t i = 0; i < c->user_address_count; i++) {
        char text[ADDR_TEXT];
        dump_line(d, c->user_addresses[i].line, "user %s address %s group %s",
                  c->user_addresses[i].user, addr_format(c->user_addresses[i].addr, text),
                  c->user_addresses[i].group ? c->user_addresses[i].group->name : "-");
    }
    for (size_t i = 0; i < c->pam_root_count; i++)
        dump_line(d, c->pam_roots[i].line, "pam root %s", c->pam_roots[i].service);
    for (size_t i = 0; i < c->pam_giver_count; i++)
        dump_line(d, c->pam_givers[i].line, "pam giver %s", c->pam_givers[i].service);
    for (size_t i = 0; i < c->group_count; i++)
        for (size_t k = 0; k < c->groups[i].more_count; k++)
            dump_line(d, c->groups[i].line, "group %s more %s", c->groups[i].name,
                      c->groups[i].more[k]->name);
    if (c->users_file)
        dump_line(d, c->users_file_line, "users file %s", c->users_file);
}

static inline void dump_profiles(struct dump *d, const struct config *c)
{
    char prefix[PREFIX_TEXT];
    for (size_t i = 0; i < c->profile_count; i++) {
        const struct isakmp_profile *p = &c->profiles[i];
        dump_line(d, p->line,
                  "profile %s \"%s\" xauth %s authorization %s address %d %d keep %u %u", p->name,
                  dump_text(p->description), p->xauth ? p->xauth->name : "-",
                  dump_text(p->authorization), p->respond_address, p->initiate_address,
                  p->keepalive_s, p->keepalive_retry_s);
        for (size_t k = 0; k < p->keyring_count; k++)
            dump_line(d, 0, " keyring %s", p->keyrings[k]->name);
        for (size_t k = 0; k < p->match_count; k++)
            dump_line(d, p->matches[k].line, " match %d %s %s", p->matches[k].kind,
                      p->matches[k].kind == MATCH_ADDRESS
                          ? prefix_format(p->matches[k].prefix, prefix)
                          : "-",
                      dump_text(p->matches[k].text));
    }
}

static inline void dump_groups(struct dump *d, const struct config *c)
{
    char text[256];
    for (size_t i = 0; i < c->group_count; i++) {
        const struct client_group *g = &c->groups[i];
        dump_line(d, g->line, "group %s secret %s", g->name, dump_span(d, g->secret, text));
        for (size_t k = 0; k < g->dns_count; k++)
            dump_line(d, 0, " dns %s", addr_format(g->dns[k], text));
        for (size_t k = 0; k < g->wins_count; k++)
            dump_line(d, 0, " wins %s", addr_format(g->wins[k], text));
        dump_line(d, 0, " domain %s pool %s split %s dns %s banner \"%s\" netmask %s backup %s",
                  dump_text(g->domain), g->pool ? g->pool->name : "-",
                  g->split ? g->split->name : "-", dump_text(g->split_dns), dump_text(g->banner),
                  addr_format(g->netmask, text), dump_text(g->backup_gateways));
        dump_line(d, 0, " save %d pfs %d users %u logins %u%s", g->save_password, g->pfs,
                  g->max_users, g->max_logins, g->group_lock ? " lock" : "");
    }
}

static inline void dump_entry(struct dump *d, const struct map_entry *e)
{
    char text[ADDR_TEXT];
    dump_line(d, e->line, " entry %u dynamic %s discover %d match %s profile %s pfs %u",
              e->sequence, e->dynamic ? e->dynamic->name : "-", e->discover,
              e->match ? e->match->name : "-", e->profile ? e->profile->name : "-", e->pfs_group);
    dump_line(d, 0, "  lifetime %u %llu reverse-route %d", e->lifetime_s,
              (unsigned long long)e->lifetime_kb, e->reverse.on);
    for (size_t i = 0; i < e->peer_count; i++)
        dump_line(d, 0, "  peer %s",
                  e->peers[i].host ? e->peers[i].host : addr_format(e->peers[i].addr, text));
    for (size_t i = 0; i < e->set_count; i++)
        dump_line(d, 0, "  set %s", e->sets[i]->name);
}

static inline void dump_maps(struct dump *d, const struct config *c)
{
    for (size_t i = 0; i < c->transform_set_count; i++) {
        const struct transform_set *t = &c->transform_sets[i];
        dump_line(d, t->line, "transform-set %s cipher %d bits %u integrity %s icv %u transport %d",
                  t->name, t->suite.cipher, t->suite.key_bits, hash_word(t->suite.integrity),
                  t->suite.icv_len, t->transport);
    }
    for (size_t i = 0; i < c->dynamic_map_count; i++) {
        dump_line(d, c->dynamic_maps[i].line, "dynamic-map %s", c->dynamic_maps[i].name);
        for (size_t k = 0; k < c->dynamic_maps[i].entry_count; k++)
            dump_entry(d, &c->dynamic_maps[i].entries[k]);
    }
    for (size_t i = 0; i < c->crypto_map_count; i++) {
        const struct crypto_map *m = &c->crypto_maps[i];
        dump_line(d, m->line, "crypto-map %s xauth %s authorization %s address %d %d", m->name,
                  m->xauth ? m->xauth->name : "-", dump_text(m->authorization), m->respond_address,
                  m->initiate_address);
        for (size_t k = 0; k < m->entry_count; k++)
            dump_entry(d, &m->entries[k]);
    }
}

static inline void dump_network(struct dump *d, const struct config *c)
{
    char a[SELECTOR_TEXT], b[SELECTOR_TEXT];
    for (size_t i = 0; i < c->pool_count; i++) {
        dump_line(d, c->pools[i].line, "pool %s", c->pools[i].name);
        for (size_t k = 0; k < c->pools[i].range_count; k++)
            dump_line(d, c->pools[i].ranges[k].line, " range %s %s",
                      addr_format(c->pools[i].ranges[k].first, a),
                      addr_format(c->pools[i].ranges[k].last, b));
    }
    for (size_t i = 0; i < c->acl_count; i++) {
        dump_line(d, c->acls[i].line, "acl %s", c->acls[i].name);
        for (size_t k = 0; k < c->acls[i].entry_count; k++)
            dump_line(d, c->acls[i].entries[k].line, " %s %s -> %s",
                      c->acls[i].entries[k].permit ? "permit" : "deny",
                      selector_format(&c->acls[i].entries[k].source, a),
                      selector_format(&c->acls[i].entries[k].destination, b));
    }
    for (size_t i = 0; i < c->interface_count; i++) {
        const struct config_interface *f = &c->interfaces[i];
        dump_line(d, f->line,
                  "interface %s \"%s\" linux %s net %s address %s dhcp %d off %d map %s", f->name,
                  dump_text(f->description), dump_text(f->linux_name), prefix_format(f->net, a),
                  addr_format(f->address, b), f->dhcp, f->shutdown, f->map ? f->map->name : "-");
    }
    for (size_t i = 0; i < c->route_count; i++)
        dump_line(d, c->routes[i].line, "route %s hop %s interface %s",
                  prefix_format(c->routes[i].destination, a), addr_format(c->routes[i].next_hop, b),
                  dump_text(c->routes[i].interface));
}

/* The caller frees the text. */
static inline char *dump_config(const struct config *config, bool lines, bool secrets)
{
    struct dump d = {.lines = lines, .secrets = secrets};
    dump_scalars(&d, config);
    dump_keys(&d, config);
    dump_profiles(&d, config);
    dump_groups(&d, config);
    dump_maps(&d, config);
    dump_network(&d, config);
    return d.buffer.text;
}

#endif
