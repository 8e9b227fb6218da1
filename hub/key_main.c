/* hubward-key: the key role of a hub, which waits to be called. */
#include "role/key.h"

int main(void)
{
    return key_main(NULL);
}
