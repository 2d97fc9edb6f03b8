#include <stdlib.h>
#include <string.h>

#include "act/skruse.h"
#include "base/array.h"
#include "base/input.h"
#include "model/skr.h"

struct key_use {
	unsigned char	*public;	/* NULL: of a signature whose key is not published */
	size_t		 len;
	char		*identifier;
	bool		 signs;
	size_t		 file;
};

static int
compare_public(const void *va, const void *vb)
{
	const struct key_use *a = va, *b = vb;

	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->len == 0 ? 0 : memcmp(a->public, b->public, a->len);
}

/* Of the same key, the one that signs comes first. */
static int
by_public(const void *va, const void *vb)
{
	const struct key_use *a = va, *b = vb;
	int	 c = compare_public(a, b);

	return c != 0 ? c : b->signs - a->signs;
}

static int
compare_name(const void *va, const void *vb)
{
	const struct key_use *a = *(struct key_use *const *)va;
	const struct key_use *b = *(struct key_use *const *)vb;

	return strcmp(a->identifier, b->identifier);
}

static int
by_name(const void *va, const void *vb)
{
	const struct key_use *a = *(struct key_use *const *)va;
	const struct key_use *b = *(struct key_use *const *)vb;
	int	 c = compare_name(va, vb);

	return c != 0 ? c : b->signs - a->signs;
}

static int
add(struct skruse *u, const struct key *k, const char *identifier, bool signs)
{
	struct key_use	*e = array_add(&u->v, u->n, sizeof(*e));

	if (e == NULL)
		return -1;
	u->n++;
	e->signs = signs;
	e->file = u->nfiles;
	if ((e->identifier = strdup(identifier)) == NULL)
		return -1;
	if (k == NULL || k->len == 0)
		return 0;
	if ((e->public = malloc(k->len)) == NULL)
		return -1;
	memcpy(e->public, k->public, k->len);
	e->len = k->len;
	return 0;
}

static int
add_bundle(struct skruse *u, const struct bundle *b)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (add(u, &b->keys[i], b->keys[i].identifier, false) == -1)
			return -1;
	for (i = 0; i < b->nsigs; i++)
		if (add(u, bundle_key_of(b, &b->sigs[i]), b->sigs[i].identifier, true) == -1)
			return -1;
	return 0;
}

static void
cut_back(struct skruse *u, size_t n)
{
	while (u->n > n) {
		free(u->v[--u->n].public);
		free(u->v[u->n].identifier);
	}
}

enum verdict
skruse_load(struct skruse *u, const char *path, size_t max, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 in = BUF_EMPTY;
	struct skr	*skr = NULL;
	size_t		 n = u->n, i;
	enum verdict	 v;
	char		**file;
	int		 rv = 0;

	if ((v = input_read(&in, path, max, "SKR-XML", report)) == ACCEPT)
		v = skr_parse(&skr, &in, path, report);
	for (i = 0; v == ACCEPT && rv == 0 && i < skr->bundles.n; i++)
		rv = add_bundle(u, &skr->bundles.v[i]);
	if (v == ACCEPT && (rv == -1 ||
	    (file = array_add(&u->files, u->nfiles, sizeof(*file))) == NULL ||
	    (*file = strdup(path)) == NULL))
		v = report_fault(report, &at, "out of memory");
	if (v == ACCEPT)
		u->nfiles++;
	else
		cut_back(u, n);
	u->sorted = false;
	skr_free(skr);
	buf_free(&in);
	return v;
}

/* Out of memory is an answer too: then identifiers are looked up one by one. */
static void
sort(struct skruse *u)
{
	size_t	 i;

	if (u->sorted)
		return;
	qsort(u->v, u->n, sizeof(*u->v), by_public);
	free(u->names);
	if ((u->names = calloc(u->n, sizeof(struct key_use *))) != NULL) {
		for (i = 0; i < u->n; i++)
			u->names[i] = &u->v[i];
		qsort(u->names, u->n, sizeof(struct key_use *), by_name);
	}
	u->sorted = true;
}

/* The first of those that compare equal: the one that signs, if any does. */
static const struct key_use *
find_public(const struct skruse *u, const struct key *k)
{
	const struct key_use probe = { .public = k->public, .len = k->len };
	const struct key_use *e = bsearch(&probe, u->v, u->n, sizeof(*u->v), compare_public);

	while (e != NULL && e > u->v && compare_public(e - 1, &probe) == 0)
		e--;
	return e;
}

static const struct key_use *
find_name(const struct skruse *u, const char *identifier)
{
	struct key_use	 probe = { .identifier = (char *)(uintptr_t)identifier };
	struct key_use	*p = &probe, **e;
	size_t		 i;

	if (u->names == NULL) {
		for (i = 0; i < u->n; i++)
			if (strcmp(u->v[i].identifier, identifier) == 0)
				return &u->v[i];
		return NULL;
	}
	e = bsearch(&p, u->names, u->n, sizeof(struct key_use *), compare_name);
	while (e != NULL && e > u->names && compare_name(e - 1, &p) == 0)
		e--;
	return e == NULL ? NULL : *e;
}

const char *
skruse_find(struct skruse *u, const struct key *k, const char *identifier, bool *signs)
{
	const struct key_use *a = NULL, *b = NULL;

	if (u->n == 0)
		return NULL;
	sort(u);
	if (k->public != NULL)
		a = find_public(u, k);
	if (identifier != NULL)
		b = find_name(u, identifier);
	if (a == NULL || (b != NULL && b->signs && !a->signs))
		a = b;
	if (a == NULL)
		return NULL;
	*signs = a->signs;
	return u->files[a->file];
}

void
skruse_clear(struct skruse *u)
{
	size_t	 i;

	cut_back(u, 0);
	for (i = 0; i < u->nfiles; i++)
		free(u->files[i]);
	free(u->files);
	free(u->names);
	free(u->v);
	*u = (struct skruse)SKRUSE_EMPTY;
}
