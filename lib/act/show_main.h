/*
 * show_main: the main that ksr-show and skr-show share.
 */
#ifndef ACT_SHOW_MAIN_H
#define ACT_SHOW_MAIN_H

#include "act/show.h"
#include "base/report.h"

/* Parse "in" and append it to "out" in this form. */
typedef enum verdict show_fn(struct buf *out, const struct buf *in, const char *input,
		    enum show_form, struct report *);

/* Options, input, show, output.  "rule" judges empty and oversized input.  The exit status. */
int	 show_main(const char *name, const char *about, const char *rule, show_fn *,
	    int argc, char *argv[]);

#endif
