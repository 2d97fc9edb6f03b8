/*
 * options: the part that the main of every tool has in common.  One table per
 * tool gives its options, its usage line, its --help and its refusals, so that
 * none can drift from the others.  Unlike the rest of the library it prints,
 * because it is part of the tool's main.
 *
 *	static const struct option_spec specs[] = {
 *		{ 'p', "policy", "FILE", OPTION_REQUIRED, "the policy file" },
 *		{ 'k', "key", "LABEL", OPTION_REPEAT, "a key; may be repeated" },
 *		{ OPT_FIRST, "first", NULL, 0, "there is no previous SKR" },
 *		OPTIONS_LAST
 *	};
 *	static const struct tool tool = {
 *		"ksr-check", "Judge a key signing request.", specs, "[FILE]", 0, 1
 *	};
 *
 *	options_start(&o, &tool, argc, argv);
 *	while ((c = options_next(&o, &arg)) > 0)
 *		switch (c) {
 *		case 'p':
 *			policy = arg;
 *			break;
 *		...
 *		}
 *	if (c == OPTIONS_STOP)
 *		return o.status;
 *	if (first && previous != NULL)
 *		return options_usage(&o, "--first and --previous exclude each other");
 *	return (int)gate(policy, o.count > 0 ? o.operands[0] : "-");
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/report.h"

#define OPTIONS_MAX	64		/* rows that a table can have */

enum option_flag {
	OPTION_REPEAT = 1,	/* may be given more than once */
	OPTION_REQUIRED = 2,	/* must be given */
	OPTION_CREATES = 4	/* names what will be created: "-" is refused */
};

struct option_spec {
	int		 id;		/* its letter; where it has none, from OPTION_ID up */
	const char	*name;		/* the long name, without "--" */
	const char	*argument;	/* the name of its argument; NULL: takes none */
	int		 flags;		/* of enum option_flag */
	const char	*help;		/* each '\n' begins another aligned line */
};

#define OPTION_ID	256
#define OPTIONS_LAST	{ 0, NULL, NULL, 0, NULL }

/* -h --help and -V --version are in every table without being written there. */
struct tool {
	const char			*name;
	const char			*about;	/* one sentence for --help */
	const struct option_spec	*specs;
	const char			*operands; /* in the usage line; NULL: none */
	int				 min_operands;
	int				 max_operands; /* -1: no limit */
};

struct options {
	char			**operands;	/* set when options_next is at its end */
	int			  count;	/* of operands */
	int			  status;	/* a verdict; after OPTIONS_STOP: exit with it */
	const struct tool	 *tool;
	int			  argc;
	char			**argv;
	bool			  seen[OPTIONS_MAX];
};

#define OPTIONS_END	0
#define OPTIONS_STOP	(-1)

/*
 * Begin.  Also makes sure that descriptors 0, 1 and 2 are open (a closed one
 * gives an error when it is used), so that no file opened later becomes
 * standard output by accident, and ignores SIGPIPE, so that a reader who went
 * away is an error of write like any other.
 */
void	 options_start(struct options *, const struct tool *, int argc, char *argv[]);

/*
 * The next option: its id, and *arg its argument (NULL if it takes none).
 * OPTIONS_END: all read, required ones seen, operands counted.  OPTIONS_STOP:
 * help or version printed (status ACCEPT, or FAULT if stdout could not take
 * it), or a usage error, said on stderr in one line (status FAULT); an argument
 * that is empty is one.  A unique abbreviation of a long name is understood.
 */
int	 options_next(struct options *, const char **arg);

/*
 * One more argument of the option --name, which may be given up to max times, to those of before.  0; or -1,
 * and it is said that there are too many.
 */
int	 options_add(const struct options *, const char *name, const char *arg, const char **list,
	    size_t *n, size_t max);

/* What is wrong with an argument is said as by options_usage, and -1; NULL: nothing is, and 0. */
int	 options_argument(const struct options *, const char *wrong);

/* Say what is wrong, and the usage, on stderr in one line; returns FAULT. */
int	 options_usage(const struct options *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
