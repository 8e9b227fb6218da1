/* spoked: the spoke's warden. */
#include "spoke/roles.h"

int main(int argc, char **argv)
{
    return warden_main(argc, argv, &spoke_program);
}
