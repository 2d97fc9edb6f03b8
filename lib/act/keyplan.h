/*
 * keyplan: which ZSKs a zone still needs: one active after the other over a span of time, as the zsk
 * section of its policy says, without those that are there already.
 */
#ifndef ACT_KEYPLAN_H
#define ACT_KEYPLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/isotime.h"
#include "base/report.h"
#include "model/keylist.h"
#include "model/policy.h"

#define KEYPLAN_MAX	10000		/* keys of one zone in one call at most */

struct keyspan {			/* as in struct keyline: whole days */
	int64_t	 from;
	int64_t	 until;
};

/*
 * The times of the keys to be made, in their order.  From "from" on (its day), a key follows the other:
 * from the first day of a quarter to that of the next, where lifetime is cycle and cycle is quarter; else
 * lifetime (or cycle) long, the first from that day.  Where a ZSK in "have" is active - of
 * this zone, algorithm and size, its private half there, its beginning known - none is needed until it ends.
 *
 * With "span": every key that is active within it, or published within it because it becomes active less
 * than publish_safety after its end.  (A key that is only being retired has been active before, so
 * it is there.)  Else "count" of them.
 *
 * ACCEPT, *out allocated (NULL where none is needed); or FAULT.
 */
enum verdict	 keyplan_zsks(struct keyspan **out, size_t *n, const struct policy *,
		    const struct keylist *have, int64_t from, const struct calspan *span,
		    size_t count, struct report *);

#endif
