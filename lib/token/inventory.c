#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "token/half.h"
#include "token/inventory.h"

/*
 * Halves are joined in passes over those that are left, each sorted by what must agree, so that halves
 * which agree stand together.  A pass joins the first with the first, and so on.
 */
enum agree { AGREE_ID = 1, AGREE_LABEL = 2, AGREE_TYPE = 4, AGREE_PUBLIC = 8 };

struct pass {
	unsigned	 agree;		/* of enum agree */
	bool		 alone;		/* join only where no other half agrees */
	bool		 blind;		/* one half does not tell its public key */
	const char	*strange;	/* what is to be said of the pair */
	bool		 unsure;
};

static const struct pass passes[] = {
	{ AGREE_ID | AGREE_PUBLIC | AGREE_LABEL, false, false, NULL, false },
	{ AGREE_ID | AGREE_PUBLIC, false, false, "its halves have different labels", false },
	{ AGREE_ID | AGREE_TYPE | AGREE_LABEL, true, true, NULL, false },
	{ AGREE_ID | AGREE_TYPE | AGREE_LABEL, false, true,
	    "several halves have its label and id", true },
	{ AGREE_ID | AGREE_TYPE, true, true, "its halves have different labels", false },
	{ AGREE_ID | AGREE_LABEL, true, false, "its halves are of different keys", true },
};

static const char *
first(const char *a, const char *b)
{
	return a != NULL ? a : b;
}

static int
compare_bytes(const void *a, size_t alen, const void *b, size_t blen)
{
	size_t	 n = alen < blen ? alen : blen;
	int	 c = n == 0 ? 0 : memcmp(a, b, n);

	return c != 0 ? c : (alen > blen) - (alen < blen);
}

static int
compare_halves(const struct half *a, const struct half *b, unsigned agree)
{
	int	 c = 0;

	if ((agree & AGREE_ID) != 0)
		c = compare_bytes(a->id, a->idlen, b->id, b->idlen);
	if (c == 0 && (agree & AGREE_PUBLIC) != 0)
		c = compare_bytes(a->public.public, a->public.len, b->public.public,
		    b->public.len);
	if (c == 0 && (agree & (AGREE_TYPE | AGREE_PUBLIC)) != 0)
		c = (int)a->public.algorithm - (int)b->public.algorithm;
	if (c == 0 && (agree & AGREE_LABEL) != 0)
		c = compare_bytes(a->label, a->labellen, b->label, b->labellen);
	return c;
}

/* Private halves before public ones, and then by handle: the same token, the same order. */
static int
by_pass(const void *va, const void *vb, void *pass)
{
	const struct half *a = *(struct half *const *)va, *b = *(struct half *const *)vb;
	int	 c = compare_halves(a, b, ((const struct pass *)pass)->agree);

	if (c == 0)
		c = (a->class == CKO_PUBLIC_KEY) - (b->class == CKO_PUBLIC_KEY);
	return c != 0 ? c : (a->object > b->object) - (a->object < b->object);
}

static struct holding *
add_holding(struct inventory *inv, struct half *private, struct half *public)
{
	const struct half *h = private != NULL ? private : public;
	const struct half *p = public != NULL && public->public.public != NULL ? public : h;
	struct holding	*k = array_add(&inv->keys, inv->n, sizeof(*k));
	uint64_t	 exponent;

	if (k == NULL)
		return NULL;
	inv->n++;
	k->line.tag = k->line.revoked_tag = -1;
	k->line.token = SIZE_MAX;
	k->line.from = public != NULL ? public->from : h->from;
	k->line.until = public != NULL ? public->until : h->until;
	k->line.flags = (private != NULL ? private->flags : 0) |
	    (public != NULL ? public->flags : 0);
	k->family = algorithm_family(h->public.algorithm);
	if (k->family != FAMILY_RSA)
		k->line.algorithm = h->public.algorithm;
	if ((h->label != NULL && h->odd == NULL &&
	    (k->line.label = strdup((const char *)h->label)) == NULL) ||
	    (h->id != NULL && (k->line.id = malloc(h->idlen)) == NULL) ||
	    key_copy(&k->public, &p->public) == -1)
		return NULL;
	if (h->id != NULL)
		memcpy(k->line.id, h->id, h->idlen);
	k->line.idlen = h->idlen;
	if (k->public.public != NULL)
		key_size(&k->public, &k->line.bits, &exponent);
	else
		k->line.bits = algorithm_bits(h->public.algorithm);
	k->public.flags = DNSKEY_ZSK;
	k->public.algorithm = k->line.algorithm;
	return k;
}

/* A key of one half or both; what is odd about it, the worst first. */
static int
take_holding(struct inventory *inv, struct half *private, struct half *public,
    const struct pass *pass)
{
	unsigned char	 both[2 * DIGEST_SIZE] = { 0 };
	struct half	*halves[] = { private, public };
	struct holding	*k;
	size_t		 i;

	if ((k = add_holding(inv, private, public)) == NULL)
		return -1;
	k->private_object = private != NULL ? private->object : 0;
	k->public_object = public != NULL ? public->object : 0;
	for (i = 0; i < 2; i++)
		if (halves[i] != NULL) {
			halves[i]->taken = true;
			memcpy(both + i * DIGEST_SIZE, halves[i]->digest, DIGEST_SIZE);
			k->strange = first(k->strange, halves[i]->odd);
			if (halves[i]->unsure)
				k->strange = first(k->strange, halves[i]->strange);
			k->unsure |= halves[i]->odd != NULL || halves[i]->unsure;
		}
	if (pass != NULL)
		k->strange = first(k->strange, pass->strange);
	else
		k->strange = first(k->strange, private == NULL ? "it has no private half" :
		    "it has no public half");
	for (i = 0; i < 2; i++)
		if (halves[i] != NULL)
			k->strange = first(k->strange, halves[i]->strange);
	return digest_bytes(k->digest, both, sizeof(both));
}

/* Halves that agree in nothing but emptiness are not joined by it. */
static bool
may_join(const struct half *a, const struct half *b, const struct pass *p)
{
	bool	 told = a->public.public != NULL && b->public.public != NULL;

	if ((p->agree & AGREE_PUBLIC) != 0)
		return told;
	if (p->blind && told)
		return false;
	return a->idlen > 0 || ((p->agree & AGREE_LABEL) != 0 && a->labellen > 0);
}

/* One run of halves that agree: np private ones, then the public ones up to n. */
static int
join_run(struct inventory *inv, struct half **v, size_t np, size_t n, const struct pass *p)
{
	size_t	 i;

	if (p->alone && (np != 1 || n != 2))
		return 0;
	/* those that find no other half here may be the ones that belong together */
	for (i = 0; p->unsure && i < n; i++) {
		v[i]->unsure = true;
		v[i]->strange = first(p->strange, v[i]->strange);
	}
	for (i = 0; i < np && np + i < n; i++)
		if (may_join(v[i], v[np + i], p) &&
		    take_holding(inv, v[i], v[np + i], p) == -1)
			return -1;
	return 0;
}

static int
join_pass(struct inventory *inv, struct half **v, size_t n, const struct pass *p)
{
	size_t	 i, j, np;

	if (n > 0)
		qsort_r(v, n, sizeof(*v), by_pass, (void *)(uintptr_t)p);
	for (i = 0; i < n; i = j) {
		for (j = i, np = 0; j < n && compare_halves(v[i], v[j], p->agree) == 0; j++)
			np += v[j]->class == CKO_PRIVATE_KEY;
		if (np > 0 && np < j - i && join_run(inv, v + i, np, j - i, p) == -1)
			return -1;
	}
	return 0;
}

/* Those that are left, in place; their number. */
static size_t
drop_taken(struct half **v, size_t n)
{
	size_t	 i, left = 0;

	for (i = 0; i < n; i++)
		if (!v[i]->taken)
			v[left++] = v[i];
	return left;
}

static int
join(struct inventory *inv, struct halves *h, const struct token *t)
{
	struct half	**v;
	size_t		 i, n = 0;
	int		 rv = 0;

	if ((v = calloc(h->n + 1, sizeof(struct half *))) == NULL)
		return -1;
	for (i = 0; i < h->n; i++)
		if (h->v[i].foreign == NULL)
			v[n++] = &h->v[i];
	for (i = 0; rv == 0 && i < sizeof(passes) / sizeof(passes[0]); i++) {
		rv = join_pass(inv, v, n, &passes[i]);
		n = drop_taken(v, n);
	}
	for (i = 0; rv == 0 && i < n; i++) {
		bool	 private = v[i]->class == CKO_PRIVATE_KEY;

		if (private)
			(void)half_dates(v[i], t);
		rv = take_holding(inv, private ? v[i] : NULL, private ? NULL : v[i], NULL);
	}
	free(v);
	return rv;
}

/* A label as a field, also with NUL bytes in it. */
static int
escape(char **out, const unsigned char *label, size_t len)
{
	struct buf	 b = BUF_EMPTY;
	size_t		 i;

	for (i = 0; i < len; i++)
		if (label[i] > 0x20 && label[i] < 0x7f && label[i] != '%') {
			if (buf_append(&b, &label[i], 1) == -1)
				goto out;
		} else if (buf_printf(&b, "%%%02X", label[i]) == -1)
			goto out;
	*out = (char *)b.data;
	return 0;
 out:
	buf_free(&b);
	return -1;
}

static int
take_others(struct inventory *inv, const struct halves *h)
{
	struct foreign	*o;
	size_t		 i;

	for (i = 0; i < h->n; i++) {
		if (h->v[i].foreign == NULL)
			continue;
		if ((o = array_add(&inv->others, inv->nothers, sizeof(*o))) == NULL)
			return -1;
		inv->nothers++;
		o->kind = h->v[i].foreign;
		o->object = h->v[i].object;
		memcpy(o->digest, h->v[i].digest, DIGEST_SIZE);
		if (escape(&o->label, h->v[i].label, h->v[i].labellen) == -1)
			return -1;
	}
	return 0;
}

static int
by_line(const void *a, const void *b)
{
	const struct holding *x = a, *y = b;
	int	 c = keyline_compare(&x->line, &y->line);

	return c != 0 ? c : memcmp(x->digest, y->digest, DIGEST_SIZE);
}

static int
by_label(const void *a, const void *b)
{
	const struct holding *x = *(struct holding *const *)a, *y = *(struct holding *const *)b;

	return strcmp(x->line.label, y->line.label);
}

static int
by_public(const void *a, const void *b)
{
	const struct holding *x = *(struct holding *const *)a, *y = *(struct holding *const *)b;

	return compare_bytes(x->public.public, x->public.len, y->public.public, y->public.len);
}

/* Say of each that is not alone in its run what is there twice. */
static void
mark_twice(struct holding **v, size_t n, int (*compare)(const void *, const void *),
    const char *strange)
{
	size_t	 i;

	if (n > 0)
		qsort(v, n, sizeof(*v), compare);
	for (i = 0; i + 1 < n; i++)
		if (compare(&v[i], &v[i + 1]) == 0) {
			v[i]->strange = first(v[i]->strange, strange);
			v[i + 1]->strange = first(v[i + 1]->strange, strange);
		}
}

static int
mark_all(struct inventory *inv)
{
	struct holding	**v, *k;
	size_t		 i, n = 0;

	if (inv->n > 0)
		qsort(inv->keys, inv->n, sizeof(*inv->keys), by_line);
	for (i = 0; i + 1 < inv->n; i++) {
		k = &inv->keys[i];
		if (k[0].line.idlen > 0 && compare_bytes(k[0].line.id, k[0].line.idlen,
		    k[1].line.id, k[1].line.idlen) == 0) {
			k[0].strange = first(k[0].strange, "another key has its id");
			k[1].strange = first(k[1].strange, "another key has its id");
		}
	}
	if ((v = calloc(inv->n + 1, sizeof(struct holding *))) == NULL)
		return -1;
	for (i = 0; i < inv->n; i++)
		if (inv->keys[i].line.label != NULL)
			v[n++] = &inv->keys[i];
	mark_twice(v, n, by_label, "another key has its label");
	for (i = n = 0; i < inv->n; i++)
		if (inv->keys[i].public.public != NULL)
			v[n++] = &inv->keys[i];
	mark_twice(v, n, by_public, "the same public key stands there twice");
	free(v);
	return 0;
}

static int
take_token(struct inventory *inv, const struct token *t)
{
	CK_TOKEN_INFO	 info;
	char		 firmware[16];

	if (t->module->f->C_GetTokenInfo(t->id, &info) != CKR_OK)
		return -1;
	snprintf(firmware, sizeof(firmware), "%u.%u", info.firmwareVersion.major,
	    info.firmwareVersion.minor);
	inv->token.label = strdup(t->label);
	inv->token.serial = strdup(t->serial);
	inv->token.model = strdup(t->model);
	inv->token.firmware = strdup(firmware);
	return inv->token.label == NULL || inv->token.serial == NULL ||
	    inv->token.model == NULL || inv->token.firmware == NULL ? -1 : 0;
}

static enum verdict
take(struct inventory **out, const struct token *t, struct report *rep)
{
	struct inventory *inv = NULL;
	struct halves	 halves = HALVES_EMPTY;
	enum verdict	 v;

	if ((v = halves_read(&halves, t, rep)) != ACCEPT)
		return v;
	v = FAULT;
	if ((inv = calloc(1, sizeof(*inv))) == NULL || join(inv, &halves, t) == -1 ||
	    take_others(inv, &halves) == -1 || mark_all(inv) == -1)
		report_fault(rep, NULL, "out of memory");
	else if (take_token(inv, t) == -1)
		report_fault(rep, NULL, "%s: it no longer answers", t->where);
	else {
		*out = inv;
		inv = NULL;
		v = ACCEPT;
	}
	inventory_free(inv);
	halves_clear(&halves);
	return v;
}

enum verdict
inventory_take(struct inventory **out, struct tokens *ts, struct token *t, struct report *rep)
{
	return token_login(ts, t, rep) == ACCEPT ? take(out, t, rep) : FAULT;
}

enum verdict
inventory_look(struct inventory **out, struct token *t, struct report *rep)
{
	char	 name[CKR_SIZE];
	CK_RV	 rv;

	if ((rv = token_open(t)) != CKR_OK)
		return report_fault(rep, NULL, "%s: C_OpenSession: %s", t->where,
		    ckr_name(rv, name));
	return take(out, t, rep);
}

int
inventory_list(struct keylist *list, const struct inventory *inv)
{
	const struct keytoken *t = &inv->token;
	struct keyline	*k;
	size_t		 token, i;

	token = keylist_add_token(list, t->label, t->serial, t->model, t->firmware);
	if (token == SIZE_MAX)
		return -1;
	for (i = 0; i < inv->n; i++) {
		if ((k = keylist_add(list)) == NULL || keyline_copy(k, &inv->keys[i].line) == -1)
			return -1;
		k->token = token;
	}
	return 0;
}

/* By id and label alone. */
static int
compare_names(const struct keyline *a, const struct keyline *b)
{
	struct keyline	 x = *a, y = *b;

	x.tag = y.tag = -1;
	return keyline_compare(&x, &y);
}

const struct holding *
inventory_named(const struct inventory *inv, const struct keyline *line, size_t *n)
{
	size_t	 low = 0, high = inv->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_names(&inv->keys[middle].line, line) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < inv->n; ++*n)
		if (compare_names(&inv->keys[low + *n].line, line) != 0)
			break;
	return *n == 0 ? NULL : &inv->keys[low];
}

void
inventory_free(struct inventory *inv)
{
	size_t	 i;

	if (inv == NULL)
		return;
	for (i = 0; i < inv->n; i++) {
		keyline_clear(&inv->keys[i].line);
		key_clear(&inv->keys[i].public);
	}
	for (i = 0; i < inv->nothers; i++)
		free(inv->others[i].label);
	free(inv->keys);
	free(inv->others);
	free(inv->token.label);
	free(inv->token.serial);
	free(inv->token.model);
	free(inv->token.firmware);
	free(inv->token.identity);
	free(inv);
}
