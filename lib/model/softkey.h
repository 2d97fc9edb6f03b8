/*
 * softkey: private keys in files: PEM (PKCS#8, PKCS#1, SEC 1) and BIND's K*.private, for the six
 * algorithms; the public half as a DNSKEY, and signatures.  Secrets stay in locked memory of the library
 * that holds them, and are wiped when freed.
 */
#ifndef MODEL_SOFTKEY_H
#define MODEL_SOFTKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/report.h"
#include "base/secret.h"
#include "model/dnskey.h"

struct softkey;

/*
 * Read a file: its form is seen from its first bytes.  "algorithm" says what an RSA key in PEM is for
 * (RSASHA256 or RSASHA512; 0: RSASHA256); a K*.private states it itself, and anything else than 0 must agree.
 * Where K*.key stands beside a K*.private, it must hold the same public key.  Refused: a file
 * that others than its owner can read, one that is not regular, a PEM under a passphrase, a key that is
 * inconsistent or of an algorithm or size that DNSSEC here does not have.  ACCEPT and *out set, else
 * REFUSE or FAULT with its reason and *out unchanged.
 */
enum verdict	 softkey_load(struct softkey **out, const char *path, unsigned algorithm,
		    struct report *);

/* The same from memory, where no K*.key stands beside; "name" is that of the file, for messages too. */
enum verdict	 softkey_parse(struct softkey **out, const void *text, size_t len, const char *name,
		    unsigned algorithm, struct report *);

/* Identifier: the file's base name without its ending; flags of K*.key, else 256; ttl 0.  Borrowed. */
const struct key *softkey_public(const struct softkey *);

/* The zone that K*.key says; NULL: there is no such file.  Borrowed. */
const struct dname *softkey_owner(const struct softkey *);

/* Active span from the times in a K*.private (Activate, Inactive); INT64_MIN and INT64_MAX where none. */
void		 softkey_span(const struct softkey *, int64_t *from, int64_t *until);

/*
 * Sign a whole message in DNSSEC form (RFC 3110/5702, 6605: r|s, 8080).  May be called from several threads at
 * once.  *sig is allocated.  0, or -1.
 */
int		 softkey_sign(const struct softkey *, const void *data, size_t len,
		    unsigned char **sig, size_t *siglen);

/* Is it a signature by this key in that form? */
bool		 softkey_verify(const struct softkey *, const void *data, size_t len,
		    const unsigned char *sig, size_t siglen);

/* What the private key is made of; of an RSA key the first eight, else the last. */
enum softkey_part {
	SOFTKEY_N, SOFTKEY_E, SOFTKEY_D, SOFTKEY_P, SOFTKEY_Q, SOFTKEY_DP, SOFTKEY_DQ, SOFTKEY_QI,
	SOFTKEY_SECRET			/* an EC key's number, in full width; an Edwards key's seed */
};

/* Big-endian, without leading zeros but for SOFTKEY_SECRET; borrowed; NULL: not of this kind of key. */
const unsigned char *softkey_number(const struct softkey *, enum softkey_part, size_t *len);

/*
 * PKCS#8 in DER, not encrypted, into memory of OpenSSL's secure heap where there is one; free with
 * softkey_der_free.  For putting the key on a token.  0, or -1.
 */
int		 softkey_der(const struct softkey *, unsigned char **der, size_t *len);
void		 softkey_der_free(unsigned char *der, size_t len);

void		 softkey_free(struct softkey *);

#endif
