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
