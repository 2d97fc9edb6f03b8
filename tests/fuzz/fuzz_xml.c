/* KSR and SKR: read, shown, written, read again. */
#include <string.h>

#include "act/show.h"
#include "fuzz.h"
#include "model/ksr.h"
#include "model/skr.h"
#include "model/xml.h"

#define INPUT	"fuzz"

static bool
same_bytes(const void *a, size_t alen, const void *b, size_t blen)
{
	return alen == blen && memcmp(a, b, alen) == 0;
}

static void
same_policy(const struct sigpolicy *a, const struct sigpolicy *b)
{
	size_t		 i;

	MUST(a->publish_safety == b->publish_safety && a->retire_safety == b->retire_safety);
	MUST(a->max_signature_validity == b->max_signature_validity);
	MUST(a->min_signature_validity == b->min_signature_validity);
	MUST(a->max_validity_overlap == b->max_validity_overlap);
	MUST(a->min_validity_overlap == b->min_validity_overlap);
	MUST(a->nalgs == b->nalgs && a->nalgs > 0);
	for (i = 0; i < a->nalgs; i++) {
		const struct sigalg *x = &a->algs[i], *y = &b->algs[i];

		MUST(x->algorithm == y->algorithm && x->family == y->family);
		MUST(x->bits == y->bits && x->exponent == y->exponent);
	}
}

static void
same_key(const struct key *a, const struct key *b)
{
	MUST(strcmp(a->identifier, b->identifier) == 0 && a->ttl == b->ttl);
	MUST(key_same(a, b) && a->protocol == DNSKEY_PROTOCOL);
	MUST(b->tag == key_tag(a));	/* what is written states the true tag */
}

static void
same_sig(const struct sig *a, const struct sig *b)
{
	MUST(strcmp(a->identifier, b->identifier) == 0 && strcmp(a->signer, b->signer) == 0);
	MUST(a->ttl == b->ttl && a->original_ttl == b->original_ttl);
	MUST(a->expiration == b->expiration && a->inception == b->inception);
	MUST(a->tag == b->tag && a->algorithm == b->algorithm && a->labels == b->labels);
	MUST(same_bytes(a->data, a->len, b->data, b->len));
}

/* a was read as it came, b from what we wrote: in our order. */
static void
same_bundle(struct bundle *a, const struct bundle *b)
{
	size_t		 i;

	MUST(bundle_sort(a) == 0);
	MUST(strcmp(a->id, b->id) == 0);
	MUST(a->inception == b->inception && a->expiration == b->expiration);
	MUST(a->nsigners == b->nsigners && a->nkeys == b->nkeys && a->nsigs == b->nsigs);
	for (i = 0; i < a->nsigners; i++)
		MUST(strcmp(a->signers[i], b->signers[i]) == 0);
	for (i = 0; i < a->nkeys; i++)
		same_key(&a->keys[i], &b->keys[i]);
	for (i = 0; i < a->nsigs; i++)
		same_sig(&a->sigs[i], &b->sigs[i]);
}

static void
same_bundles(struct bundles *a, const struct bundles *b)
{
	size_t		 i;

	MUST(a->n == b->n && a->n > 0);
	for (i = 0; i < a->n; i++)
		same_bundle(&a->v[i], &b->v[i]);
}

/* Times are the only bytes in which equal documents may differ from text to text. */
static void
shown(const struct ksr *ksr, const struct skr *skr)
{
	enum show_form	 form;
	struct buf	 b = BUF_EMPTY;

	for (form = SHOW_TABLE; form <= SHOW_RR; form++) {
		MUST((ksr != NULL ? show_ksr(&b, ksr, form) : show_skr(&b, skr, form)) == 0);
		MUST(b.len > 0 && fuzz_printable((char *)b.data, b.len, true));
		buf_free(&b);
	}
}

static bool
try_ksr(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 once = BUF_EMPTY, twice = BUF_EMPTY;
	struct ksr	*a = NULL, *b = NULL;
	enum verdict	 v;

	v = ksr_parse(&a, in, INPUT, &rep);
	MUST(v != FAULT && (v == ACCEPT) == (a != NULL));
	fuzz_report(&rep, v, XML_FINDINGS + 1);
	if (a != NULL) {
		MUST(ksr_write(&once, a) == 0);
		MUST(ksr_parse(&b, &once, INPUT, &rep) == ACCEPT);
		MUST(ksr_write(&twice, b) == 0);
		MUST(same_bytes(once.data, once.len, twice.data, twice.len));
		MUST(strcmp(a->id, b->id) == 0 && a->serial == b->serial);
		MUST(strcmp(a->domain, b->domain) == 0 && dname_equal(&a->name, &b->name));
		same_policy(&a->zsk, &b->zsk);
		same_bundles(&a->bundles, &b->bundles);
		shown(a, NULL);
	}
	ksr_free(a);
	ksr_free(b);
	buf_free(&once);
	buf_free(&twice);
	report_free(&rep);
	return v == ACCEPT;
}

static bool
try_skr(const struct buf *in)
{
	struct report	 rep = REPORT_EMPTY;
	struct buf	 once = BUF_EMPTY, twice = BUF_EMPTY;
	struct skr	*a = NULL, *b = NULL;
	enum verdict	 v;

	v = skr_parse(&a, in, INPUT, &rep);
	MUST(v != FAULT && (v == ACCEPT) == (a != NULL));
	fuzz_report(&rep, v, XML_FINDINGS + 1);
	if (a != NULL) {
		MUST(skr_write(&once, a) == 0);
		MUST(skr_parse(&b, &once, INPUT, &rep) == ACCEPT);
		MUST(skr_write(&twice, b) == 0);
		MUST(same_bytes(once.data, once.len, twice.data, twice.len));
		MUST(strcmp(a->id, b->id) == 0 && a->serial == b->serial);
		MUST(strcmp(a->domain, b->domain) == 0 && dname_equal(&a->name, &b->name));
		same_policy(&a->ksk, &b->ksk);
		same_policy(&a->zsk, &b->zsk);
		same_bundles(&a->bundles, &b->bundles);
		shown(NULL, a);
	}
	skr_free(a);
	skr_free(b);
	buf_free(&once);
	buf_free(&twice);
	report_free(&rep);
	return v == ACCEPT;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 in = fuzz_buf(data, len);
	bool		 ksr = try_ksr(&in), skr = try_skr(&in);

	MUST(!ksr || !skr);
	buf_free(&in);
	return 0;
}
