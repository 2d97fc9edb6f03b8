/*
 * history: the record of the requests that have been answered, a line each: when, the id,
 * the SHA-256 of the KSR and that of the SKR, and for each KSK that stands revoked in the answer the
 * SHA-256 digest that its DS had; fields as in base/fields.h.
 */
#ifndef JUDGE_HISTORY_H
#define JUDGE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/report.h"

struct history;

/* Read a history; an empty file is one.  NULL on every error, a fault in the report. */
struct history	*history_load(const char *path, struct report *);
void		 history_free(struct history *);

/* What is known of an id. */
enum past {
	PAST_NONE,		/* it is new */
	PAST_SAME,		/* the same request was answered */
	PAST_OTHER		/* another request of the same id was answered */
};
enum past	 history_find(const struct history *, const char *id,
		    const unsigned char digest[DIGEST_SIZE]);

/*
 * Was a KSK with this DS digest revoked in an answer?  Answers to the request "id" are passed
 * over, and those to the request "last" but for the one with this digest: alternatives that were
 * made, and not published.  "last" NULL: there is none.
 */
bool		 history_revoked(const struct history *, const unsigned char ds[DIGEST_SIZE],
		    const char *id, const char *last, const unsigned char skr[DIGEST_SIZE]);

/* The instant of the last entry; INT64_MIN: none. */
int64_t		 history_last(const struct history *);

/* What a line is made of. */
struct history_line {
	int64_t		 when;
	const char	*id;
	const unsigned char *ksr;	/* DIGEST_SIZE bytes each */
	const unsigned char *skr;
	const unsigned char (*revoked)[DIGEST_SIZE];
	size_t		 nrevoked;
	const struct history *known;	/* what it was judged by; NULL: by none */
};

#define HISTORY_REVOKED	12		/* at most */

/*
 * Add a line at the end of the file, under a lock, and fsync it.  ACCEPT or FAULT, and then nothing has been
 * added: so where the file has other entries by now than are known, since two who answer one request at the
 * same time would both find it new.
 */
enum verdict	 history_append(const char *path, const struct history_line *, struct report *);

#endif
