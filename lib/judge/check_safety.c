/* The rules on when keys come and go: KSR-ZSK-SAFETY and KSR-POLICY-SAFETY. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "judge/ksks.h"
#include "judge/rules.h"
#include "judge/timeline.h"

struct spans {
	struct zsk_span	*v;
	size_t		 n;
};

static enum verdict
no_memory(const struct subject *s)
{
	return report_fault(s->report, NULL, "out of memory");
}

static int
add_span(struct spans *spans, const struct key *key, int64_t from, int64_t until)
{
	struct zsk_span	*one;

	if ((one = array_add(&spans->v, spans->n, sizeof(*one))) == NULL)
		return -1;
	*one = (struct zsk_span){ key, from, until };
	spans->n++;
	return 0;
}

/*
 * The spans of activity of one algorithm, read from the slots.  What was active before the
 * first slot known is not known, and what follows the last slot neither.
 */
static enum verdict
read_spans(const struct subject *s, const struct timeline *t, uint8_t algorithm,
    struct spans *spans)
{
	struct reading	*r;
	const struct key *active = NULL;
	enum verdict	 v = ACCEPT;
	int64_t		 from = INT64_MIN;
	size_t		 i;

	if ((r = calloc(t->n + 1, sizeof(*r))) == NULL)
		return no_memory(s);
	if (t->first > 0)
		zsk_read(r, t->v[0].of, algorithm);
	zsk_read(r + t->first, t->v[t->first].of, algorithm);
	for (i = 0; i <= t->n && v != FAULT; i++) {
		const struct key *now = i < t->n ? r[i].active : NULL;

		if (i < t->n && i >= t->first && r[i].doubtful)
			v = broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", t->v[i].of,
			    t->v[i].index, 0, "of its ZSKs of algorithm %u none is clearly the "
			    "active one", algorithm);
		if (active != NULL && (now == NULL || !key_same(now, active)) &&
		    add_span(spans, active, from, i < t->n ? t->v[i].from : INT64_MAX) == -1)
			v = no_memory(s);
		if (now != NULL && (active == NULL || !key_same(now, active)))
			from = i == 0 ? INT64_MIN : t->v[i].from;
		active = now;
	}
	free(r);
	return v;
}

/* The key with this identifier, wherever it stands. */
static const struct key *
key_named(const struct timeline *t, const char *identifier)
{
	size_t	 i, j;

	for (i = t->n; i-- > 0;)
		for (j = 0; j < t->v[i].bundle->nkeys; j++)
			if (strcmp(t->v[i].bundle->keys[j].identifier, identifier) == 0)
				return &t->v[i].bundle->keys[j];
	return NULL;
}

/* The spans of activity as the --zsk-use file states them. */
static enum verdict
stated_spans(const struct subject *s, const struct timeline *t, struct spans *spans)
{
	const struct zsk_uses *uses = s->zsk_uses;
	const struct key *key;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < uses->n; i++) {
		const struct zsk_use *u = &uses->v[i];

		if ((key = key_named(t, u->identifier)) == NULL)
			v = broken_document(s, uses->input, u->line, "KSR-ZSK-SAFETY",
			    "key '%s' stands in no bundle", u->identifier);
		else if (add_span(spans, key, u->from, u->until) == -1)
			return no_memory(s);
	}
	return v;
}

static int
compare_spans(const void *a, const void *b)
{
	const struct zsk_span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static bool
has_zsk(const struct bundle *b, uint8_t algorithm)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (!key_is_sep(&b->keys[i]) && b->keys[i].algorithm == algorithm)
			return true;
	return false;
}

/* Sorted spans of one algorithm, those that touch made one.  Returns how many are left. */
static size_t
merge_spans(struct zsk_span *v, size_t n)
{
	size_t	 i, m = 0;

	for (i = 0; i < n; i++)
		if (m == 0 || v[i].from > v[m - 1].until)
			v[m++] = v[i];
		else if (v[i].until > v[m - 1].until)
			v[m - 1].until = v[i].until;
	return m;
}

/*
 * With stated spans: in each slot that has ZSKs of an algorithm one of them signs all the time
 * (RFC 4035 2.2).  "v" is merged, so that slots and spans are walked through side by side.
 */
static enum verdict
check_stated_cover(const struct subject *s, const struct timeline *t, uint8_t algorithm,
    const struct zsk_span *v, size_t n)
{
	enum verdict	 verdict = ACCEPT;
	int64_t		 reached;
	size_t		 i, j = 0;

	for (i = t->first; i < t->n; i++) {
		while (j < n && v[j].until <= t->v[i].from)
			j++;
		reached = j < n && v[j].from <= t->v[i].from ? v[j].until : t->v[i].from;
		if (reached < t->v[i].until && has_zsk(t->v[i].bundle, algorithm))
			verdict = broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", t->v[i].of,
			    t->v[i].index, 0, "%s states no active ZSK of algorithm %u at %s",
			    s->zsk_uses->input, algorithm, show_time(reached));
	}
	return verdict;
}

/* The same of one algorithm, whose spans are copied out of all. */
static enum verdict
check_stated_algorithm(const struct subject *s, const struct timeline *t, uint8_t algorithm,
    const struct spans *spans)
{
	struct zsk_span	*own;
	enum verdict	 v;
	size_t		 i, n = 0;

	if ((own = calloc(spans->n + 1, sizeof(*own))) == NULL)
		return no_memory(s);
	for (i = 0; i < spans->n; i++)
		if (spans->v[i].key->algorithm == algorithm)
			own[n++] = spans->v[i];
	qsort(own, n, sizeof(*own), compare_spans);
	v = check_stated_cover(s, t, algorithm, own, merge_spans(own, n));
	free(own);
	return v;
}

/* Of every algorithm that a slot has ZSKs of. */
static enum verdict
check_stated(const struct subject *s, const struct timeline *t, const struct spans *spans)
{
	bool		 seen[256] = { false };
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = t->first; i < t->n; i++)
		for (j = 0; j < t->v[i].bundle->nkeys; j++) {
			const struct key *k = &t->v[i].bundle->keys[j];

			if (key_is_sep(k) || seen[k->algorithm])
				continue;
			seen[k->algorithm] = true;
			v = verdict_worse(v, check_stated_algorithm(s, t, k->algorithm, spans));
		}
	return v;
}

/* Where a key that is missing in slot i is reported: there, or where it becomes active. */
static enum verdict
missing(const struct subject *s, const struct timeline *t, size_t i, const struct zsk_span *span)
{
	const struct slot *slot = &t->v[i];
	const struct key *k = span->key;

	if (i >= t->first)
		return broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", slot->of, slot->index, 0,
		    "key %u (%s) is missing: it %s", k->tag, k->identifier,
		    slot->until <= span->from ? "becomes active less than PublishSafety later" :
		    slot->from >= span->until ? "was active less than RetireSafety before" :
		    "is active");
	for (i = t->first; i + 1 < t->n && t->v[i].from < span->from; i++)
		;
	return broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", t->v[i].of, t->v[i].index, 0,
	    "key %u (%s) becomes active, and is missing less than PublishSafety before, in bundle "
	    "%zu of %s", k->tag, k->identifier, slot->index + 1, s->previous->input);
}

/*
 * A key must stand in every slot in force during [from - PublishSafety, until + RetireSafety): what a
 * cache may hold must have been seen before, and stay until it is gone (RFC 6781 4.1.1,
 * RFC 7583 3.2).  What the previous SKR did with keys of its own time is not judged again.
 */
static enum verdict
check_span(const struct subject *s, const struct timeline *t, const struct zsk_span *span)
{
	int64_t		 from = span->from, until = span->until;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (from != INT64_MIN)
		from -= s->ksr->zsk.publish_safety;
	if (until != INT64_MAX)
		until += s->ksr->zsk.retire_safety;
	for (i = span->from < t->v[t->first].from ? t->first : 0; i < t->n; i++)
		if (t->v[i].until > from && t->v[i].from < until &&
		    bundle_find(t->v[i].bundle, span->key) == NULL)
			v = missing(s, t, i, span);
	return v;
}

static enum verdict
collect_spans(const struct subject *s, const struct timeline *t, struct spans *spans)
{
	bool		 seen[256] = { false };
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	if (s->zsk_uses != NULL) {
		v = stated_spans(s, t, spans);
		return verdict_worse(v, check_stated(s, t, spans));
	}
	for (i = 0; i < t->n; i++)
		for (j = 0; j < t->v[i].bundle->nkeys; j++) {
			const struct key *k = &t->v[i].bundle->keys[j];

			if (key_is_sep(k) || seen[k->algorithm])
				continue;
			seen[k->algorithm] = true;
			v = verdict_worse(v, read_spans(s, t, k->algorithm, spans));
		}
	return v;
}

/* Nothing can be said of slots out of order, unless a rule on overlaps has said so already. */
static enum verdict
judge_disorder(const struct subject *s, const struct timeline *t)
{
	const struct request_policy *p = &s->policy->request;
	const struct slot *slot = &t->v[t->disorder];

	if ((t->disorder > t->first && p->check_bundle_overlap) ||
	    (t->disorder == t->first && p->check_chain_overlap))
		return ACCEPT;
	return broken_document(s, t->disorder < t->first ? s->previous->input : s->ksr->input,
	    slot->bundle->line, "KSR-ZSK-SAFETY", "bundle %zu (%s) is out of order",
	    slot->index + 1, slot->bundle->id);
}

static enum verdict
check_zsk_safety(const struct subject *s)
{
	struct timeline	 t = TIMELINE_EMPTY;
	struct spans	 spans = { NULL, 0 };
	enum verdict	 v;
	size_t		 i;

	if (timeline_build(&t, s->previous == NULL ? NULL : &s->previous->bundles,
	    &s->ksr->bundles) == -1)
		return no_memory(s);
	if (t.disorder < t.n)
		v = judge_disorder(s, &t);
	else
		v = collect_spans(s, &t, &spans);
	for (i = 0; i < spans.n && v != FAULT; i++)
		v = verdict_worse(v, check_span(s, &t, &spans.v[i]));
	free(spans.v);
	timeline_clear(&t);
	return v;
}

static bool
another_signs(const struct bundle *b, const struct key *ksk)
{
	const struct key *k;
	size_t		 i;

	for (i = 0; i < b->nsigs; i++) {
		k = bundle_key_of(b, &b->sigs[i]);
		if (k != NULL && key_is_sep(k) && !key_revoked(k) && !key_same_public(k, ksk))
			return true;
	}
	return false;
}

/* The longer of what our policy says and of what the response itself promises. */
static int64_t
safety(int64_t own, int64_t stated)
{
	return own > stated ? own : stated;
}

typedef enum verdict ksk_fn(const struct subject *, const struct timeline *, const struct key *);

static enum verdict retire_safety(const struct subject *, const struct timeline *,
    const struct key *);

/* As judge_disorder(); and of the two halves of the rule one says so. */
static enum verdict
ksk_disorder(const struct subject *s, const struct timeline *t, ksk_fn *each)
{
	const struct request_policy *p = &s->policy->request;
	const struct slot *slot = &t->v[t->disorder];

	if ((t->disorder == t->first && p->check_chain_overlap) ||
	    (each == retire_safety && s->previous != NULL && p->check_keys_publish_safety))
		return ACCEPT;
	return broken_document(s, t->disorder < t->first ? s->previous->input : s->skr->input,
	    slot->bundle->line, "KSR-POLICY-SAFETY", "bundle %zu (%s) is out of order",
	    slot->index + 1, slot->bundle->id);
}

/* Call "each" for every KSK of the timeline once. */
static enum verdict
each_ksk(const struct subject *s, ksk_fn *each)
{
	struct timeline	 t = TIMELINE_EMPTY;
	struct ksks	 ksks = KSKS_EMPTY;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (timeline_build(&t, s->previous == NULL ? NULL : &s->previous->bundles,
	    &s->skr->bundles) == -1)
		return no_memory(s);
	if (t.disorder < t.n)
		v = ksk_disorder(s, &t, each);
	else if (ksks_collect(&ksks, &t) == -1)
		v = no_memory(s);
	for (i = 0; i < ksks.n && v != FAULT; i++)
		v = verdict_worse(v, each(s, &t, ksks.v[i]));
	ksks_clear(&ksks);
	timeline_clear(&t);
	return v;
}

/* Who signs must have been seen, unrevoked, for PublishSafety before. */
static enum verdict
publish_safety(const struct subject *s, const struct timeline *t, const struct key *k)
{
	int64_t		 least = safety(s->policy->ksk.publish_safety, s->skr->ksk.publish_safety);
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = t->first; i < t->n; i++) {
		if (!role_in(t->v[i].bundle, k).signs)
			continue;
		for (j = i; j > 0 && t->v[j - 1].until > t->v[i].from - least; j--)
			if (!role_in(t->v[j - 1].bundle, k).stands) {
				v = broken_bundle(s, s->skr->input, "KSR-POLICY-SAFETY", t->v[i].of,
				    t->v[i].index, 0, "key %u (%s) signs, and has not been "
				    "published for %s before", k->tag, k->identifier,
				    show_duration(least));
				break;
			}
	}
	return v;
}

/* What key k owes slot j after its last signature, ended by its revocation. */
static enum verdict
owes(const struct subject *s, const struct timeline *t, const struct key *k, size_t j,
    bool *revoked)
{
	const struct bundle *b = t->v[j].bundle;
	struct role	 r = role_in(b, k);

	if (r.stands)
		return ACCEPT;
	*revoked |= r.revoked;
	if (j < t->first || (*revoked && another_signs(b, k)))
		return ACCEPT;
	return broken_bundle(s, s->skr->input, "KSR-POLICY-SAFETY", t->v[j].of, t->v[j].index, 0,
	    *revoked ? "key %u (%s) is revoked or gone while no other key signs" :
	    "key %u (%s) is gone too soon after its last signature", k->tag, k->identifier);
}

/* Who has signed stays for RetireSafety, or is revoked. */
static enum verdict
retire_safety(const struct subject *s, const struct timeline *t, const struct key *k)
{
	int64_t		 least = safety(s->policy->ksk.retire_safety, s->skr->ksk.retire_safety);
	enum verdict	 v = ACCEPT;
	size_t		 i, j;
	bool		 revoked;

	for (i = 0; i + 1 < t->n; i++) {
		if (!role_in(t->v[i].bundle, k).signs || role_in(t->v[i + 1].bundle, k).signs)
			continue;
		revoked = false;
		for (j = i + 1; j < t->n && t->v[j].from < t->v[i].until + least; j++)
			v = verdict_worse(v, owes(s, t, k, j, &revoked));
	}
	return v;
}

static enum verdict
check_publish_safety(const struct subject *s)
{
	/* With --first nobody can have been published before. */
	return s->previous == NULL ? ACCEPT : each_ksk(s, publish_safety);
}

static enum verdict
check_retire_safety(const struct subject *s)
{
	return each_ksk(s, retire_safety);
}

static const struct check zsk_rows[] = {
	{ "KSR-ZSK-SAFETY", "ZSKs change in the planned way, seen before and kept after",
	    check_zsk_safety, SWITCH(request, check_zsk_safety) },
};

static const struct check ksk_rows[] = {
	{ "KSR-POLICY-SAFETY", "a KSK that signs has been published long enough",
	    check_publish_safety, SWITCH(request, check_keys_publish_safety) },
	{ "KSR-POLICY-SAFETY", "a KSK that has signed stays long enough",
	    check_retire_safety, SWITCH(request, check_keys_retire_safety) },
};

const struct check_table zsk_safety_rules = ROWS(zsk_rows);
const struct check_table ksk_safety_rules = ROWS(ksk_rows);
