/*
 * rrsig: what a signature over a DNSKEY RRset is made over (RFC 4034 3.1.8.1),
 * and whether it verifies (RFC 4035 5.3).
 */
#ifndef JUDGE_RRSIG_H
#define JUDGE_RRSIG_H

#include <stdbool.h>

#include "model/bundle.h"

/*
 * Public keys made ready for verification, each distinct key once; and what has verified,
 * which is not computed again.
 */
struct verifier;

struct verifier	*verifier_new(void);		/* NULL: out of memory */
void		 verifier_free(struct verifier *);

/*
 * The same for KSR-KEY-QUALITY: has a key been judged and found sound by itself (other NULL), and no factor in
 * common with another one?  Remembered if there is memory for it.
 */
bool	verifier_sound(const struct verifier *, const struct key *, const struct key *other);
void	verifier_found_sound(struct verifier *, const struct key *, const struct key *other);

/*
 * Append the bytes that "sig" is made over: its rdata without the signature, then the
 * keys as an RRset in canonical form and order with the original TTL, duplicates
 * once.  Reads of sig: algorithm, labels, original_ttl, expiration, inception,
 * tag.  The owner is also the signer.  0, or -1: out of memory, or a name with fewer labels
 * than sig->labels says.
 */
int	rrsig_data(struct buf *, const struct sig *, const struct dname *owner,
	    const struct key *keys, size_t nkeys);

/*
 * The mathematics alone: does sig, over exactly the bundle's keys, verify with
 * this key?  Neither times nor names nor tags are judged here.  1: yes; 0: no (a
 * key or signature of the wrong form included); -1: could not tell.
 */
int	rrsig_verify(struct verifier *, const struct sig *, const struct key *,
	    const struct dname *owner, const struct bundle *);

/* The same for any message and a signature over it in DNSSEC form. */
int	message_verify(struct verifier *, const struct key *, const void *message, size_t len,
	    const unsigned char *sig, size_t siglen);

/* Append the public key as SubjectPublicKeyInfo in DER (RFC 5280 4.1).  0, or -1: it cannot be. */
int	key_spki(struct buf *, struct verifier *, const struct key *);

#endif
