#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "token/census.h"

struct finder {				/* the new keys in the order of their ids */
	struct newkey	**v;
	bool		 *seen;
	size_t		 n;
};

/* By the CKA_ID alone: no two of them have the same. */
static int
compare_ids(const struct keyline *a, const struct keyline *b)
{
	size_t	 len = a->idlen < b->idlen ? a->idlen : b->idlen;
	int	 c = len == 0 ? 0 : memcmp(a->id, b->id, len);

	return c != 0 ? c : (a->idlen > b->idlen) - (a->idlen < b->idlen);
}

static int
by_id(const void *a, const void *b)
{
	const struct newkey *const *x = a, *const *y = b;

	return compare_ids(&(*x)->line, &(*y)->line);
}

static struct newkey **
find(const struct finder *f, const struct keyline *line)
{
	struct newkey	 wanted = { .line = *line }, *p = &wanted;

	return bsearch(&p, f->v, f->n, sizeof(struct newkey *), by_id);
}

/* What the token says of a key that was made is what it was asked for. */
static enum verdict
confirm(struct newkey *k, const struct holding *h, const char *where, struct report *rep)
{
	const char	*label = k->line.label;

	if (h->line.label == NULL || strcmp(h->line.label, label) != 0)
		return report_fault(rep, NULL, "key %s: %s: it bears another label there", label,
		    where);
	if ((h->line.flags & KEY_PRIVATE) == 0)
		return report_fault(rep, NULL, "key %s: %s: its private half is not there", label,
		    where);
	if (h->public.public == NULL || h->public.len != k->public.len ||
	    memcmp(h->public.public, k->public.public, k->public.len) != 0)
		return report_fault(rep, NULL, "key %s: %s: its public half is another", label,
		    where);
	if (h->strange != NULL)
		return report_fault(rep, NULL, "key %s: %s: %s", label, where, h->strange);
	k->line.flags = h->line.flags;
	return ACCEPT;
}

static const char *
name_of(const struct inventory_change *c)
{
	const struct holding	*h = c->after != NULL ? c->after : c->before;
	const char		*name;

	if (h == NULL)
		name = c->object == NULL ? NULL : c->object->label;
	else
		name = h->line.label;
	return name == NULL ? "without a label" : name;
}

/* A change that none of ours explains. */
static enum verdict
accuse(const struct inventory_change *c, const char *where, struct report *rep)
{
	const char	*kind = c->object == NULL ? "object" : c->object->kind;

	switch (c->what) {
	case KEY_ADDED:
		return report_fault(rep, NULL, "key %s: %s: it was added, and not by this program",
		    name_of(c), where);
	case KEY_GONE:
		return report_fault(rep, NULL, "key %s: %s: it was there before, and is gone",
		    name_of(c), where);
	case KEY_CHANGED:
		return report_fault(rep, NULL, "key %s: %s: it is not as it was before", name_of(c),
		    where);
	case OBJECT_ADDED:
		return report_fault(rep, NULL, "%s %s: %s: it was added, and not by this program",
		    kind, name_of(c), where);
	case OBJECT_GONE:
		return report_fault(rep, NULL, "%s %s: %s: it was there before, and is gone", kind,
		    name_of(c), where);
	default:
		return report_fault(rep, NULL, "%s %s: %s: it is not as it was before", kind,
		    name_of(c), where);
	}
}

static enum verdict
judge(struct finder *f, const struct inventory_change *changes, size_t n, const char *where,
    struct report *rep)
{
	enum verdict	 v = ACCEPT;
	struct newkey	**k;
	size_t		 i;

	for (i = 0; i < n; i++) {
		k = changes[i].what == KEY_ADDED ? find(f, &changes[i].after->line) : NULL;
		if (k == NULL || f->seen[k - f->v]) {
			v = verdict_worse(v, accuse(&changes[i], where, rep));
			continue;
		}
		f->seen[k - f->v] = true;
		v = verdict_worse(v, confirm(*k, changes[i].after, where, rep));
	}
	for (i = 0; i < f->n; i++)
		if (!f->seen[i])
			v = report_fault(rep, NULL, "key %s: %s: it was made, and is not there",
			    f->v[i]->line.label, where);
	return v;
}

enum verdict
census_check(const struct inventory *before, const struct inventory *after, struct newkey *keys,
    size_t n, const char *where, struct report *rep)
{
	struct inventory_change	*changes = NULL;
	struct finder		 f = { .n = n };
	enum verdict		 v = FAULT;
	size_t			 nchanges = 0, i;

	f.v = calloc(n + 1, sizeof(struct newkey *));
	f.seen = calloc(n + 1, sizeof(*f.seen));
	if (f.v == NULL || f.seen == NULL ||
	    inventory_compare(before, after, &changes, &nchanges) == -1) {
		report_fault(rep, NULL, "out of memory");
		goto out;
	}
	for (i = 0; i < n; i++)
		f.v[i] = &keys[i];
	qsort(f.v, n, sizeof(struct newkey *), by_id);
	v = judge(&f, changes, nchanges, where, rep);
 out:
	free(changes);
	free(f.v);
	free(f.seen);
	return v;
}

void
census_id(unsigned char id[CENSUS_ID], int64_t from, const unsigned char more[6])
{
	char	 text[ISOTIME_SIZE];
	int	 i;

	isotime_rrsig(text, from);
	for (i = 0; i < 4; i++)
		id[i] = (unsigned char)((text[2 * i] - '0') << 4 | (text[2 * i + 1] - '0'));
	memcpy(id + 4, more, 6);
}

void
newkeys_free(struct newkey *v, size_t n)
{
	size_t	 i;

	for (i = 0; v != NULL && i < n; i++) {
		keyline_clear(&v[i].line);
		key_clear(&v[i].public);
	}
	free(v);
}
