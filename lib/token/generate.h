/*
 * generate: new key pairs on a token, and pairs made elsewhere put on one: with attributes that keep
 * the private half there, sign only, and with their dates where the token can.
 */
#ifndef TOKEN_GENERATE_H
#define TOKEN_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "model/dnskey.h"
#include "model/softkey.h"
#include "token/token.h"

struct pairspec {			/* what a pair shall be */
	unsigned		 algorithm;
	unsigned		 bits;		/* RSA only, as is the next */
	uint64_t		 exponent;
	uint16_t		 flags;		/* DNSKEY_KSK or DNSKEY_ZSK */
	const char		*label;
	const unsigned char	*id;
	size_t			 idlen;
	int64_t			 from;		/* KEYLIST_ALWAYS: none */
	int64_t			 until;		/* KEYLIST_FOREVER: none */
	bool			 extractable;	/* under a trusted wrapping key, where the token knows that */
};

struct tokenpair {				/* a pair that is on the token */
	struct key	 public;	/* its identifier is the label; clear with key_clear */
	unsigned long	 private_object;
	unsigned long	 public_object;
};

struct generator;			/* a session that may write, on one token */

/* Log in if that has not been done.  The tokens must outlive it. */
enum verdict	 generator_open(struct generator **out, struct tokens *, struct token *,
		    struct report *);

/*
 * Make a pair.  Where the token refuses the dates, the explicit "no" to other uses than signing, or
 * CKA_WRAP_WITH_TRUSTED, it is made without them, and a warning says so once; it is never less than
 * sensitive, nor extractable without being told.  ACCEPT and *out set; else FAULT, nothing is
 * left on the token, and *out unchanged.
 */
enum verdict	 generator_make(struct generator *, const struct pairspec *, struct tokenpair *out,
		    struct report *);

/*
 * Put an existing pair on the token, as above; algorithm, bits and exponent are those of the softkey.
 * REFUSE where the token cannot hold such a key.
 */
enum verdict	 generator_import(struct generator *, const struct pairspec *,
		    const struct softkey *, struct tokenpair *out, struct report *);

/* Does the private half on the token sign for this public half?  ACCEPT, or FAULT with the reason. */
enum verdict	 generator_prove(struct generator *, const struct tokenpair *, const struct softkey *,
		    struct report *);

/* Delete both halves and clear *pair.  FAULT: one is still there, and which is said. */
enum verdict	 generator_drop(struct generator *, struct tokenpair *, struct report *);

void		 generator_close(struct generator *);

#endif
