/*
 * key-anchor: DNSKEY lines to trust anchors, in the form that a validator reads.
 */
#include <stdlib.h>
#include <string.h>

#include "act/anchorwrite.h"
#include "act/keyfilter.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/options.h"

enum { OPT_FORMAT = OPTION_ID, OPT_FROM, OPT_UNTIL, OPT_ID, OPT_SOURCE, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ OPT_FORMAT, "format", "FORM", OPTION_REQUIRED, "xml (RFC 9718), xml7958 (RFC 7958), "
	    "ds (unbound),\nbind or bind-initial (named, delv)" },
	{ OPT_FROM, "from", "[TAG=]DATE", OPTION_REPEAT, "in XML: valid from then on; with TAG, "
	    "the\nkey with this tag; may be repeated" },
	{ OPT_UNTIL, "until", "[TAG=]DATE", OPTION_REPEAT, "in XML: valid until then (no limit)" },
	{ OPT_SOURCE, "source", "URI", 0, "in XML: where the anchors are published" },
	{ OPT_ID, "id", "TEXT", 0, "in XML: of the document (made of its content)" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-anchor", "Make trust anchors of DNSKEY records.", specs, "[FILE]", 0, 1
};

enum form { FORM_XML, FORM_XML7958, FORM_DS, FORM_BIND, FORM_BIND_INITIAL, FORMS };

static const char *const form_names[FORMS] = { "xml", "xml7958", "ds", "bind", "bind-initial" };

#define OTHERS		(-1)		/* every key that is not named by its tag */

struct date {
	int		 tag;		/* or OTHERS */
	int64_t		 at;
};

struct dates {
	struct date	 v[SEPKEYS_MAX];
	size_t		 n;
};

struct wish {
	enum form	 form;
	struct dates	 from;
	struct dates	 until;
	struct anchor_head head;
	size_t		 max;
};

/* [TAG=]DATE, each tag once. */
static int
add_date(struct dates *dates, const char *text)
{
	const char	*equals = strchr(text, '=');
	struct date	 d = { OTHERS, 0 };
	unsigned long	 tag;
	char		*end;
	size_t		 i;

	if (equals != NULL) {
		tag = strtoul(text, &end, 10);
		if (*text < '0' || *text > '9' || end != equals || tag > UINT16_MAX)
			return -1;
		d.tag = (int)tag;
		text = equals + 1;
	}
	for (i = 0; i < dates->n; i++)
		if (dates->v[i].tag == d.tag)
			return -1;
	if (dates->n == SEPKEYS_MAX || isotime_option(&d.at, text) == -1)
		return -1;
	dates->v[dates->n++] = d;
	return 0;
}

/* That of the tag, else that of all others, else none. */
static int64_t
date_of(const struct dates *dates, uint16_t tag, int64_t none)
{
	int64_t		 at = none;
	size_t		 i;

	for (i = 0; i < dates->n; i++) {
		if (dates->v[i].tag == tag)
			return dates->v[i].at;
		if (dates->v[i].tag == OTHERS)
			at = dates->v[i].at;
	}
	return at;
}

/* Each tag that an option names is that of a key. */
static enum verdict
judge_dates(const struct dates *dates, const char *option, const struct sepkeys *keys,
    const char *input, struct report *report)
{
	const struct spot at = { input, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i, k;

	for (i = 0; i < dates->n; i++) {
		for (k = 0; k < keys->n && dates->v[i].tag != keys->v[k].key.tag; k++)
			;
		if (k == keys->n && dates->v[i].tag != OTHERS)
			v = report_broken(report, &at, NULL, "--%s: no key has the tag %d", option,
			    dates->v[i].tag);
	}
	return v;
}

static enum verdict
make_terms(struct term *terms, const struct wish *w, const struct sepkeys *keys,
    const char *input, struct report *report)
{
	struct spot	 at = { input, 0, 0 };
	enum verdict	 v;
	size_t		 i;

	v = judge_dates(&w->from, "from", keys, input, report);
	v = verdict_worse(v, judge_dates(&w->until, "until", keys, input, report));
	for (i = 0; i < keys->n; i++) {
		const struct sepkey *k = &keys->v[i];

		at.line = k->key.line;
		terms[i].from = date_of(&w->from, k->key.tag, INT64_MIN);
		terms[i].until = date_of(&w->until, k->key.tag, INT64_MAX);
		if (!dname_equal(&k->owner, &keys->v[0].owner))
			v = report_broken(report, &at, NULL,
			    "key %u is of another zone than the first (RFC 9718 2.1.1: one zone)",
			    k->key.tag);
		if (terms[i].from == INT64_MIN)
			v = report_broken(report, &at, NULL, "key %u: no --from is for it",
			    k->key.tag);
		if (terms[i].until <= terms[i].from)
			v = report_broken(report, &at, NULL, "key %u: --until is not after --from",
			    k->key.tag);
	}
	return v;
}

static enum verdict
put_keys(struct buf *out, const struct sepkeys *keys, const char *input, const void *arg,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	const struct wish *w = arg;
	struct term	 terms[SEPKEYS_MAX];
	int		 rv = -1;

	if (w->form <= FORM_XML7958 && make_terms(terms, w, keys, input, report) != ACCEPT)
		return REFUSE;
	switch (w->form) {
	case FORM_XML:
	case FORM_XML7958:
		rv = anchorwrite_xml(out, keys, terms, &w->head);
		break;
	case FORM_DS:
		rv = anchorwrite_ds(out, keys);
		break;
	case FORM_BIND:
	case FORM_BIND_INITIAL:
		rv = anchorwrite_bind(out, keys, w->form == FORM_BIND_INITIAL);
		break;
	case FORMS:
		break;
	}
	return rv == -1 ? report_fault(report, &at, "out of memory") : ACCEPT;
}

/* Not empty, and nothing but printable ASCII. */
static bool
is_plain(const char *text)
{
	const char	*p;

	for (p = text; *p >= ' ' && *p <= '~'; p++)
		;
	return p > text && *p == '\0';
}

/* What an option says.  NULL, or what is wrong with it. */
static const char *
take(struct wish *w, int option, const char *arg)
{
	int	 f;

	switch (option) {
	case OPT_FORMAT:
		for (f = 0; f < FORMS && strcmp(arg, form_names[f]) != 0; f++)
			;
		w->form = (enum form)f;
		w->head.rfc7958 = f == FORM_XML7958;
		return f < FORMS ? NULL :
		    "--format takes xml, xml7958, ds, bind or bind-initial";
	case OPT_FROM:
		return add_date(&w->from, arg) == 0 ? NULL : "--from takes [TAG=]DATE, each tag once";
	case OPT_UNTIL:
		return add_date(&w->until, arg) == 0 ? NULL :
		    "--until takes [TAG=]DATE, each tag once";
	case OPT_SOURCE:
		w->head.source = arg;
		return is_plain(arg) ? NULL : "--source takes printable ASCII";
	case OPT_ID:
		w->head.id = arg;
		return is_plain(arg) ? NULL : "--id takes printable ASCII";
	default:
		return input_size(&w->max, arg) == 0 ? NULL : INPUT_SIZE_USAGE;
	}
}

int
main(int argc, char *argv[])
{
	struct wish	 w = { .max = INPUT_MAX_BYTES_DEFAULT };
	struct options	 o;
	const char	*arg, *wrong;
	bool		 xml;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if ((wrong = take(&w, c, arg)) != NULL)
			return (int)options_usage(&o, "%s", wrong);
	if (c == OPTIONS_STOP)
		return (int)o.status;
	xml = w.form <= FORM_XML7958;
	if (xml && (w.from.n == 0 || w.head.source == NULL))
		return (int)options_usage(&o, "XML needs --from and --source");
	if (!xml && (w.from.n > 0 || w.until.n > 0 || w.head.source != NULL || w.head.id != NULL))
		return (int)options_usage(&o, "--from, --until, --source and --id are for XML");
	return (int)keyfilter(tool.name, o.count > 0 ? o.operands[0] : "-", w.max, put_keys, &w);
}
