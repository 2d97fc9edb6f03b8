#include <stdlib.h>

#include "act/phases.h"
#include "base/isotime.h"

struct table {
	const struct delays *d;
	const struct zsk_uses *uses;
	struct timeline	 t;
	struct zsk_spans spans;		/* as they are served, those with a key */
	int64_t		*instants;	/* at which anything changes, sorted, each once */
	size_t		 n;
};

static int
compare_instants(const void *pa, const void *pb)
{
	const int64_t	*a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static int64_t
forgotten(const struct table *p, const struct zsk_span *s)
{
	return s->until + p->d->ttl + p->d->propagation;
}

static int
find_instants(struct table *p)
{
	size_t		 i, n = 0;

	if ((p->instants = calloc(3 * (p->t.n + p->spans.n) + 1, sizeof(*p->instants))) == NULL)
		return -1;
	for (i = 0; i < p->t.n; i++) {
		struct showing	 set = timeline_showing(&p->t, i, p->d);

		if (set.from >= set.until)
			continue;
		p->instants[n++] = set.from;
		p->instants[n++] = set.until;
		p->instants[n++] = set.gone;
	}
	for (i = 0; i < p->spans.n; i++) {
		if (p->spans.v[i].key == NULL || p->spans.v[i].from >= p->spans.v[i].until)
			continue;
		p->instants[n++] = p->spans.v[i].from;
		p->instants[n++] = p->spans.v[i].until;
		p->instants[n++] = forgotten(p, &p->spans.v[i]);
	}
	qsort(p->instants, n, sizeof(*p->instants), compare_instants);
	for (i = 0; i < n; i++)
		if (p->instants[i] >= p->t.v[p->t.first].from && (p->n == 0 || p->instants[i] != p->instants[p->n - 1]))
			p->instants[p->n++] = p->instants[i];
	return 0;
}

/* "5", "p9,1", "24649,50113" */
static int
put_number(struct buf *cell, const char *prefix, int digits, size_t number)
{
	return buf_printf(cell, "%s%s%0*zu", cell->len > 0 ? "," : "", prefix, digits, number);
}

/* Sets that are served at this instant, or that a cache may hold. */
static int
put_sets(struct buf *cell, const struct table *p, int64_t at, bool held)
{
	size_t		 i;

	for (i = 0; i < p->t.n; i++) {
		struct showing	 set = timeline_showing(&p->t, i, p->d);

		if (set.from <= at && at < (held ? set.gone : set.until) &&
		    put_number(cell, i < p->t.first ? "p" : "", 1, p->t.v[i].index + 1) == -1)
			return -1;
	}
	return 0;
}

static bool
spans_at(const struct table *p, const struct zsk_span *s, int64_t at, bool held)
{
	return s->key != NULL && s->from < s->until && s->from <= at &&
	    at < (held ? forgotten(p, s) : s->until);
}

/* ZSKs that may sign, or of whose making a cache may hold signatures; "?" where that is doubtful. */
static int
put_zsks(struct buf *cell, const struct table *p, int64_t at, bool held)
{
	const struct zsk_span *v = p->spans.v;
	size_t		 i, j;

	for (i = 0; i < p->spans.n; i++) {
		if (!spans_at(p, &v[i], at, held))
			continue;
		for (j = 0; j < i; j++)
			if (spans_at(p, &v[j], at, held) && key_same(v[j].key, v[i].key))
				break;
		if (j == i && put_number(cell, "", 5, key_tag(v[i].key)) == -1)
			return -1;
	}
	for (i = 0; i < p->spans.ndoubts; i++) {
		struct showing	 set = timeline_showing(&p->t, p->spans.doubts[i].slot, p->d);

		/* Of a file the instants are known that it leaves out. */
		if (p->uses == NULL && set.from <= at && at < set.until &&
		    buf_puts(cell, cell->len > 0 ? ",?" : "?") == -1)
			return -1;
	}
	return 0;
}

static int
put_row(struct buf *out, const struct table *p, int64_t from, int64_t until)
{
	struct buf	 cells[4] = { BUF_EMPTY, BUF_EMPTY, BUF_EMPTY, BUF_EMPTY };
	char		 a[ISOTIME_SIZE], b[ISOTIME_SIZE];
	const char	*text[4];
	int		 rv = -1;
	size_t		 i;

	if (put_sets(&cells[0], p, from, false) == -1 || put_sets(&cells[1], p, from, true) == -1 ||
	    put_zsks(&cells[2], p, from, false) == -1 || put_zsks(&cells[3], p, from, true) == -1)
		goto out;
	for (i = 0; i < 4; i++)
		text[i] = cells[i].len > 0 ? (const char *)cells[i].data : "-";
	rv = buf_printf(out, "%s %s  %-4s %-12s  %-12s %s\n", isotime_format(a, from, ""),
	    isotime_format(b, until, ""), text[0], text[1], text[2], text[3]);
 out:
	for (i = 0; i < 4; i++)
		buf_free(&cells[i]);
	return rv;
}

static int
put_table(struct buf *out, struct table *p)
{
	char		 ttl[ISOTIME_SIZE], propagation[ISOTIME_SIZE], skew[ISOTIME_SIZE];
	size_t		 i;

	if (find_instants(p) == -1 ||
	    buf_printf(out, "ttl %s  propagation %s  skew %s\n"
	    "%-19s %-19s  %-4s %-12s  %-12s %s\n", isoduration_format(ttl, p->d->ttl),
	    isoduration_format(propagation, p->d->propagation),
	    isoduration_format(skew, p->d->skew), "From", "Until", "Set", "Sets Held", "ZSK Signs",
	    "ZSKs Held") == -1)
		return -1;
	for (i = 0; i + 1 < p->n; i++)
		if (put_row(out, p, p->instants[i], p->instants[i + 1]) == -1)
			return -1;
	return 0;
}

/* The spans as they are served. */
static enum verdict
find_spans(struct table *p, struct report *report)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (zsk_spans_build(&p->spans, &p->t, p->uses) == -1)
		return report_fault(report, NULL, "out of memory");
	for (i = 0; i < p->spans.n; i++) {
		struct zsk_span	*s = &p->spans.v[i];

		if (s->key != NULL) {
			*s = timeline_signing(&p->t, s, p->uses != NULL, p->d);
		} else {
			const struct spot at = { p->uses->input, p->uses->v[i].line, 0 };

			v = report_broken(report, &at, NULL, "key '%s' stands in no bundle",
			    p->uses->v[i].identifier);
		}
	}
	return v;
}

enum verdict
phases_show(struct buf *out, const struct skr *skr, const struct skr *previous,
    const struct delays *d, const struct zsk_uses *uses, struct report *report)
{
	struct table	 p = { .d = d, .uses = uses };
	enum verdict	 v;

	if (timeline_build(&p.t, previous == NULL ? NULL : &previous->bundles, &skr->bundles) == -1)
		return report_fault(report, NULL, "out of memory");
	if (p.t.disorder < p.t.n) {
		const struct slot *slot = &p.t.v[p.t.disorder];
		const struct skr *of = p.t.disorder < p.t.first ? previous : skr;
		const struct spot at = { of->input, slot->bundle->line, 0 };

		v = report_broken(report, &at, NULL, "bundle %zu is out of order",
		    slot->index + 1);
	} else if ((v = find_spans(&p, report)) == ACCEPT && put_table(out, &p) == -1)
		v = report_fault(report, NULL, "out of memory");
	free(p.instants);
	zsk_spans_clear(&p.spans);
	timeline_clear(&p.t);
	return v;
}
