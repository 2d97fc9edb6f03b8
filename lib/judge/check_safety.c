/* The rules on when keys come and go: KSR-ZSK-SAFETY and KSR-POLICY-SAFETY. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "judge/ksks.h"
#include "judge/rules.h"
#include "judge/timeline.h"

static enum verdict
no_memory(const struct subject *s)
{
	return report_fault(s->report, NULL, "out of memory");
}

/* What is wrong with the spans themselves: slots that do not tell, files that do not fit. */
static enum verdict
judge_spans(const struct subject *s, const struct timeline *t, const struct zsk_spans *spans)
{
	const struct zsk_uses *uses = s->zsk_uses;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < spans->n && uses != NULL; i++)
		if (spans->v[i].key == NULL)
			v = broken_document(s, uses->input, uses->v[i].line, "KSR-ZSK-SAFETY",
			    "key '%s' stands in no bundle", uses->v[i].identifier);
	for (i = 0; i < spans->ndoubts; i++) {
		const struct zsk_doubt *d = &spans->doubts[i];
		const struct slot *slot = &t->v[d->slot];

		if (d->slot < t->first)
			continue;
		if (uses == NULL)
			v = broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", slot->of, slot->index,
			    0, "of its ZSKs of algorithm %u none is clearly the active one",
			    d->algorithm);
		else
			v = broken_bundle(s, s->ksr->input, "KSR-ZSK-SAFETY", slot->of, slot->index,
			    0, "%s states no active ZSK of algorithm %u at %s", uses->input,
			    d->algorithm, show_time(d->instant));
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

/* Does some ZSK of this algorithm sign at every instant of [from, until)? */
static bool
signs_throughout(const struct zsk_spans *spans, uint8_t algorithm, int64_t from, int64_t until)
{
	bool		 further = true;
	size_t		 i;

	/* The spans of an algorithm are mostly in order, and then one round does. */
	while (from < until && further)
		for (further = false, i = 0; i < spans->n; i++) {
			const struct zsk_span *one = &spans->v[i];

			if (one->key == NULL || one->key->algorithm != algorithm ||
			    one->from > from || one->until <= from)
				continue;
			from = one->until;
			further = true;
		}
	return from >= until;
}

/*
 * Where an algorithm comes or goes, its first ZSK cannot stand before it signs, nor its last one
 * after (RFC 4035 2.2): who holds a set without it goes by the signatures of another (RFC 6840 5.11).
 * Is there one in slot i, that signs whenever the key of the span does and this set may be held?
 */
static bool
another_carries(const struct subject *s, const struct timeline *t, size_t i,
    const struct zsk_spans *spans, const struct zsk_span *span)
{
	const struct slot *slot = &t->v[i];
	int64_t		 from = slot->from - s->ksr->zsk.retire_safety;
	int64_t		 until = slot->until + s->ksr->zsk.publish_safety;
	bool		 tried[256] = { false };
	size_t		 j;

	if (zsk_stands(slot->bundle, span->key->algorithm))
		return false;
	if (from < span->from)
		from = span->from;
	if (until > span->until)
		until = span->until;
	for (j = 0; j < slot->bundle->nkeys; j++) {
		const struct key *k = &slot->bundle->keys[j];

		if (key_is_sep(k) || tried[k->algorithm])
			continue;
		tried[k->algorithm] = true;
		if (signs_throughout(spans, k->algorithm, from, until))
			return true;
	}
	return false;
}

/*
 * A key must stand in every slot in force during [from - PublishSafety, until + RetireSafety): what a
 * cache may hold must have been seen before, and stay until it is gone (RFC 6781 4.1.1,
 * RFC 7583 3.2).  What the previous SKR did with keys of its own time is not judged again.
 */
static enum verdict
check_span(const struct subject *s, const struct timeline *t, const struct zsk_spans *spans,
    const struct zsk_span *span)
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
		    bundle_find(t->v[i].bundle, span->key) == NULL &&
		    !another_carries(s, t, i, spans, span))
			v = missing(s, t, i, span);
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
	struct zsk_spans spans = ZSK_SPANS_EMPTY;
	enum verdict	 v;
	size_t		 i;

	if (timeline_build(&t, s->previous == NULL ? NULL : &s->previous->bundles,
	    &s->ksr->bundles) == -1)
		return no_memory(s);
	if (t.disorder < t.n)
		v = judge_disorder(s, &t);
	else if (zsk_spans_build(&spans, &t, s->zsk_uses) == -1)
		v = no_memory(s);
	else
		v = judge_spans(s, &t, &spans);
	for (i = 0; i < spans.n && v != FAULT; i++)
		if (spans.v[i].key != NULL)
			v = verdict_worse(v, check_span(s, &t, &spans, &spans.v[i]));
	zsk_spans_clear(&spans);
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
