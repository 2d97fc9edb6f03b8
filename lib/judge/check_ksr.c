/* The rules of a KSR: the document and its bundles. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/build.h"
#include "base/isotime.h"
#include "judge/rules.h"

struct keyref {			/* a key and the bundle it stands in */
	const struct key *key;
	size_t		 bundle;
};

static enum verdict
check_domain(const struct subject *s)
{
	const struct strings *ok = &s->policy->request.acceptable_domains;
	struct dname	 name;
	size_t		 i;

	for (i = 0; i < ok->n; i++)
		if (dname_parse(&name, ok->v[i]) == 0 && dname_equal(&name, &s->ksr->name))
			return ACCEPT;
	return broken_document(s, s->ksr->input, 0, "KSR-DOMAIN",
	    "domain '%s' is none of the policy's acceptable_domains", s->ksr->domain);
}

/* An id of the history: never for another request, for the same one only by word. */
static enum verdict
check_past(const struct subject *s)
{
	const struct spot at = { s->ksr->input, 0, 0 };

	switch (history_find(s->history, s->ksr->id, s->ksr->digest)) {
	case PAST_NONE:
		return ACCEPT;
	case PAST_OTHER:
		return broken_document(s, s->ksr->input, 0, "KSR-ID",
		    "the history has an answer to another request of the id '%s'", s->ksr->id);
	case PAST_SAME:
		break;
	}
	if (s->again == NULL)
		return broken_document(s, s->ksr->input, 0, "KSR-ID",
		    "the history has an answer to this request (--again REASON to answer again)");
	report_warning(s->report, &at, "KSR-ID", "answered before, and now again: %s", s->again);
	return ACCEPT;
}

static enum verdict
check_id(const struct subject *s)
{
	enum verdict	 v = s->history == NULL ? ACCEPT : check_past(s);

	if (s->previous == NULL || strcmp(s->ksr->id, s->previous->id) != 0)
		return v;
	return broken_document(s, s->ksr->input, 0, "KSR-ID",
	    "the id '%s' is that of the previous SKR, %s", s->ksr->id, s->previous->input);
}

/* The clock cannot be right before what has certainly happened. */
static enum verdict
check_clock(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	if (s->by_hand)
		return ACCEPT;
	if (s->now < build_time)
		v = broken_document(s, s->ksr->input, 0, "KSR-CLOCK",
		    "the clock says %s, before these tools were built, %s", show_time(s->now),
		    show_time(build_time));
	if (s->history != NULL && s->now < history_last(s->history))
		v = broken_document(s, s->ksr->input, 0, "KSR-CLOCK",
		    "the clock says %s, before the last entry of the history, %s",
		    show_time(s->now), show_time(history_last(s->history)));
	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nsigs; j++)
			if (s->now < b->v[i].sigs[j].inception)
				v = broken_bundle(s, s->ksr->input, "KSR-CLOCK", b, i,
				    b->v[i].sigs[j].line, "the clock says %s, before key %u made "
				    "its signature, %s", show_time(s->now), b->v[i].sigs[j].tag,
				    show_time(b->v[i].sigs[j].inception));
	return v;
}

struct idref {
	const char	*id;
	size_t		 bundle;	/* SIZE_MAX: of the previous SKR */
};

static int
compare_ids(const void *a, const void *b)
{
	const struct idref *x = a, *y = b;
	int		 c = strcmp(x->id, y->id);

	/* Those of the previous SKR first, then in the document's order. */
	return c != 0 ? c : (x->bundle + 1 > y->bundle + 1) - (x->bundle + 1 < y->bundle + 1);
}

static enum verdict
check_unique(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	size_t		 old = s->previous == NULL ? 0 : s->previous->bundles.n;
	size_t		 i, n = 0;
	struct idref	*ids;
	enum verdict	 v = ACCEPT;

	if ((ids = calloc(b->n + old + 1, sizeof(*ids))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (i = 0; i < b->n; i++)
		ids[n++] = (struct idref){ b->v[i].id, i };
	for (i = 0; i < old; i++)
		ids[n++] = (struct idref){ s->previous->bundles.v[i].id, SIZE_MAX };
	qsort(ids, n, sizeof(*ids), compare_ids);
	for (i = 1; i < n; i++) {
		if (ids[i].bundle == SIZE_MAX || strcmp(ids[i].id, ids[i - 1].id) != 0)
			continue;
		v = ids[i - 1].bundle == SIZE_MAX ?
		    broken_bundle(s, s->ksr->input, "KSR-BUNDLE-UNIQUE", b, ids[i].bundle, 0,
		    "the previous SKR has a bundle of the same id") :
		    broken_bundle(s, s->ksr->input, "KSR-BUNDLE-UNIQUE", b, ids[i].bundle, 0,
		    "bundle %zu has the same id", ids[i - 1].bundle + 1);
	}
	free(ids);
	return v;
}

static int
compare_identifiers(const void *a, const void *b)
{
	const struct keyref *x = a, *y = b;
	int		 c = strcmp(x->key->identifier, y->key->identifier);

	return c != 0 ? c : (x->bundle > y->bundle) - (x->bundle < y->bundle);
}

/* One identifier, one key, over all bundles. */
static enum verdict
same_identifier(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	struct keyref	*refs;
	size_t		 i, j, n = 0;
	enum verdict	 v = ACCEPT;

	for (i = 0; i < b->n; i++)
		n += b->v[i].nkeys;
	if ((refs = calloc(n + 1, sizeof(*refs))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (i = n = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++)
			refs[n++] = (struct keyref){ &b->v[i].keys[j], i };
	qsort(refs, n, sizeof(*refs), compare_identifiers);
	for (i = 1; i < n; i++) {
		const struct key *k = refs[i].key, *before = refs[i - 1].key;

		/* One that is the same key in the same bundle is a double. */
		if (strcmp(k->identifier, before->identifier) == 0 && !key_same(k, before))
			v = broken_bundle(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, refs[i].bundle,
			    k->line, "keyIdentifier '%s' is used again, %s",
			    k->identifier, refs[i].bundle == refs[i - 1].bundle ?
			    "in the same bundle" : "for another key than before");
	}
	free(refs);
	return v;
}

/* Does the key fit one SignatureAlgorithm of the request?  *off: but for its exponent. */
static bool
fits_policy(const struct sigpolicy *p, const struct key *key, unsigned bits,
    uint64_t exponent, bool *off)
{
	bool		 fits = false;
	size_t		 i;

	*off = false;
	for (i = 0; i < p->nalgs; i++) {
		const struct sigalg *a = &p->algs[i];

		if (a->algorithm != key->algorithm || a->bits != bits)
			continue;
		if (a->family != FAMILY_RSA || a->exponent == exponent)
			fits = true;
		else
			*off = true;
	}
	return fits;
}

static enum verdict
check_one_key(const struct subject *s, size_t i, const struct key *k)
{
	const struct bundles *b = &s->ksr->bundles;
	const struct spot at = { s->ksr->input, k->line, 0 };
	enum verdict	 v = ACCEPT;
	uint64_t	 exponent = 0;
	unsigned	 bits = 0;
	bool		 off;

	if (k->flags != DNSKEY_ZSK)
		v = broken_bundle(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, i, k->line,
		    "key %u (%s): flags %u, a request has ZSKs (256) only", k->tag,
		    k->identifier, k->flags);
	if (k->tag != key_tag(k))
		v = broken_bundle(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, i, k->line,
		    "key %u (%s): its tag is %u (RFC 4034 appendix B)", k->tag, k->identifier,
		    key_tag(k));
	if (key_size(k, &bits, &exponent) == -1)
		return broken_bundle(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, i, k->line,
		    "key %u (%s): not a public key of algorithm %u", k->tag, k->identifier,
		    k->algorithm);
	if (fits_policy(&s->ksr->zsk, k, bits, exponent, &off))
		return v;
	if (off && !s->policy->request.rsa_exponent_match_zsk_policy) {
		report_warning(s->report, &at, "KSR-BUNDLE-KEYS",
		    "key %u (%s): exponent %" PRIu64 " is not that of the request's policy",
		    k->tag, k->identifier, exponent);
		return v;
	}
	return broken_bundle(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, i, k->line,
	    "key %u (%s): algorithm %u with %u bits%s is not in the request's ZSK policy",
	    k->tag, k->identifier, k->algorithm, bits, off ? " and this exponent" : "");
}

static enum verdict
check_keys(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	enum verdict	 v;
	size_t		 i, j;

	v = same_identifier(s);
	for (i = 0; i < b->n; i++)
		v = verdict_worse(v, judge_doubles(s, s->ksr->input, "KSR-BUNDLE-KEYS", b, i));
	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++)
			v = verdict_worse(v, check_one_key(s, i, &b->v[i].keys[j]));
	return v;
}

static enum verdict
check_ttl(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	uint32_t	 ttl = dnskey_ttl(s->policy);
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++) {
			const struct key *k = &b->v[i].keys[j];

			if (k->ttl != ttl)
				v = broken_bundle(s, s->ksr->input, "KSR-BUNDLE-TTL", b, i,
				    k->line, "key %u (%s): TTL %u, the policy says %u",
				    k->tag, k->identifier, k->ttl, ttl);
		}
	return v;
}

/* Every key of the bundle has made one signature that holds, and no other. */
static enum verdict
check_possession(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->ksr->bundles;
	const struct bundle *bundle = &b->v[i];
	unsigned char	*proved;		/* by how many signatures, 2: two or more */
	enum verdict	 v = ACCEPT, one;
	size_t		 j;

	if ((proved = calloc(bundle->nkeys + 1, sizeof(*proved))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (j = 0; j < bundle->nsigs; j++) {
		const struct key *k = bundle_key_of(bundle, &bundle->sigs[j]);

		one = judge_signature(s, s->ksr->input, "KSR-BUNDLE-POP", b, i,
		    &bundle->sigs[j], &s->ksr->name);
		v = verdict_worse(v, one);
		if (k == NULL)
			continue;
		if (proved[k - bundle->keys] == 1)
			v = verdict_worse(v, broken_bundle(s, s->ksr->input, "KSR-BUNDLE-POP", b, i,
			    bundle->sigs[j].line, "key %u (%s) has made more than one signature",
			    k->tag, k->identifier));
		if (proved[k - bundle->keys] < 2)
			proved[k - bundle->keys]++;	/* a bad one is reported itself */
	}
	for (j = 0; j < bundle->nkeys; j++)
		if (!proved[j])
			v = verdict_worse(v, broken_bundle(s, s->ksr->input, "KSR-BUNDLE-POP", b, i,
			    bundle->keys[j].line, "key %u (%s) has made no signature",
			    bundle->keys[j].tag, bundle->keys[j].identifier));
	free(proved);
	return v;
}

static enum verdict
check_pop(const struct subject *s)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < s->ksr->bundles.n; i++)
		v = verdict_worse(v, check_possession(s, i));
	return v;
}

static enum verdict
check_count(const struct subject *s)
{
	size_t		 n = s->ksr->bundles.n;
	uint64_t	 want = s->policy->request.num_bundles;

	if (n == want)
		return ACCEPT;
	return broken_document(s, s->ksr->input, 0, "KSR-BUNDLE-COUNT",
	    "%zu bundles, the policy says %" PRIu64, n, want);
}

static enum verdict
check_cycle(const struct subject *s)
{
	const struct request_policy *p = &s->policy->request;
	const struct bundles *b = &s->ksr->bundles;
	int64_t		 length = b->v[b->n - 1].inception - b->v[0].inception;

	if (length >= p->min_cycle_inception_length && length <= p->max_cycle_inception_length)
		return ACCEPT;
	return broken_document(s, s->ksr->input, b->v[b->n - 1].line, "KSR-BUNDLE-CYCLE-DURATION",
	    "%s from the first inception to the last, the policy says %s to %s",
	    show_duration(length), show_duration(p->min_cycle_inception_length),
	    show_duration(p->max_cycle_inception_length));
}

static const struct check rows[] = {
	{ "KSR-DOMAIN", "the domain is one we sign for",
	    check_domain, SWITCH(request, check_domain) },
	{ "KSR-ID", "the id is new",
	    check_id, SWITCH(request, check_id) },
	{ "KSR-CLOCK", "the clock is not before what has happened",
	    check_clock, SWITCH(request, check_clock) },
	{ "KSR-BUNDLE-UNIQUE", "bundle ids are unique and new",
	    check_unique, ALWAYS },
	{ "KSR-BUNDLE-KEYS", "keys are ZSKs as the request's policy says, and consistent",
	    check_keys, SWITCH(request, keys_match_zsk_policy) },
	{ "KSR-BUNDLE-TTL", "all keys have the policy's TTL",
	    check_ttl, SWITCH(request, check_bundle_ttl) },
	{ "KSR-BUNDLE-POP", "every ZSK signs its own bundles",
	    check_pop, SWITCH(request, validate_signatures) },
	{ "KSR-BUNDLE-COUNT", "the number of bundles is the policy's",
	    check_count, SWITCH(request, check_bundle_count) },
	{ "KSR-BUNDLE-CYCLE-DURATION", "the cycle is as long as the policy says",
	    check_cycle, SWITCH(request, check_cycle_length) },
};

const struct check_table ksr_rules = ROWS(rows);
