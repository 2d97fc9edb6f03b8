#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "base/thread.h"
#include "judge/quality.h"

#define FERMAT_ROUNDS	100

/* The product of all primes below 2^16. */
static const unsigned char primorial[] = {
#include "primorial.h"
};

struct rsa {
	BIGNUM		*n;		/* NULL: not an RSA key */
	BIGNUM		*e;
	bool		 canonical;
};

/* RFC 3110 2.  0, or -1: out of memory; r->n stays NULL for what is no RSA key. */
static int
rsa_load(struct rsa *r, const struct key *key)
{
	const unsigned char *p = key->public;
	size_t		 elen, skip = 1, nlen;

	if (algorithm_family(key->algorithm) != FAMILY_RSA || key->len < 3)
		return 0;
	if ((elen = p[0]) == 0) {
		elen = (size_t)p[1] << 8 | p[2];
		skip = 3;
	}
	if (elen == 0 || elen + skip >= key->len || key->len > 8192)
		return 0;
	p += skip;
	nlen = key->len - skip - elen;
	r->canonical = (skip == 1 || elen > 255) && p[0] != 0 && p[elen] != 0;
	r->e = BN_bin2bn(p, (int)elen, NULL);
	r->n = BN_bin2bn(p + elen, (int)nlen, NULL);
	return r->e == NULL || r->n == NULL ? -1 : 0;
}

static void
rsa_clear(struct rsa *r)
{
	BN_free(r->n);
	BN_free(r->e);
}

/* floor(sqrt(n)), by Newton's method from above.  0, or -1. */
static int
square_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM	*next;
	int	 rv = -1;

	BN_CTX_start(ctx);
	next = BN_CTX_get(ctx);
	if (next == NULL || BN_one(root) != 1 ||
	    BN_lshift(root, root, (BN_num_bits(n) + 1) / 2) != 1)
		goto out;
	for (;;) {
		if (BN_div(next, NULL, n, root, ctx) != 1 || BN_add(next, next, root) != 1 ||
		    BN_rshift1(next, next) != 1)
			goto out;
		if (BN_cmp(next, root) >= 0)
			break;
		if (BN_copy(root, next) == NULL)
			goto out;
	}
	rv = 0;
 out:
	BN_CTX_end(ctx);
	return rv;
}

/* Few numbers are squares modulo all of these, so few roots are taken. */
static bool
may_be_square(const BIGNUM *n)
{
	static const unsigned moduli[] = { 64, 63, 65, 11, 17, 19, 23, 29, 31 };
	unsigned	 r, x;
	size_t		 i;
	BN_ULONG	 all;

	/* Most are told by their last four bits: a square ends in 0, 1, 4 or 9. */
	r = (unsigned)(BN_is_bit_set(n, 0) | BN_is_bit_set(n, 1) << 1 |
	    BN_is_bit_set(n, 2) << 2 | BN_is_bit_set(n, 3) << 3);
	if (r != 0 && r != 1 && r != 4 && r != 9)
		return false;
	all = BN_mod_word(n, (BN_ULONG)64 * 63 * 65 * 11 * 17 * 19 * 23 * 29 * 31);
	for (i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++) {
		r = (unsigned)(all % moduli[i]);
		for (x = 0; x < moduli[i] && x * x % moduli[i] != r; x++)
			;
		if (x == moduli[i])
			return false;
	}
	return true;
}

/* n = a^2 - b^2 for a near the root of n?  1: found, n is broken; 0: not; -1. */
static int
fermat(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM	*a, *b2, *root, *square;
	int	 i, rv = -1;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	b2 = BN_CTX_get(ctx);
	root = BN_CTX_get(ctx);
	square = BN_CTX_get(ctx);
	if (square == NULL || square_root(a, n, ctx) == -1 || BN_sqr(b2, a, ctx) != 1)
		goto out;
	/* Up to the first a with a^2 >= n. */
	if (BN_cmp(b2, n) < 0 && (BN_add_word(a, 1) != 1 || BN_sqr(b2, a, ctx) != 1))
		goto out;
	if (BN_sub(b2, b2, n) != 1)
		goto out;
	for (i = 0; i < FERMAT_ROUNDS; i++) {
		if (BN_is_zero(b2)) {
			rv = 1;
			goto out;
		}
		if (may_be_square(b2)) {
			if (square_root(root, b2, ctx) == -1 || BN_sqr(square, root, ctx) != 1)
				goto out;
			if (BN_cmp(square, b2) == 0) {
				rv = 1;
				goto out;
			}
		}
		/* (a + 1)^2 - n = a^2 - n + 2a + 1 */
		if (BN_add(b2, b2, a) != 1 || BN_add_word(a, 1) != 1 || BN_add(b2, b2, a) != 1)
			goto out;
	}
	rv = 0;
 out:
	BN_CTX_end(ctx);
	return rv;
}

/*
 * Keys of ROCA are powers of 65537 modulo each of these primes; a random number is
 * so for all of them once in 2^27 times or less (Nemec et al. 2017, 2.3).
 */
static bool
roca(const BIGNUM *n)
{
	static const unsigned primes[] = {
		11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157
	};
	unsigned	 power, r;
	size_t		 i;

	for (i = 0; i < sizeof(primes) / sizeof(primes[0]); i++) {
		r = (unsigned)BN_mod_word(n, primes[i]);
		power = 1;
		do {
			power = power * (65537 % primes[i]) % primes[i];
		} while (power != r && power != 1);
		if (power != r)
			return false;
	}
	return true;
}

/* 3 <= e < 2^32 + 2, and odd. */
static bool
good_exponent(const BIGNUM *e)
{
	return BN_is_odd(e) && !BN_is_one(e) &&
	    (BN_num_bits(e) <= 32 || (BN_num_bits(e) == 33 && BN_mod_word(e, UINT64_C(1) << 32) <= 1 &&
	    BN_is_bit_set(e, 32)));
}

/*
 * Is n coprime to the primorial and to every other modulus?  One inverse answers for
 * all of them.  1: yes; 0: no; -1.
 */
static int
coprime(const struct rsa *all, size_t count, size_t own, BN_CTX *ctx)
{
	const BIGNUM	*n = all[own].n;
	BIGNUM		*product, *inverse = NULL;
	size_t		 i;
	int		 rv = -1;

	BN_CTX_start(ctx);
	if ((product = BN_CTX_get(ctx)) == NULL ||
	    BN_bin2bn(primorial, sizeof(primorial), product) == NULL ||
	    BN_mod(product, product, n, ctx) != 1)
		goto out;
	for (i = 0; i < count; i++) {
		if (all[i].n == NULL || BN_is_zero(all[i].n) || BN_cmp(all[i].n, n) == 0)
			continue;
		if (BN_mod_mul(product, product, all[i].n, n, ctx) != 1)
			goto out;
	}
	ERR_set_mark();
	inverse = BN_mod_inverse(NULL, product, n, ctx);
	ERR_pop_to_mark();
	rv = inverse != NULL;
 out:
	BN_free(inverse);
	BN_CTX_end(ctx);
	return rv;
}

/* 1: n has a prime factor below 2^16; 0: not; -1. */
static int
small_factor(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM	*product, *inverse = NULL;
	int	 rv = -1;

	BN_CTX_start(ctx);
	if ((product = BN_CTX_get(ctx)) != NULL &&
	    BN_bin2bn(primorial, sizeof(primorial), product) != NULL) {
		ERR_set_mark();
		inverse = BN_mod_inverse(NULL, product, n, ctx);
		ERR_pop_to_mark();
		rv = inverse == NULL;
	}
	BN_free(inverse);
	BN_CTX_end(ctx);
	return rv;
}

/* Euclid's: BN_gcd hides its numbers, at ten times the cost.  0, or -1. */
static int
gcd(BIGNUM *g, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
	BIGNUM	*x, *y;
	int	 rv = -1;

	BN_CTX_start(ctx);
	x = BN_CTX_get(ctx);
	y = BN_CTX_get(ctx);
	if (y == NULL || BN_copy(x, a) == NULL || BN_copy(y, b) == NULL)
		goto out;
	while (!BN_is_zero(y)) {
		if (BN_mod(x, x, y, ctx) != 1)
			goto out;
		BN_swap(x, y);
	}
	rv = BN_copy(g, x) != NULL ? 0 : -1;
 out:
	BN_CTX_end(ctx);
	return rv;
}

/*
 * Multiply the other moduli, modulo m, until the product is 0: the one that makes it
 * so has a factor in common with m.  Its index; count: none does; SIZE_MAX: out of memory.
 */
static size_t
first_zero(BIGNUM *product, const struct rsa *all, size_t count, size_t own, const BIGNUM *m,
    BN_CTX *ctx)
{
	size_t	 i;

	if (BN_one(product) != 1)
		return SIZE_MAX;
	for (i = 0; i < count; i++) {
		if (all[i].n == NULL || BN_is_zero(all[i].n) ||
		    BN_cmp(all[i].n, all[own].n) == 0)
			continue;
		if (BN_mod_mul(product, product, all[i].n, m, ctx) != 1)
			return SIZE_MAX;
		if (BN_is_zero(product))
			break;
	}
	return i;
}

/*
 * Which modulus shares a factor with n?  Two products and one common divisor, however many
 * there are: keys that share factors are made in no time.  Its index; count: none;
 * SIZE_MAX: out of memory.
 */
static size_t
which_shares(const struct rsa *all, size_t count, size_t own, BN_CTX *ctx)
{
	BIGNUM	*product, *g;
	size_t	 i = SIZE_MAX;

	BN_CTX_start(ctx);
	product = BN_CTX_get(ctx);
	if ((g = BN_CTX_get(ctx)) == NULL)
		goto out;
	i = first_zero(product, all, count, own, all[own].n, ctx);
	if (i != count)
		goto out;
	if (gcd(g, all[own].n, product, ctx) == -1)
		i = SIZE_MAX;
	else if (!BN_is_one(g))		/* a proper factor, which divides the product of them all */
		i = first_zero(product, all, count, own, g, ctx);
 out:
	BN_CTX_end(ctx);
	return i;
}

static int
judge_rsa(struct quality *q, const struct rsa *all, size_t count, size_t own,
    const struct key *const *keys, BN_CTX *ctx)
{
	const struct rsa *r = &all[own];
	size_t		 with;
	int		 rv;

	if (!r->canonical)
		q->fault = "its exponent or modulus has leading zeros (RFC 3110 2)";
	else if (!good_exponent(r->e))
		q->fault = "its exponent is even, below 3 or above 2^32+1";
	else if (!BN_is_odd(r->n) || BN_num_bits(r->n) < 64)
		q->fault = "its modulus is even or tiny";
	else if (roca(r->n))
		q->fault = "its modulus has the fingerprint of ROCA (CVE-2017-15361)";
	if (q->fault != NULL)
		return 0;
	if ((rv = fermat(r->n, ctx)) == -1)
		return -1;
	if (rv == 1) {
		q->fault = "its prime factors are so close that Fermat's method finds them";
		return 0;
	}
	if ((rv = coprime(all, count, own, ctx)) != 0)
		return rv == 1 ? 0 : -1;
	if ((rv = small_factor(r->n, ctx)) != 0) {
		q->fault = "its modulus has a prime factor below 2^16";
		return rv == 1 ? 0 : -1;
	}
	if ((with = which_shares(all, count, own, ctx)) >= count)
		return -1;
	q->fault = "its modulus has a prime factor in common with that of another key";
	q->shares = keys[with];
	return 0;
}

/* RFC 6605 4: x | y.  OpenSSL takes no point that is not on the curve. */
static int
judge_ecdsa(struct quality *q, const struct key *key)
{
	unsigned char	 point[1 + 96] = { 4 };
	EC_GROUP	*group;
	EC_POINT	*p = NULL;
	int		 rv = -1;

	group = EC_GROUP_new_by_curve_name(key->algorithm == ECDSAP256SHA256 ?
	    NID_X9_62_prime256v1 : NID_secp384r1);
	if (group == NULL || (p = EC_POINT_new(group)) == NULL)
		goto out;
	rv = 0;
	if (key->len < sizeof(point))
		memcpy(point + 1, key->public, key->len);
	ERR_set_mark();
	if (key->len >= sizeof(point) ||
	    EC_POINT_oct2point(group, p, point, key->len + 1, NULL) != 1)
		q->fault = "its point is not on the curve";
	ERR_pop_to_mark();
 out:
	EC_POINT_free(p);
	EC_GROUP_free(group);
	return rv;
}

/* An Edwards curve a x^2 + y^2 = 1 + d x^2 y^2 over p, with a = -1 or 1. */
struct edwards {
	BIGNUM	*p, *d;
	bool	 minus;			/* a = -1: Ed25519 */
};

/* RFC 8032 5.1: p = 2^255 - 19, d = -121665/121666; 5.2: p = 2^448 - 2^224 - 1, d = -39081. */
static int
edwards_curve(struct edwards *c, bool ed448, BN_CTX *ctx)
{
	BIGNUM	*t = BN_CTX_get(ctx);

	c->p = BN_CTX_get(ctx);
	c->d = BN_CTX_get(ctx);
	c->minus = !ed448;
	if (c->d == NULL || BN_one(t) != 1)
		return -1;
	if (ed448)
		return BN_lshift(c->p, t, 448) == 1 && BN_lshift(t, t, 224) == 1 &&
		    BN_sub(c->p, c->p, t) == 1 && BN_sub_word(c->p, 1) == 1 &&
		    BN_copy(c->d, c->p) != NULL && BN_sub_word(c->d, 39081) == 1 ? 0 : -1;
	return BN_lshift(c->p, t, 255) == 1 && BN_sub_word(c->p, 19) == 1 &&
	    BN_set_word(t, 121666) == 1 && BN_mod_inverse(t, t, c->p, ctx) != NULL &&
	    BN_copy(c->d, c->p) != NULL && BN_sub_word(c->d, 121665) == 1 &&
	    BN_mod_mul(c->d, c->d, t, c->p, ctx) == 1 ? 0 : -1;
}

/*
 * With y2 = y^2: x^2 = u/v, where u = 1 - y2, v = a - d y2 (RFC 8032 5.1.3, 5.2.3); a square if and
 * only if u v is one.  1: it is, and not 0; 0: not; 2: x is 0; -1.
 */
static int
has_x(const struct edwards *c, const BIGNUM *y2, BN_CTX *ctx)
{
	BIGNUM	*u = BN_CTX_get(ctx), *v = BN_CTX_get(ctx), *a = BN_CTX_get(ctx);
	int	 k;

	if (a == NULL || BN_one(u) != 1 || BN_mod_sub(u, u, y2, c->p, ctx) != 1 ||
	    BN_one(a) != 1 || (c->minus && BN_sub(a, c->p, a) != 1) ||
	    BN_mod_mul(v, c->d, y2, c->p, ctx) != 1 || BN_mod_sub(v, a, v, c->p, ctx) != 1 ||
	    BN_mod_mul(u, u, v, c->p, ctx) != 1)
		return -1;
	if ((k = BN_kronecker(u, c->p, ctx)) == -2)
		return -1;
	return k == 1 ? 1 : k == 0 ? 2 : 0;
}

/*
 * Small order: y is 0, 1 or -1 (orders 1, 2 and 4); on Ed25519 also the order 8, where
 * doubling gives y = 0: d y^4 + 2 y^2 - 1 = 0.  1: yes; 0: no; -1.
 */
static int
small_order(const struct edwards *c, const BIGNUM *y2, BN_CTX *ctx)
{
	BIGNUM	*t = BN_CTX_get(ctx);

	if (BN_is_zero(y2) || BN_is_one(y2))
		return 1;
	if (!c->minus)
		return 0;
	if (t == NULL || BN_mod_mul(t, c->d, y2, c->p, ctx) != 1 || BN_add_word(t, 2) != 1 ||
	    BN_mod_mul(t, t, y2, c->p, ctx) != 1)
		return -1;
	return BN_is_one(t);
}

static int
judge_point(struct quality *q, const struct edwards *c, const BIGNUM *y, bool sign, BN_CTX *ctx)
{
	BIGNUM	*y2 = BN_CTX_get(ctx);
	int	 x, small;

	if (y2 == NULL || BN_mod_sqr(y2, y, c->p, ctx) != 1)
		return -1;
	if ((x = has_x(c, y2, ctx)) == -1 || (small = small_order(c, y2, ctx)) == -1)
		return -1;
	if (x == 0 || (x == 2 && sign) || BN_cmp(y, c->p) >= 0)
		q->fault = "its bytes are no point of the curve (RFC 8032)";
	else if (small == 1)
		q->fault = "its point has a small order";
	return 0;
}

/* y in little-endian order, the sign of x in the highest bit of the last byte. */
static int
judge_eddsa(struct quality *q, const struct key *key, BN_CTX *ctx)
{
	bool		 ed448 = key->algorithm == ED448;
	size_t		 len = ed448 ? 57 : 32;
	struct edwards	 c;
	unsigned char	 bytes[57];
	BIGNUM		*y;
	int		 rv = -1;

	if (key->len != len) {
		q->fault = "its length is not that of the algorithm";
		return 0;
	}
	memcpy(bytes, key->public, len);
	bytes[len - 1] &= 0x7f;
	BN_CTX_start(ctx);
	if ((y = BN_CTX_get(ctx)) != NULL && BN_lebin2bn(bytes, (int)len, y) != NULL &&
	    edwards_curve(&c, ed448, ctx) == 0)
		rv = judge_point(q, &c, y, (key->public[len - 1] & 0x80) != 0, ctx);
	BN_CTX_end(ctx);
	return rv;
}

static int
judge_one(struct quality *q, const struct rsa *all, size_t count, size_t own,
    const struct key *const *keys, BN_CTX *ctx)
{
	const struct key *key = keys[own];

	*q = (struct quality){ NULL, NULL };
	switch (algorithm_family(key->algorithm)) {
	case FAMILY_RSA:
		if (all[own].n != NULL)
			return judge_rsa(q, all, count, own, keys, ctx);
		q->fault = "not an RSA public key (RFC 3110 2)";
		return 0;
	case FAMILY_ECDSA:
		return judge_ecdsa(q, key);
	case FAMILY_EDDSA:
		return judge_eddsa(q, key, ctx);
	case FAMILY_NONE:
		return 0;
	}
	return 0;
}

struct work {				/* shared by the threads, which take a key each in turn */
	struct quality	*out;
	const struct key *keys[QUALITY_KEYS];
	struct rsa	 all[QUALITY_KEYS];
	size_t		 n;		/* to be judged */
	size_t		 count;		/* at hand */
	atomic_size_t	 next;
	atomic_bool	 failed;
};

static void *
judge_some(void *arg)
{
	struct work	*w = arg;
	BN_CTX		*ctx;
	size_t		 i;

	if ((ctx = BN_CTX_new()) == NULL)
		w->failed = true;
	while (!w->failed && (i = w->next++) < w->n)
		if (judge_one(&w->out[i], w->all, w->count, i, w->keys, ctx) == -1)
			w->failed = true;
	BN_CTX_free(ctx);
	return NULL;
}

/* On two threads where there are two keys to judge: an RSA key takes half a millisecond. */
static int
judge_all(struct work *w)
{
	pthread_t	 other;
	bool		 two = w->n > 1 && thread_beside(&other, 1, judge_some, w) == 0;

	judge_some(w);
	if (two && pthread_join(other, NULL) != 0)
		return -1;
	return w->failed ? -1 : 0;
}

int
quality_judge(struct quality *out, const struct key *const *judged, size_t n,
    const struct key *const *others, size_t m)
{
	struct work	*w;
	size_t		 i;
	int		 rv = -1;

	if (n + m > QUALITY_KEYS || (w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	w->out = out;
	w->n = n;
	w->count = n + m;
	for (i = 0; i < w->count; i++) {
		w->keys[i] = i < n ? judged[i] : others[i - n];
		if (rsa_load(&w->all[i], w->keys[i]) == -1)
			goto out;
	}
	rv = judge_all(w);
 out:
	for (i = 0; i < w->count; i++)
		rsa_clear(&w->all[i]);
	free(w);
	return rv;
}
