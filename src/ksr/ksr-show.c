/*
 * ksr-show: a Key Signing Request as a table, as JSON, as DNS records, or as the text
 * that name servers' own signers read.
 */
#include "act/export.h"
#include "act/show_main.h"
#include "base/isotime.h"
#include "model/ksr.h"

static const struct option_spec specs[] = {
	SHOW_SPECS,
	{ SHOW_OPTION_FORMAT, "format", "FORM", 0,
	    "as the text of bind (dnssec-ksr) or knot (keymgr)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"ksr-show", "Show a Key Signing Request; judge nothing.", specs, "[FILE]", 0, 1
};

static enum verdict
show(struct buf *out, const struct buf *in, const char *input, const struct show_how *how,
    struct report *report)
{
	struct ksr	*ksr = NULL;
	enum verdict	 v;

	if ((v = ksr_parse(&ksr, in, input, report)) != ACCEPT)
		goto out;
	if (how->what == SHOW_TEXT)
		v = export_ksr(out, ksr, how->text, report);
	else if (show_ksr(out, ksr, how->form) == -1)
		v = report_fault(report, NULL, "out of memory");
 out:
	ksr_free(ksr);
	return v;
}

int
main(int argc, char *argv[])
{
	return show_main(&tool, "KSR-XML", show, argc, argv);
}
