/*
 * timeline: the slots of the previous SKR and of the document that is judged, one after
 * the other; which ZSK is active when; and what servers show and caches hold of it.
 */
#ifndef JUDGE_TIMELINE_H
#define JUDGE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/isotime.h"
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

/* Does any ZSK of this algorithm stand there? */
bool		 zsk_stands(const struct bundle *, uint8_t algorithm);

/* A time during which a ZSK signs: from <= t < until. */
struct zsk_span {
	const struct key *key;
	int64_t		 from;		/* INT64_MIN: not known since when */
	int64_t		 until;		/* INT64_MAX: nor until when */
};

/* A slot that has ZSKs of this algorithm, and it cannot be told which one is active then. */
struct zsk_doubt {
	size_t		 slot;		/* index into the timeline */
	uint8_t		 algorithm;
	int64_t		 instant;	/* from when on: its begin, or the first instant not stated */
};

struct zsk_spans {
	struct zsk_span	*v;
	size_t		 n;
	struct zsk_doubt *doubts;	/* in the order of the slots, an algorithm after the other */
	size_t		 ndoubts;
};

#define ZSK_SPANS_EMPTY { NULL, 0, NULL, 0 }

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

/*
 * The spans of all ZSKs, whatever their algorithm: as zsk_read() tells from each of the two
 * documents; or, unless "uses" is NULL, as stated: v[i] is that of uses->v[i] then, with key NULL
 * where no slot has a key of that identifier, and it is doubtful where in a slot of the document
 * that is judged nobody signs for an algorithm (RFC 4035 2.2).  What was active before the first
 * slot is not known, nor what follows the last one.  0, or -1: out of memory.  Borrows the
 * keys; free with zsk_spans_clear in either case.
 */
int		 zsk_spans_build(struct zsk_spans *, const struct timeline *,
		    const struct zsk_uses *uses);
void		 zsk_spans_clear(struct zsk_spans *);

/*
 * How long what was served may still be seen (RFC 7583 2), in seconds, each at least 0.
 */
struct delays {
	int64_t		 ttl;		/* the longest TTL of the zone but for its DNSKEYs' */
	int64_t		 propagation;	/* until all servers serve what the first of them does */
	int64_t		 skew;		/* of clocks: a set waits so long after its inception */
};

/* Where one of the options is given, these stand for the others (skr-check(1)). */
#define DELAYS_DEFAULT	{ 6 * DAY, HOUR, HOUR }
#define DELAYS_USAGE	"--ttl, --propagation and --skew take a duration such as P2D or PT1H"

/* Of the set of a slot.  The DNSKEY TTL is that of its keys. */
struct showing {
	int64_t		 from;		/* served from its inception + skew ... */
	int64_t		 until;		/* ... until the next one is; the last: expiration - propagation */
	int64_t		 latest;	/* expiration - propagation: it must be replaced by then */
	int64_t		 gone;		/* from then on no cache holds it: TTL over, or expired */
	int64_t		 ttl;
};

struct showing	 timeline_showing(const struct timeline *, size_t slot, const struct delays *);

/*
 * The span as long as signatures of its making are served, within the time that is known.  A ZSK
 * that was read from the slots may sign until the next slot's set is served, that is, "skew" longer;
 * what an operator states is taken as it is.  from >= until: never.
 */
struct zsk_span	 timeline_signing(const struct timeline *, const struct zsk_span *, bool stated,
		    const struct delays *);

/* A signature and a DNSKEY set without its key, which may meet in a cache. */
struct clash {
	int64_t		 instant;	/* when both have been served: the later of these two */
	int64_t		 signature;	/* served then */
	int64_t		 set;		/* served then */
	size_t		 slot;		/* whose set it is */
};

/*
 * The first clash of a span as timeline_signing() gives it, and a set, of those at whose instant the
 * document that is judged is in force.  With u for the signature and v for the set, both whole
 * seconds, they meet where -(DNSKEY TTL + propagation) <= v - u <= ttl + propagation.
 */
bool		 timeline_clash(struct clash *, const struct timeline *, const struct zsk_span *,
		    const struct delays *);

#endif
