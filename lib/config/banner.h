/* Banners: free text between two equal delimiters, over any number of lines. The text must never be
 * read as commands, whether the banner is a VPN group's or the router's. */
#ifndef HUBWARD_CONFIG_BANNER_H
#define HUBWARD_CONFIG_BANNER_H

#include "config/repair.h"

/* Does a banner begin on this line? */
bool banner_begins(const struct text_line *line, enum config_mode mode);

/* Read to the closing delimiter and hand out one line: `banner` and, for a group, the text as the
 * rest of its second word; for the router, the kind. RC_NO_MEMORY. */
MUST_USE enum rc banner_read(struct reader *reader, enum config_mode mode, struct reader_line *out);

#endif
