#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "act/pwkey.h"

#define BLOCK	16			/* of AES */
#define HASH	32			/* of SHA-256 */

struct room {				/* what is secret on the way, locked */
	unsigned char	 kek[PWKEY_KEY];
	unsigned char	 u[HASH];
	unsigned char	 one[PWKEY_WRAPPED];
	unsigned char	 two[PWKEY_WRAPPED];
};

/*
 * Not PKCS5_PBKDF2_HMAC, which keeps a copy of the passphrase in plain heap for as long as it
 * works; EVP_MAC keeps its key on the secure heap.
 */
static int
derive(EVP_MAC_CTX *mac, struct room *r, const struct secret *pass,
    const unsigned char salt[PWKEY_SALT], uint32_t iterations)
{
	static const unsigned char first[4] = { 0, 0, 0, 1 };
	char		 sha256[] = "SHA256";
	OSSL_PARAM	 params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
		OSSL_PARAM_construct_end()
	};
	uint32_t	 i;
	size_t		 len, j;

	if (iterations == 0 ||
	    EVP_MAC_init(mac, (unsigned char *)pass->text, pass->len, params) != 1 ||
	    EVP_MAC_update(mac, salt, PWKEY_SALT) != 1 ||
	    EVP_MAC_update(mac, first, sizeof(first)) != 1 ||
	    EVP_MAC_final(mac, r->u, &len, HASH) != 1)
		return -1;
	memcpy(r->kek, r->u, HASH);
	for (i = 1; i < iterations; i++) {
		if (EVP_MAC_init(mac, NULL, 0, NULL) != 1 ||
		    EVP_MAC_update(mac, r->u, HASH) != 1 ||
		    EVP_MAC_final(mac, r->u, &len, HASH) != 1)
			return -1;
		for (j = 0; j < HASH; j++)
			r->kek[j] ^= r->u[j];
	}
	return 0;
}

static int
derive_kek(struct room *r, const struct secret *pass, const unsigned char salt[PWKEY_SALT],
    uint32_t iterations)
{
	EVP_MAC		*hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX	*mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	int		 rc = mac == NULL ? -1 : derive(mac, r, pass, salt, iterations);

	EVP_MAC_CTX_free(mac);
	EVP_MAC_free(hmac);
	return rc;
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
