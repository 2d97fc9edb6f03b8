/* Requests with keys that share a tag or are weak. */
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

/* The key published ahead becomes this one. */
static void
weak(struct scene *s, const struct softkey *k)
{
	replace_key(next_key(s), k);
}

static void
tags_twins(struct scene *s)
{
	const struct softkey	*twins[2];
	char			*name = quarter_zsk_name(s->spec, 0);
	size_t			 i;

	odd_twins(s->ring, &s->spec->type, twins);
	for (i = 1; i <= s->bundles->n; i++)
		replace_key(key_called(slot(s, i), name), twins[0]);
	replace_key(next_key(s), twins[1]);
	free(name);
}

/* The policy states one KSK more, of this tag. */
static void
tags_ksk(struct scene *s, uint16_t tag, unsigned algorithm)
{
	char		*entry = text("\nkeys:\n  ksk-clash:\n    label: ksk-clash\n    key_tag: %u\n"
			    "    algorithm: %s\n%s", (unsigned)tag, algorithm_name(algorithm),
			    algorithm_family(algorithm) != FAMILY_RSA ? "" :
			    "    rsa_size: 2048\n    rsa_exponent: 65537\n");

	aid_policy(s, (const char *const[]){ "\nkeys:\n", entry, NULL });
	free(entry);
}

static uint16_t
zsk_tag(struct scene *s)
{
	return slot(s, MIDDLE)->keys[0].tag;
}

static void
tags_policy(struct scene *s)
{
	tags_ksk(s, zsk_tag(s), s->spec->type.algorithm);
}

/* The policy does not say it: the previous response alone shows the KSK. */
static void
tags_previous(struct scene *s)
{
	struct key	 ksk = { 0 };
	char		*stated;

	softkey_dnskey(&ksk, keyring_get(s->ring, "ksk-1", &s->spec->type), DNSKEY_KSK,
	    s->spec->ttl);
	stated = text("    key_tag: %u\n", (unsigned)ksk.tag);
	aid_policy(s, (const char *const[]){ stated, "", NULL });
	weak(s, odd_tagged(s->ring, "zsk-odd", &s->spec->type, ksk.tag));
	free(stated);
	key_clear(&ksk);
}

/* REVOKE adds 128 to the sum, or 129 with a carry (RFC 4034 appendix B). */
static void
tags_revoked(struct scene *s)
{
	tags_ksk(s, (uint16_t)(zsk_tag(s) - 128), s->spec->type.algorithm);
}

static void
tags_carry(struct scene *s)
{
	tags_ksk(s, (uint16_t)(zsk_tag(s) - 129), s->spec->type.algorithm);
}

static void
tags_other(struct scene *s)
{
	tags_ksk(s, zsk_tag(s), s->spec->type.algorithm == ED25519 ? ED448 : ED25519);
}

/* The words behind the slash of the case's name say which key. */
static const char *
how(struct scene *s)
{
	return strchr(s->fault->name, '/') + 1;
}

static void
quality_rsa(struct scene *s)
{
	weak(s, odd_rsa(s->ring, "zsk-odd", &s->spec->type, how(s)));
}

/* The policy lets go what other rules would say of such a key. */
static void
let_go(struct scene *s)
{
	aid_policy(s, (const char *const[]){ "request_policy:\n",
	    "request_policy:\n  validate_signatures: false\n"
	    "  rsa_exponent_match_zsk_policy: false\n", NULL });
}

static void
quality_unproved(struct scene *s)
{
	quality_rsa(s);
	let_go(s);
}

static void
quality_shared(struct scene *s)
{
	weak(s, odd_sharing(s->ring, "zsk-odd", &s->spec->type, quarter_zsk(s->ring, s->spec, 0)));
}

/* The key that retired at the start of the quarter before. */
static void
quality_earlier(struct scene *s)
{
	weak(s, odd_sharing(s->ring, "zsk-odd", &s->spec->type,
	    quarter_zsk(s->ring, s->spec, -2)));
}

static void
quality_ksk(struct scene *s)
{
	struct keytype	 type = { s->spec->type.algorithm, RSA_BITS, RSA_EXPONENT };

	weak(s, odd_sharing(s->ring, "zsk-odd", &s->spec->type,
	    keyring_get(s->ring, "ksk-1", &type)));
}

static void
quality_written(struct scene *s)
{
	weak(s, odd_written(s->ring, "zsk-odd", &s->spec->type, how(s)));
}

static void
quality_curve(struct scene *s)
{
	quality_written(s);
	let_go(s);
}

static void
quality_edwards(struct scene *s)
{
	weak(s, odd_edwards(s->ring, "zsk-odd", &s->spec->type, how(s)));
}

/* OpenSSL verifies the signature of Ed25519's neutral point; with Ed448 it does not take the point. */
static void
quality_identity(struct scene *s)
{
	quality_edwards(s);
	if (s->spec->type.algorithm == ED448)
		let_go(s);
	else
		aid_policy(s, (const char *const[]){ NULL });
}

static void
quality_edwards_unproved(struct scene *s)
{
	quality_edwards(s);
	let_go(s);
}

#define RSA	FAMILY_RSA
#define EDDSA	FAMILY_EDDSA
#define CHANGED	"--policy @.yaml --previous prev.xml"

const struct fault key_faults[] = {
	{ "KSR-BUNDLE-TAGS/twins", NULL, CONTENT, ANY, tags_twins, "--first", 0,
	    "the two keys of a bundle have one tag" },
	{ "KSR-BUNDLE-TAGS/ksk", NULL, CONTENT, ANY, tags_policy, CHANGED, 0,
	    "a key has the tag of a KSK of the policy" },
	{ "KSR-BUNDLE-TAGS/revoked", NULL, CONTENT, ANY, tags_revoked, CHANGED, 0,
	    "a key has the tag that a KSK of the policy gets when it is revoked" },
	{ "KSR-BUNDLE-TAGS/previous", NULL, CONTENT, EDDSA, tags_previous, CHANGED, 0,
	    "a key has the tag of the KSK of the previous response, which the policy does not state" },
	{ "KSR-BUNDLE-TAGS/carry", NULL, CONTENT, ANY, tags_carry, CHANGED, 0,
	    "the same, with a carry in the sum" },
	{ "KSR-BUNDLE-TAGS/algorithm", "-", CONTENT, ANY, tags_other, CHANGED, 0,
	    "a key has the tag of a KSK of another algorithm" },
	{ "KSR-KEY-QUALITY/shared", NULL, CONTENT, RSA, quality_shared, NULL, 0,
	    "the moduli of two keys have a prime in common" },
	{ "KSR-KEY-QUALITY/earlier", NULL, CONTENT, RSA, quality_earlier, NULL, 0,
	    "a modulus has a prime in common with a key of the previous SKR alone" },
	{ "KSR-KEY-QUALITY/ksk", NULL, CONTENT, RSA, quality_ksk, NULL, 0,
	    "a modulus has a prime in common with that of the KSK" },
	{ "KSR-KEY-QUALITY/close", NULL, CONTENT, RSA, quality_rsa, NULL, 0,
	    "the two primes of a modulus are neighbours" },
	{ "KSR-KEY-QUALITY/near", NULL, CONTENT, RSA, quality_rsa, NULL, 0,
	    "the two primes of a modulus are near enough for 32 rounds of Fermat's method" },
	{ "KSR-KEY-QUALITY/factor-3", NULL, CONTENT, RSA, quality_rsa, NULL, 0,
	    "a modulus is divided by 3" },
	{ "KSR-KEY-QUALITY/factor-65521", NULL, CONTENT, RSA, quality_rsa, NULL, 0,
	    "a modulus is divided by the largest prime below 2^16" },
	{ "KSR-KEY-QUALITY/factor-2", NULL, CONTENT, RSA, quality_unproved, CHANGED, 0,
	    "a modulus is even" },
	{ "KSR-KEY-QUALITY/roca", NULL, CONTENT, RSA, quality_rsa, NULL, 0,
	    "the primes of a modulus are of the form of ROCA" },
	{ "KSR-KEY-QUALITY/exponent-1", NULL, CONTENT, RSA, quality_unproved, CHANGED, 0,
	    "the exponent is 1" },
	{ "KSR-KEY-QUALITY/exponent-65536", NULL, CONTENT, RSA, quality_unproved, CHANGED, 0,
	    "the exponent is even" },
	{ "KSR-KEY-QUALITY/exponent-4294967299", NULL, CONTENT, RSA, quality_unproved, CHANGED, 0,
	    "the exponent is 2^32 + 3" },
	{ "KSR-KEY-QUALITY/exponent-4294967297", "-", CONTENT, RSA, quality_unproved, CHANGED, 0,
	    "the exponent is 2^32 + 1" },
	{ "KSR-KEY-QUALITY/exponent-zero", NULL, CONTENT, RSA, quality_written, NULL, 0,
	    "the exponent begins with a zero" },
	{ "KSR-KEY-QUALITY/modulus-zero", NULL, CONTENT, RSA, quality_written, NULL, 0,
	    "the modulus begins with a zero" },
	{ "KSR-KEY-QUALITY/long-form", NULL, CONTENT, RSA, quality_written, NULL, 0,
	    "a short exponent has the length of a long one" },
	{ "KSR-KEY-QUALITY/off-curve", NULL, CONTENT, FAMILY_ECDSA, quality_curve, CHANGED, 0,
	    "a point is not on the curve" },
	{ "KSR-KEY-QUALITY/identity", NULL, CONTENT, EDDSA, quality_identity, CHANGED, 0,
	    "the neutral point, for which one signature holds over everything" },
	{ "KSR-KEY-QUALITY/order-4", NULL, CONTENT, EDDSA, quality_edwards_unproved, CHANGED, 0,
	    "a point of order 4" },
	{ "KSR-KEY-QUALITY/small-order", NULL, CONTENT, EDDSA, quality_edwards_unproved, CHANGED, 0,
	    "a point of order 8 or 2" },
	{ "KSR-KEY-QUALITY/no-point", NULL, CONTENT, EDDSA, quality_edwards_unproved, CHANGED, 0,
	    "bytes that are no point" },
	{ "KSR-KEY-QUALITY/wide", NULL, CONTENT, EDDSA, quality_edwards_unproved, CHANGED, 0,
	    "a coordinate that is not below p" },
	{ "KSR-KEY-QUALITY/sign", NULL, CONTENT, EDDSA, quality_edwards_unproved, CHANGED, 0,
	    "a sign where there is none" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
