/*
 * left: for how long the bundles of a response still hold, for monitoring.
 */
#ifndef ACT_LEFT_H
#define ACT_LEFT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/report.h"
#include "model/skr.h"

/*
 * The first instant from "time" on at which no bundle holds, whatever their order: "time"
 * itself where none does.  A bundle holds from its inception until before its
 * expiration.  0, or -1: out of memory.
 */
int		 left_until(int64_t *until, const struct bundles *, int64_t time);

/*
 * Append one line, "left 23 days (2048461 s), until 2027-03-12T00:00:00Z" (whole days), or "left 0
 * days (0 s), nothing holds at TIME".  REFUSE, said in the report, where nothing
 * holds or that is less than "warn" seconds.
 */
enum verdict	 left_show(struct buf *, const struct skr *, int64_t time, int64_t warn,
		    struct report *);

#endif
