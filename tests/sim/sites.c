/* Two sites: their configurations, and what is asked of them again and again. */
#include "sim/sites.h"

#include "ike/state.h"

#include <stdio.h>
#include <stdlib.h>

enum { SITE_TEXT = 2048, UP_MS = 3000 };

static const char site_text[] =
    "hostname Site\n"
    "crypto isakmp policy 10\n encr aes 128\n authentication pre-share\n group 2\n%s"
    "crypto isakmp key secret-of-two address %s\n"
    "crypto ipsec transform-set myset esp-aes esp-sha-hmac\n"
    "%s"
    "crypto map mymap 10 ipsec-isakmp\n set peer %s\n set transform-set myset\n%s"
    " match address 100\n"
    "interface FastEthernet0/0\n ip address %s 255.255.255.0\n crypto map mymap\n"
    "access-list 100 permit ip %s 0.0.255.255 %s 0.0.255.255\n";

static struct node *site(struct world *world, const struct sites_terms *terms, bool left)
{
    char text[SITE_TEXT], life[64] = "", pfs[64] = "";
    const char *own = left ? LEFT_ADDRESS : RIGHT_ADDRESS;
    const char *peer = left ? RIGHT_ADDRESS : LEFT_ADDRESS;
    const char *lines = left ? terms->left_lines : terms->right_lines;
    unsigned phase1_s = left ? terms->left_phase1_s : terms->right_phase1_s;
    if (phase1_s)
        snprintf(life, sizeof life, " lifetime %u\n", phase1_s);
    if (terms->pfs)
        snprintf(pfs, sizeof pfs, " set pfs group%u\n", terms->pfs);
    snprintf(text, sizeof text, site_text, life, peer, lines ? lines : "", peer, pfs, own,
             left ? "10.1.0.0" : "10.2.0.0", left ? "10.2.0.0" : "10.1.0.0");
    return world_engine(world, left ? "left" : "right", text, SITES_INTERFACE, own);
}

struct sites sites_new(uint64_t seed, const struct sites_terms *terms)
{
    struct sites sites = {.world = world_new(seed)};
    sites.left = site(sites.world, terms, true);
    sites.right = site(sites.world, terms, false);
    return sites;
}

struct sites sites_up(uint64_t seed, const struct sites_terms *terms)
{
    struct sites sites = sites_new(seed, terms);
    node_dial(sites.left);
    world_run(sites.world, UP_MS);
    if (sites_packets(&sites))
        world_broken(sites.world, "two sites do not come up");
    return sites;
}

unsigned sites_packets(struct sites *sites)
{
    return (unsigned)!world_packet(sites->left, LEFT_INSIDE, RIGHT_INSIDE) +
           (unsigned)!world_packet(sites->right, RIGHT_INSIDE, LEFT_INSIDE);
}

unsigned sites_traffic(struct sites *sites, uint64_t for_ms, uint64_t step_ms)
{
    unsigned lost = 0;
    for (uint64_t ms = 0; ms < for_ms; ms += step_ms) {
        world_run(sites->world, step_ms);
        lost += sites_packets(sites);
    }
    return lost;
}

static const struct ike_sa *only_sa(const struct node *node)
{
    uint32_t at = 0;
    slot_handle handle;
    return node->engine->sas.live == 1 ? slots_next(&node->engine->sas, &at, &handle) : NULL;
}

static const struct child *only_pair(const struct node *node)
{
    uint32_t at = 0;
    slot_handle handle;
    return node->engine->children.live == 1 ? slots_next(&node->engine->children, &at, &handle)
                                            : NULL;
}

const char *sites_differ(const struct sites *sites)
{
    const struct ike_sa *left = only_sa(sites->left), *right = only_sa(sites->right);
    const struct child *ours = only_pair(sites->left), *theirs = only_pair(sites->right);
    if (!left || !right)
        return "not one phase 1 SA each";
    if (memcmp(left->cky_i, right->cky_i, IKE_COOKIE) != 0)
        return "not the same phase 1 SA";
    if (!ours || !theirs)
        return "not one pair each";
    if (ours->spi_in != theirs->spi_out || ours->spi_out != theirs->spi_in)
        return "not the same pair";
    if (node_installed(sites->left) != 2 || node_installed(sites->right) != 2)
        return "not two directions installed";
    return NULL;
}
