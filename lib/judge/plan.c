#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "judge/plan.h"
#include "judge/rules.h"

#define RULE	"PLAN-SLOTS"

enum use { USE_PUBLISH, USE_SIGN, USE_REVOKE, USE_SIGN_ONLY };

/* Where a schema's words stand in a slot, and what they mean. */
static const struct strings *
words_of(const struct schema_slot *slot, enum use use)
{
	switch (use) {
	case USE_PUBLISH:
		return &slot->publish;
	case USE_SIGN:
		return &slot->sign;
	case USE_REVOKE:
		return &slot->revoke;
	case USE_SIGN_ONLY:
		return &slot->sign_only;
	}
	return NULL;
}

void
plan_free(struct plan *plan)
{
	size_t	 i;

	if (plan == NULL)
		return;
	for (i = 0; i < plan->nslots; i++)
		free(plan->slots[i].entries);
	free(plan->slots);
	free(plan->ksks);
	free(plan);
}

/* The keys that the schema names, in the policy's order. */
static int
collect_keys(struct plan *plan, const struct policy *policy)
{
	const struct strings *names;
	const struct ksk *ksk;
	enum use	 use;
	bool		*named;
	size_t		 i, j;

	if ((named = calloc(policy->nkeys + 1, sizeof(*named))) == NULL)
		return -1;
	for (i = 0; i < plan->schema->nslots; i++)
		for (use = USE_PUBLISH; use <= USE_SIGN_ONLY; use++) {
			names = words_of(&plan->schema->slots[i], use);
			for (j = 0; j < names->n; j++)
				if ((ksk = policy_key(policy, names->v[j])) != NULL)
					named[ksk - policy->keys] = true;
		}
	for (i = 0; i < policy->nkeys; i++)
		if (named[i])
			plan->ksks[plan->nksks++] = &policy->keys[i];
	free(named);
	return 0;
}

/* The index of a key in the plan. */
static size_t
plan_key(const struct plan *plan, const struct ksk *ksk)
{
	size_t	 i;

	for (i = 0; plan->ksks[i] != ksk; i++)
		;
	return i;
}

static struct plan_entry *
slot_entry(struct plan_slot *slot, size_t key)
{
	size_t	 i;

	for (i = 0; i < slot->n; i++)
		if (slot->entries[i].key == key)
			return &slot->entries[i];
	slot->entries[slot->n] = (struct plan_entry){ .key = key };
	return &slot->entries[slot->n++];
}

static void
mark(struct plan_entry *e, enum use use)
{
	switch (use) {
	case USE_PUBLISH:
		e->published = true;
		break;
	case USE_SIGN:			/* what signs is also published */
		e->published = e->signs = true;
		break;
	case USE_REVOKE:		/* RFC 5011 2.1: revoked by signing with the bit set */
		e->published = e->signs = e->revoked = true;
		break;
	case USE_SIGN_ONLY:
		e->signs = true;
		break;
	}
}

static enum verdict
lay_slot(struct plan *plan, size_t i, const struct policy *policy, struct report *report)
{
	const struct schema_slot *words = &plan->schema->slots[i];
	const struct spot at = { policy->input, words->line, 0 };
	struct plan_slot *slot = &plan->slots[i];
	const struct strings *names;
	const struct ksk *ksk;
	enum use	 use;
	size_t		 j;

	/* Each key of the policy at most once in a slot. */
	if ((slot->entries = calloc(policy->nkeys + 1, sizeof(*slot->entries))) == NULL)
		return report_fault(report, NULL, "out of memory");
	for (use = USE_PUBLISH; use <= USE_SIGN_ONLY; use++) {
		names = words_of(words, use);
		for (j = 0; j < names->n; j++) {
			if ((ksk = policy_key(policy, names->v[j])) == NULL)
				return report_broken(report, &at, RULE,
				    "schema %s, slot %zu: no key '%s' in the policy",
				    plan->schema->name, i + 1, names->v[j]);
			mark(slot_entry(slot, plan_key(plan, ksk)), use);
		}
	}
	return ACCEPT;
}

/* valid_from <= inception < valid_until, for every use but the revoked form. */
static enum verdict
judge_validity(const struct plan *plan, size_t i, const struct bundle *b,
    const struct policy *policy, struct report *report)
{
	const struct plan_slot *slot = &plan->slots[i];
	enum verdict	 v = ACCEPT;
	size_t		 j;

	for (j = 0; j < slot->n; j++) {
		const struct ksk *k = plan->ksks[slot->entries[j].key];
		const struct spot at = { policy->input, k->line, 0 };

		if (slot->entries[j].revoked)
			continue;
		if (b->inception < k->valid_from)
			v = report_broken(report, &at, RULE,
			    "schema %s, slot %zu: key '%s' is valid from %s, the slot begins at %s",
			    plan->schema->name, i + 1, k->name, show_time(k->valid_from),
			    show_time(b->inception));
		if (b->inception >= k->valid_until)
			v = report_broken(report, &at, RULE,
			    "schema %s, slot %zu: key '%s' is valid until %s, the slot begins at %s",
			    plan->schema->name, i + 1, k->name, show_time(k->valid_until),
			    show_time(b->inception));
	}
	return v;
}

static enum verdict
judge_slot(const struct plan *plan, size_t i, const struct bundle *b,
    const struct policy *policy, struct report *report)
{
	const struct plan_slot *slot = &plan->slots[i];
	const struct spot at = { policy->input, plan->schema->slots[i].line, 0 };
	enum verdict	 v;
	size_t		 j;

	v = policy->ksk.check_plan_slots ? judge_validity(plan, i, b, policy, report) : ACCEPT;
	for (j = 0; j < slot->n; j++)
		if (slot->entries[j].published && slot->entries[j].signs &&
		    !slot->entries[j].revoked)
			return v;
	return report_broken(report, &at, RULE,
	    "schema %s, slot %zu: signed by no published key that is not revoked",
	    plan->schema->name, i + 1);
}

static enum verdict
judge_count(const struct schema *schema, size_t nbundles, const struct policy *policy,
    struct report *report)
{
	struct spot	 at = { policy->input, schema->line, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (schema->nslots != nbundles)
		return report_broken(report, &at, RULE,
		    "schema %s has %zu slots, the request has %zu bundles", schema->name,
		    schema->nslots, nbundles);
	for (i = 0; i < schema->nslots; i++)
		if (schema->slots[i].line == 0)
			v = report_broken(report, &at, RULE, "schema %s does not name slot %zu",
			    schema->name, i + 1);
	return v;
}

static enum verdict
lay_out(struct plan *plan, const struct policy *policy, const struct bundles *bundles,
    struct report *report)
{
	enum verdict	 v = ACCEPT, one;
	size_t		 i;

	if (collect_keys(plan, policy) == -1)
		return report_fault(report, NULL, "out of memory");
	for (i = 0; i < bundles->n; i++) {
		plan->nslots = i + 1;
		if ((one = lay_slot(plan, i, policy, report)) == ACCEPT)
			one = judge_slot(plan, i, &bundles->v[i], policy, report);
		v = verdict_worse(v, one);
	}
	return v;
}

enum verdict
plan_build(struct plan **out, const struct policy *policy, const char *name,
    const struct bundles *bundles, struct report *report)
{
	const struct spot at = { policy->input, 0, 0 };
	struct plan	*plan = NULL;
	enum verdict	 v = FAULT;

	if ((plan = calloc(1, sizeof(*plan))) == NULL ||
	    (plan->ksks = calloc(policy->nkeys + 1, sizeof(*plan->ksks))) == NULL ||
	    (plan->slots = calloc(bundles->n + 1, sizeof(*plan->slots))) == NULL) {
		v = report_fault(report, NULL, "out of memory");
		goto out;
	}
	if ((plan->schema = policy_schema(policy, name)) == NULL) {
		v = report_broken(report, &at, RULE, "no schema '%s' in the policy", name);
		goto out;
	}
	if (!policy->ksk.check_plan_slots)
		report_warning(report, &at, RULE, "switched off by ksk_policy.check_plan_slots, "
		    "but for what a plan cannot be without");
	if (policy->require_backup)
		report_warning(report, &at, RULE, "require_backup: whether the KSKs have a backup "
		    "is not judged here");
	if ((v = judge_count(plan->schema, bundles->n, policy, report)) != ACCEPT)
		goto out;
	if ((v = lay_out(plan, policy, bundles, report)) == ACCEPT) {
		*out = plan;
		plan = NULL;
	}
 out:
	plan_free(plan);
	return v;
}

static enum verdict
prove_rsa(const struct ksk *ksk, unsigned bits, uint64_t exponent, const struct spot *at,
    struct report *report)
{
	enum verdict	 v = ACCEPT;

	if (ksk->rsa_size != 0 && ksk->rsa_size != bits)
		v = report_broken(report, at, RULE,
		    "key '%s': %u bits on the token, the policy says %" PRIu64, ksk->name, bits,
		    ksk->rsa_size);
	if (ksk->rsa_exponent != 0 && ksk->rsa_exponent != exponent)
		v = report_broken(report, at, RULE,
		    "key '%s': exponent %" PRIu64 " on the token, the policy says %" PRIu64,
		    ksk->name, exponent, ksk->rsa_exponent);
	return v;
}

enum verdict
plan_prove_key(const struct ksk *ksk, const struct key *found, const struct dname *zone,
    const struct policy *policy, struct report *report)
{
	const struct spot at = { policy->input, ksk->line, 0 };
	unsigned char	 ds[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];
	uint64_t	 exponent = 0;
	unsigned	 bits = 0;
	enum verdict	 v = ACCEPT;

	if (found->algorithm != ksk->algorithm || key_size(found, &bits, &exponent) == -1)
		return report_broken(report, &at, RULE,
		    "key '%s': the key on the token is not one of %s", ksk->name,
		    algorithm_name(ksk->algorithm));
	if (!policy->ksk.check_plan_slots)
		return ACCEPT;
	if (algorithm_family(found->algorithm) == FAMILY_RSA)
		v = prove_rsa(ksk, bits, exponent, &at, report);
	if (ksk->has_tag && ksk->tag != key_tag(found))
		v = report_broken(report, &at, RULE,
		    "key '%s': tag %u on the token, the policy says %u", ksk->name,
		    key_tag(found), ksk->tag);
	if (!ksk->has_ds)
		return v;
	if (key_ds(ds, found, zone) == -1)
		return report_fault(report, NULL, "out of memory");
	if (memcmp(ds, ksk->ds_sha256, sizeof(ds)) != 0)
		v = report_broken(report, &at, RULE,
		    "key '%s': the DS of the key on the token is %s, not the policy's ds_sha256",
		    ksk->name, digest_hex(hex, ds));
	return v;
}

static bool
signs_in(const struct plan *plan, size_t i, const char *identifier)
{
	const struct plan_slot *slot = &plan->slots[i];
	size_t		 j;

	for (j = 0; j < slot->n; j++)
		if (slot->entries[j].signs &&
		    strcmp(plan->ksks[slot->entries[j].key]->label, identifier) == 0)
			return true;
	return false;
}

enum verdict
plan_judge_wishes(const struct plan *plan, const struct bundles *bundles, const char *input,
    const struct policy *policy, struct report *report)
{
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = 0; i < bundles->n && i < plan->nslots; i++)
		for (j = 0; j < bundles->v[i].nsigners; j++) {
			const struct spot at = { input, bundles->v[i].line, 0 };
			const char	*who = bundles->v[i].signers[j];

			if (signs_in(plan, i, who))
				continue;
			if (policy->honour_signers)
				v = report_broken(report, &at, RULE, "bundle %zu (%s): the request "
				    "wishes that '%s' signs, and schema %s has it not sign", i + 1,
				    bundles->v[i].id, who, plan->schema->name);
			else
				report_warning(report, &at, RULE, "bundle %zu (%s): the request "
				    "wishes that '%s' signs, and it will not", i + 1,
				    bundles->v[i].id, who);
		}
	return v;
}
