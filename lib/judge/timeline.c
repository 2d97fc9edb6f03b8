#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fields.h"
#include "judge/timeline.h"

static void
add_slots(struct timeline *t, const struct bundles *b)
{
	size_t	 i;

	for (i = 0; b != NULL && i < b->n; i++) {
		struct slot	*s = &t->v[t->n];

		*s = (struct slot){ &b->v[i], b->v[i].inception, b->v[i].expiration, b, i };
		if (t->n > 0)
			s[-1].until = s->from;
		t->n++;
	}
}

int
timeline_build(struct timeline *t, const struct bundles *previous, const struct bundles *judged)
{
	size_t	 before = previous == NULL ? 0 : previous->n;

	*t = (struct timeline)TIMELINE_EMPTY;
	if ((t->v = calloc(before + judged->n + 1, sizeof(*t->v))) == NULL)
		return -1;
	add_slots(t, previous);
	t->first = t->n;
	add_slots(t, judged);
	for (t->disorder = 1; t->disorder < t->n; t->disorder++)
		if (t->v[t->disorder].from <= t->v[t->disorder - 1].from)
			return 0;
	t->disorder = t->n;
	return 0;
}

void
timeline_clear(struct timeline *t)
{
	free(t->v);
	*t = (struct timeline)TIMELINE_EMPTY;
}

/* The ZSKs of an algorithm in one bundle: how many, the first and the second. */
static size_t
zsks(const struct bundle *b, uint8_t algorithm, const struct key *out[2])
{
	size_t	 i, n = 0;

	for (i = 0; i < b->nkeys; i++) {
		if (b->keys[i].algorithm != algorithm || key_is_sep(&b->keys[i]))
			continue;
		if (n < 2)
			out[n] = &b->keys[i];
		n++;
	}
	return n;
}

/* Of two in the first slot, the one that also stands in the second. */
static const struct key *
stays(const struct bundles *b, const struct key *const two[2])
{
	bool	 first, second;

	if (b->n < 2)
		return NULL;
	first = bundle_find(&b->v[1], two[0]) != NULL;
	second = bundle_find(&b->v[1], two[1]) != NULL;
	return first == second ? NULL : first ? two[0] : two[1];
}

void
zsk_read(struct reading *out, const struct bundles *b, uint8_t algorithm)
{
	const struct key *two[2], *active = NULL;
	size_t		 i, n;

	for (i = 0; i < b->n; i++) {
		n = zsks(&b->v[i], algorithm, two);
		if (n == 1)
			active = two[0];
		else if (n == 2 && i == 0)
			active = stays(b, two);
		else if (n == 2 && active != NULL)
			active = bundle_find(&b->v[i], active);
		else
			active = NULL;
		out[i] = (struct reading){ active, active == NULL && n > 0 };
	}
}

static enum verdict
take_use(void *arg, char *const fields[], size_t n, const struct spot *at,
    struct report *report)
{
	struct zsk_uses	*uses = arg;
	struct zsk_use	*u, use = { .line = at->line };

	(void)n;
	if (field_get(fields[0]) == -1)
		return report_fault(report, at, "a bad %%XX in the key's identifier");
	if (field_time(&use.from, INT64_MIN, fields[1]) == -1)
		return report_fault(report, at, "'%s' is not a time", fields[1]);
	if (field_time(&use.until, INT64_MAX, fields[2]) == -1)
		return report_fault(report, at, "'%s' is not a time", fields[2]);
	if (use.from >= use.until)
		return report_fault(report, at, "ends before it begins");
	if ((use.identifier = strdup(fields[0])) == NULL ||
	    (u = array_add(&uses->v, uses->n, sizeof(*u))) == NULL) {
		free(use.identifier);
		return report_fault(report, at, "out of memory");
	}
	*u = use;
	uses->n++;
	return ACCEPT;
}

struct zsk_uses *
zsk_uses_load(const char *path, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct zsk_uses	*uses;

	if ((uses = calloc(1, sizeof(*uses))) == NULL || (uses->input = strdup(path)) == NULL)
		report_fault(report, &at, "out of memory");
	else if (fields_load(path, 3, 3, take_use, uses, report) == ACCEPT) {
		if (uses->n > 0)
			return uses;
		report_fault(report, &at, "names no key");
	}
	zsk_uses_free(uses);
	return NULL;
}

void
zsk_uses_free(struct zsk_uses *uses)
{
	size_t	 i;

	if (uses == NULL)
		return;
	for (i = 0; i < uses->n; i++)
		free(uses->v[i].identifier);
	free(uses->v);
	free(uses->input);
	free(uses);
}

static int
add_span(struct zsk_spans *spans, const struct key *key, int64_t from, int64_t until)
{
	struct zsk_span	*one;

	if ((one = array_add(&spans->v, spans->n, sizeof(*one))) == NULL)
		return -1;
	*one = (struct zsk_span){ key, from, until };
	spans->n++;
	return 0;
}

static int
add_doubt(struct zsk_spans *spans, size_t slot, uint8_t algorithm, int64_t instant)
{
	struct zsk_doubt *one;

	if ((one = array_add(&spans->doubts, spans->ndoubts, sizeof(*one))) == NULL)
		return -1;
	*one = (struct zsk_doubt){ slot, algorithm, instant };
	spans->ndoubts++;
	return 0;
}

/* The readings of one algorithm, a slot each, as spans. */
static int
join(struct zsk_spans *spans, const struct timeline *t, const struct reading *r,
    uint8_t algorithm)
{
	const struct key *active = NULL;
	int64_t		 from = INT64_MIN;
	size_t		 i;

	for (i = 0; i <= t->n; i++) {
		const struct key *now = i < t->n ? r[i].active : NULL;
		bool		 change = now == NULL || active == NULL || !key_same(now, active);

		if (i < t->n && r[i].doubtful &&
		    add_doubt(spans, i, algorithm, t->v[i].from) == -1)
			return -1;
		if (active != NULL && change &&
		    add_span(spans, active, from, i < t->n ? t->v[i].from : INT64_MAX) == -1)
			return -1;
		if (change)
			from = i == 0 || i == t->n ? INT64_MIN : t->v[i].from;
		active = now;
	}
	return 0;
}

static int
read_algorithm(struct zsk_spans *spans, const struct timeline *t, uint8_t algorithm)
{
	struct reading	*r;
	int		 rv;

	if ((r = calloc(t->n + 1, sizeof(*r))) == NULL)
		return -1;
	if (t->first > 0)
		zsk_read(r, t->v[0].of, algorithm);
	if (t->first < t->n)
		zsk_read(r + t->first, t->v[t->first].of, algorithm);
	rv = join(spans, t, r, algorithm);
	free(r);
	return rv;
}

/* The key with this identifier, wherever it stands. */
static const struct key *
key_named(const struct timeline *t, const char *identifier)
{
	size_t	 i, j;

	for (i = t->n; i-- > 0;)
		for (j = 0; j < t->v[i].bundle->nkeys; j++)
			if (strcmp(t->v[i].bundle->keys[j].identifier, identifier) == 0)
				return &t->v[i].bundle->keys[j];
	return NULL;
}

static int
state_all(struct zsk_spans *spans, const struct timeline *t, const struct zsk_uses *uses)
{
	size_t	 i;

	for (i = 0; i < uses->n; i++)
		if (add_span(spans, key_named(t, uses->v[i].identifier), uses->v[i].from,
		    uses->v[i].until) == -1)
			return -1;
	return 0;
}

static int
compare_spans(const void *a, const void *b)
{
	const struct zsk_span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

bool
zsk_stands(const struct bundle *b, uint8_t algorithm)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (!key_is_sep(&b->keys[i]) && b->keys[i].algorithm == algorithm)
			return true;
	return false;
}

/* Sorted spans of one algorithm, those that touch made one.  Returns how many are left. */
static size_t
merge_spans(struct zsk_span *v, size_t n)
{
	size_t	 i, m = 0;

	for (i = 0; i < n; i++)
		if (m == 0 || v[i].from > v[m - 1].until)
			v[m++] = v[i];
		else if (v[i].until > v[m - 1].until)
			v[m - 1].until = v[i].until;
	return m;
}

/* "v" is merged, so that slots and spans are walked through side by side. */
static int
find_gaps(struct zsk_spans *spans, const struct timeline *t, uint8_t algorithm,
    const struct zsk_span *v, size_t n)
{
	int64_t		 reached;
	size_t		 i, j = 0;

	for (i = t->first; i < t->n; i++) {
		while (j < n && v[j].until <= t->v[i].from)
			j++;
		reached = j < n && v[j].from <= t->v[i].from ? v[j].until : t->v[i].from;
		if (reached < t->v[i].until && zsk_stands(t->v[i].bundle, algorithm) &&
		    add_doubt(spans, i, algorithm, reached) == -1)
			return -1;
	}
	return 0;
}

/* Of the spans stated for one algorithm. */
static int
check_algorithm(struct zsk_spans *spans, const struct timeline *t, uint8_t algorithm)
{
	struct zsk_span	*own;
	size_t		 i, n = 0;
	int		 rv;

	if ((own = calloc(spans->n + 1, sizeof(*own))) == NULL)
		return -1;
	for (i = 0; i < spans->n; i++)
		if (spans->v[i].key != NULL && spans->v[i].key->algorithm == algorithm)
			own[n++] = spans->v[i];
	qsort(own, n, sizeof(*own), compare_spans);
	rv = find_gaps(spans, t, algorithm, own, merge_spans(own, n));
	free(own);
	return rv;
}

int
zsk_spans_build(struct zsk_spans *spans, const struct timeline *t, const struct zsk_uses *uses)
{
	bool		 seen[256] = { false };
	size_t		 i, j;

	*spans = (struct zsk_spans)ZSK_SPANS_EMPTY;
	if (uses != NULL && state_all(spans, t, uses) == -1)
		return -1;
	for (i = 0; i < t->n; i++)
		for (j = 0; j < t->v[i].bundle->nkeys; j++) {
			const struct key *k = &t->v[i].bundle->keys[j];

			if (key_is_sep(k) || seen[k->algorithm])
				continue;
			seen[k->algorithm] = true;
			if ((uses != NULL ? check_algorithm(spans, t, k->algorithm) :
			    read_algorithm(spans, t, k->algorithm)) == -1)
				return -1;
		}
	return 0;
}

void
zsk_spans_clear(struct zsk_spans *spans)
{
	free(spans->v);
	free(spans->doubts);
	*spans = (struct zsk_spans)ZSK_SPANS_EMPTY;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct showing
timeline_showing(const struct timeline *t, size_t slot, const struct delays *d)
{
	const struct bundle *b = t->v[slot].bundle;
	struct showing	 s;

	s.from = b->inception + d->skew;
	s.latest = b->expiration - d->propagation;
	s.until = slot + 1 < t->n ? t->v[slot + 1].from + d->skew : s.latest;
	s.ttl = b->nkeys > 0 ? b->keys[0].ttl : 0;
	/* A validator keeps no longer than the signature holds (RFC 4035 5.3.3). */
	s.gone = larger(s.until, smaller(b->expiration, s.until + d->propagation + s.ttl));
	return s;
}

struct zsk_span
timeline_signing(const struct timeline *t, const struct zsk_span *span, bool stated,
    const struct delays *d)
{
	struct zsk_span	 s = *span;

	if (!stated && s.until != INT64_MAX)
		s.until += d->skew;
	s.from = larger(s.from, timeline_showing(t, 0, d).from);
	s.until = smaller(s.until, timeline_showing(t, t->n - 1, d).until);
	return s;
}

bool
timeline_clash(struct clash *out, const struct timeline *t, const struct zsk_span *span,
    const struct delays *d)
{
	int64_t		 judged = t->v[t->first].from, last = span->until - 1;
	struct clash	 this;
	bool		 found = false;
	size_t		 i;

	if (span->from > last)
		return false;
	for (i = 0; i < t->n; i++) {
		struct showing	 set = timeline_showing(t, i, d);
		int64_t		 at = larger(judged, larger(span->from, set.from));
		int64_t		 end = set.until - 1;

		/*
		 * Of all pairs of this span and set none comes before "at", when both have begun; and
		 * where any comes at all, one comes then: one side at that instant, the other at it
		 * too or at its own last one before.
		 */
		if (set.from > end || (found && at >= out->instant))
			continue;
		if (at <= last && at <= end + set.ttl + d->propagation)
			this = (struct clash){ at, at, smaller(at, end), i };
		else if (at <= end && at <= last + d->ttl + d->propagation)
			this = (struct clash){ at, smaller(at, last), at, i };
		else
			continue;
		if (bundle_find(t->v[i].bundle, span->key) != NULL)
			continue;
		*out = this;
		found = true;
	}
	return found;
}
