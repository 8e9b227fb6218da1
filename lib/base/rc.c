/* Texts of the result codes. */
#include "base/rc.h"

#include <stddef.h>

static const char *const texts[] = {
#define RC_ROW(name, text) [name] = (text),
    RC_TABLE(RC_ROW)
#undef RC_ROW
};

const char *rc_text(enum rc rc)
{
    size_t row = (size_t)rc;
    return row < sizeof texts / sizeof texts[0] ? texts[row] : "unknown result";
}
