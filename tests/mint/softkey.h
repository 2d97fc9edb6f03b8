/* A private key of the tests from inside: of softkey.c and oddkey.c alone. */
#ifndef SOFTKEY_H
#define SOFTKEY_H

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "mint.h"

struct softkey {
	char		*name;
	unsigned	 algorithm;
	EVP_PKEY	*pkey;		/* NULL: an odd key */
	unsigned char	*public;	/* in place of what pkey gives; NULL: that */
	size_t		 publen;
	BIGNUM		*n, *d;		/* of RSA without an EVP_PKEY; d NULL: cannot sign */
	size_t		 siglen;	/* of a key that cannot sign: so many fixed bytes */
	unsigned char	 first;		/* the first of them; the rest is 0 */
};

/* It is the ring's from now on. */
const struct softkey *keyring_put(struct keyring *, struct softkey *);
EVP_PKEY	*softkey_generate(const struct keytype *);
/* RFC 3110 2: length of the exponent, exponent, modulus. */
size_t		 rsa_field(unsigned char *out, const BIGNUM *n, const BIGNUM *e);
const EVP_MD	*algorithm_digest(unsigned algorithm);	/* NULL: signs the message itself */
/* The signature of an odd key. */
void		 odd_sign(struct sig *, const struct softkey *, const struct buf *message);

#define RSA_FIELD_MAX	((size_t)2 << 10)	/* bytes of exponent and modulus */

#endif
