/* hubd: the hub's warden. */
#include "hub/roles.h"

int main(int argc, char **argv)
{
    return warden_main(argc, argv, &hub_program);
}
