#include <stdio.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/set.h"
#include "fixture.h"

static void
test_set(void)
{
	struct set	 s = SET_EMPTY;
	char		 text[32];
	int		 i, n;

	CU_ASSERT(!set_has(&s, "", 0));
	CU_ASSERT_EQUAL(set_add(&s, "", 0), 1);
	CU_ASSERT_EQUAL(set_add(&s, NULL, 0), 0);
	CU_ASSERT(set_has(&s, "", 0));
	for (i = 0; i < 5000; i++) {
		n = snprintf(text, sizeof(text), "%d", i);
		CU_ASSERT_EQUAL(set_add(&s, text, (size_t)n), 1);
	}
	for (i = 0; i < 6000; i++) {
		n = snprintf(text, sizeof(text), "%d", i);
		CU_ASSERT_EQUAL(set_has(&s, text, (size_t)n), i < 5000);
	}
	CU_ASSERT_EQUAL(set_add(&s, "17", 2), 0);
	CU_ASSERT_EQUAL(set_add(&s, "17", 3), 1);	/* its NUL too */
	CU_ASSERT_EQUAL(s.n, 5002);
	set_clear(&s);
	CU_ASSERT(!set_has(&s, "17", 2));
	set_clear(&s);
}

int
main(void)
{
	static const struct test tests[] = { TEST(test_set) };

	return run_tests("set", tests, sizeof(tests) / sizeof(tests[0]));
}
