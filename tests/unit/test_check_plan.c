#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"
#include "judge/parent.h"
#include "judge/plan.h"
#include "letters.h"
#include "model/ds.h"

#define TRUST_WORD	"ksk_policy.check_plan_trust"
#define REVOKE_WORD	"ksk_policy.check_plan_revoke"
#define SIZE_WORD	"ksk_policy.check_plan_size"

/*
 * Slots as letters.h says, which have a TTL of an hour: the active refresh is an hour, a new key is
 * trusted 30 days and an hour after the last set without it.
 */
struct scenario {
	const char	*trust;		/* the anchors, a letter each; NULL: none given */
	const char	*before;	/* slots of the previous SKR; NULL: --first */
	const char	*judged;
	const char	*text;		/* a part of the one finding; NULL: none */
};

static void
set(struct stage *g, const char *before, const char *judged)
{
	set_stage(g, before, judged, DNSKEY_KSK);
	CU_ASSERT_EQUAL_FATAL(dname_parse(&g->skr.name, "."), 0);
}

static void
add_anchors(struct anchors *anchors, const char *letters)
{
	char		 name[] = "anchor";
	struct anchor	 a = {
		.valid_from = INT64_MIN, .valid_until = INT64_MAX, .name = name,
	};
	struct key	 k;

	dname_parse(&a.owner, ".");
	for (; letters != NULL && *letters != '\0'; letters++) {
		k = letter_key(*letters, DNSKEY_KSK);
		a.tag = key_tag(&k);
		a.algorithm = k.algorithm;
		if (key_ds(a.digest, &k, &a.owner) == -1 || anchors_add(anchors, &a) == -1)
			exit(1);
	}
}

/* The verdict of this row alone, and where the rule is broken that one line. */
static bool
says(struct stage *g, const char *word, const char *text)
{
	const char	*rule = strcmp(word, TRUST_WORD) == 0 ? "PLAN-TRUST" :
	    strcmp(word, REVOKE_WORD) == 0 ? "PLAN-REVOKE" : "PLAN-SIZE";
	enum verdict	 v = row_of(rule, word)->judge(&g->subject);
	bool		 good = v == (text == NULL ? ACCEPT : REFUSE) &&
	    report_verdict(&g->report) == v &&
	    (text == NULL || report_has(&g->report, BROKEN, rule, text));

	if (!good)
		report_print(&g->report, "plan", stdout);
	return good;
}

static bool
comes_out(const struct scenario *c, const char *word)
{
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;
	bool		 good;

	set(&g, c->before, c->judged);
	add_anchors(&trust, c->trust);
	if (c->trust != NULL)
		g.subject.trust = &trust;
	if (!(good = says(&g, word, c->text)))
		printf("[%s / %s]\n", c->before == NULL ? "" : c->before, c->judged);
	anchors_clear(&trust);
	clear_stage(&g);
	return good;
}

#define NONE(slot, algorithm) \
	"bundle " #slot " (slot): no trusted key of algorithm " #algorithm " signs"
#define SIX(letters)	letters " " letters " " letters " " letters " " letters " " letters

static const struct scenario trust_scenarios[] = {
	{ "A", NULL, "A* A* A*", NULL },
	{ NULL, NULL, "A* A* A*", NULL },
	{ NULL, "A* A* A*", "A* A* A*", NULL },
	{ "A", "A* A* A*", "A* A* A*", NULL },
	/* B stands from START on; the last set without it ends on 12 January. */
	{ NULL, "A* A* A*", "A*B A*B A*B A*B A*B B*", NULL },
	{ NULL, "A* A* A*", "A*B A*B A*B A*B B* A*B", NONE(5, 13) " at its inception; key 66 (B) "
	    "does, which is trusted from 2030-02-11T01:00:00Z on if it stays" },
	{ "A", NULL, "A* A*B A*B A*B A*B A*B A*B", NULL },
	{ "A", NULL, "A* A*B A*B A*B A*B B* A*", NONE(6, 13) },
	{ "A", NULL, "A* A*B A*B A*B A*B A*B A*B B*", NULL },
	/* From the start, and nobody knows since when: in the slot before, perhaps, not. */
	{ "A", NULL, "A*B A*B A*B A*B A*B A*B B*", NULL },
	{ "A", NULL, "A*B A*B A*B A*B A*B B*", NONE(6, 13) },
	{ "A", NULL, "B* A*", NONE(1, 13) },
	{ NULL, NULL, "A*B B*", NONE(2, 13) },
	{ "AB", NULL, "A*B B* A*", NULL },
	{ NULL, SIX("A*B"), "B* B*", NULL },
	{ NULL, SIX("AB*"), "A*B B*", NULL },
	{ NULL, "A*B A*B A*B A*B", "B* B*", NONE(1, 13) },
	/* The previous SKR's last signers, not its first. */
	{ NULL, "A* A* B*", "B* B*", NULL },
	{ NULL, "A* A* B*", "A* B*", NONE(1, 13) },
	/* Who signs besides matters not. */
	{ NULL, "A* A*", "A*B* A*C* A*D*", NULL },
	/* Not throughout: the wait begins anew. */
	{ NULL, "A* A* A*", "A*B A*B A*B A* A*B A*B B*", NONE(7, 13) },
	{ NULL, "A* A* A*", "A*B A*B A*B A* A*B A*B A*B A*B A*B B*", NULL },
	/* Trusted, and missing for a while. */
	{ NULL, SIX("A*B"), "A*B A* B*", NULL },
	/* A revoked key is nobody's; what it signs counts no more. */
	{ NULL, SIX("A*B"), "A!B* A!B* B*", NULL },
	{ NULL, "A* A* A*B", "A!B* A!B* B*", "bundle 1 (slot): no key is trusted" },
	{ "AB", "A!B* B* B*", "A* B* B*", NONE(1, 13) },
	{ NULL, SIX("A*B"), "A~B* B* A*", NONE(3, 13) },
	{ NULL, "A* A*", "A! A!", "bundle 1 (slot): no key is trusted at its inception" },
	{ "A", NULL, "A! A!", "bundle 2 (slot): no key is trusted at its inception" },
	/* Who does not stand there does not help. */
	{ "A", NULL, "A^B*", NONE(1, 13) },
	/* Each algorithm that is trusted. */
	{ "Aa", NULL, "A*a* A*a*", NULL },
	{ "Aa", NULL, "A*a* A*a", NONE(2, 15) },
	{ "Aa", NULL, "A*a* A*", NONE(2, 15) },
	{ "Aa", NULL, "A* A*", NONE(1, 15) },
	{ "A", NULL, "A*a* A*a", NULL },		/* which SKR-ALG judges */
	{ NULL, "A*a* A*a*", "A*a* A*", NONE(2, 15) },
	{ NULL, "A*a* A*a*", "A*a! A*", NULL },
	{ "Aa", "A*a* A*a*", "A*a! A*", NULL },
	{ "Aaa", "A*a* A*a*", "A*a! A*", NULL },	/* named twice, revoked all the same */
	{ NULL, "A*a* A*a*", "A*a*b* A*b*", NONE(2, 15) },
	{ NULL, "A* A*", "A*a* A*a* A*a* A*a* A*a* A*a* A*", NONE(7, 15) },
	{ NULL, "A* A*", "A*a* A*a* A*a* A*a* A*", NULL },
	{ "C", NULL, "A* A*", NONE(1, 13) },
};

static void
test_trust(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(trust_scenarios) / sizeof(trust_scenarios[0]); i++)
		CU_ASSERT_TRUE(comes_out(&trust_scenarios[i], TRUST_WORD));
}

/* A second too early, and none; the waits with long TTLs and short validity. */
static void
test_trust_edges(void)
{
	static const struct { int64_t ttl, validity, wait; } cases[] = {
		{ 3600, 21 * DAY, 30 * DAY + HOUR },
		{ 2 * DAY, 21 * DAY, 31 * DAY },
		{ 2 * DAY, 12 * HOUR, 30 * DAY + 6 * HOUR },
		{ 2 * DAY, 1 * HOUR, 30 * DAY + HOUR },
		{ 31 * DAY, 21 * DAY, 31 * DAY + 21 * DAY / 2 },
		{ 100 * DAY, 100 * DAY, 115 * DAY },
	};
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;
	struct bundle	*b;
	size_t		 i, j, m;
	int		 early;

	add_anchors(&trust, "A");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (early = 0; early < 2; early++) {
			set(&g, NULL, "A* A*B A*B B*");
			g.subject.trust = &trust;
			b = g.skr.bundles.v;
			for (j = 0; j < 4; j++) {
				b[j].expiration = b[j].inception + cases[i].validity;
				for (m = 0; m < b[j].nkeys; m++)
					b[j].keys[m].ttl = (uint32_t)cases[i].ttl;
			}
			b[3].inception = b[0].expiration + cases[i].wait - early;
			b[3].expiration = b[3].inception + cases[i].validity;
			if (b[3].inception <= b[2].inception)
				b[1].inception = b[0].inception + 1, b[2].inception = b[0].inception + 2;
			CU_ASSERT_TRUE(says(&g, TRUST_WORD, early ? NONE(4, 13) : NULL));
			clear_stage(&g);
		}
	anchors_clear(&trust);
}

/* An anchor of trust-anchor XML holds for a time. */
static void
test_trust_anchors(void)
{
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;
	int		 how;

	for (how = 0; how < 5; how++) {
		set(&g, NULL, "A* A*");
		add_anchors(&trust, "A");
		g.subject.trust = &trust;
		trust.v[0].valid_from = how == 1 ? START : how == 2 ? START + 1 : INT64_MIN;
		trust.v[0].valid_until = how == 3 ? START + INTERVAL + 1 :
		    how == 4 ? START + INTERVAL : INT64_MAX;
		CU_ASSERT_TRUE(says(&g, TRUST_WORD, how == 2 ? "bundle 1 (slot): no key is trusted" :
		    how == 4 ? "bundle 2 (slot): no key is trusted" : NULL));
		anchors_clear(&trust);
		clear_stage(&g);
	}
	/* Of another zone it is none of ours. */
	set(&g, NULL, "A* A*");
	add_anchors(&trust, "Aa");
	dname_parse(&trust.v[1].owner, "example.");
	g.subject.trust = &trust;
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, NULL));
	anchors_clear(&trust);
	clear_stage(&g);
}

/* Two anchors of one key: trusted while any of them is in force, in whatever order they stand. */
static void
test_trust_in_turn(void)
{
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;
	int		 order, late;

	for (order = 0; order < 2; order++)
		for (late = 0; late < 2; late++) {
			set(&g, NULL, "A* A*");
			add_anchors(&trust, "AA");
			g.subject.trust = &trust;
			trust.v[order].valid_until = START + INTERVAL;
			trust.v[1 - order].valid_from = START + INTERVAL + late;
			CU_ASSERT_TRUE(says(&g, TRUST_WORD, late == 0 ? NULL :
			    "bundle 2 (slot): no key is trusted"));
			anchors_clear(&trust);
			clear_stage(&g);
		}
}

/* Nobody to ask: who signs first is trusted, and that is said. */
static void
test_trust_first(void)
{
	struct stage	 g;

	set(&g, NULL, "A* A*");
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, NULL));
	CU_ASSERT_TRUE(report_has(&g.report, WARNING, "PLAN-TRUST", "taken for trusted"));
	clear_stage(&g);
	set(&g, "A* A*", "A* A*");
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, NULL));
	CU_ASSERT_EQUAL(g.report.count, 0);
	clear_stage(&g);
}

/* What the parent publishes: "letter from until" a line, a TTL of a day; good until the next call. */
static const char *
parent_file(const char *lines)
{
	struct buf	 out = BUF_EMPTY;
	const char	*path;
	struct dname	 root;
	struct ds	 ds;
	struct key	 k;
	char		 letter, from[32], until[32];
	int		 used;

	dname_parse(&root, ".");
	if (buf_puts(&out, "# from until record\n") == -1)
		exit(1);
	for (; sscanf(lines, " %c %31s %31s%n", &letter, from, until, &used) == 3; lines += used) {
		k = letter_key(letter, DNSKEY_KSK);
		if (ds_make(&ds, &k, &root, letter == 'B' ? DS_SHA384 : DS_SHA256) == -1 ||
		    buf_printf(&out, "%s %s ", from, until) == -1 ||
		    ds_print(&out, &ds, "DS", DAY) == -1)
			exit(1);
	}
	path = work_file("parent", (const char *)out.data, out.len);
	buf_free(&out);
	return path;
}

struct published {
	const char	*parent;
	const char	*judged;
	const char	*text;		/* of PLAN-TRUST; NULL: none */
	const char	*alg;		/* of SKR-ALG; NULL: none */
};

/* START is 2030-01-01, slots begin on 01-01, 01-11, 01-21; the DNSKEY TTL is an hour. */
#define SWAP(when)	"A - " when "\nB " when " -\n"
#define MIDST		SWAP("2030-01-16T00:00:00Z")
#define JOIN(when)	"A - -\na " when " -\n"

static const struct published published[] = {
	{ "A - -", "A* A*", NULL, NULL },
	{ "A - -", "A*B A*B", NULL, NULL },
	{ "A - -", "B* B*", "bundle 1 (slot): resolvers may hold the DS set that the parent "
	    "publishes at 2029-12-31T00:00:00Z, and no key of algorithm 13 that it names signs",
	    NULL },
	{ "A - -", "AB*", "no key of algorithm 13 that it names", NULL },
	{ "A - -", "A!B*", "no key of algorithm 13 that it names", NULL },
	{ "A - -", "A^B*", "no key of algorithm 13 that it names", NULL },
	{ "A - -\nB - -", "A* B*", NULL, NULL },
	/* Swapped at once, in the midst of slot 2. */
	{ MIDST, "A*B* A*B* A*B*", NULL, NULL },
	{ MIDST, "A* A*B* B*", NULL, NULL },
	{ MIDST, "A* A* B*", "bundle 2 (slot): resolvers may hold the DS set that the parent "
	    "publishes at 2030-01-16T00:00:00Z", NULL },
	{ MIDST, "A* B* B*", "bundle 2 (slot): resolvers may hold the DS set that the parent "
	    "publishes at 2030-01-10T00:00:00Z", NULL },
	/* A resolver holds the old DS set for a day ... */
	{ SWAP("2030-01-20T00:00:00Z"), "A*B* A*B* B*", NULL, NULL },
	{ SWAP("2030-01-20T00:00:01Z"), "A*B* A*B* B*", "bundle 3 (slot): ", NULL },
	/* ... and the old keys for an hour. */
	{ SWAP("2030-01-11T01:00:00Z"), "A* A*B* B*", NULL, NULL },
	{ SWAP("2030-01-11T00:59:59Z"), "A* A*B* B*", "bundle 1 (slot): ", NULL },
	/* What comes after the last inception is not judged yet. */
	{ SWAP("2030-01-21T01:00:00Z"), "A* A* A*", NULL, NULL },
	{ SWAP("2030-01-21T00:59:59Z"), "A* A* A*", "bundle 2 (slot): ", NULL },
	{ SWAP("2030-01-21T00:00:00Z"), "A* A* A*", "bundle 3 (slot): ", NULL },
	/* Algorithms. */
	{ "A - -\na - -", "A*a* A*a*", NULL, NULL },
	{ "A - -\na - -", "A*a* A*", "bundle 2 (slot): resolvers may",
	    "bundle 2 (slot): the DS of tag " },
	{ "A - -\na - -", "A*a* A*b*", "bundle 2 (slot): ", NULL },
	{ "A - -\na - -", "A*a* A*a^", "bundle 2 (slot): ", NULL },
	{ JOIN("2030-01-11T01:00:00Z"), "A* A*a*", NULL, NULL },
	{ JOIN("2030-01-11T00:59:59Z"), "A* A*a*", "bundle 1 (slot): ",
	    "is of algorithm 15, and no key of that algorithm signs" },
	{ "a - 2030-01-10T00:00:00Z\nA - -", "A*a* A*", NULL, NULL },
	{ "a - 2030-01-10T00:00:01Z\nA - -", "A*a* A*", "bundle 2 (slot): ", "bundle 2 (slot): " },
};

static void
test_parent(void)
{
	const struct check *alg = row_of("SKR-ALG", "response_policy.check_skr_alg");
	struct parent	*p;
	struct stage	 g;
	size_t		 i;

	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		const struct published *c = &published[i];

		set(&g, NULL, c->judged);
		p = parent_load(parent_file(c->parent), &g.report);
		CU_ASSERT_PTR_NOT_NULL_FATAL(p);
		g.policy->trust = TRUST_DS;
		g.subject.parent = p;
		CU_ASSERT_TRUE(says(&g, TRUST_WORD, c->text));
		CU_ASSERT_EQUAL(report_count(&g.report, WARNING), 0);
		report_free(&g.report);
		CU_ASSERT_EQUAL(alg->judge(&g.subject), c->alg == NULL ? ACCEPT : REFUSE);
		CU_ASSERT_EQUAL(g.report.count, c->alg != NULL);
		CU_ASSERT_TRUE(c->alg == NULL || report_has(&g.report, BROKEN, "SKR-ALG", c->alg));
		parent_free(p);
		clear_stage(&g);
	}
}

/* Without a DS there is nothing to be bogus by; without --ds nothing can be told. */
static void
test_insecure(void)
{
	static const char *const none[] = { "", "A 2030-01-11T00:00:00Z -",
	    "A - 2030-01-20T23:59:59Z" };
	struct parent	*p;
	struct stage	 g;
	size_t		 i;

	for (i = 0; i < 3; i++) {
		set(&g, NULL, "A* A* A*");
		g.policy->trust = TRUST_DS;
		CU_ASSERT_PTR_NOT_NULL_FATAL(p = parent_load(parent_file(none[i]), &g.report));
		g.subject.parent = p;
		CU_ASSERT_TRUE(says(&g, TRUST_WORD, NULL));
		CU_ASSERT_TRUE(report_has(&g.report, WARNING, "PLAN-TRUST", i < 2 ?
		    "no DS at 2030-01-01T00:00:00Z: the zone is insecure" :
		    "no DS at 2030-01-20T23:59:59Z: the zone is insecure"));
		parent_free(p);
		clear_stage(&g);
	}
	/* Of another zone. */
	set(&g, NULL, "A* A* A*");
	g.policy->trust = TRUST_DS;
	p = parent_load(parent_file("A - -"), &g.report);
	dname_parse(&g.skr.name, "example.");
	g.subject.parent = p;
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, NULL));
	CU_ASSERT_EQUAL(report_count(&g.report, WARNING), 1);
	g.subject.parent = NULL;
	CU_ASSERT_EQUAL(row_of("PLAN-TRUST", TRUST_WORD)->judge(&g.subject), FAULT);
	parent_free(p);
	clear_stage(&g);
}

static const struct scenario revoke_scenarios[] = {
	{ NULL, "A*B A*B", "A*B A*B", NULL },
	/* The last set without the revocation ends on 12 January. */
	{ NULL, "A*B A*B", "A!B* A!B* B*", NULL },
	{ NULL, "A*B A*B", "A!B* B* B*", "bundle 2 (slot): the revoked key" },
	{ NULL, "A*B A*B", "A!B* B* B*", "(A) is gone before 2030-01-12T01:00:00Z" },
	{ NULL, "A*B A*B", "A!B* B* A!B*", "bundle 2 (slot): the revoked key" },
	{ NULL, NULL, "A*B A!B* A!B* B*", NULL },
	{ NULL, NULL, "A*B A!B* B* B*", "bundle 3 (slot): the revoked key" },
	/* The previous SKR counts; what it did itself is not judged again. */
	{ NULL, "A*B A!B*", "A!B* B*", NULL },
	{ NULL, "A*B A!B*", "B* B*", "bundle 1 (slot): the revoked key" },
	{ NULL, "A*B A!B* B*", "A!B* B*", NULL },
	{ NULL, SIX("A!B*"), "B* B*", NULL },
	{ NULL, SIX("A~B*"), "B* B*", NULL },
	/* Not unrevoked any more. */
	{ NULL, "A*B A*B", "A!B* A!B* AB*", "bundle 3 (slot): key" },
	{ NULL, "A*B A*B", "A!B* A!B* A*B*", "(A) stands unrevoked, and was revoked" },
	{ NULL, "A!B* A!B* B*", "AB* B*", "bundle 1 (slot): key" },
	{ NULL, "A!B* A!B* B*", "B* A*B*", "bundle 2 (slot): key" },
	{ NULL, NULL, "AA!B* A!B*", "bundle 1 (slot): key" },
	{ NULL, "A!B* A!B* B*", "A!B* B*", NULL },
	/* Nobody is revoked by what somebody else signs. */
	{ NULL, "A*B A*B", "A~B* A!B* B*", "bundle 1 (slot): key" },
	{ NULL, "A*B A*B", "A!B* A~B* B*", "is revoked, and does not sign" },
	{ NULL, "A*B*C A*B*C", "A!B*C A!B!C* A!B!C* C*", NULL },
	{ NULL, "A*B*C A*B*C", "A!B*C A!B!C* C* C*", "bundle 3 (slot): the revoked key" },
};

static void
test_revoke(void)
{
	size_t	 i;

	for (i = 0; i < sizeof(revoke_scenarios) / sizeof(revoke_scenarios[0]); i++)
		CU_ASSERT_TRUE(comes_out(&revoke_scenarios[i], REVOKE_WORD));
}

static void
test_revoke_edge(void)
{
	struct stage	 g;
	int		 early;

	for (early = 0; early < 2; early++) {
		set(&g, "A*B A*B", "A!B* B* B*");
		g.skr.bundles.v[1].inception =
		    g.previous.bundles.v[1].expiration + HOUR - early;
		CU_ASSERT_TRUE(says(&g, REVOKE_WORD, early ? "bundle 2 (slot): " : NULL));
		clear_stage(&g);
	}
}

/* A key that was revoked before what the previous SKR tells. */
static void
test_revoke_history(void)
{
	char		 id[] = "request-9", before[] = "request-8";
	struct history_line line = { START, "request-1", NULL, NULL, NULL, 1, NULL };
	unsigned char	 digest[DIGEST_SIZE] = { 0 }, revoked[1][DIGEST_SIZE];
	const char	*path = work_file("history", "", 0);
	struct key	 k = letter_key('A', DNSKEY_KSK);
	struct history	*h;
	struct stage	 g;
	int		 how;

	set(&g, "B* B*", "A!B* AB* B*");
	line.ksr = line.skr = digest;
	line.revoked = (const unsigned char (*)[DIGEST_SIZE])revoked;
	CU_ASSERT_EQUAL_FATAL(key_ds(revoked[0], &k, &g.skr.name), 0);
	clear_stage(&g);
	for (how = 0; how < 3; how++) {
		set(&g, "B* B*", "B* AB* B*");
		g.skr.id = id;
		g.previous.id = before;
		CU_ASSERT_TRUE(says(&g, REVOKE_WORD, NULL));
		g.previous.digest[0] = how == 1;	/* another answer than that of the history */
		line.id = how == 0 ? "request-1" : "request-8";
		fclose(fopen(path, "w"));
		CU_ASSERT_EQUAL_FATAL(history_append(path, &line, &g.report), ACCEPT);
		CU_ASSERT_PTR_NOT_NULL_FATAL(h = history_load(path, &g.report));
		g.subject.history = h;
		CU_ASSERT_TRUE(says(&g, REVOKE_WORD, how == 1 ? NULL :
		    "(A) stands unrevoked, and was revoked"));
		CU_ASSERT_EQUAL(g.report.count, how != 1);
		history_free(h);
		clear_stage(&g);
	}
}

struct sized {
	const char	*zone;
	const char	*judged;
	unsigned	 bytes;		/* of the first slot */
};

/* A key takes 46 bytes and its owner, a signature 92, its owner and the signer. */
static const struct sized sized[] = {
	{ ".", "A*", 12 + 5 + 11 + 47 + 94 },
	{ ".", "A*B", 12 + 5 + 11 + 2 * 47 + 94 },
	{ ".", "A*B*", 12 + 5 + 11 + 2 * 47 + 2 * 94 },
	{ ".", "A*b!", 12 + 5 + 11 + 2 * 47 + 2 * 94 },
	{ ".", "A*B^", 12 + 5 + 11 + 47 + 2 * 94 },
	{ "a.", "A*", 12 + 7 + 11 + 48 + 94 + 3 },
	{ "ceremony.example.", "A*B*", 12 + 22 + 11 + 2 * 48 + 2 * (94 + 18) },
};

static void
test_size(void)
{
	const struct key extra = letter_key('B', DNSKEY_KSK);
	struct stage	 g;
	char		 text[128];
	size_t		 i;
	int		 how;

	for (i = 0; i < sizeof(sized) / sizeof(sized[0]); i++)
		for (how = 0; how < 3; how++) {
			set(&g, NULL, sized[i].judged);
			CU_ASSERT_EQUAL(dname_parse(&g.skr.name, sized[i].zone), 0);
			g.subject.extra = &extra;
			g.subject.nextra = 1;
			g.policy->max_response_size = sized[i].bytes - (how > 0);
			g.policy->hard_response_size = sized[i].bytes - (how > 1);
			snprintf(text, sizeof(text), "bundle 1 (slot): the DNSKEY answer takes %u "
			    "bytes, hard_response_size is %u", sized[i].bytes, sized[i].bytes - 1);
			CU_ASSERT_TRUE(says(&g, SIZE_WORD, how > 1 ? text : NULL));
			CU_ASSERT_EQUAL(report_count(&g.report, WARNING), how == 1);
			clear_stage(&g);
		}
}

/* One warning for all, and the largest in it; a slot too large is said besides. */
static void
test_size_warning(void)
{
	struct stage	 g;

	set(&g, NULL, "A* A*BC A*B A*BC");
	g.policy->max_response_size = 170;
	CU_ASSERT_TRUE(says(&g, SIZE_WORD, NULL));
	CU_ASSERT_EQUAL(g.report.count, 1);
	CU_ASSERT_TRUE(report_has(&g.report, WARNING, "PLAN-SIZE", "3 slots with DNSKEY answers above "
	    "max_response_size, which is 170; the largest takes 263 bytes, slot 2"));
	report_free(&g.report);
	g.policy->hard_response_size = 262;
	CU_ASSERT_TRUE(says(&g, SIZE_WORD, "bundle 4 (slot): the DNSKEY answer takes 263 bytes"));
	CU_ASSERT_EQUAL(report_count(&g.report, BROKEN), 2);
	clear_stage(&g);
}

/* RSA: what the root zone answered with, as was measured in 2017 and 2018. */
static void
test_size_rsa(void)
{
	static const struct { const char *sets; unsigned bytes; } root[] = {
		{ "kz", 864 }, { "knz", 1139 }, { "knzy", 1414 }, { "krz", 1425 },
	};
	struct keypair	 p;
	struct stage	 g;
	struct bundle	*b;
	const char	*c;
	struct key	 k;
	size_t		 i;

	keypair_make_rsa(&p, RSASHA256, 2048, 65537);
	for (i = 0; i < 4; i++) {
		set(&g, NULL, "-");
		b = &g.skr.bundles.v[0];
		for (c = root[i].sets; *c != '\0'; c++) {
			k = p.key;
			k.flags = *c == 'r' ? DNSKEY_REVOKED : DNSKEY_KSK;
			put_key(b, &k);
			if (*c == 'k' || *c == 'r')
				put_sig(b, &p, &k, ".")->tag = key_tag(&k);
		}
		g.policy->max_response_size = root[i].bytes;
		CU_ASSERT_TRUE(says(&g, SIZE_WORD, NULL));
		CU_ASSERT_EQUAL(g.report.count, 0);
		g.policy->hard_response_size = root[i].bytes - 1;
		CU_ASSERT_TRUE(says(&g, SIZE_WORD, "takes"));
		clear_stage(&g);
	}
	keypair_clear(&p);
}

/* Slots out of order cannot be judged, and that is broken. */
static void
test_disorder(void)
{
	struct stage	 g;

	set(&g, "A* A*", "A* A*");
	g.skr.bundles.v[1].inception = g.skr.bundles.v[0].inception;
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, "bundle 2 (slot) is out of order"));
	CU_ASSERT_TRUE(says(&g, REVOKE_WORD, "bundle 2 (slot) is out of order"));
	clear_stage(&g);
}

/* With the plan at hand a finding says where in the policy it comes from. */
static void
test_spot(void)
{
	struct schema_slot slots[2] = { { .line = 41 }, { .line = 42 } };
	char		 name[] = "roll", input[] = "policy.yaml";
	struct schema	 schema = { name, slots, 2, 40 };
	struct plan	 plan = { .schema = &schema, .nslots = 2 };
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;

	set(&g, NULL, "A* B*");
	add_anchors(&trust, "A");
	g.subject.trust = &trust;
	g.subject.plan = &plan;
	free(g.policy->input);
	g.policy->input = input;
	CU_ASSERT_TRUE(says(&g, TRUST_WORD, "schema roll, slot 2: no trusted key"));
	CU_ASSERT_STRING_EQUAL(g.report.findings[0].input, "policy.yaml");
	CU_ASSERT_EQUAL(g.report.findings[0].line, 42);
	g.policy->input = NULL;
	anchors_clear(&trust);
	clear_stage(&g);
}

/* Each rule by its switch, in check_plan(). */
static void
test_rows(void)
{
	struct anchors	 trust = ANCHORS_EMPTY;
	struct stage	 g;

	set(&g, NULL, "A!B* AB* AB*");
	add_anchors(&trust, "A");
	g.subject.trust = &trust;
	g.policy->hard_response_size = 1;
	g.policy->response.num_bundles = 3;
	CU_ASSERT_EQUAL(check_plan(&g.subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&g.report), "PLAN-REVOKE PLAN-SIZE PLAN-TRUST");
	report_free(&g.report);
	g.policy->ksk.check_plan_trust = g.policy->ksk.check_plan_revoke = false;
	CU_ASSERT_EQUAL(check_plan(&g.subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&g.report), "PLAN-SIZE");
	CU_ASSERT_TRUE(report_has(&g.report, WARNING, "PLAN-TRUST", "switched off by " TRUST_WORD));
	g.policy->ksk.check_plan_size = false;
	report_free(&g.report);
	CU_ASSERT_EQUAL(check_plan(&g.subject), ACCEPT);
	CU_ASSERT_EQUAL(report_count(&g.report, WARNING), 3);
	report_free(&g.report);
	/* What is told of a response, too. */
	drop_key(&g.skr.bundles.v[0], 0);
	g.policy->response.num_bundles = 4;
	g.skr.bundles.v[1].inception = g.skr.bundles.v[0].expiration + 1;
	g.skr.bundles.v[2].inception = g.skr.bundles.v[1].expiration;
	CU_ASSERT_EQUAL(check_plan(&g.subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&g.report), "SKR-COUNT SKR-COVERAGE");
	anchors_clear(&trust);
	clear_stage(&g);
}

/* The root zone's own plans of 2017 and 2010 pass, as responses. */
static void
test_root(void)
{
	static const struct { const char *previous, *skr; } files[] = {
		{ "root/skr-root-2017-q1-0.xml", "root/skr-root-2017-q2-0.xml" },
		{ "root/skr-root-2017-q2-0.xml", "root/skr-root-2017-q3-0-c_to_d.xml" },
		{ NULL, "root/skr-root-2017-q1-0.xml" },
		{ NULL, "root/skr-root-2009-q4-2.xml" },
		{ NULL, "root/skr-root-2010-q1-0.xml" },
	};
	struct policy	*policy = must(policy_default());
	size_t		 i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf	 buf = BUF_EMPTY, old = BUF_EMPTY;
		struct report	 rep = REPORT_EMPTY;
		struct skr	*skr = NULL, *previous = NULL;
		const char	*path = data_file(files[i].skr);

		if (path == NULL)
			break;
		CU_ASSERT_EQUAL_FATAL(buf_load(&buf, path, 1 << 20), 0);
		CU_ASSERT_EQUAL_FATAL(skr_parse(&skr, &buf, "skr", &rep), ACCEPT);
		if (files[i].previous != NULL) {
			path = data_file(files[i].previous);
			CU_ASSERT_EQUAL_FATAL(buf_load(&old, path, 1 << 20), 0);
			CU_ASSERT_EQUAL_FATAL(skr_parse(&previous, &old, "previous", &rep), ACCEPT);
		}
		policy->response.num_bundles = skr->bundles.n;
		CU_ASSERT_EQUAL(check_plan(&(struct subject){ .policy = policy, .skr = skr,
		    .previous = previous, .report = &rep }), ACCEPT);
		if (report_verdict(&rep) != ACCEPT)
			report_print(&rep, "root", stdout);
		report_free(&rep);
		skr_free(skr);
		skr_free(previous);
		buf_free(&buf);
		buf_free(&old);
	}
	policy_free(policy);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_trust), TEST(test_trust_edges), TEST(test_trust_anchors), TEST(test_trust_in_turn),
		TEST(test_trust_first), TEST(test_parent), TEST(test_insecure), TEST(test_revoke),
		TEST(test_revoke_edge), TEST(test_revoke_history), TEST(test_size), TEST(test_size_warning),
		TEST(test_size_rsa), TEST(test_disorder), TEST(test_spot), TEST(test_rows),
		TEST(test_root),
	};

	return run_tests("check_plan", tests, sizeof(tests) / sizeof(tests[0]));
}
