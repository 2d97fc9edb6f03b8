/*
 * digest: SHA-256 of a document, the ways in which people compare it (hex,
 * colon-separated pairs, words), and the way back.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define DIGEST_SIZE	32
#define DIGEST_HEX	(2 * DIGEST_SIZE + 1)	/* with NUL */

/*
 * Of memory, and of all that can be read from fd (streamed).  0, or -1 with
 * errno and out unchanged; no input at all is ENODATA, so that a broken pipe
 * fails.  "tick", unless NULL, is called with the bytes so far at every 64 MiB.
 */
int	 digest_bytes(unsigned char out[DIGEST_SIZE], const void *, size_t);
int	 digest_fd(unsigned char out[DIGEST_SIZE], int fd);
int	 digest_stream(unsigned char out[DIGEST_SIZE], int fd, void (*tick)(uint64_t));

/* Lower-case hex. */
const char *digest_hex(char out[DIGEST_HEX], const unsigned char d[DIGEST_SIZE]);

/* 64 hex digits in either case.  0, or -1 and d unchanged. */
int	 digest_from_hex(unsigned char d[DIGEST_SIZE], const char *hex);

/*
 * The three forms, each on its own line or lines: the line of sha256sum (name
 * escaped as sha256sum does), the colon-separated pairs (16 to a line), the words
 * (eight to a line).  0, or -1 with nothing appended; EINVAL: the name has
 * characters that act on a terminal.
 */
int	 digest_print(struct buf *, const unsigned char d[DIGEST_SIZE], const char *name);

/*
 * Compare with what somebody typed: hex (with or without colons and spaces) or
 * words, in any case.  Returns 0 when it is exactly this digest; 1 when not, with
 * one line for each mistake, by position, appended to "why" (printable ASCII); -1
 * out of memory.
 */
int	 digest_heard(struct buf *why, const unsigned char d[DIGEST_SIZE], const char *heard);

/*
 * Words (any number up to DIGEST_SIZE) or hex to bytes.  Returns their number,
 * or -1 with one line for each mistake appended to "why" and d unchanged.
 */
int	 digest_from_text(unsigned char d[DIGEST_SIZE], struct buf *why, const char *text);

#endif
