/*
 * history: the record of the requests that have been answered, a line each: when, the id,
 * the SHA-256 of the KSR and that of the SKR; fields as in base/fields.h.
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

/* The instant of the last entry; INT64_MIN: none. */
int64_t		 history_last(const struct history *);

/*
 * Add a line at the end of the file, under a lock, and fsync it.  ACCEPT or FAULT, and then nothing has been
 * added.
 */
enum verdict	 history_append(const char *path, int64_t now, const char *id,
		    const unsigned char ksr[DIGEST_SIZE], const unsigned char skr[DIGEST_SIZE],
		    struct report *);

#endif
