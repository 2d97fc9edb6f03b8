#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "fixture.h"
#include "judge/rules.h"
#include "model/policy.h"

static const struct key	*held[1];	/* what the token of a world holds */

static struct bundle *
asked(struct world *w, size_t slot)
{
	return &w->ksr->bundles.v[slot - 1];
}

static struct bundle *
answered(struct world *w, size_t slot)
{
	return &w->skr->bundles.v[slot - 1];
}

static struct bundle *
earlier(struct world *w, size_t slot)
{
	return &w->previous->bundles.v[slot - 1];
}

static void
rename_to(char **text, const char *to)
{
	free(*text);
	*text = copy_of(to);
}

static void
drop_key(struct bundle *b, size_t i)
{
	key_clear(&b->keys[i]);
	memmove(&b->keys[i], &b->keys[i + 1], (--b->nkeys - i) * sizeof(b->keys[0]));
}

static void
drop_sig(struct bundle *b, size_t i)
{
	sig_clear(&b->sigs[i]);
	memmove(&b->sigs[i], &b->sigs[i + 1], (--b->nsigs - i) * sizeof(b->sigs[0]));
}

/* From this slot on, later by so much. */
static void
shift(struct bundles *all, size_t slot, int64_t by)
{
	size_t	 i;

	for (i = slot - 1; i < all->n; i++) {
		all->v[i].inception += by;
		all->v[i].expiration += by;
	}
}

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
	put_sig(asked(w, 9), &w->pairs[ZSK_NOW], &w->pairs[ZSK_NOW].key, ".");
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

static void
pop_foreign(struct world *w)		/* by a key that stands elsewhere only */
{
	put_sig(asked(w, 5), &w->pairs[ZSK_OLD], &w->pairs[ZSK_OLD].key, ".");
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
	w->subject.now += DAY - 1;		/* days are counted, not seconds */
}

static void
horizon_expired(struct world *w)
{
	w->subject.now = asked(w, 1)->expiration;
}

static void
horizon_not_expired(struct world *w)
{
	w->subject.now = asked(w, 1)->expiration - 1;
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
	sign_response(w, w->previous);
}

static void
chain_changed(struct world *w)		/* the active key is replaced by another */
{
	key_clear(&asked(w, 1)->keys[0]);
	key_copy(&asked(w, 1)->keys[0], &w->pairs[ZSK_NEXT].key);
	w->policy->request.num_different_keys_in_all_bundles = 2;
	sign_request(w);
}

static void
chain_gone(struct world *w)
{
	drop_key(asked(w, 1), 0);
	w->policy->request.num_keys_per_bundle.v[0] = 1;
	w->policy->request.num_different_keys_in_all_bundles = 2;
	sign_request(w);
}

static void
chain_unclear(struct world *w)		/* two ZSKs at the end, of which neither was active */
{
	key_clear(&earlier(w, 9)->keys[0]);
	key_copy(&earlier(w, 9)->keys[0], &w->pairs[ZSK_BEFORE].key);
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
}

static void
chain_before(struct world *w)		/* begins with the last one */
{
	shift(&w->previous->bundles, 1, INTERVAL);
	w->ksr->zsk.max_validity_overlap = 40 * DAY;
}

/* The answer's own chain, the request not being at hand. */

static void
answer_gone(struct world *w)
{
	drop_key(answered(w, 1), 0);
	sign_response(w, w->skr);
	w->subject.ksr = NULL;
}

static void
answer_late(struct world *w)
{
	chain_late(w);
	w->skr->zsk.min_validity_overlap = 0;
	w->subject.ksr = NULL;
}

static void
not_held(struct world *w)
{
	held[0] = &w->pairs[KSK_OTHER].key;
}

static void
nothing_held(struct world *w)
{
	w->subject.nheld = 0;
}

/* SKR-VERIFY */

static void
verify_tampered(struct world *w)
{
	answered(w, 4)->sigs[0].data[63] ^= 1;
	w->subject.anchors = NULL;
}

static void
verify_key(struct world *w)		/* another key slipped into the set */
{
	put_key(answered(w, 4), &w->pairs[KSK_OTHER].key);
	w->subject.anchors = NULL;
}

static void
verify_unsigned(struct world *w)
{
	drop_sig(answered(w, 4), 0);
	w->subject.anchors = NULL;
}

static void
verify_inception(struct world *w)
{
	answered(w, 4)->sigs[0].inception--;
	sign_again(answered(w, 4)->sigs, &w->pairs[KSK], ".", answered(w, 4));
}

static void
verify_expiration(struct world *w)
{
	answered(w, 4)->sigs[0].expiration++;
	sign_again(answered(w, 4)->sigs, &w->pairs[KSK], ".", answered(w, 4));
}

static void
verify_ttl(struct world *w)
{
	answered(w, 4)->sigs[0].ttl--;
}

static void
verify_mixed_ttl(struct world *w)
{
	answered(w, 4)->keys[0].ttl--;
}

static void
verify_tag(struct world *w)
{
	answered(w, 4)->keys[0].tag++;
}

static void
verify_stranger(struct world *w)	/* a good signature by a key that is not in the set */
{
	put_sig(answered(w, 4), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
}

/* SKR-COUNT, SKR-MATCH, SKR-ANCHOR */

static void
skr_count(struct world *w)
{
	w->policy->response.num_bundles = 6;
}

static void
match_id(struct world *w)
{
	rename_to(&w->skr->id, "request-3");
}

static void
match_serial(struct world *w)
{
	w->skr->serial++;
}

static void
match_domain(struct world *w)
{
	dname_parse(&w->ksr->name, "example");
}

static void
match_policy_time(struct world *w)
{
	w->skr->zsk.retire_safety++;
}

static void
match_policy_alg(struct world *w)
{
	w->skr->zsk.algs[0].bits++;
}

static void
match_policy_algs(struct world *w)
{
	struct sigalg	 again = w->skr->zsk.algs[0];

	*(struct sigalg *)must(sigpolicy_add(&w->skr->zsk)) = again;
}

static void
match_bundle_id(struct world *w)
{
	rename_to(&answered(w, 4)->id, "new-44");
}

static void
match_bundle_missing(struct world *w)
{
	bundle_clear(&w->skr->bundles.v[--w->skr->bundles.n]);
	w->policy->response.num_bundles = 8;
}

static void
match_inception(struct world *w)
{
	answered(w, 4)->inception--;
	sign_response(w, w->skr);
}

static void
match_expiration(struct world *w)
{
	answered(w, 4)->expiration++;
	sign_response(w, w->skr);
}

static void
match_key_missing(struct world *w)
{
	drop_key(answered(w, 9), 1);
	sign_response(w, w->skr);
}

static void
match_key_more(struct world *w)
{
	put_key(answered(w, 4), &w->pairs[ZSK_NEXT].key);
	sign_response(w, w->skr);
}

static void
match_ksk_more(struct world *w)		/* SKR-KSKS judges those */
{
	put_key(answered(w, 4), &w->pairs[KSK_OTHER].key);
	sign_response(w, w->skr);
}

static void
anchor_other(struct world *w)
{
	w->anchors.v[0].digest[0] ^= 1;
}

static void
anchor_not_yet(struct world *w)
{
	w->anchors.v[0].valid_from = START + 1;
}

static void
anchor_no_longer(struct world *w)
{
	w->anchors.v[0].valid_until = answered(w, 9)->inception;
}

static void
anchor_just(struct world *w)
{
	w->anchors.v[0].valid_from = START;
	w->anchors.v[0].valid_until = answered(w, 9)->inception + 1;
}

static void
anchor_unsigned(struct world *w)	/* the anchored key stands there, another signs */
{
	put_key(answered(w, 4), &w->pairs[KSK_OTHER].key);
	drop_sig(answered(w, 4), 0);
	put_sig(answered(w, 4), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
}

static void
anchor_zsk(struct world *w)		/* the anchor names a ZSK, which signs: no anchor */
{
	struct key	*k = &answered(w, 4)->keys[0];

	drop_sig(answered(w, 4), 0);
	put_sig(answered(w, 4), &w->pairs[ZSK_NOW], k, ".");
	w->anchors.v = must(reallocarray(w->anchors.v, 2, sizeof(*w->anchors.v)));
	w->anchors.v[1] = w->anchors.v[0];
	w->anchors.v[1].name = copy_of("zsk");
	w->anchors.v[1].tagless = true;
	key_ds(w->anchors.v[1].digest, k, &w->skr->name);
	w->anchors.n = 2;
}

struct fault {
	const char	*rule;		/* the only one that is broken; NULL: none */
	const char	*word;		/* its switch; NULL: it has none, or it is not tried */
	enum verdict	(*judge)(const struct subject *);
	void		(*make)(struct world *);
	const char	*name;
};

#define R(rule, word, make)	{ rule, "request_policy." word, check_request, make, #make }
#define C(rule, word, make)	{ rule, "request_policy." word, check_response, make, #make }
#define T(rule, word, make)	{ rule, "request_policy." word, check_token, make, #make }
#define S(rule, word, make)	{ rule, "response_policy." word, check_response, make, #make }
#define ALWAYS_ON(rule, judge, make) { rule, NULL, judge, make, #make }
#define FINE(judge, make)	{ NULL, NULL, judge, make, #make }

static const struct fault faults[] = {
	R("KSR-DOMAIN", "check_domain", domain_foreign),
	R("KSR-ID", "check_id", id_previous),
	ALWAYS_ON("KSR-BUNDLE-UNIQUE", check_request, unique_twice),
	ALWAYS_ON("KSR-BUNDLE-UNIQUE", check_request, unique_previous),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_identifier),
	R("KSR-BUNDLE-KEYS", "keys_match_zsk_policy", keys_moved_identifier),
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
	R("KSR-BUNDLE-POP", "validate_signatures", pop_swapped),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_signer),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_labels),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_original_ttl),
	R("KSR-BUNDLE-POP", "validate_signatures", pop_tag),
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
	R("KSR-POLICY-SIG-OVERLAP", "check_bundle_overlap", overlap_order),
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
	R("KSR-CHAIN-OVERLAP", "check_chain_overlap", chain_before),
	C("KSR-CHAIN-KEYS", "check_chain_keys", answer_gone),
	C("KSR-CHAIN-OVERLAP", "check_chain_overlap", answer_late),
	T("KSR-CHAIN-KEYS", "check_chain_keys_in_hsm", not_held),
	T("KSR-CHAIN-KEYS", "check_chain_keys_in_hsm", nothing_held),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_tampered),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_key),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_inception),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_expiration),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_ttl),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_mixed_ttl),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_tag),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_stranger),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_unsigned),
	S("SKR-COUNT", "check_skr_count", skr_count),
	S("SKR-MATCH", "check_skr_match", match_id),
	S("SKR-MATCH", "check_skr_match", match_serial),
	S("SKR-MATCH", "check_skr_match", match_domain),
	S("SKR-MATCH", "check_skr_match", match_policy_time),
	S("SKR-MATCH", "check_skr_match", match_policy_alg),
	S("SKR-MATCH", "check_skr_match", match_policy_algs),
	S("SKR-MATCH", "check_skr_match", match_bundle_id),
	S("SKR-MATCH", "check_skr_match", match_bundle_missing),
	S("SKR-MATCH", "check_skr_match", match_inception),
	S("SKR-MATCH", "check_skr_match", match_expiration),
	S("SKR-MATCH", "check_skr_match", match_key_missing),
	S("SKR-MATCH", "check_skr_match", match_key_more),
	FINE(check_response, match_ksk_more),
	S("SKR-ANCHOR", "check_skr_anchor", anchor_other),
	S("SKR-ANCHOR", "check_skr_anchor", anchor_not_yet),
	S("SKR-ANCHOR", "check_skr_anchor", anchor_no_longer),
	S("SKR-ANCHOR", "check_skr_anchor", anchor_unsigned),
	S("SKR-ANCHOR", "check_skr_anchor", anchor_zsk),
	FINE(check_response, anchor_just),
};

#define NFAULTS	(sizeof(faults) / sizeof(faults[0]))

static struct world *
sound_world(void)
{
	struct world	*w = world_new();

	held[0] = &w->pairs[KSK].key;
	w->subject.held = held;
	w->subject.nheld = 1;
	return w;
}

static void
test_sound(void)
{
	struct world	*w = sound_world();

	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	/* The two limits that ksk_policy does not set. */
	CU_ASSERT_EQUAL(w->report.count, 2);
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-OVERLAP",
	    "no upper or lower limit"));
	CU_ASSERT_TRUE(report_has(&w->report, WARNING, "KSR-POLICY-SIG-VALIDITY", "no upper"));
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_token(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(w->report.count, 2);
	w->subject.previous = NULL;		/* --first */
	CU_ASSERT_EQUAL(check_request(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	CU_ASSERT_EQUAL(check_token(&w->subject), ACCEPT);
	w->subject.anchors = NULL;
	w->subject.ksr = NULL;
	CU_ASSERT_EQUAL(check_response(&w->subject), ACCEPT);
	world_free(w);
}

/* The row of a rule with this switch, or NULL. */
static const struct check *
row_of(const char *rule, const char *word)
{
	const struct check_table *const *t;
	size_t	 i;

	for (t = check_tables(); *t != NULL; t++)
		for (i = 0; i < (*t)->n; i++) {
			const struct check *c = &(*t)->rows[i];

			if (strcmp(c->id, rule) == 0 && (word == NULL) == (c->word == NULL) &&
			    (word == NULL || strcmp(c->word, word) == 0))
				return c;
		}
	return NULL;
}

static bool *
switch_of(struct policy *policy, const struct check *c)
{
	return (bool *)((char *)policy + c->offset);
}

/* Refused by this rule alone; accepted, and said, when that is switched off. */
static bool
holds(const struct fault *f)
{
	struct world	*w = sound_world();
	const struct check *c;
	enum verdict	 v;
	char		 text[128];
	char		*first;
	bool		 good;

	f->make(w);
	v = f->judge(&w->subject);
	first = copy_of(broken_rules(&w->report));
	good = v == (f->rule != NULL ? REFUSE : ACCEPT) && v == report_verdict(&w->report) &&
	    strcmp(first, f->rule != NULL ? f->rule : "") == 0;
	if (f->word != NULL) {
		report_free(&w->report);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c = row_of(f->rule, f->word));
		*switch_of(w->policy, c) = false;
		snprintf(text, sizeof(text), "switched off by %s", f->word);
		good = good && f->judge(&w->subject) == ACCEPT &&
		    report_count(&w->report, BROKEN) == 0 &&
		    report_has(&w->report, WARNING, f->rule, text);
	}
	if (!good)
		printf("[%s: exit %d, %s] ", f->name, v, first);
	free(first);
	world_free(w);
	return good;
}

static void
test_faults(void)
{
	size_t	 i;

	for (i = 0; i < NFAULTS; i++)
		CU_ASSERT_TRUE(holds(&faults[i]));
}

static bool
has_fault(const struct check *c)
{
	size_t	 i;

	for (i = 0; i < NFAULTS; i++)
		if (faults[i].rule != NULL && row_of(faults[i].rule, faults[i].word) == c)
			return true;
	return false;
}

/* One row, one meaning: its own switch, a line of words, and a fault here that it finds. */
static void
test_rows(void)
{
	const struct check_table *const *t;
	size_t	 i, n = 0;

	for (t = check_tables(); *t != NULL; t++)
		for (i = 0; i < (*t)->n; i++, n++) {
			const struct check *c = &(*t)->rows[i];

			CU_ASSERT_PTR_EQUAL(row_of(c->id, c->word), c);
			CU_ASSERT_TRUE(strncmp(c->id, "KSR-", 4) == 0 ||
			    strncmp(c->id, "SKR-", 4) == 0);
			CU_ASSERT_TRUE(c->what[0] != '\0' && strlen(c->what) < 80);
			if (!has_fault(c))
				printf("[no fault for %s] ", c->id);
			CU_ASSERT_TRUE(has_fault(c));
		}
	CU_ASSERT_TRUE(n >= 20);
}

/* Does the policy, printed, have this word with this value in the section it names? */
static bool
prints(const struct policy *policy, const char *word, const char *value)
{
	struct buf	 out = BUF_EMPTY;
	const char	*dot = strchr(word, '.'), *section, *end, *at;
	char		 name[64], line[128];
	bool		 found;

	snprintf(name, sizeof(name), "\n%.*s:\n", (int)(dot - word), word);
	snprintf(line, sizeof(line), "\n  %s: %s\n", dot + 1, value);
	CU_ASSERT_EQUAL_FATAL(buf_puts(&out, "\n"), 0);
	CU_ASSERT_EQUAL_FATAL(policy_print(&out, policy), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(section = strstr((char *)out.data, name));
	for (end = section + strlen(name); *end == ' ';)
		end += strcspn(end, "\n") + 1;
	at = strstr(section, line);
	found = at != NULL && at < end;
	buf_free(&out);
	return found;
}

static void
test_switches(void)
{
	struct policy	*policy = must(policy_default());
	const struct check_table *const *t;
	size_t	 i;

	for (t = check_tables(); *t != NULL; t++)
		for (i = 0; i < (*t)->n; i++) {
			const struct check *c = &(*t)->rows[i];

			if (c->word == NULL)
				continue;
			CU_ASSERT_TRUE(prints(policy, c->word, "true"));
			*switch_of(policy, c) = false;
			CU_ASSERT_TRUE(prints(policy, c->word, "false"));
			*switch_of(policy, c) = true;
		}
	policy_free(policy);
}

/* Every broken rule is reported, not only the first. */
static void
test_several(void)
{
	struct world	*w = sound_world();

	domain_foreign(w);
	id_previous(w);
	unique_twice(w);
	ttl_policy(w);
	pop_tampered(w);
	intervals_long(w);
	chain_late(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-POP KSR-BUNDLE-TTL "
	    "KSR-BUNDLE-UNIQUE KSR-CHAIN-OVERLAP KSR-DOMAIN KSR-ID KSR-POLICY-BUNDLE-INTERVALS");
	world_free(w);
}

/* The same key twice in a bundle is no set, and one of the two has proved nothing. */
static void
test_twice(void)
{
	struct world	*w = sound_world();

	put_key(asked(w, 3), &w->pairs[ZSK_NOW].key);
	w->policy->request.num_keys_per_bundle.v[2] = 2;
	sign_request(w);
	CU_ASSERT_EQUAL(check_request(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "KSR-BUNDLE-KEYS KSR-BUNDLE-POP");
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-BUNDLE-KEYS",
	    "'zsk-now' is used again, in the same bundle"));
	world_free(w);
}

/* Each place with its line: the bundle's, or the key's or signature's where it has one. */
static void
test_places(void)
{
	struct world	*w = sound_world();

	w->subject.previous = NULL;
	pop_tampered(w);
	asked(w, 5)->sigs[0].line = 555;
	rename_to(&asked(w, 7)->id, "new\n-2");
	intervals_long(w);
	check_request(&w->subject);
	CU_ASSERT_EQUAL_FATAL(report_count(&w->report, BROKEN), 9);
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, "KSR-BUNDLE-POP", "bundle 5 (new-5): key "));
	CU_ASSERT_EQUAL(w->report.findings[0].line, 555);
	CU_ASSERT_STRING_EQUAL(w->report.findings[0].input, "ksr.xml");
	CU_ASSERT_TRUE(report_has(&w->report, BROKEN, NULL, "bundle 7 (new\\x0a-2): begins P10D"));
	CU_ASSERT_EQUAL(w->report.findings[w->report.count - 1].line, 900);
	world_free(w);
}

/* The previous SKR: verified and ours, but not held to today's number of bundles. */
static void
test_previous(void)
{
	struct world	*w = sound_world();

	skr_count(w);
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	anchor_other(w);
	CU_ASSERT_EQUAL(check_previous(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "SKR-ANCHOR");
	CU_ASSERT_EQUAL_FATAL(report_count(&w->report, BROKEN), SLOTS);
	CU_ASSERT_STRING_EQUAL(w->report.findings[0].input, "previous.xml");
	report_free(&w->report);
	w->subject.anchors = NULL;
	CU_ASSERT_EQUAL(check_previous(&w->subject), ACCEPT);
	earlier(w, 9)->sigs[0].data[0] ^= 1;
	CU_ASSERT_EQUAL(check_previous(&w->subject), REFUSE);
	CU_ASSERT_STRING_EQUAL(broken_rules(&w->report), "SKR-VERIFY");
	world_free(w);
}

/* The switch for exponents alone: a warning in place of a refusal. */
static void
test_exponent(void)
{
	struct world	*w = sound_world();

	keypair_clear(&w->pairs[ZSK_NEXT]);
	keypair_make(&w->pairs[ZSK_NEXT], RSASHA256, DNSKEY_ZSK, "zsk-rsa");
	key_clear(&asked(w, 9)->keys[1]);
	key_copy(&asked(w, 9)->keys[1], &w->pairs[ZSK_NEXT].key);
	sign_request(w);
	rsa_too(w, 2048, 3);
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

/* Limits of our own on one side only are said to be missing on the other. */
static void
test_unlimited(void)
{
	struct world	*w = sound_world();

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

static uint16_t
active(const struct world *w, size_t slot)
{
	const struct key *k = active_zsk(&w->ksr->bundles, slot - 1, ECDSAP256SHA256);

	return k == NULL ? 0 : k->tag;
}

static void
test_active(void)
{
	struct world	*w = sound_world();
	struct bundles	 one = { w->ksr->bundles.v, 1 };
	size_t		 i;

	for (i = 1; i <= SLOTS; i++)
		CU_ASSERT_EQUAL(active(w, i), w->pairs[ZSK_NOW].key.tag);
	CU_ASSERT_PTR_NULL(active_zsk(&w->ksr->bundles, 0, RSASHA256));
	CU_ASSERT_PTR_NULL(active_zsk(&one, 0, ECDSAP256SHA256));
	put_key(asked(w, 5), &w->pairs[KSK].key);	/* no ZSK */
	CU_ASSERT_EQUAL(active(w, 5), w->pairs[ZSK_NOW].key.tag);
	put_key(asked(w, 5), &w->pairs[ZSK_NEXT].key);
	CU_ASSERT_EQUAL(active(w, 5), w->pairs[ZSK_NOW].key.tag);
	put_key(asked(w, 5), &w->pairs[ZSK_BEFORE].key);
	CU_ASSERT_EQUAL(active(w, 4), w->pairs[ZSK_NOW].key.tag);
	CU_ASSERT_EQUAL(active(w, 5), 0);		/* of three it cannot be told */
	CU_ASSERT_EQUAL(active(w, 6), 0);
	put_key(asked(w, 2), &w->pairs[ZSK_OLD].key);	/* both stand in the second slot */
	CU_ASSERT_EQUAL(active(w, 1), 0);
	world_free(w);
}

static void
test_show(void)
{
	const char	*a = show_duration(-90), *b = show_duration(10 * DAY), *c = show_time(0);

	CU_ASSERT_STRING_EQUAL(a, "-PT1M30S");
	CU_ASSERT_STRING_EQUAL(b, "P10D");
	CU_ASSERT_STRING_EQUAL(c, "1970-01-01T00:00:00Z");
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_sound), TEST(test_faults), TEST(test_rows), TEST(test_switches),
		TEST(test_several), TEST(test_twice), TEST(test_places), TEST(test_previous),
		TEST(test_exponent), TEST(test_unlimited), TEST(test_active), TEST(test_show),
	};

	return run_tests("check", tests, sizeof(tests) / sizeof(tests[0]));
}
