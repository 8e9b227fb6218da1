/* What hubctl's exit status says (PRODUCT §5). */
#ifndef HUBWARD_CLI_EXIT_H
#define HUBWARD_CLI_EXIT_H

enum exit_code {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3,
    EXIT_NOTHING = 4, /* nothing matched, or what-if: the peer would be refused */
    EXIT_DENIED = 5
};

#endif
