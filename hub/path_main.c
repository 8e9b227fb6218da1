/* hubward-path: the program of the path role, started by the warden of a hub or a spoke. */
#include "role/path.h"

int main(void)
{
    return path_main();
}
