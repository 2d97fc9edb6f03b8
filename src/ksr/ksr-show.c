/*
 * ksr-show: a Key Signing Request as a table, as JSON or as DNS records.
 */
#include "act/show_main.h"
#include "model/ksr.h"

static enum verdict
show(struct buf *out, const struct buf *in, const char *input, enum show_form form,
    struct report *report)
{
	struct ksr	*ksr = NULL;
	enum verdict	 v;

	if ((v = ksr_parse(&ksr, in, input, report)) == ACCEPT &&
	    show_ksr(out, ksr, form) == -1)
		v = report_fault(report, NULL, "out of memory");
	ksr_free(ksr);
	return v;
}

int
main(int argc, char *argv[])
{
	return show_main("ksr-show", "Show a Key Signing Request; judge nothing.", "KSR-XML", show,
	    argc, argv);
}
