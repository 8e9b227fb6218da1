/* Names and phrases of the drop reasons. */
#include "base/drop.h"

#include <stddef.h>

static const struct {
    const char *name;
    const char *text;
} rows[] = {
#define DROP_ROW(name, label, text) [name] = {(label), (text)},
    DROP_TABLE(DROP_ROW)
#undef DROP_ROW
};

const char *drop_text(enum drop_reason reason)
{
    return (size_t)reason < DROP_COUNT ? rows[reason].text : "unknown reason";
}

const char *drop_name(enum drop_reason reason)
{
    return (size_t)reason < DROP_COUNT ? rows[reason].name : "unknown";
}
