/*
 * ksks: the KSKs of a timeline, and what each does in a slot.  Private to lib/judge.
 */
#ifndef JUDGE_KSKS_H
#define JUDGE_KSKS_H

#include <stdbool.h>

#include "judge/timeline.h"

struct ksks {
	const struct key **v;		/* each once; unrevoked, where it ever stands so */
	size_t		 n;
};

#define KSKS_EMPTY { NULL, 0 }

/* Those that stand in a slot.  0, or -1: out of memory. */
int	 ksks_collect(struct ksks *, const struct timeline *);
void	 ksks_clear(struct ksks *);

struct role {
	bool		 stands;	/* unrevoked */
	bool		 signs;		/* unrevoked, and standing */
	bool		 revoked;	/* stands in its revoked form */
	bool		 revokes;	/* and that signs, which is what revokes it (RFC 5011 2.1) */
};

struct role	 role_in(const struct bundle *, const struct key *ksk);

#endif
