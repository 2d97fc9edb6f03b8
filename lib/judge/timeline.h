/*
 * timeline: the slots of the previous SKR and of the document that is judged, one after
 * the other, and which ZSK is active when.
 */
#ifndef JUDGE_TIMELINE_H
#define JUDGE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/report.h"
#include "model/bundle.h"

struct slot {
	const struct bundle *bundle;
	int64_t		 from;		/* in force from its inception ... */
	int64_t		 until;		/* ... to that of the next; the last one to its expiration */
	const struct bundles *of;	/* the document, and the number in it from 0 */
	size_t		 index;
};

struct timeline {
	struct slot	*v;
	size_t		 n;
	size_t		 first;		/* the first slot of the document that is judged */
	size_t		 disorder;	/* the first slot that does not begin after the one before; n: none */
};

#define TIMELINE_EMPTY { NULL, 0, 0, 0 }

/* "previous" may be NULL.  Borrows the bundles.  0, or -1: out of memory. */
int	 timeline_build(struct timeline *, const struct bundles *previous,
	    const struct bundles *judged);
void	 timeline_clear(struct timeline *);

/*
 * Which ZSK of an algorithm makes the zone's signatures in each slot of one document: the only
 * one; of two, in the first slot the one that also stands in the second, later the one
 * that was active before.
 */
struct reading {
	const struct key *active;	/* NULL: none of this algorithm, or doubtful */
	bool		 doubtful;	/* there are ZSKs, and it cannot be told which */
};

/* Fills out[0..b->n). */
void	 zsk_read(struct reading *out, const struct bundles *b, uint8_t algorithm);

/* A time during which a ZSK signs: from <= t < until. */
struct zsk_span {
	const struct key *key;
	int64_t		 from;
	int64_t		 until;
};

/*
 * What a ZSK operator with another practice states: a line a span, "keyIdentifier from
 * until", the identifier with %XX as in key-list lines, the times as isotime_parse takes them or "-" for no limit; # begins a
 * comment.
 */
struct zsk_use {
	char		*identifier;
	int64_t		 from;
	int64_t		 until;
	unsigned long	 line;
};

struct zsk_uses {
	char		*input;
	struct zsk_use	*v;
	size_t		 n;
};

/* NULL on every error, each of which is a fault in the report. */
struct zsk_uses	*zsk_uses_load(const char *path, struct report *);
void		 zsk_uses_free(struct zsk_uses *);

#endif
