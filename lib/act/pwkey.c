#include <stdbool.h>
#include <string.h>

#define OPENSSL_SUPPRESS_DEPRECATED	/* SHA256_Init and its kin: no other state can be locked */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "act/pwkey.h"

#define BLOCK	16			/* of AES */
#define HASH	32			/* of SHA-256 */

struct room {				/* what is secret on the way, locked */
	unsigned char	 pad[SHA256_CBLOCK];
	SHA256_CTX	 inner;			/* HMAC's two beginnings (RFC 2104 2) */
	SHA256_CTX	 outer;
	SHA256_CTX	 work;
	unsigned char	 kek[PWKEY_KEY];
	unsigned char	 u[HASH];
	unsigned char	 one[PWKEY_WRAPPED];
	unsigned char	 two[PWKEY_WRAPPED];
};

/* The pad is one whole block, so that the library keeps no copy of it. */
static int
begin(SHA256_CTX *ctx, struct room *r, unsigned char flip)
{
	size_t		 i;

	for (i = 0; i < sizeof(r->pad); i++)
		r->pad[i] ^= flip;
	return SHA256_Init(ctx) == 1 && SHA256_Update(ctx, r->pad, sizeof(r->pad)) == 1 ? 0 : -1;
}

static int
hmac_key(struct room *r, const struct secret *pass)
{
	memset(r->pad, 0, sizeof(r->pad));
	if (pass->len <= sizeof(r->pad))
		memcpy(r->pad, pass->text, pass->len);
	else if (SHA256_Init(&r->work) != 1 ||
	    SHA256_Update(&r->work, pass->text, pass->len) != 1 ||
	    SHA256_Final(r->pad, &r->work) != 1)
		return -1;
	return begin(&r->inner, r, 0x36) == -1 || begin(&r->outer, r, 0x36 ^ 0x5c) == -1 ? -1 : 0;
}

/* u becomes the HMAC of "len" bytes, which may be its own. */
static int
hmac(struct room *r, const unsigned char *data, size_t len)
{
	r->work = r->inner;
	if (SHA256_Update(&r->work, data, len) != 1 || SHA256_Final(r->u, &r->work) != 1)
		return -1;
	r->work = r->outer;
	return SHA256_Update(&r->work, r->u, HASH) == 1 && SHA256_Final(r->u, &r->work) == 1 ?
	    0 : -1;
}

/*
 * Not PKCS5_PBKDF2_HMAC nor EVP_MAC, which keep a copy of the passphrase in plain heap for as
 * long as they work, and take more than twice the time.
 */
static int
derive_kek(struct room *r, const struct secret *pass, const unsigned char salt[PWKEY_SALT],
    uint32_t iterations)
{
	unsigned char	 first[PWKEY_SALT + 4] = { 0 };
	uint32_t	 i;
	size_t		 j;

	memcpy(first, salt, PWKEY_SALT);
	first[sizeof(first) - 1] = 1;		/* block 1 of 1 */
	if (iterations == 0 || hmac_key(r, pass) == -1 || hmac(r, first, sizeof(first)) == -1)
		return -1;
	memcpy(r->kek, r->u, HASH);
	for (i = 1; i < iterations; i++) {
		if (hmac(r, r->u, HASH) == -1)
			return -1;
		for (j = 0; j < HASH; j++)
			r->kek[j] ^= r->u[j];
	}
	return 0;
}

/* AES-256-CBC of whole blocks.  in and out may be the same. */
static int
cbc(bool encrypt, unsigned char *out, const unsigned char *in, size_t n,
    const unsigned char key[PWKEY_KEY], const unsigned char iv[BLOCK])
{
	EVP_CIPHER_CTX	*ctx = EVP_CIPHER_CTX_new();
	int		 len = 0, rc = -1;

	if (ctx != NULL &&
	    EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, out, &len, in, (int)n) == 1 && (size_t)len == n)
		rc = 0;
	EVP_CIPHER_CTX_free(ctx);
	return rc;
}

int
pwkey_derive(unsigned char out[PWKEY_KEY], const struct secret *pass,
    const unsigned char salt[PWKEY_SALT], uint32_t iterations)
{
	struct room	*r = OPENSSL_secure_zalloc(sizeof(*r));
	int		 rc = -1;

	if (r != NULL && (rc = derive_kek(r, pass, salt, iterations)) == 0)
		memcpy(out, r->kek, sizeof(r->kek));
	OPENSSL_secure_clear_free(r, sizeof(*r));
	return rc;
}

/* RFC 3211 2.3.1: length, three check bytes, key, padding; encrypted twice in a chain. */
int
pwkey_wrap(unsigned char out[PWKEY_WRAPPED], const unsigned char key[PWKEY_KEY],
    const struct secret *pass, const unsigned char salt[PWKEY_SALT], uint32_t iterations,
    const unsigned char iv[PWKEY_IV])
{
	struct room	*r = OPENSSL_secure_zalloc(sizeof(*r));
	size_t		 i, n = 4 + PWKEY_KEY;
	int		 rc = -1;

	if (r == NULL || derive_kek(r, pass, salt, iterations) == -1)
		goto out;
	r->one[0] = PWKEY_KEY;
	for (i = 0; i < 3; i++)
		r->one[1 + i] = key[i] ^ 0xff;
	memcpy(r->one + 4, key, PWKEY_KEY);
	if (RAND_bytes(r->one + n, (int)(PWKEY_WRAPPED - n)) != 1 ||
	    cbc(true, r->two, r->one, PWKEY_WRAPPED, r->kek, iv) == -1)
		goto out;
	rc = cbc(true, out, r->two, PWKEY_WRAPPED, r->kek, r->two + PWKEY_WRAPPED - BLOCK);
 out:
	OPENSSL_secure_clear_free(r, sizeof(*r));
	return rc;
}

/* RFC 3211 2.3.2: the last block of the inner layer, which is the outer one's IV, comes first. */
static int
unchain(struct room *r, const unsigned char in[PWKEY_WRAPPED], const unsigned char iv[PWKEY_IV])
{
	const unsigned char	*last = in + PWKEY_WRAPPED - BLOCK;

	if (cbc(false, r->two, last, BLOCK, r->kek, last - BLOCK) == -1 ||
	    cbc(false, r->one, in, PWKEY_WRAPPED, r->kek, r->two) == -1)
		return -1;
	return cbc(false, r->two, r->one, PWKEY_WRAPPED, r->kek, iv);
}

int
pwkey_unwrap(unsigned char key[PWKEY_KEY], const unsigned char in[PWKEY_WRAPPED],
    const struct secret *pass, const unsigned char salt[PWKEY_SALT], uint32_t iterations,
    const unsigned char iv[PWKEY_IV])
{
	struct room	*r = OPENSSL_secure_zalloc(sizeof(*r));
	unsigned char	 wrong;
	size_t		 i;
	int		 rc = -1;

	if (r == NULL || derive_kek(r, pass, salt, iterations) == -1 || unchain(r, in, iv) == -1)
		goto out;
	wrong = r->two[0] ^ PWKEY_KEY;
	for (i = 0; i < 3; i++)
		wrong |= (unsigned char)(r->two[1 + i] ^ r->two[4 + i] ^ 0xff);
	rc = wrong != 0;
	if (rc == 0)
		memcpy(key, r->two + 4, PWKEY_KEY);
 out:
	OPENSSL_secure_clear_free(r, sizeof(*r));
	return rc;
}
