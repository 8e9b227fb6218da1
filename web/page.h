/* The status page as HTML: complete without script, so that what is seen first is already true. */
#ifndef HUBWARD_WEB_PAGE_H
#define HUBWARD_WEB_PAGE_H

#include "base/sink.h"
#include "web/snapshot.h"

void page_html(struct sink *out, const struct view *view);

#endif
