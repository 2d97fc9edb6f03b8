/*
 * admin: what a token is asked for besides keys: random bytes, and a new PIN.
 */
#ifndef TOKEN_ADMIN_H
#define TOKEN_ADMIN_H

#include <stddef.h>

#include "base/report.h"
#include "base/secret.h"
#include "token/token.h"

/*
 * Bytes of the token's generator, combined with bytes of the system's, so that they are as good as the
 * better of the two: a share_random_fn whose arg is the token.  0, or -1.
 */
int		 token_random(void *token, unsigned char *, size_t);

/*
 * Set the user's PIN anew.  The old one is asked for as tokens_open was told, once, and tried
 * once; a token whose PIN stands in the policy is refused, for that would be wrong afterwards.
 */
enum verdict	 token_set_pin(struct tokens *, struct token *, const struct secret *pin,
		    struct report *);

#endif
