/*
 * share_make: how the tools that make shares are told who gets them, and the files
 * written: a share for each holder, then the record of the set.
 */
#ifndef ACT_SHARE_MAKE_H
#define ACT_SHARE_MAKE_H

#include "act/share.h"
#include "base/options.h"

enum {
	SHARE_NEEDED = OPTION_ID + 640, SHARE_SHARES, SHARE_HOLDER, SHARE_TO, SHARE_PASSPHRASES,
	SHARE_MAKE_FD, SHARE_SHEETS
};

#define SHARE_MAKE_SPECS							\
	{ SHARE_NEEDED, "needed", "M", 0, "how many shares are needed, from 2" },	\
	{ SHARE_SHARES, "shares", "N", 0, "how many shares are made, up to 16" },	\
	{ SHARE_HOLDER, "holder", "NAME", OPTION_REPEAT,			\
	    "the holder of a share; for each of them, in their order" },	\
	{ SHARE_TO, "to", "FOLDER", OPTION_REPEAT,				\
	    "the folder of a share's file; for each of them, in their order" },	\
	{ SHARE_PASSPHRASES, "passphrases", NULL, 0,				\
	    "seal each share under its holder's passphrase, asked for here" },	\
	{ SHARE_MAKE_FD, "passphrase-fd", "FD", 0,				\
	    "read these passphrases from a descriptor, a line for each" },	\
	{ SHARE_SHEETS, "sheets", NULL, 0,					\
	    "with sealed shares: write each as a sheet to print, too" }

struct share_make {
	unsigned	 m, n;
	const char	*holders[SHARE_MAX];
	size_t		 nholders;
	const char	*folders[SHARE_MAX];
	size_t		 nfolders;
	bool		 sealed;
	int		 fd;			/* of the passphrases; -1: the terminal */
	bool		 sheets;
};

#define SHARE_MAKE_EMPTY { .fd = -1 }

/* Take one option.  1: taken; 0: not one of these; -1: a usage error, already said. */
int		 share_make_option(struct share_make *, const struct options *, int id,
		    const char *arg);
/* When all are read.  0, or -1: a usage error, already said. */
int		 share_make_complete(struct share_make *, const struct options *);

/* The number of an open descriptor, from 3 up.  0, or -1 and *fd unchanged. */
int		 share_descriptor(int *fd, const char *text);

/*
 * Split the secret and write PREFIX-1.share to PREFIX-N.share (with folders: into those, under the last
 * part of PREFIX), sheets as .sheet, all 0600, then PREFIX.shares, the record, which *set is too.  All
 * passphrases are asked for first.  All of the files or none; said in the report.  Needs cms_init.
 */
enum verdict	 share_make(struct share_set *set, const struct share_make *, enum share_kind,
		    const struct secret *, const char *prefix, share_random_fn *, void *arg,
		    struct report *);

/* Remove what share_make made. */
void		 share_make_undo(const struct share_make *, const char *prefix);

#endif
