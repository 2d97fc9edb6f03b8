/*
 * inventory: everything that is on a token, read in one pass: each key with both its halves and what
 * the token says of it, and every other object; and what was added, lost or changed between two of them.
 */
#ifndef TOKEN_INVENTORY_H
#define TOKEN_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"
#include "base/report.h"
#include "model/dnskey.h"
#include "model/keylist.h"
#include "model/policy.h"
#include "token/token.h"

struct holding {			/* one key, its halves joined by CKA_ID and public key */
	struct keyline	 line;		/* what the token itself tells, then what inventory_name adds */
	enum family	 family;
	const char	*strange;	/* what is odd about it, static: a half is missing, the halves
					 * differ, the label or id is there twice; NULL: nothing */
	bool		 unsure;	/* which key it is, or which halves are one, is not certain:
					 * nothing may be deleted by it */
	struct key	 public;	/* algorithm, flags (257 for a KSK, else 256) and tag as far as
					 * the line has them; .public NULL: not seen; no identifier */
	unsigned long	 private_object;	/* CK_OBJECT_HANDLE of this session; 0: none */
	unsigned long	 public_object;
	unsigned char	 digest[DIGEST_SIZE];	/* over all attributes read, of both halves */
};

struct foreign {			/* an object that is no key pair: certificate, data, AES key */
	const char	*kind;		/* "certificate", "data", "secret key", ...; static */
	char		*label;		/* escaped for a key-list field; NULL: none */
	unsigned long	 object;
	unsigned char	 digest[DIGEST_SIZE];
};

struct inventory {
	struct keytoken	 token;
	struct holding	*keys;		/* in the order of keyline_compare */
	size_t		 n;
	struct foreign	*others;
	size_t		 nothers;
};

/*
 * Log in if that has not been done, and read the whole token.  ACCEPT and *out set; else FAULT, what
 * could not be read is named, and *out unchanged: an inventory is complete or none.  Keys of a kind that DNSSEC
 * here does not have are among the others.  CKA_START_DATE and CKA_END_DATE are the line's from and until,
 * the same two days.
 */
enum verdict	 inventory_take(struct inventory **out, struct tokens *, struct token *,
		    struct report *);

/* The same without login: what the token shows to everybody, so halves alone may be all there is. */
enum verdict	 inventory_look(struct inventory **out, struct token *, struct report *);

/*
 * Add what a token cannot tell (zone, role, which RSA algorithm and so the tags, dates, archive), for each
 * key from the first that knows it: the policy's keys (by label), the record (by id and label), a label
 * of the form in zsk.label.  Either may be NULL; may be called again with another policy.  What says
 * something of another key (its kind, size or tag is not that of the key on the token) is not used, with a warning.
 * ACCEPT, or FAULT: out of memory.
 */
enum verdict	 inventory_name(struct inventory *, const struct policy *,
		    const struct keylist *record, struct report *);

/* Does the policy name this key of the inventory's token under "keys"?  *ksk is set where it does. */
bool		 inventory_in_policy(const struct inventory *, const struct holding *,
		    const struct policy *, const struct ksk **ksk);

/*
 * What differs between two inventories of one token.  A key is known again by its public key, where
 * the token shows it, else by its id and label.
 */
struct inventory_change {
	enum { KEY_ADDED, KEY_GONE, KEY_CHANGED, OBJECT_ADDED, OBJECT_GONE, OBJECT_CHANGED } what;
	const struct holding *before;	/* NULL where added, or not a key */
	const struct holding *after;	/* NULL where gone, or not a key */
	const struct foreign *object;
};

/* *v is allocated, of *n entries, and points into both.  0, or -1: out of memory. */
int		 inventory_compare(const struct inventory *before, const struct inventory *after,
		    struct inventory_change **v, size_t *n);

/* As the lines of a record; the list is added to.  0, or -1: out of memory. */
int		 inventory_list(struct keylist *, const struct inventory *);

void		 inventory_free(struct inventory *);

#endif
