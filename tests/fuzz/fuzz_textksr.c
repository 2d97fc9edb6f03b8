/* Requests and responses as text, in both forms; what was read is written and read again. */
#include <string.h>

#include "base/isotime.h"
#include "fuzz.h"
#include "model/textksr.h"

#define INPUT	"fuzz"

static void
holds(const struct textksr *t)
{
	size_t		 i, j;

	MUST(t->sets.n > 0 && strcmp(t->input, INPUT) == 0 && t->domain != NULL);
	for (i = 0; i < t->sets.n; i++) {
		const struct bundle *b = &t->sets.v[i];

		MUST(b->nkeys > 0 && b->id == NULL && b->inception < b->expiration);
		MUST(b->expiration == (i + 1 < t->sets.n ? b[1].inception : TEXT_FOREVER));
		MUST(textksr_at(t, b->inception) == b && textksr_at(t, b->expiration - 1) == b);
		MUST(t->kind == TEXT_SKR || b->nsigs == 0);
		for (j = 0; j < b->nkeys; j++) {
			const struct key *k = &b->keys[j];

			MUST(k->identifier != NULL && k->len > 0 && k->tag == key_tag(k));
			MUST(k->ttl == b->keys[0].ttl && k->protocol == 3 && k->line > b->line);
			MUST(t->kind == TEXT_SKR || k->flags == DNSKEY_ZSK);
			MUST(bundle_find(b, k) == k);
		}
		for (j = 0; j < b->nsigs; j++)
			MUST(b->sigs[j].identifier != NULL && b->sigs[j].len > 0);
	}
}

static void
same(const struct bundle *a, const struct bundle *b)
{
	size_t		 i;

	MUST(a->inception == b->inception && a->nkeys == b->nkeys && a->nsigs == b->nsigs);
	for (i = 0; i < a->nkeys; i++) {
		MUST(key_same(&a->keys[i], &b->keys[i]) && a->keys[i].ttl == b->keys[i].ttl);
		MUST(strcmp(a->keys[i].identifier, b->keys[i].identifier) == 0);
	}
	for (i = 0; i < a->nsigs; i++) {
		const struct sig *p = &a->sigs[i], *q = &b->sigs[i];

		MUST(p->ttl == q->ttl && p->original_ttl == q->original_ttl);
		MUST(p->expiration == q->expiration && p->inception == q->inception);
		MUST(p->tag == q->tag && p->algorithm == q->algorithm && p->labels == q->labels);
		MUST(p->len == q->len && memcmp(p->data, q->data, p->len) == 0);
		MUST(strcmp(p->identifier, q->identifier) == 0);
	}
}

static void
again(const struct textksr *t)
{
	const char	*title = t->kind == TEXT_KSR ? "KeySigningRequest" : "SignedKeyResponse";
	struct report	 rep = REPORT_EMPTY;
	struct buf	 text = BUF_EMPTY;
	struct textksr	*back = NULL;
	char		 when[ISOTIME_SIZE];
	size_t		 i;

	for (i = 0; i < t->sets.n; i++) {
		MUST(buf_printf(&text, ";; %s 1.0 %s\n", title,
		    isotime_rrsig(when, t->sets.v[i].inception)) == 0);
		MUST(bundle_print_rrs(&text, &t->sets.v[i], &t->name) == 0);
	}
	MUST(buf_printf(&text, ";; %s 1.0 generated at\n", title) == 0);
	MUST(textksr_parse(&back, &text, INPUT, TEXT_BIND, t->kind, &t->name, &rep) == ACCEPT);
	MUST(back->sets.n == t->sets.n && rep.count == 0);
	for (i = 0; i < t->sets.n; i++)
		same(&t->sets.v[i], &back->sets.v[i]);
	textksr_free(back);
	buf_free(&text);
	report_free(&rep);
}

static void
try(const struct buf *in, enum text_form form, enum text_kind kind)
{
	struct report	 rep = REPORT_EMPTY;
	struct textksr	*t = NULL;
	enum verdict	 v = textksr_parse(&t, in, INPUT, form, kind, NULL, &rep);

	MUST(v != FAULT && (v == ACCEPT) == (t != NULL));
	fuzz_report(&rep, v, REPORT_EACH);
	if (t != NULL) {
		holds(t);
		again(t);
	}
	textksr_free(t);
	report_free(&rep);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);

	try(&in, TEXT_BIND, TEXT_KSR);
	try(&in, TEXT_BIND, TEXT_SKR);
	try(&in, TEXT_KNOT, TEXT_KSR);
	try(&in, TEXT_KNOT, TEXT_SKR);
	buf_free(&in);
	return 0;
}
