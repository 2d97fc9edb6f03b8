/*
 * keyfilter: what the filters from DNSKEY lines to something else share.
 */
#ifndef ACT_KEYFILTER_H
#define ACT_KEYFILTER_H

#include "act/sepkeys.h"

/* Append what becomes of the keys, or say why not. */
typedef enum verdict keyfilter_fn(struct buf *out, const struct sepkeys *, const char *input,
		    const void *arg, struct report *);

/*
 * Read the keys in "path" (-: standard input), up to max bytes, and write to standard output
 * what "make" makes of them: all of it, or nothing.  Findings go to standard error.
 */
enum verdict	 keyfilter(const char *tool, const char *path, size_t max, keyfilter_fn *make,
		    const void *arg);

#endif
