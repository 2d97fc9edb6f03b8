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

/*
 * The keys that have the id and label of a line; they stand side by side.  The first of them, and *n how many
 * there are; NULL and 0: none.
 */
const struct holding *inventory_named(const struct inventory *, const struct keyline *, size_t *n);

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

/*
 * What a line says that is not so of this key: the fields that differ, with ", " between, are
 * appended to "why".  The line must have what the token can tell (label, id, size, flags, the algorithm but for RSA); in
 * what it cannot, it must not say anything else than is known.  The archive is not looked at.  1: something
 * differs; 0: nothing; -1: out of memory.
 */
int		 inventory_differs(struct buf *why, const struct holding *, const struct keyline *);

struct inventory_sum {			/* "was - gone + added = is" */
	size_t		 was;		/* keys of the record */
	size_t		 gone;
	size_t		 added;
	size_t		 changed;
	size_t		 is;		/* keys of the token */
};

/*
 * The token against a record, or against what that says of one of its tokens (an index; SIZE_MAX: all of it).
 * Each key that was removed, added or changed is a finding of that name.  ACCEPT and *sum: nothing differs;
 * REFUSE and *sum; or FAULT.
 */
enum verdict	 inventory_against(const struct inventory *, const struct keylist *record,
		    size_t token, struct inventory_sum *, struct report *);

/* Append "140 - 56 + 60 = 144".  0, or -1. */
int		 inventory_sum_print(struct buf *, const struct inventory_sum *);

/*
 * Have the private half sign a fresh challenge, and verify that in software with the public half: so the key
 * is on this token, and not only its name.  ACCEPT, or FAULT.
 */
enum verdict	 inventory_prove(struct tokens *, struct token *, const struct holding *,
		    struct report *);

/* SHA-256 of its SubjectPublicKeyInfo, as of the file that pkcs11-tool or openssl writes.  0, or -1. */
int		 inventory_fingerprint(unsigned char out[DIGEST_SIZE], const struct holding *);

/*
 * Delete these keys, each with both its halves, the private one first; at the first that resists it
 * ends, and so it does between two of them on a signal that would end the process.  *done is the number of keys that are gone.  ACCEPT, or FAULT.
 */
enum verdict	 inventory_delete(struct tokens *, struct token *, const struct holding *const *keys,
		    size_t n, size_t *done, struct report *);

/* As the lines of a record; the list is added to.  0, or -1: out of memory. */
int		 inventory_list(struct keylist *, const struct inventory *);

void		 inventory_free(struct inventory *);

#endif
