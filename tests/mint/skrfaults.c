/* Responses that are well-formed and break one rule. */
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

static const struct softkey *
foreign_ksk(struct scene *s)
{
	return keyring_get(s->ring, "ksk-foreign", &s->spec->type);
}

static struct sig *
middle_sig(struct scene *s)
{
	return &slot(s, MIDDLE)->sigs[0];
}

static void
count_eight(struct scene *s)
{
	drop_last_bundle(s->bundles);
}

static void
verify_tampered(struct scene *s)
{
	struct sig	*sig = middle_sig(s);

	sig->data[sig->len / 2] ^= 1;
}

static void
verify_expiration(struct scene *s)
{
	middle_sig(s)->expiration -= HOUR;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

/* What a cache may hold for longer than anybody asked for. */
static void
verify_outlives(struct scene *s)
{
	middle_sig(s)->expiration += 30 * DAY;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

static void
verify_inception(struct scene *s)
{
	middle_sig(s)->inception += HOUR;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

static void
verify_ttl(struct scene *s)
{
	middle_sig(s)->ttl = 3600;
}

static void
verify_original_ttl(struct scene *s)
{
	middle_sig(s)->original_ttl = 3600;
	sig_remake_in(s, slot(s, MIDDLE), middle_sig(s));
}

static void
verify_labels(struct scene *s)
{
	middle_sig(s)->labels++;
}

static void
verify_signer(struct scene *s)
{
	replace(&middle_sig(s)->signer, need(strdup("foreign.example.")));
}

/* Beside a good signature of the same key. */
static struct sig *
second_sig(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);
	struct key	*key = key_by(b, DNSKEY_KSK);

	return bundle_sign(b, keyring_of(s->ring, key), key, s->owner, b->inception,
	    b->expiration);
}

static void
verify_tag(struct scene *s)
{
	struct sig	*sig = second_sig(s);

	sig->tag ^= 1;
	sig_remake_in(s, slot(s, MIDDLE), sig);
}

static void
verify_key_tag(struct scene *s)
{
	edit_tag(s->written);
}

/* Made over the KSK alone. */
static void
verify_set(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);
	struct key	*key = key_by(b, DNSKEY_KSK);

	sig_remake(&b->sigs[0], keyring_of(s->ring, key), s->owner, key, 1);
}

/* The signature of the slot before, which has other times. */
static void
verify_replayed(struct scene *s)
{
	struct sig	*from = &slot(s, MIDDLE - 1)->sigs[0], *to = middle_sig(s);

	free(to->data);
	to->data = need(malloc(from->len));
	memcpy(to->data, from->data, from->len);
	to->len = from->len;
}

/* A good signature, and beside it a bad one of the same key. */
static void
verify_second(struct scene *s)
{
	struct sig	*sig = second_sig(s);

	sig->data[sig->len / 2] ^= 1;
}

/* The keys of a bundle twice, which is the same set. */
static void
verify_twice(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);
	size_t		 i, n = b->nkeys;

	for (i = 0; i < n; i++) {
		struct key	*key = need(bundle_add_key(b));

		done(key_copy(key, &b->keys[i]));
	}
}

static void
verify_copies(struct scene *s)
{
	copy_sig(slot(s, MIDDLE), 99);
}

/* A good signature, and beside it one of a key that does not stand in the set. */
static void
verify_stray(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);
	struct key	 key = { 0 };

	softkey_dnskey(&key, foreign_ksk(s), DNSKEY_KSK, b->keys[0].ttl);
	bundle_sign(b, foreign_ksk(s), &key, s->owner, b->inception, b->expiration);
	key_clear(&key);
}

static void
verify_foreign(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);

	sig_remake(&b->sigs[0], foreign_ksk(s), s->owner, b->keys, b->nkeys);
}

static void
match_id(struct scene *s)
{
	replace(&s->skr->id, request_id(s->spec, s->spec->start - 1, 0));
}

static void
match_serial(struct scene *s)
{
	s->skr->serial++;
}

/* Another domain, and signed for it; an anchor is for a name, too. */
static void
match_domain(struct scene *s)
{
	replace(&s->skr->domain, need(strdup("foreign.example.")));
	done(dname_parse(&s->skr->name, s->skr->domain));
}

static void
match_bundle_id(struct scene *s)
{
	replace(&slot(s, MIDDLE)->id, request_id(s->spec, s->spec->start - 1, MIDDLE));
}

static void
match_order(struct scene *s)
{
	swap_bundles(s->bundles, MIDDLE, MIDDLE + 1);
}

static void
match_times(struct scene *s)
{
	slot(s, MIDDLE)->expiration += DAY;
}

static void
match_shorter(struct scene *s)
{
	slot(s, MIDDLE)->expiration -= DAY;
}

static void
match_extra(struct scene *s)
{
	bundle_put(slot(s, MIDDLE), keyring_get(s->ring, "zsk-stranger", &s->spec->type),
	    DNSKEY_ZSK, slot(s, MIDDLE)->keys[0].ttl);
}

static void
match_missing(struct scene *s)
{
	struct bundle	*last = slot(s, s->bundles->n);

	drop_key(last, key_by(last, DNSKEY_ZSK));
}

static void
match_policy(struct scene *s)
{
	s->skr->zsk.retire_safety += DAY;
}

static void
match_policy_algorithm(struct scene *s)
{
	struct sigalg	*a = need(sigpolicy_add(&s->skr->zsk));

	a->algorithm = RSASHA512;
	a->family = FAMILY_RSA;
	a->bits = RSA_BITS;
	a->exponent = RSA_EXPONENT;
}

/* Expected, and published in every bundle; it signs one of them alone. */
static void
anchor_one(struct scene *s)
{
	size_t	 i;

	for (i = 1; i <= s->bundles->n; i++) {
		bundle_put(slot(s, i), foreign_ksk(s), DNSKEY_KSK, s->spec->ttl);
		sign_by(s, i, i == MIDDLE ? "ksk-foreign" : "ksk-1");
	}
	aid_ds(s, foreign_ksk(s));
}

/* Expected, too, but not what the anchors name. */
static void
anchor_all(struct scene *s)
{
	size_t	 i;

	for (i = 1; i <= s->bundles->n; i++) {
		replace_key(key_by(slot(s, i), DNSKEY_KSK), foreign_ksk(s));
		sign_by(s, i, "ksk-foreign");
	}
	aid_ds(s, foreign_ksk(s));
}

/* The KSK stands there and signs nothing: the ZSK does. */
static void
anchor_zsk(struct scene *s)
{
	struct bundle	*b = slot(s, MIDDLE);
	struct key	*key = key_by(b, DNSKEY_ZSK);

	while (b->nsigs > 0)
		drop_sig(b, &b->sigs[0]);
	bundle_sign(b, keyring_get(s->ring, key->identifier, &s->spec->type), key, s->owner,
	    b->inception, b->expiration);
}

#define REST	" --ksr ksr.xml --anchor ksk.ds"

const struct fault skr_faults[] = {
	{ "SKR-COUNT/eight", "SKR-COUNT SKR-MATCH", CONTENT, ANY, count_eight, NULL, 0,
	    "the last bundle of the request is not answered" },
	{ "SKR-VERIFY/tampered", NULL, SIGNED, ANY, verify_tampered, NULL, 0,
	    "a bit of a signature was changed" },
	{ "SKR-VERIFY/expiration", NULL, SIGNED, ANY, verify_expiration, NULL, 0,
	    "a signature ends before its bundle" },
	{ "SKR-VERIFY/outlives", NULL, SIGNED, ANY, verify_outlives, NULL, 0,
	    "a signature is valid for a month longer than its bundle" },
	{ "SKR-VERIFY/inception", NULL, SIGNED, ANY, verify_inception, NULL, 0,
	    "a signature begins after its bundle" },
	{ "SKR-VERIFY/ttl", NULL, SIGNED, ANY, verify_ttl, NULL, 0,
	    "a signature has another TTL than the keys" },
	{ "SKR-VERIFY/original-ttl", NULL, SIGNED, ANY, verify_original_ttl, NULL, 0,
	    "a signature was made with another TTL than that of the keys" },
	{ "SKR-VERIFY/labels", NULL, SIGNED, ANY, verify_labels, NULL, 0,
	    "a signature counts one label too many" },
	{ "SKR-VERIFY/signer", NULL, SIGNED, ANY, verify_signer, NULL, 0,
	    "a signature names another signer than the domain" },
	{ "SKR-VERIFY/tag", NULL, SIGNED, ANY, verify_tag, NULL, 0,
	    "beside a good signature, one made with a tag that its key does not have" },
	{ "SKR-VERIFY/set", NULL, SIGNED, ANY, verify_set, NULL, 0,
	    "a signature was made over the KSK alone" },
	{ "SKR-VERIFY/replayed", NULL, SIGNED, ANY, verify_replayed, NULL, 0,
	    "a signature is that of the slot before" },
	{ "SKR-VERIFY/second", NULL, SIGNED, ANY, verify_second, NULL, 0,
	    "a bad signature beside a good one of the same key" },
	{ "SKR-VERIFY/twice", NULL, SIGNED, ANY, verify_twice, NULL, 0,
	    "every key stands twice in a bundle, which is the same set" },
	{ "SKR-VERIFY/copies", NULL, SIGNED, ANY, verify_copies, NULL, 0,
	    "a bundle has one and the same signature a hundred times" },
	{ "SKR-VERIFY/stray", NULL, SIGNED, ANY, verify_stray, NULL, 0,
	    "a second signature belongs to no key of the bundle" },
	{ "SKR-VERIFY/foreign", NULL, SIGNED, ANY, verify_foreign, NULL, 0,
	    "a signature was made by another key" },
	{ "SKR-VERIFY/key-tag", NULL, WRITTEN, ANY, verify_key_tag, NULL, 0,
	    "the tag written with a key is wrong" },
	{ "SKR-MATCH/id", NULL, CONTENT, ANY, match_id, NULL, 0,
	    "the id is not that of the request" },
	{ "SKR-MATCH/serial", NULL, CONTENT, ANY, match_serial, NULL, 0,
	    "the serial is not that of the request" },
	{ "SKR-MATCH/domain", NULL, CONTENT, ANY, match_domain,
	    "--first --no-anchor --ksr ksr.xml", 0, "made for another domain" },
	{ "SKR-MATCH/bundle-id", NULL, CONTENT, ANY, match_bundle_id, NULL, 0,
	    "a bundle has another id than in the request" },
	{ "SKR-MATCH/order", "SKR-MATCH KSR-POLICY-SAFETY", CONTENT, ANY, match_order, NULL, 0,
	    "two bundles stand in the wrong order" },
	{ "SKR-MATCH/times", NULL, CONTENT, ANY, match_times, NULL, 0,
	    "a bundle holds a day longer than was asked for" },
	{ "SKR-MATCH/shorter", NULL, CONTENT, ANY, match_shorter, NULL, 0,
	    "a bundle holds a day less than was asked for" },
	{ "SKR-MATCH/extra", NULL, CONTENT, ANY, match_extra, NULL, 0,
	    "a ZSK that nobody asked for" },
	{ "SKR-MATCH/missing", NULL, CONTENT, ANY, match_missing, NULL, 0,
	    "a requested ZSK is missing" },
	{ "SKR-MATCH/policy", NULL, CONTENT, ANY, match_policy, NULL, 0,
	    "the ZSK policy is not that of the request" },
	{ "SKR-MATCH/policy-algorithm", NULL, CONTENT, ANY, match_policy_algorithm, NULL, 0,
	    "the ZSK policy declares an algorithm more than the request" },
	{ "SKR-ANCHOR/one", NULL, SIGNED, ANY, anchor_one,
	    "--previous prev.xml --expect @.ds" REST, 0,
	    "one bundle is signed by a KSK that no anchor names" },
	{ "SKR-ANCHOR/all", NULL, SIGNED, ANY, anchor_all,
	    "--first --expect @.ds" REST, 0,
	    "every bundle is signed by a KSK that no anchor names" },
	{ "SKR-ANCHOR/zsk", "SKR-ANCHOR SKR-KSKS", SIGNED, ANY, anchor_zsk, NULL, 0,
	    "one bundle is signed by its ZSK only" },
	{ "KSR-CHAIN-OVERLAP/answered", NULL, REQUEST, ANY, chain_late,
	    "--previous prev.xml --ksr KSR-CHAIN-OVERLAP-late.xml --anchor ksk.ds", 0,
	    "answers a request that begins five days too late" },
	{ "KSR-CHAIN-KEYS/answered", NULL, REQUEST, ANY, chain_stranger,
	    "--previous prev.xml --ksr KSR-CHAIN-KEYS-stranger.xml --anchor ksk.ds", 0,
	    "answers a request whose active key was never published before" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
