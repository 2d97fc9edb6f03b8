#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>
#include <openssl/bn.h>

#include "fixture.h"
#include "judge/quality.h"

#define PRIMES	8

static BIGNUM	*primes[PRIMES];

/* An RSA key whose modulus is the product of these primes and of this number. */
static struct key
product_key(const char *which, unsigned long times)
{
	struct key	 key = { .flags = 256, .protocol = 3, .algorithm = 8 };
	BIGNUM		*n = must(BN_new());
	BN_CTX		*ctx = must(BN_CTX_new());
	int		 len;

	CU_ASSERT_FATAL(BN_set_word(n, times) == 1);
	for (; *which != '\0'; which++)
		CU_ASSERT_FATAL(BN_mul(n, n, primes[*which - 'a'], ctx) == 1);
	len = BN_num_bytes(n);
	key.len = 4 + (size_t)len;
	key.public = must(malloc(key.len));
	memcpy(key.public, "\003\001\000\001", 4);
	CU_ASSERT_FATAL(BN_bn2bin(n, key.public + 4) == len);
	BN_CTX_free(ctx);
	BN_free(n);
	return key;
}

/* The keys of these products, the first "judged" of them to be judged. */
static void
judge(struct quality *out, const char *const *which, size_t n, size_t judged, size_t shares[])
{
	struct key	 keys[QUALITY_KEYS];
	const struct key *all[QUALITY_KEYS];
	size_t		 i, j;

	for (i = 0; i < n; i++) {
		keys[i] = product_key(which[i], 1);
		all[i] = &keys[i];
	}
	memset(out, 0, judged * sizeof(*out));
	CU_ASSERT_EQUAL_FATAL(quality_judge(out, all, judged, all + judged, n - judged), 0);
	for (i = 0; i < judged; i++) {
		for (j = 0; j < n && all[j] != out[i].shares; j++)
			;
		shares[i] = j;
	}
	for (i = 0; i < n; i++)
		key_clear(&keys[i]);
}

/* Every key that shares a prime is found, and so is one that it shares it with. */
static void
test_shares(void)
{
	static const char *const groups[][5] = {
		{ "ab", "ac", "de", "fg" },
		{ "ab", "de", "fg", "bc" },
		{ "ab", "bc", "ca", "de" },		/* the product of two is 0 modulo the third */
		{ "de", "ca", "ab", "bc" },
		{ "abc", "ad", "be", "fg" },		/* three primes, two of them elsewhere */
		{ "abc", "ad", "be", "cf" },
		{ "abcd", "ab", "ef", "cd" },
		{ "ab", "abc", "de", "fg" },		/* one divides the other */
		{ "ab", "ab", "ac", "de" },		/* the same key twice is one key */
	};
	struct quality	 q[4];
	size_t		 i, j, k, judged, shares[4];
	bool		 common;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (judged = 1; judged <= 4; judged++) {
			judge(q, groups[i], 4, judged, shares);
			for (j = 0; j < judged; j++) {
				for (common = false, k = 0; k < 4; k++)
					common |= strcmp(groups[i][k], groups[i][j]) != 0 &&
					    strpbrk(groups[i][k], groups[i][j]) != NULL;
				CU_ASSERT_EQUAL(q[j].fault != NULL, common);
				CU_ASSERT_EQUAL(shares[j] < 4, common);
				if (shares[j] == 4)
					continue;
				CU_ASSERT_PTR_NOT_NULL(strpbrk(groups[i][shares[j]], groups[i][j]));
				CU_ASSERT_PTR_NOT_NULL(strstr(q[j].fault, "in common"));
			}
		}
}

/* A small factor is told as such, also where another key has it. */
static void
test_small(void)
{
	static const unsigned long small[] = { 3, 5, 251, 65521, 3 * 65521UL };
	struct key	 a, b = product_key("cd", 3 * 65521);
	const struct key *judged = &a, *other = &b;
	struct quality	 q;
	size_t		 i;

	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		a = product_key("ab", small[i]);
		q = (struct quality){ NULL, NULL };
		CU_ASSERT_EQUAL(quality_judge(&q, &judged, 1, &other, 1), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(q.fault);
		CU_ASSERT_PTR_NOT_NULL(strstr(q.fault, "below 2^16"));
		CU_ASSERT_PTR_NULL(q.shares);
		key_clear(&a);
	}
	a = product_key("ab", 65537);		/* the first prime that is not small */
	q = (struct quality){ NULL, NULL };
	CU_ASSERT_EQUAL(quality_judge(&q, &judged, 1, &other, 1), 0);
	CU_ASSERT_PTR_NULL(q.fault);
	key_clear(&a);
	key_clear(&b);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_shares), TEST(test_small) };
	size_t		 i;
	int		 rv;

	/* Of different lengths, so that no two are close to each other. */
	for (i = 0; i < PRIMES; i++) {
		primes[i] = must(BN_new());
		if (BN_generate_prime_ex(primes[i], 128 + 16 * (int)i, 0, NULL, NULL, NULL) != 1)
			return 1;
	}
	rv = run_tests("quality", tests, sizeof(tests) / sizeof(tests[0]));
	for (i = 0; i < PRIMES; i++)
		BN_free(primes[i]);
	return rv;
}
