/*
 * base64: RFC 4648 4, strict.  Only one text (but for white space) decodes to
 * given bytes, so that what was compared as text is what was signed.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Decode len bytes of text.  White space (space, tab, CR, LF) may stand between
 * characters, as in XML Schema part 2, 3.2.16; padding must be complete, unused bits
 * zero, and the result not empty.  The result has a NUL behind it, not counted; the
 * caller frees it.  NULL with errno: EINVAL or ENOMEM.
 */
unsigned char	*base64_decode(const char *text, size_t len, size_t *outlen);

/* Append the text of these bytes, on one line, padded.  0, or -1. */
int		 base64_encode(struct buf *, const void *, size_t);

#endif
