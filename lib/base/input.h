/*
 * input: a document from a file or from standard input, and the option that
 * limits its size.
 */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/report.h"

#define INPUT_MAX_BYTES_DEFAULT	((size_t)1 << 20)

/*
 * Read all of "path", or of standard input for "-".  More than max bytes, or none, is
 * REFUSE by this rule (an empty input may be all that a failed pipe left); what cannot be
 * read is FAULT.
 */
enum verdict	 input_read(struct buf *, const char *path, size_t max, const char *rule,
		    struct report *);

/* The argument of --max-bytes: decimal, 1 to 2^31-1.  0, or -1 and *out unchanged. */
int		 input_size(size_t *out, const char *text);

#define INPUT_SIZE_USAGE	"--max-bytes takes a number from 1 to 2147483647"

#endif
