/*
 * quality: is a public key one that nobody can factor or forge with a known
 * shortcut?  The mathematics behind KSR-KEY-QUALITY.
 */
#ifndef JUDGE_QUALITY_H
#define JUDGE_QUALITY_H

#include "model/dnskey.h"

#define QUALITY_KEYS	256		/* different keys at most, judged and others */

struct quality {
	const char	*fault;		/* a sentence of static storage; NULL: none */
	const struct key *shares;	/* the key that it has a prime factor in common with, or NULL */
};

/*
 * Judge n keys; out[i] tells of judged[i].  The moduli of the others are compared with, too.
 *
 * RSA: encoded as RFC 3110 2 has it, without leading zeros; exponent odd, from 3 to
 * 2^32+1; modulus odd, without a prime factor below 2^16, without the fingerprint of
 * ROCA (CVE-2017-15361), not found by 100 rounds of Fermat's method (close primes), and without
 * a factor in common with a different modulus at hand.  ECDSA: the point is on the
 * curve.  EdDSA: the bytes decode to a point (RFC 8032 5.1.3, 5.2.3) whose order is not
 * small.  Keys of other algorithms are not judged.
 *
 * 0, or -1: out of memory, or n + m is more than QUALITY_KEYS.
 */
int	 quality_judge(struct quality *out, const struct key *const *judged, size_t n,
	    const struct key *const *others, size_t m);

#endif
