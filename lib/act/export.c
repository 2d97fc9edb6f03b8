#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "act/export.h"
#include "base/isotime.h"

struct document {		/* what both documents have */
	const char		*title;
	const char		*input;
	const struct dname	*name;
	const struct bundle	*bundles;
	size_t			 n;
	size_t			 first;		/* number of bundles[0], from 0 */
	bool			 request;
	enum export_form	 form;
};

int
export_form(enum export_form *out, const char *name)
{
	static const char *const names[] = { "zone", "bind", "knot" };
	size_t		 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum export_form)i;
			return 0;
		}
	return -1;
}

#define CTIME_SIZE	40

/* "Fri Jan  1 00:00:00 2027" as ctime(3), but UTC and without time zone data. */
static const char *
ctime_utc(char out[CTIME_SIZE], int64_t t)
{
	static const char days[] = "ThuFriSatSunMonTueWed";	/* from 1 January 1970 */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char		 d[ISOTIME_SIZE];	/* YYYYMMDDhhmmss */
	int		 month;

	isotime_rrsig(d, t);
	month = (d[4] - '0') * 10 + d[5] - '0' - 1;
	snprintf(out, CTIME_SIZE, "%.3s %.3s %c%c %.2s:%.2s:%.2s %.4s", &days[t / DAY % 7 * 3],
	    &months[month * 3], d[6] == '0' ? ' ' : d[6], d[7], d + 8, d + 10, d + 12, d);
	return out;
}

static int
put_header(struct buf *out, const struct document *d, const struct bundle *b)
{
	char		 text[ISOTIME_SIZE], date[CTIME_SIZE];

	if (d->form == EXPORT_BIND)
		return buf_printf(out, ";; %s 1.0 %s (%s)\n", d->title,
		    isotime_rrsig(text, b->inception), ctime_utc(date, b->inception));
	return buf_printf(out, ";; %s 1.0 %lld (%s) =========\n", d->title,
	    (long long)b->inception, isotime_format(text, b->inception, "Z"));
}

static int
put_trailer(struct buf *out, const struct document *d)
{
	int64_t		 latest = 0;
	char		 text[ISOTIME_SIZE], date[CTIME_SIZE];
	size_t		 i;

	for (i = 0; i < d->n; i++)
		if (d->bundles[i].expiration > latest)
			latest = d->bundles[i].expiration;
	return buf_printf(out, ";; %s 1.0 generated at %s by ksrkit %s\n", d->title,
	    d->form == EXPORT_BIND ? ctime_utc(date, latest) : isotime_format(text, latest, "Z"),
	    VERSION);
}

static int
put_records(struct buf *out, const struct document *d, const struct bundle *b)
{
	size_t		 i;

	if (!d->request)
		return bundle_print_rrs(out, b, d->name);
	for (i = 0; i < b->nkeys; i++)
		if (!key_is_sep(&b->keys[i]) && key_print(out, &b->keys[i], d->name) == -1)
			return -1;
	return 0;
}

static int
put_document(struct buf *out, const struct document *d)
{
	size_t		 i;

	for (i = 0; i < d->n; i++)
		if ((d->form != EXPORT_ZONE && put_header(out, d, &d->bundles[i]) == -1) ||
		    put_records(out, d, &d->bundles[i]) == -1)
			return -1;
	return d->form == EXPORT_ZONE ? 0 : put_trailer(out, d);
}

static enum verdict
export(struct buf *out, const struct document *d, struct report *report)
{
	size_t		 i;

	for (i = 1; i < d->n && d->form != EXPORT_ZONE; i++) {
		const struct bundle *b = &d->bundles[i];
		const struct spot at = { d->input, b->line, 0 };

		if (b->inception <= b[-1].inception)
			return report_broken(report, &at, NULL, "bundle %zu begins no later than "
			    "the one before it, which this form cannot say", d->first + i + 1);
	}
	if (put_document(out, d) == -1)
		return report_fault(report, NULL, "out of memory");
	return ACCEPT;
}

enum verdict
export_skr(struct buf *out, const struct skr *skr, size_t first, size_t n,
    enum export_form form, struct report *report)
{
	const struct document d = {
		"SignedKeyResponse", skr->input, &skr->name, skr->bundles.v + first, n, first,
		false, form
	};

	return export(out, &d, report);
}

enum verdict
export_ksr(struct buf *out, const struct ksr *ksr, enum export_form form, struct report *report)
{
	const struct document d = {
		"KeySigningRequest", ksr->input, &ksr->name, ksr->bundles.v, ksr->bundles.n, 0,
		true, form
	};

	return export(out, &d, report);
}
