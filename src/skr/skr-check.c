/*
 * skr-check: judge a Signed Key Response, and pass the same bytes on, or none.
 */
#include <errno.h>
#include <string.h>

#include "judge/inputs.h"
#include "model/dnskeyline.h"

#define FILES	16		/* of --expect and --keys at most */

enum { OPT_KSR = INPUT_OWN, OPT_NO_ANCHOR, OPT_EXPECT, OPT_KEYS };

static const struct option_spec specs[] = {
	INPUT_SPECS,
	INPUT_DS_SPEC,
	{ OPT_KSR, "ksr", "FILE", 0, "the request that it must answer" },
	{ OPT_NO_ANCHOR, "no-anchor", NULL, 0, "judge it without any trust anchor" },
	{ OPT_EXPECT, "expect", "FILE", OPTION_REPEAT,
	    "KSKs that may stand there besides the anchors,\nin the same forms" },
	{ OPT_KEYS, "keys", "FILE", OPTION_REPEAT,
	    "a key that signs without standing in a bundle:\na file with its DNSKEY line" },
	INPUT_DELAY_SPECS,
	{ INPUT_ZSK_USE, "zsk-use", "FILE", 0,
	    "which ZSK is active when, where the slots do not tell" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-check", "Judge a Signed Key Response; pass it on only if no rule is broken.",
	specs, "[FILE]", 0, 1
};

struct files {
	const char	*v[FILES];
	size_t		 n;
};

struct work {
	struct inputs	 in;
	const char	*path;
	const char	*request;	/* NULL: no --ksr */
	bool		 no_anchor;
	struct files	 expect;
	struct files	 keys;
	struct anchors	 expected;
	struct key	 extra[FILES];
	struct ksr	*ksr;
	struct skr	*skr;
};

static enum verdict
load_request(struct work *w)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;

	if (w->request == NULL)
		return ACCEPT;
	if ((v = inputs_read(&w->in, &buf, w->request, "KSR-XML")) == ACCEPT)
		v = ksr_parse_undigested(&w->ksr, &buf, w->request, &w->in.report);
	buf_free(&buf);
	return v;
}

/* What --expect and --keys name. */
static enum verdict
load_named(struct work *w)
{
	struct dname	 owner;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < w->expect.n; i++)
		v = verdict_worse(v, inputs_anchors(&w->in, &w->expected, w->expect.v[i]));
	for (i = 0; i < w->keys.n; i++) {
		const struct spot at = { w->keys.v[i], 0, 0 };

		if (dnskey_file_load(&w->extra[i], &owner, w->keys.v[i]) == -1)
			v = report_fault(&w->in.report, &at, "%s", errno == EINVAL ?
			    "not one DNSKEY line" : strerror(errno));
	}
	return v;
}

static enum verdict
judge_response(struct work *w, bool trusted)
{
	struct subject	 s = inputs_subject(&w->in);
	enum verdict	 v;

	s.skr = w->skr;
	s.ksr = w->ksr;
	s.expected = w->expected.n > 0 ? &w->expected : NULL;
	s.extra = w->extra;
	s.nextra = w->keys.n;
	if (!trusted)
		s.previous = NULL;	/* refused itself: no measure for others */
	v = inputs_need_anchor(&w->in, &s, w->path, w->no_anchor);
	return verdict_worse(v, check_response(&s));
}

static enum verdict
judge(struct work *w, struct buf *buf)
{
	struct inputs	*in = &w->in;
	enum verdict	 v, other;

	/* What can be judged without the other is judged: all that is wrong is said. */
	v = inputs_read(in, buf, w->path, "SKR-XML");
	if (v == ACCEPT)
		v = skr_parse_undigested(&w->skr, buf, w->path, &in->report);
	other = inputs_load(in, false);
	other = verdict_worse(other, load_request(w));
	other = verdict_worse(other, load_named(w));
	if (w->skr != NULL && in->policy != NULL && in->verifier != NULL && other != FAULT)
		v = judge_response(w, other == ACCEPT);
	return verdict_worse(v, other);
}

static enum verdict
gate(struct work *w)
{
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v;
	size_t		 i;

	v = inputs_pass(&w->in, judge(w, &buf), &buf);
	for (i = 0; i < w->keys.n; i++)
		key_clear(&w->extra[i]);
	anchors_clear(&w->expected);
	skr_free(w->skr);
	ksr_free(w->ksr);
	buf_free(&buf);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_KSR:
		w->request = arg;
		return 0;
	case OPT_NO_ANCHOR:
		w->no_anchor = true;
		return 0;
	case OPT_EXPECT:
		return options_add(o, "expect", arg, w->expect.v, &w->expect.n, FILES);
	case OPT_KEYS:
		return options_add(o, "keys", arg, w->keys.v, &w->keys.n, FILES);
	}
	return input_option(&w->in.o, o, id, arg) == -1 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .in = { .tool = "skr-check", .o = INPUT_OPTIONS_EMPTY } };
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
	if (input_complete(&w.in.o, &o) == -1)
		return FAULT;
	if (w.in.o.zsk_use != NULL && !w.in.o.timeline)
		return (int)options_usage(&o, "--zsk-use goes with --ttl, --propagation or --skew");
	if (w.no_anchor && w.in.o.nanchors > 0)
		return (int)options_usage(&o, "--no-anchor and --anchor exclude each other");
	w.path = o.count > 0 ? o.operands[0] : "-";
	if (w.in.o.show_policy)
		v = inputs_report(&w.in, inputs_show_policy(&w.in));
	else
		v = gate(&w);
	inputs_free(&w.in);
	return (int)v;
}
