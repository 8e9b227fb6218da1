/* One table of interface types; the shortest form that is unambiguous on a router will do. */
#include "config/interface_name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *type;
    size_t least; /* letters that suffice */
} types[] = {
    {"Async", 2},
    {"ATM", 2},
    {"BVI", 2},
    {"Cellular", 2},
    {"Dialer", 2},
    {"Ethernet", 1},
    {"FastEthernet", 1},
    {"GigabitEthernet", 1},
    {"Loopback", 2},
    {"Multilink", 2},
    {"Port-channel", 2},
    {"Serial", 2},
    {"TenGigabitEthernet", 2},
    {"Tunnel", 2},
    {"Virtual-Template", 9},
    {"Vlan", 2},
};

void interface_name(const char *word, const char *unit, char out[INTERFACE_NAME])
{
    size_t letters = strcspn(word, "0123456789");
    int width = INTERFACE_NAME / 2;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (letters < types[i].least || letters > strlen(types[i].type) ||
            strncasecmp(word, types[i].type, letters) != 0)
            continue;
        snprintf(out, INTERFACE_NAME, "%s%.*s%.*s", types[i].type, width, word + letters, width,
                 unit ? unit : "");
        return;
    }
    snprintf(out, INTERFACE_NAME, "%.*s%.*s", width - 1, word, width, unit ? unit : "");
}
