/*
 * parent: what the parent zone publishes of a zone, its DS records, and when; so which set of
 * them resolvers may hold.
 */
#ifndef JUDGE_PARENT_H
#define JUDGE_PARENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "model/bundle.h"
#include "model/dnskeyline.h"

struct parent_ds {
	struct ds	 ds;		/* of digest type 2 or 4 */
	int64_t		 from;		/* published then; INT64_MIN: no limit */
	int64_t		 until;		/* withdrawn then; INT64_MAX: no limit */
	unsigned long	 line;
};

struct parent {
	char		*input;
	struct parent_ds *v;
	size_t		 n;
	uint32_t	 ttl;		/* the longest of all */
};

/*
 * Read a record, a line a DS: when it was, or will be, published, when withdrawn, and the DS as
 * key-ds prints it, with TTL and class; fields as in base/fields.h, the times as isotime_parse
 * takes them or "-" for no limit.  Of another digest type than SHA-256 and SHA-384 it is passed
 * over with a warning.  An empty file is one.  NULL on every error, a fault in the report.
 */
struct parent	*parent_load(const char *path, struct report *);
void		 parent_free(struct parent *);

/* Does the parent publish it then, for this zone? */
bool		 parent_shows(const struct parent_ds *, const struct dname *zone, int64_t when);

/* The next instant at which the set changes; INT64_MAX: none. */
int64_t		 parent_next(const struct parent *, int64_t after);

/*
 * Until when resolvers may hold this bundle's set: for its TTL after the next one came into
 * force, but not beyond its expiration.  Of the last bundle (NULL) its inception alone is judged,
 * plus a second: what comes after it is not known.
 */
int64_t		 parent_held_until(const struct bundle *, const struct bundle *next);

/* Is it the DS of this key, in the form in which that stands?  1, 0, or -1: could not tell. */
int		 parent_names(const struct parent_ds *, const struct key *, const struct dname *zone);

#endif
