/*
 * The rules on a plan for KSKs, judged on the response that it makes before anything is signed:
 * PLAN-TRUST, PLAN-REVOKE and PLAN-SIZE.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/isotime.h"
#include "judge/ksks.h"
#include "judge/parent.h"
#include "judge/plan.h"
#include "judge/rules.h"

#define HOLD_DOWN	(30 * DAY)	/* RFC 5011 2.4.1 */

static enum verdict
no_memory(const struct subject *s)
{
	return report_fault(s->report, NULL, "out of memory");
}

/* A slot of the response, from 0: told by the schema that it comes from, where there is one. */
static enum verdict broken_slot(const struct subject *, const char *rule, size_t i, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

static enum verdict
broken_slot(const struct subject *s, const char *rule, size_t i, const char *fmt, ...)
{
	char		 text[1024];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (s->plan != NULL && i < s->plan->nslots) {
		const struct schema *schema = s->plan->schema;
		const struct spot at = { s->policy->input, schema->slots[i].line, 0 };

		return report_broken(s->report, &at, rule, "schema %s, slot %zu: %s",
		    schema->name, i + 1, text);
	}
	return broken_bundle(s, s->skr->input, rule, &s->skr->bundles, i, 0, "%s", text);
}

static void
warn_plan(const struct subject *s, const char *rule, const char *text)
{
	const struct spot at = {
		s->plan != NULL ? s->policy->input : s->skr->input,
		s->plan != NULL ? s->plan->schema->line : 0, 0
	};

	report_warning(s->report, &at, rule, "%s%s%s", s->plan != NULL ? "schema " : "",
	    s->plan != NULL ? s->plan->schema->name : "", text);
}

/* How long validators that follow RFC 5011 take; from the longest TTL and validity there are. */
struct waits {
	int64_t		 hold;		/* until they trust a new key (2.4.1) */
	int64_t		 refresh;	/* until they have looked again (2.3) */
};

static struct waits
waits_of(const struct timeline *t)
{
	struct waits	 w = { HOLD_DOWN, 15 * DAY };
	int64_t		 ttl = 0, validity = 0;
	size_t		 i;

	for (i = 0; i < t->n; i++) {
		const struct bundle *b = t->v[i].bundle;

		if (b->nkeys > 0 && b->keys[0].ttl > ttl)
			ttl = b->keys[0].ttl;
		if (b->expiration - b->inception > validity)
			validity = b->expiration - b->inception;
	}
	if (ttl > w.hold)
		w.hold = ttl;
	if (ttl / 2 < w.refresh)
		w.refresh = ttl / 2;
	if (validity / 2 < w.refresh)
		w.refresh = validity / 2;
	if (w.refresh < HOUR)
		w.refresh = HOUR;
	return w;
}

/* A KSK as validators come to know it, slot by slot. */
struct course {
	const struct key *key;
	bool		 trusted;
	bool		 revoked;	/* once, and so for ever */
	bool		 waiting;	/* stands, and is not trusted yet */
	int64_t		 absent;	/* the last set without it may be held until then */
};

struct stage {
	struct timeline	 t;
	struct ksks	 ksks;
	struct waits	 waits;
	struct course	*v;		/* for each of ksks */
};

static void
stage_clear(struct stage *g)
{
	free(g->v);
	ksks_clear(&g->ksks);
	timeline_clear(&g->t);
}

/*
 * What came before the first slot that is known is not: a set without the key, which
 * ended before that slot does at the latest.
 */
static enum verdict
stage_set(struct stage *g, const struct subject *s, const char *rule)
{
	const struct slot *slot;
	size_t		 i;

	*g = (struct stage){ .t = TIMELINE_EMPTY, .ksks = KSKS_EMPTY };
	if (timeline_build(&g->t, s->previous == NULL ? NULL : &s->previous->bundles,
	    &s->skr->bundles) == -1 || ksks_collect(&g->ksks, &g->t) == -1 ||
	    (g->v = calloc(g->ksks.n + 1, sizeof(*g->v))) == NULL) {
		stage_clear(g);
		return no_memory(s);
	}
	g->waits = waits_of(&g->t);
	for (i = 0; i < g->ksks.n; i++)
		g->v[i] = (struct course){
			.key = g->ksks.v[i], .absent = g->t.v[0].bundle->expiration,
		};
	if (g->t.disorder == g->t.n)
		return ACCEPT;
	slot = &g->t.v[g->t.disorder];
	broken_document(s, g->t.disorder < g->t.first ? s->previous->input : s->skr->input,
	    slot->bundle->line, rule, "bundle %zu (%s) is out of order", slot->index + 1,
	    slot->bundle->id);
	stage_clear(g);
	return REFUSE;
}

/* The anchor that makes validators trust this key then; they drop it when it is revoked. */
static bool
anchored(const struct subject *s, const struct course *c, int64_t when)
{
	const struct dname *zone = &s->skr->name;
	const struct anchor *a;

	if (s->trust == NULL)
		return false;
	for (a = anchors_find(s->trust, c->key, zone); a != NULL;
	    a = anchors_find_next(s->trust, a, c->key, zone))
		if (anchor_in_force(a, when))
			return true;
	return false;
}

/* The next slot passes: RFC 5011 4.1, from the side of those who publish. */
static void
pass(struct course *c, const struct slot *slot, const struct waits *w)
{
	struct role	 r = role_in(slot->bundle, c->key);

	if (r.revoked)
		c->revoked = true;
	if (c->waiting && slot->from >= c->absent + w->hold + w->refresh)
		c->trusted = true;
	c->waiting = r.stands && !c->trusted;
	if (!r.stands && slot->bundle->expiration > c->absent)
		c->absent = slot->bundle->expiration;
}

/* Is it trusted in this slot, which has passed? */
static bool
trusted(const struct subject *s, const struct course *c, const struct slot *slot)
{
	return !c->revoked && (c->trusted || anchored(s, c, slot->from));
}

/* Without an anchor: who signs the previous response's last slot, or with --first our first one. */
static void
trust_signers(const struct subject *s, struct stage *g)
{
	const struct slot *slot = &g->t.v[g->t.first > 0 ? g->t.first - 1 : 0];
	size_t		 i;

	if (s->trust != NULL)
		return;
	for (i = 0; i < g->ksks.n; i++)
		if (role_in(slot->bundle, g->v[i].key).signs)
			g->v[i].trusted = true;
	if (g->t.first == 0)
		warn_plan(s, "PLAN-TRUST", ": neither a previous response nor an anchor; the keys "
		    "that sign slot 1 are taken for trusted");
}

/* Of what algorithms validators hold trusted keys in this slot, and that one of each signs. */
static enum verdict
judge_algorithm(const struct subject *s, const struct stage *g, size_t i, uint8_t algorithm)
{
	const struct slot *slot = &g->t.v[i];
	const struct course *late = NULL;
	char		 why[256] = "";
	size_t		 j;

	for (j = 0; j < g->ksks.n; j++) {
		const struct course *c = &g->v[j];

		if (c->key->algorithm != algorithm || c->revoked ||
		    !role_in(slot->bundle, c->key).signs)
			continue;
		if (trusted(s, c, slot))
			return ACCEPT;
		late = c;
	}
	if (late != NULL)
		snprintf(why, sizeof(why), "; key %u (%s) does, which is trusted from %s on if it "
		    "stays (RFC 5011 2.4.1)", late->key->tag, late->key->identifier,
		    show_time(late->absent + g->waits.hold + g->waits.refresh));
	return broken_slot(s, "PLAN-TRUST", slot->index,
	    "no trusted key of algorithm %u signs at its inception%s", algorithm, why);
}

static enum verdict
judge_trust(const struct subject *s, const struct stage *g, size_t i)
{
	const struct slot *slot = &g->t.v[i];
	bool		 held[256] = { false }, any = false;
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < g->ksks.n; j++)
		if (trusted(s, &g->v[j], slot))
			held[g->v[j].key->algorithm] = true;
	/* An anchor of a key that stands nowhere is one to validators all the same. */
	for (j = 0; s->trust != NULL && j < s->trust->n; j++) {
		const struct anchor *a = &s->trust->v[j];
		const struct anchors one = { &s->trust->v[j], 1 };
		size_t		 m;

		for (m = 0; m < g->ksks.n; m++)
			if (anchors_find(&one, g->v[m].key, &s->skr->name) != NULL)
				break;
		if (m == g->ksks.n && !a->tagless && dname_equal(&a->owner, &s->skr->name) &&
		    anchor_in_force(a, slot->from))
			held[a->algorithm] = true;
	}
	for (j = 0; j < 256; j++)
		if (held[j]) {
			any = true;
			v = verdict_worse(v, judge_algorithm(s, g, i, (uint8_t)j));
		}
	if (!any)
		v = broken_slot(s, "PLAN-TRUST", slot->index, "no key is trusted at its inception");
	return v;
}

static enum verdict
check_trust_rfc5011(const struct subject *s)
{
	struct stage	 g;
	enum verdict	 v;
	size_t		 i, j;

	if ((v = stage_set(&g, s, "PLAN-TRUST")) != ACCEPT)
		return v;
	for (i = 0; i < g.t.n; i++) {
		if (i == g.t.first)
			trust_signers(s, &g);
		for (j = 0; j < g.ksks.n; j++)
			pass(&g.v[j], &g.t.v[i], &g.waits);
		if (i >= g.t.first)
			v = verdict_worse(v, judge_trust(s, &g, i));
	}
	stage_clear(&g);
	return v;
}

/* Does a published key, not revoked, that this DS names sign the set?  1, 0, or -1. */
static int
ds_signs(const struct subject *s, const struct parent_ds *d, const struct bundle *b)
{
	const struct key *k;
	size_t		 i;
	int		 rv;

	for (i = 0; i < b->nsigs; i++) {
		k = bundle_key_of(b, &b->sigs[i]);
		if (k == NULL || !key_is_sep(k) || key_revoked(k))
			continue;
		if ((rv = parent_names(d, k, &s->skr->name)) != 0)
			return rv;
	}
	return 0;
}

/* The DS set of one instant: for each of its algorithms a key that it names signs the slot. */
static enum verdict
judge_ds_set(const struct subject *s, const struct slot *slot, int64_t when, bool *empty)
{
	const struct parent *p = s->parent;
	enum { NONE, HELD, SIGNED } of[256] = { NONE };
	enum verdict	 v = ACCEPT;
	size_t		 i;
	int		 rv;

	*empty = true;
	for (i = 0; i < p->n; i++) {
		if (!parent_shows(&p->v[i], &s->skr->name, when))
			continue;
		*empty = false;
		if ((rv = ds_signs(s, &p->v[i], slot->bundle)) == -1)
			return no_memory(s);
		if (rv == 1)
			of[p->v[i].ds.algorithm] = SIGNED;
		else if (of[p->v[i].ds.algorithm] == NONE)
			of[p->v[i].ds.algorithm] = HELD;
	}
	for (i = 0; i < 256; i++)
		if (of[i] == HELD)
			v = broken_slot(s, "PLAN-TRUST", slot->index, "resolvers may hold the DS set "
			    "that the parent publishes at %s, and no key of algorithm %zu that it names "
			    "signs (RFC 4035 2.2)", show_time(when), i);
	return v;
}

/* Every DS set that resolvers may hold beside the slot's keys. */
static enum verdict
judge_ds_slot(const struct subject *s, const struct slot *slot, bool last, int64_t *insecure)
{
	int64_t		 when, next, until = parent_held_until(slot->bundle,
			    last ? NULL : slot[1].bundle);
	enum verdict	 v = ACCEPT;
	bool		 empty;

	for (when = slot->from - s->parent->ttl; when < until && v == ACCEPT; when = next) {
		next = parent_next(s->parent, when);
		v = judge_ds_set(s, slot, when, &empty);
		if (empty && next > slot->from && *insecure == INT64_MAX)
			*insecure = when > slot->from ? when : slot->from;
	}
	return v;
}

static enum verdict
check_trust_ds(const struct subject *s)
{
	int64_t		 insecure = INT64_MAX;
	enum verdict	 v;
	struct stage	 g;
	char		 text[128];
	size_t		 i;

	if (s->parent == NULL)
		return report_fault(s->report, NULL, "PLAN-TRUST: trust is ds in the policy: what "
		    "the parent publishes must be given with --ds");
	if ((v = stage_set(&g, s, "PLAN-TRUST")) != ACCEPT)
		return v;
	for (i = g.t.first; i < g.t.n; i++)
		v = verdict_worse(v, judge_ds_slot(s, &g.t.v[i], i + 1 == g.t.n, &insecure));
	if (insecure != INT64_MAX) {
		snprintf(text, sizeof(text), ": the parent publishes no DS at %s: the zone is "
		    "insecure then", show_time(insecure));
		warn_plan(s, "PLAN-TRUST", text);
	}
	stage_clear(&g);
	return v;
}

static enum verdict
check_trust(const struct subject *s)
{
	return s->policy->trust == TRUST_DS ? check_trust_ds(s) : check_trust_rfc5011(s);
}

/* What is known of the end of a key. */
struct end {
	struct key	 plain;		/* unrevoked, borrowed */
	size_t		 from;		/* the first slot in which it was revoked before ... */
	size_t		 first;		/* ... or is; the number of slots: none */
	int64_t		 absent;	/* when the last set without the revocation ends */
};

/* From its revocation on. */
static enum verdict
judge_revoked(const struct subject *s, const struct stage *g, const struct end *e)
{
	const struct key *k = &e->plain;
	enum verdict	 v = ACCEPT;
	bool		 gone = false;
	size_t		 i;

	for (i = e->from > g->t.first ? e->from : g->t.first; i < g->t.n; i++) {
		struct role	 r = role_in(g->t.v[i].bundle, k);

		if (r.stands)
			v = broken_slot(s, "PLAN-REVOKE", g->t.v[i].index, "key %u (%s) stands "
			    "unrevoked, and was revoked (RFC 5011 2.1)", key_tag(k), k->identifier);
		if (r.revoked && !r.revokes)
			v = broken_slot(s, "PLAN-REVOKE", g->t.v[i].index, "key %u (%s) is revoked, "
			    "and does not sign, which alone revokes it (RFC 5011 2.1)",
			    key_tag_revoked(k), k->identifier);
		if (!r.revoked && !gone && i > e->first &&
		    g->t.v[i].from < e->absent + g->waits.refresh) {
			gone = true;
			v = broken_slot(s, "PLAN-REVOKE", g->t.v[i].index, "the revoked key %u (%s) "
			    "is gone before %s, when all validators have seen it (RFC 5011 2.3)",
			    key_tag_revoked(k), k->identifier,
			    show_time(e->absent + g->waits.refresh));
		}
	}
	return v;
}

static enum verdict
judge_revocation(const struct subject *s, const struct stage *g, size_t which)
{
	struct end	 e = { .plain = *g->ksks.v[which], .absent = g->v[which].absent };
	unsigned char	 ds[DIGEST_SIZE];

	e.plain.flags &= (uint16_t)~DNSKEY_REVOKE;
	for (; e.first < g->t.n; e.first++) {
		if (role_in(g->t.v[e.first].bundle, &e.plain).revoked)
			break;
		if (g->t.v[e.first].bundle->expiration > e.absent)
			e.absent = g->t.v[e.first].bundle->expiration;
	}
	e.from = e.first;
	if (s->history != NULL) {
		if (key_ds(ds, &e.plain, &s->skr->name) == -1)
			return no_memory(s);
		if (history_revoked(s->history, ds, s->skr->id,
		    s->previous == NULL ? NULL : s->previous->id,
		    s->previous == NULL ? NULL : s->previous->digest))
			e.from = 0;
	}
	return judge_revoked(s, g, &e);
}

static enum verdict
check_revoke(const struct subject *s)
{
	struct stage	 g;
	enum verdict	 v;
	size_t		 i;

	if ((v = stage_set(&g, s, "PLAN-REVOKE")) != ACCEPT)
		return v;
	for (i = 0; i < g.ksks.n; i++)
		v = verdict_worse(v, judge_revocation(s, &g, i));
	stage_clear(&g);
	return v;
}

#define DNS_HEADER	12		/* RFC 1035 4.1.1 */
#define DNS_QUESTION	4		/* type and class behind the name, 4.1.2 */
#define DNS_RR		10		/* type, class, TTL, length behind the name, 4.1.3 */
#define DNSKEY_RDATA	4		/* before the public key (RFC 4034 2.1) */
#define RRSIG_RDATA	18		/* before the signer's name (RFC 4034 3.1) */
#define OPT_RR		11		/* without options (RFC 6891 6.1.2) */

/* What this key's signature takes. */
static size_t
signature_size(const struct key *k)
{
	unsigned	 bits = 0;
	uint64_t	 exponent;

	if (algorithm_family(k->algorithm) != FAMILY_RSA)
		return algorithm_siglen(k->algorithm);
	return key_size(k, &bits, &exponent) == -1 ? 0 : (bits + 7) / 8;
}

/*
 * The answer to a question for the DNSKEY set with its signatures.  The owner's name is a pointer
 * to the question's, but for the root, which is shorter; the signer's is never one (RFC 4034
 * 3.1.7).
 */
static size_t
answer_size(const struct subject *s, const struct bundle *b)
{
	size_t		 name = s->skr->name.len, owner = name < 2 ? name : 2;
	size_t		 size = DNS_HEADER + name + DNS_QUESTION + OPT_RR;
	const struct key *k;
	size_t		 i;

	for (i = 0; i < b->nkeys; i++)
		size += owner + DNS_RR + DNSKEY_RDATA + b->keys[i].len;
	for (i = 0; i < b->nsigs; i++) {
		k = signer_of(s, b, &b->sigs[i]);
		size += owner + DNS_RR + RRSIG_RDATA + name +
		    (k != NULL ? signature_size(k) : b->sigs[i].len);
	}
	return size;
}

static enum verdict
check_size(const struct subject *s)
{
	const struct policy *p = s->policy;
	size_t		 i, size, n = 0, largest = 0, where = 0;
	enum verdict	 v = ACCEPT;
	char		 text[160];

	for (i = 0; i < s->skr->bundles.n; i++) {
		size = answer_size(s, &s->skr->bundles.v[i]);
		if (size > p->hard_response_size)
			v = broken_slot(s, "PLAN-SIZE", i, "the DNSKEY answer takes %zu bytes, "
			    "hard_response_size is %" PRIu64, size, p->hard_response_size);
		else if (size > p->max_response_size)
			n++;
		if (size > largest) {
			largest = size;
			where = i;
		}
	}
	if (n > 0) {
		snprintf(text, sizeof(text), ": %zu slot%s with DNSKEY answers above "
		    "max_response_size, which is %" PRIu64 "; the largest takes %zu bytes, slot %zu",
		    n, n == 1 ? "" : "s", p->max_response_size, largest, where + 1);
		warn_plan(s, "PLAN-SIZE", text);
	}
	return v;
}

static const struct check rows[] = {
	{ "PLAN-TRUST", "each slot is signed by a key that validators trust by then",
	    check_trust, SWITCH(ksk, check_plan_trust) },
	{ "PLAN-REVOKE", "a revocation is signed, seen by all, and for ever",
	    check_revoke, SWITCH(ksk, check_plan_revoke) },
	{ "PLAN-SIZE", "the answer is small enough",
	    check_size, SWITCH(ksk, check_plan_size) },
};

const struct check_table plan_rules = ROWS(rows);
