/*
 * skr-export: a Signed Key Response as the text that name servers load.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/export.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/options.h"
#include "model/skr.h"

enum { OPT_FORMAT = OPTION_ID, OPT_SLOT, OPT_AT, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ OPT_FORMAT, "format", "FORM", OPTION_REQUIRED,
	    "zone: DNSKEY and RRSIG records; bind: for rndc skr\n"
	    "-import; knot: for keymgr import-skr" },
	{ OPT_SLOT, "slot", "N", 0, "slot N alone, counted from 1" },
	{ OPT_AT, "at", "T", 0, "the slot in force at T alone" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read documents of up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-export", "Write a Signed Key Response as text for a name server; judge nothing.",
	specs, "[FILE]", 0, 1
};

struct work {
	enum export_form form;
	const char	*path;
	size_t		 slot;		/* 0: no --slot */
	int64_t		 at;		/* -1: no --at */
	size_t		 max;
};

/* The bundles that are asked for: n of them, from first on. */
static enum verdict
choose(size_t *first, size_t *n, const struct skr *skr, const struct work *w,
    struct report *report)
{
	const struct bundles *all = &skr->bundles;
	const struct bundle *b;
	const struct spot at = { w->path, 0, 0 };
	char		 text[ISOTIME_SIZE];

	*first = 0;
	*n = all->n;
	if (w->slot > all->n)
		return report_broken(report, &at, NULL, "no slot %zu: there are %zu", w->slot,
		    all->n);
	if (w->slot > 0) {
		*first = w->slot - 1;
		*n = 1;
	}
	if (w->at != -1) {
		if ((b = bundles_at(all, w->at)) == NULL)
			return report_broken(report, &at, NULL, "no slot is in force at %s",
			    isotime_format(text, w->at, "Z"));
		*first = (size_t)(b - all->v);
		*n = 1;
	}
	return ACCEPT;
}

static enum verdict
convert(struct buf *out, const struct work *w, struct report *report)
{
	struct buf	 in = BUF_EMPTY;
	struct skr	*skr = NULL;
	enum verdict	 v;
	size_t		 first, n;

	if ((v = input_read(&in, w->path, w->max, "SKR-XML", report)) == ACCEPT &&
	    (v = skr_parse(&skr, &in, w->path, report)) == ACCEPT &&
	    (v = choose(&first, &n, skr, w, report)) == ACCEPT)
		v = export_skr(out, skr, first, n, w->form, report);
	skr_free(skr);
	buf_free(&in);
	return v;
}

static enum verdict
run(const struct work *w)
{
	const struct spot at = { w->path, 0, 0 };
	struct buf	 out = BUF_EMPTY;
	struct report	 report = REPORT_EMPTY;
	enum verdict	 v;

	v = convert(&out, w, &report);
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&report, &at, "standard output: %s", strerror(errno));
	if (report_print(&report, tool.name, stderr) == -1)
		v = FAULT;
	report_free(&report);
	buf_free(&out);
	return v;
}

/* NULL, or what is wrong with the argument. */
static const char *
take_option(struct work *w, int id, const char *arg)
{
	switch (id) {
	case OPT_FORMAT:
		return export_form(&w->form, arg) == -1 ? "--format takes zone, bind or knot" :
		    NULL;
	case OPT_SLOT:
		return input_size(&w->slot, arg) == -1 ? "--slot takes a number from 1 on" : NULL;
	case OPT_AT:
		return isotime_option(&w->at, arg) == -1 ?
		    "--at takes YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or now" : NULL;
	}
	return input_size(&w->max, arg) == -1 ? INPUT_SIZE_USAGE : NULL;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { EXPORT_ZONE, "-", 0, -1, INPUT_MAX_BYTES_DEFAULT };
	const char	*arg, *wrong;
	struct options	 o;
	int		 id;

	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if ((wrong = take_option(&w, id, arg)) != NULL)
			return (int)options_usage(&o, "%s", wrong);
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (w.slot > 0 && w.at != -1)
		return (int)options_usage(&o, "--slot and --at exclude each other");
	if (o.count > 0)
		w.path = o.operands[0];
	return (int)run(&w);
}
