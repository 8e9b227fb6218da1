/* Tell the service manager how we are (the sd_notify protocol: text datagrams to the socket that
 * the environment names). Without one, nothing happens. */
#ifndef HUBWARD_HOST_NOTIFY_H
#define HUBWARD_HOST_NOTIFY_H

/* "READY=1", "STOPPING=1", "STATUS=…"; several lines in one text are allowed. */
void notify_manager(const char *text);

#endif
