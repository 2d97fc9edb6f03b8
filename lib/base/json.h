/*
 * json: text as a JSON string (RFC 8259 7) in printable ASCII alone.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/*
 * Append text, which is UTF-8, in double quotes; whatever is not printable ASCII
 * becomes \uXXXX, and a byte that is not UTF-8 becomes \ufffd.  NULL: null.  0, or -1.
 */
int	 json_string(struct buf *, const char *text);

#endif
