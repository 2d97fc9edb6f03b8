#include <search.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "act/request.h"
#include "base/digest.h"
#include "base/thread.h"
#include "judge/rrsig.h"

#define MAX_THREADS	8
#define UUID_BYTES	16

static enum verdict
no_memory(struct report *report)
{
	return report_fault(report, NULL, "out of memory");
}

/* RFC 9562 4, with this version in place.  The caller frees. */
static char *
uuid(const unsigned char from[UUID_BYTES], unsigned version)
{
	struct buf	 out = BUF_EMPTY;
	unsigned char	 b[UUID_BYTES];
	size_t		 i;

	memcpy(b, from, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | (version << 4));
	b[8] = (b[8] & 0x3f) | 0x80;
	for (i = 0; i < sizeof(b); i++)
		if (buf_printf(&out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
		    b[i]) == -1) {
			buf_free(&out);
			return NULL;
		}
	return (char *)out.data;
}

static char *
document_id(const char *given)
{
	unsigned char	 random[UUID_BYTES];

	if (given != NULL)
		return strdup(given);
	if (RAND_bytes(random, sizeof(random)) != 1)
		return NULL;
	return uuid(random, 4);
}

/* Of slot i of the document: new wherever the document's is. */
static char *
bundle_id(const char *document, size_t i)
{
	unsigned char	 digest[DIGEST_SIZE];
	struct buf	 seed = BUF_EMPTY;
	char		*id = NULL;

	if (buf_printf(&seed, "%zu %s", i + 1, document) == 0 &&
	    digest_bytes(digest, seed.data, seed.len) == 0)
		id = uuid(digest, 8);
	buf_free(&seed);
	return id;
}

static int
by_kind(const void *a, const void *b)
{
	const struct sigalg *x = a, *y = b;

	if (x->algorithm != y->algorithm)
		return x->algorithm < y->algorithm ? -1 : 1;
	if (x->bits != y->bits)
		return x->bits < y->bits ? -1 : 1;
	return (x->exponent > y->exponent) - (x->exponent < y->exponent);
}

/* A SignatureAlgorithm for each kind of key in this cycle. */
static int
fill_algorithms(struct sigpolicy *p, const struct bundles *b)
{
	struct sigalg	 kind, *new;
	size_t		 i, j, k;

	for (i = 0; i < b->n; i++)
		for (j = 0; j < b->v[i].nkeys; j++) {
			const struct key *key = &b->v[i].keys[j];

			memset(&kind, 0, sizeof(kind));
			kind.algorithm = key->algorithm;
			kind.family = algorithm_family(key->algorithm);
			if (key_size(key, &kind.bits, &kind.exponent) == -1)
				return -1;
			for (k = 0; k < p->nalgs && by_kind(&p->algs[k], &kind) != 0; k++)
				;
			if (k < p->nalgs)
				continue;
			if ((new = sigpolicy_add(p)) == NULL)
				return -1;
			*new = kind;
		}
	qsort(p->algs, p->nalgs, sizeof(*p->algs), by_kind);
	return 0;
}

/* The RRSIG's fields; its data are made later. */
static int
add_sig(struct bundle *b, const struct key *k, const struct ksr *ksr, int64_t from, int64_t until)
{
	struct sig	*s;

	if ((s = bundle_add_sig(b)) == NULL || (s->identifier = strdup(k->identifier)) == NULL ||
	    (s->signer = strdup(ksr->domain)) == NULL)
		return -1;
	s->ttl = s->original_ttl = k->ttl;
	s->inception = from;
	s->expiration = until;
	s->tag = k->tag;
	s->algorithm = k->algorithm;
	s->labels = (uint8_t)dname_labels(&ksr->name);
	return 0;
}

static int
fill_keys(struct bundle *b, const struct request_spec *spec, size_t slot,
    const struct zsks *keys, const struct lineup *l)
{
	struct key	 copy, *k;
	size_t		 i;

	for (i = 0; i < keys->n; i++) {
		if (!*lineup_at(l, spec->cycle, slot, i))
			continue;
		if (key_copy(&copy, &keys->v[i].key) == -1)
			return -1;
		if ((k = bundle_add_key(b)) == NULL) {
			key_clear(&copy);
			return -1;
		}
		*k = copy;
	}
	return 0;
}

/* A proof of each key over the finished set. */
static int
fill_proofs(struct request *r, const struct request_spec *spec, size_t slot,
    const struct zsks *keys, const struct lineup *l)
{
	struct bundle	*b = &r->ksr->bundles.v[slot];
	int64_t		 from = spec->made - PROOF_EARLY;
	size_t		 i;

	for (i = 0; i < keys->n; i++) {
		struct proof	*p = &r->proofs[r->n];

		if (!*lineup_at(l, spec->cycle, slot, i))
			continue;
		r->n++;
		p->zsk = i;
		p->ksr = r->ksr;
		p->bundle = slot;
		p->sig = b->nsigs;
		if (add_sig(b, &keys->v[i].key, r->ksr, from, from + l->section->validity) == -1 ||
		    rrsig_data(&p->data, &b->sigs[p->sig], &r->ksr->name, b->keys, b->nkeys) == -1)
			return -1;
	}
	return 0;
}

static int
fill_bundle(struct request *r, const struct request_spec *spec, size_t slot,
    const struct zsks *keys, const struct lineup *l)
{
	struct bundle	*b;

	if ((b = bundles_add(&r->ksr->bundles)) == NULL ||
	    (b->id = bundle_id(r->ksr->id, slot)) == NULL)
		return -1;
	b->inception = schedule_inception(l->section, &l->cycles[spec->cycle], slot);
	b->expiration = b->inception + l->section->validity;
	if (fill_keys(b, spec, slot, keys, l) == -1)
		return -1;
	return fill_proofs(r, spec, slot, keys, l);
}

static int
fill_request(struct request *r, const struct request_spec *spec, const struct zsks *keys,
    const struct lineup *l)
{
	const struct zsk_section *z = l->section;
	struct ksr	*ksr = r->ksr;
	size_t		 i;

	if ((ksr->id = document_id(spec->id)) == NULL ||
	    (ksr->domain = strdup(z->domain)) == NULL ||
	    (ksr->input = strdup(spec->input)) == NULL ||
	    dname_parse(&ksr->name, z->domain) == -1)
		return -1;
	ksr->serial = spec->serial;
	ksr->zsk = (struct sigpolicy){
		.publish_safety = z->publish_safety,
		.retire_safety = z->retire_safety,
		.max_signature_validity = z->max_signature_validity,
		.min_signature_validity = z->min_signature_validity,
		.max_validity_overlap = z->max_validity_overlap,
		.min_validity_overlap = z->min_validity_overlap,
	};
	for (i = 0; i < l->nslots; i++)
		if (fill_bundle(r, spec, i, keys, l) == -1)
			return -1;
	return fill_algorithms(&ksr->zsk, &ksr->bundles);
}

enum verdict
request_lay_out(struct request *out, const struct request_spec *spec, const struct zsks *keys,
    const struct lineup *l, struct report *report)
{
	struct request	 r = REQUEST_EMPTY;

	if (spec->made < PROOF_EARLY || spec->made > ISOTIME_MAX - l->section->validity)
		return report_fault(report, NULL, "no signature can be made at this time");
	if ((r.ksr = calloc(1, sizeof(*r.ksr))) == NULL ||
	    (r.proofs = calloc(l->nslots * keys->n + 1, sizeof(*r.proofs))) == NULL ||
	    fill_request(&r, spec, keys, l) == -1) {
		request_clear(&r);
		return no_memory(report);
	}
	*out = r;
	return ACCEPT;
}

static int
compare_proofs(const void *a, const void *b)
{
	const struct proof *x = a, *y = b;

	if (x->zsk != y->zsk)
		return x->zsk < y->zsk ? -1 : 1;
	if (x->data.len != y->data.len)
		return x->data.len < y->data.len ? -1 : 1;
	return memcmp(x->data.data, y->data.data, x->data.len);
}

static void
keep(void *proof)
{
	(void)proof;
}

size_t
proofs_unite(struct proof **proofs, size_t n)
{
	struct proof	**found;
	void		*root = NULL;
	size_t		 i, m = 0;

	for (i = 0; i < n; i++) {
		found = tsearch(proofs[i], &root, compare_proofs);
		if (found != NULL && *found != proofs[i])
			proofs[i]->like = *found;
		else			/* the first of its kind, or there is no memory to tell */
			proofs[m++] = proofs[i];
	}
	tdestroy(root, keep);
	return m;
}

struct work {				/* proofs, shared by threads */
	struct proof	*const *proofs;
	size_t		 n;
	const struct zsks *keys;
	atomic_size_t	 next;
	atomic_size_t	 failed;	/* the key of a proof that could not be made, from 1 */
};

static void *
work_on(void *arg)
{
	struct work	*w = arg;
	size_t		 i;

	while (atomic_load(&w->failed) == 0 && (i = atomic_fetch_add(&w->next, 1)) < w->n) {
		struct proof	*p = w->proofs[i];
		const struct softkey *soft = w->keys->v[p->zsk].soft;

		if (soft != NULL &&
		    softkey_sign(soft, p->data.data, p->data.len, &p->made, &p->len) == -1)
			atomic_store(&w->failed, p->zsk + 1);
	}
	return NULL;
}

enum verdict
proofs_make(struct proof *const *proofs, size_t n, const struct zsks *keys, struct report *report)
{
	struct work	 w = { .proofs = proofs, .n = n, .keys = keys };
	pthread_t	 threads[MAX_THREADS];
	size_t		 more, i;

	more = threads_beside(threads, MAX_THREADS, n, work_on, &w);
	work_on(&w);
	for (i = 0; i < more; i++)
		pthread_join(threads[i], NULL);
	if ((i = atomic_load(&w.failed)) == 0)
		return ACCEPT;
	return report_fault(report, &keys->v[i - 1].at, "key %s: it cannot sign",
	    keys->v[i - 1].name);
}

int
request_write(struct buf *out, struct request *r)
{
	struct bundles	*b = &r->ksr->bundles;
	size_t		 i;

	for (i = 0; i < r->n; i++) {
		const struct proof *p = &r->proofs[i], *of = p->like != NULL ? p->like : p;
		struct sig	*s = &b->v[p->bundle].sigs[p->sig];

		if ((s->data = malloc(of->len)) == NULL)
			return -1;
		memcpy(s->data, of->made, of->len);
		s->len = of->len;
	}
	for (i = 0; i < b->n; i++)
		if (bundle_sort(&b->v[i]) == -1)
			return -1;
	return ksr_write(out, r->ksr);
}

void
request_clear(struct request *r)
{
	size_t	 i;

	for (i = 0; i < r->n; i++) {
		buf_free(&r->proofs[i].data);
		free(r->proofs[i].made);
	}
	free(r->proofs);
	ksr_free(r->ksr);
	*r = (struct request)REQUEST_EMPTY;
}
