/*
 * census: what a token has before and after keys were put on it: these keys more, none gone, none
 * changed.
 */
#ifndef TOKEN_CENSUS_H
#define TOKEN_CENSUS_H

#include "token/generate.h"
#include "token/inventory.h"

struct newkey {				/* a key that was put on the token */
	struct keyline	 line;		/* complete but for the flags */
	struct key	 public;
};

/*
 * Compare.  Each of the new keys must be there with both halves, as it was made, and nothing else be
 * different; then their flags are filled in as the token states them, and ACCEPT.  Else FAULT, and a line
 * for each key and object that is not as it must be.
 */
enum verdict	 census_check(const struct inventory *before, const struct inventory *after,
		    struct newkey *v, size_t n, const char *where, struct report *);

/*
 * A CKA_ID that sorts by day: YYYYMMDD of "from" in decimal digits, then these six bytes.
 */
#define CENSUS_ID	10
void		 census_id(unsigned char id[CENSUS_ID], int64_t from, const unsigned char more[6]);

void		 newkeys_free(struct newkey *, size_t n);

#endif
