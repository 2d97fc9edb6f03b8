/*
 * skr-seal: a verified response as encrypted files, one a slot, each to be released when it is due.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/seal.h"
#include "base/tty.h"
#include "judge/inputs.h"

#define CERTIFICATES	256
#define SHORT		16		/* characters of a passphrase that are worth a warning */

enum { OPT_OUTPUT = INPUT_OWN, OPT_CERTIFICATE, OPT_PER_SLOT, OPT_SHEET, OPT_PASSPHRASE,
	OPT_PASSPHRASE_FILE, OPT_WHOLE, OPT_TOGETHER, OPT_NO_ANCHOR };

static const struct option_spec specs[] = {
	{ OPT_OUTPUT, "output", "FOLDER", OPTION_REQUIRED | OPTION_CREATES, "the folder to make" },
	{ OPT_CERTIFICATE, "certificate", "[N=]FILE", OPTION_REPEAT,
	    "seal slot N, or everything, to this certificate" },
	{ OPT_PER_SLOT, "passphrases-per-slot", NULL, 0,
	    "make a passphrase for each slot" },
	{ OPT_SHEET, "sheet", "FILE", 0, "... written into FILE, not shown at the terminal" },
	{ OPT_PASSPHRASE, "passphrase", NULL, 0, "ask for one passphrase for everything" },
	{ OPT_PASSPHRASE_FILE, "passphrase-file", "FILE", 0, "... or read it from FILE" },
	{ OPT_WHOLE, "whole", NULL, 0, "the whole response as one file" },
	{ OPT_TOGETHER, "no-release-control", NULL, 0, "one key may open several slots" },
	{ INPUT_ANCHOR, "anchor", "FILE", OPTION_REPEAT,
	    "trust anchors: DS lines, DNSKEY lines or\ntrust-anchor XML" },
	{ OPT_NO_ANCHOR, "no-anchor", NULL, 0, "judge it without any trust anchor" },
	{ 't', "time", "T", 0, "judge as of this time, not of now" },
	{ INPUT_MAX_BYTES, "max-bytes", "N", 0, "read documents of up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"skr-seal", "Seal each slot of a Signed Key Response, so that they are released one by one.",
	specs, "[FILE]", 0, 1
};

struct work {
	struct inputs	 in;
	const char	*path;
	const char	*output;
	const char	*sheet_path;
	const char	*passphrase_path;
	bool		 ask;
	bool		 per_slot;
	bool		 no_anchor;
	const char	*certificates[CERTIFICATES];	/* as given */
	struct seal_to	 to[CERTIFICATES];
	size_t		 nto;
	struct secret	 passphrase;
	struct sheet	*sheet;
	struct buf	 bytes;
	struct skr	*skr;
	struct seal_order order;
};

/* [N=]FILE: a number before the first = is a slot. */
static const char *
split(const char *arg, size_t *slot)
{
	const char	*p = arg;
	size_t		 n = 0;

	while (*p >= '0' && *p <= '9' && p - arg < 6)
		n = n * 10 + (size_t)(*p++ - '0');
	if (p == arg || *p != '=' || n == 0) {
		*slot = 0;
		return arg;
	}
	*slot = n;
	return p + 1;
}

static enum verdict
load_certificates(struct work *w)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < w->nto; i++) {
		struct seal_to	*to = &w->to[i];

		to->path = split(w->certificates[i], &to->slot);
		if ((to->cert = cms_cert_load(to->path, &w->in.report)) == NULL)
			v = FAULT;
		else if (w->order.whole && to->slot != 0)
			v = report_broken(&w->in.report, NULL, NULL, "--whole has no slot %zu",
			    to->slot);
	}
	return v;
}

/* Signatures and anchor, as any SKR that something is built on. */
static enum verdict
judge(struct work *w)
{
	struct inputs	*in = &w->in;
	const struct spot at = { w->path, 0, 0 };
	struct subject	 s;
	enum verdict	 v;

	if ((v = inputs_read(in, &w->bytes, w->path, "SKR-XML")) != ACCEPT ||
	    (v = skr_parse(&w->skr, &w->bytes, w->path, &in->report)) != ACCEPT)
		return v;
	s = inputs_subject(in);
	s.previous = w->skr;
	if (w->no_anchor)
		report_warning(&in->report, &at, "SKR-ANCHOR",
		    "not authenticated by any anchor, as asked for");
	return check_previous(&s);
}

static enum verdict
cannot(struct work *w, const char *input, const char *what)
{
	const struct spot at = { input, 0, 0 };

	return report_fault(&w->in.report, &at, "%s: %s", what, errno == EPERM ?
	    "not a file that its owner alone can read" : strerror(errno));
}

/* Typed twice: nobody could open what was sealed to a slip of the finger. */
static enum verdict
ask_twice(struct work *w)
{
	struct secret	 again = SECRET_EMPTY;
	enum verdict	 v = ACCEPT;

	if (tty_ask_secret("Passphrase: ", &w->passphrase) == -1 ||
	    tty_ask_secret("Passphrase again: ", &again) == -1)
		v = cannot(w, NULL, "no passphrase");
	else if (w->passphrase.len != again.len ||
	    memcmp(w->passphrase.text, again.text, again.len) != 0)
		v = report_broken(&w->in.report, NULL, NULL, "the passphrases differ");
	secret_free(&again);
	return v;
}

static enum verdict
get_passphrases(struct work *w)
{
	enum verdict	 v = ACCEPT;

	if (w->per_slot && (w->sheet = sheet_new(w->skr->bundles.n)) == NULL)
		return cannot(w, NULL, "no passphrases");
	if (w->passphrase_path != NULL && secret_load(&w->passphrase, w->passphrase_path) == -1)
		return cannot(w, w->passphrase_path, "passphrase");
	if (w->ask)
		v = ask_twice(w);
	if (w->passphrase.text != NULL && w->passphrase.len < SHORT)
		report_warning(&w->in.report, NULL, NULL, "a passphrase of only %zu characters",
		    w->passphrase.len);
	w->order.sheet = w->sheet;
	w->order.passphrase = w->passphrase.text != NULL ? &w->passphrase : NULL;
	return v;
}

/* The sheet is there before what it opens. */
static enum verdict
put_sheet(struct work *w, const struct seal_manifest *m)
{
	struct buf	 text;
	int		 rc;

	if (w->sheet == NULL)
		return ACCEPT;
	if (sheet_print(&text, w->sheet, m) == -1)
		return report_fault(&w->in.report, NULL, "out of memory");
	rc = w->sheet_path != NULL ? buf_create(&text, w->sheet_path, 0600) :
	    tty_show((const char *)text.data);
	return rc == 0 ? ACCEPT : cannot(w, w->sheet_path, "no sheet");
}

static enum verdict
settle(struct work *w, struct newdir *dir, const struct seal_manifest *m)
{
	enum verdict	 v;

	if ((v = put_sheet(w, m)) != ACCEPT)
		return v;
	if (newdir_settle(dir) == 0)
		return ACCEPT;
	v = cannot(w, w->output, "cannot be made");
	if (w->sheet != NULL && w->sheet_path != NULL)
		unlink(w->sheet_path);
	return v;
}

static enum verdict
seal(struct work *w)
{
	struct newdir	 dir = NEWDIR_EMPTY;
	struct seal_manifest *m = NULL;
	enum verdict	 v;

	if ((v = inputs_load(&w->in, false)) != ACCEPT || (v = judge(w)) != ACCEPT ||
	    (v = load_certificates(w)) != ACCEPT)
		return v;
	w->order.skr = w->skr;
	w->order.bytes = &w->bytes;
	w->order.to = w->to;
	w->order.nto = w->nto;
	if ((v = get_passphrases(w)) != ACCEPT ||
	    (v = seal_judge(&w->order, &w->in.report)) != ACCEPT)
		return v;
	if (newdir_begin(&dir, w->output) == -1)
		return cannot(w, w->output, "cannot be made");
	if ((v = seal_make(&m, &w->order, &dir, &w->in.report)) == ACCEPT)
		v = settle(w, &dir, m);
	newdir_free(&dir);
	seal_manifest_free(m);
	return v;
}

static enum verdict
run(struct work *w)
{
	enum verdict	 v;
	size_t		 i;

	v = seal(w);
	sheet_free(w->sheet);
	secret_free(&w->passphrase);
	for (i = 0; i < w->nto; i++)
		cms_cert_free(w->to[i].cert);
	v = inputs_report(&w->in, v);
	skr_free(w->skr);
	buf_wipe(&w->bytes);
	inputs_free(&w->in);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_OUTPUT:
		w->output = arg;
		return 0;
	case OPT_CERTIFICATE:
		return options_add(o, "certificate", arg, w->certificates, &w->nto, CERTIFICATES);
	case OPT_PER_SLOT:
		w->per_slot = true;
		return 0;
	case OPT_SHEET:
		w->sheet_path = arg;
		return 0;
	case OPT_PASSPHRASE:
		w->ask = true;
		return 0;
	case OPT_PASSPHRASE_FILE:
		w->passphrase_path = arg;
		return 0;
	case OPT_WHOLE:
		w->order.whole = true;
		return 0;
	case OPT_TOGETHER:
		w->order.together = true;
		return 0;
	case OPT_NO_ANCHOR:
		w->no_anchor = true;
		return 0;
	}
	return input_option(&w->in.o, o, id, arg) == -1 ? -1 : 0;
}

/* NULL, or what does not go together. */
static const char *
wrong(const struct work *w)
{
	if (w->nto == 0 && !w->per_slot && !w->ask && w->passphrase_path == NULL)
		return "seal it to whom: --certificate, --passphrases-per-slot, --passphrase or "
		    "--passphrase-file";
	if (w->no_anchor == (w->in.o.nanchors > 0))
		return w->no_anchor ? "--no-anchor and --anchor exclude each other" :
		    "give the --anchor that it must be signed under, or say --no-anchor";
	if (w->ask && w->passphrase_path != NULL)
		return "--passphrase and --passphrase-file exclude each other";
	if (w->sheet_path != NULL && !w->per_slot)
		return "--sheet goes with --passphrases-per-slot";
	if (w->order.whole && w->per_slot)
		return "--whole and --passphrases-per-slot exclude each other";
	if (w->order.whole && w->order.together)
		return "--whole has no slots to control: leave --no-release-control out";
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .in = { .tool = "skr-seal", .o = INPUT_OPTIONS_EMPTY } };
	struct options	 o;
	const char	*arg, *why;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&w, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if ((why = wrong(&w)) != NULL)
		return (int)options_usage(&o, "%s", why);
	if (cms_init() == -1) {
		fprintf(stderr, "%s: no memory can be locked for keys\n", tool.name);
		return FAULT;
	}
	w.path = o.count > 0 ? o.operands[0] : "-";
	return (int)run(&w);
}
