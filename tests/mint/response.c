/* Signed key responses, by KSKs in files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

struct ksr *
request_read(const struct buf *in, const char *input)
{
	struct report	 rep = REPORT_EMPTY;
	struct ksr	*ksr = NULL;

	if (ksr_parse(&ksr, in, input, &rep) != ACCEPT) {
		report_print(&rep, "mint", stderr);
		die("%s: not a request", input);
	}
	report_free(&rep);
	return ksr;
}

struct keytype
request_type(const struct ksr *ksr)
{
	const struct sigalg	*a = &ksr->zsk.algs[0];
	struct keytype		 type = { a->algorithm, RSA_BITS, RSA_EXPONENT };

	return type;
}

/* The values that the root's KSK operator writes. */
static void
fill_policy(struct sigpolicy *p, const struct ksr *ksr)
{
	struct sigalg	*a;

	p->publish_safety = 0;
	p->retire_safety = 28 * DAY;
	p->max_signature_validity = 21 * DAY;
	p->min_signature_validity = 21 * DAY;
	p->max_validity_overlap = 16 * DAY;
	p->min_validity_overlap = 9 * DAY;
	a = need(sigpolicy_add(p));
	*a = ksr->zsk.algs[0];
	a->line = 0;
	if (a->family == FAMILY_RSA) {
		a->bits = RSA_BITS;
		a->exponent = RSA_EXPONENT;
	}
}

static void
fill_slot(struct bundle *to, const struct bundle *from, struct keyring *ring,
    const struct keytype *type, const struct answer *how)
{
	uint32_t	 ttl = from->keys[0].ttl;
	size_t		 i;

	to->id = need(strdup(from->id));
	to->inception = from->inception;
	to->expiration = from->expiration;
	for (i = 0; i < from->nkeys; i++)
		done(key_copy(need(bundle_add_key(to)), &from->keys[i]));
	for (i = 0; i < how->nksks; i++)
		bundle_put(to, keyring_get(ring, how->ksks[i], type), DNSKEY_KSK, ttl);
	if (how->publish != NULL)
		bundle_put(to, keyring_get(ring, how->publish, type), DNSKEY_KSK, ttl);
	if (how->revoke != NULL)
		bundle_put(to, keyring_get(ring, how->revoke, type), DNSKEY_REVOKED, ttl);
}

struct skr *
response_make(const struct ksr *ksr, struct keyring *ring, const struct answer *how)
{
	struct skr	*skr = need(calloc(1, sizeof(*skr)));
	struct keytype	 type = request_type(ksr);
	size_t		 i;

	skr->input = need(strdup("mint"));
	skr->id = need(strdup(ksr->id));
	skr->serial = ksr->serial;
	skr->domain = need(strdup(ksr->domain));
	skr->name = ksr->name;
	done(sigpolicy_copy(&skr->zsk, &ksr->zsk));
	fill_policy(&skr->ksk, ksr);
	for (i = 0; i < ksr->bundles.n; i++)
		fill_slot(need(bundles_add(&skr->bundles)), &ksr->bundles.v[i], ring, &type, how);
	return skr;
}

static bool
signs(const struct key *key, const struct answer *how)
{
	size_t	 i;

	if (!key_is_sep(key))
		return false;
	for (i = 0; i < how->nksks; i++)
		if (strcmp(key->identifier, how->ksks[i]) == 0)
			return true;
	return how->revoke != NULL && strcmp(key->identifier, how->revoke) == 0;
}

void
response_sign(struct skr *skr, struct keyring *ring, const struct answer *how)
{
	struct bundle	*b;
	size_t		 i, j;

	for (i = 0; i < skr->bundles.n; i++) {
		b = &skr->bundles.v[i];
		for (j = 0; j < b->nkeys; j++)
			if (signs(&b->keys[j], how))
				bundle_sign(b, keyring_of(ring, &b->keys[j]), &b->keys[j],
				    &skr->name, b->inception, b->expiration);
		done(bundle_sort(b));
	}
}

void
response_write(struct buf *out, const struct ksr *ksr, struct keyring *ring,
    const struct answer *how)
{
	struct skr	*skr = response_make(ksr, ring, how);

	response_sign(skr, ring, how);
	done(skr_write(out, skr));
	skr_free(skr);
}
