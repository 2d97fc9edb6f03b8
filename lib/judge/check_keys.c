/* The rules on single keys of a KSR: KSR-BUNDLE-TAGS and KSR-KEY-QUALITY. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "judge/quality.h"
#include "judge/rules.h"

/* A tag that a KSK has, or will have once it is revoked. */
struct ksk_tag {
	const char	*name;
	uint16_t	 tag;
	uint8_t		 algorithm;
	bool		 revoked;
};

struct ksk_tags {
	struct ksk_tag	*v;
	size_t		 n;
};

static enum verdict
no_memory(const struct subject *s)
{
	return report_fault(s->report, NULL, "out of memory");
}

static int
add_tag(struct ksk_tags *tags, const char *name, uint8_t algorithm, uint16_t tag, bool revoked)
{
	struct ksk_tag	*t;

	if ((t = array_add(&tags->v, tags->n, sizeof(*t))) == NULL)
		return -1;
	*t = (struct ksk_tag){ name, tag, algorithm, revoked };
	tags->n++;
	return 0;
}

/* Both tags of a KSK whose public key is known. */
static int
add_key(struct ksk_tags *tags, const struct key *key)
{
	struct key	 plain = *key;

	plain.flags &= (uint16_t)~DNSKEY_REVOKE;
	if (add_tag(tags, key->identifier, key->algorithm, key_tag(&plain), false) == -1)
		return -1;
	return add_tag(tags, key->identifier, key->algorithm, key_tag_revoked(&plain), true);
}

/*
 * Of a KSK of which the policy states the tag alone: REVOKE adds 128 to the sum that the
 * tag is folded from, which makes 128 or, with a carry, 129 (RFC 4034 appendix B).
 */
static int
add_stated(struct ksk_tags *tags, const struct ksk *k)
{
	if (add_tag(tags, k->name, k->algorithm, k->tag, false) == -1 ||
	    add_tag(tags, k->name, k->algorithm, (uint16_t)(k->tag + 128), true) == -1)
		return -1;
	return add_tag(tags, k->name, k->algorithm, (uint16_t)(k->tag + 129), true);
}

static bool
known(const struct ksk_tags *tags, uint8_t algorithm, uint16_t tag)
{
	size_t	 i;

	for (i = 0; i < tags->n; i++)
		if (!tags->v[i].revoked && tags->v[i].algorithm == algorithm &&
		    tags->v[i].tag == tag)
			return true;
	return false;
}

/* All KSKs that may stand beside the request's keys: of the previous SKR, and of the policy. */
static int
collect_tags(const struct subject *s, struct ksk_tags *tags)
{
	const struct bundle *last;
	size_t		 i;

	if (s->previous != NULL) {
		last = &s->previous->bundles.v[s->previous->bundles.n - 1];
		for (i = 0; i < last->nkeys; i++)
			if (key_is_sep(&last->keys[i]) && add_key(tags, &last->keys[i]) == -1)
				return -1;
	}
	for (i = 0; i < s->policy->nkeys; i++) {
		const struct ksk *k = &s->policy->keys[i];

		if (k->has_tag && !known(tags, k->algorithm, k->tag) &&
		    add_stated(tags, k) == -1)
			return -1;
	}
	return 0;
}

/* Two keys of one tag: broken within an algorithm, else a warning. */
static enum verdict
clash(const struct subject *s, size_t i, const struct key *k, uint8_t algorithm,
    const char *other, const char *form)
{
	const struct bundles *b = &s->ksr->bundles;
	const struct spot at = { s->ksr->input, k->line, 0 };

	if (algorithm == k->algorithm)
		return broken_bundle(s, s->ksr->input, "KSR-BUNDLE-TAGS", b, i, k->line,
		    "key %u (%s) has the key tag of %s%s", key_tag(k), k->identifier, other, form);
	report_warning(s->report, &at, "KSR-BUNDLE-TAGS",
	    "bundle %zu (%s): key %u (%s) has the key tag of %s%s, of another algorithm", i + 1,
	    b->v[i].id, key_tag(k), k->identifier, other, form);
	return ACCEPT;
}

static enum verdict
bundle_tags(const struct subject *s, size_t i, const struct ksk_tags *tags)
{
	const struct bundle *b = &s->ksr->bundles.v[i];
	enum verdict	 v = ACCEPT;
	uint16_t	 tag;
	size_t		 j, m;

	for (j = 0; j < b->nkeys; j++) {
		const struct key *k = &b->keys[j];

		tag = key_tag(k);
		for (m = 0; m < j; m++)
			if (key_tag(&b->keys[m]) == tag && !key_same_public(&b->keys[m], k))
				v = verdict_worse(v, clash(s, i, k, b->keys[m].algorithm,
				    b->keys[m].identifier, ""));
		for (m = 0; m < tags->n; m++)
			if (tags->v[m].tag == tag)
				v = verdict_worse(v, clash(s, i, k, tags->v[m].algorithm,
				    tags->v[m].name, tags->v[m].revoked ? ", once revoked" : ""));
	}
	return v;
}

static enum verdict
check_tags(const struct subject *s)
{
	struct ksk_tags	 tags = { NULL, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (collect_tags(s, &tags) == -1)
		v = no_memory(s);
	for (i = 0; i < s->ksr->bundles.n && v != FAULT; i++)
		v = verdict_worse(v, bundle_tags(s, i, &tags));
	free(tags.v);
	return v;
}

/* A key and the first bundle that it stands in. */
struct place {
	const struct key *key;
	size_t		 bundle;
};

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int		 c = key_compare(x->key, y->key);

	return c != 0 ? c : (x->bundle > y->bundle) - (x->bundle < y->bundle);
}

/* The different keys of some bundles, in canonical order.  The caller frees; NULL: out of memory. */
static struct place *
different(const struct bundles *b, size_t *count)
{
	struct place	*p;
	size_t		 i, j, n = 0, m = 0;

	for (i = 0; i < b->n; i++)
		n += b->v[i].nkeys;
	if ((p = calloc(n + 1, sizeof(*p))) == NULL)
		return NULL;
	for (i = n = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++)
			p[n++] = (struct place){ &b->v[i].keys[j], i };
	qsort(p, n, sizeof(*p), compare_places);
	for (i = 0; i < n; i++)
		if (m == 0 || key_compare(p[m - 1].key, p[i].key) != 0)
			p[m++] = p[i];
	*count = m;
	return p;
}

#define REMEMBERED	32	/* keys at hand, above which nothing is looked up or kept */

/* All that is at hand: those to judge, then the others. */
struct hand {
	const struct key *v[QUALITY_KEYS];
	size_t		 judged;
	size_t		 n;
};

/*
 * Found sound before, and compared with all that is at hand now, but for keys that have never been
 * judged: these will be, and are compared with it then.
 */
static bool
known_sound(const struct subject *s, const struct hand *h, size_t i)
{
	size_t	 j;

	if (h->n > REMEMBERED || !verifier_sound(s->verifier, h->v[i], NULL))
		return false;
	for (j = 0; j < h->n; j++)
		if (!key_same_public(h->v[i], h->v[j]) &&
		    (j >= h->judged || verifier_sound(s->verifier, h->v[j], NULL)) &&
		    !verifier_sound(s->verifier, h->v[i], h->v[j]))
			return false;
	return true;
}

static void
remember(const struct subject *s, const struct hand *h, size_t i)
{
	size_t	 j;

	if (h->n > REMEMBERED)
		return;
	verifier_found_sound(s->verifier, h->v[i], NULL);
	for (j = 0; j < h->n; j++)
		if (!key_same_public(h->v[i], h->v[j]))
			verifier_found_sound(s->verifier, h->v[i], h->v[j]);
}

/* Those that are not known yet, q[i] of which[i], with all others at hand.  0, or -1. */
static int
judge_unknown(const struct subject *s, const struct hand *h, struct quality *q, size_t *which,
    size_t *n)
{
	const struct key *unknown[QUALITY_KEYS] = { NULL }, *rest[QUALITY_KEYS] = { NULL };
	size_t		 i, m = 0;

	*n = 0;
	for (i = 0; i < h->n; i++)
		if (i >= h->judged || known_sound(s, h, i))
			rest[m++] = h->v[i];
		else {
			which[*n] = i;
			unknown[(*n)++] = h->v[i];
		}
	if (quality_judge(q, unknown, *n, rest, m) == -1)
		return -1;
	for (i = 0; i < *n; i++)
		if (q[i].fault == NULL)
			remember(s, h, which[i]);
	return 0;
}

static enum verdict
judge_keys(const struct subject *s, const struct place *keys, size_t n,
    const struct key *const *others, size_t m)
{
	struct hand	 h = { { NULL }, n, n + m };
	struct quality	 q[QUALITY_KEYS];
	enum verdict	 v = ACCEPT;
	size_t		 which[QUALITY_KEYS], i;

	if (n + m > QUALITY_KEYS)
		return broken_document(s, s->ksr->input, 0, "KSR-KEY-QUALITY",
		    "%zu different keys at hand, more than %d are not judged", n + m, QUALITY_KEYS);
	for (i = 0; i < n + m; i++)
		h.v[i] = i < n ? keys[i].key : others[i - n];
	if (judge_unknown(s, &h, q, which, &n) == -1)
		return no_memory(s);
	for (i = 0; i < n; i++) {
		const struct place *at = &keys[which[i]];
		const struct key *k = at->key, *with = q[i].shares;

		if (q[i].fault != NULL)
			v = broken_bundle(s, s->ksr->input, "KSR-KEY-QUALITY", &s->ksr->bundles,
			    at->bundle, k->line, "key %u (%s): %s%s%s", k->tag, k->identifier,
			    q[i].fault, with == NULL ? "" : ": ", with == NULL ? "" : with->identifier);
	}
	return v;
}

static enum verdict
check_quality(const struct subject *s)
{
	struct place	*keys = NULL, *before = NULL;
	const struct key **others = NULL;
	enum verdict	 v = FAULT;
	size_t		 i, n = 0, m = 0;

	keys = different(&s->ksr->bundles, &n);
	if (s->previous != NULL)
		before = different(&s->previous->bundles, &m);
	others = calloc(m + 1, sizeof(*others));
	if (keys == NULL || others == NULL || (s->previous != NULL && before == NULL))
		v = no_memory(s);
	else {
		for (i = 0; i < m; i++)
			others[i] = before[i].key;
		v = judge_keys(s, keys, n, others, m);
	}
	free(others);
	free(before);
	free(keys);
	return v;
}

/* The KSKs on the token, where the previous SKR does not show them already. */
static enum verdict
check_held(const struct subject *s)
{
	const struct key *unseen[QUALITY_KEYS];
	struct place	*keys;
	enum verdict	 v;
	size_t		 i, j, n = 0, m = 0;
	const struct bundle *last = s->previous == NULL ? NULL :
	    &s->previous->bundles.v[s->previous->bundles.n - 1];

	for (i = 0; i < s->nheld && m < QUALITY_KEYS; i++) {
		for (j = 0; last != NULL && j < last->nkeys; j++)
			if (key_same_public(&last->keys[j], s->held[i]))
				break;
		if (last == NULL || j == last->nkeys)
			unseen[m++] = s->held[i];
	}
	if (m == 0)
		return ACCEPT;
	if ((keys = different(&s->ksr->bundles, &n)) == NULL)
		return no_memory(s);
	v = judge_keys(s, keys, n, unseen, m);
	free(keys);
	return v;
}

static const struct check rows[] = {
	{ "KSR-BUNDLE-TAGS", "no two keys of a bundle have the same tag",
	    check_tags, SWITCH(request, check_bundle_tags) },
	{ "KSR-KEY-QUALITY", "keys cannot be broken by a known shortcut",
	    check_quality, SWITCH(request, check_key_quality) },
};

static const struct check token_rows[] = {
	{ "KSR-KEY-QUALITY", "no key shares a factor with a KSK on the token",
	    check_held, SWITCH(request, check_key_quality) },
};

const struct check_table key_rules = ROWS(rows);
const struct check_table held_rules = ROWS(token_rows);
