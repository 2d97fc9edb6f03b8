#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"

static void
test_sound(void)
{
	struct world	*w = world_new();

	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	/* The two limits that ksk_policy does not set. */
	CU_ASSERT_EQUAL(w->report.count, 2);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-OVERLAP",
	    "no upper or lower limit"));
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-VALIDITY", "no upper"));
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_token(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(w->report.count, 2);
	w->subject.previous = NULL;		/* --first */
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_token(&w->subject), ACCEPT);
	w->subject.anchors = NULL;
	w->subject.ksr = NULL;
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	world_free(w);
}

/* The tables whose rows the tests check_ksr, check_skr, check_safety, check_timeline and check_plan hold faults against. */
static void
test_rows(void)
{
	static const struct check_table *const tested[] = {
		&ksr_rules, &key_rules, &policy_rules,
		&chain_rules, &token_rules, &held_rules,
		&verify_rules, &count_rules, &skr_rules, &ksk_rules, &match_rules, &anchor_rules,
		&zsk_safety_rules, &ksk_safety_rules, &timeline_rules, &plan_rules,
	};
	const struct check_table *const *t;
	size_t	 i, j, n = 0;

	for (t = check_tables(); *t != NULL; t++, n++) {
		for (j = 0; j < sizeof(tested) / sizeof(tested[0]) && tested[j] != *t; j++)
			;
		CU_ASSERT_TRUE(j < sizeof(tested) / sizeof(tested[0]));
		for (i = 0; i < (*t)->n; i++) {
			const struct check *c = &(*t)->rows[i];

			CU_ASSERT_PTR_NOT_NULL(row_of(c->id, c->word));
			CU_ASSERT_TRUE(strncmp(c->id, "KSR-", 4) == 0 ||
			    strncmp(c->id, "SKR-", 4) == 0 || strncmp(c->id, "PLAN-", 5) == 0);
			CU_ASSERT_TRUE(c->what[0] != '\0' && strlen(c->what) < 80);
		}
	}
	CU_ASSERT_EQUAL(n, sizeof(tested) / sizeof(tested[0]));
}

/* Does the policy, printed, have this word with this value in the section it names? */
static bool
prints(const struct policy *policy, const char *word, const char *value)
{
	struct buf	 out = BUF_EMPTY;
	const char	*dot = strchr(word, '.'), *section, *end, *at;
	char		 name[64], line[128];
	bool		 found;

	snprintf(name, sizeof(name), "\n%.*s:\n", (int)(dot - word), word);
	snprintf(line, sizeof(line), "\n  %s: %s\n", dot + 1, value);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&out, "\n"), 0);
	CU_ASSERT_EQUAL_FATAL(policy_print(&out, policy), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(section = strstr((char *)out.data, name));
	for (end = section + strlen(name); *end == ' ';)
		end += strcspn(end, "\n") + 1;
	at = strstr(section, line);
	found = at != NULL && at < end;
	buf_free(&out);
	return found;
}

static void
test_switches(void)
{
	struct policy	*policy = must(policy_default());
	const struct check_table *const *t;
	size_t	 i;

	for (t = check_tables(); *t != NULL; t++)
		for (i = 0; i < (*t)->n; i++) {
			const struct check *c = &(*t)->rows[i];

			if (c->word == NULL)
				continue;
			CU_ASSERT_TRUE(prints(policy, c->word, "true"));
			*switch_of(policy, c) = false;
			CU_ASSERT_TRUE(prints(policy, c->word, "false"));
			*switch_of(policy, c) = true;
		}
	policy_free(policy);
}

/* Every broken rule is reported, not only the first. */
static void
test_several(void)
{
	struct world	*w = world_new();

	rename_to(&w->policy->request.acceptable_domains.v[0], "example");
	rename_to(&w->ksr->id, "request-1");
	rename_to(&asked(w, 7)->id, "new-2");
	asked(w, 5)->sigs[0].data[0] ^= 1;
	w->policy->ksk.ttl = 3600;
	w->policy->request.max_bundle_interval = INTERVAL - 1;
	shift(&w->previous->bundles, 1, -12 * DAY);
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-POP KSR-BUNDLE-TTL "
	    "KSR-BUNDLE-UNIQUE KSR-CHAIN-OVERLAP KSR-DOMAIN KSR-ID KSR-POLICY-BUNDLE-INTERVALS");
	world_free(w);
}

/* Each place with its line: the bundle's, or the key's or signature's where it has one. */
static void
test_places(void)
{
	struct world	*w = world_new();

	w->subject.previous = NULL;
	asked(w, 5)->sigs[0].data[0] ^= 1;
	asked(w, 5)->sigs[0].line = 555;
	rename_to(&asked(w, 7)->id, "new\n-2");
	w->policy->request.max_bundle_interval = INTERVAL - 1;
	check_request(&w->subject);
	CU_ASSERT_EQUAL_FATAL(report_count(&w->report, BROKEN), 9);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-BUNDLE-POP", "bundle 5 (new-5): key "));
	CU_ASSERT_EQUAL(w->report.findings[0].line, 555);
	CU_ASSERT_STRING_EQUAL(w->report.findings[0].input, "ksr.xml");
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, NULL, "bundle 7 (new\\x0a-2): begins P10D"));
	CU_ASSERT_EQUAL(w->report.findings[w->report.count - 1].line, 900);
	world_free(w);
}

/* The previous SKR: verified and ours, but not held to today's number of bundles. */
static void
test_previous(void)
{
	struct world	*w = world_new();

	w->policy->response.num_bundles = 6;
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	w->anchors.v[0].digest[0] ^= 1;
	CU_ASSERT_EQUAL(check_previous(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "SKR-ANCHOR");
	CU_ASSERT_EQUAL_FATAL(report_count(&w->report, BROKEN), SLOTS);
	CU_ASSERT_STRING_EQUAL(w->report.findings[0].input, "previous.xml");
	report_free(&w->report);
	w->subject.anchors = NULL;
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	earlier(w, 9)->sigs[0].data[0] ^= 1;
	CU_ASSERT_EQUAL(check_previous(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "SKR-VERIFY");
	world_free(w);
}

static void
test_show(void)
{
	const char	*a = show_duration(-90), *b = show_duration(10 * DAY), *c = show_time(0);

	CU_ASSERT_STRING_EQUAL(a, "-PT1M30S");
	CU_ASSERT_STRING_EQUAL(b, "P10D");
	CU_ASSERT_STRING_EQUAL(c, "1970-01-01T00:00:00Z");
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_sound), TEST(test_rows), TEST(test_switches), TEST(test_several),
		TEST(test_places), TEST(test_previous), TEST(test_show),
	};

	return run_tests("check", tests, sizeof(tests) / sizeof(tests[0]));
}
