/* The one way text gets into a page. */
#ifndef HUBWARD_WEB_HTML_H
#define HUBWARD_WEB_HTML_H

#include "base/sink.h"

/* Text for element content and quoted attribute values: the five characters of HTML as references,
 * what is not printable ASCII as \xNN. */
void html_text(struct sink *out, const char *text);

#endif
