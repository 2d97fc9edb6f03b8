/*
 * plan: which KSK is published, signs or is revoked in which slot, from a
 * schema of the policy (rules PLAN-*).
 */
#ifndef JUDGE_PLAN_H
#define JUDGE_PLAN_H

#include <stdbool.h>

#include "base/report.h"
#include "model/bundle.h"
#include "model/policy.h"

struct plan_entry {			/* one KSK in one slot */
	size_t		 key;		/* index into plan.ksks */
	bool		 published;	/* stands in the DNSKEY set */
	bool		 signs;
	bool		 revoked;	/* stands and signs in its revoked form */
};

struct plan_slot {
	struct plan_entry *entries;	/* each key at most once */
	size_t		 n;
};

struct plan {
	const struct schema *schema;
	const struct ksk **ksks;	/* the keys of the policy it needs, each once, policy order */
	size_t		 nksks;
	struct plan_slot *slots;
	size_t		 nslots;
};

/*
 * Lay out the schema of this name over the request's bundles.  PLAN-SLOTS, as
 * far as it can be judged without a token: every slot named once and no more, keys
 * known and valid at their slots, each slot signed.  No record of backups is at hand here: with
 * require_backup a warning says so.  The policy must outlive the plan.
 * ACCEPT and *out set, else *out unchanged.
 */
enum verdict	 plan_build(struct plan **out, const struct policy *, const char *schema,
		    const struct bundles *, struct report *);

/*
 * PLAN-SLOTS for one key: the public key found is the one configured (algorithm, RSA size and
 * exponent, tag, ds_sha256).  "found" has flags 257.
 */
enum verdict	 plan_prove_key(const struct ksk *, const struct key *found,
		    const struct dname *zone, const struct policy *, struct report *);

/*
 * The request's wishes (Signer): a KSK that it names and that does not sign that slot
 * under the plan is PLAN-SLOTS where the policy says honour_signers, else a warning.
 */
enum verdict	 plan_judge_wishes(const struct plan *, const struct bundles *, const char *input,
		    const struct policy *, struct report *);

void		 plan_free(struct plan *);

#endif
