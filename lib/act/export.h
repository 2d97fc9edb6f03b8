/*
 * export: bundles as text that name servers load: the records alone, or under the
 * headers of BIND's dnssec-ksr and of Knot DNS's keymgr.
 */
#ifndef ACT_EXPORT_H
#define ACT_EXPORT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/ksr.h"
#include "model/skr.h"

enum export_form { EXPORT_ZONE, EXPORT_BIND, EXPORT_KNOT };

/* The form of this name: "zone", "bind", "knot".  0, or -1 and *out unchanged. */
int		 export_form(enum export_form *out, const char *name);

/*
 * Append the DNSKEYs and RRSIGs of n bundles, from first (counted from 0) on.  Under
 * headers a bundle holds until the next begins, so REFUSE, said in the report, where one
 * begins no later than the one before it.  The last line has the latest expiration where others have
 * the time of day: same bundles, same bytes.  FAULT: out of memory.
 */
enum verdict	 export_skr(struct buf *, const struct skr *, size_t first, size_t n,
		    enum export_form, struct report *);

/* The same with the ZSKs of all bundles alone: these texts have no proof of possession. */
enum verdict	 export_ksr(struct buf *, const struct ksr *, enum export_form, struct report *);

#endif
