/*
 * sign: a request and a plan to a signed response: each slot's RRset is built, shown, signed
 * on the token, and every signature verified in software before the response exists.
 */
#ifndef TOKEN_SIGN_H
#define TOKEN_SIGN_H

#include "base/report.h"
#include "judge/plan.h"
#include "judge/rrsig.h"
#include "model/ksr.h"
#include "model/skr.h"
#include "token/token.h"

struct signing;			/* a response in the making */

/*
 * Lay out the response: all slots with their keys, and the signatures to make.  Nothing is
 * signed yet.  keys[i] is the token's key for plan->ksks[i].  All arguments but the report must
 * outlive it.  ACCEPT and *out set, else *out unchanged.
 */
enum verdict	 signing_prepare(struct signing **out, const struct ksr *, const struct plan *,
		    const struct policy *, struct token_key *const *keys, struct report *);

/* The response, complete but for the signatures' data; not after signing_make has succeeded. */
const struct skr *signing_response(const struct signing *);

/*
 * Make all signatures.  The response is complete and every signature in it
 * verified, or FAULT and *out unchanged.  Once only.
 */
enum verdict	 signing_make(struct signing *, struct skr **out, struct tokens *,
		    struct verifier *, struct report *);

void		 signing_free(struct signing *);

#endif
