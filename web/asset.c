/* The assembler takes the files in as they are; the include path leads to them. */
#include "web/asset.h"

#define ASSET(name, file)                                                                          \
    __asm__(".pushsection .rodata\n" #name "_start:\n.incbin \"" file "\"\n" #name                 \
            "_end:\n.popsection\n");                                                               \
    extern const uint8_t name##_start[] __asm__(#name "_start");                                   \
    extern const uint8_t name##_end[] __asm__(#name "_end");

ASSET(asset_style, "web/app.css")
ASSET(asset_script, "web/app.js")
ASSET(asset_lists, "web/lists.js")
ASSET(asset_icon, "web/icon.svg")

struct span asset_of(enum route route)
{
    switch (route) {
    case ROUTE_STYLE:
        return (struct span){asset_style_start, (size_t)(asset_style_end - asset_style_start)};
    case ROUTE_SCRIPT:
        return (struct span){asset_script_start, (size_t)(asset_script_end - asset_script_start)};
    case ROUTE_LISTS:
        return (struct span){asset_lists_start, (size_t)(asset_lists_end - asset_lists_start)};
    case ROUTE_ICON:
        return (struct span){asset_icon_start, (size_t)(asset_icon_end - asset_icon_start)};
    case ROUTE_PAGE:
    case ROUTE_SESSIONS:
    case ROUTE_EVENTS:
    case ROUTE_COUNT:
        break;
    }
    return (struct span){NULL, 0};
}
