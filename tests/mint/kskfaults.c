/* Responses whose KSKs break one rule, and their like that break none. */
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

#define NOBODY	"ksk-nobody"		/* that no anchor names */

static const struct softkey *
named(struct scene *s, const char *name)
{
	return keyring_get(s->ring, name, &s->spec->type);
}

/* A KSK of another algorithm. */
static const struct softkey *
other_ksk(struct scene *s)
{
	struct keytype	 type = { s->spec->type.algorithm == ED25519 ? ECDSAP256SHA256 : ED25519,
			    0, 0 };

	return keyring_get(s->ring, "ksk-other", &type);
}

/* In slots from to last, with these flags; who signs there is listed. */
static void
put(struct scene *s, size_t from, size_t last, const struct softkey *k, uint16_t flags,
    const char *signers)
{
	size_t	 i;

	for (i = from; i <= last; i++) {
		bundle_put(slot(s, i), k, flags, s->spec->ttl);
		sign_by(s, i, signers);
	}
}

static void
ksks_injected(struct scene *s)
{
	put(s, MIDDLE, MIDDLE, named(s, NOBODY), DNSKEY_KSK, "ksk-1");
}

static void
ksks_revoked_nobody(struct scene *s)
{
	put(s, MIDDLE, MIDDLE, named(s, NOBODY), DNSKEY_REVOKED, "ksk-1");
}

static void
ksks_flags(struct scene *s)
{
	put(s, MIDDLE, MIDDLE, named(s, NOBODY), DNSKEY_ZONE | 0x0002, "ksk-1");
}

static void
ksks_flags_sep(struct scene *s)
{
	put(s, MIDDLE, MIDDLE, named(s, NOBODY), DNSKEY_KSK | 0x0002, "ksk-1");
	aid_ds(s, named(s, NOBODY));
}

static void
ksks_zsk(struct scene *s)
{
	char	*zsk = quarter_zsk_name(s->spec, 0);
	char	*both = text("ksk-1 %s", zsk);

	quarter_zsk(s->ring, s->spec, 0);
	sign_by(s, MIDDLE, both);
	free(both);
	free(zsk);
}

/* In its revoked form everywhere, so that nothing is said of how it got there. */
static void
ksks_revoked(struct scene *s)
{
	size_t	 i;

	for (i = 1; i <= s->bundles->n; i++) {
		drop_key(slot(s, i), key_by(slot(s, i), DNSKEY_KSK));
		put(s, i, i, named(s, "ksk-1"), DNSKEY_REVOKED, "ksk-1");
	}
}

/* As it was, and revoked, in one slot. */
static void
ksks_both_forms(struct scene *s)
{
	put(s, MIDDLE, MIDDLE, named(s, "ksk-1"), DNSKEY_REVOKED, "ksk-1");
}

static void
ksks_expected(struct scene *s)
{
	put(s, 1, s->bundles->n, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1");
	aid_ds(s, named(s, "ksk-2"));
}

static void
alg_unsigned(struct scene *s)
{
	put(s, 1, s->bundles->n, other_ksk(s), DNSKEY_KSK, "ksk-1");
	aid_ds(s, other_ksk(s));
}

static void
alg_signed(struct scene *s)
{
	put(s, 1, s->bundles->n, other_ksk(s), DNSKEY_KSK, "ksk-1 ksk-other");
	aid_ds(s, other_ksk(s));
}

/* The parent has a DS of that key, since ever and until this day, counted from the start. */
static void
parent_until(struct scene *s, int day)
{
	struct story	 st = { .spec = *s->spec };
	struct key	 key = { 0 };
	struct buf	 b = BUF_EMPTY;
	char		*until = date(s->spec->start + day * DAY);

	softkey_dnskey(&key, other_ksk(s), DNSKEY_KSK, s->spec->ttl);
	ds_write(&b, &st, &key);
	aid_text(s, ".parent", text("- %sT00:00:00Z %s", until, (const char *)b.data));
	free(until);
	buf_free(&b);
	key_clear(&key);
}

static void
alg_parent(struct scene *s)
{
	parent_until(s, -1);
}

/* The TTL of the DS is that of the keys, two days. */
static void
alg_withdrawn(struct scene *s)
{
	parent_until(s, -2);
}

/* Bundles of 21 days every ten: from here on eleven days and a second later. */
static void
delay(struct scene *s, size_t from)
{
	size_t	 i;

	for (i = from; i <= s->bundles->n; i++) {
		slot(s, i)->inception += 11 * DAY + 1;
		slot(s, i)->expiration += 11 * DAY + 1;
	}
}

static void
coverage_inside(struct scene *s)
{
	delay(s, MIDDLE + 1);
}

/* At the first instant after the one at which the bundle before ends: no gap. */
static void
coverage_touching(struct scene *s)
{
	size_t	 i;

	delay(s, MIDDLE + 1);
	for (i = MIDDLE + 1; i <= s->bundles->n; i++)
		slot(s, i)->inception--;
}

static void
coverage_before(struct scene *s)
{
	delay(s, 1);
	aid_policy(s, (const char *const[]){ "  num_bundles: 9",
	    "  check_chain_overlap: false\n  num_bundles: 9", NULL });
}

/* A second KSK signs from slot 5 on; the operator wants to see it ten days before. */
static void
safety_from(struct scene *s, size_t published, size_t signs)
{
	put(s, published, signs - 1, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1");
	put(s, signs, s->bundles->n, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1 ksk-2");
	aid_ds(s, named(s, "ksk-2"));
	aid_policy(s, (const char *const[]){ "publish_safety: PT0S", "publish_safety: P10D",
	    NULL });
}

static void
safety_unpublished(struct scene *s)
{
	safety_from(s, MIDDLE, MIDDLE);
}

static void
safety_published(struct scene *s)
{
	safety_from(s, MIDDLE - 1, MIDDLE);
}

static void
safety_own(struct scene *s)
{
	s->skr->ksk.publish_safety = 10 * DAY + 1;
	safety_from(s, MIDDLE - 1, MIDDLE);
}

static void
safety_start(struct scene *s)
{
	safety_from(s, 1, 1);
}

/* RetireSafety is 28 days: gone in slot 5 is too early, in slot 7 is not. */
static void
retire_after(struct scene *s, size_t last)
{
	put(s, 1, MIDDLE - 1, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1 ksk-2");
	put(s, MIDDLE, last, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1");
	aid_ds(s, named(s, "ksk-2"));
}

static void
safety_gone(struct scene *s)
{
	retire_after(s, MIDDLE - 1);
}

static void
safety_retired_early(struct scene *s)
{
	retire_after(s, MIDDLE + 1);
}

static void
safety_retired(struct scene *s)
{
	retire_after(s, MIDDLE + 2);
}

static void
safety_revoked(struct scene *s)
{
	put(s, 1, MIDDLE - 1, named(s, "ksk-2"), DNSKEY_KSK, "ksk-1 ksk-2");
	put(s, MIDDLE, MIDDLE + 1, named(s, "ksk-2"), DNSKEY_REVOKED, "ksk-1 ksk-2");
	aid_ds(s, named(s, "ksk-2"));
}

static void
safety_revoked_alone(struct scene *s)
{
	size_t	 i;

	for (i = MIDDLE; i <= s->bundles->n; i++) {
		drop_key(slot(s, i), key_by(slot(s, i), DNSKEY_KSK));
		put(s, i, i, named(s, "ksk-1"), DNSKEY_REVOKED, "ksk-1");
	}
}

/* A KSK that signs alone at first, or not, and is revoked while another one signs. */
static void
timeline_revoked(struct scene *s)
{
	put(s, 1, MIDDLE - 1, named(s, "ksk-2"), DNSKEY_KSK, "ksk-2");
	put(s, MIDDLE, MIDDLE + 1, named(s, "ksk-2"), DNSKEY_REVOKED, "ksk-1 ksk-2");
	aid_ds(s, named(s, "ksk-2"));
}

/* In every slot a signature of a key that does not stand there. */
static void
sign_only(struct scene *s)
{
	const struct softkey	*k = named(s, "ksk-2");
	struct key		 key = { 0 };
	struct bundle		*b;
	size_t			 i;

	softkey_dnskey(&key, k, DNSKEY_KSK, s->spec->ttl);
	for (i = 1; i <= s->bundles->n; i++) {
		b = slot(s, i);
		bundle_sign(b, k, &key, s->owner, b->inception, b->expiration);
		done(bundle_sort(b));
	}
	aid_dnskey(s, k);
	key_clear(&key);
}

#define REST	" --ksr ksr.xml --anchor ksk.ds"
#define AFTER	"--previous prev.xml"
#define USUAL	AFTER REST
#define EXPECT	" --expect @.ds"

const struct fault ksk_faults[] = {
	{ "SKR-VERIFY/sign-only", NULL, SIGNED, ANY, sign_only, NULL, 0,
	    "signed also by a key that stands nowhere" },
	{ "SKR-VERIFY/keys", "-", SIGNED, ANY, sign_only, USUAL " --keys @.dnskey", 0,
	    "signed also by a key that stands nowhere, and is given" },
	{ "SKR-KSKS/injected", NULL, SIGNED, ANY, ksks_injected, NULL, 0,
	    "one bundle has a KSK of nobody's" },
	{ "SKR-KSKS/revoked-nobody", NULL, SIGNED, ANY, ksks_revoked_nobody, NULL, 0,
	    "one bundle has a revoked KSK of nobody's" },
	{ "SKR-KSKS/flags", NULL, SIGNED, ANY, ksks_flags, AFTER " --anchor ksk.ds", 0,
	    "a key has the flags 258" },
	{ "SKR-KSKS/flags-sep", NULL, SIGNED, ANY, ksks_flags_sep, USUAL EXPECT, 0,
	    "an expected KSK has the flags 259" },
	{ "SKR-KSKS/zsk", NULL, SIGNED, ANY, ksks_zsk, NULL, 0,
	    "a ZSK signs beside the KSK" },
	{ "SKR-KSKS/revoked", NULL, SIGNED, ANY, ksks_revoked, "--first" REST, 0,
	    "only a revoked key signs" },
	{ "SKR-KSKS/both-forms", NULL, SIGNED, ANY, ksks_both_forms, NULL, 0,
	    "the KSK stands in a bundle as it was, and revoked" },
	{ "SKR-KSKS/unexpected", NULL, SIGNED, ANY, ksks_expected, NULL, 0,
	    "a KSK is published of which nobody said so" },
	{ "SKR-KSKS/expected", "-", SIGNED, ANY, ksks_expected, USUAL EXPECT, 0,
	    "a KSK is published that was expected" },
	{ "SKR-ALG/unsigned", NULL, SIGNED, ANY, alg_unsigned, USUAL EXPECT, 0,
	    "keys of two algorithms, and one of them signs" },
	{ "SKR-ALG/signed", "-", SIGNED, ANY, alg_signed, USUAL EXPECT, 0,
	    "keys of two algorithms, and both sign" },
	{ "SKR-ALG/parent", NULL, SIGNED, ANY, alg_parent, USUAL " --ds @.parent", 0,
	    "a DS was withdrawn a day ago, and no key of its algorithm signs" },
	{ "SKR-ALG/withdrawn", "-", SIGNED, ANY, alg_withdrawn, USUAL " --ds @.parent", 0,
	    "no resolver has the DS any more of whose algorithm no key signs" },
	{ "SKR-COVERAGE/inside", NULL, CONTENT, ANY, coverage_inside, AFTER " --anchor ksk.ds", 0,
	    "between two bundles a second without one" },
	{ "SKR-COVERAGE/touching", "-", CONTENT, ANY, coverage_touching,
	    AFTER " --anchor ksk.ds", 0, "a bundle begins at the instant at which another ends" },
	{ "SKR-COVERAGE/before", "SKR-COVERAGE", CONTENT, ANY, coverage_before,
	    "--policy @.yaml " AFTER " --anchor ksk.ds", 0,
	    "between the previous response and this one two days without a bundle" },
	{ "KSR-POLICY-SAFETY/unpublished", NULL, SIGNED, ANY, safety_unpublished,
	    "--policy @.yaml " USUAL EXPECT, 0,
	    "a KSK signs as soon as it is published" },
	{ "KSR-POLICY-SAFETY/published", "-", SIGNED, ANY, safety_published,
	    "--policy @.yaml " USUAL EXPECT, 0,
	    "a KSK signs ten days after it was published" },
	{ "KSR-POLICY-SAFETY/stated", NULL, SIGNED, ANY, safety_own,
	    "--policy @.yaml " USUAL EXPECT, 0,
	    "a KSK signs a second earlier than the response's own PublishSafety says" },
	{ "KSR-POLICY-SAFETY/start", NULL, SIGNED, ANY, safety_start,
	    "--policy @.yaml " USUAL EXPECT, 0,
	    "a KSK signs from the start, and the previous response does not have it" },
	{ "KSR-POLICY-SAFETY/first", "-", SIGNED, ANY, safety_start,
	    "--policy @.yaml --first" REST EXPECT, 0,
	    "a KSK signs from the start, and there is no previous response" },
	{ "KSR-POLICY-SAFETY/gone", NULL, SIGNED, ANY, safety_gone, "--first" REST EXPECT, 0,
	    "a KSK is gone right after its last signature" },
	{ "KSR-POLICY-SAFETY/retired-early", NULL, SIGNED, ANY, safety_retired_early,
	    "--first" REST EXPECT, 0, "a KSK is gone twenty days after its last signature" },
	{ "KSR-POLICY-SAFETY/retired", "-", SIGNED, ANY, safety_retired, "--first" REST EXPECT, 0,
	    "a KSK is gone thirty days after its last signature" },
	{ "KSR-POLICY-SAFETY/revoked", "-", SIGNED, ANY, safety_revoked, "--first" REST EXPECT, 0,
	    "a KSK is revoked while another one signs" },
	{ "KSR-POLICY-SAFETY/revoked-alone", "KSR-POLICY-SAFETY SKR-KSKS", SIGNED, ANY,
	    safety_revoked_alone, NULL, 0, "the only KSK is revoked" },
	{ "SKR-TIMELINE/revoked", NULL, SIGNED, ANY, timeline_revoked,
	    USUAL " --anchor @.ds --ttl P6D", 0,
	    "a KSK is revoked while caches hold sets that it has signed alone" },
	{ "SKR-TIMELINE/revoked-beside", "-", SIGNED, ANY, safety_revoked,
	    "--first" REST " --anchor @.ds --ttl P6D", 0,
	    "a KSK is revoked while caches hold sets that another one has signed too" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
