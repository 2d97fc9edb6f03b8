#include <string.h>

#include <CUnit/Basic.h>

#include "act/skruse.h"
#include "fixture.h"

#define MAX	((size_t)1 << 20)

/* The world's response, or the one before it, as a file. */
static const char *
skr_file(const struct skr *skr, const char *name)
{
	struct buf	 text = BUF_EMPTY;
	const char	*path;

	CU_ASSERT_EQUAL_FATAL(skr_write(&text, skr), 0);
	path = work_file(name, text.data, text.len);
	buf_free(&text);
	return path;
}

static void
test_find(void)
{
	struct world	*w = world_new();
	struct skruse	 u = SKRUSE_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct key	 nothing = { .public = NULL };
	const char	*path = skr_file(w->skr, "skr.xml"), *before = skr_file(w->previous, "prev.xml");
	bool		 signs = true;

	CU_ASSERT_PTR_NULL(skruse_find(&u, &w->pairs[KSK].key, "x", &signs));
	CU_ASSERT_EQUAL_FATAL(skruse_load(&u, path, MAX, &rep), ACCEPT);
	/* by its public half, under whatever name */
	CU_ASSERT_STRING_EQUAL(skruse_find(&u, &w->pairs[ZSK_NOW].key, "x", &signs), path);
	CU_ASSERT_FALSE(signs);
	CU_ASSERT_STRING_EQUAL(skruse_find(&u, &w->pairs[KSK].key, NULL, &signs), path);
	CU_ASSERT_TRUE(signs);
	CU_ASSERT_PTR_NULL(skruse_find(&u, &w->pairs[ZSK_BEFORE].key, "x", &signs));
	/* by its name alone */
	CU_ASSERT_STRING_EQUAL(skruse_find(&u, &nothing, w->pairs[KSK].key.identifier, &signs), path);
	CU_ASSERT_TRUE(signs);
	CU_ASSERT_STRING_EQUAL(skruse_find(&u, &nothing, w->pairs[ZSK_NOW].key.identifier, &signs),
	    path);
	CU_ASSERT_PTR_NULL(skruse_find(&u, &nothing, "x", &signs));
	CU_ASSERT_PTR_NULL(skruse_find(&u, &nothing, NULL, &signs));
	/* an RSA key may be for either algorithm: that does not count */
	nothing = w->pairs[ZSK_NOW].key;
	nothing.algorithm = 0;
	CU_ASSERT_PTR_NOT_NULL(skruse_find(&u, &nothing, NULL, &signs));
	/* a second file */
	CU_ASSERT_EQUAL_FATAL(skruse_load(&u, before, MAX, &rep), ACCEPT);
	CU_ASSERT_STRING_EQUAL(skruse_find(&u, &w->pairs[ZSK_BEFORE].key, NULL, &signs), before);
	CU_ASSERT_PTR_NOT_NULL(skruse_find(&u, &w->pairs[ZSK_NEXT].key, NULL, &signs));
	skruse_clear(&u);
	CU_ASSERT_EQUAL(u.n, 0);
	report_free(&rep);
	world_free(w);
}

/* A key that signs without standing there is known by its name. */
static void
test_sign_only(void)
{
	struct world	*w = world_new();
	struct skruse	 u = SKRUSE_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	struct bundle	*b = &w->skr->bundles.v[2];
	bool		 signs = false;

	put_sig(b, &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
	CU_ASSERT_EQUAL_FATAL(skruse_load(&u, skr_file(w->skr, "only.xml"), MAX, &rep), ACCEPT);
	CU_ASSERT_PTR_NOT_NULL(skruse_find(&u, &w->pairs[KSK_OTHER].key,
	    w->pairs[KSK_OTHER].key.identifier, &signs));
	CU_ASSERT_TRUE(signs);
	skruse_clear(&u);
	report_free(&rep);
	world_free(w);
}

static void
test_bad(void)
{
	struct world	*w = world_new();
	struct skruse	 u = SKRUSE_EMPTY;
	struct report	 rep = REPORT_EMPTY;
	const char	*path = skr_file(w->skr, "skr2.xml");
	size_t		 n;

	CU_ASSERT_EQUAL_FATAL(skruse_load(&u, path, MAX, &rep), ACCEPT);
	n = u.n;
	CU_ASSERT_EQUAL(skruse_load(&u, "/nonexistent", MAX, &rep), FAULT);
	CU_ASSERT_EQUAL(skruse_load(&u, path, 100, &rep), REFUSE);
	CU_ASSERT_EQUAL(skruse_load(&u, work_file("no.xml", "<KSR/>", 6), MAX, &rep), REFUSE);
	CU_ASSERT_EQUAL(skruse_load(&u, "/dev/null", MAX, &rep), REFUSE);
	CU_ASSERT(u.n == n && u.nfiles == 1);
	skruse_clear(&u);
	report_free(&rep);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_find), TEST(test_sign_only), TEST(test_bad),
	};

	return run_tests("skruse", tests, sizeof(tests) / sizeof(tests[0]));
}
