/*
 * anchorwrite: keys as trust anchors in the forms that validators read.
 */
#ifndef ACT_ANCHORWRITE_H
#define ACT_ANCHORWRITE_H

#include <stdbool.h>

#include "act/sepkeys.h"

struct term {				/* of one key */
	int64_t		 from;
	int64_t		 until;		/* INT64_MAX: not limited */
};

struct anchor_head {
	const char	*id;		/* NULL: a UUID made of all the rest */
	const char	*source;
	bool		 rfc7958;	/* the older form, without PublicKey and Flags */
};

/*
 * Append a TrustAnchor (RFC 9718 2.1) with SHA-256 digests; terms has one for each key, the owner of
 * the first key is the zone of all.  id and source are printable ASCII.  The same
 * arguments make the same bytes.  0, or -1: out of memory.
 */
int	 anchorwrite_xml(struct buf *, const struct sepkeys *, const struct term *terms,
	    const struct anchor_head *);

/* Append DS lines, SHA-256, as unbound takes them.  0, or -1. */
int	 anchorwrite_ds(struct buf *, const struct sepkeys *);

/*
 * Append a trust-anchors statement with SHA-256 digests for named and delv: static, or where the
 * first one of RFC 5011 to follow, initial.  0, or -1.
 */
int	 anchorwrite_bind(struct buf *, const struct sepkeys *, bool initial);

#endif
