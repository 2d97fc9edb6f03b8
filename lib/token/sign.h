/*
 * sign: a request and a plan to a signed response: each slot's RRset is built,
 * signed on the token, and every signature verified in software before the
 * response exists.
 */
#ifndef TOKEN_SIGN_H
#define TOKEN_SIGN_H

#include "base/report.h"
#include "judge/plan.h"
#include "judge/rrsig.h"
#include "model/ksr.h"
#include "model/skr.h"
#include "token/token.h"

/*
 * keys[i] is the token's key for plan->ksks[i].  The response is complete and
 * every signature in it verified, or FAULT and *out unchanged.
 */
enum verdict	 sign_request(struct skr **out, const struct ksr *, const struct plan *,
		    const struct policy *, struct tokens *, struct token_key *const *keys,
		    struct verifier *, struct report *);

#endif
