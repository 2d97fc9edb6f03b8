#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "model/tagset.h"

static size_t
size_of(const struct tagset *s)
{
	size_t	 i, n = 0;

	for (i = 0; i < 0x10000; i++)
		n += s->bits[i / 8] >> i % 8 & 1;
	return n;
}

static void
test_keys(void)
{
	struct keypair	 p;
	struct tagset	 s = { { 0 } };
	struct key	 k;

	keypair_make(&p, ED25519, DNSKEY_ZSK, "k");
	CU_ASSERT(!tagset_has(&s, &p.key));
	tagset_add(&s, &p.key);
	CU_ASSERT(tagset_has(&s, &p.key));
	CU_ASSERT_EQUAL(size_of(&s), 2);
	k = p.key;
	k.flags = DNSKEY_ZSK | DNSKEY_REVOKE;
	CU_ASSERT(tagset_has(&s, &k));
	k.flags = DNSKEY_KSK;
	CU_ASSERT(!tagset_has(&s, &k));
	tagset_add_unknown(&s, &p.key, ROLE_UNKNOWN, ED25519);
	CU_ASSERT(tagset_has(&s, &k));
	CU_ASSERT_EQUAL(size_of(&s), 4);
	keypair_clear(&p);
}

static void
test_unknown(void)
{
	struct keypair	 p;
	struct tagset	 s = { { 0 } };
	struct key	 k;

	keypair_make(&p, RSASHA256, DNSKEY_ZSK, "k");
	k = p.key;
	tagset_add_unknown(&s, &k, ROLE_KSK, RSASHA512);
	CU_ASSERT(!tagset_has(&s, &k));
	CU_ASSERT_EQUAL(size_of(&s), 2);
	k.algorithm = RSASHA512;
	k.flags = DNSKEY_KSK;
	CU_ASSERT(tagset_has(&s, &k));
	memset(&s, 0, sizeof(s));
	tagset_add_unknown(&s, &p.key, ROLE_UNKNOWN, 0);
	CU_ASSERT_EQUAL(size_of(&s), 8);
	CU_ASSERT(tagset_has(&s, &k));
	CU_ASSERT(tagset_has(&s, &p.key));
	keypair_clear(&p);
}

static void
test_lines(void)
{
	struct keyline	 line = { .tag = -1, .revoked_tag = -1 };
	struct tagset	 s = { { 0 } };

	tagset_add_line(&s, &line);
	CU_ASSERT_EQUAL(size_of(&s), 0);
	line.tag = 0;
	line.revoked_tag = 65535;
	tagset_add_line(&s, &line);
	CU_ASSERT_EQUAL(size_of(&s), 2);
	CU_ASSERT_EQUAL(s.bits[0], 1);
	CU_ASSERT_EQUAL(s.bits[8191], 128);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_keys), TEST(test_unknown), TEST(test_lines) };

	return run_tests("tagset", tests, sizeof(tests) / sizeof(tests[0]));
}
