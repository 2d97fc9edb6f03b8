/*
 * bundle: one time slot of a KSR or SKR: an interval, the DNSKEYs that stand
 * in the zone during it, and their signatures.  And what a policy element of
 * these documents says about keys and signature times.
 */
#ifndef MODEL_BUNDLE_H
#define MODEL_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "model/dnskey.h"

struct sig {				/* an RRSIG over the bundle's DNSKEY RRset */
	char		*identifier;	/* of the key that made it */
	char		*signer;	/* signer's name, as written */
	uint32_t	 ttl;
	uint32_t	 original_ttl;
	int64_t		 expiration;
	int64_t		 inception;
	uint16_t	 tag;
	uint8_t		 algorithm;
	uint8_t		 labels;
	unsigned char	*data;
	size_t		 len;
	unsigned long	 line;
};

struct bundle {
	char		*id;
	int64_t		 inception;
	int64_t		 expiration;
	char		**signers;	/* Signer wishes of a request: keyIdentifiers */
	size_t		 nsigners;
	struct key	*keys;
	size_t		 nkeys;
	struct sig	*sigs;
	size_t		 nsigs;
	unsigned long	 line;
};

struct bundles {
	struct bundle	*v;		/* in the document's order */
	size_t		 n;
};

struct sigalg {				/* SignatureAlgorithm */
	uint8_t		 algorithm;
	enum family	 family;
	unsigned	 bits;
	uint64_t	 exponent;	/* RSA only */
	unsigned long	 line;
};

struct sigpolicy {			/* durations in seconds */
	int64_t		 publish_safety;
	int64_t		 retire_safety;
	int64_t		 max_signature_validity;
	int64_t		 min_signature_validity;
	int64_t		 max_validity_overlap;
	int64_t		 min_validity_overlap;
	struct sigalg	*algs;
	size_t		 nalgs;
	unsigned long	 line;
};

/*
 * Append a zeroed element and return it (owned by the bundle; the pointer is
 * good until the next append).  NULL: out of memory.
 */
struct key	*bundle_add_key(struct bundle *);
struct sig	*bundle_add_sig(struct bundle *);
struct bundle	*bundles_add(struct bundles *);
struct sigalg	*sigpolicy_add(struct sigpolicy *);

/*
 * The same for the algorithm, size and exponent of a key, unless they stand there.  0, or -1: out
 * of memory, or not a key of its algorithm.
 */
int		 sigpolicy_add_key(struct sigpolicy *, const struct key *);

/*
 * Put keys in canonical order of their rdata (RFC 4034 6.3) and signatures in
 * the order of their tags, then algorithms: what we write is always in this order.
 */
int		 bundle_sort(struct bundle *);

/* The key that a signature names by identifier, tag and algorithm, or NULL. */
const struct key *bundle_key_of(const struct bundle *, const struct sig *);

/* The element with the same rdata as this key, or NULL. */
const struct key *bundle_find(const struct bundle *, const struct key *);

/* The slot at this instant: the last one with inception <= time < expiration, or NULL. */
const struct bundle *bundles_at(const struct bundles *, int64_t time);

/* Append RRs in zone form, one a line: the DNSKEYs, then their RRSIGs. 0, or -1. */
int		 bundle_print_rrs(struct buf *, const struct bundle *, const struct dname *owner);

/* Deep copies.  0, or -1 and *to unchanged. */
int		 sigpolicy_copy(struct sigpolicy *to, const struct sigpolicy *from);

void		 sig_clear(struct sig *);
void		 bundle_clear(struct bundle *);
void		 bundles_clear(struct bundles *);
void		 sigpolicy_clear(struct sigpolicy *);

#endif
