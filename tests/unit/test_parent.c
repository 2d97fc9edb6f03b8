#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/parent.h"
#include "model/ds.h"

#define D32	"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
#define D48	D32 "00112233445566778899AABBCCDDEEFF"
#define MARCH	"2030-03-01T00:00:00Z"
#define APRIL	"2030-04-01T00:00:00Z"

static struct report	 rep;

static struct parent *
load(const char *text)
{
	report_free(&rep);
	return parent_load(work_file("parent", text, strlen(text)), &rep);
}

static void
test_lines(void)
{
	struct dname	 zone, other;
	int64_t		 march;
	struct parent	*p;

	dname_parse(&zone, "Example");
	dname_parse(&other, "example.org.");
	CU_ASSERT_EQUAL_FATAL(isotime_parse(&march, MARCH), 0);
	p = load("# a comment\n\n- " MARCH " example. 3600 IN DS 1 13 2 " D32 "\n"
	    MARCH "\t- EXAMPLE.  86400  IN  DS 65535 8 4 001122 " D48 "\n");
	CU_ASSERT_PTR_NULL(p);			/* three bytes too many */
	p = load("# a comment\n\n- " MARCH " example. 3600 IN DS 1 13 2 " D32 "\n"
	    MARCH "\t- EXAMPLE.  86400  IN  DS 65535 8 4 " D32 " 00112233445566778899AABBCCDDEEFF\n"
	    "- - example.org. 60 IN DS 3 15 2 " D32 "\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL_FATAL(p->n, 3);
	CU_ASSERT_EQUAL(rep.count, 0);
	CU_ASSERT_EQUAL(p->ttl, 86400);
	CU_ASSERT_EQUAL(p->v[0].line, 3);
	CU_ASSERT_EQUAL(p->v[0].ds.tag, 1);
	CU_ASSERT_EQUAL(p->v[1].ds.len, 48);
	CU_ASSERT_TRUE(parent_shows(&p->v[0], &zone, INT64_MIN));
	CU_ASSERT_TRUE(parent_shows(&p->v[0], &zone, march - 1));
	CU_ASSERT_FALSE(parent_shows(&p->v[0], &zone, march));
	CU_ASSERT_FALSE(parent_shows(&p->v[0], &other, march - 1));
	CU_ASSERT_FALSE(parent_shows(&p->v[1], &zone, march - 1));
	CU_ASSERT_TRUE(parent_shows(&p->v[1], &zone, march));
	CU_ASSERT_TRUE(parent_shows(&p->v[2], &other, march));
	CU_ASSERT_EQUAL(parent_next(p, INT64_MIN), march);
	CU_ASSERT_EQUAL(parent_next(p, march - 1), march);
	CU_ASSERT_EQUAL(parent_next(p, march), INT64_MAX);
	parent_free(p);
}

/* Nothing published is something to state. */
static void
test_empty(void)
{
	struct parent	*p = load("# nothing\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->n, 0);
	CU_ASSERT_EQUAL(parent_next(p, 0), INT64_MAX);
	parent_free(p);
	parent_free(NULL);
	CU_ASSERT_PTR_NULL(load(""));			/* what a pipe leaves that broke */
	CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, "is empty"));
}

static void
test_passed_over(void)
{
	struct parent	*p = load("- - example. 3600 IN DS 1 13 1 00112233445566778899AABBCCDDEEFF00112233\n"
			    "- - example. 3600 IN DS 1 13 2 " D32 "\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->n, 1);
	CU_ASSERT_TRUE(report_has(&rep, WARNING, NULL, "a DS of digest type 1 is passed over"));
	parent_free(p);
}

static void
test_bad(void)
{
	static const struct { const char *line, *why; } bad[] = {
		{ "- - example. 3600 IN DS 1 13 2", "fields" },
		{ "- example. 3600 IN DS 1 13 2 " D32, "fields" },
		{ "- x example. 3600 IN DS 1 13 2 " D32, "two times" },
		{ "2030-03-00T00:00:00Z - example. 3600 IN DS 1 13 2 " D32, "two times" },
		{ APRIL " " MARCH " example. 3600 IN DS 1 13 2 " D32, "before it is published" },
		{ MARCH " " MARCH " example. 3600 IN DS 1 13 2 " D32, "before it is published" },
		{ "- - example. -1 IN DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. 2147483648 IN DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. 99999999999999999999 IN DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. IN 3600 DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. 3600 CH DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. 3600 IN DNSKEY 1 13 2 " D32, "not a DS record" },
		{ "- - example. 3600 IN DS 65536 13 2 " D32, "not a DS record" },
		{ "- - example. 3600 IN DS 1 13 2 xyz", "not a DS record" },
		{ "- - a..b. 3600 IN DS 1 13 2 " D32, "not a DS record" },
		{ "- - example. 3600 IN DS 1 13 2 00", "1 bytes are no digest of type 2" },
		{ "- - example. 3600 IN DS 1 13 4 " D32, "32 bytes are no digest of type 4" },
		{ "- - example. 3600 IN DS 1 13 2 1 2 3 4 5 6 7 8 9", "fields" },
	};
	char		 text[512];
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "# first\n%s\n", bad[i].line);
		CU_ASSERT_PTR_NULL(load(text));
		CU_ASSERT_TRUE(report_has(&rep, FAULTY, NULL, bad[i].why));
		CU_ASSERT_EQUAL(rep.findings[0].line, 2);
	}
	CU_ASSERT_PTR_NULL(parent_load("/nonexistent/file", &rep));
}

static void
test_names(void)
{
	struct parent_ds d = { .line = 1 };
	struct keypair	 p;
	struct dname	 zone, other;
	struct key	 k;

	dname_parse(&zone, "example.");
	dname_parse(&other, "example.org.");
	keypair_make(&p, ECDSAP256SHA256, DNSKEY_KSK, "ksk");
	CU_ASSERT_EQUAL_FATAL(ds_make(&d.ds, &p.key, &zone, DS_SHA384), 0);
	CU_ASSERT_EQUAL(parent_names(&d, &p.key, &zone), 1);
	CU_ASSERT_EQUAL(parent_names(&d, &p.key, &other), 0);
	k = revoked_key(&p.key);
	CU_ASSERT_EQUAL(parent_names(&d, &k, &zone), 0);
	d.ds.digest[47] ^= 1;
	CU_ASSERT_EQUAL(parent_names(&d, &p.key, &zone), 0);
	CU_ASSERT_EQUAL_FATAL(ds_make(&d.ds, &p.key, &zone, DS_SHA256), 0);
	CU_ASSERT_EQUAL(parent_names(&d, &p.key, &zone), 1);
	keypair_clear(&p);
}

static void
test_held(void)
{
	struct key	 k = { .ttl = 3600 };
	struct bundle	 a = { .inception = 1000, .expiration = 20000, .keys = &k, .nkeys = 1 };
	struct bundle	 b = { .inception = 10000, .expiration = 40000 };

	CU_ASSERT_EQUAL(parent_held_until(&a, &b), 13600);
	k.ttl = 100000;
	CU_ASSERT_EQUAL(parent_held_until(&a, &b), 20000);
	CU_ASSERT_EQUAL(parent_held_until(&a, NULL), 1001);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_lines), TEST(test_empty), TEST(test_passed_over), TEST(test_bad),
		TEST(test_names), TEST(test_held),
	};
	int		 rv = run_tests("parent", tests, sizeof(tests) / sizeof(tests[0]));

	report_free(&rep);
	return rv;
}
