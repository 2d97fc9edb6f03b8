/*
 * Keys with a flaw, and their signatures: RSA from chosen factors, points that are none,
 * keys that share a tag.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>

#include "softkey.h"

#define TWIN_PRIMES	128	/* at most; about forty are needed */
#define TAGS		65536

static BIGNUM *
number(void)
{
	return need(BN_new());
}

/* Of OpenSSL's functions that return 1. */
static void
good(int result)
{
	if (result != 1)
		die("OpenSSL: a number could not be computed");
}

static struct softkey *
odd_new(const char *name, unsigned algorithm)
{
	struct softkey	*k = need(calloc(1, sizeof(*k)));

	k->name = need(strdup(name));
	k->algorithm = algorithm;
	return k;
}

static void
set_public(struct softkey *k, const unsigned char *field, size_t len)
{
	free(k->public);
	k->public = need(malloc(len));
	memcpy(k->public, field, len);
	k->publen = len;
}

/* A prime whose predecessor has no factor 65537. */
static BIGNUM *
prime(unsigned bits)
{
	BIGNUM	*p = number();

	do
		good(BN_generate_prime_ex(p, (int)bits, 0, NULL, NULL, NULL));
	while (BN_mod_word(p, RSA_EXPONENT) == 1);
	return p;
}

/* The next prime from here on. */
static void
next_prime(BIGNUM *p, BN_CTX *ctx)
{
	if (!BN_is_odd(p))
		good(BN_add_word(p, 1));
	while (BN_mod_word(p, RSA_EXPONENT) == 1 || BN_check_prime(p, ctx, NULL) != 1)
		good(BN_add_word(p, 2));
}

/* d = 1/e modulo the least common multiple of p - 1 and q - 1; NULL: there is none. */
static BIGNUM *
private_exponent(const BIGNUM *p, const BIGNUM *q, const BIGNUM *e, BN_CTX *ctx)
{
	BIGNUM	*a = need(BN_dup(p)), *b = need(BN_dup(q)), *gcd = number(), *d;

	good(BN_sub_word(a, 1));
	good(BN_sub_word(b, 1));
	good(BN_gcd(gcd, a, b, ctx));
	good(BN_mul(a, a, b, ctx));
	good(BN_div(a, NULL, a, gcd, ctx));
	d = BN_mod_inverse(NULL, e, a, ctx);
	BN_free(a);
	BN_free(b);
	BN_free(gcd);
	return d;
}

static struct softkey *
from_factors(const char *name, unsigned algorithm, const BIGNUM *p, const BIGNUM *q,
    unsigned long exponent)
{
	struct softkey	*k = odd_new(name, algorithm);
	BN_CTX		*ctx = need(BN_CTX_new());
	BIGNUM		*e = number();
	unsigned char	 field[RSA_FIELD_MAX];

	k->n = number();
	good(BN_mul(k->n, p, q, ctx));
	good(BN_set_word(e, exponent));
	if (BN_is_odd(k->n))
		k->d = private_exponent(p, q, e, ctx);
	k->siglen = (size_t)BN_num_bytes(k->n);
	set_public(k, field, rsa_field(field, k->n, e));
	BN_free(e);
	BN_CTX_free(ctx);
	return k;
}

/* n = p q has exactly so many bits. */
static bool
has_bits(const BIGNUM *p, const BIGNUM *q, unsigned bits)
{
	BN_CTX	*ctx = need(BN_CTX_new());
	BIGNUM	*n = number();
	bool	 has;

	good(BN_mul(n, p, q, ctx));
	has = (unsigned)BN_num_bits(n) == bits;
	BN_free(n);
	BN_CTX_free(ctx);
	return has;
}

/*
 * p = k M + (65537^a mod M), M the product of the primes of the fingerprint (Nemec et
 * al. 2017, 2.2).
 */
static BIGNUM *
roca_prime(unsigned bits, BN_CTX *ctx)
{
	static const unsigned primes[] = {
		2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73,
		79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163,
		167
	};
	BIGNUM	*m = number(), *p = number(), *k = number(), *a = number(), *g = number();
	size_t	 i;

	good(BN_one(m));
	for (i = 0; i < sizeof(primes) / sizeof(primes[0]); i++)
		good(BN_mul_word(m, primes[i]));
	good(BN_set_word(g, RSA_EXPONENT));
	do {
		good(BN_rand(a, 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY));
		good(BN_mod_exp(p, g, a, m, ctx));
		good(BN_rand(k, (int)bits - BN_num_bits(m) + 1, BN_RAND_TOP_TWO,
		    BN_RAND_BOTTOM_ANY));
		good(BN_mul(k, k, m, ctx));
		good(BN_add(p, p, k));
	} while ((unsigned)BN_num_bits(p) != bits || BN_mod_word(p, RSA_EXPONENT) == 1 ||
	    BN_check_prime(p, ctx, NULL) != 1);
	BN_free(m);
	BN_free(k);
	BN_free(a);
	BN_free(g);
	return p;
}

/* q at the distance from p that Fermat's method needs so many rounds for: see below. */
static BIGNUM *
near_prime(const BIGNUM *p, unsigned bits, bool next, BN_CTX *ctx)
{
	BIGNUM	*q = need(BN_dup(p)), *step = number();

	/* Rounds: (q - p)^2 / (8 sqrt(n)); with q - p = 16 n^(1/4) these are 32. */
	good(BN_one(step));
	good(BN_lshift(step, step, next ? 1 : (int)bits / 4 + 4));
	good(BN_add(q, q, step));
	next_prime(q, ctx);
	BN_free(step);
	return q;
}

static void
choose_factors(BIGNUM **p, BIGNUM **q, unsigned bits, const char *how, BN_CTX *ctx)
{
	unsigned	 small = 0;

	if (strncmp(how, "factor-", 7) == 0) {
		*p = number();
		good(BN_set_word(*p, (unsigned)strtoul(how + 7, NULL, 10)));
		small = (unsigned)BN_num_bits(*p);
		/* The two highest bits of a prime are set: N = 2 needs one bit more. */
		*q = prime(bits - small + (BN_is_word(*p, 2) ? 1 : 0));
	} else if (strcmp(how, "roca") == 0) {
		*p = roca_prime(bits / 2, ctx);
		*q = roca_prime(bits / 2, ctx);
	} else {
		*p = prime(bits / 2);
		*q = strcmp(how, "close") == 0 ? near_prime(*p, bits, true, ctx) :
		    strcmp(how, "near") == 0 ? near_prime(*p, bits, false, ctx) :
		    prime(bits / 2);
	}
}

/*
 * how: "factor-N" one prime factor is N; "close" and "near" to each other; "roca"; or
 * "exponent-N", whatever that does to signatures.
 */
const struct softkey *
odd_rsa(struct keyring *r, const char *name, const struct keytype *type, const char *how)
{
	unsigned long	 exponent = RSA_EXPONENT;
	struct softkey	*k;
	BN_CTX		*ctx = need(BN_CTX_new());
	BIGNUM		*p = NULL, *q = NULL;

	if (strncmp(how, "exponent-", 9) == 0)
		exponent = strtoul(how + 9, NULL, 10);
	for (;;) {
		choose_factors(&p, &q, type->bits, how, ctx);
		k = from_factors(name, type->algorithm, p, q, exponent);
		if (has_bits(p, q, type->bits) && BN_cmp(p, q) != 0 &&
		    (k->d != NULL || !BN_is_odd(k->n) || exponent % 2 == 0))
			break;
		softkey_free(k);
		BN_free(p);
		BN_free(q);
	}
	BN_free(p);
	BN_free(q);
	BN_CTX_free(ctx);
	return keyring_put(r, k);
}

const struct softkey *
odd_sharing(struct keyring *r, const char *name, const struct keytype *type,
    const struct softkey *with)
{
	struct softkey	*k;
	BIGNUM		*p = NULL, *q;

	good(EVP_PKEY_get_bn_param(with->pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, &p));
	q = prime(type->bits - (unsigned)BN_num_bits(p));
	k = from_factors(name, type->algorithm, p, q, RSA_EXPONENT);
	BN_free(p);
	BN_free(q);
	return keyring_put(r, k);
}

/* Bytes put into the field of a good key. */
static void
widen(struct softkey *k, unsigned char *field, size_t len, const char *how)
{
	size_t	 elen = field[0];

	if (strcmp(how, "exponent-zero") == 0) {
		memmove(field + 2, field + 1, len - 1);
		field[0]++;
		field[1] = 0;
		set_public(k, field, len + 1);
	} else if (strcmp(how, "modulus-zero") == 0) {
		memmove(field + 2 + elen, field + 1 + elen, len - 1 - elen);
		field[1 + elen] = 0;
		set_public(k, field, len + 1);
	} else {			/* RFC 3110 2: the long form is for 256 bytes and more */
		memmove(field + 3, field + 1, len - 1);
		field[2] = field[0];
		field[0] = field[1] = 0;
		set_public(k, field, len + 2);
	}
}

/*
 * how: "exponent-zero" and "modulus-zero" have a zero in front, "long-form" a length of three
 * bytes; "off-curve" is another point.
 */
const struct softkey *
odd_written(struct keyring *r, const char *name, const struct keytype *type, const char *how)
{
	struct softkey	*k = odd_new(name, type->algorithm);
	struct key	 key = { 0 };
	unsigned char	 field[RSA_FIELD_MAX];

	k->pkey = softkey_generate(type);
	softkey_dnskey(&key, k, DNSKEY_ZSK, 0);
	memcpy(field, key.public, key.len);
	if (strcmp(how, "off-curve") == 0) {
		field[key.len - 1] ^= 1;	/* of the two y of this x neither is it */
		set_public(k, field, key.len);
	} else
		widen(k, field, key.len, how);
	key_clear(&key);
	return keyring_put(r, k);
}

/*
 * y = 0 and y = 1 are points of the orders 4 and 1.  y = 2 is on neither curve, y = p + 1 is 1
 * written otherwise, and x = 0 has no sign.  "small-order": 8 on Ed25519, 2 on Ed448 (y = p - 1).
 */
const struct softkey *
odd_edwards(struct keyring *r, const char *name, const struct keytype *type, const char *how)
{
	static const unsigned char eight[] = {
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
		0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
		0x6d, 0x53, 0xfc, 0x05
	};
	struct softkey	*k = odd_new(name, type->algorithm);
	bool		 ed448 = type->algorithm == ED448;
	size_t		 len = ed448 ? 57 : 32;
	unsigned char	 field[57] = { 0 };

	if (strcmp(how, "identity") == 0)
		field[0] = 1;
	else if (strcmp(how, "no-point") == 0)
		field[0] = 2;
	else if (strcmp(how, "sign") == 0) {
		field[0] = 1;
		field[len - 1] = 0x80;
	} else if (strcmp(how, "wide") == 0 && ed448) {
		memset(field + 28, 0xff, 28);	/* p + 1 = 2^448 - 2^224 */
	} else if (strcmp(how, "wide") == 0) {
		memset(field, 0xff, len);
		field[0] = 0xee;
		field[len - 1] = 0x7f;
	} else if (strcmp(how, "small-order") == 0 && ed448) {
		memset(field, 0xff, 56);
		field[0] = field[28] = 0xfe;
	} else if (strcmp(how, "small-order") == 0)
		memcpy(field, eight, sizeof(eight));
	set_public(k, field, len);
	/* R the neutral point and S = 0: S B = R + h A holds for every h if A is neutral. */
	k->siglen = 2 * len;
	k->first = 1;
	return keyring_put(r, k);
}

/* EMSA-PKCS1-v1_5 (RFC 8017 9.2). */
static void
pad(unsigned char *em, size_t len, unsigned algorithm, const struct buf *message)
{
	static const unsigned char sha256[] = {
		0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x01, 0x05, 0x00, 0x04, 0x20
	}, sha512[] = {
		0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
		0x03, 0x05, 0x00, 0x04, 0x40
	};
	unsigned char	 hash[EVP_MAX_MD_SIZE];
	unsigned	 hlen = 0;

	good(EVP_Digest(message->data, message->len, hash, &hlen, algorithm_digest(algorithm),
	    NULL));
	memset(em, 0xff, len);
	em[0] = 0;
	em[1] = 1;
	memcpy(em + len - hlen, hash, hlen);
	memcpy(em + len - hlen - sizeof(sha256), algorithm == RSASHA512 ? sha512 : sha256,
	    sizeof(sha256));
	em[len - hlen - sizeof(sha256) - 1] = 0;
}

void
odd_sign(struct sig *sig, const struct softkey *k, const struct buf *message)
{
	BN_CTX	*ctx;
	BIGNUM	*m;

	sig->len = k->siglen;
	sig->data = need(calloc(1, sig->len));
	sig->data[0] = k->first;
	if (k->d == NULL)
		return;
	ctx = need(BN_CTX_new());
	m = number();
	pad(sig->data, sig->len, k->algorithm, message);
	if (BN_bin2bn(sig->data, (int)sig->len, m) == NULL)
		die("out of memory");
	good(BN_mod_exp(m, m, k->d, k->n, ctx));
	if (BN_bn2binpad(m, sig->data, (int)sig->len) != (int)sig->len)
		die("%s: cannot sign", k->name);
	BN_free(m);
	BN_CTX_free(ctx);
}

static uint16_t
tag_of(const struct softkey *k)
{
	struct key	 key = { 0 };
	uint16_t	 tag;

	softkey_dnskey(&key, k, DNSKEY_ZSK, 0);
	tag = key.tag;
	key_clear(&key);
	return tag;
}

/* Of m primes every pair is a key: far fewer primes than keys, and none is in both twins. */
static void
rsa_twins(struct keyring *r, const struct keytype *type, const struct softkey *twins[2])
{
	static unsigned char	 first[TAGS][2];	/* primes, counted from 1 */
	BIGNUM			*p[TWIN_PRIMES];
	struct softkey		*k;
	unsigned char		*f;
	size_t			 i, n;

	for (n = 0; n < TWIN_PRIMES; n++) {
		p[n] = prime(type->bits / 2);
		for (i = 0; i < n; i++) {
			k = from_factors("zsk-twin-2", type->algorithm, p[i], p[n], RSA_EXPONENT);
			f = first[tag_of(k)];
			if (f[0] != 0 && f[0] - 1u != i && f[1] - 1u != i && f[1] - 1u != n)
				break;
			f[0] = (unsigned char)(i + 1);
			f[1] = (unsigned char)(n + 1);
			softkey_free(k);
		}
		if (i < n)
			break;
	}
	if (n == TWIN_PRIMES)
		die("no two keys with one tag");
	twins[1] = keyring_put(r, k);
	twins[0] = keyring_put(r, from_factors("zsk-twin-1", type->algorithm, p[f[0] - 1],
	    p[f[1] - 1], RSA_EXPONENT));
	for (i = 0; i <= n; i++)
		BN_free(p[i]);
}

void
odd_twins(struct keyring *r, const struct keytype *type, const struct softkey *twins[2])
{
	struct softkey	**all, *k;
	uint16_t	 tag;
	size_t		 i;

	if (algorithm_family(type->algorithm) == FAMILY_RSA) {
		rsa_twins(r, type, twins);
		return;
	}
	all = need(calloc(TAGS, sizeof(*all)));
	for (;;) {
		k = odd_new("zsk-twin-1", type->algorithm);
		k->pkey = softkey_generate(type);
		if (all[tag = tag_of(k)] != NULL)
			break;
		all[tag] = k;
	}
	replace(&k->name, need(strdup("zsk-twin-2")));
	twins[0] = keyring_put(r, all[tag]);
	twins[1] = keyring_put(r, k);
	for (i = 0; i < TAGS; i++)
		if (i != tag)
			softkey_free(all[i]);
	free(all);
}

/* One in 65536 has it: a second or two with these algorithms. */
const struct softkey *
odd_tagged(struct keyring *r, const char *name, const struct keytype *type, uint16_t tag)
{
	struct softkey	*k;

	for (;;) {
		k = odd_new(name, type->algorithm);
		k->pkey = softkey_generate(type);
		if (tag_of(k) == tag)
			return keyring_put(r, k);
		softkey_free(k);
	}
}
