/* hubward-spoke-key: the key role of a spoke, which has no leases to keep. */
#include "role/key.h"

int main(void)
{
    return key_main(&(struct key_kind){.has_store = false});
}
