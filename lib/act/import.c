#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/import.h"
#include "base/isotime.h"

#define ID_SIZE		37		/* a UUID as text, with NUL */

static enum verdict
no_memory(struct report *report)
{
	return report_fault(report, NULL, "out of memory");
}

/* The last set that has begun: how both texts are read. */
static const struct bundle *
in_force(const struct bundles *sets, int64_t t)
{
	size_t		 i;

	for (i = sets->n; i > 0; i--)
		if (sets->v[i - 1].inception <= t)
			return &sets->v[i - 1];
	return NULL;
}

/* Has a signature that is valid as long as the set is served (RFC 4034 3.1.5). */
static bool
holds(const struct bundle *set)
{
	size_t		 i;

	for (i = 0; i < set->nsigs; i++)
		if (set->sigs[i].inception <= set->inception &&
		    (set->expiration == TEXT_FOREVER ? set->inception : set->expiration) <=
		    set->sigs[i].expiration)
			return true;
	return false;
}

static enum verdict
judge_times(const struct textksr *t, struct report *report)
{
	char		 from[ISOTIME_SIZE], until[ISOTIME_SIZE];
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < t->sets.n; i++) {
		const struct bundle *set = &t->sets.v[i];
		const struct spot at = { t->input, set->line, 0 };

		if (holds(set))
			continue;
		isotime_format(from, set->inception, "Z");
		if (set->expiration == TEXT_FOREVER)
			v = report_broken(report, &at, NULL, "no signature holds at %s, the time of "
			    "its header", from);
		else
			v = report_broken(report, &at, NULL, "no signature holds from %s, the time of "
			    "its header, until the next, %s", from,
			    isotime_format(until, set->expiration, "Z"));
	}
	return v;
}

/* The ZSKs of both sets, at this instant. */
static enum verdict
compare_sets(const struct textksr *t, const struct bundle *answer, const struct bundle *asked,
    int64_t when, struct report *report)
{
	const struct spot at = { t->input, answer->line, 0 };
	char		 text[ISOTIME_SIZE];
	enum verdict	 v = ACCEPT;
	size_t		 i;

	isotime_format(text, when, "Z");
	for (i = 0; i < answer->nkeys; i++) {
		const struct key *k = &answer->keys[i];
		const struct spot key_at = { t->input, k->line, 0 };

		if (!key_is_sep(k) && (asked == NULL || bundle_find(asked, k) == NULL))
			v = report_broken(report, &key_at, NULL,
			    "key %u stands there at %s and was not requested", k->tag, text);
	}
	for (i = 0; asked != NULL && i < asked->nkeys; i++)
		if (!key_is_sep(&asked->keys[i]) && bundle_find(answer, &asked->keys[i]) == NULL)
			v = report_broken(report, &at, NULL,
			    "key %u (%s) was requested for %s and is missing", asked->keys[i].tag,
			    asked->keys[i].identifier, text);
	return v;
}

static void
warn_of_end(const struct textksr *t, const struct bundles *asked, struct report *report)
{
	const struct spot at = { t->input, 0, 0 };
	int64_t		 ends = 0, wanted = asked->v[asked->n - 1].expiration;
	const struct bundle *last = &t->sets.v[t->sets.n - 1];
	char		 text[ISOTIME_SIZE], want[ISOTIME_SIZE];
	size_t		 i;

	for (i = 0; i < last->nsigs; i++)
		if (last->sigs[i].expiration > ends)
			ends = last->sigs[i].expiration;
	if (wanted != TEXT_FOREVER && ends < wanted)
		report_warning(report, &at, NULL, "it ends at %s, the request at %s",
		    isotime_format(text, ends, "Z"), isotime_format(want, wanted, "Z"));
}

/* Wherever one of the two changes they are compared. */
static enum verdict
judge_keys(const struct textksr *t, const struct bundles *asked, struct report *report)
{
	const struct spot at = { t->input, t->sets.v[0].line, 0 };
	char		 text[ISOTIME_SIZE], want[ISOTIME_SIZE];
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (t->sets.v[0].inception > asked->v[0].inception)
		v = report_broken(report, &at, NULL, "it begins at %s, the request at %s",
		    isotime_format(text, t->sets.v[0].inception, "Z"),
		    isotime_format(want, asked->v[0].inception, "Z"));
	for (i = 0; i < t->sets.n; i++)
		v = verdict_worse(v, compare_sets(t, &t->sets.v[i],
		    in_force(asked, t->sets.v[i].inception), t->sets.v[i].inception, report));
	for (i = 0; i < asked->n; i++) {
		const struct bundle *set = in_force(&t->sets, asked->v[i].inception);

		if (set != NULL && set->inception != asked->v[i].inception)
			v = verdict_worse(v, compare_sets(t, set, &asked->v[i],
			    asked->v[i].inception, report));
	}
	warn_of_end(t, asked, report);
	return v;
}

enum verdict
import_judge(const struct textksr *t, const struct bundles *asked, struct report *report)
{
	enum verdict	 v = judge_times(t, report);

	if (asked != NULL)
		v = verdict_worse(v, judge_keys(t, asked, report));
	return v;
}

/* A UUID of version 8 (RFC 9562 5.8): same text, same number, same id. */
static int
make_id(char **out, const struct textksr *t, size_t number)
{
	struct buf	 b = BUF_EMPTY;
	unsigned char	 d[DIGEST_SIZE];
	int		 rv = -1;

	if (buf_append(&b, t->digest, sizeof(t->digest)) == -1 ||
	    buf_printf(&b, " %zu", number) == -1 || digest_bytes(d, b.data, b.len) == -1)
		goto out;
	d[6] = (unsigned char)((d[6] & 0x0f) | 0x80);
	d[8] = (unsigned char)((d[8] & 0x3f) | 0x80);
	if ((*out = malloc(ID_SIZE)) == NULL)
		goto out;
	snprintf(*out, ID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13],
	    d[14], d[15]);
	rv = 0;
 out:
	buf_free(&b);
	return rv;
}

/* What the request calls this key, or NULL. */
static const char *
requested_name(const struct ksr *ksr, const struct key *key)
{
	const struct key *k;
	size_t		 i;

	for (i = 0; ksr != NULL && i < ksr->bundles.n; i++)
		if ((k = bundle_find(&ksr->bundles.v[i], key)) != NULL)
			return k->identifier;
	return NULL;
}

static int
copy_key(struct bundle *b, const struct key *from, const struct ksr *ksr)
{
	const char	*name = requested_name(ksr, from);
	struct key	*k;
	char		*copy;

	if ((k = bundle_add_key(b)) == NULL || key_copy(k, from) == -1)
		return -1;
	if (name == NULL)
		return 0;
	if ((copy = strdup(name)) == NULL)
		return -1;
	free(k->identifier);
	k->identifier = copy;
	return 0;
}

/* It names its maker as that key is named here. */
static int
copy_sig(struct bundle *b, const struct bundle *set, const struct sig *from)
{
	const struct key *maker = bundle_key_of(set, from);
	struct sig	*s;

	if ((s = bundle_add_sig(b)) == NULL)
		return -1;
	*s = *from;
	s->identifier = s->signer = NULL;
	if ((s->data = malloc(from->len)) == NULL)
		return -1;
	memcpy(s->data, from->data, from->len);
	s->identifier = strdup(maker == NULL ? from->identifier :
	    b->keys[maker - set->keys].identifier);
	s->signer = strdup(from->signer);
	return s->identifier == NULL || s->signer == NULL ? -1 : 0;
}

static void
set_times(struct bundle *b, const struct bundle *set)
{
	b->inception = set->inception;
	b->expiration = set->expiration == TEXT_FOREVER ? set->inception : set->expiration;
	if (set->nsigs > 0) {
		b->inception = set->sigs[0].inception;
		b->expiration = set->sigs[0].expiration;
	}
}

static int
set_id(struct bundle *b, const struct textksr *t, size_t number, const struct ksr *ksr)
{
	size_t		 i;

	for (i = 0; ksr != NULL && i < ksr->bundles.n; i++)
		if (ksr->bundles.v[i].inception == b->inception &&
		    ksr->bundles.v[i].expiration == b->expiration)
			return (b->id = strdup(ksr->bundles.v[i].id)) == NULL ? -1 : 0;
	return make_id(&b->id, t, number);
}

static int
copy_set(struct skr *skr, const struct textksr *t, size_t i, const struct ksr *ksr)
{
	const struct bundle *set = &t->sets.v[i];
	struct bundle	*b;
	size_t		 j;

	if ((b = bundles_add(&skr->bundles)) == NULL)
		return -1;
	b->line = set->line;
	set_times(b, set);
	if (set_id(b, t, i + 1, ksr) == -1)
		return -1;
	for (j = 0; j < set->nkeys; j++)
		if (copy_key(b, &set->keys[j], ksr) == -1)
			return -1;
	for (j = 0; j < set->nsigs; j++)
		if (copy_sig(b, set, &set->sigs[j]) == -1)
			return -1;
	return 0;
}

/* The algorithms of all KSKs, or of all ZSKs; of none that we could not name. */
static enum verdict
set_algorithms(struct sigpolicy *p, const struct textksr *t, bool ksks, struct report *report)
{
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = 0; i < t->sets.n; i++)
		for (j = 0; j < t->sets.v[i].nkeys; j++) {
			const struct key *k = &t->sets.v[i].keys[j];
			const struct spot at = { t->input, k->line, 0 };

			if (key_is_sep(k) != ksks)
				continue;
			if (algorithm_family(k->algorithm) == FAMILY_NONE)
				v = report_broken(report, &at, NULL, "key %u is of algorithm %u, "
				    "which is not supported", k->tag, k->algorithm);
			else if (sigpolicy_add_key(p, k) == -1)
				return no_memory(report);
		}
	return v;
}

static enum verdict
set_policies(struct skr *skr, const struct textksr *t, const struct policy *policy,
    const struct ksr *ksr, struct report *report)
{
	const struct ksk_policy *k = &policy->ksk;
	const struct zsk_section *z = &policy->zsk;
	enum verdict	 v;

	skr->ksk = (struct sigpolicy){
		.publish_safety = k->publish_safety,
		.retire_safety = k->retire_safety,
		.max_signature_validity = k->max_signature_validity,
		.min_signature_validity = k->min_signature_validity,
		.max_validity_overlap = k->max_validity_overlap,
		.min_validity_overlap = k->min_validity_overlap,
	};
	v = set_algorithms(&skr->ksk, t, true, report);
	if (ksr != NULL)
		return sigpolicy_copy(&skr->zsk, &ksr->zsk) == -1 ? no_memory(report) : v;
	skr->zsk = (struct sigpolicy){
		.publish_safety = z->publish_safety,
		.retire_safety = z->retire_safety,
		.max_signature_validity = z->max_signature_validity,
		.min_signature_validity = z->min_signature_validity,
		.max_validity_overlap = z->max_validity_overlap,
		.min_validity_overlap = z->min_validity_overlap,
	};
	return verdict_worse(v, set_algorithms(&skr->zsk, t, false, report));
}

static int
set_heading(struct skr *skr, const struct textksr *t, const struct ksr *ksr)
{
	skr->name = t->name;
	if ((skr->input = strdup(t->input)) == NULL)
		return -1;
	if (ksr == NULL)
		return (skr->domain = strdup(t->domain)) == NULL ? -1 : make_id(&skr->id, t, 0);
	skr->serial = ksr->serial;
	skr->id = strdup(ksr->id);
	skr->domain = strdup(ksr->domain);
	return skr->id == NULL || skr->domain == NULL ? -1 : 0;
}

enum verdict
import_skr(struct skr **out, const struct textksr *t, const struct policy *policy,
    const struct ksr *ksr, struct report *report)
{
	struct skr	*skr;
	enum verdict	 v;
	size_t		 i;

	if ((skr = calloc(1, sizeof(*skr))) == NULL || set_heading(skr, t, ksr) == -1) {
		v = no_memory(report);
		goto out;
	}
	if ((v = set_policies(skr, t, policy, ksr, report)) != ACCEPT)
		goto out;
	for (i = 0; i < t->sets.n; i++)
		if (copy_set(skr, t, i, ksr) == -1) {
			v = no_memory(report);
			goto out;
		}
	*out = skr;
	skr = NULL;
 out:
	skr_free(skr);
	return v;
}
