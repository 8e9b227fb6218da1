/* hubward-resolver: the program of the resolver role, started by the warden of a hub or a spoke. */
#include "role/resolver.h"

int main(void)
{
    return resolver_main();
}
