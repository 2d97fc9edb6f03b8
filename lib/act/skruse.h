/*
 * skruse: which keys stand or sign in Signed Key Responses, so that others can be told from them.
 */
#ifndef ACT_SKRUSE_H
#define ACT_SKRUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/report.h"
#include "model/dnskey.h"

struct skruse {
	struct key_use	*v;		/* in the order of public keys */
	size_t		 n;
	struct key_use	**names;	/* the same in the order of identifiers */
	bool		 sorted;
	char		**files;	/* in the order in which they were added */
	size_t		 nfiles;
};

#define SKRUSE_EMPTY { NULL, 0, NULL, false, NULL, 0 }

/*
 * Add every key of every slot of a file ("-": standard input) of at most so many bytes, and every
 * signature's.  The SKR is read, not judged.  ACCEPT; or what skr_parse says, and nothing is added.
 */
enum verdict	 skruse_load(struct skruse *, const char *path, size_t max, struct report *);

/*
 * The file in which a key of this public key (an RSA key whatever its algorithm; .public NULL: not known), or
 * of this identifier (NULL: none), stands; *signs: it signs there.  NULL: in none.
 */
const char	*skruse_find(struct skruse *, const struct key *, const char *identifier,
		    bool *signs);

void		 skruse_clear(struct skruse *);

#endif
