/*
 * wrap: keys out of a token and into one, encrypted under an AES-256 key (RFC 5649) that is on the
 * token for as long as the process lives, and no longer: it is an object of one session.
 */
#ifndef TOKEN_WRAP_H
#define TOKEN_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "act/backup.h"
#include "base/report.h"
#include "base/secret.h"
#include "token/inventory.h"
#include "token/token.h"

struct wrapper;				/* a wrapping key on a token */

/*
 * Can the token wrap and unwrap so at all?  "kwp" or "pad"; NULL, and what it lacks is in the report as
 * broken.  Nothing is opened and nobody logs in.
 */
const char	*wrapper_way(const struct token *, struct report *);

/*
 * Put the key on the token for a session, and log in.  With so_pin, the security officer first marks it
 * as trusted (CKA_TRUSTED): his PIN is asked for, and tried, once.  Then a throw-away key is unwrapped
 * and wrapped, and both must be as OpenSSL has it: a token that means something else by the mechanism
 * is refused.  No key of the token may be in use; handles from before are void.
 */
enum verdict	 wrapper_open(struct wrapper **out, struct tokens *, struct token *,
		    const struct secret *key, token_pin_fn *so_pin, void *arg, struct report *);

/*
 * Wrap the private half.  ACCEPT; REFUSE: this key cannot be, and *why (static) says for what reason; FAULT:
 * the token failed, said in the report.
 */
enum verdict	 wrapper_wrap(struct wrapper *, const struct holding *, struct buf *out,
		    const char **why, struct report *);

/* The attributes of both halves that are worth keeping. */
void		 wrapper_attributes(const struct wrapper *, const struct holding *,
		    struct backup_key *);

struct unwrapped {			/* objects of the token; 0: none */
	unsigned long	 private_object;
	unsigned long	 public_object;
};

/*
 * Unwrap the private half of a key, with label, id, dates and attributes as they were; "stay": it
 * is to stay on the token, else it goes with the session.  Dates that the token cannot keep are left out, with
 * a warning once.  ACCEPT or FAULT, and nothing is left then.
 */
enum verdict	 wrapper_unwrap(struct wrapper *, const struct keyline *, const struct backup_key *,
		    const struct buf *wrapped, bool stay, struct unwrapped *, struct report *);

/* The public half likewise. */
enum verdict	 wrapper_public(struct wrapper *, const struct keyline *, const struct backup_key *,
		    bool stay, struct unwrapped *, struct report *);

/*
 * Does each private half make signatures that verify with the public key of the backup, and does the
 * token show the same public key where it shows one?  All at once; what fails is named.
 */
enum verdict	 wrapper_prove(struct wrapper *, const struct keyline *const *lines,
		    const struct backup_key *const *keys, const struct unwrapped *, size_t n,
		    struct report *);

/*
 * Remove what a restore of these keys left that was killed while the token made its objects: objects with
 * their label and id that are of a session, and no session of ours has made them.  How many is said as
 * a warning.  Call it before wrapper_unwrap.
 */
enum verdict	 wrapper_sweep(struct wrapper *, const struct keyline *const *lines, size_t n,
		    struct report *);

/* Delete both halves.  0, or -1: something is still there. */
int		 wrapper_drop(struct wrapper *, struct unwrapped *);

/* Take the key off the token; takes NULL. */
void		 wrapper_close(struct wrapper *);

#endif
