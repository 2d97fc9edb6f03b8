/*
 * skr-show: a Signed Key Response as a table, as JSON or as DNS records.
 */
#include "act/show_main.h"
#include "model/skr.h"

static enum verdict
show(struct buf *out, const struct buf *in, const char *input, enum show_form form,
    struct report *report)
{
	struct skr	*skr = NULL;
	enum verdict	 v;

	if ((v = skr_parse(&skr, in, input, report)) == ACCEPT &&
	    show_skr(out, skr, form) == -1)
		v = report_fault(report, NULL, "out of memory");
	skr_free(skr);
	return v;
}

int
main(int argc, char *argv[])
{
	return show_main("skr-show", "Show a Signed Key Response; judge nothing.", "SKR-XML", show,
	    argc, argv);
}
