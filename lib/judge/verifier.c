/* Whether a signature verifies: public keys and proofs, each made once. */

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "judge/rrsig.h"

#define RDATA_MAX	65535

struct pubkey {			/* a public key, ready */
	uint8_t		 algorithm;
	unsigned char	*public;
	size_t		 len;
	EVP_PKEY	*pkey;	/* NULL: not a key of its algorithm */
	EVP_PKEY_CTX	*ctx;	/* verifies digests, any number of them; not for EdDSA */
	EVP_MD_CTX	*whole;	/* verifies whole messages: for EdDSA */
};

struct verifier {
	void		*root;	/* keys, of tsearch(3) */
	void		*proofs; /* what has verified before */
	EVP_MD		*sha256;
	EVP_MD		*sha384;
	EVP_MD		*sha512;
	EVP_MD_CTX	*md;	/* work space, as is data */
	struct buf	 data;
};

static int
compare(const void *a, const void *b)
{
	const struct pubkey *x = a, *y = b;

	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->public, y->public, x->len);
}

static void
pubkey_free(void *p)
{
	struct pubkey	*e = p;

	if (e == NULL)
		return;
	EVP_MD_CTX_free(e->whole);
	EVP_PKEY_CTX_free(e->ctx);
	EVP_PKEY_free(e->pkey);
	free(e->public);
	free(e);
}

struct verifier *
verifier_new(void)
{
	struct verifier	*v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return NULL;
	v->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	v->sha384 = EVP_MD_fetch(NULL, "SHA2-384", NULL);
	v->sha512 = EVP_MD_fetch(NULL, "SHA2-512", NULL);
	v->md = EVP_MD_CTX_new();
	if (v->sha256 == NULL || v->sha384 == NULL || v->sha512 == NULL || v->md == NULL) {
		verifier_free(v);
		return NULL;
	}
	return v;
}

void
verifier_free(struct verifier *v)
{
	if (v == NULL)
		return;
	tdestroy(v->root, pubkey_free);
	tdestroy(v->proofs, free);
	EVP_MD_CTX_free(v->md);
	EVP_MD_free(v->sha256);
	EVP_MD_free(v->sha384);
	EVP_MD_free(v->sha512);
	buf_free(&v->data);
	free(v);
}

static const EVP_MD *
digest_of(const struct verifier *v, uint8_t algorithm)
{
	switch (algorithm) {
	case RSASHA256:
	case ECDSAP256SHA256:
		return v->sha256;
	case ECDSAP384SHA384:
		return v->sha384;
	case RSASHA512:
		return v->sha512;
	}
	return NULL;
}

static EVP_PKEY *
from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX	*ctx;
	EVP_PKEY	*pkey = NULL;

	if (params == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL)) == NULL)
		return NULL;
	if (EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* RFC 3110 2 */
static EVP_PKEY *
rsa_key(const unsigned char *p, size_t len)
{
	OSSL_PARAM_BLD	*bld = NULL;
	OSSL_PARAM	*params = NULL;
	BIGNUM		*n = NULL, *e = NULL;
	EVP_PKEY	*pkey = NULL;
	size_t		 elen, skip = 1;

	if (len < 3)
		return NULL;
	if ((elen = p[0]) == 0) {
		elen = (size_t)p[1] << 8 | p[2];
		skip = 3;
	}
	if (elen == 0 || elen + skip >= len || len > RDATA_MAX)
		return NULL;
	/* Longer exponents serve nothing but to keep a verifier busy, 100 times as long. */
	if (elen > sizeof(uint64_t))
		return NULL;
	e = BN_bin2bn(p + skip, (int)elen, NULL);
	n = BN_bin2bn(p + skip + elen, (int)(len - skip - elen), NULL);
	if ((bld = OSSL_PARAM_BLD_new()) != NULL && n != NULL && e != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
		params = OSSL_PARAM_BLD_to_param(bld);
		pkey = from_params("RSA", params);
	}
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* RFC 6605 4: the uncompressed point without its leading 04. */
static EVP_PKEY *
ec_key(const char *group, const unsigned char *p, size_t len, size_t want)
{
	unsigned char	 point[1 + 96] = { 4 };
	OSSL_PARAM	 params[3];

	if (len != want || want + 1 > sizeof(point))
		return NULL;
	memcpy(point + 1, p, len);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    (char *)(uintptr_t)group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, len + 1);
	params[2] = OSSL_PARAM_construct_end();
	return from_params("EC", params);
}

static EVP_PKEY *
make_pkey(uint8_t algorithm, const unsigned char *p, size_t len)
{
	switch (algorithm) {
	case RSASHA256:
	case RSASHA512:
		return rsa_key(p, len);
	case ECDSAP256SHA256:
		return ec_key("P-256", p, len, 64);
	case ECDSAP384SHA384:
		return ec_key("P-384", p, len, 96);
	case ED25519:
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, p, len);
	case ED448:
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED448, NULL, p, len);
	}
	return NULL;
}

/* A context that verifies any number of signatures.  0, or -1. */
static int
make_context(const struct verifier *v, struct pubkey *e)
{
	if (algorithm_family(e->algorithm) == FAMILY_EDDSA)
		return (e->whole = EVP_MD_CTX_new()) != NULL ? 0 : -1;
	if ((e->ctx = EVP_PKEY_CTX_new(e->pkey, NULL)) == NULL ||
	    EVP_PKEY_verify_init(e->ctx) != 1 ||
	    (algorithm_family(e->algorithm) == FAMILY_RSA &&
	    EVP_PKEY_CTX_set_rsa_padding(e->ctx, RSA_PKCS1_PADDING) != 1))
		return -1;
	return EVP_PKEY_CTX_set_signature_md(e->ctx, digest_of(v, e->algorithm)) == 1 ? 0 : -1;
}

/* A key, ready, made at its first use.  NULL: out of memory. */
static struct pubkey *
pubkey_get(struct verifier *v, const struct key *key)
{
	struct pubkey	 probe = { .algorithm = key->algorithm, .public = key->public, .len = key->len };
	struct pubkey	*e, **found;

	if ((found = tfind(&probe, &v->root, compare)) != NULL)
		return *found;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->algorithm = key->algorithm;
	e->len = key->len;
	if ((e->public = malloc(key->len + 1)) == NULL)
		goto fail;
	memcpy(e->public, key->public, key->len);
	e->pkey = make_pkey(e->algorithm, e->public, e->len);
	if (e->pkey != NULL && make_context(v, e) == -1)
		goto fail;
	if (tsearch(e, &v->root, compare) == NULL)
		goto fail;
	return e;
 fail:
	pubkey_free(e);
	return NULL;
}

/* The digest that the algorithm signs; that of SHA-256 where it signs the data themselves. */
struct hash {
	unsigned char	 data[EVP_MAX_MD_SIZE];
	unsigned int	 len;
};

static int
make_hash(struct hash *h, const struct verifier *v, uint8_t algorithm, const struct buf *data)
{
	const EVP_MD	*md = digest_of(v, algorithm);

	return EVP_DigestInit_ex(v->md, md != NULL ? md : v->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(v->md, data->data, data->len) == 1 &&
	    EVP_DigestFinal_ex(v->md, h->data, &h->len) == 1 ? 0 : -1;
}

/* To begin with the same context and key again costs less than with others. */
static int
verify_eddsa(const struct pubkey *e, const struct sig *sig, const struct buf *data)
{
	return EVP_DigestVerifyInit(e->whole, NULL, NULL, NULL, e->pkey) == 1 &&
	    EVP_DigestVerify(e->whole, sig->data, sig->len, data->data, data->len) == 1;
}

/* A positive INTEGER in DER (X.690 8.3): no leading zeros but one before a set highest bit.  Its end. */
static unsigned char *
put_integer(unsigned char *to, const unsigned char *p, size_t len)
{
	for (; len > 1 && *p == 0; len--)
		p++;
	*to++ = 0x02;
	*to++ = (unsigned char)(len + (*p >> 7));
	if (*p >> 7 != 0)
		*to++ = 0;
	memcpy(to, p, len);
	return to + len;
}

#define HALF_MAX	48		/* r or s of P-384 */
#define DER_MAX		(2 + 2 * (3 + HALF_MAX))

/* r | s (RFC 6605 4) to the SEQUENCE that OpenSSL takes.  Its length, below 128. */
static size_t
ecdsa_der(unsigned char der[DER_MAX], const struct sig *sig)
{
	size_t		 half = sig->len / 2;
	unsigned char	*end;

	end = put_integer(der + 2, sig->data, half);
	end = put_integer(end, sig->data + half, half);
	der[0] = 0x30;
	der[1] = (unsigned char)(end - der - 2);
	return (size_t)(end - der);
}

/* The length of the signature is that of the algorithm, where it has one. */
static int
verify_hash(const struct pubkey *e, const struct sig *sig, const struct hash *h)
{
	unsigned char	 der[DER_MAX];

	if (algorithm_family(e->algorithm) == FAMILY_RSA)
		/* Shorter or longer than the modulus is not a signature (RFC 8017 8.2.2). */
		return sig->len == (size_t)EVP_PKEY_get_size(e->pkey) &&
		    EVP_PKEY_verify(e->ctx, sig->data, sig->len, h->data, h->len) == 1;
	return EVP_PKEY_verify(e->ctx, der, ecdsa_der(der, sig), h->data, h->len) == 1;
}

/*
 * What a verification was of, in one digest: key, signature and the data's hash.  Whatever has
 * verified once need not be computed again: the same key set is often signed in the same second.
 */
struct proof {
	unsigned char	 id[DIGEST_SIZE];
};

static int
compare_proofs(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct proof));
}

static int
proof_make(struct proof *p, const struct verifier *v, const struct pubkey *e,
    const struct sig *sig, const struct hash *h)
{
	const uint64_t	 lengths[] = { e->algorithm, e->len, sig->len, h->len };

	return EVP_DigestInit_ex(v->md, v->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(v->md, lengths, sizeof(lengths)) == 1 &&
	    EVP_DigestUpdate(v->md, e->public, e->len) == 1 &&
	    EVP_DigestUpdate(v->md, sig->data, sig->len) == 1 &&
	    EVP_DigestUpdate(v->md, h->data, h->len) == 1 &&
	    EVP_DigestFinal_ex(v->md, p->id, NULL) == 1 ? 0 : -1;
}

/* Remembered if there is memory for it. */
static void
proof_keep(struct verifier *v, const struct proof *p)
{
	struct proof	*kept = malloc(sizeof(*kept));

	if (kept == NULL)
		return;
	*kept = *p;
	if (tsearch(kept, &v->proofs, compare_proofs) == NULL)
		free(kept);
}

/* Not to be taken for the proof of a signature: those begin with an algorithm, which is not 0. */
static int
sound_make(struct proof *p, const struct verifier *v, const struct key *a, const struct key *b)
{
	const bool	 swap = b != NULL && key_compare(a, b) > 0;
	const struct key *x = swap ? b : a, *y = swap ? a : b;
	const uint64_t	 lengths[] = { 0, x->algorithm, x->len, y == NULL ? 0 : y->algorithm,
	    y == NULL ? 0 : y->len };

	return EVP_DigestInit_ex(v->md, v->sha256, NULL) == 1 &&
	    EVP_DigestUpdate(v->md, lengths, sizeof(lengths)) == 1 &&
	    EVP_DigestUpdate(v->md, x->public, x->len) == 1 &&
	    (y == NULL || EVP_DigestUpdate(v->md, y->public, y->len) == 1) &&
	    EVP_DigestFinal_ex(v->md, p->id, NULL) == 1 ? 0 : -1;
}

bool
verifier_sound(const struct verifier *v, const struct key *a, const struct key *b)
{
	struct proof	 p;

	return sound_make(&p, v, a, b) == 0 && tfind(&p, &v->proofs, compare_proofs) != NULL;
}

void
verifier_found_sound(struct verifier *v, const struct key *a, const struct key *b)
{
	struct proof	 p;

	if (sound_make(&p, v, a, b) == 0 && tfind(&p, &v->proofs, compare_proofs) == NULL)
		proof_keep(v, &p);
}

static int
verify_data(const struct pubkey *e, const struct sig *sig, const struct buf *data,
    const struct hash *h)
{
	return algorithm_family(e->algorithm) == FAMILY_EDDSA ?
	    verify_eddsa(e, sig, data) : verify_hash(e, sig, h);
}

static int
verify(struct verifier *v, const struct sig *sig, const struct key *key,
    const struct dname *owner, const struct bundle *bundle)
{
	const struct pubkey *e;
	struct proof	 proof;
	struct hash	 h;
	int		 rv;

	if ((e = pubkey_get(v, key)) == NULL)
		return -1;
	if (e->pkey == NULL)
		return 0;
	v->data.len = 0;
	if (rrsig_data(&v->data, sig, owner, bundle->keys, bundle->nkeys) == -1 ||
	    make_hash(&h, v, e->algorithm, &v->data) == -1 ||
	    proof_make(&proof, v, e, sig, &h) == -1)
		return -1;
	if (tfind(&proof, &v->proofs, compare_proofs) != NULL)
		return 1;
	if ((rv = verify_data(e, sig, &v->data, &h)) == 1)
		proof_keep(v, &proof);
	return rv;
}

int
rrsig_verify(struct verifier *v, const struct sig *sig, const struct key *key,
    const struct dname *owner, const struct bundle *bundle)
{
	size_t		 siglen = algorithm_siglen(key->algorithm);
	int		 rv;

	if (sig->algorithm != key->algorithm || (siglen != 0 && sig->len != siglen) ||
	    sig->len == 0 || sig->labels > dname_labels(owner))
		return 0;
	/* What is wrong with a key or signature stays out of OpenSSL's queue of errors. */
	ERR_set_mark();
	rv = verify(v, sig, key, owner, bundle);
	ERR_pop_to_mark();
	return rv;
}

static int
verify_message(struct verifier *v, const struct key *key, const struct buf *data,
    const struct sig *sig)
{
	const struct pubkey *e = pubkey_get(v, key);
	struct hash	 h;

	if (e == NULL)
		return -1;
	if (e->pkey == NULL)
		return 0;
	if (make_hash(&h, v, e->algorithm, data) == -1)
		return -1;
	return verify_data(e, sig, data, &h);
}

int
message_verify(struct verifier *v, const struct key *key, const void *message, size_t len,
    const unsigned char *sig, size_t siglen)
{
	const struct buf data = { (unsigned char *)(uintptr_t)message, len, 0 };
	const struct sig s = { .data = (unsigned char *)(uintptr_t)sig, .len = siglen };
	size_t		 want = algorithm_siglen(key->algorithm);
	int		 rv;

	if (siglen == 0 || (want != 0 && siglen != want))
		return 0;
	ERR_set_mark();
	rv = verify_message(v, key, &data, &s);
	ERR_pop_to_mark();
	return rv;
}

int
key_spki(struct buf *out, struct verifier *v, const struct key *key)
{
	const struct pubkey *e = pubkey_get(v, key);
	unsigned char	*der = NULL;
	int		 len, rv = -1;

	if (e == NULL || e->pkey == NULL)
		return -1;
	if ((len = i2d_PUBKEY(e->pkey, &der)) > 0)
		rv = buf_append(out, der, (size_t)len);
	OPENSSL_free(der);
	return rv;
}
