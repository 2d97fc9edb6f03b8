/*
 * skr-import: a Signed Key Response that was given as text, by BIND or Knot DNS, as XML.
 */
#include <string.h>

#include "act/import.h"
#include "base/input.h"
#include "judge/inputs.h"
#include "model/textksr.h"

#define FILES	16		/* of --expect at most */

enum { OPT_FORMAT = INPUT_OWN, OPT_KSR, OPT_NO_KSR, OPT_NO_ANCHOR, OPT_EXPECT };

static const struct option_spec specs[] = {
	{ 'p', "policy", "FILE", OPTION_REQUIRED, "the operator's policy, see ksr-policy(5)" },
	{ OPT_FORMAT, "format", "FORM", OPTION_REQUIRED,
	    "bind: of dnssec-ksr sign; knot: of keymgr sign-ksr" },
	{ OPT_KSR, "ksr", "FILE", 0,
	    "the request whose ZSKs it must have, XML or\ntext of the same form" },
	{ OPT_NO_KSR, "no-ksr", NULL, 0, "compare it with no request" },
	{ INPUT_ANCHOR, "anchor", "FILE", OPTION_REPEAT,
	    "trust anchors: DS lines, DNSKEY lines or\n"
	    "trust-anchor XML; instead of the policy's ds_sha256" },
	{ OPT_NO_ANCHOR, "no-anchor", NULL, 0, "judge it without any trust anchor" },
	{ OPT_EXPECT, "expect", "FILE", OPTION_REPEAT,
	    "KSKs that may stand there besides the anchors,\nin the same forms" },
	{ INPUT_MAX_BYTES, "max-bytes", "N", 0, "read documents of up to N bytes (1048576)" },
	{ 'j', "json", NULL, 0, "write findings as JSON" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-import", "Write the response of BIND or Knot DNS as XML, if its signatures hold.",
	specs, "[FILE]", 0, 1
};

struct work {
	struct inputs	 in;
	const char	*path;
	enum text_form	 form;
	const char	*request;	/* NULL: --no-ksr */
	bool		 no_request;
	bool		 no_anchor;
	const char	*expect[FILES];
	size_t		 nexpect;
	struct anchors	 expected;
	struct ksr	*ksr;		/* the request, where it is XML ... */
	struct textksr	*asked;		/* ... and where it is text */
	struct textksr	*text;
	struct skr	*skr;
};

static enum verdict
load_request(struct work *w)
{
	struct report	*report = &w->in.report;
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;
	size_t		 i;

	if (w->request == NULL)
		return ACCEPT;
	if ((v = inputs_read(&w->in, &buf, w->request, NULL)) == ACCEPT) {
		for (i = 0; strchr(" \t\r\n", buf.data[i]) != NULL && i < buf.len; i++)
			;
		/* XML begins with a tag or a byte order mark: a text with neither. */
		if (buf.data[i] == '<' || buf.data[i] == 0xef)
			v = ksr_parse(&w->ksr, &buf, w->request, report);
		else
			v = textksr_parse(&w->asked, &buf, w->request, w->form, TEXT_KSR, NULL,
			    report);
	}
	buf_free(&buf);
	return v;
}

static enum verdict
load_response(struct work *w)
{
	const struct dname *zone = w->ksr != NULL ? &w->ksr->name :
	    w->asked != NULL ? &w->asked->name : NULL;
	const struct spot at = { w->path, 0, 0 };
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if ((v = inputs_read(&w->in, &buf, w->path, NULL)) == ACCEPT)
		v = textksr_parse(&w->text, &buf, w->path, w->form, TEXT_SKR, zone, &w->in.report);
	if (v == ACCEPT && w->text->passed_over > 0)
		report_warning(&w->in.report, &at, NULL, "%zu records CDS, CDNSKEY and RRSIG over "
		    "them are left out: the XML has no place for them", w->text->passed_over);
	buf_free(&buf);
	return v;
}

/* All that can be said of the response, which is there. */
static enum verdict
judge(struct work *w)
{
	const struct bundles *asked = w->ksr != NULL ? &w->ksr->bundles :
	    w->asked != NULL ? &w->asked->sets : NULL;
	const struct spot at = { w->path, 0, 0 };
	struct report	*report = &w->in.report;
	struct subject	 s;
	enum verdict	 v;

	if (asked == NULL)
		report_warning(report, &at, NULL, "not compared with any request, as asked for");
	v = import_judge(w->text, asked, report);
	v = verdict_worse(v, import_skr(&w->skr, w->text, w->in.policy, w->ksr, report));
	if (w->skr == NULL)
		return v;
	s = inputs_subject(&w->in);
	s.skr = w->skr;
	s.expected = w->expected.n > 0 ? &w->expected : NULL;
	v = verdict_worse(v, inputs_need_anchor(&w->in, &s, w->path, w->no_anchor));
	return verdict_worse(v, check_imported(&s));
}

/* The document, which must be one: it is read again before it goes out. */
static enum verdict
write_document(struct work *w, struct buf *out)
{
	const struct spot at = { w->path, 0, 0 };
	struct skr	*again = NULL;
	enum verdict	 v;

	if (skr_write(out, w->skr) == -1)
		return report_fault(&w->in.report, NULL, "out of memory");
	v = skr_parse(&again, out, "what it would be", &w->in.report);
	skr_free(again);
	return v == ACCEPT ? v : report_fault(&w->in.report, &at, "the document would be no SKR");
}

static enum verdict
convert(struct work *w)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v;
	size_t		 i;

	v = inputs_load(&w->in, false);
	for (i = 0; i < w->nexpect; i++)
		v = verdict_worse(v, inputs_anchors(&w->in, &w->expected, w->expect[i]));
	v = verdict_worse(v, load_request(w));
	v = verdict_worse(v, load_response(w));
	if (v == ACCEPT)
		v = judge(w);
	if (v == ACCEPT)
		v = write_document(w, &out);
	v = inputs_pass(&w->in, v, &out);
	anchors_clear(&w->expected);
	skr_free(w->skr);
	textksr_free(w->text);
	textksr_free(w->asked);
	ksr_free(w->ksr);
	buf_free(&out);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_FORMAT:
		if (text_form(&w->form, arg) == 0)
			return 0;
		options_usage(o, "--format takes bind or knot");
		return -1;
	case OPT_KSR:
		w->request = arg;
		return 0;
	case OPT_NO_KSR:
		w->no_request = true;
		return 0;
	case OPT_NO_ANCHOR:
		w->no_anchor = true;
		return 0;
	case OPT_EXPECT:
		return options_add(o, "expect", arg, w->expect, &w->nexpect, FILES);
	}
	return input_option(&w->in.o, o, id, arg) == -1 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .in = { .tool = "skr-import", .o = INPUT_OPTIONS_EMPTY } };
	struct options	 o;
	const char	*arg;
	enum verdict	 v;
	int		 id;

	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&w, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (w.no_request != (w.request == NULL))
		return (int)options_usage(&o, w.no_request ? "--ksr and --no-ksr exclude each other" :
		    "give --ksr FILE, or say --no-ksr");
	if (w.no_anchor && w.in.o.nanchors > 0)
		return (int)options_usage(&o, "--no-anchor and --anchor exclude each other");
	w.path = o.count > 0 ? o.operands[0] : "-";
	v = convert(&w);
	inputs_free(&w.in);
	return (int)v;
}
