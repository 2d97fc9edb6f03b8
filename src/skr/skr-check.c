/*
 * skr-check: judge a Signed Key Response, and pass the same bytes on, or none.
 */
#include "judge/inputs.h"

enum { OPT_KSR = INPUT_OWN, OPT_NO_ANCHOR };

static const struct option_spec specs[] = {
	INPUT_SPECS,
	{ OPT_KSR, "ksr", "FILE", 0, "the request that it must answer" },
	{ OPT_NO_ANCHOR, "no-anchor", NULL, 0, "judge it without any trust anchor" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-check", "Judge a Signed Key Response; pass it on only if no rule is broken.",
	specs, "[FILE]", 0, 1
};

/* SKR-ANCHOR needs an anchor, or the word that it shall not be judged. */
static enum verdict
judge_anchor(struct inputs *in, struct subject *s, const char *path)
{
	const struct spot at = { path, 0, 0 };

	if (in->o.no_anchor) {
		report_warning(&in->report, &at, "SKR-ANCHOR",
		    "not authenticated by any anchor, as asked for");
		s->anchors = NULL;
		return ACCEPT;
	}
	if (s->anchors != NULL)
		return ACCEPT;
	return report_fault(&in->report, &at, "nothing to authenticate it with: give --anchor, "
	    "or ds_sha256 in the policy, or say --no-anchor");
}

static enum verdict
load_request(struct inputs *in, struct ksr **ksr, const char *path)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if ((v = inputs_read(in, &buf, path, "KSR-XML")) == ACCEPT)
		v = ksr_parse(ksr, &buf, path, &in->report);
	buf_free(&buf);
	return v;
}

static enum verdict
judge(struct inputs *in, struct buf *buf, const char *path, const char *request)
{
	struct subject	 s;
	struct ksr	*ksr = NULL;
	struct skr	*skr = NULL;
	enum verdict	 v, w;

	/* What can be judged without the other is judged: all that is wrong is said. */
	v = inputs_read(in, buf, path, "SKR-XML");
	if (v == ACCEPT)
		v = skr_parse(&skr, buf, path, &in->report);
	w = inputs_load(in, false);
	if (request != NULL)
		w = verdict_worse(w, load_request(in, &ksr, request));
	if (skr != NULL && in->policy != NULL && in->verifier != NULL && w != FAULT) {
		s = inputs_subject(in);
		s.skr = skr;
		s.ksr = ksr;
		if (w != ACCEPT)
			s.previous = NULL;	/* refused itself: no measure for others */
		v = judge_anchor(in, &s, path);
		v = verdict_worse(v, check_response(&s));
	}
	skr_free(skr);
	ksr_free(ksr);
	return verdict_worse(v, w);
}

static enum verdict
gate(struct inputs *in, const char *path, const char *request)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	v = inputs_pass(in, judge(in, &buf, path, request), &buf);
	buf_free(&buf);
	return v;
}

int
main(int argc, char *argv[])
{
	struct inputs	 in = { .tool = "skr-check", .o = INPUT_OPTIONS_EMPTY };
	struct options	 o;
	const char	*arg, *request = NULL;
	enum verdict	 v;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		switch (c) {
		case OPT_KSR:
			request = arg;
			break;
		case OPT_NO_ANCHOR:
			in.o.no_anchor = true;
			break;
		default:
			if (input_option(&in.o, &o, c, arg) == -1)
				return FAULT;
		}
	if (c == OPTIONS_STOP)
		return (int)o.status;
	if (input_complete(&in.o, &o) == -1)
		return FAULT;
	if (in.o.no_anchor && in.o.nanchors > 0)
		return (int)options_usage(&o, "--no-anchor and --anchor exclude each other");
	if (in.o.show_policy)
		v = inputs_report(&in, inputs_show_policy(&in));
	else
		v = gate(&in, o.count > 0 ? o.operands[0] : "-", request);
	inputs_free(&in);
	return (int)v;
}
