/* Private keys of the tests: unencrypted PKCS#8 in PEM files of mode 0600. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "softkey.h"

#define PEM_MAX		((size_t)64 << 10)

struct keyring {
	char		*dir;
	struct softkey	**v;
	size_t		 n;
};

struct keyring *
keyring_open(const char *dir)
{
	struct keyring	*r = need(calloc(1, sizeof(*r)));

	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		die("%s: %s", dir, strerror(errno));
	r->dir = need(strdup(dir));
	return r;
}

void
softkey_free(struct softkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	BN_free(k->n);
	BN_free(k->d);
	free(k->public);
	free(k->name);
	free(k);
}

void
keyring_close(struct keyring *r)
{
	size_t	 i;

	if (r == NULL)
		return;
	for (i = 0; i < r->n; i++)
		softkey_free(r->v[i]);
	free(r->v);
	free(r->dir);
	free(r);
}

const char *
keyring_dir(const struct keyring *r)
{
	return r->dir;
}

const char *
softkey_name(const struct softkey *k)
{
	return k->name;
}

static EVP_PKEY *
generate_rsa(const struct keytype *type)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY	*pkey = NULL;
	BIGNUM		*e = BN_new();

	if (ctx == NULL || e == NULL || BN_set_word(e, type->exponent) != 1 ||
	    EVP_PKEY_keygen_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)type->bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1 ||
	    EVP_PKEY_generate(ctx, &pkey) != 1)
		pkey = NULL;
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

EVP_PKEY *
softkey_generate(const struct keytype *type)
{
	EVP_PKEY	*pkey = NULL;

	switch (type->algorithm) {
	case RSASHA256:
	case RSASHA512:
		pkey = generate_rsa(type);
		break;
	case ECDSAP256SHA256:
		pkey = EVP_EC_gen("P-256");
		break;
	case ECDSAP384SHA384:
		pkey = EVP_EC_gen("P-384");
		break;
	case ED25519:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case ED448:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
		break;
	}
	if (pkey == NULL)
		die("cannot make a key of algorithm %u", type->algorithm);
	return pkey;
}

/* False: another process made this file first. */
static bool
store(EVP_PKEY *pkey, const char *path)
{
	struct buf	 pem = BUF_EMPTY;
	BIO		*bio = BIO_new(BIO_s_mem());
	char		*data = NULL;
	long		 len;
	bool		 made;

	if (bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) != 1)
		die("cannot write a private key");
	if ((len = BIO_get_mem_data(bio, &data)) <= 0)
		die("cannot write a private key");
	done(buf_append(&pem, data, (size_t)len));
	if (!(made = buf_create(&pem, path, 0600) == 0) && errno != EEXIST)
		die("%s: %s", path, strerror(errno));
	buf_wipe(&pem);
	BIO_free(bio);
	return made;
}

/* NULL: there is no such file. */
static EVP_PKEY *
retrieve(const char *path)
{
	struct buf	 pem = BUF_EMPTY;
	EVP_PKEY	*pkey = NULL;
	BIO		*bio;

	if (buf_load(&pem, path, PEM_MAX) != 0) {
		if (errno != ENOENT)
			die("%s: %s", path, strerror(errno));
		return NULL;
	}
	if ((bio = BIO_new_mem_buf(pem.data, (int)pem.len)) == NULL ||
	    (pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)) == NULL)
		die("%s: no private key", path);
	BIO_free(bio);
	buf_wipe(&pem);
	return pkey;
}

static void
check_type(const struct softkey *k, const char *where)
{
	static const struct { unsigned algorithm; const char *name; int bits; } types[] = {
		{ RSASHA256, "RSA", 0 }, { RSASHA512, "RSA", 0 },
		{ ECDSAP256SHA256, "EC", 256 }, { ECDSAP384SHA384, "EC", 384 },
		{ ED25519, "ED25519", 0 }, { ED448, "ED448", 0 },
	};
	size_t	 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].algorithm == k->algorithm &&
		    EVP_PKEY_is_a(k->pkey, types[i].name) == 1 &&
		    (types[i].bits == 0 || EVP_PKEY_get_bits(k->pkey) == types[i].bits))
			return;
	die("%s: not a key for algorithm %u", where, k->algorithm);
}

const struct softkey *
keyring_put(struct keyring *r, struct softkey *k)
{
	r->v = need(reallocarray(r->v, r->n + 1, sizeof(struct softkey *)));
	return r->v[r->n++] = k;
}

const struct softkey *
keyring_get(struct keyring *r, const char *name, const struct keytype *type)
{
	struct softkey	*k;
	char		*path;
	size_t		 i;

	for (i = 0; i < r->n; i++)
		if (strcmp(r->v[i]->name, name) == 0)
			return r->v[i];
	if (*name == '\0' || *name == '.' || strchr(name, '/') != NULL)
		die("'%s' is no name for a key", name);
	path = text("%s/%s.pem", r->dir, name);
	k = need(calloc(1, sizeof(*k)));
	k->name = need(strdup(name));
	k->algorithm = type->algorithm;
	if ((k->pkey = retrieve(path)) == NULL) {
		k->pkey = softkey_generate(type);
		if (!store(k->pkey, path)) {
			EVP_PKEY_free(k->pkey);
			if ((k->pkey = retrieve(path)) == NULL)
				die("%s: came and went", path);
		}
	}
	check_type(k, path);
	free(path);
	return keyring_put(r, k);
}

struct softkey *
softkey_load_public(const char *path, const char *name, unsigned algorithm)
{
	struct softkey		*k = need(calloc(1, sizeof(*k)));
	struct buf		 der = BUF_EMPTY;
	const unsigned char	*p;

	load(&der, path);
	p = der.data;
	k->name = need(strdup(name));
	k->algorithm = algorithm;
	if (der.len == 0 || (k->pkey = d2i_PUBKEY(NULL, &p, (long)der.len)) == NULL)
		die("%s: no public key in DER", path);
	check_type(k, path);
	buf_free(&der);
	return k;
}

size_t
rsa_field(unsigned char *out, const BIGNUM *n, const BIGNUM *e)
{
	size_t	 elen = (size_t)BN_num_bytes(e), nlen = (size_t)BN_num_bytes(n);

	if (elen == 0 || elen > 255 || 1 + elen + nlen > RSA_FIELD_MAX)
		die("an RSA key of an odd size");
	out[0] = (unsigned char)elen;
	BN_bn2bin(e, out + 1);
	BN_bn2bin(n, out + 1 + elen);
	return 1 + elen + nlen;
}

static size_t
public_rsa(unsigned char *out, EVP_PKEY *pkey)
{
	BIGNUM	*n = NULL, *e = NULL;
	size_t	 len;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		die("an RSA key without numbers");
	len = rsa_field(out, n, e);
	BN_free(n);
	BN_free(e);
	return len;
}

/* RFC 6605 4: the two coordinates, without the byte that says so. */
static size_t
public_ecdsa(unsigned char *out, EVP_PKEY *pkey)
{
	unsigned char	*point = NULL;
	size_t		 len = EVP_PKEY_get1_encoded_public_key(pkey, &point);

	if (len < 2 || len > RSA_FIELD_MAX || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		die("a point in an unexpected form");
	memcpy(out, point + 1, len - 1);
	OPENSSL_free(point);
	return len - 1;
}

static size_t
public_eddsa(unsigned char *out, EVP_PKEY *pkey)
{
	size_t	 len = RSA_FIELD_MAX;

	if (EVP_PKEY_get_raw_public_key(pkey, out, &len) != 1)
		die("an Edwards key without its public half");
	return len;
}

static size_t
public_field(unsigned char *out, const struct softkey *k)
{
	if (k->public != NULL) {
		memcpy(out, k->public, k->publen);
		return k->publen;
	}
	switch (algorithm_family(k->algorithm)) {
	case FAMILY_RSA:
		return public_rsa(out, k->pkey);
	case FAMILY_ECDSA:
		return public_ecdsa(out, k->pkey);
	case FAMILY_EDDSA:
		return public_eddsa(out, k->pkey);
	default:
		die("algorithm %u is not supported", k->algorithm);
	}
}

const struct softkey *
keyring_of(const struct keyring *r, const struct key *key)
{
	unsigned char	 field[RSA_FIELD_MAX];
	size_t		 i, len;

	for (i = 0; i < r->n; i++) {
		len = public_field(field, r->v[i]);
		if (r->v[i]->algorithm == key->algorithm && len == key->len &&
		    memcmp(field, key->public, len) == 0)
			return r->v[i];
	}
	die("no private key for '%s'", key->identifier);
}

void
softkey_dnskey(struct key *key, const struct softkey *k, uint16_t flags, uint32_t ttl)
{
	unsigned char	 field[RSA_FIELD_MAX];

	key->len = public_field(field, k);
	key->public = need(malloc(key->len));
	memcpy(key->public, field, key->len);
	key->identifier = need(strdup(k->name));
	key->ttl = ttl;
	key->flags = flags;
	key->protocol = DNSKEY_PROTOCOL;
	key->algorithm = (uint8_t)k->algorithm;
	key->tag = key_tag(key);
}

/* From the DER that OpenSSL makes to the two numbers of RFC 6605 4. */
static void
unwrap_ecdsa(struct sig *sig, unsigned algorithm)
{
	const unsigned char	*p = sig->data;
	unsigned char		*raw;
	ECDSA_SIG		*rs;
	int			 half = (int)(algorithm_siglen(algorithm) / 2);

	raw = need(malloc(2 * (size_t)half));
	if ((rs = d2i_ECDSA_SIG(NULL, &p, (long)sig->len)) == NULL ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(rs), raw, half) != half ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(rs), raw + half, half) != half)
		die("an ECDSA signature in an unexpected form");
	ECDSA_SIG_free(rs);
	free(sig->data);
	sig->data = raw;
	sig->len = 2 * (size_t)half;
}

const EVP_MD *
algorithm_digest(unsigned algorithm)
{
	switch (algorithm) {
	case RSASHA512:
		return EVP_sha512();
	case ECDSAP384SHA384:
		return EVP_sha384();
	case ED25519:
	case ED448:
		return NULL;		/* RFC 8080: the message itself */
	default:
		return EVP_sha256();
	}
}

void
softkey_sign(struct sig *sig, const struct softkey *k, const struct buf *message)
{
	EVP_MD_CTX	*ctx;
	size_t		 len = 0;

	free(sig->data);
	sig->data = NULL;
	if (k->pkey == NULL) {
		odd_sign(sig, k, message);
		return;
	}
	ctx = need(EVP_MD_CTX_new());
	if (EVP_DigestSignInit(ctx, NULL, algorithm_digest(k->algorithm), NULL, k->pkey) != 1 ||
	    EVP_DigestSign(ctx, NULL, &len, message->data, message->len) != 1)
		die("%s: cannot sign", k->name);
	sig->data = need(malloc(len));
	if (EVP_DigestSign(ctx, sig->data, &len, message->data, message->len) != 1)
		die("%s: cannot sign", k->name);
	sig->len = len;
	EVP_MD_CTX_free(ctx);
	if (algorithm_family(k->algorithm) == FAMILY_ECDSA)
		unwrap_ecdsa(sig, k->algorithm);
}
