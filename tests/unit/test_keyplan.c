#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/keyplan.h"
#include "fixture.h"

static struct policy *policy;

static int64_t
at(const char *text)
{
	int64_t	 t = 0;

	CU_ASSERT_EQUAL_FATAL(isotime_option(&t, text), 0);
	return t;
}

/* The plan in short: "2027-01-01..2027-04-01 ..."; good until the next call. */
static const char *
plan(const struct keylist *have, const char *from, const char *span, size_t count)
{
	static char	 text[4096];
	char		 a[ISOTIME_SIZE], b[ISOTIME_SIZE];
	struct report	 rep = REPORT_EMPTY;
	struct keyspan	*v = NULL;
	struct calspan	 s;
	size_t		 i, n = 0, len = 0;

	if (span != NULL)
		CU_ASSERT_EQUAL_FATAL(calspan_parse(&s, span), 0);
	text[0] = '\0';
	if (keyplan_zsks(&v, &n, policy, have, at(from), span == NULL ? NULL : &s, count,
	    &rep) != ACCEPT)
		snprintf(text, sizeof(text), "fault");
	for (i = 0; i < n && len + 30 < sizeof(text); i++) {
		isotime_format(a, v[i].from, "");
		isotime_format(b, v[i].until, "");
		CU_ASSERT_STRING_EQUAL(a + 10, "T00:00:00");
		CU_ASSERT_STRING_EQUAL(b + 10, "T00:00:00");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.10s..%.10s",
		    i == 0 ? "" : " ", a, b);
	}
	free(v);
	report_free(&rep);
	return text;
}

static struct keyline *
put(struct keylist *list, const char *from, const char *until)
{
	struct keyline	*k = must(keylist_add(list));

	k->zone = copy_of("example.org.");
	k->role = ROLE_ZSK;
	k->algorithm = policy->zsk.algorithm;
	k->bits = (unsigned)policy->zsk.size;
	k->from = at(from);
	k->until = until == NULL ? KEYLIST_FOREVER : at(until);
	k->flags = KEY_PRIVATE | KEY_PUBLIC;
	return k;
}

static void
test_quarters(void)
{
	struct keylist	 none = KEYLIST_EMPTY;

	CU_ASSERT_STRING_EQUAL(plan(&none, "2027-01-01", "P14M", 0),
	    "2027-01-01..2027-04-01 2027-04-01..2027-07-01 2027-07-01..2027-10-01 "
	    "2027-10-01..2028-01-01 2028-01-01..2028-04-01");
	/* the end: ten days before the next quarter, its key is published */
	CU_ASSERT_STRING_EQUAL(plan(&none, "2027-01-01", "P2M20D", 0), "2027-01-01..2027-04-01");
	CU_ASSERT_STRING_EQUAL(plan(&none, "2027-01-01", "P2M21D", 0), "2027-01-01..2027-04-01");
	CU_ASSERT_STRING_EQUAL(plan(&none, "2027-01-01", "P2M22D", 0),
	    "2027-01-01..2027-04-01 2027-04-01..2027-07-01");
	CU_ASSERT_STRING_EQUAL(plan(&none, "2026-11-21T13:00:00", "P1M1D", 0),
	    "2026-10-01..2027-01-01 2027-01-01..2027-04-01");
	CU_ASSERT_STRING_EQUAL(plan(&none, "2026-11-21", NULL, 2),
	    "2026-10-01..2027-01-01 2027-01-01..2027-04-01");
	CU_ASSERT_STRING_EQUAL(plan(&none, "2026-11-21", NULL, 0), "");
}

static void
test_have(void)
{
	struct keylist	 have = KEYLIST_EMPTY;
	struct keyline	*k;

	put(&have, "2027-04-01", "2027-07-01");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P8M", 0),
	    "2027-01-01..2027-04-01 2027-07-01..2027-10-01");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", NULL, 2),
	    "2027-01-01..2027-04-01 2027-07-01..2027-10-01");
	/* its end is not known: that of its quarter */
	put(&have, "2027-01-01", NULL);
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P5M", 0), "");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-02-01", NULL, 1), "2027-07-01..2027-10-01");
	/* and those that do not serve */
	k = put(&have, "2027-07-01", "2027-10-01");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "");
	k->flags = KEY_PUBLIC;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	k->flags = KEY_PRIVATE;
	k->role = ROLE_KSK;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	k->role = ROLE_ZSK;
	k->bits = 1024;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	k->bits = 2048;
	k->algorithm = RSASHA512;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	k->algorithm = RSASHA256;
	k->from = KEYLIST_ALWAYS;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	k->from = at("2027-07-01");
	k->zone[0] = 'f';
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	free(k->zone);
	k->zone = NULL;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-01", "P7M", 0), "2027-07-01..2027-10-01");
	keylist_clear(&have);
}

static void
test_lifetime(void)
{
	struct keylist	 have = KEYLIST_EMPTY;

	policy->zsk.lifetime = 30 * DAY;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-10T12:00:00", "P1M10D", 0),
	    "2027-01-10..2027-02-09 2027-02-09..2027-03-11");
	put(&have, "2027-01-01", "2027-01-31");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-10", "P1M10D", 0), "2027-01-31..2027-03-02");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-10", "P1D", 0), "");
	policy->zsk.lifetime = 0;
	policy->zsk.cycle = 7 * DAY;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-01-25", "P1W", 0),
	    "2027-01-31..2027-02-07 2027-02-07..2027-02-14");
	policy->zsk.cycle = 2 * HOUR;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-03-01", "P1W", 0), "fault");
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-03-01", NULL, 2),
	    "2027-03-01..2027-03-02 2027-03-01..2027-03-02");
	policy->zsk.cycle = DAY;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2027-03-01", "P30Y", 0), "fault");
	policy->zsk.cycle = 0;
	CU_ASSERT_STRING_EQUAL(plan(&have, "2105-12-01", "P1Y", 0), "fault");
	keylist_clear(&have);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_quarters), TEST(test_have), TEST(test_lifetime),
	};
	int	 rv;

	policy = must(policy_default());
	free(policy->zsk.domain);
	policy->zsk.domain = copy_of("Example.ORG");
	rv = run_tests("keyplan", tests, sizeof(tests) / sizeof(tests[0]));
	policy_free(policy);
	return rv;
}
