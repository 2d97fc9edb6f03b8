/*
 * xml_scan: what is settled about the bytes of a document before an XML library
 * sees them: their encoding, and that no tag is long enough to make it slow.
 */
#ifndef MODEL_XML_SCAN_H
#define MODEL_XML_SCAN_H

#include <stddef.h>

/*
 * Look for a NUL byte, for bytes that are not UTF-8, for a declared encoding other than
 * UTF-8 or US-ASCII, for a beginning that is no XML, and for a tag longer than tagmax
 * bytes.  One pass; a byte-order mark is not expected here.  NULL: nothing of the
 * kind; else what it is, and *at is its offset.
 */
const char	*xml_scan(const unsigned char *, size_t len, size_t tagmax, size_t *at);

/*
 * The offset of the first byte that is not part of a character in UTF-8 (RFC 3629 4),
 * or of one that XML 1.0 2.2 has not beyond ASCII (U+FFFE, U+FFFF); len: none.
 */
size_t		 xml_scan_utf8(const unsigned char *, size_t len);

#endif
