#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/base64.h"
#include "base/isotime.h"
#include "model/bundle.h"

struct key *
bundle_add_key(struct bundle *b)
{
	struct key	*k;

	if ((k = array_add(&b->keys, b->nkeys, sizeof(*k))) != NULL)
		b->nkeys++;
	return k;
}

struct sig *
bundle_add_sig(struct bundle *b)
{
	struct sig	*s;

	if ((s = array_add(&b->sigs, b->nsigs, sizeof(*s))) != NULL)
		b->nsigs++;
	return s;
}

struct bundle *
bundles_add(struct bundles *all)
{
	struct bundle	*b;

	if ((b = array_add(&all->v, all->n, sizeof(*b))) != NULL)
		all->n++;
	return b;
}

struct sigalg *
sigpolicy_add(struct sigpolicy *p)
{
	struct sigalg	*a;

	if ((a = array_add(&p->algs, p->nalgs, sizeof(*a))) != NULL)
		p->nalgs++;
	return a;
}

int
sigpolicy_add_key(struct sigpolicy *p, const struct key *k)
{
	struct sigalg	*a, now = { .algorithm = k->algorithm };
	size_t		 i;

	now.family = algorithm_family(k->algorithm);
	if (key_size(k, &now.bits, &now.exponent) == -1)
		return -1;
	for (i = 0; i < p->nalgs; i++)
		if (p->algs[i].algorithm == now.algorithm && p->algs[i].bits == now.bits &&
		    p->algs[i].exponent == now.exponent)
			return 0;
	if ((a = sigpolicy_add(p)) == NULL)
		return -1;
	*a = now;
	return 0;
}

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* Keys with the same rdata have an order too: the bytes we write must not vary. */
static int
by_rdata(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int		 c;

	if ((c = key_compare(a, b)) != 0)
		return c;
	if ((c = compare_text(a->identifier, b->identifier)) != 0)
		return c;
	return (a->ttl > b->ttl) - (a->ttl < b->ttl);
}

static int
by_tag(const void *pa, const void *pb)
{
	const struct sig *a = pa, *b = pb;
	size_t		 min = a->len < b->len ? a->len : b->len;
	int		 c;

	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	if (a->algorithm != b->algorithm)
		return a->algorithm < b->algorithm ? -1 : 1;
	if ((c = compare_text(a->identifier, b->identifier)) != 0)
		return c;
	if (min > 0 && (c = memcmp(a->data, b->data, min)) != 0)
		return c;
	return (a->len > b->len) - (a->len < b->len);
}

int
bundle_sort(struct bundle *b)
{
	if (b->nkeys > 1)
		qsort(b->keys, b->nkeys, sizeof(*b->keys), by_rdata);
	if (b->nsigs > 1)
		qsort(b->sigs, b->nsigs, sizeof(*b->sigs), by_tag);
	return 0;
}

const struct key *
bundle_key_of(const struct bundle *b, const struct sig *sig)
{
	const struct key *k;
	size_t		 i;

	for (i = 0; i < b->nkeys; i++) {
		k = &b->keys[i];
		if (k->algorithm == sig->algorithm &&
		    compare_text(k->identifier, sig->identifier) == 0 &&
		    key_tag(k) == sig->tag)
			return k;
	}
	return NULL;
}

/* RFC 4034 3.2 */
static int
print_rrsig(struct buf *buf, const struct sig *s, const struct dname *owner)
{
	char		 name[DNAME_TEXT], until[ISOTIME_SIZE], from[ISOTIME_SIZE];
	struct dname	 signer;

	if (s->signer == NULL || dname_parse(&signer, s->signer) == -1)
		return -1;
	if (buf_printf(buf, "%s %u IN RRSIG DNSKEY %u %u %u %s %s %u ",
	    dname_format(name, owner), s->ttl, s->algorithm, s->labels, s->original_ttl,
	    isotime_rrsig(until, s->expiration), isotime_rrsig(from, s->inception),
	    s->tag) == -1)
		return -1;
	if (buf_printf(buf, "%s ", dname_format(name, &signer)) == -1 ||
	    base64_encode(buf, s->data, s->len) == -1)
		return -1;
	return buf_puts(buf, "\n");
}

int
bundle_print_rrs(struct buf *buf, const struct bundle *b, const struct dname *owner)
{
	size_t		 i;

	for (i = 0; i < b->nkeys; i++)
		if (key_print(buf, &b->keys[i], owner) == -1)
			return -1;
	for (i = 0; i < b->nsigs; i++)
		if (print_rrsig(buf, &b->sigs[i], owner) == -1)
			return -1;
	return 0;
}

int
sigpolicy_copy(struct sigpolicy *to, const struct sigpolicy *from)
{
	struct sigpolicy p = *from;
	struct sigalg	*a;
	size_t		 i;

	p.algs = NULL;
	p.nalgs = 0;
	for (i = 0; i < from->nalgs; i++) {
		if ((a = sigpolicy_add(&p)) == NULL) {
			sigpolicy_clear(&p);
			return -1;
		}
		*a = from->algs[i];
	}
	*to = p;
	return 0;
}

void
sig_clear(struct sig *s)
{
	free(s->identifier);
	free(s->signer);
	free(s->data);
	memset(s, 0, sizeof(*s));
}

void
bundle_clear(struct bundle *b)
{
	size_t		 i;

	for (i = 0; i < b->nsigners; i++)
		free(b->signers[i]);
	for (i = 0; i < b->nkeys; i++)
		key_clear(&b->keys[i]);
	for (i = 0; i < b->nsigs; i++)
		sig_clear(&b->sigs[i]);
	free(b->signers);
	free(b->keys);
	free(b->sigs);
	free(b->id);
	memset(b, 0, sizeof(*b));
}

void
bundles_clear(struct bundles *all)
{
	size_t		 i;

	for (i = 0; i < all->n; i++)
		bundle_clear(&all->v[i]);
	free(all->v);
	memset(all, 0, sizeof(*all));
}

void
sigpolicy_clear(struct sigpolicy *p)
{
	free(p->algs);
	memset(p, 0, sizeof(*p));
}

const struct key *
bundle_find(const struct bundle *set, const struct key *key)
{
	size_t	 i;

	for (i = 0; i < set->nkeys; i++)
		if (key_same(&set->keys[i], key))
			return &set->keys[i];
	return NULL;
}

const struct bundle *
bundles_at(const struct bundles *all, int64_t time)
{
	const struct bundle *b;
	size_t		 i;

	for (i = all->n; i > 0; i--) {
		b = &all->v[i - 1];
		if (b->inception <= time && time < b->expiration)
			return b;
	}
	return NULL;
}
