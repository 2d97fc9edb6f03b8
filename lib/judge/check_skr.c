/* The rules of an SKR. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "judge/parent.h"
#include "judge/rules.h"

const struct key *
signer_of(const struct subject *s, const struct bundle *b, const struct sig *sig)
{
	const struct key *key = bundle_key_of(b, sig);
	size_t		 i;

	for (i = 0; key == NULL && i < s->nextra; i++)
		if (s->extra[i].algorithm == sig->algorithm && key_tag(&s->extra[i]) == sig->tag)
			key = &s->extra[i];
	return key;
}

/* The RRSIG's fields beside the key they name (RFC 4035 5.3.1). */
static enum verdict
judge_fields(const struct subject *s, const char *input, const char *rule,
    const struct bundles *b, size_t i, const struct sig *sig, const struct key *key,
    const struct dname *zone)
{
	uint32_t	 ttl = b->v[i].keys[0].ttl;
	struct dname	 signer;
	enum verdict	 v = ACCEPT;

	if (dname_parse(&signer, sig->signer) == -1 || !dname_equal(&signer, zone))
		v = broken_bundle(s, input, rule, b, i, sig->line,
		    "signature of key %u: the signer's name '%s' is not the domain", sig->tag,
		    sig->signer);
	if (sig->labels != dname_labels(zone))
		v = broken_bundle(s, input, rule, b, i, sig->line,
		    "signature of key %u: %u labels, the domain has %u (RFC 4034 3.1.3)", sig->tag,
		    sig->labels, dname_labels(zone));
	if (sig->original_ttl != ttl)
		v = broken_bundle(s, input, rule, b, i, sig->line,
		    "signature of key %u: original TTL %u, the keys have %u (RFC 4034 3.1.4)",
		    sig->tag, sig->original_ttl, ttl);
	if (sig->tag != key_tag(key))
		v = broken_bundle(s, input, rule, b, i, sig->line,
		    "signature of key %u: the tag of that key is %u", sig->tag, key_tag(key));
	return v;
}

enum verdict
judge_signature(const struct subject *s, const char *input, const char *rule,
    const struct bundles *b, size_t i, const struct sig *sig, const struct dname *zone)
{
	const struct bundle *bundle = &b->v[i];
	const struct key *key = signer_of(s, bundle, sig);
	enum verdict	 v;

	if (key == NULL)
		return broken_bundle(s, input, rule, b, i, sig->line,
		    "signature of key %u (%s): no such key of algorithm %u in the bundle",
		    sig->tag, sig->identifier, sig->algorithm);
	/* What is wrong in a field makes the mathematics fail too: one fault, one line. */
	if ((v = judge_fields(s, input, rule, b, i, sig, key, zone)) != ACCEPT)
		return v;
	switch (rrsig_verify(s->verifier, sig, key, zone, bundle)) {
	case 1:
		return ACCEPT;
	case 0:
		return broken_bundle(s, input, rule, b, i, sig->line,
		    "key %u (%s): signature does not verify (RFC 4035 5.3.3)", sig->tag,
		    sig->identifier);
	default:
		return report_fault(s->report, NULL, "cannot verify: out of memory");
	}
}

/* Times and TTL are the bundle's and the key's: what a KSR's signatures need not have. */
static enum verdict
judge_times(const struct subject *s, size_t i, const struct sig *sig)
{
	const struct bundles *b = &s->skr->bundles;
	uint32_t	 ttl = b->v[i].keys[0].ttl;
	const char	*input = s->skr->input;
	enum verdict	 v = ACCEPT;

	if (sig->inception != b->v[i].inception)
		v = broken_bundle(s, input, "SKR-VERIFY", b, i, sig->line,
		    "signature of key %u: inception %s is not the bundle's", sig->tag,
		    show_time(sig->inception));
	if (sig->expiration != b->v[i].expiration)
		v = broken_bundle(s, input, "SKR-VERIFY", b, i, sig->line,
		    "signature of key %u: expiration %s is not the bundle's", sig->tag,
		    show_time(sig->expiration));
	if (sig->ttl != ttl)
		v = broken_bundle(s, input, "SKR-VERIFY", b, i, sig->line,
		    "signature of key %u: TTL %u, the keys have %u", sig->tag, sig->ttl, ttl);
	return v;
}

/* Those of one public key together, in its different forms. */
static int
by_public(const void *pa, const void *pb)
{
	const struct key *a = *(const struct key *const *)pa, *b = *(const struct key *const *)pb;
	int		 c;

	if (a->algorithm != b->algorithm || a->len != b->len)
		return a->algorithm != b->algorithm ? a->algorithm - b->algorithm :
		    a->len < b->len ? -1 : 1;
	if (a->len > 0 && (c = memcmp(a->public, b->public, a->len)) != 0)
		return c;
	return (c = key_compare(a, b)) != 0 ? c : (a > b) - (a < b);
}

/* The keys of a bundle in that order; the caller frees.  NULL: out of memory. */
static const struct key **
sorted_keys(const struct bundle *b)
{
	const struct key **keys;
	size_t		 i;

	if ((keys = calloc(b->nkeys + 1, sizeof(const struct key *))) == NULL)
		return NULL;
	for (i = 0; i < b->nkeys; i++)
		keys[i] = &b->keys[i];
	qsort(keys, b->nkeys, sizeof(const struct key *), by_public);
	return keys;
}

enum verdict
judge_doubles(const struct subject *s, const char *input, const char *rule,
    const struct bundles *b, size_t i)
{
	const struct key **keys;
	enum verdict	 v = ACCEPT;
	size_t		 j, n;

	if (b->v[i].nkeys < 2)
		return ACCEPT;
	if ((keys = sorted_keys(&b->v[i])) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (j = 0; j < b->v[i].nkeys; j += n) {
		for (n = 1; j + n < b->v[i].nkeys && key_same(keys[j], keys[j + n]); n++)
			;
		if (n > 1)
			v = broken_bundle(s, input, rule, b, i, keys[j + 1]->line,
			    "key %u (%s) stands there %zu times (RFC 2181 5)", keys[j]->tag,
			    keys[j]->identifier, n);
	}
	free(keys);
	return v;
}

/* What every key of a set must be, whoever it belongs to. */
static enum verdict
verify_keys(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->skr->bundles;
	enum verdict	 v = judge_doubles(s, s->skr->input, "SKR-VERIFY", b, i);
	size_t		 j;

	for (j = 0; j < b->v[i].nkeys; j++) {
		const struct key *k = &b->v[i].keys[j];

		if (k->tag != key_tag(k))
			v = broken_bundle(s, s->skr->input, "SKR-VERIFY", b, i, k->line,
			    "key %u (%s): its tag is %u", k->tag, k->identifier, key_tag(k));
		if (k->ttl != b->v[i].keys[0].ttl)
			v = broken_bundle(s, s->skr->input, "SKR-VERIFY", b, i, k->line,
			    "key %u (%s): TTL %u is not that of the set (RFC 2181 5.2)", k->tag,
			    k->identifier, k->ttl);
	}
	return v;
}

/* Each signature holds, and a key makes one: more of them are only weight in the answer. */
static enum verdict
verify_signatures(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->skr->bundles;
	const struct bundle *bundle = &b->v[i];
	enum verdict	 v = ACCEPT;
	unsigned char	*made;			/* how many a key has; 2: two or more */
	size_t		 j, which;

	if ((made = calloc(bundle->nkeys + s->nextra + 1, sizeof(*made))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (j = 0; j < bundle->nsigs; j++) {
		const struct sig *sig = &bundle->sigs[j];
		const struct key *k = signer_of(s, bundle, sig);

		v = verdict_worse(v, judge_times(s, i, sig));
		v = verdict_worse(v, judge_signature(s, s->skr->input, "SKR-VERIFY", b, i, sig,
		    &s->skr->name));
		if (k == NULL)
			continue;
		which = bundle_key_of(bundle, sig) == k ? (size_t)(k - bundle->keys) :
		    bundle->nkeys + (size_t)(k - s->extra);
		if (made[which] == 1)
			v = verdict_worse(v, broken_bundle(s, s->skr->input, "SKR-VERIFY", b, i,
			    sig->line, "key %u (%s) has made more than one signature", sig->tag,
			    sig->identifier));
		if (made[which] < 2)
			made[which]++;
	}
	free(made);
	return v;
}

static enum verdict
check_verify(const struct subject *s)
{
	const struct bundles *b = &s->skr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < b->n; i++) {
		if (b->v[i].expiration <= b->v[i].inception)
			v = verdict_worse(v, broken_bundle(s, s->skr->input, "SKR-VERIFY", b, i, 0,
			    "expires before it begins"));
		if (b->v[i].nsigs == 0)
			v = verdict_worse(v, broken_bundle(s, s->skr->input, "SKR-VERIFY", b, i, 0,
			    "no signature"));
		v = verdict_worse(v, verify_keys(s, i));
		v = verdict_worse(v, verify_signatures(s, i));
	}
	return v;
}

static enum verdict
check_count(const struct subject *s)
{
	size_t		 n = s->skr->bundles.n;
	uint64_t	 want = s->policy->response.num_bundles;

	if (n == want)
		return ACCEPT;
	return broken_document(s, s->skr->input, 0, "SKR-COUNT",
	    "%zu bundles, the policy says %" PRIu64, n, want);
}

/* Of the DS records that resolvers may hold beside the bundle's keys; "settled" is known to sign. */
static enum verdict
alg_of_parent(const struct subject *s, size_t i, bool settled[256])
{
	const struct bundles *b = &s->skr->bundles;
	const struct parent *p = s->parent;
	int64_t		 when, until = parent_held_until(&b->v[i],
			    i + 1 < b->n ? &b->v[i + 1] : NULL);
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (when = b->v[i].inception - p->ttl; when < until; when = parent_next(p, when))
		for (j = 0; j < p->n; j++) {
			const struct parent_ds *d = &p->v[j];

			if (settled[d->ds.algorithm] || !parent_shows(d, &s->skr->name, when))
				continue;
			settled[d->ds.algorithm] = true;
			v = broken_bundle(s, s->skr->input, "SKR-ALG", b, i, 0,
			    "the DS of tag %u (%s:%lu) is of algorithm %u, and no key of that "
			    "algorithm signs", d->ds.tag, p->input, d->line, d->ds.algorithm);
		}
	return v;
}

/* Each algorithm of the set, and of the DS set, signs the set (RFC 4035 2.2). */
static enum verdict
check_alg(const struct subject *s)
{
	const struct bundles *b = &s->skr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = 0; i < b->n; i++) {
		bool		 settled[256] = { false };

		if (b->v[i].nsigs == 0)
			continue;		/* SKR-VERIFY says so */
		for (j = 0; j < b->v[i].nsigs; j++)
			settled[b->v[i].sigs[j].algorithm] = true;
		for (j = 0; j < b->v[i].nkeys; j++) {
			const struct key *k = &b->v[i].keys[j];

			if (settled[k->algorithm])
				continue;
			settled[k->algorithm] = true;
			v = broken_bundle(s, s->skr->input, "SKR-ALG", b, i, k->line,
			    "key %u (%s) is of algorithm %u, and no key of that algorithm signs",
			    k->tag, k->identifier, k->algorithm);
		}
		if (s->parent != NULL)
			v = verdict_worse(v, alg_of_parent(s, i, settled));
	}
	return v;
}

struct interval {
	int64_t		 from;
	int64_t		 until;
};

static int
compare_intervals(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void
add_intervals(struct interval *out, size_t *n, const struct bundles *b)
{
	size_t		 i;

	for (i = 0; i < b->n; i++)
		out[(*n)++] = (struct interval){ b->v[i].inception, b->v[i].expiration };
}

/* An RRSIG is valid at both ends of its time (RFC 4034 3.1.5). */
static enum verdict
check_coverage(const struct subject *s)
{
	size_t		 i, n = 0, m = s->previous == NULL ? 0 : s->previous->bundles.n;
	enum verdict	 v = ACCEPT;
	struct interval	*all;
	int64_t		 covered;

	if ((all = calloc(s->skr->bundles.n + m, sizeof(*all))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	if (m > 0)
		add_intervals(all, &n, &s->previous->bundles);
	add_intervals(all, &n, &s->skr->bundles);
	qsort(all, n, sizeof(*all), compare_intervals);
	covered = all[0].until;
	for (i = 1; i < n; i++) {
		if (all[i].from > covered)
			v = broken_document(s, s->skr->input, 0, "SKR-COVERAGE",
			    "no bundle is valid between %s and %s", show_time(covered),
			    show_time(all[i].from));
		if (all[i].until > covered)
			covered = all[i].until;
	}
	free(all);
	return v;
}

static bool
same_policy(const struct sigpolicy *a, const struct sigpolicy *b)
{
	size_t	 i;

	if (a->publish_safety != b->publish_safety || a->retire_safety != b->retire_safety ||
	    a->max_signature_validity != b->max_signature_validity ||
	    a->min_signature_validity != b->min_signature_validity ||
	    a->max_validity_overlap != b->max_validity_overlap ||
	    a->min_validity_overlap != b->min_validity_overlap || a->nalgs != b->nalgs)
		return false;
	for (i = 0; i < a->nalgs; i++)
		if (a->algs[i].algorithm != b->algs[i].algorithm ||
		    a->algs[i].bits != b->algs[i].bits ||
		    a->algs[i].exponent != b->algs[i].exponent)
			return false;
	return true;
}

static enum verdict
match_document(const struct subject *s)
{
	const struct skr *skr = s->skr;
	const struct ksr *ksr = s->ksr;
	enum verdict	 v = ACCEPT;

	if (strcmp(skr->id, ksr->id) != 0)
		v = broken_document(s, skr->input, 0, "SKR-MATCH",
		    "id '%s', that of the request is '%s'", skr->id, ksr->id);
	if (skr->serial != ksr->serial)
		v = broken_document(s, skr->input, 0, "SKR-MATCH",
		    "serial %" PRIu64 ", that of the request is %" PRIu64, skr->serial,
		    ksr->serial);
	if (!dname_equal(&skr->name, &ksr->name))
		v = broken_document(s, skr->input, 0, "SKR-MATCH",
		    "domain '%s', that of the request is '%s'", skr->domain, ksr->domain);
	if (!same_policy(&skr->zsk, &ksr->zsk))
		v = broken_document(s, skr->input, skr->zsk.line, "SKR-MATCH",
		    "the ZSK policy is not that of the request");
	if (skr->bundles.n != ksr->bundles.n)
		v = broken_document(s, skr->input, 0, "SKR-MATCH",
		    "%zu bundles, the request has %zu", skr->bundles.n, ksr->bundles.n);
	return v;
}

static enum verdict
match_keys(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->skr->bundles;
	const struct bundle *asked = &s->ksr->bundles.v[i];
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < asked->nkeys; j++)
		if (bundle_find(&b->v[i], &asked->keys[j]) == NULL)
			v = broken_bundle(s, s->skr->input, "SKR-MATCH", b, i, 0,
			    "key %u (%s) was requested and is missing", asked->keys[j].tag,
			    asked->keys[j].identifier);
	for (j = 0; j < b->v[i].nkeys; j++) {
		const struct key *k = &b->v[i].keys[j];

		if (!key_is_sep(k) && bundle_find(asked, k) == NULL)
			v = broken_bundle(s, s->skr->input, "SKR-MATCH", b, i, k->line,
			    "key %u (%s) was not requested", k->tag, k->identifier);
	}
	return v;
}

static enum verdict
match_bundle(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->skr->bundles;
	const struct bundle *asked = &s->ksr->bundles.v[i];
	enum verdict	 v;

	if (strcmp(b->v[i].id, asked->id) != 0)
		return broken_bundle(s, s->skr->input, "SKR-MATCH", b, i, 0,
		    "bundle %zu of the request is '%s'", i + 1, asked->id);
	v = match_keys(s, i);
	if (b->v[i].inception != asked->inception)
		v = broken_bundle(s, s->skr->input, "SKR-MATCH", b, i, 0,
		    "inception %s, requested was %s", show_time(b->v[i].inception),
		    show_time(asked->inception));
	if (b->v[i].expiration != asked->expiration)
		v = broken_bundle(s, s->skr->input, "SKR-MATCH", b, i, 0,
		    "expiration %s, requested was %s", show_time(b->v[i].expiration),
		    show_time(asked->expiration));
	return v;
}

static enum verdict
check_match(const struct subject *s)
{
	size_t		 i, n = s->skr->bundles.n;
	enum verdict	 v;

	v = match_document(s);
	if (s->ksr->bundles.n < n)
		n = s->ksr->bundles.n;
	for (i = 0; i < n; i++)
		v = verdict_worse(v, match_bundle(s, i));
	return v;
}

static bool
in_force(const struct subject *s, const struct key *k, struct anchors_latest *latest, int64_t when)
{
	const struct dname *zone = &s->skr->name;
	const struct anchor *a;

	for (a = anchors_find_again(latest, s->anchors, k, zone); a != NULL;
	    a = anchors_find_next(s->anchors, a, k, zone))
		if (anchor_in_force(a, when))
			return true;
	return false;
}

/*
 * A key that a pinned anchor names, in force then, has signed.  That the signature holds is
 * SKR-VERIFY, which is judged of every SKR and cannot be switched off.
 */
static bool
anchored(const struct subject *s, const struct bundle *b, struct anchors_latest *latest)
{
	size_t	 i;

	for (i = 0; i < b->nsigs; i++) {
		const struct key *k = bundle_key_of(b, &b->sigs[i]);

		if (k != NULL && key_is_sep(k) && in_force(s, k, latest, b->inception))
			return true;
	}
	return false;
}

static enum verdict
check_anchor(const struct subject *s)
{
	const struct bundles *b = &s->skr->bundles;
	struct anchors_latest latest = { .next = 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < b->n; i++)
		if (!anchored(s, &b->v[i], &latest))
			v = broken_bundle(s, s->skr->input, "SKR-ANCHOR", b, i, 0,
			    "not signed by a key that a pinned anchor names");
	return v;
}

struct latest {				/* answers for the keys of the bundles before */
	struct anchors_latest	 anchors;
	struct anchors_latest	 expected;
};

/* Named by an anchor, or expected to come.  Where nobody was named nothing is asked. */
static bool
is_named(const struct subject *s, const struct key *k, struct latest *latest)
{
	const struct dname *zone = &s->skr->name;

	if (s->anchors == NULL && s->expected == NULL)
		return true;
	return (s->anchors != NULL &&
	    anchors_find_again(&latest->anchors, s->anchors, k, zone) != NULL) ||
	    (s->expected != NULL &&
	    anchors_find_again(&latest->expected, s->expected, k, zone) != NULL);
}

static enum verdict
check_set(const struct subject *s, size_t i, struct latest *latest)
{
	const struct bundles *b = &s->skr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < b->v[i].nkeys; j++) {
		const struct key *k = &b->v[i].keys[j];

		if (k->flags != DNSKEY_ZSK && k->flags != DNSKEY_KSK && k->flags != DNSKEY_REVOKED)
			v = broken_bundle(s, s->skr->input, "SKR-KSKS", b, i, k->line,
			    "key %u (%s): flags %u are none of 256, 257 and 385", k->tag,
			    k->identifier, k->flags);
		else if (key_is_sep(k) && !is_named(s, k, latest))
			v = broken_bundle(s, s->skr->input, "SKR-KSKS", b, i, k->line,
			    "key %u (%s) is named by no anchor and not expected", k->tag,
			    k->identifier);
	}
	return v;
}

/* Whoever sees a key revoked trusts it no more, also where it still stands as it was (RFC 5011 2.1). */
static enum verdict
check_forms(const struct subject *s, size_t i)
{
	const struct bundle *b = &s->skr->bundles.v[i];
	const struct key **keys;
	enum verdict	 v = ACCEPT;
	size_t		 j;

	if (b->nkeys < 2)
		return ACCEPT;
	if ((keys = sorted_keys(b)) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (j = 1; j < b->nkeys; j++)
		if (key_same_public(keys[j - 1], keys[j]) && keys[j - 1]->flags == DNSKEY_KSK &&
		    keys[j]->flags == DNSKEY_REVOKED)
			v = broken_bundle(s, s->skr->input, "SKR-KSKS", &s->skr->bundles, i,
			    keys[j]->line, "key %u (%s) stands there, and in its revoked form too "
			    "(RFC 5011 2.1)", keys[j - 1]->tag, keys[j - 1]->identifier);
	free(keys);
	return v;
}

static enum verdict
check_signers(const struct subject *s, size_t i)
{
	const struct bundles *b = &s->skr->bundles;
	enum verdict	 v = ACCEPT;
	bool		 unrevoked = false;
	size_t		 j;

	for (j = 0; j < b->v[i].nsigs; j++) {
		const struct sig *sig = &b->v[i].sigs[j];
		const struct key *k = signer_of(s, &b->v[i], sig);

		if (k == NULL)
			continue;		/* SKR-VERIFY says so */
		if (!key_is_sep(k))
			v = broken_bundle(s, s->skr->input, "SKR-KSKS", b, i, sig->line,
			    "key %u (%s) is no KSK, and signs", sig->tag, sig->identifier);
		else if (bundle_key_of(&b->v[i], sig) != NULL && !key_revoked(k))
			unrevoked = true;
	}
	if (!unrevoked && b->v[i].nsigs > 0 && v == ACCEPT)
		v = broken_bundle(s, s->skr->input, "SKR-KSKS", b, i, 0,
		    "signed by no published KSK that is not revoked");
	return v;
}

static enum verdict
check_ksks(const struct subject *s)
{
	struct latest	 latest = { .anchors = { .next = 0 } };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < s->skr->bundles.n; i++) {
		v = verdict_worse(v, check_set(s, i, &latest));
		v = verdict_worse(v, check_forms(s, i));
		v = verdict_worse(v, check_signers(s, i));
	}
	return v;
}

static const struct check verify_rows[] = {
	{ "SKR-VERIFY", "every signature verifies, over exactly its bundle",
	    check_verify, ALWAYS },
};

static const struct check count_rows[] = {
	{ "SKR-COUNT", "the number of bundles is the policy's",
	    check_count, SWITCH(response, check_skr_count) },
};

static const struct check skr_rows[] = {
	{ "SKR-ALG", "each algorithm of a bundle and of its DS records signs it",
	    check_alg, SWITCH(response, check_skr_alg) },
	{ "SKR-COVERAGE", "there is no instant without a valid bundle",
	    check_coverage, SWITCH(response, check_skr_coverage) },
};

static const struct check ksk_rows[] = {
	{ "SKR-KSKS", "no KSK but those that are named, and only they sign",
	    check_ksks, SWITCH(response, check_skr_ksks) },
};

static const struct check match_rows[] = {
	{ "SKR-MATCH", "the response answers this request, and nothing else",
	    check_match, SWITCH(response, check_skr_match) },
};

static const struct check anchor_rows[] = {
	{ "SKR-ANCHOR", "each bundle is signed by a key that a pinned anchor names",
	    check_anchor, SWITCH(response, check_skr_anchor) },
};

const struct check_table verify_rules = ROWS(verify_rows);
const struct check_table count_rules = ROWS(count_rows);
const struct check_table skr_rules = ROWS(skr_rows);
const struct check_table ksk_rules = ROWS(ksk_rows);
const struct check_table match_rules = ROWS(match_rows);
const struct check_table anchor_rules = ROWS(anchor_rows);
