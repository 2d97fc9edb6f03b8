/*
 * skr-show: a Signed Key Response as a table, as JSON or as DNS records; the time
 * that it still covers; or what is served and cached of it when.
 */
#include "act/left.h"
#include "act/phases.h"
#include "act/show_main.h"
#include "base/input.h"
#include "base/isotime.h"
#include "model/skr.h"

static const struct option_spec specs[] = {
	SHOW_SPECS,
	{ SHOW_OPTION_LEFT, "left", NULL, 0, "for how long its bundles still hold" },
	{ SHOW_OPTION_WARN, "warn", "DURATION", 0,
	    "refuse when less is left (P14D); with --left" },
	{ 't', "time", "T", 0, "as of then, not as of now; with --left" },
	{ SHOW_OPTION_TIMELINE, "timeline", NULL, 0,
	    "which set is served when, which ZSK signs then,\nand what caches may hold" },
	{ SHOW_OPTION_TTL, "ttl", "DURATION", 0,
	    "the zone's longest TTL but for DNSKEY (P6D);\nthis and the next four with --timeline" },
	{ SHOW_OPTION_PROPAGATION, "propagation", "DURATION", 0,
	    "until all servers show a change (PT1H)" },
	{ SHOW_OPTION_SKEW, "skew", "DURATION", 0, "of clocks: a set waits so long (PT1H)" },
	{ SHOW_OPTION_ZSK_USE, "zsk-use", "FILE", 0,
	    "which ZSK is active when, where the slots do not tell" },
	{ 'P', "previous", "FILE", 0, "the SKR before it: what caches hold of that" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-show", "Show a Signed Key Response; judge nothing but, with --left, its time.", specs,
	"[FILE]", 0, 1
};

static enum verdict
load_previous(struct skr **out, const struct show_how *how, struct report *report)
{
	struct buf	 in = BUF_EMPTY;
	enum verdict	 v;

	if ((v = input_read(&in, how->previous, how->max, "SKR-XML", report)) == ACCEPT)
		v = skr_parse(out, &in, how->previous, report);
	buf_free(&in);
	return v;
}

static enum verdict
show_timeline(struct buf *out, const struct skr *skr, const struct show_how *how,
    struct report *report)
{
	struct zsk_uses	*uses = NULL;
	struct skr	*previous = NULL;
	enum verdict	 v = ACCEPT;

	if (how->previous != NULL)
		v = load_previous(&previous, how, report);
	if (v == ACCEPT && how->zsk_use != NULL &&
	    (uses = zsk_uses_load(how->zsk_use, report)) == NULL)
		v = FAULT;
	if (v == ACCEPT)
		v = phases_show(out, skr, previous, &how->delays, uses, report);
	zsk_uses_free(uses);
	skr_free(previous);
	return v;
}

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
	else if (how->what == SHOW_TIMELINE)
		v = show_timeline(out, skr, how, report);
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
