/*
 * ksr-check: judge a Key Signing Request, and pass the same bytes on, or none.
 */
#include "base/isotime.h"
#include "judge/inputs.h"

enum { OPT_SIGN_AT = INPUT_OWN };

static const struct option_spec specs[] = {
	INPUT_SPECS,
	INPUT_REQUEST_SPECS,
	{ OPT_SIGN_AT, "sign-at", "DATE", 0, "the day on which it will be signed (today)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"ksr-check", "Judge a Key Signing Request; pass it on only if no rule is broken.",
	specs, "[FILE]", 0, 1
};

static enum verdict
judge(struct inputs *in, struct buf *buf, const char *path)
{
	struct subject	 s;
	struct ksr	*ksr = NULL;
	enum verdict	 v, w;

	/* What can be judged without the other is judged: all that is wrong is said. */
	v = inputs_read(in, buf, path, "KSR-XML");
	/* The digest is for the history alone. */
	if (v == ACCEPT)
		v = in->o.history != NULL ? ksr_parse(&ksr, buf, path, &in->report) :
		    ksr_parse_undigested(&ksr, buf, path, &in->report);
	w = inputs_load(in, false);
	if (ksr != NULL && in->policy != NULL && in->verifier != NULL && w != FAULT) {
		s = inputs_subject(in);
		s.ksr = ksr;
		if (w != ACCEPT)
			s.previous = NULL;	/* refused itself: no measure for others */
		v = check_request(&s);
	}
	ksr_free(ksr);
	return verdict_worse(v, w);
}

static enum verdict
gate(struct inputs *in, const char *path)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	v = inputs_pass(in, judge(in, &buf, path), &buf);
	buf_free(&buf);
	return v;
}

int
main(int argc, char *argv[])
{
	struct inputs	 in = { .tool = "ksr-check", .o = INPUT_OPTIONS_EMPTY };
	struct options	 o;
	const char	*arg;
	enum verdict	 v;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if (c == OPT_SIGN_AT) {
			if (isotime_option(&in.o.sign_at, arg) == -1)
				return (int)options_usage(&o, "--sign-at takes a date");
		} else if (input_option(&in.o, &o, c, arg) == -1)
			return FAULT;
	if (c == OPTIONS_STOP)
		return (int)o.status;
	if (input_complete(&in.o, &o) == -1)
		return FAULT;
	if (in.o.show_policy)
		v = inputs_report(&in, inputs_show_policy(&in));
	else
		v = gate(&in, o.count > 0 ? o.operands[0] : "-");
	inputs_free(&in);
	return (int)v;
}
