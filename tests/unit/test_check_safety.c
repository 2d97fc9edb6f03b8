#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"
#include "letters.h"

#define D		* DAY
#define ZSK_WORD	"request_policy.check_zsk_safety"
#define PUBLISH_WORD	"request_policy.check_keys_publish_safety"
#define RETIRE_WORD	"request_policy.check_keys_retire_safety"

struct scenario {
	const char	*before;	/* slots of the previous SKR; NULL: --first */
	const char	*judged;
	int64_t		 publish;	/* PublishSafety and RetireSafety */
	int64_t		 retire;
	const char	*text;		/* a part of the one finding; NULL: none */
};

/* The verdict of this row alone, and where the rule is broken that one line. */
static bool
comes_out(const struct scenario *c, const char *word, struct stage *g)
{
	const char	*rule = strcmp(word, ZSK_WORD) == 0 ? "KSR-ZSK-SAFETY" :
	    "KSR-POLICY-SAFETY";
	enum verdict	 v = row_of(rule, word)->judge(&g->subject);
	bool		 good = v == (c->text == NULL ? ACCEPT : REFUSE) &&
	    report_verdict(&g->report) == v && (c->text == NULL ? g->report.count == 0 :
	    report_has(&g->report, BROKEN, NULL, c->text));

	if (!good) {
		printf("[%s / %s: exit %d] ", c->before == NULL ? "" : c->before, c->judged, v);
		report_print(&g->report, "", stdout);
	}
	return good;
}

static const struct scenario zsk_scenarios[] = {
	/* Nothing changes. */
	{ NULL, "A A A", 10 D, 10 D, NULL },
	{ NULL, "A", 10 D, 10 D, NULL },
	{ "A A A", "A A A", 100 D, 100 D, NULL },
	{ NULL, "Aa Aa Aa", 10 D, 10 D, NULL },
	/* B from START, seen in one slot before; A for one slot after. */
	{ "A A AB", "AB B B", 10 D, 10 D, NULL },
	{ "A A AB", "AB B B", 10 D + 1, 0, "bundle 1 (slot): key 66 (B) becomes active, and is "
	    "missing less than PublishSafety before, in bundle 2 of previous.xml" },
	{ "A A AB", "AB B B", 0, 10 D + 1,
	    "bundle 2 (slot): key 65 (A) is missing: it was active less than RetireSafety" },
	{ "A AB AB", "AB B B", 20 D, 10 D, NULL },
	{ "A AB AB", "AB B B", 20 D + 1, 10 D, "in bundle 1 of previous.xml" },
	{ "A A A", "B B B", 0, 0, NULL },	/* KSR-CHAIN-KEYS judges that */
	{ "A A A", "B B B", 1, 0, "in bundle 3 of previous.xml" },
	{ "A A A", "B B B", 0, 1, "bundle 1 (slot): key 65 (A) is missing: it was active" },
	/* B from the second slot on. */
	{ NULL, "A B B", 0, 0, NULL },
	{ NULL, "A B B", 1, 0, "bundle 1 (slot): key 66 (B) is missing: it becomes active" },
	{ NULL, "A B B", 0, 1, "bundle 2 (slot): key 65 (A) is missing: it was active" },
	{ "A A A", "A B B", 1, 0, "bundle 1 (slot): key 66 (B) is missing: it becomes active" },
	{ NULL, "A A AB B B", 10 D, 0, NULL },
	{ NULL, "A A AB B B", 10 D + 1, 0, "bundle 2 (slot): key 66 (B) is missing" },
	{ NULL, "A A AB B B", 10 D, 1, "bundle 4 (slot): key 65 (A) is missing" },
	/* Active in the previous SKR, and within RetireSafety of it still. */
	{ "A AB B", "B B B", 0, 10 D, NULL },
	{ "A AB B", "B B B", 0, 10 D + 1, "bundle 1 (slot): key 65 (A) is missing" },
	/* Who is active cannot be told. */
	{ NULL, "AB AB B", 0, 0, "bundle 1 (slot): of its ZSKs of algorithm 13 none is clearly" },
	{ NULL, "AB C C", 0, 0, "bundle 1 (slot): of its ZSKs of algorithm 13" },
	{ NULL, "AB", 0, 0, "bundle 1 (slot): of its ZSKs of algorithm 13" },
	{ NULL, "A ABC A", 0, 0, "bundle 2 (slot): of its ZSKs of algorithm 13" },
	{ NULL, "A BC C", 0, 0, "bundle 2 (slot): of its ZSKs of algorithm 13" },
	{ NULL, "Aa Aabc A", 0, 0, "bundle 2 (slot): of its ZSKs of algorithm 15" },
	/* In the previous SKR it is not judged again. */
	{ "AB AB B", "B B B", 0, 0, NULL },
	{ "A B B", "B B B", 20 D, 0, NULL },
	/* A slot without keys. */
	{ NULL, "A - A", 0, 0, NULL },
	{ NULL, "A - A", 1, 0, "bundle 2 (slot): key 65 (A) is missing" },
	{ NULL, "A - -", 0, 1, "bundle 2 (slot): key 65 (A) is missing" },
	{ NULL, "- A A", 0, 0, NULL },
	{ NULL, "- A A", 1, 0, "bundle 1 (slot): key 65 (A) is missing" },
	{ NULL, "- - -", 10 D, 10 D, NULL },
	/* An algorithm comes, while another one signs for so long; it goes, and another one has. */
	{ NULL, "A Aa Aa", 0, 0, NULL },
	{ NULL, "A Aa Aa", 10 D, 10 D, NULL },
	{ NULL, "A Aa Aa a", 20 D, 0, NULL },
	{ NULL, "A Aa Aa a", 20 D + 1, 0, "bundle 1 (slot): key 97 (a) is missing: it becomes active" },
	{ NULL, "A Aa Aa a", 0, 20 D, NULL },
	{ NULL, "A Aa Aa a", 0, 20 D + 1, "bundle 4 (slot): key 65 (A) is missing: it was active" },
	{ NULL, "A A a a", 0, 0, NULL },
	{ NULL, "A A a a", 1, 0, "bundle 2 (slot): key 97 (a) is missing: it becomes active" },
	{ NULL, "A A a a", 0, 1, "bundle 3 (slot): key 65 (A) is missing: it was active" },
	{ "A A A", "A Aa Aa", 10 D, 10 D, NULL },
	{ "Aa Aa Aa", "Aa A A", 10 D, 10 D, NULL },
	{ "A A A", "a a a", 1, 0, "in bundle 3 of previous.xml" },
	/* The one that carries may change its key, as keys change. */
	{ NULL, "A AB ABa Ba Ba", 20 D, 0, NULL },
	{ NULL, "A AB Ba Ba", 0, 10 D, "bundle 3 (slot): key 65 (A) is missing: it was active" },
	/* Within an algorithm that stands there it is as ever. */
	{ NULL, "Aa Ab Ab", 0, 0, NULL },
	{ NULL, "Aa Ab Ab", 1, 0, "bundle 1 (slot): key 98 (b) is missing: it becomes active" },
	{ NULL, "Aa Ab Ab", 0, 1, "bundle 2 (slot): key 97 (a) is missing: it was active" },
	/* And so it is where the other one stands, but is not known to sign. */
	{ NULL, "AB ABa ABa", 1, 0, "of its ZSKs of algorithm 13 none is clearly" },
	/* However long. */
	{ "A A A", "A A A", INT64_C(1) << 40, INT64_C(1) << 40, NULL },
};

static void
test_zsk(void)
{
	const size_t	 n = sizeof(zsk_scenarios) / sizeof(zsk_scenarios[0]);
	struct stage	 g;
	size_t		 i;

	for (i = 0; i < n; i++) {
		set_stage(&g, zsk_scenarios[i].before, zsk_scenarios[i].judged, DNSKEY_ZSK);
		g.ksr.zsk.publish_safety = zsk_scenarios[i].publish;
		g.ksr.zsk.retire_safety = zsk_scenarios[i].retire;
		CU_ASSERT_TRUE(comes_out(&zsk_scenarios[i], ZSK_WORD, &g));
		clear_stage(&g);
	}
}

struct stated {
	const char	*use;		/* the --zsk-use file */
	struct scenario	 c;
};

/* START is 2030-01-01; slots begin on 01-01, 01-11, 01-21; the last one ends on 02-11. */
#define MIDDLE	"A - 2030-01-15T00:00:00Z\nB 2030-01-15T00:00:00Z -\n"
#define PAUSE	"A - 2030-01-15T00:00:00Z\nB 2030-01-15T00:00:01Z -\n"
#define BEFORE	"A - 2029-12-25T00:00:00Z\nB 2029-12-25T00:00:00Z -\n"

static const struct stated stated[] = {
	{ MIDDLE, { NULL, "AB AB AB", 10 D, 10 D, NULL } },
	{ MIDDLE, { NULL, "A AB AB", 4 D, 10 D, NULL } },
	{ MIDDLE, { NULL, "A AB AB", 4 D + 1, 0,
	    "bundle 1 (slot): key 66 (B) is missing: it becomes active" } },
	{ MIDDLE, { NULL, "AB AB B", 0, 6 D, NULL } },
	{ MIDDLE, { NULL, "AB AB B", 0, 6 D + 1,
	    "bundle 3 (slot): key 65 (A) is missing: it was active" } },
	/* It signs before it is published, as RFC 6781 4.1.4 has it, and another one does too. */
	{ "A - -\na 2030-01-05T00:00:00Z -\n", { NULL, "A Aa Aa", 10 D, 10 D, NULL } },
	{ "A - 2030-01-21T00:00:00Z\na 2030-01-05T00:00:00Z -\n", { NULL, "A Aa a", 10 D, 10 D, NULL } },
	{ "A - 2030-01-21T00:00:00Z\na 2030-01-05T00:00:00Z -\n", { NULL, "A Aa a", 10 D + 1, 10 D,
	    "bundle 1 (slot): key 97 (a) is missing: it is active" } },
	{ "A - -\na - 2030-01-25T00:00:00Z\n", { NULL, "Aa Aa A", 10 D, 10 D, NULL } },
	/* The spans of the other one in any order. */
	{ "B 2030-01-15T00:00:00Z -\nA - 2030-01-15T00:00:00Z\na 2030-01-11T00:00:00Z -\n",
	    { NULL, "AB ABa ABa", 10 D, 10 D, NULL } },
	{ MIDDLE, { NULL, "A A AB", 0, 0,
	    "bundle 2 (slot): key 66 (B) is missing: it is active" } },
	{ PAUSE, { NULL, "AB AB AB", 0, 0,
	    "bundle 2 (slot): " } },
	{ PAUSE, { NULL, "AB AB AB", 0, 0,
	    "states no active ZSK of algorithm 13 at 2030-01-15T00:00:00Z" } },
	{ "A 2030-01-02T00:00:00Z -\n", { NULL, "A A A", 0, 0,
	    "states no active ZSK of algorithm 13 at 2030-01-01T00:00:00Z" } },
	{ "A - 2030-02-11T00:00:00Z\n", { NULL, "A A A", 0, 0, NULL } },
	{ "A - 2030-02-10T23:59:59Z\n", { NULL, "A A A", 0, 0, "bundle 3 (slot): " } },
	{ "B 2030-01-10T00:00:00Z 2030-01-20T00:00:00Z\n"
	    "A - 2030-01-10T00:00:00Z\nA 2030-01-20T00:00:00Z -\n",
	    { NULL, "AB AB AB", 0, 0, NULL } },
	{ "A - -\nB - -\n", { "AB AB AB", "AB AB AB", 100 D, 100 D, NULL } },
	{ "A - -\nC - -\n", { NULL, "AB AB AB", 0, 0, "key 'C' stands in no bundle" } },
	/* Each algorithm for itself. */
	{ "A - -\na - -\n", { NULL, "Aa Aa Aa", 10 D, 10 D, NULL } },
	{ "A - -\n", { NULL, "A Aa A", 0, 0, "bundle 2 (slot): " } },
	{ "A - -\n", { NULL, "A Aa A", 0, 0,
	    "states no active ZSK of algorithm 15 at 2030-01-11T00:00:00Z" } },
	{ "a - 2030-01-15T00:00:00Z\nA - -\nb 2030-01-14T00:00:00Z -\n",
	    { NULL, "Aab Aab Aab", 10 D, 10 D, NULL } },
	{ "a - 2030-01-14T00:00:00Z\nA - -\nb 2030-01-15T00:00:00Z -\n",
	    { NULL, "Aab Aab Aab", 10 D, 10 D,
	    "states no active ZSK of algorithm 15 at 2030-01-14T00:00:00Z" } },
	{ "A - -\na 2030-01-11T00:00:00Z 2030-01-21T00:00:00Z\n",
	    { NULL, "A Aa A", 0, 0, NULL } },
	{ BEFORE, { "A AB AB", "AB B B", 10 D, 10 D, NULL } },
	{ BEFORE, { "A AB AB", "B B B", 0, 7 D + 1,
	    "bundle 1 (slot): key 65 (A) is missing" } },
};

static void
test_stated(void)
{
	struct stage	 g;
	struct zsk_uses	*uses;
	size_t		 i;

	for (i = 0; i < sizeof(stated) / sizeof(stated[0]); i++) {
		const struct scenario *c = &stated[i].c;

		set_stage(&g, c->before, c->judged, DNSKEY_ZSK);
		g.ksr.zsk.publish_safety = c->publish;
		g.ksr.zsk.retire_safety = c->retire;
		uses = zsk_uses_load(work_file("use", stated[i].use, strlen(stated[i].use)),
		    &g.report);
		CU_ASSERT_PTR_NOT_NULL_FATAL(uses);
		g.subject.zsk_uses = uses;
		CU_ASSERT_TRUE(comes_out(c, ZSK_WORD, &g));
		zsk_uses_free(uses);
		clear_stage(&g);
	}
}

static const struct scenario publish_scenarios[] = {
	{ "A* A* A*", "A* A* A*", 100 D, 0, NULL },
	{ "A* A* A*B", "A*B A*B* B*", 20 D, 0, NULL },
	{ "A* A* A*B", "A*B A*B* B*", 20 D + 1, 0,
	    "bundle 2 (slot): key 66 (B) signs, and has not been published for P20DT1S before" },
	{ "A* A* A*", "A*B A*B B*", 20 D, 0, NULL },
	{ "A* A* A*", "A*B A*B B*", 20 D + 1, 0, "bundle 3 (slot): key 66 (B) signs" },
	{ "A* A* A*", "A*B* A*B* B*", 0, 0, NULL },
	{ "A* A* A*", "A*B* A*B* B*", 1, 0, "bundle 1 (slot): key 66 (B) signs" },
	/* Published, but for one slot. */
	{ "A*B A*B A*", "A*B A*B B*", 20 D, 0, NULL },
	{ "A*B A*B A*", "A*B A*B B*", 20 D + 1, 0, "bundle 3 (slot): key 66 (B) signs" },
	/* Revoked is not published. */
	{ "A* A*B! A*B", "A*B* A*B* A*B*", 10 D, 0, NULL },
	{ "A* A*B! A*B", "A*B* A*B* A*B*", 10 D + 1, 0, "bundle 1 (slot): key 66 (B) signs" },
	/* The revoked form may sign at once. */
	{ "A* A* A*", "A*B! A* A*", 100 D, 0, NULL },
	/* Who does not stand there is exempt. */
	{ "A* A* A*", "A*B^ A* A*", 100 D, 0, NULL },
	/* No longer known than the previous SKR tells; nothing at all with --first. */
	{ "A*B", "A*B* A*B* A*B*", 100 D, 0, NULL },
	{ NULL, "A* A*B* A*B*", 100 D, 0, NULL },
	/* What the previous SKR signed is not judged again. */
	{ "A* B* B*", "B* B* B*", 10 D, 0, NULL },
	{ "A* B* B*", "B* B* B*", 20 D + 1, 0, "bundle 1 (slot): key 66 (B) signs" },
};

static const struct scenario retire_scenarios[] = {
	{ "A* A* A*", "A* A* A*", 0, 100 D, NULL },
	{ NULL, "A*B* AB* B*", 0, 10 D, NULL },
	{ NULL, "A*B* AB* B*", 0, 10 D + 1,
	    "bundle 3 (slot): key 65 (A) is gone too soon after its last signature" },
	{ NULL, "A*B* B* B*", 0, 0, NULL },
	{ NULL, "A*B* B* B*", 0, 1, "bundle 2 (slot): key 65 (A) is gone too soon" },
	{ "A* A* A*", "AB* B* B*", 0, 10 D, NULL },
	{ "A* A* A*", "AB* B* B*", 0, 10 D + 1, "bundle 2 (slot): key 65 (A) is gone too soon" },
	{ "A* A* A*", "B* B* B*", 0, 1, "bundle 1 (slot): key 65 (A) is gone too soon" },
	/* Signing last in the middle of the previous SKR, whose own slots are not judged again. */
	{ "A*B* AB* AB*", "AB* B* B*", 0, 30 D, NULL },
	{ "A*B* AB* AB*", "AB* B* B*", 0, 30 D + 1, "bundle 2 (slot): key 65 (A) is gone" },
	{ "A*B* B* B*", "B* B* B*", 0, 20 D, NULL },
	{ "A*B* B* B*", "B* B* B*", 0, 20 D + 1, "bundle 1 (slot): key 65 (A) is gone too soon" },
	/* Through the revoked form, while another signs. */
	{ NULL, "A*B* A!B* B*", 0, 100 D, NULL },
	{ NULL, "A*B* AB* A!B* B*", 0, 100 D, NULL },
	{ "A*B* A!B* B*", "B* B* B*", 0, 100 D, NULL },
	{ "A*B A*B A*B", "A!B* B* B*", 0, 100 D, NULL },
	{ NULL, "A*B A!B B*", 0, 10 D,
	    "bundle 2 (slot): key 65 (A) is revoked or gone while no other key signs" },
	{ NULL, "A*B* A!B* -", 0, 20 D, "bundle 3 (slot): key 65 (A) is revoked or gone" },
	{ NULL, "A*B* A!B* B", 0, 20 D, "bundle 3 (slot): key 65 (A) is revoked or gone" },
	/* A revocation seen after the key was gone comes too late. */
	{ NULL, "A*B* B* A!B*", 0, 10 D, "bundle 2 (slot): key 65 (A) is gone too soon" },
	/* Who does not stand there is exempt, and is nobody else who signs. */
	{ NULL, "A*B^ A* A*", 0, 100 D, NULL },
	{ NULL, "A*B^ A!B^ A*", 0, 10 D, "bundle 2 (slot): key 65 (A) is revoked or gone" },
	/* Signs again: nothing is owed meanwhile but to stand. */
	{ NULL, "A*B* AB* A*B*", 0, 100 D, NULL },
	{ NULL, "A*B* B* A*B*", 0, 10 D, "bundle 2 (slot): key 65 (A) is gone too soon" },
	/* With --first, too: --first drops the publish half alone. */
	{ NULL, "A* B*", 100 D, 1, "bundle 2 (slot): key 65 (A) is gone too soon" },
	/* Two at once. */
	{ NULL, "A*B*C* AB*C* A!C*B* C*B*", 0, 100 D, NULL },
};

/* The longer of the policy's safety and the response's holds, whichever it is. */
static void
play_ksk(const struct scenario *all, size_t n, const char *word)
{
	struct stage	 g;
	size_t		 i;
	int		 own;

	for (i = 0; i < n; i++)
		for (own = 0; own < 2; own++) {
			set_stage(&g, all[i].before, all[i].judged, DNSKEY_KSK);
			g.policy->ksk.publish_safety = own ? all[i].publish : all[i].publish / 2;
			g.policy->ksk.retire_safety = own ? all[i].retire : all[i].retire / 2;
			g.skr.ksk.publish_safety = own ? all[i].publish / 2 : all[i].publish;
			g.skr.ksk.retire_safety = own ? all[i].retire / 2 : all[i].retire;
			CU_ASSERT_TRUE(comes_out(&all[i], word, &g));
			clear_stage(&g);
		}
}

static void
test_publish(void)
{
	play_ksk(publish_scenarios, sizeof(publish_scenarios) / sizeof(publish_scenarios[0]),
	    PUBLISH_WORD);
}

static void
test_retire(void)
{
	play_ksk(retire_scenarios, sizeof(retire_scenarios) / sizeof(retire_scenarios[0]),
	    RETIRE_WORD);
}

/* Slots out of order: left to the rules on overlaps where these are judged. */
static void
test_zsk_disorder(void)
{
	const struct check *zsk = row_of("KSR-ZSK-SAFETY", ZSK_WORD);
	struct stage	 g;

	set_stage(&g, "A A A", "A A A", DNSKEY_ZSK);
	g.ksr.bundles.v[2].inception = g.ksr.bundles.v[1].inception;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), ACCEPT);
	g.policy->request.check_chain_overlap = false;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), ACCEPT);
	g.policy->request.check_bundle_overlap = false;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), REFUSE);
	CU_ASSERT_TRUE(report_has(&g.report, BROKEN, "KSR-ZSK-SAFETY",
	    "bundle 3 (slot) is out of order"));
	clear_stage(&g);

	set_stage(&g, "A A A", "A A A", DNSKEY_ZSK);
	g.previous.bundles.v[2].inception = START;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), ACCEPT);
	g.policy->request.check_chain_overlap = false;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), REFUSE);
	CU_ASSERT_TRUE(report_has(&g.report, BROKEN, "KSR-ZSK-SAFETY",
	    "bundle 1 (slot) is out of order"));
	report_free(&g.report);
	g.previous.bundles.v[1].inception = START;	/* nobody else judges that */
	g.policy->request.check_chain_overlap = true;
	CU_ASSERT_EQUAL(zsk->judge(&g.subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(g.report.findings[0].input, "previous.xml");
	clear_stage(&g);
}

/* In an answer nobody else judges the order; one half of the rule says so. */
static void
test_ksk_disorder(void)
{
	const struct check *publish = row_of("KSR-POLICY-SAFETY", PUBLISH_WORD);
	const struct check *retire = row_of("KSR-POLICY-SAFETY", RETIRE_WORD);
	struct stage	 g;

	set_stage(&g, "A* A* A*", "A* A* A*", DNSKEY_KSK);
	g.skr.bundles.v[2].inception = g.skr.bundles.v[1].inception;
	CU_ASSERT_EQUAL(publish->judge(&g.subject), REFUSE);
	CU_ASSERT_TRUE(report_has(&g.report, BROKEN, "KSR-POLICY-SAFETY",
	    "bundle 3 (slot) is out of order"));
	CU_ASSERT_EQUAL(retire->judge(&g.subject), ACCEPT);
	CU_ASSERT_EQUAL(g.report.count, 1);
	g.policy->request.check_keys_publish_safety = false;
	CU_ASSERT_EQUAL(retire->judge(&g.subject), REFUSE);
	g.policy->request.check_keys_publish_safety = true;
	g.subject.previous = NULL;
	CU_ASSERT_EQUAL(publish->judge(&g.subject), ACCEPT);
	CU_ASSERT_EQUAL(retire->judge(&g.subject), REFUSE);
	clear_stage(&g);

	set_stage(&g, "A* A* A*", "A* A* A*", DNSKEY_KSK);
	g.previous.bundles.v[2].inception = START;	/* KSR-CHAIN-OVERLAP judges that */
	CU_ASSERT_EQUAL(publish->judge(&g.subject), ACCEPT);
	g.policy->request.check_chain_overlap = false;
	CU_ASSERT_EQUAL(publish->judge(&g.subject), REFUSE);
	clear_stage(&g);
}

/* The rules among all others, and their switches. */

static void
zsk_safety_publish(struct world *w)
{
	w->ksr->zsk.publish_safety = 10 * DAY + 1;
}

static void
zsk_safety_retire(struct world *w)
{
	w->ksr->zsk.retire_safety = 10 * DAY + 1;
}

static void
zsk_safety_exact(struct world *w)
{
	w->ksr->zsk.publish_safety = w->ksr->zsk.retire_safety = 10 * DAY;
}

/* From slot 2 of the answer on the other KSK stands and signs beside the one. */
static void
another_ksk(struct world *w)
{
	size_t	 i;

	for (i = 2; i <= SLOTS; i++) {
		put_key(answered(w, i), &w->pairs[KSK_OTHER].key);
		drop_sig(answered(w, i), 0);
		put_sig(answered(w, i), &w->pairs[KSK], &w->pairs[KSK].key, ".");
		put_sig(answered(w, i), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
	}
	w->subject.expected = &w->expected;
}

static void
ksk_safety_publish(struct world *w)
{
	another_ksk(w);
}

static void
ksk_safety_first(struct world *w)
{
	another_ksk(w);
	w->subject.previous = NULL;
}

static void
ksk_safety_retire(struct world *w)	/* that one is gone in the last slot */
{
	struct bundle	*b = answered(w, SLOTS);

	ksk_safety_first(w);
	drop_key(b, b->nkeys - 1);
	drop_sig(b, 1);
	sign_again(b->sigs, &w->pairs[KSK], ".", b);
}

static const struct fault faults[] = {
	R("KSR-ZSK-SAFETY", "check_zsk_safety", zsk_safety_publish),
	R("KSR-ZSK-SAFETY", "check_zsk_safety", zsk_safety_retire),
	FINE(check_request, zsk_safety_exact),
	C("KSR-POLICY-SAFETY", "check_keys_publish_safety", ksk_safety_publish),
	C("KSR-POLICY-SAFETY", "check_keys_retire_safety", ksk_safety_retire),
	FINE(check_response, ksk_safety_first),
};

#define NFAULTS	(sizeof(faults) / sizeof(faults[0]))

static void
test_faults(void)
{
	size_t	 i;

	for (i = 0; i < NFAULTS; i++)
		CU_ASSERT_TRUE(fault_holds(&faults[i]));
}

static void
test_rows(void)
{
	CU_ASSERT_TRUE(faults_cover(&zsk_safety_rules, check_request, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&ksk_safety_rules, check_response, faults, NFAULTS));
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_zsk), TEST(test_stated), TEST(test_publish), TEST(test_retire),
		TEST(test_zsk_disorder), TEST(test_ksk_disorder), TEST(test_faults), TEST(test_rows),
	};

	return run_tests("check_safety", tests, sizeof(tests) / sizeof(tests[0]));
}
