/*
 * pwkey: a content key under a passphrase: PBKDF2 with HMAC-SHA256 (RFC 8018 5.2) and the key
 * wrap of RFC 3211.
 */
#ifndef ACT_PWKEY_H
#define ACT_PWKEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/secret.h"

#define PWKEY_SALT	16
#define PWKEY_IV	16
#define PWKEY_KEY	32		/* a content key */
#define PWKEY_WRAPPED	48

/*
 * Wrap and unwrap; "key" is best in locked memory, and what is computed on the way is.
 * 0; -1: out of memory; unwrap also 1: the passphrase does not fit, key unchanged (but a
 * wrong one fits by chance once in 2^24 times: the key has still to prove itself).
 */
int	 pwkey_wrap(unsigned char out[PWKEY_WRAPPED], const unsigned char key[PWKEY_KEY],
	    const struct secret *, const unsigned char salt[PWKEY_SALT], uint32_t iterations,
	    const unsigned char iv[PWKEY_IV]);
int	 pwkey_unwrap(unsigned char key[PWKEY_KEY], const unsigned char in[PWKEY_WRAPPED],
	    const struct secret *, const unsigned char salt[PWKEY_SALT], uint32_t iterations,
	    const unsigned char iv[PWKEY_IV]);

/* The key-encryption key alone, for tests.  0, or -1. */
int	 pwkey_derive(unsigned char out[PWKEY_KEY], const struct secret *,
	    const unsigned char salt[PWKEY_SALT], uint32_t iterations);

#endif
