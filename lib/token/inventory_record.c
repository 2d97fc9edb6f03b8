/*
 * The keys of a token beside the lines of a record.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "token/internal.h"
#include "token/inventory.h"

/* Add the name of a field that differs. */
static int
add(struct buf *why, size_t start, bool differs, const char *name)
{
	if (!differs)
		return 0;
	return buf_printf(why, "%s%s", why->len > start ? ", " : "", name);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The tags of the key with the role and algorithm that the line adds to what is known. */
static void
tags_of(const struct holding *k, const struct keyline *l, int32_t *tag, int32_t *revoked)
{
	enum key_role	 role = k->line.role != ROLE_UNKNOWN ? k->line.role : l->role;
	struct key	 key = k->public;

	*tag = *revoked = -1;
	if (key.algorithm == 0)
		key.algorithm = l->algorithm;
	if (key.public == NULL || role == ROLE_UNKNOWN || key.algorithm == 0)
		return;
	key.flags = role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	*tag = key_tag(&key);
	*revoked = key_tag_revoked(&key);
}

/* RSA: which of the two algorithms only a line tells. */
static bool
algorithm_differs(const struct holding *k, uint8_t algorithm)
{
	if (k->family != FAMILY_RSA)
		return algorithm != k->line.algorithm;
	return algorithm != 0 && (algorithm_family(algorithm) != FAMILY_RSA ||
	    (k->line.algorithm != 0 && algorithm != k->line.algorithm));
}

int
inventory_differs(struct buf *why, const struct holding *k, const struct keyline *l)
{
	const struct keyline *t = &k->line;
	size_t		 start = why->len;
	int32_t		 tag, revoked;

	tags_of(k, l, &tag, &revoked);
	if (add(why, start, l->zone != NULL && t->zone != NULL && !same_text(l->zone, t->zone),
	    "zone") == -1 ||
	    add(why, start, !same_text(l->label, t->label), "label") == -1 ||
	    add(why, start, l->idlen != t->idlen || (t->idlen > 0 &&
	    memcmp(l->id, t->id, t->idlen) != 0), "id") == -1 ||
	    add(why, start, l->role != ROLE_UNKNOWN && t->role != ROLE_UNKNOWN &&
	    l->role != t->role, "role") == -1 ||
	    add(why, start, algorithm_differs(k, l->algorithm), "algorithm") == -1 ||
	    add(why, start, l->bits != t->bits, "size") == -1 ||
	    add(why, start, l->tag != -1 && l->tag != tag, "tag") == -1 ||
	    add(why, start, l->revoked_tag != -1 && l->revoked_tag != revoked,
	    "revoked tag") == -1 ||
	    add(why, start, l->from != KEYLIST_ALWAYS && t->from != KEYLIST_ALWAYS &&
	    l->from != t->from, "from") == -1 ||
	    add(why, start, l->until != KEYLIST_FOREVER && t->until != KEYLIST_FOREVER &&
	    l->until != t->until, "until") == -1 ||
	    add(why, start, l->flags != t->flags, "flags") == -1)
		return -1;
	return why->len > start;
}

/* By id and label. */
static int
compare_name(const struct keyline *a, const struct keyline *b)
{
	struct keyline	 x = *a, y = *b;

	x.tag = y.tag = -1;
	return keyline_compare(&x, &y);
}

static int
by_name(const void *va, const void *vb)
{
	const struct keyline *a = *(const struct keyline *const *)va;
	const struct keyline *b = *(const struct keyline *const *)vb;
	int	 c = compare_name(a, b);

	return c != 0 ? c : (a->line > b->line) - (a->line < b->line);
}

struct against {
	struct spot	 at;
	struct inventory_sum *sum;
	struct report	*report;
	struct buf	 text;
};

/* "label, id, tag" as fields; NULL: out of memory. */
static const char *
key_name(struct against *a, const struct keyline *l)
{
	struct keyline	 k = { .id = l->id, .idlen = l->idlen, .label = l->label, .tag = l->tag };
	size_t		 i;

	a->text.len = 0;
	if (buf_puts(&a->text, "key ") == -1 || field_put(&a->text, k.label) == -1 ||
	    buf_puts(&a->text, " id ") == -1 || (k.idlen == 0 && buf_puts(&a->text, "-") == -1))
		return NULL;
	for (i = 0; i < k.idlen; i++)
		if (buf_printf(&a->text, "%02x", k.id[i]) == -1)
			return NULL;
	if (k.tag != -1 && buf_printf(&a->text, " tag %d", k.tag) == -1)
		return NULL;
	return (const char *)a->text.data;
}

static enum verdict
judge(struct against *a, const struct holding *k, const struct keyline *l)
{
	struct buf	 why = BUF_EMPTY;
	const char	*name = key_name(a, k != NULL ? &k->line : l);
	enum verdict	 v = ACCEPT;

	a->at.line = l == NULL ? 0 : l->line;
	if (name == NULL)
		return report_fault(a->report, &a->at, "out of memory");
	if (l == NULL) {
		a->sum->added++;
		return report_broken(a->report, &a->at, "added", "%s was not there", name);
	}
	if (k == NULL) {
		a->sum->gone++;
		return report_broken(a->report, &a->at, "removed", "%s is no longer there", name);
	}
	switch (inventory_differs(&why, k, l)) {
	case -1:
		v = report_fault(a->report, &a->at, "out of memory");
		break;
	case 1:
		a->sum->changed++;
		v = report_broken(a->report, &a->at, "changed", "%s: %s", name,
		    (const char *)why.data);
	}
	buf_free(&why);
	return v;
}

enum verdict
inventory_against(const struct inventory *inv, const struct keylist *record, size_t token,
    struct inventory_sum *sum, struct report *rep)
{
	struct against	 a = { { record->input, 0, 0 }, sum, rep, BUF_EMPTY };
	const struct keyline **v = calloc(record->n + 1, sizeof(*v));
	enum verdict	 verdict = ACCEPT;
	size_t		 i = 0, j = 0, n = 0;
	int		 c;

	if (v == NULL)
		return report_fault(rep, &a.at, "out of memory");
	*sum = (struct inventory_sum){ .is = inv->n };
	for (i = 0; i < record->n; i++)
		if (token == SIZE_MAX || record->keys[i].token == token)
			v[n++] = &record->keys[i];
	sum->was = n;
	if (n > 0)
		qsort(v, n, sizeof(*v), by_name);
	/* both are in the order of names: one walk along the two */
	for (i = 0; i < inv->n || j < n;) {
		c = i == inv->n ? 1 : j == n ? -1 : compare_name(&inv->keys[i].line, v[j]);
		verdict = verdict_worse(verdict, judge(&a, c <= 0 ? &inv->keys[i] : NULL,
		    c >= 0 ? v[j] : NULL));
		i += c <= 0;
		j += c >= 0;
	}
	buf_free(&a.text);
	free(v);
	return verdict;
}

int
inventory_sum_print(struct buf *out, const struct inventory_sum *s)
{
	if (buf_printf(out, "%zu", s->was) == -1 ||
	    (s->gone > 0 && buf_printf(out, " - %zu", s->gone) == -1) ||
	    (s->added > 0 && buf_printf(out, " + %zu", s->added) == -1))
		return -1;
	return buf_printf(out, " = %zu", s->is);
}
