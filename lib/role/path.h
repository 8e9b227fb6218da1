/* The path role: carries packets between TUN devices and the outer sockets through the SAs that the
 * key process installs, tells key what passed, and goes on when key dies. It knows nothing of IKE,
 * names or files. */
#ifndef HUBWARD_ROLE_PATH_H
#define HUBWARD_ROLE_PATH_H

/* Run the role; the warden's channel is on descriptor CHILD_FD. Returns the exit status. */
int path_main(void);

#endif
