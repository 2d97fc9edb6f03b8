/*
 * report: the list of findings behind a verdict, as lines for people or as
 * JSON for programs.  The library never prints: it adds to a report, and the
 * tool prints it once, at its end.
 */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The verdict of a judging function, and the exit status of every tool. */
enum verdict {
	ACCEPT = 0,	/* judged, and nothing wrong; or: done */
	REFUSE = 1,	/* judged, and at least one rule is broken */
	FAULT = 2	/* could not tell: usage, I/O, memory, policy, token */
};

enum level {
	WARNING,	/* worth a line on every run; changes no verdict */
	BROKEN,		/* a rule is broken: REFUSE */
	FAULTY		/* the judge itself failed: FAULT */
};

/* Where a finding was made.  Line and column count from 1; 0: not known. */
struct spot {
	const char	*input;		/* file name, or "-" for stdin */
	unsigned long	 line;
	unsigned long	 column;
};

struct finding {
	enum level	 level;
	const char	*rule;		/* static id of CHECKS, or NULL */
	char		*input;
	unsigned long	 line;
	unsigned long	 column;
	char		*text;		/* escaped: printable ASCII only */
};

#define REPORT_EACH	200		/* findings of one rule and level that are kept */

struct tally {				/* how many there were, kept or not */
	const char	*rule;
	enum level	 level;
	size_t		 n;
};

struct report {
	struct finding	*findings;
	size_t		 count;
	size_t		 room;
	struct tally	*tallies;
	size_t		 ntallies;
	bool		 lost;		/* out of memory: the verdict is FAULT */
};

#define REPORT_EMPTY { NULL, 0, 0, NULL, 0, false }

/*
 * Each adds one finding; spot->input is copied and may be NULL (then no input
 * is named).  The formatted text is escaped here, once and for all: bytes
 * outside printable ASCII become \xNN and a backslash \\, so no caller can let
 * a control sequence through.  "rule" must be a string of static storage.
 * After REPORT_EACH of a rule and level more of them are only counted: a hostile
 * document must not drown the other rules, nor fill a disk.
 *
 * They return the verdict that follows, so that a judge can write
 * "return report_broken(...)".
 */
enum verdict	report_broken(struct report *, const struct spot *,
		    const char *rule, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));
enum verdict	report_fault(struct report *, const struct spot *,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
void		report_warning(struct report *, const struct spot *,
		    const char *rule, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));

/* Each line of the text as a broken finding of its own; REFUSE, or FAULT. */
enum verdict	report_lines(struct report *, const struct spot *,
		    const char *rule, const char *text);

/* The worst that was found: FAULT before REFUSE before ACCEPT. */
enum verdict	report_verdict(const struct report *);

/* The worse of two verdicts. */
enum verdict	verdict_worse(enum verdict, enum verdict);

/*
 * One line a finding: "tool: input:line:column: RULE: text", with "warning: "
 * before the rule of a warning; then "RULE: and N more" where not all are kept.
 * 0, or -1 if it could not all be written.
 */
int		report_print(const struct report *, const char *tool, FILE *);

/*
 * The same as one JSON object on one line:
 * {"tool":…,"verdict":"accept|refuse|fault","findings":[{"level":
 * "warning|broken|fault","rule":…|null,"input":…|null,"line":n,"column":n,
 * "text":…},…]}.  0, or -1 if it could not all be written.
 */
int		report_json(const struct report *, const char *tool, FILE *);

void		report_free(struct report *);

#endif
