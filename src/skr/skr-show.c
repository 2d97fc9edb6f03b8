/*
 * skr-show: a Signed Key Response as a table, as JSON or as DNS records; or the time
 * that it still covers.
 */
#include "act/left.h"
#include "act/show_main.h"
#include "base/isotime.h"
#include "model/skr.h"

static const struct option_spec specs[] = {
	SHOW_SPECS,
	{ SHOW_OPTION_LEFT, "left", NULL, 0, "for how long its bundles still hold" },
	{ SHOW_OPTION_WARN, "warn", "DURATION", 0,
	    "refuse when less is left (P14D); with --left" },
	{ 't', "time", "T", 0, "as of then, not as of now; with --left" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-show", "Show a Signed Key Response; judge nothing but, with --left, its time.", specs,
	"[FILE]", 0, 1
};

static enum verdict
show(struct buf *out, const struct buf *in, const char *input, const struct show_how *how,
    struct report *report)
{
	struct skr	*skr = NULL;
	enum verdict	 v;

	if ((v = skr_parse(&skr, in, input, report)) != ACCEPT)
		goto out;
	if (how->what == SHOW_LEFT)
		v = left_show(out, skr, how->time, how->warn, report);
	else if (show_skr(out, skr, how->form) == -1)
		v = report_fault(report, NULL, "out of memory");
 out:
	skr_free(skr);
	return v;
}

int
main(int argc, char *argv[])
{
	return show_main(&tool, "SKR-XML", show, argc, argv);
}
