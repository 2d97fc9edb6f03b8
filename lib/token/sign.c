#include <stdlib.h>
#include <string.h>

#include "judge/check.h"
#include "token/sign.h"

struct task {			/* one signature to make */
	size_t		 bundle;	/* its place in the response */
	size_t		 sig;
	struct key	 key;	/* the signer, in the form (revoked or not) it has there */
	struct buf	 data;	/* what is signed */
};

struct signing {
	const struct ksr	*ksr;
	const struct plan	*plan;
	const struct policy	*policy;
	struct token_key	*const *keys;
	struct skr		*skr;
	struct task		*tasks;
	struct sign_job		*jobs;
	size_t			 n;
	struct verifier		*verifier;	/* while they are made */
	struct report		*report;
	size_t			 verified;	/* of the n signatures */
};

/* The KSK as it stands in a slot: flags and tag of its revoked form where that is due. */
static int
ksk_form(struct key *out, const struct signing *w, const struct plan_entry *e)
{
	if (key_copy(out, token_key_public(w->keys[e->key])) == -1)
		return -1;
	out->flags = e->revoked ? DNSKEY_REVOKED : DNSKEY_KSK;
	out->protocol = DNSKEY_PROTOCOL;
	out->tag = key_tag(out);
	out->ttl = dnskey_ttl(w->policy);
	return 0;
}

/* An RRset has one TTL (RFC 2181 5.2): the policy's, whatever was asked for. */
static int
add_key(struct bundle *b, const struct key *from, uint32_t ttl)
{
	struct key	 copy, *k;

	if (key_copy(&copy, from) == -1)
		return -1;
	if ((k = bundle_add_key(b)) == NULL) {
		key_clear(&copy);
		return -1;
	}
	*k = copy;
	k->ttl = ttl;
	k->line = 0;
	return 0;
}

/* The RRSIG's fields; its data come from the token. */
static int
add_sig(struct signing *w, struct bundle *b, const struct key *signer)
{
	struct sig	*s;

	if ((s = bundle_add_sig(b)) == NULL ||
	    (s->identifier = strdup(signer->identifier)) == NULL ||
	    (s->signer = strdup(w->ksr->domain)) == NULL)
		return -1;
	s->ttl = s->original_ttl = signer->ttl;
	s->inception = b->inception;
	s->expiration = b->expiration;
	s->tag = signer->tag;
	s->algorithm = signer->algorithm;
	s->labels = (uint8_t)dname_labels(&w->skr->name);
	return 0;
}

/* All keys of a slot, those asked for and those of the plan. */
static int
fill_keys(struct signing *w, struct bundle *b, size_t i)
{
	const struct bundle *asked = &w->ksr->bundles.v[i];
	const struct plan_slot *slot = &w->plan->slots[i];
	struct key	 ksk;
	size_t		 j;
	int		 rv;

	for (j = 0; j < asked->nkeys; j++)
		if (add_key(b, &asked->keys[j], dnskey_ttl(w->policy)) == -1)
			return -1;
	for (j = 0; j < slot->n; j++) {
		if (!slot->entries[j].published)
			continue;
		if (ksk_form(&ksk, w, &slot->entries[j]) == -1)
			return -1;
		rv = add_key(b, &ksk, ksk.ttl);
		key_clear(&ksk);
		if (rv == -1)
			return -1;
	}
	return 0;
}

/* A task for each signature of a slot; the set must be complete. */
static int
fill_tasks(struct signing *w, struct bundle *b, size_t i)
{
	const struct plan_slot *slot = &w->plan->slots[i];
	size_t		 j;

	for (j = 0; j < slot->n; j++) {
		struct task	*t = &w->tasks[w->n];

		if (!slot->entries[j].signs)
			continue;
		if (ksk_form(&t->key, w, &slot->entries[j]) == -1)
			return -1;
		w->n++;
		t->bundle = i;
		t->sig = b->nsigs;
		if (add_sig(w, b, &t->key) == -1 ||
		    rrsig_data(&t->data, &b->sigs[t->sig], &w->skr->name, b->keys,
		    b->nkeys) == -1)
			return -1;
		w->jobs[w->n - 1].key = w->keys[slot->entries[j].key];
		w->jobs[w->n - 1].data = t->data.data;
		w->jobs[w->n - 1].len = t->data.len;
	}
	return 0;
}

static int
fill_bundle(struct signing *w, size_t i)
{
	const struct bundle *asked = &w->ksr->bundles.v[i];
	struct bundle	*b;

	if ((b = bundles_add(&w->skr->bundles)) == NULL ||
	    (b->id = strdup(asked->id)) == NULL)
		return -1;
	b->inception = asked->inception;
	b->expiration = asked->expiration;
	if (fill_keys(w, b, i) == -1)
		return -1;
	return fill_tasks(w, b, i);
}

/* SignatureAlgorithm elements: those of the KSKs, each once. */
static int
fill_algorithms(struct signing *w)
{
	size_t		 i;

	for (i = 0; i < w->plan->nksks; i++)
		if (sigpolicy_add_key(&w->skr->ksk, token_key_public(w->keys[i])) == -1)
			return -1;
	return 0;
}

static int
fill_response(struct signing *w)
{
	const struct ksk_policy *k = &w->policy->ksk;
	struct skr	*skr = w->skr;
	size_t		 i;

	if ((skr->id = strdup(w->ksr->id)) == NULL ||
	    (skr->domain = strdup(w->ksr->domain)) == NULL ||
	    (skr->input = strdup("the response")) == NULL)
		return -1;
	skr->serial = w->ksr->serial;
	skr->name = w->ksr->name;
	skr->ksk = (struct sigpolicy){
		.publish_safety = k->publish_safety,
		.retire_safety = k->retire_safety,
		.max_signature_validity = k->max_signature_validity,
		.min_signature_validity = k->min_signature_validity,
		.max_validity_overlap = k->max_validity_overlap,
		.min_validity_overlap = k->min_validity_overlap,
	};
	if (fill_algorithms(w) == -1 || sigpolicy_copy(&skr->zsk, &w->ksr->zsk) == -1)
		return -1;
	for (i = 0; i < w->ksr->bundles.n; i++)
		if (fill_bundle(w, i) == -1)
			return -1;
	return 0;
}

/* Take a signature over, and see whether it verifies (SKR-VERIFY). */
static void
take_signature(void *arg, struct sign_job *job)
{
	struct signing	*w = arg;
	struct task	*t = &w->tasks[job - w->jobs];
	struct bundle	*b = &w->skr->bundles.v[t->bundle];
	struct sig	*s = &b->sigs[t->sig];

	s->data = job->sig;
	s->len = job->siglen;
	job->sig = NULL;
	if (rrsig_verify(w->verifier, s, &t->key, &w->skr->name, b) == 1)
		w->verified++;
	else
		report_fault(w->report, NULL,
		    "SKR-VERIFY: bundle %zu (%s): the signature that %s made with key %u "
		    "(%s) does not verify", t->bundle + 1, b->id,
		    token_key_where(job->key), t->key.tag, t->key.identifier);
}

static size_t
count_signatures(const struct plan *plan)
{
	size_t	 i, j, n = 0;

	for (i = 0; i < plan->nslots; i++)
		for (j = 0; j < plan->slots[i].n; j++)
			n += plan->slots[i].entries[j].signs;
	return n;
}

void
signing_free(struct signing *w)
{
	size_t	 i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++) {
		key_clear(&w->tasks[i].key);
		buf_free(&w->tasks[i].data);
		free(w->jobs[i].sig);
	}
	free(w->tasks);
	free(w->jobs);
	skr_free(w->skr);
	free(w);
}

enum verdict
signing_prepare(struct signing **out, const struct ksr *ksr, const struct plan *plan,
    const struct policy *policy, struct token_key *const *keys, struct report *report)
{
	struct signing	*w;
	size_t		 n = count_signatures(plan);

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return report_fault(report, NULL, "out of memory");
	w->ksr = ksr;
	w->plan = plan;
	w->policy = policy;
	w->keys = keys;
	if ((w->skr = calloc(1, sizeof(*w->skr))) == NULL ||
	    (w->tasks = calloc(n + 1, sizeof(*w->tasks))) == NULL ||
	    (w->jobs = calloc(n + 1, sizeof(*w->jobs))) == NULL || fill_response(w) == -1) {
		signing_free(w);
		return report_fault(report, NULL, "out of memory");
	}
	*out = w;
	return ACCEPT;
}

const struct skr *
signing_response(const struct signing *w)
{
	return w->skr;
}

enum verdict
signing_make(struct signing *w, struct skr **out, struct tokens *tokens,
    struct verifier *verifier, struct report *report)
{
	enum verdict	 v;
	size_t		 i;

	w->verifier = verifier;
	w->report = report;
	w->verified = 0;
	if ((v = tokens_sign_each(tokens, w->jobs, w->n, take_signature, w, report)) != ACCEPT)
		return v;
	if (w->verified != w->n)
		return FAULT;
	for (i = 0; i < w->skr->bundles.n; i++)
		if (bundle_sort(&w->skr->bundles.v[i]) == -1)
			return report_fault(report, NULL, "out of memory");
	*out = w->skr;
	w->skr = NULL;
	return ACCEPT;
}
