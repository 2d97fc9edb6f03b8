/* The rules KSR-POLICY-*: what the KSK operator's policy asks of a request. */

#include <inttypes.h>
#include <stdlib.h>

#include "base/isotime.h"
#include "judge/rules.h"

/* A limit on signature times: the request's and, unless it is 0, our own. */
struct limit {
	int64_t		 min;
	int64_t		 max;
	const char	*whose;
};

static bool
contains(const struct numbers *set, uint64_t n)
{
	size_t	 i;

	for (i = 0; i < set->n; i++)
		if (set->v[i] == n)
			return true;
	return false;
}

static int
compare_keyp(const void *a, const void *b)
{
	return key_compare(*(const struct key *const *)a, *(const struct key *const *)b);
}

/* The number of different keys over all bundles, or SIZE_MAX: out of memory. */
static size_t
different_keys(const struct bundles *b)
{
	const struct key **all;
	size_t		 i, j, n = 0, different = 0;

	for (i = 0; i < b->n; i++)
		n += b->v[i].nkeys;
	if ((all = calloc(n + 1, sizeof(*all))) == NULL)
		return SIZE_MAX;
	for (i = n = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++)
			all[n++] = &b->v[i].keys[j];
	qsort(all, n, sizeof(*all), compare_keyp);
	for (i = 0; i < n; i++)
		if (i == 0 || key_compare(all[i - 1], all[i]) != 0)
			different++;
	free(all);
	return different;
}

/* A number of bundles that is not the policy's is for KSR-BUNDLE-COUNT to refuse. */
static enum verdict
check_keys_per_bundle(const struct subject *s)
{
	const struct request_policy *p = &s->policy->request;
	const struct numbers *want = &p->num_keys_per_bundle;
	const struct bundles *b = &s->ksr->bundles;
	bool		 expected = b->n == p->num_bundles || !p->check_bundle_count;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < b->n && i < want->n; i++)
		if (b->v[i].nkeys != want->v[i])
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-KEYS", b, i, 0,
			    "%zu keys, num_keys_per_bundle says %" PRIu64, b->v[i].nkeys,
			    want->v[i]);
	if (expected && i < b->n)
		v = broken_bundle(s, s->ksr->input, "KSR-POLICY-KEYS", b, i, 0,
		    "num_keys_per_bundle has numbers for %zu bundles only", want->n);
	return v;
}

static enum verdict
check_keys(const struct subject *s)
{
	const struct request_policy *p = &s->policy->request;
	const struct bundles *b = &s->ksr->bundles;
	enum verdict	 v;
	size_t		 n;

	v = check_keys_per_bundle(s);
	if ((n = different_keys(b)) == SIZE_MAX)
		return report_fault(s->report, NULL, "out of memory");
	if (n != p->num_different_keys_in_all_bundles)
		v = broken_document(s, s->ksr->input, 0, "KSR-POLICY-KEYS",
		    "%zu different keys, num_different_keys_in_all_bundles says %" PRIu64, n,
		    p->num_different_keys_in_all_bundles);
	return v;
}

static enum verdict
check_one_alg(const struct subject *s, const struct sigalg *a)
{
	const struct request_policy *p = &s->policy->request;
	const char	*name = algorithm_name(a->algorithm);
	const char	*input = s->ksr->input;
	enum verdict	 v = ACCEPT;

	if (algorithm_deprecated(a->algorithm))
		return broken_document(s, input, a->line, "KSR-POLICY-ALG",
		    "algorithm %u (%s) is deprecated (RFC 8624 3.1)", a->algorithm, name);
	if (name == NULL)
		return broken_document(s, input, a->line, "KSR-POLICY-ALG",
		    "algorithm %u is not supported", a->algorithm);
	if (!contains(&p->approved_algorithms, a->algorithm))
		v = broken_document(s, input, a->line, "KSR-POLICY-ALG",
		    "%s is not in approved_algorithms", name);
	if (a->family != FAMILY_RSA)
		return v;
	if (!contains(&p->rsa_approved_key_sizes, a->bits))
		v = broken_document(s, input, a->line, "KSR-POLICY-ALG",
		    "%s: size %u is not in rsa_approved_key_sizes", name, a->bits);
	if (!contains(&p->rsa_approved_exponents, a->exponent))
		v = broken_document(s, input, a->line, "KSR-POLICY-ALG",
		    "%s: exponent %" PRIu64 " is not in rsa_approved_exponents", name,
		    a->exponent);
	return v;
}

static enum verdict
check_alg(const struct subject *s)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < s->ksr->zsk.nalgs; i++)
		v = verdict_worse(v, check_one_alg(s, &s->ksr->zsk.algs[i]));
	return v;
}

/* A warning where our own policy sets no limit of its own beside the request's. */
static void
warn_unlimited(const struct subject *s, const char *rule, int64_t min, int64_t max)
{
	const struct spot at = { s->policy->input, 0, 0 };

	if (min == 0 || max == 0)
		report_warning(s->report, &at, rule,
		    "ksk_policy sets no %s limit here: the request's own stands alone",
		    min != 0 ? "upper" : max != 0 ? "lower" : "upper or lower");
}

static bool
within(const struct limit *l, int64_t value)
{
	return value >= l->min && value <= l->max;
}

static struct limit
own_limit(int64_t min, int64_t max)
{
	return (struct limit){ min, max == 0 ? INT64_MAX : max, "ksk_policy" };
}

static const char *
show_max(const struct limit *l)
{
	return l->max == INT64_MAX ? "any length" : show_duration(l->max);
}

enum verdict
judge_overlap(const struct subject *s, const char *input, const char *rule,
    const struct bundles *b, size_t i, const struct bundle *before,
    const struct sigpolicy *request)
{
	const struct ksk_policy *k = &s->policy->ksk;
	const struct limit limits[] = {
		{ request->min_validity_overlap, request->max_validity_overlap, "the request" },
		own_limit(k->min_validity_overlap, k->max_validity_overlap),
	};
	int64_t		 overlap = before->expiration - b->v[i].inception;
	int64_t		 ttl = b->v[i].nkeys > 0 ? b->v[i].keys[0].ttl : 0;
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < sizeof(limits) / sizeof(limits[0]); j++)
		if (!within(&limits[j], overlap))
			v = broken_bundle(s, input, rule, b, i, 0,
			    "%s of overlap with the bundle before, %s says %s to %s",
			    show_duration(overlap), limits[j].whose,
			    show_duration(limits[j].min), show_max(&limits[j]));
	if (overlap < ttl)
		v = broken_bundle(s, input, rule, b, i, 0,
		    "%s of overlap with the bundle before is less than the TTL of its keys, %"
		    PRId64 " s", show_duration(overlap), ttl);
	return v;
}

static enum verdict
check_sig_overlap(const struct subject *s)
{
	const struct ksk_policy *k = &s->policy->ksk;
	const struct bundles *b = &s->ksr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	warn_unlimited(s, "KSR-POLICY-SIG-OVERLAP", k->min_validity_overlap,
	    k->max_validity_overlap);
	for (i = 1; i < b->n; i++) {
		if (b->v[i].inception <= b->v[i - 1].inception)
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-SIG-OVERLAP", b, i, 0,
			    "not after the bundle before: inception %s",
			    show_time(b->v[i].inception));
		else
			v = verdict_worse(v, judge_overlap(s, s->ksr->input,
			    "KSR-POLICY-SIG-OVERLAP", b, i, &b->v[i - 1], &s->ksr->zsk));
	}
	return v;
}

static enum verdict
check_validity(const struct subject *s)
{
	const struct ksk_policy *k = &s->policy->ksk;
	const struct sigpolicy *z = &s->ksr->zsk;
	const struct bundles *b = &s->ksr->bundles;
	const struct limit limits[] = {
		{ z->min_signature_validity, z->max_signature_validity, "the request" },
		own_limit(k->min_signature_validity, k->max_signature_validity),
	};
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	warn_unlimited(s, "KSR-POLICY-SIG-VALIDITY", k->min_signature_validity,
	    k->max_signature_validity);
	for (i = 0; i < b->n; i++) {
		int64_t		 validity = b->v[i].expiration - b->v[i].inception;

		if (validity <= 0) {
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-SIG-VALIDITY", b, i, 0,
			    "expires before it begins");
			continue;
		}
		for (j = 0; j < sizeof(limits) / sizeof(limits[0]); j++)
			if (!within(&limits[j], validity))
				v = broken_bundle(s, s->ksr->input, "KSR-POLICY-SIG-VALIDITY", b,
				    i, 0, "valid for %s, %s says %s to %s",
				    show_duration(validity), limits[j].whose,
				    show_duration(limits[j].min), show_max(&limits[j]));
	}
	return v;
}

static enum verdict
check_horizon(const struct subject *s)
{
	const struct bundles *b = &s->ksr->bundles;
	int64_t		 days = (int64_t)s->policy->request.signature_horizon_days;
	int64_t		 last = s->sign_at - s->sign_at % DAY + days * DAY;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < b->n; i++) {
		if (b->v[i].expiration <= s->sign_at)
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-SIG-HORIZON", b, i, 0,
			    "expired at %s, and the signing is at %s", show_time(b->v[i].expiration),
			    show_time(s->sign_at));
		else if (b->v[i].expiration > last)
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-SIG-HORIZON", b, i, 0,
			    "expires at %s, more than %" PRId64 " days from %s",
			    show_time(b->v[i].expiration), days, show_time(s->sign_at));
	}
	return v;
}

static enum verdict
check_intervals(const struct subject *s)
{
	const struct request_policy *p = &s->policy->request;
	const struct bundles *b = &s->ksr->bundles;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 1; i < b->n; i++) {
		int64_t		 interval = b->v[i].inception - b->v[i - 1].inception;

		if (interval < p->min_bundle_interval || interval > p->max_bundle_interval)
			v = broken_bundle(s, s->ksr->input, "KSR-POLICY-BUNDLE-INTERVALS", b, i,
			    0, "begins %s after the bundle before, the policy says %s to %s",
			    show_duration(interval), show_duration(p->min_bundle_interval),
			    show_duration(p->max_bundle_interval));
	}
	return v;
}

static const struct check rows[] = {
	{ "KSR-POLICY-KEYS", "as many keys as the policy says, in each bundle and in all",
	    check_keys, SWITCH(request, check_keys_match_ksk_operator_policy) },
	{ "KSR-POLICY-ALG", "algorithms, sizes and exponents are approved",
	    check_alg, SWITCH(request, signature_algorithms_match_zsk_policy) },
	{ "KSR-POLICY-SIG-OVERLAP", "bundles in order, each overlapping the next enough",
	    check_sig_overlap, SWITCH(request, check_bundle_overlap) },
	{ "KSR-POLICY-SIG-VALIDITY", "each bundle is valid as long as it may be",
	    check_validity, SWITCH(request, signature_validity_match_zsk_policy) },
	{ "KSR-POLICY-SIG-HORIZON", "nothing expired, nothing too far ahead",
	    check_horizon, SWITCH(request, signature_check_expire_horizon) },
	{ "KSR-POLICY-BUNDLE-INTERVALS", "bundles begin at the policy's intervals",
	    check_intervals, SWITCH(request, check_bundle_intervals) },
};

const struct check_table policy_rules = ROWS(rows);
