#include <stdlib.h>
#include <string.h>

#include "act/keyplan.h"
#include "base/array.h"
#include "model/dname.h"
#include "model/dnskey.h"

struct need {
	const struct zsk_section *zsk;
	char			 zone[DNAME_TEXT];
	int64_t			 lifetime;	/* 0: a quarter of the calendar */
	struct keyspan		*served;	/* by keys that are there, by their beginning */
	size_t			 nserved;
	size_t			 next;		/* the first of them that begins after t */
	int64_t			 until;		/* the latest end of those before it */
};

/* The times of the key that is active at t where the one before it has ended. */
static struct keyspan
period(const struct need *need, int64_t t)
{
	struct keyspan	 s = { t, t + need->lifetime };

	if (need->lifetime == 0) {
		s.from = calendar_quarter(t);
		s.until = calendar_next_quarter(t);
	}
	return s;
}

/* A key of this zone that can be used; *until is when it is no longer active. */
static bool
serves(const struct need *need, const struct keyline *k, int64_t *until)
{
	const struct zsk_section *z = need->zsk;

	if (k->role != ROLE_ZSK || (k->flags & KEY_PRIVATE) == 0 || k->zone == NULL ||
	    strcmp(k->zone, need->zone) != 0 || k->algorithm != z->algorithm ||
	    k->from == KEYLIST_ALWAYS)
		return false;
	if (algorithm_family(z->algorithm) == FAMILY_RSA && k->bits != z->size)
		return false;
	*until = k->until == KEYLIST_FOREVER ? period(need, k->from).until : k->until;
	return true;
}

static int
compare(const void *a, const void *b)
{
	const struct keyspan *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static int
collect(struct need *need, const struct keylist *have)
{
	int64_t	 until;
	size_t	 i;

	if ((need->served = calloc(have->n + 1, sizeof(*need->served))) == NULL)
		return -1;
	for (i = 0; i < have->n; i++)
		if (serves(need, &have->keys[i], &until))
			need->served[need->nserved++] =
			    (struct keyspan){ have->keys[i].from, until };
	qsort(need->served, need->nserved, sizeof(*need->served), compare);
	return 0;
}

/* When the last key that is active at t ends; at most t where there is none.  t never goes back. */
static int64_t
served_until(struct need *need, int64_t t)
{
	for (; need->next < need->nserved && need->served[need->next].from <= t; need->next++)
		if (need->served[need->next].until > need->until)
			need->until = need->served[need->next].until;
	return need->until;
}

static enum verdict
prepare(struct need *need, const struct policy *policy, bool span, struct report *rep)
{
	const struct spot at = { policy->input, 0, 0 };
	struct dname	 zone;

	need->zsk = &policy->zsk;
	if (dname_parse(&zone, policy->zsk.domain) == -1)
		return report_fault(rep, &at, "zsk.domain: '%s' is no name", policy->zsk.domain);
	dname_format(need->zone, &zone);
	need->lifetime = policy->zsk.lifetime != 0 ? policy->zsk.lifetime : policy->zsk.cycle;
	if (span && need->lifetime % DAY != 0)
		return report_fault(rep, &at, "zsk: keys that live for parts of a day are not "
		    "counted by days: give --count");
	return ACCEPT;
}

/* Whole days, outwards. */
static struct keyspan
in_days(struct keyspan s)
{
	s.from = calendar_day(s.from);
	s.until = calendar_day(s.until + DAY - 1);
	return s;
}

static enum verdict
walk(struct need *need, struct keyspan **v, size_t *n, int64_t t, int64_t end, size_t count,
    const struct spot *at, struct report *rep)
{
	struct keyspan	*s, next;
	int64_t		 served;

	while (t < end && *n < count) {
		if ((served = served_until(need, t)) > t) {
			t = served;
			continue;
		}
		next = period(need, t);
		t = next.until;
		if (*n == KEYPLAN_MAX || next.until > ISOTIME_MAX)
			return report_fault(rep, at, "zone %s: more than %d keys, or past the year "
			    "2106", need->zone, KEYPLAN_MAX);
		if ((s = array_add(v, *n, sizeof(*s))) == NULL)
			return report_fault(rep, at, "out of memory");
		*s = in_days(next);
		(*n)++;
	}
	return ACCEPT;
}

enum verdict
keyplan_zsks(struct keyspan **out, size_t *n, const struct policy *policy,
    const struct keylist *have, int64_t from, const struct calspan *span, size_t count,
    struct report *rep)
{
	const struct spot at = { policy->input, 0, 0 };
	struct need	 need = { .until = INT64_MIN };
	struct keyspan	*v = NULL;
	int64_t		 end = INT64_MAX;
	enum verdict	 verdict;
	size_t		 k = 0;

	if (prepare(&need, policy, span != NULL, rep) != ACCEPT)
		return FAULT;
	if (collect(&need, have) == -1)
		return report_fault(rep, &at, "out of memory");
	if (span != NULL) {
		end = calspan_after(from, span) + need.zsk->publish_safety;
		count = SIZE_MAX;
	}
	verdict = walk(&need, &v, &k, calendar_day(from), end, count, &at, rep);
	free(need.served);
	if (verdict != ACCEPT) {
		free(v);
		return verdict;
	}
	*out = v;
	*n = k;
	return ACCEPT;
}
