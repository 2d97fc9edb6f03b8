/*
 * sepkeys: DNSKEY lines of keys that others are to trust: what DS records, CDS records and
 * trust anchors are made of.
 */
#ifndef ACT_SEPKEYS_H
#define ACT_SEPKEYS_H

#include "base/buf.h"
#include "base/report.h"
#include "model/dname.h"
#include "model/dnskey.h"

#define SEPKEYS_MAX	256
#define SEPKEYS_TTL	3600		/* of what is made of a key without one */

struct sepkey {
	struct dname	 owner;
	struct key	 key;		/* its line and tag are set */
};

struct sepkeys {
	struct sepkey	*v;
	size_t		 n;
};

#define SEPKEYS_EMPTY { NULL, 0 }

/*
 * One DNSKEY record a line (dnskey_line_parse), empty lines and comments (;).  Every line
 * must be a good one, and none is there twice: flags 257 (a zone key with SEP and without
 * REVOKE: RFC 4034 2.1.1, RFC 5011 2.1), protocol 3, a supported algorithm, a key that this
 * algorithm has (RSA: of 1024 to 4096 bits) and that quality_judge finds no fault with.  At least one, at most
 * SEPKEYS_MAX.  What is not so is REFUSE, each with its line, and nothing is set; FAULT: out of
 * memory.
 */
enum verdict	 sepkeys_parse(struct sepkeys *, const struct buf *, const char *input,
		    struct report *);
void		 sepkeys_clear(struct sepkeys *);

/* The TTL of its line, or SEPKEYS_TTL where that has none, or 0. */
uint32_t	 sepkey_ttl(const struct sepkey *);

#endif
