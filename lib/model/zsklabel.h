/*
 * zsklabel: labels of new ZSKs, in the form that zsk.label of the policy gives: made, and read back for
 * what they say (ksr-policy(5)).
 */
#ifndef MODEL_ZSKLABEL_H
#define MODEL_ZSKLABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/dname.h"

struct zsklabel {
	struct dname	 zone;
	bool		 has_zone;	/* which of these the form has */
	uint8_t		 algorithm;	/* 0: the form does not have it */
	int64_t		 from;		/* 00:00 UTC of the first day; INT64_MIN: the form does not have it */
	unsigned long	 n;		/* from 1; 0: the form does not have it */
};

/*
 * Append the form with its words replaced: {zone} without its last dot ("root" for the root), {alg} the
 * mnemonic in small letters, {from} YYYY-MM-DD, {n} decimal.  0, or -1 with errno (EINVAL: the form has
 * another word in braces, or what it asks for is not there).
 */
int	 zsklabel_make(struct buf *, const char *form, const struct zsklabel *);

/* Read a label of this form back.  0, or -1: not of this form, and *out unchanged. */
int	 zsklabel_parse(struct zsklabel *out, const char *form, const char *label);

#endif
