/*
 * half: the objects of a token as they are read, before the halves of keys are joined.  Private to
 * the inventory.
 */
#ifndef TOKEN_HALF_H
#define TOKEN_HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <p11-kit/pkcs11.h>

#include "base/digest.h"
#include "base/report.h"
#include "model/dnskey.h"
#include "token/internal.h"

struct half {
	CK_OBJECT_HANDLE object;
	CK_OBJECT_CLASS	 class;
	CK_KEY_TYPE	 type;
	const char	*foreign;	/* what it is, if no half of a key; static */
	unsigned char	*label;		/* raw, a NUL behind it; NULL: none */
	size_t		 labellen;
	unsigned char	*id;
	size_t		 idlen;
	struct key	 public;	/* .public NULL: it does not tell; RSASHA256 for every RSA */
	unsigned	 flags;		/* of enum key_flag */
	int64_t		 from;		/* as in struct keyline */
	int64_t		 until;
	const char	*strange;	/* as in struct holding */
	const char	*odd;		/* its name cannot be read as it is; static; NULL: it can */
	bool		 unsure;	/* of several that may belong together */
	bool		 taken;		/* it is in a holding */
	unsigned char	 digest[DIGEST_SIZE];
};

struct halves {
	struct half	*v;
	size_t		 n;
};

#define HALVES_EMPTY { NULL, 0 }

/* Every object of the token that is not of a session alone, logged in or not.  ACCEPT, or FAULT. */
enum verdict	 halves_read(struct halves *, const struct token *, struct report *);

/* The dates of an object, where it has any.  CKR_OK, or why they cannot be read; then it has none. */
CK_RV		 half_dates(struct half *, const struct token *);

void		 halves_clear(struct halves *);

#endif
