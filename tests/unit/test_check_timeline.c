#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"

static struct delays delays = { 6 * DAY, HOUR, HOUR };

/* A world of which SKR-TIMELINE is asked; the request, which it may not fit, is away. */
static void
ask(struct world *w)
{
	delays = (struct delays){ 6 * DAY, HOUR, HOUR };
	w->subject.delays = &delays;
	w->subject.ksr = NULL;
}

static void
as_made(struct world *w)
{
	ask(w);
}

static void
without_previous(struct world *w)
{
	ask(w);
	w->subject.previous = NULL;
}

/* The retiring ZSK stands in slot 1, ten days. */
static void
ttl_just(struct world *w)
{
	ask(w);
	delays.ttl = 10 * DAY - HOUR;
}

static void
ttl_more(struct world *w)
{
	ask(w);
	delays.ttl = 10 * DAY - HOUR + 1;
}

static void
ttl_unknown_before(struct world *w)	/* who signed before is not known */
{
	without_previous(w);
	delays.ttl = 30 * DAY;
}

static void
skew_most(struct world *w)		/* 21 days, served for ten of them after so long */
{
	without_previous(w);
	delays.skew = 11 * DAY - HOUR;
}

static void
skew_more(struct world *w)
{
	without_previous(w);
	delays.skew = 11 * DAY - HOUR + 1;
}

static void
skew_too_long(struct world *w)		/* no set could be served */
{
	without_previous(w);
	delays.skew = 30 * DAY;
}

/* The next ZSK stands in the last slot before, ten days. */
static void
propagation_more(struct world *w)
{
	ask(w);
	delays.ttl = 0;
	delays.propagation = 9 * DAY;
}

/* In slot 1 it is too late to publish the key that is read as active there. */
static void
late(struct world *w)
{
	ask(w);
	drop_key(earlier(w, SLOTS), 1);
	sign_response(w, w->previous);
	w->policy->request.check_chain_keys = false;
}

static void
gone(struct world *w)
{
	ask(w);
	change_key(answered(w, 5), 0, &w->pairs[ZSK_NEXT].key);
	sign_response(w, w->skr);
}

static void
doubtful(struct world *w)
{
	ask(w);
	put_key(answered(w, 5), &w->pairs[ZSK_NEXT].key);
	put_key(answered(w, 5), &w->pairs[ZSK_OLD].key);
	sign_response(w, w->skr);
}

/* In doubt in the last slot of the response before, whose signatures are still held. */
static void
doubtful_before(struct world *w)
{
	ask(w);
	put_key(earlier(w, SLOTS), &w->pairs[ZSK_NEXT].key);
	sign_response(w, w->previous);
	w->policy->request.check_chain_keys = false;
}

static void
doubtful_long_before(struct world *w)	/* as of which nothing is held */
{
	ask(w);
	put_key(earlier(w, 5), &w->pairs[ZSK_NEXT].key);
	put_key(earlier(w, 5), &w->pairs[ZSK_NOW].key);
	sign_response(w, w->previous);
}

static void
use(struct world *w, const char *text)
{
	ask(w);
	w->subject.zsk_uses = w->zsk_uses = must(zsk_uses_load(work_file("use", text, strlen(text)),
	    &w->report));
}

/* A file that fits: the key of the pair is called as the fixture calls it. */
static void
stated(struct world *w, const char *last)
{
	char	 text[512];

	snprintf(text, sizeof(text), "%s - 2030-01-01T00:00:00Z\n%s 2030-01-01T00:00:00Z %s\n",
	    w->pairs[ZSK_OLD].key.identifier, w->pairs[ZSK_NOW].key.identifier, last);
	use(w, text);
}

static void
stated_well(struct world *w)
{
	stated(w, "-");
}

static void
stated_gap(struct world *w)
{
	stated(w, "2030-03-01T00:00:00Z");
}

static void
stated_nobody(struct world *w)
{
	stated(w, "-\nnobody - -");
}

static void
expires(struct world *w, int64_t after)
{
	ask(w);
	answered(w, 4)->expiration = answered(w, 5)->inception + after;
	sign_response(w, w->skr);
}

static void
expires_just(struct world *w)
{
	expires(w, 2 * HOUR);
}

static void
expires_early(struct world *w)
{
	expires(w, 2 * HOUR - 1);
}

static void
last_before_expires(struct world *w)
{
	ask(w);
	earlier(w, SLOTS)->expiration = START + 2 * HOUR - 1;
	sign_response(w, w->previous);
	w->policy->request.check_chain_overlap = false;
}

static void
anchor_until(struct world *w, int64_t until)
{
	ask(w);
	w->anchors.v[0].valid_until = until;
}

static void
anchor_to_the_end(struct world *w)
{
	anchor_until(w, answered(w, SLOTS)->expiration);
}

static void
anchor_ends(struct world *w)
{
	anchor_until(w, answered(w, SLOTS)->expiration - 1);
}

static void
anchor_begins(struct world *w)		/* after the first set is served */
{
	ask(w);
	w->subject.previous = NULL;
	w->anchors.v[0].valid_from = START + HOUR + 1;
	w->policy->response.check_skr_anchor = false;
}

/* Two anchors of one key, of which the one begins as the other ends. */
static void
anchors_in_turn(struct world *w)
{
	anchor_until(w, START + 50 * DAY);
	w->anchors.v = must(reallocarray(w->anchors.v, 2, sizeof(*w->anchors.v)));
	w->anchors.v[1] = w->anchors.v[0];
	w->anchors.v[1].name = copy_of("again");
	w->anchors.v[1].valid_from = START + 50 * DAY;
	w->anchors.v[1].valid_until = INT64_MAX;
	w->anchors.n = 2;
}

static void
no_anchor(struct world *w)
{
	ask(w);
	w->subject.anchors = NULL;
}

/* The other KSK is published, and from slot 5 on signs beside the revoked form of the first. */
static void
revoked(struct world *w, bool both)
{
	struct key	 k = revoked_key(&w->pairs[KSK].key);
	size_t		 i, j;

	ask(w);
	w->subject.anchors = &w->expected;
	for (i = 1; i <= SLOTS; i++) {
		struct bundle	*b = answered(w, i);

		put_key(b, &w->pairs[KSK_OTHER].key);
		put_key(earlier(w, i), &w->pairs[KSK_OTHER].key);
		for (j = 0; i >= 5 && j < b->nkeys; j++)
			if (key_same(&b->keys[j], &w->pairs[KSK].key))
				change_key(b, j, &k);
	}
	sign_response(w, w->previous);
	sign_response(w, w->skr);
	for (i = both ? 1 : 5; i <= SLOTS; i++) {
		if (i >= 5) {
			drop_sig(answered(w, i), 0);
			put_sig(answered(w, i), &w->pairs[KSK], &k, ".");
		}
		put_sig(answered(w, i), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
	}
	w->policy->request.check_keys_retire_safety = false;
	w->policy->request.check_keys_publish_safety = false;
}

static void
revoked_alone(struct world *w)
{
	revoked(w, false);
}

static void
revoked_beside(struct world *w)
{
	revoked(w, true);
}

/* Said by this rule only where no other one says it. */
static void
disorder(struct world *w)
{
	struct bundle	 b = *answered(w, 4);

	ask(w);
	*answered(w, 4) = *answered(w, 5);
	*answered(w, 5) = b;
	w->policy->request.check_keys_retire_safety = false;
	w->policy->request.check_keys_publish_safety = false;
}

static const struct fault faults[] = {
#define L(make)	S("SKR-TIMELINE", "check_skr_timeline", make)
#define F(make)	FINE(check_response, make)
	F(as_made), F(without_previous), F(ttl_just), L(ttl_more), F(ttl_unknown_before),
	F(skew_most), L(skew_more), L(skew_too_long), L(propagation_more), L(late), L(gone),
	L(doubtful), L(doubtful_before), F(doubtful_long_before), F(stated_well), L(stated_gap),
	L(stated_nobody), F(expires_just), L(expires_early), L(last_before_expires),
	F(anchor_to_the_end), L(anchor_ends), L(anchor_begins), F(anchors_in_turn), F(no_anchor),
	L(revoked_alone), F(revoked_beside), L(disorder),
};

static void
test_faults(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		CU_ASSERT_TRUE(fault_holds(&faults[i]));
	CU_ASSERT_TRUE(faults_cover(&timeline_rules, check_response, faults,
	    sizeof(faults) / sizeof(faults[0])));
}

/* Not asked for: not judged, and not a word. */
static void
test_not_asked(void)
{
	struct world	*w = world_new();

	gone(w);
	w->subject.delays = NULL;
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(w->report.count, 0);
	world_free(w);
}

/* What is said: both sides, their times, the key and the bundle whose set lacks it. */
static void
test_facts(void)
{
	struct world	*w = world_new();

	ttl_more(w);
	CU_ASSERT_EQUAL(check_response(&w->subject), REFUSE);
	CU_ASSERT_EQUAL(w->report.count, 1);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "SKR-TIMELINE",
	    "at 2030-01-11T01:00:00Z a cache may hold a signature by key "));
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "SKR-TIMELINE",
	    "served at 2030-01-01T00:59:59Z, and this set, served at 2030-01-11T01:00:00Z, in which"));
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "SKR-TIMELINE", "bundle 2 ("));
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_faults), TEST(test_not_asked), TEST(test_facts),
	};

	return run_tests("check_timeline", tests, sizeof(tests) / sizeof(tests[0]));
}
