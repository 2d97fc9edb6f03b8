#include <CUnit/Basic.h>

#include "act/keyoptions.h"
#include "fixture.h"

static void
test_role(void)
{
	static const char *const bad[] = { "", "-", "KSK", "csk", "ksk " };
	enum key_role	 role = ROLE_UNKNOWN;
	size_t		 i;

	CU_ASSERT_PTR_NULL(keyoption_role(&role, "ksk"));
	CU_ASSERT_EQUAL(role, ROLE_KSK);
	CU_ASSERT_PTR_NULL(keyoption_role(&role, "zsk"));
	CU_ASSERT_EQUAL(role, ROLE_ZSK);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_STRING_EQUAL(keyoption_role(&role, bad[i]), "--role takes ksk or zsk");
	CU_ASSERT_EQUAL(role, ROLE_ZSK);
}

static void
test_zone(void)
{
	static const char *const bad[] = { "", "a..b", ".a", "a\\" };
	const char	*zone = NULL, *given = "Example.";
	size_t		 i;

	CU_ASSERT_PTR_NULL(keyoption_zone(&zone, given));
	CU_ASSERT_PTR_EQUAL(zone, given);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_STRING_EQUAL(keyoption_zone(&zone, bad[i]), "--zone takes a domain name");
	CU_ASSERT_PTR_EQUAL(zone, given);
}

static void
test_algorithm(void)
{
	static const struct { const char *text; unsigned number; } good[] = {
		{ "8", 8 }, { "RSASHA512", 10 }, { "ecdsap256sha256", 13 }, { "14", 14 },
		{ "ED25519", 15 }, { "ED448", 16 },
	};
	static const char *const bad[] = { "", "RSAMD5", "5", "7", "12", "0", "256", "264", "-8", "DSA" };
	unsigned	 n;
	size_t		 i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		n = 0;
		CU_ASSERT_PTR_NULL(keyoption_algorithm(&n, good[i].text));
		CU_ASSERT_EQUAL(n, good[i].number);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_STRING_EQUAL(keyoption_algorithm(&n, bad[i]),
		    "--algorithm takes one of 8, 10, 13, 14, 15, 16, or its mnemonic");
	CU_ASSERT_EQUAL(n, 16);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_role), TEST(test_zone), TEST(test_algorithm),
	};

	return run_tests("keyoptions", tests, sizeof(tests) / sizeof(tests[0]));
}
