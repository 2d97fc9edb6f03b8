/*
 * utf8: text as characters (RFC 3629).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdint.h>

#define UTF8_BAD	UINT32_C(0xfffd)

/*
 * The character at *p, which moves behind it; a byte that belongs to none, an overlong form and a
 * surrogate are UTF8_BAD, a byte each.  The text ends with a NUL, which must not be passed.
 */
uint32_t	 utf8_next(const unsigned char **p);

#endif
