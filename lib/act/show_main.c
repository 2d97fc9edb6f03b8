#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/show_main.h"
#include "base/input.h"
#include "base/isotime.h"

struct work {
	struct show_how	 how;
	int		 forms;		/* options that name one */
	bool		 timed;		/* --time or --warn */
	bool		 delayed;	/* one of those that go with --timeline */
};

static int
run(const char *name, const char *path, const struct work *w, const char *rule, show_fn *show)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY, out = BUF_EMPTY;
	struct report	 report = REPORT_EMPTY;
	enum verdict	 v;

	v = input_read(&in, path, w->how.max, rule, &report);
	if (v == ACCEPT)
		v = show(&out, &in, path, &w->how, &report);
	if (v != FAULT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&report, &at, "standard output: %s", strerror(errno));
	if (report_print(&report, name, stderr) == -1)
		v = FAULT;
	report_free(&report);
	buf_free(&out);
	buf_free(&in);
	return (int)v;
}

/* One of those that go with --timeline: NULL, or what is wrong with it. */
static const char *
take_delay(struct work *w, int id, const char *arg)
{
	int64_t		*out = id == SHOW_OPTION_TTL ? &w->how.delays.ttl :
			    id == SHOW_OPTION_SKEW ? &w->how.delays.skew : &w->how.delays.propagation;

	w->delayed = true;
	if (id == 'P')
		w->how.previous = arg;
	else if (id == SHOW_OPTION_ZSK_USE)
		w->how.zsk_use = arg;
	else if (isoduration_parse(out, arg, true) == -1)
		return DELAYS_USAGE;
	return NULL;
}

/* An option that takes an argument: NULL, or what is wrong with it. */
static const char *
take_argument(struct work *w, int id, const char *arg)
{
	switch (id) {
	case SHOW_OPTION_MAX_BYTES:
		return input_size(&w->how.max, arg) == -1 ? INPUT_SIZE_USAGE : NULL;
	case SHOW_OPTION_FORMAT:
		w->forms++;
		w->how.what = SHOW_TEXT;
		return export_form(&w->how.text, arg) == -1 || w->how.text == EXPORT_ZONE ?
		    "--format takes bind or knot" : NULL;
	case SHOW_OPTION_TTL:
	case SHOW_OPTION_PROPAGATION:
	case SHOW_OPTION_SKEW:
	case SHOW_OPTION_ZSK_USE:
	case 'P':
		return take_delay(w, id, arg);
	case SHOW_OPTION_WARN:
		w->timed = true;
		return isoduration_parse(&w->how.warn, arg, true) == -1 ?
		    "--warn takes a duration such as P14D" : NULL;
	}
	w->timed = true;
	return isotime_option(&w->how.time, arg) == -1 ?
	    "--time takes YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or now" : NULL;
}

static const char *
take_option(struct work *w, int id, const char *arg)
{
	if (arg != NULL)
		return take_argument(w, id, arg);
	w->forms++;
	if (id == SHOW_OPTION_LEFT)
		w->how.what = SHOW_LEFT;
	else if (id == SHOW_OPTION_TIMELINE)
		w->how.what = SHOW_TIMELINE;
	else
		w->how.form = id == 'j' ? SHOW_JSON : SHOW_RR;
	return NULL;
}

int
show_main(const struct tool *tool, const char *rule, show_fn *show, int argc, char *argv[])
{
	struct work	 w = {
		.how = {
			SHOW_DOCUMENT, SHOW_TABLE, EXPORT_BIND, -1, SHOW_WARN, DELAYS_DEFAULT, NULL,
			NULL, INPUT_MAX_BYTES_DEFAULT
		},
	};
	const char	*arg, *wrong;
	struct options	 o;
	int		 id;

	options_start(&o, tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if ((wrong = take_option(&w, id, arg)) != NULL)
			return (int)options_usage(&o, "%s", wrong);
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (w.forms > 1)
		return (int)options_usage(&o, "forms exclude each other: ask for one");
	if (w.timed && w.how.what != SHOW_LEFT)
		return (int)options_usage(&o, "--time and --warn go with --left");
	if (w.delayed && w.how.what != SHOW_TIMELINE)
		return (int)options_usage(&o,
		    "--ttl, --propagation, --skew, --previous and --zsk-use go with --timeline");
	if (w.how.time == -1 && isotime_option(&w.how.time, "now") == -1)
		return (int)options_usage(&o, "what time is it?  Give --time");
	return run(tool->name, o.count > 0 ? o.operands[0] : "-", &w, rule, show);
}
