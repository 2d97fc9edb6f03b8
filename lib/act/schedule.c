#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/schedule.h"
#include "judge/timeline.h"

#define ACTIVE	"KSR-ZSK-SAFETY"
#define CHAIN	"KSR-CHAIN-KEYS"

/* For messages: good until the second call after. */
static const char *
show(int64_t t)
{
	static _Thread_local char ring[2][ISOTIME_SIZE];
	static _Thread_local unsigned next;

	return isotime_format(ring[next++ % 2], t, "Z");
}

static enum verdict
no_memory(struct report *report)
{
	return report_fault(report, NULL, "out of memory");
}

int
schedule_quarter(int64_t *start, const char *text)
{
	char	 day[ISOTIME_SIZE];

	if (strlen(text) != 6 || (text[4] != 'q' && text[4] != 'Q') || text[5] < '1' ||
	    text[5] > '4')
		return -1;
	snprintf(day, sizeof(day), "%.4s-%02d-01T00:00:00", text, 3 * (text[5] - '1') + 1);
	return isotime_parse(start, day);
}

const char *
schedule_name(char out[ISOTIME_SIZE], const struct zsk_section *z, const struct cycle *c)
{
	int	 month;

	isotime_format(out, c->start, "");
	if (z->cycle == 0) {
		month = 10 * (out[5] - '0') + out[6] - '0';
		snprintf(out + strlen("YYYY"), ISOTIME_SIZE - strlen("YYYY"), "q%d", (month - 1) / 3 + 1);
	} else if (c->start % DAY == 0)
		out[strlen("YYYY-MM-DD")] = '\0';
	return out;
}

/* Where the cycle after this one starts. */
static int64_t
next_start(const struct zsk_section *z, int64_t start)
{
	return z->cycle == 0 ? calendar_next_quarter(start) : start + z->cycle;
}

int64_t
schedule_inception(const struct zsk_section *z, const struct cycle *c, size_t i)
{
	return i >= z->slots ? c->end : c->start + (int64_t)i * z->interval;
}

enum verdict
schedule_cycles(struct cycle *v, size_t n, const struct zsk_section *z, int64_t start,
    const char *input, struct report *report)
{
	const struct spot at = { input, 0, 0 };
	int64_t	 last;
	size_t	 i;

	if (z->cycle == 0 && calendar_quarter(start) != start)
		return report_fault(report, &at, "zsk.cycle is quarter, and none starts at %s",
		    show(start));
	if (z->cycle % DAY == 0 && start % DAY != 0)
		return report_fault(report, &at, "a cycle of whole days starts at 00:00, not at %s",
		    show(start));
	for (i = 0; i < n; i++) {
		v[i].start = i == 0 ? start : v[i - 1].end;
		v[i].end = next_start(z, v[i].start);
		if (v[i].end > ISOTIME_MAX || z->interval > ISOTIME_MAX / (int64_t)z->slots ||
		    v[i].start > ISOTIME_MAX - (int64_t)z->slots * z->interval - z->validity)
			return report_fault(report, &at, "the cycle from %s on reaches beyond the "
			    "last instant of a signature (RFC 4034 3.1.5)", show(v[i].start));
		last = v[i].start + ((int64_t)z->slots - 1) * z->interval;
		if (last >= v[i].end)
			return report_broken(report, &at, "KSR-CHAIN-OVERLAP", "slot %zu of the "
			    "cycle from %s on begins at %s, not before the next cycle",
			    (size_t)z->slots, show(v[i].start), show(last));
	}
	return ACCEPT;
}

bool *
lineup_at(const struct lineup *l, size_t cycle, size_t slot, size_t key)
{
	return &l->stands[(cycle * l->nslots + slot) * l->nkeys + key];
}

static int
lineup_init(struct lineup *l, const struct zsks *keys, const struct zsk_section *z,
    const struct cycle *cycles, size_t n)
{
	*l = (struct lineup){ z, cycles, n, (size_t)z->slots, keys->n, NULL };
	l->stands = calloc(n * l->nslots * keys->n + 1, sizeof(*l->stands));
	return l->stands == NULL ? -1 : 0;
}

void
lineup_clear(struct lineup *l)
{
	free(l->stands);
	*l = (struct lineup)LINEUP_EMPTY;
}

/* The instant so long before or after; the ends of time stay what they are. */
static int64_t
shifted(int64_t t, int64_t by)
{
	return t == INT64_MIN || t == INT64_MAX ? t : t + by;
}

static bool
span_meets(const struct zsk_section *z, const struct zsk *k, int64_t from, int64_t until)
{
	return shifted(k->from, -z->publish_safety) < until &&
	    shifted(k->until, z->retire_safety) > from;
}

/*
 * Slot i of a cycle; the number of slots: the first one of the next, which lasts to its second, or,
 * where there is but one, as long as this cycle.
 */
static bool
meets_slot(const struct zsk_section *z, const struct zsk *k, const struct cycle *c, size_t i)
{
	int64_t	 from = schedule_inception(z, c, i), until;

	if (i < z->slots)
		until = schedule_inception(z, c, i + 1);
	else
		until = c->end + (z->slots > 1 ? z->interval : c->end - c->start);
	return span_meets(z, k, from, until);
}

/* Active up to this instant, at least. */
static bool
active_until(const struct zsk *k, int64_t t)
{
	return k->from < t && k->until >= t;
}

/*
 * Fill the matrix, and mark who stands in it.  The key that was active at the end of a cycle stands in the first
 * slot of the next, however short RetireSafety is (KSR-CHAIN-KEYS).
 */
static void
fill(struct lineup *l, struct zsks *keys)
{
	size_t	 c, s, k;

	for (c = 0; c < l->ncycles; c++)
		for (s = 0; s < l->nslots; s++)
			for (k = 0; k < keys->n; k++) {
				const struct cycle *cycle = &l->cycles[c];
				bool	 in = meets_slot(l->section, &keys->v[k], cycle, s);

				if (s + 1 == l->nslots)
					in |= meets_slot(l->section, &keys->v[k], cycle, s + 1);
				if (s == 0 && c > 0)
					in |= active_until(&keys->v[k], cycle->start);
				*lineup_at(l, c, s, k) = in;
				keys->v[k].stands |= in;
			}
}

static int
by_activity(const void *a, const void *b)
{
	const struct zsk *x = *(struct zsk *const *)a, *y = *(struct zsk *const *)b;

	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->until > y->until) - (x->until < y->until);
}

/* Pointers to all keys, by algorithm and time.  The caller frees; NULL: out of memory. */
static struct zsk **
sorted(const struct zsks *keys)
{
	struct zsk	**v;
	size_t		 i;

	if ((v = calloc(keys->n + 1, sizeof(struct zsk *))) == NULL)
		return NULL;
	for (i = 0; i < keys->n; i++)
		v[i] = &keys->v[i];
	qsort(v, keys->n, sizeof(struct zsk *), by_activity);
	return v;
}

/* An end that is not known is where the next one begins. */
static void
close_spans(struct zsk **v, size_t n)
{
	size_t	 i;

	for (i = 0; i + 1 < n; i++)
		if (v[i]->algorithm == v[i + 1]->algorithm && v[i]->until == INT64_MAX &&
		    v[i]->from < v[i + 1]->from)
			v[i]->until = v[i + 1]->from;
}

/* Two neighbours of an algorithm: neither active at once nor with a hole between them. */
static enum verdict
judge_neighbours(const struct zsk *a, const struct zsk *b, struct report *report)
{
	if (b->from < a->until && b->from == INT64_MIN)
		return report_broken(report, &b->at, ACTIVE, "keys %s and %s are both active from "
		    "the beginning: of neither it is known from when on", a->name, b->name);
	if (b->from < a->until)
		return report_broken(report, &b->at, ACTIVE, "keys %s and %s, of one algorithm, are "
		    "both active at %s", a->name, b->name, show(b->from));
	if (a->until < b->from)
		return report_broken(report, &b->at, ACTIVE, "no key of %s is active from %s, the "
		    "end of %s, to %s, the beginning of %s", algorithm_name(a->algorithm),
		    show(a->until), a->name, show(b->from), b->name);
	return ACCEPT;
}

/* From "from" to "until" there is no instant without an active key, of whatever algorithm. */
static enum verdict
judge_cover(struct zsk **v, size_t n, int64_t from, int64_t until, const char *input,
    struct report *report)
{
	const struct spot at = { input, 0, 0 };
	int64_t	 reached = from;
	size_t	 i;
	bool	 more;

	do {
		more = false;
		for (i = 0; i < n; i++)
			if (v[i]->from <= reached && v[i]->until > reached) {
				reached = v[i]->until;
				more = true;
			}
	} while (more && reached < until);
	if (reached >= until)
		return ACCEPT;
	return report_broken(report, &at, ACTIVE, "too few keys: none is active at %s, and the "
	    "slots need keys active up to %s", show(reached), show(until));
}

/* The next key of an algorithm comes too late to stand, and too late for the one before it, which ends too early. */
static bool
opens_hole(const struct zsk *before, const struct zsk *k, int64_t until)
{
	return before != NULL && before->stands && before->algorithm == k->algorithm &&
	    before->until < until && before->until < k->from;
}

/* The time for which keys must be known, and what they are in it. */
static enum verdict
judge_spans(const struct lineup *l, struct zsk **v, size_t n, const char *input,
    struct report *report)
{
	const struct zsk_section *z = l->section;
	const struct cycle *last = &l->cycles[l->ncycles - 1];
	int64_t		 from = l->cycles[0].start, until;
	const struct zsk *before = NULL;	/* the last one that stands */
	enum verdict	 v1 = ACCEPT;
	size_t		 i;

	until = last->end + (z->slots > 1 ? z->interval : last->end - last->start) +
	    z->publish_safety;
	for (i = 0; i < n; i++) {
		if (!v[i]->stands && !opens_hole(before, v[i], until))
			continue;
		if (before != NULL && before->algorithm == v[i]->algorithm)
			v1 = verdict_worse(v1, judge_neighbours(before, v[i], report));
		before = v[i];
	}
	if (v1 != ACCEPT)
		return v1;
	return judge_cover(v, n, from, until, input, report);
}

static enum verdict
judge_algorithms(const struct zsks *keys, const struct zsk_section *z, unsigned second,
    struct report *report)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < keys->n; i++) {
		const struct zsk *k = &keys->v[i];

		if (k->stands && k->algorithm != z->algorithm && k->algorithm != second)
			v = report_broken(report, &k->at, "KSR-POLICY-ALG", "key %s is of %s, "
			    "zsk.algorithm is %s (--second-algorithm while one takes over from the "
			    "other)", k->name, algorithm_name(k->algorithm),
			    algorithm_name(z->algorithm));
	}
	return v;
}

enum verdict
lineup_by_spans(struct lineup *l, struct zsks *keys, const struct zsk_section *z,
    const struct cycle *cycles, size_t ncycles, unsigned second, struct report *report)
{
	struct zsk	**v;
	enum verdict	 verdict;

	if (lineup_init(l, keys, z, cycles, ncycles) == -1 || (v = sorted(keys)) == NULL)
		return no_memory(report);
	close_spans(v, keys->n);
	fill(l, keys);
	verdict = judge_algorithms(keys, z, second, report);
	verdict = verdict_worse(verdict, judge_spans(l, v, keys->n, keys->n > 0 ?
	    keys->v[0].at.input : NULL, report));
	free(v);
	return verdict;
}

/* The candidate with this public key, or NULL. */
static struct zsk *
find(const struct zsks *keys, const struct key *key)
{
	size_t	 i;

	for (i = 0; i < keys->n; i++)
		if (keys->v[i].key.public != NULL && key_same_public(&keys->v[i].key, key))
			return &keys->v[i];
	return NULL;
}

/* One slot from the text. */
static enum verdict
take_set(struct lineup *l, struct zsks *keys, const struct textksr *text, size_t c, size_t s,
    struct report *report)
{
	int64_t		 t = schedule_inception(l->section, &l->cycles[c], s);
	const struct bundle *set = textksr_at(text, t);
	struct spot	 at = { text->input, 0, 0 };
	enum verdict	 v = ACCEPT;
	struct zsk	*k;
	size_t		 i;

	if (set == NULL)
		return report_broken(report, &at, ACTIVE, "no keys yet at %s, where slot %zu begins",
		    show(t), s + 1);
	for (i = 0; i < set->nkeys; i++) {
		at.line = set->keys[i].line;
		if ((k = find(keys, &set->keys[i])) == NULL) {
			v = report_broken(report, &at, "KSR-BUNDLE-POP", "slot %zu: the private half "
			    "of key %u (%s) is missing", s + 1, set->keys[i].tag,
			    set->keys[i].identifier);
			continue;
		}
		if (set->keys[i].ttl != k->key.ttl && !k->stands)
			report_warning(report, &at, NULL, "key %u: its TTL %u is not taken over, "
			    "zsk.ttl is %u", set->keys[i].tag, set->keys[i].ttl, k->key.ttl);
		*lineup_at(l, c, s, (size_t)(k - keys->v)) = true;
		k->stands = true;
	}
	return v;
}

enum verdict
lineup_by_text(struct lineup *l, struct zsks *keys, const struct zsk_section *z,
    const struct cycle *cycles, size_t ncycles, unsigned second, const struct textksr *text,
    struct report *report)
{
	enum verdict	 v = ACCEPT;
	size_t		 c, s;

	if (lineup_init(l, keys, z, cycles, ncycles) == -1)
		return no_memory(report);
	for (c = 0; c < ncycles && v == ACCEPT; c++)
		for (s = 0; s < l->nslots && v == ACCEPT; s++)
			v = take_set(l, keys, text, c, s, report);
	return verdict_worse(v, judge_algorithms(keys, z, second, report));
}

static const struct bundle *
last_of(const struct skr *skr)
{
	return &skr->bundles.v[skr->bundles.n - 1];
}

/* The ZSK of this algorithm that is active at the end; NULL: none, or it cannot be told. */
static const struct key *
active_at_end(const struct skr *skr, uint8_t algorithm)
{
	struct reading	*r = calloc(skr->bundles.n, sizeof(*r));
	const struct key *active;

	if (r == NULL)
		return NULL;
	zsk_read(r, &skr->bundles, algorithm);
	active = r[skr->bundles.n - 1].active;
	free(r);
	return active;
}

bool
zsk_continues(const struct zsk *k, const struct skr *previous)
{
	const struct key *active = active_at_end(previous, k->algorithm);

	if (active == NULL)
		return false;
	if (k->key.public != NULL)
		return key_same_public(&k->key, active);
	if (k->line != NULL && k->line->tag != -1)
		return k->line->tag == key_tag(active);
	return strcmp(k->name, active->identifier) == 0;
}

/* Each ZSK active at the end of the previous SKR stands in the first slot, too. */
static enum verdict
keep_active(struct lineup *l, struct zsks *keys, const struct skr *previous,
    struct report *report)
{
	const struct spot at = { previous->input, 0, 0 };
	const struct bundle *last = last_of(previous);
	enum verdict	 v = ACCEPT;
	struct zsk	*k;
	size_t		 i;

	for (i = 0; i < last->nkeys; i++) {
		const struct key *key = &last->keys[i];

		if (key_is_sep(key) || active_at_end(previous, key->algorithm) != key)
			continue;
		if ((k = find(keys, key)) == NULL) {
			v = report_broken(report, &at, CHAIN, "key %u (%s), active at its end, is "
			    "not among the keys: slot 1 needs its private half", key->tag,
			    key->identifier);
			continue;
		}
		*lineup_at(l, 0, 0, (size_t)(k - keys->v)) = true;
		k->stands = true;
	}
	return v;
}

enum verdict
lineup_continue(struct lineup *l, struct zsks *keys, const struct skr *previous,
    struct report *report)
{
	enum verdict	 v = keep_active(l, keys, previous, report);
	size_t		 k;

	for (k = 0; k < keys->n && v != FAULT; k++) {
		const struct key *key = &keys->v[k].key;

		if (*lineup_at(l, 0, 0, k) && key->public != NULL &&
		    bundle_find(last_of(previous), key) == NULL)
			v = verdict_worse(v, report_broken(report, &keys->v[k].at, CHAIN,
			    "key %u (%s) is to stand in slot 1, and does not stand in the last "
			    "bundle of %s", key->tag, key->identifier, previous->input));
	}
	return v;
}
