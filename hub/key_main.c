/* hubward-key: the key role of a hub, which keeps leases. */
#include "role/key.h"

int main(void)
{
    return key_main(&(struct key_kind){.has_store = true});
}
