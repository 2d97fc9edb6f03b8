/*
 * sheet: fresh passphrases of 128 random bits as words to print and to type, one a slot, and the
 * sheet that they stand on.  All of it is in locked memory that no dump has.
 */
#ifndef ACT_SHEET_H
#define ACT_SHEET_H

#include <stddef.h>

#include "act/sealform.h"
#include "base/buf.h"
#include "base/secret.h"

#define SHEET_BYTES	16		/* of randomness */
#define SHEET_WORDS	SHEET_BYTES	/* a word a byte, in lower case, one blank between */

struct sheet;

/* n passphrases.  NULL with errno: no memory that can be locked, or no randomness. */
struct sheet	*sheet_new(size_t n);

/* Passphrase i, from 0; borrowed, without a NUL behind it. */
struct secret	 sheet_passphrase(const struct sheet *, size_t i);

/*
 * The text to print, for the n slots of this manifest; borrowed, good until sheet_free.  0, or
 * -1: they are not n.
 */
int		 sheet_print(struct buf *text, struct sheet *, const struct seal_manifest *);

void		 sheet_free(struct sheet *);

/*
 * What somebody typed from a sheet: if it is words of the list, SHEET_WORDS of them, they become
 * what the sheet means, whatever their case and the blanks between.  Anything else is left as it is.
 */
void		 sheet_tidy(struct secret *);

#endif
