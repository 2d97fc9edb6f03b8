/*
 * prove: ZSKs on tokens: found by the lines of a key list, and their proofs of possession made.
 */
#ifndef TOKEN_PROVE_H
#define TOKEN_PROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "act/request.h"
#include "act/zsks.h"
#include "base/report.h"
#include "model/keylist.h"
#include "token/token.h"

/*
 * Find the keys with wanted[i], by the label and id of their lines, on the token that the list states or
 * else on any; as tokens_find.  What the line says of size and tag must be so: else REFUSE (KSR-BUNDLE-KEYS).
 * ACCEPT: out[i] is set, and the public half of keys->v[i].
 */
enum verdict	 prove_find(struct token_key **out, struct tokens *, struct zsks *keys,
		    const bool *wanted, const struct keylist *, const struct zsk_section *,
		    struct report *);

/*
 * Make those proofs whose key is on a token, keys[proof.zsk]; the others are passed over.  As tokens_sign_each: each
 * that is made is given to take, while others are still being made.
 */
typedef void	 prove_take_fn(void *arg, struct proof *);
enum verdict	 prove_make(struct proof *const *, size_t n, struct token_key *const *keys,
		    struct tokens *, prove_take_fn *take, void *arg, struct report *);

#endif
