#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "act/export.h"
#include "act/import.h"
#include "fixture.h"

static struct report report;

static void
clear(void)
{
	report_free(&report);
	report = (struct report)REPORT_EMPTY;
}

/* The response of this world as text, read. */
static struct textksr *
text_of(const struct world *w)
{
	struct textksr	*t = NULL;
	struct buf	 out = BUF_EMPTY;

	clear();
	CU_ASSERT_EQUAL_FATAL(export_skr(&out, w->skr, 0, w->skr->bundles.n, EXPORT_KNOT, &report),
	    ACCEPT);
	CU_ASSERT_EQUAL_FATAL(textksr_parse(&t, &out, "skr.txt", TEXT_KNOT, TEXT_SKR, NULL, &report),
	    ACCEPT);
	buf_free(&out);
	return t;
}

static struct skr *
import(const struct world *w, const struct textksr *t, const struct ksr *ksr)
{
	struct skr	*skr = NULL;

	clear();
	CU_ASSERT_EQUAL_FATAL(import_skr(&skr, t, w->policy, ksr, &report), ACCEPT);
	CU_ASSERT_EQUAL(report.count, 0);
	return skr;
}

/* Judged as check_imported and check_response do. */
static enum verdict
judged(struct world *w, const struct skr *skr, bool as_answer)
{
	struct subject	 s = w->subject;

	clear();
	s.skr = skr;
	s.report = &report;
	return as_answer ? check_response(&s) : check_imported(&s);
}

/* With the request everything comes back, names included. */
static void
test_with_request(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);
	struct skr	*skr = import(w, t, w->ksr);
	size_t		 i;

	CU_ASSERT_STRING_EQUAL(skr->id, w->ksr->id);
	CU_ASSERT_STRING_EQUAL(skr->domain, w->ksr->domain);
	CU_ASSERT_STRING_EQUAL(skr->input, "skr.txt");
	CU_ASSERT_EQUAL(skr->serial, w->ksr->serial);
	CU_ASSERT_EQUAL_FATAL(skr->bundles.n, SLOTS);
	for (i = 0; i < SLOTS; i++)
		CU_ASSERT_STRING_EQUAL(skr->bundles.v[i].id, w->ksr->bundles.v[i].id);
	CU_ASSERT_PTR_NOT_NULL(bundle_find(&w->ksr->bundles.v[0], &skr->bundles.v[0].keys[0]));
	CU_ASSERT_STRING_EQUAL(skr->bundles.v[0].keys[0].identifier,
	    bundle_find(&w->ksr->bundles.v[0], &skr->bundles.v[0].keys[0])->identifier);
	CU_ASSERT_EQUAL(skr->ksk.nalgs, 1);
	CU_ASSERT_EQUAL(judged(w, skr, false), ACCEPT);
	CU_ASSERT_EQUAL(judged(w, skr, true), ACCEPT);
	skr_free(skr);
	textksr_free(t);
	world_free(w);
}

static void
test_without_request(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);
	struct skr	*skr, *again;
	struct buf	 a = BUF_EMPTY, b = BUF_EMPTY;

	w->policy->zsk.publish_safety = 4711;
	w->policy->ksk.retire_safety = 4712;
	skr = import(w, t, NULL);
	again = import(w, t, NULL);
	CU_ASSERT(skr->zsk.publish_safety == 4711 && skr->ksk.retire_safety == 4712);
	CU_ASSERT(skr->zsk.nalgs == 1 && skr->zsk.algs[0].algorithm == ECDSAP256SHA256);
	CU_ASSERT_EQUAL(skr->serial, 0);
	CU_ASSERT(skr_write(&a, skr) == 0 && skr_write(&b, again) == 0);
	CU_ASSERT(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
	CU_ASSERT_EQUAL(judged(w, skr, false), ACCEPT);
	CU_ASSERT_EQUAL(judged(w, skr, true), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&report), "SKR-MATCH");
	buf_free(&a);
	buf_free(&b);
	skr_free(skr);
	skr_free(again);
	textksr_free(t);
	world_free(w);
}

/* How many sets there are, and which slots they stand for, is the signer's affair; all else is judged. */
static void
test_rules(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);
	struct skr	*skr = import(w, t, w->ksr);
	struct anchors	 none = ANCHORS_EMPTY;

	w->policy->response.num_bundles = 5;
	CU_ASSERT_EQUAL(judged(w, skr, false), ACCEPT);
	CU_ASSERT_EQUAL(judged(w, skr, true), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&report), "SKR-COUNT");
	skr->bundles.v[3].sigs[0].data[7] ^= 1;
	CU_ASSERT_EQUAL(judged(w, skr, false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&report), "SKR-VERIFY");
	skr->bundles.v[3].sigs[0].data[7] ^= 1;
	w->subject.anchors = &none;
	CU_ASSERT_EQUAL(judged(w, skr, false), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&report), "SKR-ANCHOR SKR-KSKS");
	w->subject.anchors = NULL;
	CU_ASSERT_EQUAL(judged(w, skr, false), ACCEPT);
	w->policy->response.validate_signatures = false;
	CU_ASSERT_EQUAL(judged(w, skr, false), ACCEPT);
	CU_ASSERT(report_has(&report, WARNING, "SKR-VERIFY", "cannot switch it off"));
	skr_free(skr);
	textksr_free(t);
	world_free(w);
}

/* The times are those of the signature, of the headers where there is none. */
static void
test_times(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);
	struct skr	*skr;

	t->sets.v[0].sigs[0].inception -= 90 * MINUTE;
	t->sets.v[1].sigs[0].expiration += DAY;
	sig_clear(&t->sets.v[2].sigs[0]);
	t->sets.v[2].nsigs = 0;
	sig_clear(&t->sets.v[8].sigs[0]);
	t->sets.v[8].nsigs = 0;
	skr = import(w, t, NULL);
	CU_ASSERT_EQUAL(skr->bundles.v[0].inception, START - 90 * MINUTE);
	CU_ASSERT_EQUAL(skr->bundles.v[0].expiration, START + VALIDITY);
	CU_ASSERT_EQUAL(skr->bundles.v[1].expiration, START + INTERVAL + VALIDITY + DAY);
	CU_ASSERT_EQUAL(skr->bundles.v[2].inception, START + 2 * INTERVAL);
	CU_ASSERT_EQUAL(skr->bundles.v[2].expiration, START + 3 * INTERVAL);
	CU_ASSERT_EQUAL(skr->bundles.v[8].expiration, skr->bundles.v[8].inception);
	CU_ASSERT_EQUAL(judged(w, skr, false), REFUSE);
	CU_ASSERT(report_has(&report, BROKEN, "SKR-VERIFY", "no signature"));
	skr_free(skr);
	textksr_free(t);
	world_free(w);
}

static void
test_algorithm(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);
	struct skr	*skr = NULL;

	clear();
	t->sets.v[3].keys[0].algorithm = 5;
	CU_ASSERT_EQUAL(import_skr(&skr, t, w->policy, NULL, &report), REFUSE);
	CU_ASSERT(skr == NULL && report_has(&report, BROKEN, NULL, "of algorithm 5, which is not"));
	textksr_free(t);
	world_free(w);
}

struct judgement {
	void		(*make)(struct world *, struct textksr *);
	const char	*text;		/* of a finding; NULL: there is none */
};

static void
nothing(struct world *w, struct textksr *t)
{
	(void)w;
	(void)t;
}

static void
early(struct world *w, struct textksr *t)
{
	(void)w;
	t->sets.v[0].sigs[0].inception++;
}

static void
late(struct world *w, struct textksr *t)
{
	(void)w;
	t->sets.v[4].sigs[0].expiration = t->sets.v[5].inception - 1;
}

static void
just(struct world *w, struct textksr *t)
{
	(void)w;
	t->sets.v[4].sigs[0].expiration = t->sets.v[5].inception;
}

static void
last(struct world *w, struct textksr *t)
{
	(void)w;
	t->sets.v[8].sigs[0].expiration = t->sets.v[8].inception - 1;
}

static void
second(struct world *w, struct textksr *t)
{
	late(w, t);
	*bundle_add_sig(&t->sets.v[4]) = (struct sig){
		.inception = t->sets.v[4].inception, .expiration = t->sets.v[5].inception
	};
}

static void
fewer(struct world *w, struct textksr *t)
{
	(void)w;
	key_clear(&t->sets.v[1].keys[0]);
	t->sets.v[1].keys[0] = t->sets.v[1].keys[--t->sets.v[1].nkeys];
}

static void
more(struct world *w, struct textksr *t)
{
	(void)t;
	w->ksr->bundles.v[1].nkeys--;
}

/* A change that the request alone has. */
static void
between(struct world *w, struct textksr *t)
{
	(void)w;
	t->sets.v[8].inception += DAY;
	t->sets.v[8].sigs[0].inception += DAY;
	t->sets.v[7].expiration += DAY;
}

/* A change that the response alone has, and no key with it. */
static void
resigned(struct world *w, struct textksr *t)
{
	(void)t;
	w->ksr->bundles.n = 7;
	w->ksr->bundles.v[6].nkeys = w->ksr->bundles.v[7].nkeys;
}

static void
begins(struct world *w, struct textksr *t)
{
	(void)t;
	w->ksr->bundles.v[0].inception--;
}

static void
test_judge(void)
{
	static const struct judgement all[] = {
		{ nothing, NULL }, { early, "no signature holds from 2030-01-01T00:00:00Z" },
		{ late, "the time of its header, until the next, 2030-02-20T00:00:00Z" },
		{ just, NULL }, { last, "no signature holds at 2030-03-22T00:00:00Z" },
		{ second, NULL }, { fewer, "was requested for 2030-01-11T00:00:00Z and is missing" },
		{ more, "stands there at 2030-01-11T00:00:00Z and was not requested" },
		{ between, "was requested for 2030-03-22T00:00:00Z and is missing" },
		{ resigned, "stands there at 2030-03-22T00:00:00Z and was not requested" },
		{ begins, "begins at 2030-01-01T00:00:00Z, the request at 2029-12-31T23:59:59Z" },
	};
	size_t		 i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct world	*w = world_new();
		struct textksr	*t = text_of(w);
		size_t		 nkeys = w->ksr->bundles.v[1].nkeys, n = w->ksr->bundles.n;
		enum verdict	 v;

		all[i].make(w, t);
		v = import_judge(t, &w->ksr->bundles, &report);
		w->ksr->bundles.v[1].nkeys = nkeys;
		w->ksr->bundles.n = n;
		CU_ASSERT_EQUAL(v, all[i].text == NULL ? ACCEPT : REFUSE);
		if (all[i].text == NULL ? report_count(&report, BROKEN) != 0 :
		    !report_has(&report, BROKEN, NULL, all[i].text)) {
			report_print(&report, "test_import", stderr);
			CU_FAIL("another judgement");
		}
		textksr_free(t);
		world_free(w);
	}
	clear();
}

/* Without a request only the times; a response that ends early is a warning. */
static void
test_end(void)
{
	struct world	*w = world_new();
	struct textksr	*t = text_of(w);

	CU_ASSERT_EQUAL(import_judge(t, NULL, &report), ACCEPT);
	CU_ASSERT_EQUAL(import_judge(t, &w->previous->bundles, &report), REFUSE);
	clear();
	CU_ASSERT_EQUAL(import_judge(t, &w->ksr->bundles, &report), ACCEPT);
	CU_ASSERT_EQUAL(report.count, 0);
	t->sets.v[8].sigs[0].expiration--;
	CU_ASSERT_EQUAL(import_judge(t, &w->ksr->bundles, &report), ACCEPT);
	CU_ASSERT(report_has(&report, WARNING, NULL, "it ends at "));
	clear();
	textksr_free(t);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_with_request), TEST(test_without_request), TEST(test_rules), TEST(test_times),
		TEST(test_algorithm), TEST(test_judge), TEST(test_end),
	};

	return run_tests("import", tests, sizeof(tests) / sizeof(tests[0]));
}
