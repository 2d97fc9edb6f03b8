/*
 * schedule: the cycles that the zsk section of a policy describes, their slots, and which ZSK stands in
 * which of them: from PublishSafety before it becomes active (early), while it is (on time),
 * to RetireSafety after it was (late), as KSR-ZSK-SAFETY has it.
 */
#ifndef ACT_SCHEDULE_H
#define ACT_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/zsks.h"
#include "base/isotime.h"
#include "base/report.h"
#include "model/policy.h"
#include "model/skr.h"
#include "model/textksr.h"

#define CYCLES_MAX	40		/* in one call: ten years of quarters */

struct cycle {
	int64_t		 start;		/* inception of slot 1 */
	int64_t		 end;		/* where the next cycle starts */
};

/* "2027q1": its first instant.  0, or -1 and *start unchanged. */
int		 schedule_quarter(int64_t *start, const char *text);

/* "2027q1" where cycles are quarters, else "2027-01-31". */
const char	*schedule_name(char out[ISOTIME_SIZE], const struct zsk_section *,
		    const struct cycle *);

/*
 * The n cycles from start on.  FAULT: no quarter starts there, or
 * it is not 00:00 and the cycle has whole days; or they reach beyond 2106.  REFUSE: the last slot
 * would not begin before the next cycle.  "input" is the policy's name.
 */
enum verdict	 schedule_cycles(struct cycle *, size_t n, const struct zsk_section *,
		    int64_t start, const char *input, struct report *);

/* Inception of slot i, from 0; the number of slots: of the next cycle's first. */
int64_t		 schedule_inception(const struct zsk_section *, const struct cycle *, size_t i);

/* Which key stands in which slot of the cycles. */
struct lineup {
	const struct zsk_section *section;
	const struct cycle *cycles;
	size_t		 ncycles;
	size_t		 nslots;	/* of a cycle */
	size_t		 nkeys;
	bool		*stands;	/* [cycle][slot][key] */
};

#define LINEUP_EMPTY { NULL, NULL, 0, 0, 0, NULL }

bool		*lineup_at(const struct lineup *, size_t cycle, size_t slot, size_t key);

/*
 * From spans of activity.  A span without end ends where the next one of its algorithm begins.  The last
 * slot of a cycle has all the keys that the first one of the next will have, because a request
 * continues the one before it (KSR-CHAIN-KEYS).  zsk.stands is set for those that stand somewhere.
 *
 * REFUSE: KSR-ZSK-SAFETY, two keys of an algorithm active at once, or a time without one, up to the first slot
 * after the last cycle and PublishSafety beyond; KSR-POLICY-ALG, a key that would stand of
 * another algorithm than the section's and "second" (0: none).  All arguments must outlive the lineup.
 */
enum verdict	 lineup_by_spans(struct lineup *, struct zsks *, const struct zsk_section *,
		    const struct cycle *, size_t ncycles, unsigned second, struct report *);

/*
 * From a text: each slot has the set in force at its inception.  The public halves must be known.  REFUSE: no set
 * yet at a slot, or a key of which there is no private half (KSR-BUNDLE-POP); KSR-POLICY-ALG, as above.
 */
enum verdict	 lineup_by_text(struct lineup *, struct zsks *, const struct zsk_section *,
		    const struct cycle *, size_t ncycles, unsigned second,
		    const struct textksr *, struct report *);

/*
 * Continue the previous SKR: the ZSKs active at its end stand in the first slot too, and all that stand there
 * must stand in its last bundle (KSR-CHAIN-KEYS).  The public halves of what stands must be known.
 */
enum verdict	 lineup_continue(struct lineup *, struct zsks *, const struct skr *previous,
		    struct report *);

/* A key that may be the one active at the end of the previous SKR: by tag, or name where that is not known. */
bool		 zsk_continues(const struct zsk *, const struct skr *previous);

void		 lineup_clear(struct lineup *);

#endif
