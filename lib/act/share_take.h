/*
 * share_take: shares from their holders, one by one, until there are enough: files that were
 * named, or asked for at the terminal; each judged when it comes.
 */
#ifndef ACT_SHARE_TAKE_H
#define ACT_SHARE_TAKE_H

#include "act/share.h"

struct share_take {
	const struct share_set	*set;		/* NULL: no record is at hand */
	char *const		*paths;
	size_t			 n;		/* 0: ask at the terminal */
	int			 fd;		/* of passphrases, a line for each sealed share; -1: ask */
	/* Called for each share that was taken, with who holds it; may be NULL. */
	void			(*taken)(const char *who);
};

/*
 * The secret, and what it is.  ACCEPT; REFUSE where a share is not a good one, too few are there, or what they make is
 * not what was split; FAULT.  Needs cms_init.
 */
enum verdict	 share_take(struct secret *out, enum share_kind *, const struct share_take *, struct report *);

#endif
