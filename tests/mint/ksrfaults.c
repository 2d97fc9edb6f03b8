/* Requests that are well-formed and break one rule. */
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

#define FIRST	"--first"

static const struct softkey *
other_key(struct scene *s, const char *name, unsigned algorithm, unsigned bits, unsigned long exponent)
{
	struct keytype	 type = { algorithm, bits, exponent };

	return keyring_get(s->ring, name, &type);
}

/* In its place another one. */
static void
replace_next(struct scene *s, const struct softkey *k, uint16_t flags)
{
	struct key	*key = next_key(s);
	uint32_t	 ttl = key->ttl;

	key_clear(key);
	softkey_dnskey(key, k, flags, ttl);
}

/*
 * What a request says of its own safety, so that a case breaks no rule but its own: KSR-ZSK-SAFETY
 * holds ZSKs to these.
 */
static void
safeties(struct scene *s, int64_t publish, int64_t retire)
{
	s->ksr->zsk.publish_safety = publish;
	s->ksr->zsk.retire_safety = retire;
}

/* The only signature of the slot in the middle. */
static struct sig *
middle_sig(struct scene *s)
{
	return &slot(s, MIDDLE)->sigs[0];
}

static void
domain_foreign(struct scene *s)
{
	replace(&s->ksr->domain, need(strdup("foreign.example.")));
	done(dname_parse(&s->ksr->name, s->ksr->domain));
}

static int64_t
previous_start(struct scene *s)
{
	return add_months(s->spec->start, -3);
}

static void
id_previous(struct scene *s)
{
	replace(&s->ksr->id, request_id(s->spec, previous_start(s), 0));
}

static void
unique_twice(struct scene *s)
{
	replace(&slot(s, MIDDLE)->id, need(strdup(slot(s, MIDDLE - 1)->id)));
}

static void
unique_previous(struct scene *s)
{
	replace(&slot(s, MIDDLE)->id, request_id(s->spec, previous_start(s), MIDDLE));
}

static void
keys_identifier(struct scene *s)
{
	replace(&next_key(s)->identifier, quarter_zsk_name(s->spec, -1));
}

static void
keys_algorithm(struct scene *s)
{
	safeties(s, 0, 10 * DAY);	/* the only one of its algorithm is active at once */
	if (s->spec->type.algorithm == ED25519)
		replace_next(s, other_key(s, "zsk-13", ECDSAP256SHA256, 0, 0), DNSKEY_ZSK);
	else
		replace_next(s, other_key(s, "zsk-15", ED25519, 0, 0), DNSKEY_ZSK);
}

static void
keys_size(struct scene *s)
{
	replace_next(s, other_key(s, "zsk-1024", s->spec->type.algorithm, 1024, RSA_EXPONENT),
	    DNSKEY_ZSK);
}

static void
keys_exponent(struct scene *s)
{
	replace_next(s, other_key(s, "zsk-e3", s->spec->type.algorithm, s->spec->type.bits, 3),
	    DNSKEY_ZSK);
}

static void
keys_flags(struct scene *s)
{
	replace_next(s, quarter_zsk(s->ring, s->spec, 1), DNSKEY_KSK);
}

static void
keys_revoked(struct scene *s)
{
	replace_next(s, quarter_zsk(s->ring, s->spec, 1), DNSKEY_ZSK | DNSKEY_REVOKE);
}

/* The active key in place of the next one, whose name it takes: in the last slot it stands twice. */
static void
keys_double(struct scene *s)
{
	struct key	*key = next_key(s);
	char		*name = need(strdup(key->identifier));

	replace_key(key, quarter_zsk(s->ring, s->spec, 0));
	replace(&key->identifier, name);
}

static void
keys_tag(struct scene *s)
{
	edit_tag(s->written);
}

static void
ttl_slot(struct scene *s)
{
	slot(s, MIDDLE)->keys[0].ttl = 3600;
}

/* The signatures keep the TTL of the first key, by which they are judged. */
static void
ttl_mixed(struct scene *s)
{
	slot(s, s->bundles->n)->keys[1].ttl = 3600;
}

/* Longer than two bundles overlap. */
static void
ttl_long(struct scene *s)
{
	slot(s, MIDDLE)->keys[0].ttl = 12 * DAY;
}

static void
pop_tampered(struct scene *s)
{
	struct sig	*sig = middle_sig(s);

	sig->data[sig->len / 2] ^= 1;
}

static void
pop_copies(struct scene *s)
{
	copy_sig(slot(s, MIDDLE), 99);
}

static void
pop_missing(struct scene *s)
{
	char		*name = quarter_zsk_name(s->spec, 1);
	struct bundle	*b = slot(s, s->bundles->n);

	drop_sig(b, sig_by(b, name));
	free(name);
}

static void
pop_signer(struct scene *s)
{
	replace(&middle_sig(s)->signer, need(strdup("foreign.example.")));
}

static void
pop_labels(struct scene *s)
{
	middle_sig(s)->labels++;
}

static void
pop_ttl(struct scene *s)
{
	middle_sig(s)->original_ttl = 3600;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

static void
pop_tag(struct scene *s)
{
	middle_sig(s)->tag ^= 1;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

static void
pop_algorithm(struct scene *s)
{
	struct sig	*sig = middle_sig(s);

	sig->algorithm = sig->algorithm == RSASHA256 ? RSASHA512 : RSASHA256;
	sig_remake_in(s, slot(s, MIDDLE), sig);
}

/* Made over this quarter's key alone, in the slot that has another one beside it. */
static void
pop_set(struct scene *s)
{
	struct bundle	*b = slot(s, s->bundles->n);
	char		*name = quarter_zsk_name(s->spec, 0);
	struct key	*key = key_called(b, name);

	sig_remake(sig_by(b, name), keyring_of(s->ring, key), s->owner, key, 1);
	free(name);
}

static void
pop_swapped(struct scene *s)
{
	struct bundle	*b = slot(s, s->bundles->n);
	struct sig	 t = b->sigs[0];

	b->sigs[0].data = b->sigs[1].data;
	b->sigs[0].len = b->sigs[1].len;
	b->sigs[1].data = t.data;
	b->sigs[1].len = t.len;
}

static void
pop_foreign(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);

	sig_remake(&b->sigs[0], keyring_get(s->ring, "zsk-stranger", &s->spec->type), s->owner,
	    b->keys, b->nkeys);
}

/* Besides a good signature, one of a key that the bundle does not have. */
static void
pop_stray(struct scene *s)
{
	const struct softkey	*k = keyring_get(s->ring, "zsk-stranger", &s->spec->type);
	struct bundle		*b = slot(s, MIDDLE);
	struct key		 key = { 0 };

	softkey_dnskey(&key, k, DNSKEY_ZSK, s->spec->ttl);
	bundle_sign(b, k, &key, s->owner, b->sigs[0].inception, b->sigs[0].expiration);
	key_clear(&key);
}

/* The bundles at other distances, each valid for 21 days; the first one stays. */
static void
spread(struct scene *s, int64_t first, int64_t others)
{
	int64_t	 at = s->spec->start;
	size_t	 i;

	for (i = 1; i <= s->bundles->n; i++) {
		slot(s, i)->inception = at;
		slot(s, i)->expiration = at + 21 * DAY;
		at += i == 1 ? first : others;
	}
}

/* Ten at nine days: all that the other rules on times allow. */
static void
count_ten(struct scene *s)
{
	struct bundle	*b = need(bundles_add(s->bundles));

	b->id = request_id(s->spec, s->spec->start, s->bundles->n);
	done(key_copy(need(bundle_add_key(b)), &slot(s, MIDDLE)->keys[0]));
	bundle_put(b, quarter_zsk(s->ring, s->spec, 1), DNSKEY_ZSK, s->spec->ttl);
	spread(s, 9 * DAY, 9 * DAY);
	safeties(s, 10 * DAY, 9 * DAY);
}

static void
count_eight(struct scene *s)
{
	drop_last_bundle(s->bundles);
}

static void
cycle_short(struct scene *s)
{
	spread(s, 9 * DAY, 9 * DAY);
	safeties(s, 10 * DAY, 9 * DAY);
}

static void
cycle_long(struct scene *s)
{
	spread(s, 252 * HOUR, 252 * HOUR);
}

static void
intervals_long(struct scene *s)
{
	spread(s, 276 * HOUR, 234 * HOUR);
}

/* The request allows itself the overlap that this makes. */
static void
intervals_short(struct scene *s)
{
	spread(s, 8 * DAY, 247 * HOUR);
	safeties(s, 10 * DAY, 8 * DAY);
	s->ksr->zsk.max_validity_overlap = 13 * DAY;
}

static void
policy_extra_key(struct scene *s)
{
	bundle_put(slot(s, MIDDLE), quarter_zsk(s->ring, s->spec, 1), DNSKEY_ZSK, s->spec->ttl);
}

static void
policy_fourth_key(struct scene *s)
{
	struct key	*key = &slot(s, MIDDLE)->keys[0];

	safeties(s, 0, 0);
	key_clear(key);
	softkey_dnskey(key, keyring_get(s->ring, "zsk-stranger", &s->spec->type), DNSKEY_ZSK,
	    s->spec->ttl);
}

static void
policy_missing_key(struct scene *s)
{
	drop_key(slot(s, s->bundles->n), next_key(s));
}

static void
declare(struct scene *s, unsigned algorithm, unsigned bits, unsigned long exponent)
{
	struct sigalg	*a = need(sigpolicy_add(&s->ksr->zsk));

	a->algorithm = (uint8_t)algorithm;
	a->family = FAMILY_RSA;
	a->bits = bits;
	a->exponent = exponent;
}

static void
alg_deprecated(struct scene *s)
{
	declare(s, 5, RSA_BITS, RSA_EXPONENT);
}

static void
alg_unapproved(struct scene *s)
{
	declare(s, s->spec->type.algorithm == RSASHA512 ? RSASHA256 : RSASHA512, RSA_BITS,
	    RSA_EXPONENT);
}

static void
alg_unsupported(struct scene *s)
{
	declare(s, 200, RSA_BITS, RSA_EXPONENT);
}

static void
alg_size(struct scene *s)
{
	declare(s, s->spec->type.algorithm, 1024, RSA_EXPONENT);
}

static void
alg_exponent(struct scene *s)
{
	declare(s, s->spec->type.algorithm, s->spec->type.bits, 3);
}

static void
overlap_below(struct scene *s)
{
	s->ksr->zsk.min_validity_overlap = 11 * DAY + 1;
}

static void
overlap_above(struct scene *s)
{
	s->ksr->zsk.max_validity_overlap = 11 * DAY - 1;
}

static void
overlap_order(struct scene *s)
{
	swap_bundles(s->bundles, MIDDLE, MIDDLE + 1);
}

/* The request's own limits allow it, those of the KSK operator do not. */
static void
overlap_operator(struct scene *s)
{
	slot(s, MIDDLE)->expiration -= 3 * DAY;
	s->ksr->zsk.min_signature_validity = 18 * DAY;
	s->ksr->zsk.min_validity_overlap = 8 * DAY;
}

static void
validity_short(struct scene *s)
{
	slot(s, MIDDLE)->expiration--;
}

static void
validity_long(struct scene *s)
{
	slot(s, MIDDLE)->expiration++;
}

static void
validity_none(struct scene *s)
{
	struct bundle	*b = slot(s, s->bundles->n);

	b->expiration = b->inception - 1;
}

static void
validity_request(struct scene *s)
{
	s->ksr->zsk.max_signature_validity = 20 * DAY;
	s->ksr->zsk.min_signature_validity = 20 * DAY;
}

static void
validity_operator(struct scene *s)
{
	size_t	 i;

	for (i = 1; i <= s->bundles->n; i++)
		slot(s, i)->expiration += DAY;
	s->ksr->zsk.max_signature_validity = 22 * DAY;
	s->ksr->zsk.min_signature_validity = 22 * DAY;
}

/* The active key of the quarter before is gone in slot 1, a new one is there. */
static void
chain_retired(struct scene *s)
{
	char	*name = quarter_zsk_name(s->spec, -1);

	drop_key(slot(s, 1), key_called(slot(s, 1), name));
	bundle_put(slot(s, 1), keyring_get(s->ring, "zsk-stranger", &s->spec->type), DNSKEY_ZSK,
	    s->spec->ttl);
	safeties(s, 10 * DAY, 0);
	free(name);
}

/* Another key under the identifier of the one that was published ahead. */
static void
chain_renamed(struct scene *s)
{
	size_t	 i, j;

	chain_stranger(s);
	for (i = 1; i <= s->bundles->n; i++)
		for (j = 0; j < slot(s, i)->nkeys; j++)
			if (strcmp(slot(s, i)->keys[j].identifier, "zsk-stranger") == 0)
				replace(&slot(s, i)->keys[j].identifier, quarter_zsk_name(s->spec, 0));
}

static void
chain_early(struct scene *s)
{
	shift_bundles(s->bundles, -5 * DAY);
	safeties(s, 5 * DAY, 10 * DAY);
}


const struct fault ksr_faults[] = {
	{ "KSR-DOMAIN/foreign", NULL, CONTENT, ANY, domain_foreign, FIRST, 0,
	    "the domain is one that we do not sign for" },
	{ "KSR-ID/previous", NULL, CONTENT, ANY, id_previous, NULL, 0,
	    "the id is that of the previous document" },
	{ "KSR-BUNDLE-UNIQUE/twice", NULL, CONTENT, ANY, unique_twice, NULL, 0,
	    "two bundles have one id" },
	{ "KSR-BUNDLE-UNIQUE/previous", NULL, CONTENT, ANY, unique_previous, NULL, 0,
	    "a bundle has an id of the previous SKR" },
	{ "KSR-BUNDLE-KEYS/identifier", NULL, CONTENT, ANY, keys_identifier, NULL, 0,
	    "two keys have one identifier" },
	{ "KSR-BUNDLE-KEYS/double", "KSR-BUNDLE-KEYS KSR-POLICY-KEYS", CONTENT, ANY, keys_double, NULL, 0,
	    "one key under two names, which has signed for both" },
	{ "KSR-BUNDLE-KEYS/algorithm", NULL, CONTENT, ANY, keys_algorithm, NULL, 0,
	    "a key has an algorithm that the request does not declare" },
	{ "KSR-BUNDLE-KEYS/size", NULL, CONTENT, FAMILY_RSA, keys_size, NULL, 0,
	    "a key has a size that the request does not declare" },
	{ "KSR-BUNDLE-KEYS/exponent", NULL, CONTENT, FAMILY_RSA, keys_exponent, NULL, 0,
	    "a key has an exponent that the request does not declare" },
	{ "KSR-BUNDLE-KEYS/flags", NULL, CONTENT, ANY, keys_flags, NULL, 0,
	    "a key has the flags of a KSK" },
	{ "KSR-BUNDLE-KEYS/revoked", NULL, CONTENT, ANY, keys_revoked, NULL, 0,
	    "a key is revoked" },
	{ "KSR-BUNDLE-KEYS/tag", NULL, WRITTEN, ANY, keys_tag, NULL, 0,
	    "the tag written with a key is wrong" },
	{ "KSR-BUNDLE-TTL/slot", NULL, CONTENT, ANY, ttl_slot, NULL, 0,
	    "one bundle has another TTL" },
	{ "KSR-BUNDLE-TTL/mixed", NULL, SIGNED, ANY, ttl_mixed, NULL, 0,
	    "the two keys of a bundle have different TTLs" },
	{ "KSR-BUNDLE-TTL/long", "KSR-BUNDLE-TTL KSR-POLICY-SIG-OVERLAP", CONTENT, ANY, ttl_long,
	    NULL, 0, "a TTL longer than the bundles overlap" },
	{ "KSR-BUNDLE-POP/tampered", NULL, SIGNED, ANY, pop_tampered, NULL, 0,
	    "a bit of a signature was changed" },
	{ "KSR-BUNDLE-POP/missing", NULL, SIGNED, ANY, pop_missing, NULL, 0,
	    "a key made no signature" },
	{ "KSR-BUNDLE-POP/copies", NULL, SIGNED, ANY, pop_copies, NULL, 0,
	    "a bundle has one and the same signature a hundred times" },
	{ "KSR-BUNDLE-POP/signer", NULL, SIGNED, ANY, pop_signer, NULL, 0,
	    "a signature names another signer than the domain" },
	{ "KSR-BUNDLE-POP/labels", NULL, SIGNED, ANY, pop_labels, NULL, 0,
	    "a signature counts one label too many" },
	{ "KSR-BUNDLE-POP/original-ttl", NULL, SIGNED, ANY, pop_ttl, NULL, 0,
	    "a signature was made with another TTL than that of the keys" },
	{ "KSR-BUNDLE-POP/tag", NULL, SIGNED, ANY, pop_tag, NULL, 0,
	    "a signature was made with a tag that its key does not have" },
	{ "KSR-BUNDLE-POP/algorithm", NULL, SIGNED, FAMILY_RSA, pop_algorithm, NULL, 0,
	    "a signature names another algorithm than its key" },
	{ "KSR-BUNDLE-POP/set", NULL, SIGNED, ANY, pop_set, NULL, 0,
	    "a signature was made over one of two keys" },
	{ "KSR-BUNDLE-POP/swapped", NULL, SIGNED, ANY, pop_swapped, NULL, 0,
	    "two signatures changed places" },
	{ "KSR-BUNDLE-POP/foreign", NULL, SIGNED, ANY, pop_foreign, NULL, 0,
	    "a signature was made by another key" },
	{ "KSR-BUNDLE-POP/stray", NULL, SIGNED, ANY, pop_stray, NULL, 0,
	    "a signature belongs to no key of the bundle" },
	{ "KSR-BUNDLE-COUNT/ten", NULL, CONTENT, ANY, count_ten, NULL, 0,
	    "ten bundles, nine days apart" },
	{ "KSR-BUNDLE-COUNT/eight", "KSR-BUNDLE-COUNT KSR-BUNDLE-CYCLE-DURATION KSR-POLICY-KEYS",
	    CONTENT, ANY, count_eight, NULL, 0,
	    "eight bundles, so that the cycle is too short and the next key is missing" },
	{ "KSR-BUNDLE-CYCLE-DURATION/short", NULL, CONTENT, ANY, cycle_short, NULL, 0,
	    "nine bundles in 72 days" },
	{ "KSR-BUNDLE-CYCLE-DURATION/long", NULL, CONTENT, ANY, cycle_long, NULL, 0,
	    "nine bundles in 84 days" },
	{ "KSR-POLICY-KEYS/extra", NULL, CONTENT, ANY, policy_extra_key, NULL, 0,
	    "two keys in a slot that should have one" },
	{ "KSR-POLICY-KEYS/fourth", NULL, CONTENT, ANY, policy_fourth_key, NULL, 0,
	    "four different keys in all" },
	{ "KSR-POLICY-KEYS/missing", NULL, CONTENT, ANY, policy_missing_key, NULL, 0,
	    "the last slot lacks the next key" },
	{ "KSR-POLICY-ALG/deprecated", NULL, CONTENT, ANY, alg_deprecated, NULL, 0,
	    "the request declares algorithm 5" },
	{ "KSR-POLICY-ALG/unapproved", NULL, CONTENT, ANY, alg_unapproved, NULL, 0,
	    "the request declares an algorithm that is not approved" },
	{ "KSR-POLICY-ALG/unsupported", NULL, CONTENT, ANY, alg_unsupported, NULL, 0,
	    "the request declares algorithm 200" },
	{ "KSR-POLICY-ALG/size", NULL, CONTENT, FAMILY_RSA, alg_size, NULL, 0,
	    "the request declares RSA keys of 1024 bits" },
	{ "KSR-POLICY-ALG/exponent", NULL, CONTENT, FAMILY_RSA, alg_exponent, NULL, 0,
	    "the request declares exponent 3" },
	{ "KSR-POLICY-SIG-OVERLAP/below", NULL, CONTENT, ANY, overlap_below, FIRST, 0,
	    "the bundles overlap a second less than the request says" },
	{ "KSR-POLICY-SIG-OVERLAP/above", NULL, CONTENT, ANY, overlap_above, FIRST, 0,
	    "the bundles overlap a second more than the request says" },
	{ "KSR-POLICY-SIG-OVERLAP/order", "KSR-POLICY-SIG-OVERLAP KSR-POLICY-BUNDLE-INTERVALS",
	    CONTENT, ANY, overlap_order, NULL, 0, "two bundles stand in the wrong order" },
	{ "KSR-POLICY-SIG-OVERLAP/operator", "KSR-POLICY-SIG-OVERLAP KSR-POLICY-SIG-VALIDITY",
	    CONTENT, ANY, overlap_operator, NULL, 0,
	    "a short bundle that the request allows itself, against the KSK operator's limits" },
	{ "KSR-POLICY-SIG-VALIDITY/short", NULL, CONTENT, ANY, validity_short, NULL, 0,
	    "a bundle ends a second early" },
	{ "KSR-POLICY-SIG-VALIDITY/long", NULL, CONTENT, ANY, validity_long, NULL, 0,
	    "a bundle ends a second late" },
	{ "KSR-POLICY-SIG-VALIDITY/none", NULL, CONTENT, ANY, validity_none, NULL, 0,
	    "a bundle ends before it begins" },
	{ "KSR-POLICY-SIG-VALIDITY/request", NULL, CONTENT, ANY, validity_request, NULL, 0,
	    "the request's own limits are shorter than its bundles" },
	{ "KSR-POLICY-SIG-VALIDITY/operator", NULL, CONTENT, ANY, validity_operator, NULL, 0,
	    "the request allows itself more than the KSK operator does" },
	{ "KSR-POLICY-SIG-HORIZON/far", NULL, JUDGE, ANY, NULL, NULL, -90,
	    "the last signature would end more than 180 days ahead" },
	{ "KSR-POLICY-SIG-HORIZON/expired", NULL, JUDGE, ANY, NULL, NULL, 22,
	    "the first bundle has expired" },
	{ "KSR-POLICY-BUNDLE-INTERVALS/long", NULL, CONTENT, ANY, intervals_long, NULL, 0,
	    "eleven days and a half between two bundles" },
	{ "KSR-POLICY-BUNDLE-INTERVALS/short", NULL, CONTENT, ANY, intervals_short, NULL, 0,
	    "eight days between two bundles" },
	{ "KSR-CHAIN-KEYS/stranger", NULL, CONTENT, ANY, chain_stranger, NULL, 0,
	    "the active key was never published before" },
	{ "KSR-CHAIN-KEYS/renamed", NULL, CONTENT, ANY, chain_renamed, NULL, 0,
	    "another key under the identifier that was published before" },
	{ "KSR-CHAIN-KEYS/retired", NULL, CONTENT, ANY, chain_retired, NULL, 0,
	    "the key that was active before is gone at once" },
	{ "KSR-CHAIN-OVERLAP/late", NULL, CONTENT, ANY, chain_late, NULL, 0,
	    "the first bundle begins five days too late" },
	{ "KSR-CHAIN-OVERLAP/early", NULL, CONTENT, ANY, chain_early, NULL, 0,
	    "the first bundle begins five days too early" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
