/*
 * Two inventories of one token: what is new, gone or changed.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "token/inventory.h"

/* A key or another object of either side; what says which it is, and how it is. */
struct side {
	unsigned char	 name[DIGEST_SIZE];
	const unsigned char *digest;
	bool		 after;
	const struct holding *key;
	const struct foreign *object;
};

struct changes {
	struct inventory_change *v;
	size_t		 n;
};

static int
name_key(struct side *s, const struct holding *k)
{
	struct buf	 b = BUF_EMPTY;
	int		 rv;

	rv = buf_append(&b, &k->family, sizeof(k->family));
	if (rv == 0 && k->public.public != NULL)
		rv = buf_append(&b, k->public.public, k->public.len);
	else if (rv == 0)
		rv = buf_append(&b, &k->line.idlen, sizeof(k->line.idlen)) == -1 ||
		    buf_append(&b, k->line.id, k->line.idlen) == -1 ||
		    buf_puts(&b, k->line.label == NULL ? "" : k->line.label) == -1 ? -1 : 0;
	if (rv == 0)
		rv = digest_bytes(s->name, b.data, b.len);
	buf_free(&b);
	s->key = k;
	s->digest = k->digest;
	return rv;
}

static int
name_object(struct side *s, const struct foreign *o)
{
	struct buf	 b = BUF_EMPTY;
	int		 rv;

	rv = buf_printf(&b, "%s %s", o->kind, o->label == NULL ? "" : o->label);
	if (rv == 0)
		rv = digest_bytes(s->name, b.data, b.len);
	buf_free(&b);
	s->object = o;
	s->digest = o->digest;
	return rv;
}

static int
by_name(const void *va, const void *vb)
{
	const struct side *a = va, *b = vb;
	int	 c = (a->object != NULL) - (b->object != NULL);

	return c != 0 ? c : memcmp(a->name, b->name, DIGEST_SIZE);
}

/* And within a name, what is the same on both sides stands together. */
static int
by_digest(const void *va, const void *vb)
{
	const struct side *a = va, *b = vb;
	int	 c = by_name(a, b);

	if (c == 0)
		c = memcmp(a->digest, b->digest, DIGEST_SIZE);
	return c != 0 ? c : a->after - b->after;
}

static int
take_side(struct side *v, size_t *n, const struct inventory *inv, bool after)
{
	size_t	 i;

	for (i = 0; i < inv->n; i++) {
		v[*n].after = after;
		if (name_key(&v[(*n)++], &inv->keys[i]) == -1)
			return -1;
	}
	for (i = 0; i < inv->nothers; i++) {
		v[*n].after = after;
		if (name_object(&v[(*n)++], &inv->others[i]) == -1)
			return -1;
	}
	return 0;
}

static int
add_change(struct changes *c, const struct side *before, const struct side *after)
{
	const struct side *s = after != NULL ? after : before;
	struct inventory_change *x = array_add(&c->v, c->n, sizeof(*x));

	if (x == NULL)
		return -1;
	c->n++;
	x->before = before == NULL ? NULL : before->key;
	x->after = after == NULL ? NULL : after->key;
	x->object = s->object;
	if (s->key != NULL)
		x->what = before == NULL ? KEY_ADDED : after == NULL ? KEY_GONE : KEY_CHANGED;
	else
		x->what = before == NULL ? OBJECT_ADDED : after == NULL ? OBJECT_GONE :
		    OBJECT_CHANGED;
	return 0;
}

/* The next one of a side, from *i on, that is not in use. */
static const struct side *
next(const struct side *const v[], size_t n, size_t *i, bool after)
{
	while (*i < n && (v[*i] == NULL || v[*i]->after != after))
		(*i)++;
	return *i < n ? v[(*i)++] : NULL;
}

/*
 * Those of one name.  Equal ones of both sides go away against each other; what is left
 * is a change, pair by pair, and then what is too many on one side.
 */
static int
compare_run(struct changes *c, const struct side *s, size_t n, const struct side **v)
{
	const struct side *before, *after;
	size_t		 i, left = 0, b = 0, a = 0;

	for (i = 0; i < n; i++)
		if (left > 0 && v[left - 1]->after != s[i].after &&
		    memcmp(v[left - 1]->digest, s[i].digest, DIGEST_SIZE) == 0)
			left--;
		else
			v[left++] = &s[i];
	for (;;) {
		before = next(v, left, &b, false);
		after = next(v, left, &a, true);
		if (before == NULL && after == NULL)
			return 0;
		if (add_change(c, before, after) == -1)
			return -1;
	}
}

int
inventory_compare(const struct inventory *before, const struct inventory *after,
    struct inventory_change **out, size_t *n)
{
	size_t		 most = before->n + before->nothers + after->n + after->nothers;
	struct side	*s = calloc(most + 1, sizeof(*s));
	const struct side **v = calloc(most + 1, sizeof(*v));
	struct changes	 c = { NULL, 0 };
	size_t		 i, j, ns = 0;
	int		 rv = -1;

	if (s == NULL || v == NULL || take_side(s, &ns, before, false) == -1 ||
	    take_side(s, &ns, after, true) == -1)
		goto out;
	qsort(s, ns, sizeof(*s), by_digest);
	for (i = 0; i < ns; i = j) {
		for (j = i + 1; j < ns && by_name(&s[i], &s[j]) == 0; j++)
			continue;
		if (compare_run(&c, s + i, j - i, v) == -1)
			goto out;
	}
	*out = c.v;
	*n = c.n;
	c.v = NULL;
	rv = 0;
 out:
	free(c.v);
	free(v);
	free(s);
	return rv;
}
