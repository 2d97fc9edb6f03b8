/*
 * phases: when which DNSKEY set of a response is served, which ZSK signs then, and what
 * of both caches may hold.
 */
#ifndef ACT_PHASES_H
#define ACT_PHASES_H

#include "base/buf.h"
#include "base/report.h"
#include "judge/timeline.h"
#include "model/skr.h"

/*
 * Append the table: a line an interval in which nothing of that changes, as rule SKR-TIMELINE
 * reads the response, from its first inception on.  "previous" may be NULL: what came before is not
 * known then; its bundles are p1, p2 ...  "uses" may be NULL.  REFUSE, said in the report and nothing appended, where the
 * bundles are not in the order of time or "uses" names a key that stands nowhere.
 */
enum verdict	 phases_show(struct buf *, const struct skr *, const struct skr *previous,
		    const struct delays *, const struct zsk_uses *, struct report *);

#endif
