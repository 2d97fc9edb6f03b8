#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

#include "fixture.h"
#include "judge/quality.h"

static BN_CTX	*ctx;

static void
done(int rv)
{
	CU_ASSERT_EQUAL_FATAL(rv, 1);
}

/* An RSA key of RFC 3110 2; "wide": with the long form of the exponent's length. */
static struct key
rsa_bytes(const unsigned char *e, size_t elen, bool wide, const unsigned char *n, size_t nlen)
{
	struct key	 k = { .flags = DNSKEY_ZSK, .protocol = 3, .algorithm = RSASHA256 };
	unsigned char	*p;

	p = k.public = must(malloc(3 + elen + nlen));
	if (wide) {
		*p++ = 0;
		*p++ = (unsigned char)(elen >> 8);
	}
	*p++ = (unsigned char)elen;
	memcpy(p, e, elen);
	if (nlen > 0)
		memcpy(p + elen, n, nlen);
	k.len = (size_t)(p - k.public) + elen + nlen;
	return k;
}

static struct key
rsa_key(const BIGNUM *n, const BIGNUM *e)
{
	unsigned char	 nb[1024], eb[1024];
	size_t		 elen = (size_t)BN_bn2bin(e, eb), nlen = (size_t)BN_bn2bin(n, nb);

	return rsa_bytes(eb, elen, elen > 255, nb, nlen);
}

static struct key
rsa_number(const BIGNUM *n)
{
	static const unsigned char e[] = { 1, 0, 1 };
	unsigned char	 nb[1024];

	return rsa_bytes(e, sizeof(e), false, nb, (size_t)BN_bn2bin(n, nb));
}

/* The one sentence about one key, "" for none. */
static const char *
fault_of(const struct key *k)
{
	struct quality	 q = { "not judged", NULL };

	CU_ASSERT_EQUAL_FATAL(quality_judge(&q, &k, 1, NULL, 0), 0);
	CU_ASSERT_PTR_NULL(q.shares);
	return q.fault == NULL ? "" : q.fault;
}

/* Is this what is said of the key?  It is freed. */
static bool
says(struct key k, const char *text)
{
	const char	*fault = fault_of(&k);
	bool		 good = text == NULL ? *fault == '\0' : strstr(fault, text) != NULL;

	if (!good)
		printf("[%s] ", fault);
	free(k.public);
	return good;
}

static BIGNUM *
prime(int bits)
{
	BIGNUM	*p = must(BN_new());

	done(BN_generate_prime_ex(p, bits, 0, NULL, NULL, NULL));
	return p;
}

static BIGNUM *
product(const BIGNUM *p, const BIGNUM *q)
{
	BIGNUM	*n = must(BN_new());

	done(BN_mul(n, p, q, ctx));
	return n;
}

static struct key
rsa_product(const BIGNUM *p, const BIGNUM *q)
{
	BIGNUM		*n = product(p, q);
	struct key	 k = rsa_number(n);

	BN_free(n);
	return k;
}

#define POOL	24

static BIGNUM	*pool[POOL];		/* different primes of 512 bits */

static void
test_good_rsa(void)
{
	struct keypair	 pair;
	size_t		 i, j, n = 0;

	for (i = 0; i < POOL; i++)
		for (j = 0; j < i; j++, n++)
			CU_ASSERT_TRUE(says(rsa_product(pool[i], pool[j]), NULL));
	CU_ASSERT_TRUE(n >= 200);
	for (i = 0; i < 4; i++) {
		keypair_make_rsa(&pair, i % 2 == 0 ? RSASHA256 : RSASHA512, 2048,
		    i < 2 ? 65537 : 3);
		CU_ASSERT_STRING_EQUAL(fault_of(&pair.key), "");
		keypair_clear(&pair);
	}
}

/* Every odd prime below 2^16, and the first above. */
static void
test_small_factors(void)
{
	static bool	 composite[65538];
	BIGNUM		*n = must(BN_new());
	unsigned	 p, m, found = 0, primes = 0;
	struct key	 k;

	for (p = 3; p < 65536; p += 2) {
		if (composite[p])
			continue;
		for (m = 3 * p; m < 65536; m += 2 * p)
			composite[m] = true;
		primes++;
		must(BN_copy(n, pool[p % POOL]));
		done(BN_mul_word(n, p));
		k = rsa_number(n);
		found += strstr(fault_of(&k), "prime factor below 2^16") != NULL;
		free(k.public);
	}
	CU_ASSERT_EQUAL(primes, 6541);
	CU_ASSERT_EQUAL(found, primes);
	CU_ASSERT_FALSE(composite[65519] || composite[65521]);
	must(BN_copy(n, pool[0]));
	done(BN_mul_word(n, 65537));
	CU_ASSERT_TRUE(says(rsa_number(n), NULL));
	must(BN_copy(n, pool[0]));
	done(BN_mul_word(n, 3 * 65521));
	CU_ASSERT_TRUE(says(rsa_number(n), "prime factor below 2^16"));
	BN_free(n);
}

static void
test_fermat(void)
{
	BIGNUM	*p = prime(512), *q = must(BN_dup(p)), *three = must(BN_new());

	do
		done(BN_add_word(q, 2));
	while (BN_check_prime(q, ctx, NULL) != 1);
	CU_ASSERT_TRUE(says(rsa_product(p, q), "Fermat"));
	CU_ASSERT_TRUE(says(rsa_product(q, p), "Fermat"));
	CU_ASSERT_TRUE(says(rsa_product(p, p), "Fermat"));	/* a square */
	/* The upper halves alike. */
	done(BN_set_bit(q, 250));
	CU_ASSERT_TRUE(says(rsa_product(p, q), "Fermat"));
	/* p and nearly 3 p: a different method's work. */
	done(BN_set_word(three, 3));
	done(BN_mul(q, p, three, ctx));
	done(BN_add_word(q, 2));
	while (BN_check_prime(q, ctx, NULL) != 1)
		done(BN_add_word(q, 2));
	CU_ASSERT_TRUE(says(rsa_product(p, q), NULL));
	BN_free(three);
	BN_free(q);
	BN_free(p);
}

/* (a - b)(a + b), where a is this many steps of the method above the root. */
static BIGNUM *
steps_away(unsigned steps)
{
	BIGNUM		*a = must(BN_new()), *b = must(BN_new()), *n;

	/* b^2 = (2 s + 1) a  makes  (a - s - 1)^2 < a^2 - b^2 < (a - s)^2. */
	do {
		done(BN_rand(b, 262, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY));
		done(BN_sqr(a, b, ctx));
		CU_ASSERT_NOT_EQUAL_FATAL(BN_div_word(a, 2 * steps + 1), (BN_ULONG)-1);
	} while (BN_is_odd(a) == BN_is_odd(b));
	n = must(BN_new());
	done(BN_sub(n, a, b));
	done(BN_add(b, a, b));
	done(BN_mul(n, n, b, ctx));
	BN_free(a);
	BN_free(b);
	return n;
}

static void
test_fermat_rounds(void)
{
	BIGNUM		*n;
	struct key	 k;
	int		 i;

	for (i = 0; i < 20; i++) {
		n = steps_away(99);
		k = rsa_number(n);
		CU_ASSERT_PTR_NOT_NULL(strstr(fault_of(&k), "Fermat"));
		free(k.public);
		BN_free(n);
		n = steps_away(100);		/* may have small factors */
		k = rsa_number(n);
		CU_ASSERT_PTR_NULL(strstr(fault_of(&k), "Fermat"));
		free(k.public);
		BN_free(n);
	}
}

/* k M + 65537^a mod M, with M the product of the first 39 primes (Nemec et al. 2017). */
static BIGNUM *
roca_prime(void)
{
	BIGNUM		*m = must(BN_new()), *p = must(BN_new()), *a = must(BN_new());
	unsigned	 i, n = 0, d;

	done(BN_set_word(m, 1));
	for (i = 2; n < 39; i++) {
		for (d = 2; i % d != 0; d++)
			;
		if (d == i) {
			done(BN_mul_word(m, i));
			n++;
		}
	}
	do {
		done(BN_rand(a, 60, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY));
		done(BN_set_word(p, 65537));
		done(BN_mod_exp(p, p, a, m, ctx));
		done(BN_rand(a, 512 - BN_num_bits(m), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY));
		done(BN_mul(a, a, m, ctx));
		done(BN_add(p, p, a));
	} while (BN_check_prime(p, ctx, NULL) != 1);
	BN_free(m);
	BN_free(a);
	return p;
}

static void
test_roca(void)
{
	BIGNUM	*p, *q;
	int	 i;

	for (i = 0; i < 3; i++) {
		p = roca_prime();
		q = roca_prime();
		CU_ASSERT_TRUE(says(rsa_product(p, q), "ROCA"));
		CU_ASSERT_TRUE(says(rsa_product(p, pool[i]), NULL));	/* half of one */
		BN_free(p);
		BN_free(q);
	}
}

static void
test_modulus(void)
{
	BIGNUM		*n = product(pool[0], pool[1]), *e = must(BN_new());
	static const unsigned char three[] = { 3 }, zero[] = { 0 };

	done(BN_lshift1(n, n));
	CU_ASSERT_TRUE(says(rsa_number(n), "even or tiny"));
	done(BN_set_word(n, 65537 * UINT64_C(65539)));
	CU_ASSERT_TRUE(says(rsa_number(n), "even or tiny"));
	done(BN_set_word(n, 1));
	CU_ASSERT_TRUE(says(rsa_number(n), "even or tiny"));
	CU_ASSERT_TRUE(says(rsa_bytes(three, 1, false, zero, 1), "leading zeros"));
	BN_free(e);
	BN_free(n);
}

static void
test_exponents(void)
{
	static const struct {
		const char	*e;		/* hexadecimal */
		bool		 good;
	} all[] = {
		{ "01", false }, { "02", false }, { "03", true }, { "04", false }, { "05", true },
		{ "10000", false }, { "10001", true }, { "FFFFFFFF", true },
		{ "100000000", false }, { "100000001", true }, { "100000002", false },
		{ "100000003", false }, { "180000001", false }, { "200000001", false },
		{ "FFFFFFFFFFFFFFFF", false }, { "10000000000000001", false },
	};
	BIGNUM	*n = product(pool[0], pool[1]), *e = NULL;
	size_t	 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CU_ASSERT_NOT_EQUAL_FATAL(BN_hex2bn(&e, all[i].e), 0);
		CU_ASSERT_TRUE(says(rsa_key(n, e), all[i].good ? NULL : "its exponent is"));
	}
	/* 256 bytes need the long form: well encoded, and too large. */
	done(BN_set_bit(e, 2047));
	CU_ASSERT_TRUE(says(rsa_key(n, e), "its exponent is"));
	BN_free(e);
	BN_free(n);
}

static void
test_encoding(void)
{
	static const unsigned char e[] = { 1, 0, 1 }, zero_e[] = { 0, 1, 0, 1 };
	static const char *const bad[] = { "", "\3", "\3\1", "\3\1\0\1", "\1\3", "\0\0\0\1\1" };
	static const size_t	 lens[] = { 0, 1, 2, 4, 2, 5 };
	BIGNUM		*number = product(pool[0], pool[1]);
	unsigned char	 n[1 + 128] = { 0 };
	struct key	 k = { .algorithm = RSASHA256 };
	size_t		 i;

	CU_ASSERT_EQUAL_FATAL(BN_bn2binpad(number, n, sizeof(n)), (int)sizeof(n));
	CU_ASSERT_TRUE(says(rsa_bytes(e, 3, false, n + 1, 128), NULL));
	CU_ASSERT_TRUE(says(rsa_bytes(e, 3, false, n, 129), "leading zeros"));
	CU_ASSERT_TRUE(says(rsa_bytes(zero_e, 4, false, n + 1, 128), "leading zeros"));
	CU_ASSERT_TRUE(says(rsa_bytes(e, 3, true, n + 1, 128), "leading zeros"));
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		k.public = must(malloc(lens[i] + 1));
		memcpy(k.public, bad[i], lens[i]);
		k.len = lens[i];
		CU_ASSERT_STRING_EQUAL(fault_of(&k), "not an RSA public key (RFC 3110 2)");
		free(k.public);
	}
	BN_free(number);
}

static void
test_shared(void)
{
	struct key	 keys[4];
	const struct key *k[4];
	struct quality	 q[4];
	size_t		 i;

	keys[0] = rsa_product(pool[0], pool[1]);
	keys[1] = rsa_product(pool[2], pool[3]);
	keys[2] = rsa_product(pool[4], pool[1]);	/* with 0 */
	keys[3] = rsa_product(pool[1], pool[0]);	/* the modulus of 0 */
	for (i = 0; i < 4; i++)
		k[i] = &keys[i];
	CU_ASSERT_EQUAL(quality_judge(q, k, 3, NULL, 0), 0);
	CU_ASSERT_PTR_EQUAL(q[0].shares, k[2]);
	CU_ASSERT_PTR_NULL(q[1].shares);
	CU_ASSERT_PTR_EQUAL(q[2].shares, k[0]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(q[0].fault);
	CU_ASSERT_PTR_NOT_NULL(strstr(q[0].fault, "in common"));
	CU_ASSERT_PTR_NULL(q[1].fault);
	/* Among the others, the same; these are not judged. */
	CU_ASSERT_EQUAL(quality_judge(q, k, 2, k + 2, 1), 0);
	CU_ASSERT_PTR_EQUAL(q[0].shares, k[2]);
	CU_ASSERT_PTR_NULL(q[1].fault);
	/* The same key, or its modulus with another exponent, is no other key's. */
	CU_ASSERT_EQUAL(quality_judge(q, k, 2, k + 3, 1), 0);
	CU_ASSERT_PTR_NULL(q[0].fault);
	keys[3].public[3] = 3;
	CU_ASSERT_EQUAL(quality_judge(q, k, 2, k + 3, 1), 0);
	CU_ASSERT_PTR_NULL(q[0].fault);
	CU_ASSERT_EQUAL(quality_judge(q, k, 0, NULL, 0), 0);
	for (i = 0; i < 4; i++)
		free(keys[i].public);
}

/* What is common, but small, is no other key's doing; others that are no keys do no harm. */
static void
test_shared_odd(void)
{
	static const unsigned char three[] = { 3 }, zero[] = { 0 }, one[] = { 1 };
	BIGNUM		*n = must(BN_dup(pool[0])), *m = must(BN_dup(pool[1]));
	struct key	 keys[5];
	const struct key *k[5];
	struct quality	 q[5];
	size_t		 i;

	done(BN_mul_word(n, 3));
	done(BN_mul_word(m, 3));
	keys[0] = rsa_number(n);
	keys[1] = rsa_number(m);
	keys[2] = rsa_bytes(three, 1, false, zero, 1);
	keys[3] = rsa_bytes(three, 1, false, one, 1);
	keys[4] = rsa_product(pool[2], pool[3]);
	for (i = 0; i < 5; i++)
		k[i] = &keys[i];
	CU_ASSERT_EQUAL(quality_judge(q, k, 5, NULL, 0), 0);
	for (i = 0; i < 2; i++) {
		CU_ASSERT_PTR_NOT_NULL(strstr(q[i].fault, "below 2^16"));
		CU_ASSERT_PTR_NULL(q[i].shares);
	}
	CU_ASSERT_PTR_NULL(q[4].fault);
	for (i = 0; i < 5; i++)
		free(keys[i].public);
	BN_free(n);
	BN_free(m);
}

static void
test_many(void)
{
	struct key	 good = rsa_product(pool[0], pool[1]), bad = rsa_product(pool[0], pool[2]);
	const struct key *k[QUALITY_KEYS + 1];
	struct quality	 q[QUALITY_KEYS + 1];
	size_t		 i, faults = 0;

	for (i = 0; i < QUALITY_KEYS; i++)
		k[i] = &good;
	CU_ASSERT_EQUAL(quality_judge(q, k, QUALITY_KEYS, NULL, 0), 0);
	for (i = 0; i < QUALITY_KEYS; i++)
		faults += q[i].fault != NULL;
	CU_ASSERT_EQUAL(faults, 0);
	k[QUALITY_KEYS - 1] = &bad;
	CU_ASSERT_EQUAL(quality_judge(q, k, 1, k + 1, QUALITY_KEYS - 1), 0);
	CU_ASSERT_PTR_EQUAL(q[0].shares, &bad);
	k[QUALITY_KEYS] = &good;
	CU_ASSERT_EQUAL(quality_judge(q, k, QUALITY_KEYS + 1, NULL, 0), -1);
	CU_ASSERT_EQUAL(quality_judge(q, k, 1, k + 1, QUALITY_KEYS), -1);
	free(good.public);
	free(bad.public);
}

static void
test_ecdsa(void)
{
	static const unsigned	 algorithms[] = { ECDSAP256SHA256, ECDSAP384SHA384 };
	struct keypair		 pair;
	struct key		*k = &pair.key;
	size_t			 i, j;

	for (i = 0; i < 40; i++) {
		keypair_make(&pair, algorithms[i % 2], DNSKEY_ZSK, "ec");
		CU_ASSERT_STRING_EQUAL(fault_of(k), "");
		for (j = 0; j < k->len; j += 7) {	/* half of these would be a point's x */
			k->public[j] ^= 1;
			CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
			k->public[j] ^= 1;
		}
		k->len--;
		CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
		k->len++;
		memset(k->public, 0, k->len);		/* b is no square's 0 */
		CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
		memset(k->public, 0xff, k->len);
		CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
		keypair_clear(&pair);
	}
	keypair_make(&pair, ECDSAP256SHA256, DNSKEY_ZSK, "ec");
	k->algorithm = ECDSAP384SHA384;
	CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
	k->len = 0;
	CU_ASSERT_STRING_EQUAL(fault_of(k), "its point is not on the curve");
	keypair_clear(&pair);
}

static void
test_good_eddsa(void)
{
	struct keypair	 pair;
	int		 i;

	for (i = 0; i < 500; i++) {
		keypair_make(&pair, i % 2 == 0 ? ED25519 : ED448, DNSKEY_ZSK, "ed");
		CU_ASSERT_STRING_EQUAL(fault_of(&pair.key), "");
		keypair_clear(&pair);
	}
}

static struct key
edwards(unsigned char *bytes, bool ed448)
{
	return (struct key){
		.algorithm = ed448 ? ED448 : ED25519, .public = bytes, .len = ed448 ? 57 : 32,
	};
}

/* y as a number, little-endian, both signs of x. */
static void
refuse_y(const BIGNUM *y, bool ed448, const char *plain, const char *with_sign)
{
	unsigned char	 bytes[57];
	struct key	 k = edwards(bytes, ed448);

	CU_ASSERT_EQUAL_FATAL(BN_bn2lebinpad(y, bytes, (int)k.len), (int)k.len);
	CU_ASSERT_STRING_EQUAL(fault_of(&k), plain);
	bytes[k.len - 1] |= 0x80;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), with_sign);
}

#define SMALL	"its point has a small order"
#define NO_POINT "its bytes are no point of the curve (RFC 8032)"

static void
test_small_order(void)
{
	/* The y of order 8, as the number it is; the other is its negative. */
	static const char order8[] =
	    "7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7";
	BIGNUM		*p = must(BN_new()), *y = must(BN_new()), *t = must(BN_new());
	int		 ed448;

	for (ed448 = 0; ed448 < 2; ed448++) {
		done(BN_set_word(t, 1));
		done(BN_lshift(p, t, ed448 ? 448 : 255));
		if (ed448) {
			done(BN_lshift(t, t, 224));
			done(BN_sub(p, p, t));
		}
		done(BN_sub_word(p, ed448 ? 1 : 19));
		BN_zero(y);
		refuse_y(y, ed448 == 1, SMALL, SMALL);
		done(BN_set_word(y, 1));
		refuse_y(y, ed448 == 1, SMALL, NO_POINT);	/* there x is 0 and has no sign */
		done(BN_sub(y, p, y));
		refuse_y(y, ed448 == 1, SMALL, NO_POINT);
		/* The same numbers, not reduced: p, p + 1, and up to what fits. */
		refuse_y(p, ed448 == 1, NO_POINT, NO_POINT);
		done(BN_set_word(y, 1));
		done(BN_add(y, p, y));
		refuse_y(y, ed448 == 1, NO_POINT, NO_POINT);
		done(BN_set_word(y, 1));
		done(BN_lshift(y, y, ed448 ? 455 : 255));
		done(BN_sub_word(y, 1));
		refuse_y(y, ed448 == 1, NO_POINT, NO_POINT);
		if (ed448)
			break;
		CU_ASSERT_NOT_EQUAL_FATAL(BN_hex2bn(&y, order8), 0);
		refuse_y(y, false, SMALL, SMALL);
		done(BN_sub(y, p, y));
		refuse_y(y, false, SMALL, SMALL);
	}
	BN_free(p);
	BN_free(y);
	BN_free(t);
}

struct curve {
	bool		 ed448;
	BIGNUM		*p, *d;
};

static void
curve_set(struct curve *c, bool ed448)
{
	memset(c, 0, sizeof(*c));
	c->ed448 = ed448;
	CU_ASSERT_NOT_EQUAL_FATAL(BN_hex2bn(&c->p, ed448 ?
	    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE"
	    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF" :
	    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFED"), 0);
	/* Of Ed25519 the number that RFC 8032 5.1 gives, in hexadecimal. */
	CU_ASSERT_NOT_EQUAL_FATAL(BN_hex2bn(&c->d, ed448 ? "98A9" :
	    "52036CEE2B6FFE738CC740797779E89800700A4D4141D8AB75EB4DCA135978A3"), 0);
	if (ed448)
		done(BN_sub(c->d, c->p, c->d));
}

/*
 * The x^2 that RFC 8032 5.1.3 or 5.2.3 finds by a power: (u / v)^((p + 1) / 4) is the root, or, of
 * Ed25519, (u / v)^((p + 3) / 8), which may need a root of -1.  Is it one?
 */
static bool
root_squared(BIGNUM *x2, const struct curve *c, const BIGNUM *y2)
{
	BIGNUM	*u = BN_CTX_get(ctx), *v = BN_CTX_get(ctx), *e = must(BN_CTX_get(ctx));

	done(BN_mod_sub(u, y2, BN_value_one(), c->p, ctx));
	done(BN_mod_mul(v, c->d, y2, c->p, ctx));
	if (c->ed448)
		done(BN_mod_sub(v, v, BN_value_one(), c->p, ctx));
	else
		done(BN_mod_add(v, v, BN_value_one(), c->p, ctx));
	must(BN_mod_inverse(v, v, c->p, ctx));
	done(BN_mod_mul(u, u, v, c->p, ctx));
	must(BN_copy(e, c->p));
	done(BN_add_word(e, c->ed448 ? 1 : 3));
	done(BN_rshift(e, e, c->ed448 ? 2 : 3));
	done(BN_mod_exp(x2, u, e, c->p, ctx));
	done(BN_mod_sqr(x2, x2, c->p, ctx));
	if (BN_cmp(x2, u) != 0 && !c->ed448)
		done(BN_sub(x2, c->p, x2));
	return BN_cmp(x2, u) == 0;
}

/* a x^2 + y^2 = 1 + d x^2 y^2 */
static bool
on_curve(const struct curve *c, const BIGNUM *x2, const BIGNUM *y2)
{
	BIGNUM	*left = BN_CTX_get(ctx), *right = must(BN_CTX_get(ctx));

	done(BN_mod_mul(right, x2, y2, c->p, ctx));
	done(BN_mod_mul(right, right, c->d, c->p, ctx));
	done(BN_mod_add(right, right, BN_value_one(), c->p, ctx));
	if (c->ed448)
		done(BN_mod_add(left, y2, x2, c->p, ctx));
	else
		done(BN_mod_sub(left, y2, x2, c->p, ctx));
	return BN_cmp(left, right) == 0;
}

/* Whether bytes decode, by another way than Legendre's symbol: the root itself. */
static bool
decodes(const struct curve *c, const unsigned char *bytes)
{
	BIGNUM		*y, *y2, *x2;
	unsigned char	 copy[57];
	size_t		 len = c->ed448 ? 57 : 32;
	bool		 good;

	BN_CTX_start(ctx);
	y = BN_CTX_get(ctx);
	y2 = BN_CTX_get(ctx);
	x2 = must(BN_CTX_get(ctx));
	memcpy(copy, bytes, len);
	copy[len - 1] &= 0x7f;
	must(BN_lebin2bn(copy, (int)len, y));
	done(BN_mod_sqr(y2, y, c->p, ctx));
	good = root_squared(x2, c, y2);
	CU_ASSERT_EQUAL(good, on_curve(c, x2, y2));
	good = good && BN_cmp(y, c->p) < 0 &&
	    !(BN_is_zero(x2) && (bytes[len - 1] & 0x80) != 0);
	BN_CTX_end(ctx);
	return good;
}

static void
test_decodes(void)
{
	unsigned char	 bytes[57];
	struct curve	 c;
	struct key	 k;
	int		 i, ed448, good, wrong;

	for (ed448 = 0; ed448 < 2; ed448++) {
		curve_set(&c, ed448 == 1);
		for (i = good = wrong = 0; i < 2000; i++) {
			pseudo_random_bytes(bytes, sizeof(bytes));
			if (ed448)
				bytes[56] &= 0x80;
			k = edwards(bytes, ed448 == 1);
			if (decodes(&c, bytes)) {
				good++;
				wrong += *fault_of(&k) != '\0';
			} else
				wrong += strcmp(fault_of(&k), NO_POINT) != 0;
		}
		CU_ASSERT_EQUAL(wrong, 0);
		CU_ASSERT_TRUE(good > 850 && good < 1150);
		BN_free(c.p);
		BN_free(c.d);
	}
	k = edwards(bytes, true);
	bytes[56] = 1;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), NO_POINT);
	k.len = 32;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), "its length is not that of the algorithm");
	k = edwards(bytes, false);
	k.len = 57;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), "its length is not that of the algorithm");
	k.len = 0;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), "its length is not that of the algorithm");
}

/* Keys of other algorithms are not judged. */
static void
test_unknown(void)
{
	unsigned char	 byte = 0;
	struct key	 k = { .algorithm = 5, .public = &byte, .len = 1 };

	CU_ASSERT_STRING_EQUAL(fault_of(&k), "");
	k.algorithm = 253;
	CU_ASSERT_STRING_EQUAL(fault_of(&k), "");
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_good_rsa), TEST(test_small_factors), TEST(test_fermat),
		TEST(test_fermat_rounds), TEST(test_roca), TEST(test_modulus), TEST(test_exponents),
		TEST(test_encoding), TEST(test_shared), TEST(test_shared_odd), TEST(test_many),
		TEST(test_ecdsa), TEST(test_good_eddsa), TEST(test_small_order), TEST(test_decodes),
		TEST(test_unknown),
	};
	size_t	 i;
	int	 rv;

	ctx = must(BN_CTX_new());
	for (i = 0; i < POOL; i++) {
		pool[i] = must(BN_new());
		if (BN_generate_prime_ex(pool[i], 512, 0, NULL, NULL, NULL) != 1)
			return 1;
	}
	rv = run_tests("quality", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < POOL; i++)
		BN_free(pool[i]);
	BN_CTX_free(ctx);
	return rv;
}
