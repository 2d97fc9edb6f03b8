#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"

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
	shift(&w->previous->bundles, 1, -10 * DAY);
	sign_response(w, w->previous);
	w->skr->zsk.min_validity_overlap = 0;
	w->subject.ksr = NULL;
}

static void
not_held(struct world *w)
{
	w->held[0] = &w->pairs[KSK_OTHER].key;
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
verify_twice(struct world *w)		/* the same set to every validator */
{
	put_key(answered(w, 4), &w->pairs[KSK].key);
}

static void
verify_renamed(struct world *w)
{
	struct key	*k = put_key(answered(w, 4), &w->pairs[ZSK_NOW].key);

	free(k->identifier);
	k->identifier = strdup("another");
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

static void
verify_again(struct world *w)		/* both are good */
{
	put_sig(answered(w, 4), &w->pairs[KSK], &w->pairs[KSK].key, ".");
}

/* Both KSKs stand in all slots, and the one signs. */
static void
two_ksks(struct world *w)
{
	size_t	 i;

	for (i = 1; i <= SLOTS; i++) {
		put_key(earlier(w, i), &w->pairs[KSK_OTHER].key);
		put_key(answered(w, i), &w->pairs[KSK_OTHER].key);
	}
	sign_response(w, w->previous);
	sign_response(w, w->skr);
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
	w->subject.expected = &w->expected;
	put_key(answered(w, 4), &w->pairs[KSK_OTHER].key);
	sign_response(w, w->skr);
}

static void
anchor_other(struct world *w)
{
	w->subject.expected = &w->expected;
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

/* Two anchors of one key, which hold until slot 5 and from then on; "first" is which stands first. */
static void
in_turn(struct world *w, size_t first)
{
	w->anchors.v = must(reallocarray(w->anchors.v, 2, sizeof(*w->anchors.v)));
	w->anchors.v[1] = w->anchors.v[0];
	w->anchors.v[1].name = copy_of("again");
	w->anchors.n = 2;
	w->anchors.v[first].valid_until = answered(w, 5)->inception;
	w->anchors.v[1 - first].valid_from = answered(w, 5)->inception;
}

static void
anchors_in_turn(struct world *w)
{
	in_turn(w, 0);
}

static void
anchors_in_reverse(struct world *w)
{
	in_turn(w, 1);
}

static void
anchors_with_hole(struct world *w)
{
	in_turn(w, 0);
	w->anchors.v[1].valid_from++;
}

static void
anchors_of_two(struct world *w)		/* the one that goes on is of another tag: of no key */
{
	in_turn(w, 0);
	w->anchors.v[1].tagless = false;
	w->anchors.v[1].tag ^= 1;
}

static void
anchor_unsigned(struct world *w)	/* the anchored key stands there, another signs */
{
	w->subject.expected = &w->expected;
	two_ksks(w);
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
	w->policy->response.check_skr_ksks = false;
}

/* SKR-ALG: a ZSK of an algorithm of which no key signs; one does */

static void
second_algorithm(struct world *w)
{
	keypair_clear(&w->pairs[ZSK_NEXT]);
	keypair_make(&w->pairs[ZSK_NEXT], ED25519, DNSKEY_ZSK, "zsk-ed");
	put_key(answered(w, 4), &w->pairs[ZSK_NEXT].key);
	w->subject.ksr = NULL;
}

static void
alg_unsigned(struct world *w)
{
	second_algorithm(w);
	sign_response(w, w->skr);
}

static void
alg_signed(struct world *w)
{
	second_algorithm(w);
	sign_response(w, w->skr);
	put_sig(answered(w, 4), &w->pairs[ZSK_NEXT], &w->pairs[ZSK_NEXT].key, ".");
	w->policy->response.check_skr_ksks = false;
}

/* SKR-COVERAGE: slot 4 expires 11 days after slot 5 begins */

static void
later_from(struct world *w, size_t slot, int64_t by)
{
	shift(&w->skr->bundles, slot, by);
	sign_response(w, w->skr);
	w->subject.ksr = NULL;
}

static void
coverage_exact(struct world *w)
{
	later_from(w, 5, 11 * DAY);
}

static void
coverage_gap(struct world *w)
{
	later_from(w, 5, 11 * DAY + 1);
}

static void
coverage_long(struct world *w)		/* the first slot is valid all the time */
{
	answered(w, 1)->expiration += 100 * DAY;
	coverage_gap(w);
}

static void
coverage_previous(struct world *w)
{
	later_from(w, 1, 11 * DAY + 1);
	w->policy->request.check_chain_overlap = false;
}

static void
coverage_first(struct world *w)
{
	coverage_previous(w);
	w->subject.previous = NULL;
}

/* SKR-KSKS */

static void
ksks_nobody_named(struct world *w)
{
	two_ksks(w);
	w->subject.anchors = NULL;
}

static void
ksks_stranger(struct world *w)
{
	two_ksks(w);
}

static void
ksks_stranger_expected(struct world *w)	/* anchors or not: who is expected is named */
{
	two_ksks(w);
	w->expected.v[1].digest[0] ^= 1;
	w->subject.anchors = NULL;
	w->subject.expected = &w->expected;
}

static void
ksks_expected(struct world *w)
{
	two_ksks(w);
	w->subject.expected = &w->expected;
}

static void
ksks_flags(struct world *w)		/* a ZSK that is revoked */
{
	struct key	*k = &answered(w, 4)->keys[0];

	*k = revoked_key(k);
	sign_response(w, w->skr);
	w->subject.ksr = NULL;
}

static void
ksks_zsk_signs(struct world *w)
{
	put_sig(answered(w, 4), &w->pairs[ZSK_NOW], &w->pairs[ZSK_NOW].key, ".");
}

/* Slot 4 with the KSK in its revoked form, which signs. */
static void
revoked_in_4(struct world *w)
{
	struct bundle	*b = answered(w, 4);
	struct key	 revoked = revoked_key(&w->pairs[KSK].key);

	change_key(b, 1, &revoked);
	drop_sig(b, 0);
	put_sig(b, &w->pairs[KSK], &revoked, ".");
	w->policy->request.check_keys_retire_safety = false;
	w->policy->request.check_keys_publish_safety = false;
}

static void
ksks_revoked_alone(struct world *w)
{
	revoked_in_4(w);
}

static void
ksks_both_forms(struct world *w)	/* and both sign */
{
	struct bundle	*b = answered(w, 4);
	struct key	 revoked = revoked_key(&w->pairs[KSK].key);

	put_key(b, &revoked);
	drop_sig(b, 0);
	put_sig(b, &w->pairs[KSK], &w->pairs[KSK].key, ".");
	put_sig(b, &w->pairs[KSK], &revoked, ".");
}

static void
ksks_revoked(struct world *w)		/* another KSK signs as well */
{
	revoked_in_4(w);
	w->subject.expected = &w->expected;
	put_key(answered(w, 4), &w->pairs[KSK_OTHER].key);
	drop_sig(answered(w, 4), 0);
	put_sig(answered(w, 4), &w->pairs[KSK], &answered(w, 4)->keys[1], ".");
	put_sig(answered(w, 4), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
}

/* Signed by a KSK alone that does not stand in the set. */
static void
ksks_unpublished_alone(struct world *w)
{
	drop_sig(answered(w, 4), 0);
	put_sig(answered(w, 4), &w->pairs[KSK_OTHER], &w->pairs[KSK_OTHER].key, ".");
	w->subject.extra = &w->pairs[KSK_OTHER].key;
	w->subject.nextra = 1;
	w->subject.anchors = NULL;
}

static const struct fault faults[] = {
	C("KSR-CHAIN-KEYS", "check_chain_keys", answer_gone),
	C("KSR-CHAIN-OVERLAP", "check_chain_overlap", answer_late),
	T("KSR-CHAIN-KEYS", "check_chain_keys_in_hsm", not_held),
	T("KSR-CHAIN-KEYS", "check_chain_keys_in_hsm", nothing_held),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_tampered),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_key),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_twice),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_renamed),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_inception),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_expiration),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_ttl),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_mixed_ttl),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_tag),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_stranger),
	ALWAYS_ON("SKR-VERIFY", check_response, verify_again),
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
	FINE(check_response, anchors_in_turn),
	FINE(check_response, anchors_in_reverse),
	S("SKR-ANCHOR", "check_skr_anchor", anchors_with_hole),
	S("SKR-ANCHOR", "check_skr_anchor", anchors_of_two),
	S("SKR-ALG", "check_skr_alg", alg_unsigned),
	FINE(check_response, alg_signed),
	S("SKR-COVERAGE", "check_skr_coverage", coverage_gap),
	S("SKR-COVERAGE", "check_skr_coverage", coverage_previous),
	FINE(check_response, coverage_exact),
	FINE(check_response, coverage_long),
	FINE(check_response, coverage_first),
	S("SKR-KSKS", "check_skr_ksks", ksks_stranger),
	S("SKR-KSKS", "check_skr_ksks", ksks_stranger_expected),
	S("SKR-KSKS", "check_skr_ksks", ksks_flags),
	S("SKR-KSKS", "check_skr_ksks", ksks_zsk_signs),
	S("SKR-KSKS", "check_skr_ksks", ksks_revoked_alone),
	S("SKR-KSKS", "check_skr_ksks", ksks_both_forms),
	S("SKR-KSKS", "check_skr_ksks", ksks_unpublished_alone),
	FINE(check_response, ksks_expected),
	FINE(check_response, ksks_nobody_named),
	FINE(check_response, ksks_revoked),
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
	CU_ASSERT_TRUE(faults_cover(&chain_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&token_rules, check_token, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&verify_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&count_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&skr_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&ksk_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&match_rules, check_response, faults, NFAULTS));
	CU_ASSERT_TRUE(faults_cover(&anchor_rules, check_response, faults, NFAULTS));
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(test_faults), TEST(test_rows),
	};

	return run_tests("check_skr", tests, sizeof(tests) / sizeof(tests[0]));
}
