/*
 * token: the HSMs of a policy, opened, logged in, searched and used for
 * signatures through PKCS#11 (libp11 for modules, slots, login and random
 * numbers; raw calls for keys).
 */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include <stddef.h>

#include "base/report.h"
#include "base/secret.h"
#include "model/dnskey.h"
#include "model/policy.h"

struct tokens;				/* every module and token of a policy */
struct token;				/* one of its tokens */
struct token_key;			/* a key pair on one of them; freed with it */

/*
 * Where a PIN comes from when neither the policy nor the URI's pin-source gives one:
 * "token" is the label of the token.  0 and pin set, or -1 with errno.  Called at most once a token:
 * a PIN is never tried twice.
 */
typedef int	 token_pin_fn(void *arg, const char *token, struct secret *pin);

/*
 * Begin to load the modules of every hsm section in a thread of its own, and return at once: a module
 * takes as long to load as a request to judge.  No session is opened.  NULL if it cannot be done, for
 * whatever reason: tokens_open says which.  To be ended by tokens_close, which waits for the thread.
 * Until then the environment is not to be changed; fork may not be used.  The policy must outlive the tokens.
 */
struct tokens	*tokens_begin(const struct policy *);

/*
 * Load the module of every hsm section, or wait for what tokens_begin has put into *out (else
 * NULL), and list its tokens; no login yet.  A
 * module that cannot be loaded, or a uri that no token fits, is a warning here, kept for tokens_find.
 * FAULT if nothing at all can be used; *out is NULL then.  Threads may be
 * used afterwards; fork may not.  The policy must outlive the tokens.
 */
enum verdict	 tokens_open(struct tokens **out, const struct policy *,
		    token_pin_fn *, void *arg, struct report *);

/*
 * Find each wanted key once (its uri, or its label) over all tokens, in the policy's
 * order, logging in only where it must.  The same label twice on a token: FAULT.  On several tokens with
 * the same public key: the first serves; with different ones: FAULT.  A key found nowhere:
 * FAULT, and why each absent HSM could not be asked.  A key without CKA_SIGN, or a private half
 * without public half, modulus or ksk->dnskey file: FAULT.
 * out[i] belongs to wanted[i] and lives as long as the tokens.
 */
enum verdict	 tokens_find(struct tokens *, const struct ksk *const *wanted, size_t n,
		    struct token_key **out, struct report *);

/*
 * As tokens_find, for keys that are only compared, not used: what the tokens show as
 * they are, without a login where there are several.  out[i] is NULL for a key that is
 * not seen, and else not fit to sign with.  Call it after tokens_find, which logs in.
 */
enum verdict	 tokens_look(struct tokens *, const struct ksk *const *wanted, size_t n,
		    struct token_key **out, struct report *);

/*
 * The public half as a DNSKEY: identifier is the CKA_LABEL, flags 257, the algorithm as the policy
 * says (the token cannot tell RSASHA256 from RSASHA512); ttl 0.
 */
const struct key *token_key_public(const struct token_key *);

/* "token LABEL serial SERIAL", for messages and logs; borrowed. */
const char	*token_key_where(const struct token_key *);

struct sign_job {
	struct token_key *key;
	const unsigned char *data;	/* the whole message, not its digest */
	size_t		 len;
	unsigned char	*sig;		/* set on success, in DNSSEC form (r|s for ECDSA); the caller frees */
	size_t		 siglen;
};

/*
 * Make all signatures, on several sessions of each token at once.  Nothing is verified here.
 * ACCEPT when every job has its signature; FAULT otherwise, after all threads have ended.
 */
enum verdict	 tokens_sign(struct tokens *, struct sign_job *, size_t n, struct report *);

/*
 * As tokens_sign, and each job that has its signature is given to take, in the calling thread, while others
 * are still being made: to verify them costs no time of its own.  What take says is left to it.
 */
typedef void	 sign_take_fn(void *arg, struct sign_job *);
enum verdict	 tokens_sign_each(struct tokens *, struct sign_job *, size_t n, sign_take_fn *,
		    void *arg, struct report *);

/* Log out, unload; takes NULL. */
void		 tokens_close(struct tokens *);

#endif
