#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/build.h"
#include "faults.h"

/* KSR-DOMAIN, KSR-ID, KSR-BUNDLE-UNIQUE */

static void
domain_foreign(struct world *w)
{
	rename_to(&w->policy->request.acceptable_domains.v[0], "example");
}

static void
id_previous(struct world *w)
{
	rename_to(&w->ksr->id, "request-1");
}

static void
unique_twice(struct world *w)
{
	rename_to(&asked(w, 7)->id, "new-2");
}

static void
unique_previous(struct world *w)
{
	rename_to(&asked(w, 7)->id, "old-9");
}

/* KSR-BUNDLE-KEYS */

static void
keys_identifier(struct world *w)
{
	rename_to(&asked(w, 9)->keys[1].identifier, "zsk-now");
	sign_request(w);
}

static void
keys_moved_identifier(struct world *w)
{
	rename_to(&asked(w, 9)->keys[1].identifier, "zsk-old");
	sign_request(w);
}

/* Under another name it has proved itself, and takes the place of the key that comes next. */
static void
keys_alias(struct world *w)
{
	struct bundle	*b = asked(w, 9);

	drop_key(b, 1);
	rename_to(&put_key(b, &w->pairs[ZSK_NOW].key)->identifier, "zsk-next");
	sign_request(w);
	w->policy->request.num_different_keys_in_all_bundles = 2;
}

static void
keys_flags(struct world *w)
{
	asked(w, 9)->keys[1].flags = DNSKEY_KSK;
	asked(w, 9)->keys[1].tag = key_tag(&asked(w, 9)->keys[1]);
	sign_request(w);
}

static void
keys_tag(struct world *w)
{
	asked(w, 3)->keys[0].tag ^= 1;
}

static void
keys_size(struct world *w)
{
	w->ksr->zsk.algs[0].bits = 384;
}

static void
keys_algorithm(struct world *w)
{
	w->ksr->zsk.algs[0] = (struct sigalg){ ECDSAP384SHA384, FAMILY_ECDSA, 384, 0, 0 };
	w->policy->request.approved_algorithms.v[0] = ECDSAP384SHA384;
}

/* KSR-BUNDLE-TTL */

static void
ttl_slot(struct world *w)
{
	asked(w, 2)->keys[0].ttl = 86400;
	sign_request(w);
}

static void
ttl_policy(struct world *w)
{
	w->policy->ksk.ttl = 3600;
}

static void
ttl_dns(struct world *w)
{
	w->policy->request.dns_ttl = 86400;
}

/* KSR-BUNDLE-POP */

static void
pop_tampered(struct world *w)
{
	asked(w, 5)->sigs[0].data[0] ^= 1;
}

static void
pop_missing(struct world *w)
{
	drop_sig(asked(w, 9), 1);
}

static void
pop_none(struct world *w)
{
	drop_sig(asked(w, 5), 0);
}

static void
pop_twice(struct world *w)		/* one key twice, the other never */
{
	drop_sig(asked(w, 9), 1);
	put_proof(asked(w, 9), &w->pairs[ZSK_NOW], &w->pairs[ZSK_NOW].key, ".");
}

static void
pop_again(struct world *w)		/* each has signed, and one of them twice */
{
	put_proof(asked(w, 9), &w->pairs[ZSK_NOW], &w->pairs[ZSK_NOW].key, ".");
}

static void
pop_swapped(struct world *w)
{
	struct sig	*s = asked(w, 1)->sigs;
	unsigned char	*data = s[0].data;

	s[0].data = s[1].data;
	s[1].data = data;
}

static void
pop_signer(struct world *w)
{
	rename_to(&asked(w, 5)->sigs[0].signer, "com");
}

static void
pop_labels(struct world *w)
{
	asked(w, 5)->sigs[0].labels = 1;
}

static void
pop_original_ttl(struct world *w)
{
	asked(w, 5)->sigs[0].original_ttl = 1;
	sign_again(&asked(w, 5)->sigs[0], &w->pairs[ZSK_NOW], ".", asked(w, 5));
}

static void
pop_tag(struct world *w)
{
	asked(w, 5)->sigs[0].tag++;
	sign_again(&asked(w, 5)->sigs[0], &w->pairs[ZSK_NOW], ".", asked(w, 5));
}

/* A key that is written with a wrong tag has signed with it, and nobody else asks for the right one. */
static void
pop_both_tags(struct world *w)
{
	asked(w, 5)->keys[0].tag++;
	w->policy->request.keys_match_zsk_policy = false;
	pop_tag(w);
}

static void
pop_foreign(struct world *w)		/* by a key that stands elsewhere only */
{
	put_proof(asked(w, 5), &w->pairs[ZSK_OLD], &w->pairs[ZSK_OLD].key, ".");
}

static void
pop_subset(struct world *w)
{
	struct bundle	 one = *asked(w, 9);

	one.nkeys = 1;
	sign_again(&asked(w, 9)->sigs[0], &w->pairs[ZSK_NOW], ".", &one);
}

/* KSR-BUNDLE-COUNT, KSR-BUNDLE-CYCLE-DURATION */

static void
count_less(struct world *w)
{
	w->policy->request.num_bundles = 8;
}

static void
count_more(struct world *w)
{
	w->policy->request.num_bundles = 10;
}

static void
cycle_short(struct world *w)
{
	w->policy->request.min_cycle_inception_length = 80 * DAY + 1;
}

static void
cycle_long(struct world *w)
{
	w->policy->request.max_cycle_inception_length = 80 * DAY - 1;
}

/* KSR-POLICY-KEYS */

static void
policy_less(struct world *w)
{
	w->policy->request.num_keys_per_bundle.v[4] = 2;
}

static void
policy_more(struct world *w)
{
	w->policy->request.num_keys_per_bundle.v[8] = 1;
}

static void
policy_unnumbered(struct world *w)	/* slots of which the policy says nothing */
{
	w->policy->request.num_keys_per_bundle.n = 8;
}

static void
policy_different(struct world *w)
{
	w->policy->request.num_different_keys_in_all_bundles = 4;
}

static void
policy_fewer_different(struct world *w)
{
	w->policy->request.num_different_keys_in_all_bundles = 2;
}

/* KSR-POLICY-ALG */

static void
alg_more(struct world *w, uint8_t algorithm, enum family family, unsigned bits, uint64_t exponent)
{
	*(struct sigalg *)must(sigpolicy_add(&w->ksr->zsk)) =
	    (struct sigalg){ algorithm, family, bits, exponent, 9 };
}

static void
alg_deprecated(struct world *w)
{
	alg_more(w, 5, FAMILY_RSA, 2048, 65537);
}

static void
alg_unknown(struct world *w)
{
	alg_more(w, 200, FAMILY_EDDSA, 456, 0);
}

static void
alg_unapproved(struct world *w)
{
	w->policy->request.approved_algorithms.v[0] = RSASHA256;
}

static void
rsa_too(struct world *w, unsigned bits, uint64_t exponent)
{
	struct numbers	*ok = &w->policy->request.approved_algorithms;

	ok->v = must(reallocarray(ok->v, 2, sizeof(*ok->v)));
	ok->v[ok->n++] = RSASHA256;
	alg_more(w, RSASHA256, FAMILY_RSA, bits, exponent);
}

static void
alg_rsa_good(struct world *w)
{
	rsa_too(w, 2048, 65537);
}

static void
alg_size(struct world *w)
{
	rsa_too(w, 1024, 65537);
}

static void
alg_exponent(struct world *w)
{
	rsa_too(w, 2048, 3);
}

/* KSR-POLICY-SIG-OVERLAP: 11 days each */

static void
overlap_request_min(struct world *w)
{
	w->ksr->zsk.min_validity_overlap = 11 * DAY + 1;
	w->subject.previous = NULL;
}

static void
overlap_request_max(struct world *w)
{
	w->ksr->zsk.max_validity_overlap = 11 * DAY - 1;
	w->subject.previous = NULL;
}

static void
overlap_own_min(struct world *w)
{
	w->policy->ksk.min_validity_overlap = 11 * DAY + 1;
	w->subject.previous = NULL;
}

static void
overlap_own_max(struct world *w)
{
	w->policy->ksk.max_validity_overlap = 11 * DAY - 1;
	w->subject.previous = NULL;
}

static void
overlap_exact(struct world *w)
{
	w->ksr->zsk.min_validity_overlap = w->ksr->zsk.max_validity_overlap = 11 * DAY;
	w->policy->ksk.min_validity_overlap = w->policy->ksk.max_validity_overlap = 11 * DAY;
}

static void
overlap_gap(struct world *w)
{
	shift(&w->ksr->bundles, 5, VALIDITY);
	w->ksr->zsk.min_validity_overlap = 0;
	w->policy->request.max_bundle_interval = 40 * DAY;
	w->policy->request.max_cycle_inception_length = 120 * DAY;
}

static void
overlap_ttl(struct world *w)		/* a second less than the TTL */
{
	shift(&w->ksr->bundles, 5, 11 * DAY - 172800 + 1);
	w->ksr->zsk.min_validity_overlap = 0;
	w->policy->request.max_bundle_interval = 40 * DAY;
	w->policy->request.max_cycle_inception_length = 120 * DAY;
}

static void
overlap_ttl_exact(struct world *w)
{
	overlap_ttl(w);
	shift(&w->ksr->bundles, 5, -1);
}

static void
overlap_order(struct world *w)		/* slot 6 begins with slot 5 */
{
	asked(w, 6)->inception -= INTERVAL;
	asked(w, 6)->expiration -= INTERVAL;
	w->ksr->zsk.max_validity_overlap = 30 * DAY;
	w->ksr->zsk.min_validity_overlap = 0;
	w->policy->request.min_bundle_interval = 0;
	w->policy->request.max_bundle_interval = 40 * DAY;
}

/* KSR-POLICY-SIG-VALIDITY: 21 days each */

static void
validity_request_min(struct world *w)
{
	w->ksr->zsk.min_signature_validity = VALIDITY + 1;
}

static void
validity_request_max(struct world *w)
{
	w->ksr->zsk.max_signature_validity = VALIDITY - 1;
}

static void
validity_own_min(struct world *w)
{
	w->policy->ksk.min_signature_validity = VALIDITY + 1;
}

static void
validity_own_max(struct world *w)
{
	w->policy->ksk.max_signature_validity = VALIDITY - 1;
}

static void
validity_exact(struct world *w)
{
	w->policy->ksk.max_signature_validity = w->policy->ksk.min_signature_validity = VALIDITY;
}

static void
validity_none(struct world *w)		/* the last slot ends as it begins */
{
	asked(w, 9)->expiration = asked(w, 9)->inception;
	w->ksr->zsk.min_signature_validity = 0;
}

/* KSR-POLICY-SIG-HORIZON: the last expiration is 80 + 21 days after the first inception */

static void
horizon_far(struct world *w)
{
	w->policy->request.signature_horizon_days = 130;
}

static void
horizon_exact(struct world *w)
{
	w->policy->request.signature_horizon_days = 131;
	w->subject.sign_at += DAY - 1;		/* days are counted, not seconds */
}

static void
horizon_expired(struct world *w)
{
	w->subject.now = w->subject.sign_at = asked(w, 1)->expiration;
}

static void
horizon_not_expired(struct world *w)
{
	w->subject.now = w->subject.sign_at = asked(w, 1)->expiration - 1;
}

/* KSR-POLICY-BUNDLE-INTERVALS */

static void
intervals_short(struct world *w)
{
	w->policy->request.min_bundle_interval = INTERVAL + 1;
}

static void
intervals_long(struct world *w)
{
	w->policy->request.max_bundle_interval = INTERVAL - 1;
}

static void
intervals_exact(struct world *w)
{
	w->policy->request.min_bundle_interval = w->policy->request.max_bundle_interval = INTERVAL;
}

/* The chain */

static void
chain_new(struct world *w)		/* the new key was never published before */
{
	drop_key(earlier(w, 9), 1);
	w->ksr->zsk.publish_safety = 0;
	sign_response(w, w->previous);
}

static void
chain_changed(struct world *w)		/* the active key is replaced by another */
{
	change_key(asked(w, 1), 0, &w->pairs[ZSK_NEXT].key);
	w->ksr->zsk.retire_safety = 0;
	w->policy->request.num_different_keys_in_all_bundles = 2;
	sign_request(w);
}

static void
chain_gone(struct world *w)
{
	w->ksr->zsk.retire_safety = 0;
	drop_key(asked(w, 1), 0);
	w->policy->request.num_keys_per_bundle.v[0] = 1;
	w->policy->request.num_different_keys_in_all_bundles = 2;
	sign_request(w);
}

static void
chain_unclear(struct world *w)		/* two ZSKs at the end, of which neither was active */
{
	change_key(earlier(w, 9), 0, &w->pairs[ZSK_BEFORE].key);
	drop_key(asked(w, 1), 0);
	w->policy->request.num_keys_per_bundle.v[0] = 1;
	w->policy->request.num_different_keys_in_all_bundles = 2;
	sign_response(w, w->previous);
	sign_request(w);
}

static void
chain_late(struct world *w)		/* a gap of a day */
{
	shift(&w->previous->bundles, 1, -12 * DAY);
	w->ksr->zsk.min_validity_overlap = 0;
}

static void
chain_early(struct world *w)
{
	shift(&w->previous->bundles, 1, 2 * DAY);
	w->ksr->zsk.publish_safety = 8 * DAY;
}

static void
chain_before(struct world *w)		/* begins with the last one */
{
	shift(&w->previous->bundles, 1, INTERVAL);
	w->ksr->zsk.max_validity_overlap = 40 * DAY;
}

/* KSR-ID and KSR-CLOCK with a history of one answer */

static void
answered_before(struct world *w, const char *id, unsigned char digest, int64_t when)
{
	unsigned char	 ksr[DIGEST_SIZE], skr[DIGEST_SIZE] = { 0 };
	const char	*path = work_file("history", "", 0);

	memcpy(ksr, w->ksr->digest, sizeof(ksr));
	ksr[0] ^= digest;
	CU_ASSERT_EQUAL_FATAL(history_append(path, &(struct history_line){
	    when, id, ksr, skr, NULL, 0, NULL }, &w->report), ACCEPT);
	w->history = must(history_load(path, &w->report));
	w->subject.history = w->history;
}

static void
id_answered(struct world *w)
{
	answered_before(w, "request-2", 0, NOW - DAY);
}

static void
id_again(struct world *w)
{
	answered_before(w, "request-2", 0, NOW - DAY);
	w->subject.again = "the courier lost it";
}

static void
id_other(struct world *w)
{
	answered_before(w, "request-2", 1, NOW - DAY);
}

static void
id_other_again(struct world *w)		/* a word does not help */
{
	id_other(w);
	w->subject.again = "the courier lost it";
}

static void
id_new(struct world *w)
{
	answered_before(w, "request-1", 0, NOW);
}

static void
clock_history(struct world *w)
{
	answered_before(w, "request-1", 0, NOW + 1);
}

static void
proof_made(struct world *w, int64_t when)
{
	asked(w, 5)->sigs[0].inception = when;
	sign_again(&asked(w, 5)->sigs[0], &w->pairs[ZSK_NOW], ".", asked(w, 5));
}

static void
clock_proof(struct world *w)
{
	proof_made(w, NOW + 1);
}

static void
clock_proof_exact(struct world *w)
{
	proof_made(w, NOW);
}

static void
clock_by_hand(struct world *w)
{
	clock_proof(w);
	w->subject.by_hand = true;
}

/* As if the request had been made long ago. */
static void
clock_build_exact(struct world *w)
{
	size_t	 i, j;

	for (i = 0; i < SLOTS; i++)
		for (j = 0; j < w->ksr->bundles.v[i].nsigs; j++) {
			struct sig	*s = &w->ksr->bundles.v[i].sigs[j];

			s->inception = 0;
			sign_again(s, pair_of(w, &w->ksr->bundles.v[i].keys[j]), ".",
			    &w->ksr->bundles.v[i]);
		}
	w->subject.now = build_time;
}

static void
clock_build(struct world *w)
{
	clock_build_exact(w);
	w->subject.now--;
}

/* KSR-BUNDLE-TAGS: slot 9 has the keys zsk-now and zsk-next */

/* In place of zsk-next a key of this tag, of which nobody has the private half. */
static void
tag_of_next(struct world *w, uint16_t tag)
{
	force_tag(&asked(w, 9)->keys[1], tag);
	w->policy->request.validate_signatures = false;
	w->policy->request.check_key_quality = false;
}

static void
tags_same(struct world *w)
{
	tag_of_next(w, w->pairs[ZSK_NOW].key.tag);
}

static void
tags_ksk(struct world *w)
{
	tag_of_next(w, w->pairs[KSK].key.tag);
}

static void
tags_ksk_revoked(struct world *w)
{
	tag_of_next(w, key_tag_revoked(&w->pairs[KSK].key));
}

static void
tags_first(struct world *w)		/* nobody knows of that KSK */
{
	tags_ksk(w);
	w->subject.previous = NULL;
}

/* The policy names a KSK of this tag. */
static void
tags_named(struct world *w, uint8_t algorithm, unsigned tag)
{
	struct ksk	*k = must(calloc(1, sizeof(*k)));

	k->name = copy_of("ksk-2030");
	k->has_tag = true;
	k->tag = (uint16_t)tag;
	k->algorithm = algorithm;
	w->policy->keys = k;
	w->policy->nkeys = 1;
}

static void
tags_policy(struct world *w)
{
	tags_named(w, ECDSAP256SHA256, w->pairs[ZSK_NOW].key.tag);
}

static void
tags_policy_revoked(struct world *w)
{
	tags_named(w, ECDSAP256SHA256, w->pairs[ZSK_NOW].key.tag - 128U);
}

static void
tags_policy_carry(struct world *w)
{
	tags_named(w, ECDSAP256SHA256, w->pairs[ZSK_NOW].key.tag - 129U);
}

static void
tags_policy_near(struct world *w)
{
	tags_named(w, ECDSAP256SHA256, w->pairs[ZSK_NOW].key.tag - 127U);
}

static void
tags_policy_algorithm(struct world *w)	/* a warning */
{
	tags_named(w, RSASHA256, w->pairs[ZSK_NOW].key.tag);
}

/* Of a KSK at hand the tag that it will have is known, and no other is taken. */
static void
tags_policy_known(struct world *w)
{
	unsigned	 tag = w->pairs[KSK].key.tag, other = tag + 128;

	if (key_tag_revoked(&w->pairs[KSK].key) == (uint16_t)other)
		other = tag + 129;
	tags_named(w, ECDSAP256SHA256, tag);
	tag_of_next(w, (uint16_t)other);
}

/* KSR-KEY-QUALITY */

static void
quality_off_curve(struct world *w)
{
	struct key	*k = &asked(w, 9)->keys[1];

	k->public[40] ^= 1;
	k->tag = key_tag(k);
	w->policy->request.validate_signatures = false;
	w->policy->request.check_bundle_tags = false;
}

/* An RSA key in place of zsk-next; the policies say so. */
static void
next_is_rsa(struct world *w, uint64_t exponent)
{
	keypair_clear(&w->pairs[ZSK_NEXT]);
	do {
		keypair_clear(&w->pairs[ZSK_NEXT]);
		keypair_make(&w->pairs[ZSK_NEXT], RSASHA256, DNSKEY_ZSK, "zsk-rsa");
	} while (w->pairs[ZSK_NEXT].key.tag == w->pairs[ZSK_NOW].key.tag);
	change_key(asked(w, 9), 1, &w->pairs[ZSK_NEXT].key);
	sign_request(w);
	rsa_too(w, 2048, exponent);
	w->ksr->zsk.publish_safety = 0;		/* the first of its algorithm */
}

/* A KSK with the modulus of zsk-next times 2^16, thus with both its prime factors. */
static struct key *
sharing_ksk(struct world *w)
{
	struct key	*k;

	next_is_rsa(w, 65537);
	k = put_key(earlier(w, 3), &w->pairs[ZSK_NEXT].key);
	k->flags = DNSKEY_KSK;
	k->public = must(realloc(k->public, k->len + 2));
	k->public[k->len++] = 0;
	k->public[k->len++] = 0;
	return k;
}

static void
quality_shared(struct world *w)
{
	sharing_ksk(w);
}

static void
quality_shared_held(struct world *w)	/* on the token, beside the KSK in use */
{
	w->held[1] = sharing_ksk(w);
	w->subject.nheld = 2;
}

static void
quality_held(struct world *w)
{
	next_is_rsa(w, 65537);
	w->held[1] = &w->pairs[KSK_OTHER].key;
	w->subject.nheld = 2;
}

static void
quality_rsa_good(struct world *w)
{
	next_is_rsa(w, 65537);
}

static const struct fault faults[] = {
	R("KSR-DOMAIN", "check_domain", domain_foreign),
	R("KSR-ID", "check_id", id_previous),
	ALWAYS_ON("KSR-BUNDLE-UNIQUE", check_request, unique_twice),
	ALWAYS_ON("KSR-BUNDLE-UNIQUE", check_request, unique_previous),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_identifier),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_moved_identifier),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_alias),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_flags),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_tag),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_size),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_algorithm),
	R("KSR-BUNDLE-TTL", "check_bundle_ttl", ttl_slot),
	R("KSR-BUNDLE-TTL", "check_bundle_ttl", ttl_policy),
	R("KSR-BUNDLE-TTL", "check_bundle_ttl", ttl_dns),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_tampered),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_missing),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_none),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_twice),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_again),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_swapped),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_signer),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_labels),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_original_ttl),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_tag),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_both_tags),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_foreign),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_subset),
	R("KSR-BUNDLE-COUNT", "check_bundle_count", count_less),
	R("KSR-BUNDLE-COUNT", "check_bundle_count", count_more),
	R("KSR-BUNDLE-CYCLE-DURATION", "check_cycle_length", cycle_short),
	R("KSR-BUNDLE-CYCLE-DURATION", "check_cycle_length", cycle_long),
	R("KSR-POLICY-KEYS", "check_keys_match_ksk_operator_policy", policy_less),
	R("KSR-POLICY-KEYS", "check_keys_match_ksk_operator_policy", policy_more),
	R("KSR-POLICY-KEYS", "check_keys_match_ksk_operator_policy", policy_unnumbered),
	R("KSR-POLICY-KEYS", "check_keys_match_ksk_operator_policy", policy_different),
	R("KSR-POLICY-KEYS", "check_keys_match_ksk_operator_policy", policy_fewer_different),
	R("KSR-POLICY-ALG", "signature_algorithms_match_zsk_policy", alg_deprecated),
	R("KSR-POLICY-ALG", "signature_algorithms_match_zsk_policy", alg_unknown),
	R("KSR-POLICY-ALG", "signature_algorithms_match_zsk_policy", alg_unapproved),
	R("KSR-POLICY-ALG", "signature_algorithms_match_zsk_policy", alg_size),
	R("KSR-POLICY-ALG", "signature_algorithms_match_zsk_policy", alg_exponent),
	FINE(check_request, alg_rsa_good),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_request_min),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_request_max),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_own_min),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_own_max),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_gap),
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_ttl),
	ALWAYS_ON("KSR-POLICY-SIG-OVERLAP", check_request, overlap_order),
	FINE(check_request, overlap_exact),
	FINE(check_request, overlap_ttl_exact),
	R("KSR-POLICY-SIG-VALIDITY", "signature_validity_match_zsk_policy", validity_request_min),
	R("KSR-POLICY-SIG-VALIDITY", "signature_validity_match_zsk_policy", validity_request_max),
	R("KSR-POLICY-SIG-VALIDITY", "signature_validity_match_zsk_policy", validity_own_min),
	R("KSR-POLICY-SIG-VALIDITY", "signature_validity_match_zsk_policy", validity_own_max),
	R("KSR-POLICY-SIG-VALIDITY", "signature_validity_match_zsk_policy", validity_none),
	FINE(check_request, validity_exact),
	R("KSR-POLICY-SIG-HORIZON", "signature_check_expire_horizon", horizon_far),
	R("KSR-POLICY-SIG-HORIZON", "signature_check_expire_horizon", horizon_expired),
	FINE(check_request, horizon_exact),
	FINE(check_request, horizon_not_expired),
	R("KSR-POLICY-BUNDLE-INTERVALS", "check_bundle_intervals", intervals_short),
	R("KSR-POLICY-BUNDLE-INTERVALS", "check_bundle_intervals", intervals_long),
	FINE(check_request, intervals_exact),
	R("KSR-CHAIN-KEYS", "check_chain_keys", chain_new),
	R("KSR-CHAIN-KEYS", "check_chain_keys", chain_changed),
	R("KSR-CHAIN-KEYS", "check_chain_keys", chain_gone),
	R("KSR-CHAIN-KEYS", "check_chain_keys", chain_unclear),
	R("KSR-CHAIN-OVERLAP", "check_chain_overlap", chain_late),
	R("KSR-CHAIN-OVERLAP", "check_chain_overlap", chain_early),
	ALWAYS_ON("KSR-CHAIN-OVERLAP", check_request, chain_before),
	R("KSR-ID", "check_id", id_answered),
	R("KSR-ID", "check_id", id_other),
	R("KSR-ID", "check_id", id_other_again),
	FINE(check_request, id_again),
	FINE(check_request, id_new),
	R("KSR-CLOCK", "check_clock", clock_build),
	R("KSR-CLOCK", "check_clock", clock_history),
	R("KSR-CLOCK", "check_clock", clock_proof),
	FINE(check_request, clock_build_exact),
	FINE(check_request, clock_proof_exact),
	FINE(check_request, clock_by_hand),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_same),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_ksk),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_ksk_revoked),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_policy),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_policy_revoked),
	R("KSR-BUNDLE-TAGS", "check_bundle_tags", tags_policy_carry),
	FINE(check_request, tags_first),
	FINE(check_request, tags_policy_near),
	FINE(check_request, tags_policy_algorithm),
	FINE(check_request, tags_policy_known),
	R("KSR-KEY-QUALITY", "check_key_quality", quality_off_curve),
	R("KSR-KEY-QUALITY", "check_key_quality", quality_shared),
	FINE(check_request, quality_rsa_good),
	T("KSR-KEY-QUALITY", "check_key_quality", quality_shared_held),
	FINE(check_token, quality_held),
};

#define NFAULTS	(sizeof(faults) / sizeof(faults[0]))

static void
test_faults(void)
{
	size_t	 i;

	for (i = 0; i < NFAULTS; i++)
		CU_ASSERT_TRUE(fault_holds(&faults[i]));
}

static void
test_rows(void)
{
	CU_ASSERT_TRUE(faults_cover(&ksr_rules, check_request, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&key_rules, check_request, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&held_rules, check_token, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&chain_rules, check_request, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&policy_rules, check_request, faults, NFAULTS));
}

/* The same key twice in a bundle is no set, and one of the two has proved nothing. */
static void
test_twice(void)
{
	struct world	*w = world_new();

	put_key(asked(w, 3), &w->pairs[ZSK_NOW].key);
	w->policy->request.num_keys_per_bundle.v[2] = 2;
	sign_request(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-KEYS KSR-BUNDLE-POP");
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-BUNDLE-KEYS",
	    "(zsk-now) stands there 2 times"));
	world_free(w);
}

/* The switch for exponents alone: a warning in place of a refusal. */
static void
test_exponent(void)
{
	struct world	*w = world_new();

	next_is_rsa(w, 3);
	w->policy->request.rsa_approved_exponents.v[0] = 3;
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-KEYS");
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, NULL, "and this exponent"));
	report_free(&w->report);
	w->policy->request.rsa_exponent_match_zsk_policy = false;
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-BUNDLE-KEYS", "exponent 65537 is not"));
	report_free(&w->report);
	w->ksr->zsk.algs[1].bits = 2047;	/* the size is not forgiven */
	w->policy->request.rsa_approved_key_sizes.v[0] = 2047;
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-KEYS");
	world_free(w);
}

/* Different keys, of the request and the previous SKR, up to what is judged. */
static void
test_many_keys(void)
{
	struct world	*w = world_new();
	const struct check *quality = row_of("KSR-KEY-QUALITY", "request_policy.check_key_quality");
	struct key	*k;
	unsigned	 i;

	for (i = 0; i < 256 - 7; i++) {		/* with three ZSKs, and four keys before */
		k = put_key(asked(w, 3), &w->pairs[ZSK_NOW].key);
		k->public[2] ^= 1;
		k->public[0] = (unsigned char)i;
	}
	CU_ASSERT_EQUAL(quality->judge(&w->subject), REFUSE);
	CU_ASSERT_FALSE(report_has(&w->report, BROKEN, NULL, "different keys at hand"));
	put_key(asked(w, 4), &w->pairs[KSK_OTHER].key);
	report_free(&w->report);
	CU_ASSERT_EQUAL(quality->judge(&w->subject), REFUSE);
	CU_ASSERT_EQUAL(w->report.count, 1);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-KEY-QUALITY",
	    "different keys at hand, more than 256 are not judged"));
	world_free(w);
}

/* What a finding says of a shared factor, where, and of whom. */
static void
test_shared_text(void)
{
	struct world	*w = world_new();

	quality_shared(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_EQUAL(report_count(&w->report, BROKEN), 1);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-KEY-QUALITY", "bundle 9 (new-9): key "));
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-KEY-QUALITY",
	    "(zsk-rsa): its modulus has a prime factor in common with that of another key: zsk-rsa"));
	world_free(w);
}

/* What was found sound is not judged again; what has come since, is, and against it. */
static void
test_remembered(void)
{
	struct world	*w = world_new();
	const struct check *quality = row_of("KSR-KEY-QUALITY", "request_policy.check_key_quality");
	struct bundle	*before = earlier(w, 3);
	struct key	*k;
	int		 i;

	next_is_rsa(w, 65537);
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(quality->judge(&w->subject), ACCEPT);
	CU_ASSERT_TRUE(verifier_sound(w->subject.verifier, &w->pairs[ZSK_NEXT].key, NULL));
	k = put_key(before, &w->pairs[ZSK_NEXT].key);	/* times 2^16: it shares both factors */
	k->public = must(realloc(k->public, k->len + 2));
	k->public[k->len++] = 0;
	k->public[k->len++] = 0;
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(quality->judge(&w->subject), REFUSE);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, NULL, "(zsk-rsa): its modulus has a prime"));
	drop_key(before, before->nkeys - 1);
	CU_ASSERT_EQUAL(quality->judge(&w->subject), ACCEPT);
	k = put_key(asked(w, 5), &w->pairs[ZSK_NOW].key);
	k->public[40] ^= 1;
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(quality->judge(&w->subject), REFUSE);
	CU_ASSERT_FALSE(verifier_sound(w->subject.verifier, k, NULL));
	world_free(w);
}

/* A tag of another algorithm is a warning. */
static void
test_tag_warning(void)
{
	struct world	*w = world_new();

	tags_policy_algorithm(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-BUNDLE-TAGS",
	    "(zsk-now) has the key tag of ksk-2030, of another algorithm"));
	world_free(w);
}

/* Who answers again says why, and that is said on every run. */
static void
test_again_warning(void)
{
	struct world	*w = world_new();

	id_again(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-ID", "the courier lost it"));
	world_free(w);
}

/* Limits of our own on one side only are said to be missing on the other. */
static void
test_unlimited(void)
{
	struct world	*w = world_new();

	w->policy->ksk.min_validity_overlap = DAY;
	w->policy->ksk.max_signature_validity = 30 * DAY;
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-OVERLAP", "no upper limit"));
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-VALIDITY", "no lower limit"));
	report_free(&w->report);
	w->policy->ksk.min_validity_overlap = 12 * DAY;
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-POLICY-SIG-OVERLAP",
	    "bundle 2 (new-2): P11D of overlap with the bundle before, ksk_policy says P12D to any"));
	report_free(&w->report);
	w->policy->ksk.min_validity_overlap = DAY;
	w->policy->ksk.max_validity_overlap = 12 * DAY;
	w->policy->ksk.min_signature_validity = DAY;
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(w->report.count, 0);
	world_free(w);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_faults), TEST(test_rows), TEST(test_twice), TEST(test_exponent),
		TEST(test_many_keys), TEST(test_shared_text), TEST(test_remembered), TEST(test_tag_warning),
		TEST(test_again_warning), TEST(test_unlimited),
	};

	return run_tests("check_ksr", tests, sizeof(tests) / sizeof(tests[0]));
}
