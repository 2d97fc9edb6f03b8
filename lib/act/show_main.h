/*
 * show_main: the main that ksr-show and skr-show share.
 */
#ifndef ACT_SHOW_MAIN_H
#define ACT_SHOW_MAIN_H

#include <stdint.h>

#include "act/export.h"
#include "act/show.h"
#include "base/options.h"
#include "base/report.h"
#include "judge/timeline.h"

enum {
	SHOW_OPTION_RR = OPTION_ID, SHOW_OPTION_MAX_BYTES, SHOW_OPTION_FORMAT,
	SHOW_OPTION_LEFT, SHOW_OPTION_WARN, SHOW_OPTION_TIMELINE, SHOW_OPTION_TTL,
	SHOW_OPTION_PROPAGATION, SHOW_OPTION_SKEW, SHOW_OPTION_ZSK_USE
};

/* The rows that both tables begin with; what one alone has follows them. */
#define SHOW_SPECS							\
	{ 'j', "json", NULL, 0, "as JSON, for programs" },		\
	{ SHOW_OPTION_RR, "rr", NULL, 0, "as DNSKEY and RRSIG records in zone form" }, \
	{ SHOW_OPTION_MAX_BYTES, "max-bytes", "N", 0,			\
	    "read documents of up to N bytes (1048576)" }

#define SHOW_WARN	(14 * DAY)	/* without --warn */

struct show_how {		/* what the options say */
	enum { SHOW_DOCUMENT, SHOW_TEXT, SHOW_LEFT, SHOW_TIMELINE } what;
	enum show_form	 form;		/* of SHOW_DOCUMENT */
	enum export_form text;		/* of SHOW_TEXT */
	int64_t		 time;		/* of SHOW_LEFT, with what follows */
	int64_t		 warn;		/* in seconds */
	struct delays	 delays;	/* of SHOW_TIMELINE, with what follows */
	const char	*zsk_use;	/* paths, or NULL */
	const char	*previous;
	size_t		 max;		/* bytes of a document */
};

/*
 * Parse "in" and append to "out" what is asked for.  A document that is shown and refused at
 * once, for the time that is left, is REFUSE with something in "out".
 */
typedef enum verdict show_fn(struct buf *out, const struct buf *in, const char *input,
		    const struct show_how *, struct report *);

/* Options, input, show, output.  "rule" judges empty and oversized input.  The exit status. */
int	 show_main(const struct tool *, const char *rule, show_fn *, int argc, char *argv[]);

#endif
