/* Key signing requests of the root's shape. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/isotime.h"
#include "judge/rrsig.h"
#include "mint.h"

#define INTERVAL	(10 * DAY)
#define VALIDITY	(21 * DAY)
#define PROOF_AGE	(30 * DAY)	/* how long before the start the proofs were made */

char *
request_id(const struct spec *spec, int64_t start, size_t number)
{
	unsigned char	 d[DIGEST_SIZE];
	char		*seed, *id;

	seed = text("%s %u %lld %zu", spec->zone, spec->type.algorithm, (long long)start, number);
	done(digest_bytes(d, seed, strlen(seed)));
	free(seed);
	d[6] = (d[6] & 0x0f) | 0x80;	/* RFC 9562 5.8: version 8, the maker's own */
	d[8] = (d[8] & 0x3f) | 0x80;
	id = text("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
	    d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7],
	    d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
	return id;
}

/* The ZSK that is active in the quarter so many quarters from the request's. */
char *
quarter_zsk_name(const struct spec *spec, int quarters)
{
	char	*day = date(add_months(spec->start, 3 * quarters));
	char	*name = text("zsk-%s", day);

	free(day);
	return name;
}

const struct softkey *
quarter_zsk(struct keyring *ring, const struct spec *spec, int quarters)
{
	char			*name = quarter_zsk_name(spec, quarters);
	const struct softkey	*k = keyring_get(ring, name, &spec->type);

	free(name);
	return k;
}

struct key *
bundle_put(struct bundle *b, const struct softkey *k, uint16_t flags, uint32_t ttl)
{
	struct key	*key = need(bundle_add_key(b));

	softkey_dnskey(key, k, flags, ttl);
	return key;
}

void
sig_remake(struct sig *sig, const struct softkey *k, const struct dname *owner,
    const struct key *keys, size_t nkeys)
{
	struct buf	 message = BUF_EMPTY;

	done(rrsig_data(&message, sig, owner, keys, nkeys));
	softkey_sign(sig, k, &message);
	buf_free(&message);
}

struct sig *
bundle_sign(struct bundle *b, const struct softkey *k, const struct key *key,
    const struct dname *owner, int64_t inception, int64_t expiration)
{
	struct sig	*sig = need(bundle_add_sig(b));
	char		 signer[DNAME_TEXT];

	sig->identifier = need(strdup(key->identifier));
	sig->signer = need(strdup(dname_format(signer, owner)));
	sig->ttl = sig->original_ttl = key->ttl;
	sig->expiration = expiration;
	sig->inception = inception;
	sig->tag = key_tag(key);
	sig->algorithm = key->algorithm;
	sig->labels = (uint8_t)dname_labels(owner);
	sig_remake(sig, k, owner, b->keys, b->nkeys);
	return sig;
}

static void
fill_policy(struct sigpolicy *p, const struct keytype *type)
{
	struct sigalg	*a;

	p->publish_safety = 10 * DAY;
	p->retire_safety = 10 * DAY;
	p->max_signature_validity = VALIDITY;
	p->min_signature_validity = VALIDITY;
	p->max_validity_overlap = 12 * DAY;
	p->min_validity_overlap = 9 * DAY;
	a = need(sigpolicy_add(p));
	a->algorithm = (uint8_t)type->algorithm;
	a->family = algorithm_family(type->algorithm);
	a->bits = a->family == FAMILY_RSA ? type->bits : algorithm_bits(type->algorithm);
	a->exponent = a->family == FAMILY_RSA ? type->exponent : 0;
}

static void
fill_slot(struct bundle *b, size_t number, struct keyring *ring, const struct spec *spec)
{
	b->id = request_id(spec, spec->start, number);
	b->inception = spec->start + INTERVAL * (int64_t)(number - 1);
	b->expiration = b->inception + VALIDITY;
	if (number == 1 && spec->slots > 1)	/* retiring */
		bundle_put(b, quarter_zsk(ring, spec, -1), DNSKEY_ZSK, spec->ttl);
	bundle_put(b, quarter_zsk(ring, spec, 0), DNSKEY_ZSK, spec->ttl);
	if (number == spec->slots && spec->slots > 1)	/* published ahead of its use */
		bundle_put(b, quarter_zsk(ring, spec, 1), DNSKEY_ZSK, spec->ttl);
}

struct ksr *
request_make(struct keyring *ring, const struct spec *spec)
{
	struct ksr	*ksr = need(calloc(1, sizeof(*ksr)));
	size_t		 i;

	if (dname_parse(&ksr->name, spec->zone) != 0)
		die("'%s' is no domain name", spec->zone);
	ksr->input = need(strdup("mint"));
	ksr->domain = need(strdup(spec->zone));
	ksr->serial = 1;
	ksr->id = spec->id != NULL ? need(strdup(spec->id)) : request_id(spec, spec->start, 0);
	fill_policy(&ksr->zsk, &spec->type);
	for (i = 1; i <= spec->slots; i++)
		fill_slot(need(bundles_add(&ksr->bundles)), i, ring, spec);
	return ksr;
}

/* Proofs of possession: every key of a bundle signs the bundle's keys, a second for each bundle. */
void
request_sign(struct ksr *ksr, struct keyring *ring, const struct spec *spec)
{
	struct bundle	*b;
	size_t		 i, j;

	for (i = 0; i < ksr->bundles.n; i++) {
		b = &ksr->bundles.v[i];
		for (j = 0; j < b->nkeys; j++)
			bundle_sign(b, keyring_of(ring, &b->keys[j]), &b->keys[j], &ksr->name,
			    spec->start - PROOF_AGE - (int64_t)i, spec->start);
		done(bundle_sort(b));
	}
}

void
request_write(struct buf *out, struct keyring *ring, const struct spec *spec)
{
	struct ksr	*ksr = request_make(ring, spec);

	request_sign(ksr, ring, spec);
	done(ksr_write(out, ksr));
	ksr_free(ksr);
}
