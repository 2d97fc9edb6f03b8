/*
 * share: a secret as n shares, of which any m give it back and m - 1 tell nothing
 * (Shamir's scheme over GF(256)), and the two texts about them: the share, which its
 * holder keeps, and the record of the set, which everybody may see.  ksr-shares(5).
 */
#ifndef ACT_SHARE_H
#define ACT_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/report.h"
#include "base/secret.h"

#define SHARE_MAX	 16		/* n; 2 <= m <= n */
#define SHARE_ID	 8
#define SHARE_ID_HEX	 (2 * SHARE_ID + 1)
#define SHARE_SECRET_MAX 64		/* bytes of what is shared */
#define SHARE_TEXT_MAX	 4095		/* of a share or a record */
#define SHARE_HOLDER_MAX 100		/* bytes of a holder's name */
#define SHARE_LINE	 8		/* bytes in a full line of words, and one to check it */

enum share_kind {
	SHARE_KEY = 1,			/* any bytes: a wrapping key */
	SHARE_PIN = 2			/* text without a NUL */
};

/* The record of a set.  Nothing in it is secret: it commits to each share by a salted digest. */
struct share_set {
	enum share_kind	 kind;
	unsigned	 m, n;
	unsigned char	 id[SHARE_ID];
	unsigned char	 digest[SHARE_MAX][DIGEST_SIZE];	/* of share i + 1 */
	char		*holder[SHARE_MAX];			/* NULL: not named */
};

#define SHARE_SET_EMPTY { .kind = SHARE_KEY }

/* One share; its body is in locked memory.  All zero: none. */
struct share {
	enum share_kind	 kind;
	unsigned	 m, n;
	unsigned	 number;		/* 1 to n */
	unsigned char	 id[SHARE_ID];
	struct secret	 body;			/* of the polynomials at "number", then the salt */
};

/* Fill with random bytes.  0, or -1. */
typedef int	 share_random_fn(void *arg, unsigned char *, size_t);

/* That of the system (OpenSSL's private generator); arg is not used. */
share_random_fn	 share_random;

/*
 * Split the secret, of 1 to SHARE_SECRET_MAX bytes, into set->n shares, set->m needed; kind and
 * holders are the caller's too.  Sets set->id and the digests, and shares[0] to shares[n - 1], which the caller
 * clears.  0, or -1 with errno and no share: EINVAL (m, n or the secret), ENOMEM, EIO (random).
 */
int		 share_split(struct share_set *, struct share *shares, const struct secret *,
		    share_random_fn *, void *arg);

/*
 * Judge shares by number before they are joined: each a share of one set, none twice, at least m.  With
 * "set", that set, and each share the one that the record commits to.  names[i] is where shares[i] came
 * from.  Everything that is wrong is said.  ACCEPT, REFUSE or FAULT.
 */
enum verdict	 share_judge(const struct share_set *set, const struct share *shares, size_t n,
		    const char *const *names, struct report *);

/*
 * The secret of the first m of these shares, which share_judge has accepted.  1: joined; 0: the tag
 * over the secret does not match, so some share is not what was made; -1 with errno.
 */
int		 share_join(struct secret *out, const struct share *shares, size_t n);

/* The share's digest, as in the record.  0, or -1. */
int		 share_digest(unsigned char out[DIGEST_SIZE], const struct share *);

const char	*share_id(char out[SHARE_ID_HEX], const unsigned char id[SHARE_ID]);

/*
 * A buffer in locked memory for one text of a share; share_room_free wipes it.  Never buf_free it,
 * nor let it grow beyond SHARE_TEXT_MAX.  0, or -1 with errno.
 */
int		 share_room(struct buf *);
void		 share_room_free(struct buf *);

/*
 * Append the text of a share, a sheet of words to print: into a buffer of share_room.  0, or -1.  "holder" may be
 * NULL.
 */
int		 share_print(struct buf *, const struct share *, const char *holder);

/*
 * Read the text of a share, from a file or typed off a sheet.  What is wrong is one or more
 * broken findings, none of which has a word of it.
 */
enum verdict	 share_parse(struct share *out, const struct buf *, const char *input,
		    struct report *);

/*
 * One line of words of a sheet, the "line"-th from 1: its bytes appended to body (of secret_room).
 * 0, or -1 with *why of static storage.
 */
int		 share_line(struct secret *body, unsigned line, const char *words, const char **why);
/* The number of such lines in a share whose secret has so many bytes. */
unsigned	 share_lines(size_t secret);
/* The share that all lines make.  0, or -1 with *why. */
int		 share_from_lines(struct share *out, struct secret *body, const char **why);

void		 share_clear(struct share *);

/* The record's text: append; read the first one in a text, which may have more behind its last line. */
int		 share_set_print(struct buf *, const struct share_set *);
/*
 * *rest is set behind the record.  spot->line counts on.  ACCEPT, REFUSE or FAULT, and *out
 * unchanged then.
 */
enum verdict	 share_set_parse(struct share_set *out, const char *text, const char **rest,
		    struct spot *, struct report *);
/* A file with nothing but a record. */
enum verdict	 share_set_load(struct share_set *out, const char *path, struct report *);
void		 share_set_clear(struct share_set *);

#endif
