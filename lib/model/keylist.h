/*
 * keylist: the key-list line, one key a line, and files of them: the record of a ceremony,
 * and what the tools that choose keys read (ksr-keylist(5)).
 *
 * Fields, separated by one tab: zone, label, CKA_ID in hex, role, algorithm mnemonic, size in
 * bits, key tag, tag of the revoked form, active from, active until, flags, archive.  "-" is a
 * field without a value; bytes from outside that are not printable ASCII stand as %XX.
 */
#ifndef MODEL_KEYLIST_H
#define MODEL_KEYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/report.h"

#define KEYLIST_MAX_BYTES	((size_t)16 << 20)
#define KEYLIST_MAX_TOKENS	64		/* in one file */
#define KEYLIST_MAX_ID		1024		/* bytes of a CKA_ID */
#define KEYLIST_FOREVER		INT64_MAX	/* until: no end is known */
#define KEYLIST_ALWAYS		INT64_MIN	/* from: no beginning is known */

enum key_role { ROLE_UNKNOWN, ROLE_KSK, ROLE_ZSK };

enum key_flag {				/* letters of the flags field, in this order */
	KEY_PRIVATE = 1,		/* p: the private half is there */
	KEY_PUBLIC = 2,			/* P: the public half is there */
	KEY_SENSITIVE = 4,		/* s */
	KEY_EXTRACTABLE = 8,		/* x */
	KEY_TRUSTED_WRAP = 16		/* t: CKA_WRAP_WITH_TRUSTED */
};

struct keyline {
	char		*zone;		/* absolute name in canonical text; NULL: not known */
	char		*label;		/* CKA_LABEL, raw bytes, no NUL in it; NULL: none */
	unsigned char	*id;		/* CKA_ID */
	size_t		 idlen;		/* 0: none */
	enum key_role	 role;
	uint8_t		 algorithm;	/* 0: not known (RSA of either digest) */
	unsigned	 bits;		/* 0: not known */
	int32_t		 tag;		/* -1: not known */
	int32_t		 revoked_tag;	/* -1: not known */
	int64_t		 from;		/* 00:00 UTC of the first day on which it is active */
	int64_t		 until;		/* 00:00 UTC of the day on which it no longer is */
	unsigned	 flags;		/* of enum key_flag */
	char		*archive;	/* name of the backup that holds it; NULL: none */
	size_t		 token;		/* index into keylist.tokens; SIZE_MAX: none stated */
	unsigned long	 line;		/* in the file; 0: not from one */
};

struct keytoken {			/* "# token LABEL serial S model M firmware F" */
	char		*label;
	char		*serial;
	char		*model;
	char		*firmware;
	char		*identity;	/* "# identity LABEL SHA256", the next line; NULL: none */
	unsigned char	 fingerprint[DIGEST_SIZE]; /* of that key's SubjectPublicKeyInfo */
};

struct keylist {
	char		*input;		/* name for messages */
	struct keytoken	*tokens;
	size_t		 ntokens;
	struct keyline	*keys;		/* in the file's order */
	size_t		 n;
};

#define KEYLIST_EMPTY { NULL, NULL, 0, NULL, 0 }

/*
 * Add the lines of a file.  A "# token" line binds the lines after it to that token, of which "# identity" may
 * name the identity key; "# keys N" must
 * count the lines since the last one of its kind or the beginning; other lines with # are comments.
 * A last line without its end is a fault: the file was cut.  No line at all but comments is none.
 * ACCEPT; or FAULT, each bad line named with its number and field, and the list unchanged.
 */
enum verdict	 keylist_parse(struct keylist *, const struct buf *, const char *input,
		    struct report *);
/* The same from a path ("-": standard input).  An empty file is a fault. */
enum verdict	 keylist_load(struct keylist *, const char *path, struct report *);

/*
 * Append a zeroed line (role and tags unknown, always to forever, no token) and return it, to be filled with
 * memory that the list then owns; it moves when the next one is added.  NULL: out of memory.
 */
struct keyline	*keylist_add(struct keylist *);
/*
 * The index of this token, which is added, all four copied, where the list does not have it yet;
 * SIZE_MAX: out of memory.
 */
size_t		 keylist_add_token(struct keylist *, const char *label, const char *serial,
		    const char *model, const char *firmware);
/* Copy a line, but for its token (none).  0, or -1: out of memory and *to unchanged. */
int		 keyline_copy(struct keyline *to, const struct keyline *from);

/* By CKA_ID, then label, then tag: the order in which lines are printed. */
int		 keyline_compare(const struct keyline *, const struct keyline *);
/* In that order, the keys of each token together, those of none first. */
void		 keylist_sort(struct keylist *);

/* The same key: id and label agree, and algorithm, bits and tag where both know them. */
bool		 keyline_same(const struct keyline *, const struct keyline *);

/* Append one line with its end; the header lines of a token; 0, or -1: out of memory. */
int		 keyline_print(struct buf *, const struct keyline *);
int		 keytoken_print(struct buf *, const struct keytoken *);
/*
 * Append all: the lines of no token where there are any, then of each token its header, its lines in
 * the list's order and "# keys N".  0, or -1.
 */
int		 keylist_print(struct buf *, const struct keylist *);

/*
 * Append a line, a token, as a JSON object without a line end: members named as the fields are in
 * ksr-keylist(5), bytes from outside escaped as there, null for "-".  0, or -1.
 */
int		 keyline_json(struct buf *, const struct keyline *);
int		 keytoken_json(struct buf *, const struct keytoken *);

/* "ksk", "zsk" or "-"; and back: 0, or -1 and *role unchanged. */
const char	*key_role_name(enum key_role);
int		 key_role_parse(enum key_role *, const char *);

void		 keyline_clear(struct keyline *);
void		 keylist_clear(struct keylist *);

#endif
