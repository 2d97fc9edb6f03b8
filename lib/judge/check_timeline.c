/* SKR-TIMELINE: what every cache may hold, at every instant. */

#include "judge/rules.h"
#include "judge/timeline.h"

struct proof {
	const struct subject *s;
	const struct delays *d;
	struct timeline	 t;
	struct zsk_spans spans;
};

static const char *
input_of(const struct proof *p, size_t slot)
{
	return slot < p->t.first ? p->s->previous->input : p->s->skr->input;
}

/* Of a slot before the judged ones: does a cache hold any of it when they begin? */
static bool
matters(const struct proof *p, size_t slot)
{
	struct showing	 set = timeline_showing(&p->t, slot, p->d);
	int64_t		 longer = p->d->ttl > set.ttl ? p->d->ttl : set.ttl;

	return slot >= p->t.first ||
	    set.until + longer + p->d->propagation > p->t.v[p->t.first].from;
}

/* Without knowing who signs there is nothing to prove. */
static enum verdict
judge_signers(const struct proof *p)
{
	const struct zsk_uses *uses = p->s->zsk_uses;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < p->spans.n && uses != NULL; i++)
		if (p->spans.v[i].key == NULL)
			v = broken_document(p->s, uses->input, uses->v[i].line, "SKR-TIMELINE",
			    "key '%s' stands in no bundle", uses->v[i].identifier);
	for (i = 0; i < p->spans.ndoubts; i++) {
		const struct zsk_doubt *d = &p->spans.doubts[i];
		const struct slot *slot = &p->t.v[d->slot];

		if (!matters(p, d->slot))
			continue;
		if (uses == NULL)
			v = broken_bundle(p->s, input_of(p, d->slot), "SKR-TIMELINE", slot->of,
			    slot->index, 0, "of its ZSKs of algorithm %u none is clearly the "
			    "active one: state it with --zsk-use", d->algorithm);
		else
			v = broken_bundle(p->s, input_of(p, d->slot), "SKR-TIMELINE", slot->of,
			    slot->index, 0, "%s states no active ZSK of algorithm %u at %s",
			    uses->input, d->algorithm, show_time(d->instant));
	}
	return v;
}

static enum verdict
say_clash(const struct proof *p, const struct key *k, const struct clash *c)
{
	const struct slot *slot = &p->t.v[c->slot];

	return broken_bundle(p->s, input_of(p, c->slot), "SKR-TIMELINE", slot->of, slot->index, 0,
	    "at %s a cache may hold a signature by key %u (%s), served at %s, and this set, served at "
	    "%s, in which that key is missing", show_time(c->instant), k->tag, k->identifier,
	    show_time(c->signature), show_time(c->set));
}

/* Each key's first clash. */
static enum verdict
judge_keys(const struct proof *p)
{
	enum verdict	 v = ACCEPT;
	struct zsk_span	 span;
	struct clash	 c;
	size_t		 i;

	for (i = 0; i < p->spans.n; i++) {
		if (p->spans.v[i].key == NULL)
			continue;
		span = timeline_signing(&p->t, &p->spans.v[i], p->s->zsk_uses != NULL, p->d);
		if (timeline_clash(&c, &p->t, &span, p->d))
			v = say_clash(p, span.key, &c);
	}
	return v;
}

/* No server may show a set until it expires, nor can one show it too early. */
static enum verdict
judge_times(const struct proof *p)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < p->t.n; i++) {
		const struct slot *slot = &p->t.v[i];
		struct showing	 set = timeline_showing(&p->t, i, p->d);

		if (i + 1 < p->t.first)
			continue;
		if (i + 1 < p->t.n && set.until > set.latest)
			v = broken_bundle(p->s, input_of(p, i), "SKR-TIMELINE", slot->of, slot->index, 0,
			    "is served until %s, when the next one may be, and servers may show it "
			    "for %s after that: it expires at %s", show_time(set.until),
			    show_duration(p->d->propagation),
			    show_time(slot->bundle->expiration));
		else if (set.from >= set.latest)
			v = broken_bundle(p->s, input_of(p, i), "SKR-TIMELINE", slot->of, slot->index, 0,
			    "may be served from %s on, and until %s only", show_time(set.from),
			    show_time(set.latest));
	}
	return v;
}

/*
 * When validators cease to trust a key: where its revoked form is shown first (RFC 5011 2.1).
 */
static int64_t
revoked_at(const struct proof *p, const struct key *k)
{
	size_t	 i, j;

	for (i = 0; i < p->t.n; i++)
		for (j = 0; j < p->t.v[i].bundle->nkeys; j++) {
			const struct key *other = &p->t.v[i].bundle->keys[j];

			if (key_is_sep(other) && key_revoked(other) && key_same_public(other, k))
				return timeline_showing(&p->t, i, p->d).from;
		}
	return INT64_MAX;
}

/* Until when the set is trusted without a break from this instant on; the instant itself: not. */
static int64_t
trusted_until(const struct proof *p, const struct bundle *b, int64_t instant)
{
	const struct anchors *all = p->s->anchors;
	int64_t		 best = instant, until;
	size_t		 i, j;

	for (i = 0; i < b->nsigs; i++) {
		const struct key *k = bundle_key_of(b, &b->sigs[i]);

		if (k == NULL || !key_is_sep(k) || key_revoked(k))
			continue;
		for (j = 0; j < all->n; j++) {
			const struct anchors one = { &all->v[j], 1 };

			if (anchors_find(&one, k, &p->s->skr->name) == NULL ||
			    all->v[j].valid_from > instant)
				continue;
			until = revoked_at(p, k);
			if (all->v[j].valid_until < until)
				until = all->v[j].valid_until;
			if (until > best)
				best = until;
		}
	}
	return best;
}

static enum verdict
judge_trust(const struct proof *p)
{
	enum verdict	 v = ACCEPT;
	int64_t		 instant, further;
	size_t		 i;

	for (i = 0; i < p->t.n && p->s->anchors != NULL; i++) {
		const struct slot *slot = &p->t.v[i];
		struct showing	 set = timeline_showing(&p->t, i, p->d);

		/* What was before the judged ones has been judged. */
		instant = i < p->t.first && set.from < p->t.v[p->t.first].from ?
		    p->t.v[p->t.first].from : set.from;
		for (; instant < set.gone; instant = further)
			if ((further = trusted_until(p, slot->bundle, instant)) <= instant)
				break;
		if (instant < set.gone)
			v = broken_bundle(p->s, input_of(p, i), "SKR-TIMELINE", slot->of, slot->index, 0,
			    "is signed by no key that is trusted at %s, and caches may hold it "
			    "until %s", show_time(instant), show_time(set.gone));
	}
	return v;
}

/* Nothing can be said of slots out of order, and another rule has said that, if it is on. */
static enum verdict
judge_disorder(const struct proof *p)
{
	const struct request_policy *on = &p->s->policy->request;
	const struct slot *slot = &p->t.v[p->t.disorder];

	if (on->check_keys_retire_safety ||
	    (p->s->previous != NULL && on->check_keys_publish_safety) ||
	    (p->t.disorder == p->t.first && on->check_chain_overlap))
		return ACCEPT;
	return broken_bundle(p->s, input_of(p, p->t.disorder), "SKR-TIMELINE", slot->of, slot->index, 0,
	    "is out of order");
}

static enum verdict
judge_all(const struct proof *p)
{
	enum verdict	 v;

	if (p->t.disorder < p->t.n)
		return judge_disorder(p);
	v = judge_signers(p);
	v = verdict_worse(v, judge_keys(p));
	v = verdict_worse(v, judge_times(p));
	return verdict_worse(v, judge_trust(p));
}

static enum verdict
check_timeline(const struct subject *s)
{
	struct proof	 p = { s, s->delays, TIMELINE_EMPTY, ZSK_SPANS_EMPTY };
	enum verdict	 v;

	if (timeline_build(&p.t, s->previous == NULL ? NULL : &s->previous->bundles,
	    &s->skr->bundles) == -1)
		return report_fault(s->report, NULL, "out of memory");
	if (zsk_spans_build(&p.spans, &p.t, s->zsk_uses) == -1)
		v = report_fault(s->report, NULL, "out of memory");
	else
		v = judge_all(&p);
	zsk_spans_clear(&p.spans);
	timeline_clear(&p.t);
	return v;
}

static const struct check timeline_rows[] = {
	{ "SKR-TIMELINE", "no cache can fail, whatever it holds and whenever it asks",
	    check_timeline, SWITCH(response, check_skr_timeline) },
};

const struct check_table timeline_rules = ROWS(timeline_rows);
