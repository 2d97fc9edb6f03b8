/* Requests whose clock, history, limits or ZSKs' coming and going break one rule. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/isotime.h"
#include "mint.h"

#define FUTURE	INT64_C(4102444800)	/* 2100-01-01 */
#define ZEROES	"0000000000000000000000000000000000000000000000000000000000000000"

static char *
instant(int64_t t)
{
	char	 s[ISOTIME_SIZE];

	return text("%s", isotime_format(s, t, "Z"));
}

/* A history with one line. */
static void
history(struct scene *s, int64_t when, const char *id, const char *ksr)
{
	char	*t = instant(when);

	aid_text(s, ".history", text("# when, id, request, response\n%s %s %s %s\n", t, id, ksr,
	    ZEROES));
	free(t);
}

static void
id_other(struct scene *s)
{
	history(s, s->spec->start - 90 * DAY, s->ksr->id, ZEROES);
}

static void
id_known(struct scene *s)
{
	unsigned char	 d[DIGEST_SIZE];
	char		 hex[DIGEST_HEX];

	done(digest_bytes(d, s->written->data, s->written->len));
	history(s, s->spec->start - 90 * DAY, s->ksr->id, digest_hex(hex, d));
}

static void
clock_history(struct scene *s)
{
	history(s, FUTURE, "another-request", ZEROES);
}

/* One key made its proof in a year to come. */
static void
clock_proof(struct scene *s)
{
	struct sig	*sig = &slot(s, MIDDLE)->sigs[0];

	sig->inception = FUTURE;
	sig->expiration = FUTURE + 21 * DAY;
	sig_remake_in(s, slot(s, MIDDLE), sig);
}

static void
operator_overlap_max(struct scene *s)
{
	aid_policy(s, (const char *const[]){ "max_validity_overlap: P16D",
	    "max_validity_overlap: P10D", NULL });
}

static void
operator_overlap_min(struct scene *s)
{
	aid_policy(s, (const char *const[]){ "min_validity_overlap: P9D",
	    "min_validity_overlap: P12D", NULL });
}

static void
operator_validity_max(struct scene *s)
{
	aid_policy(s, (const char *const[]){ "max_signature_validity: P21D",
	    "max_signature_validity: P20D", "min_signature_validity: P21D",
	    "min_signature_validity: P19D", NULL });
}

static void
operator_validity_min(struct scene *s)
{
	aid_policy(s, (const char *const[]){ "max_signature_validity: P21D",
	    "max_signature_validity: P30D", "min_signature_validity: P21D",
	    "min_signature_validity: P22D", NULL });
}

/* The ZSK of the quarter so many from this one, alone in a slot. */
static void
only(struct scene *s, size_t number, const struct softkey *k)
{
	struct bundle	*b = slot(s, number);

	while (b->nkeys > 1)
		drop_key(b, &b->keys[0]);
	replace_key(&b->keys[0], k);
}

static void
add(struct scene *s, size_t number, int quarters)
{
	bundle_put(slot(s, number), quarter_zsk(s->ring, s->spec, quarters), DNSKEY_ZSK,
	    s->spec->ttl);
}

/* Slot 1 is as ever; from slot 2 on a key signs that nobody saw before. */
static void
zsk_appears(struct scene *s)
{
	const struct softkey	*k = keyring_get(s->ring, "zsk-stranger", &s->spec->type);
	size_t			 i, n = s->bundles->n;

	for (i = 2; i <= n; i++)
		only(s, i, k);
	add(s, n, 0);
}

/* The same without a doubt: this quarter's key is the only one of slot 1. */
static void
zsk_unseen(struct scene *s)
{
	const struct softkey	*k = keyring_get(s->ring, "zsk-stranger", &s->spec->type);
	size_t			 i, n = s->bundles->n;

	only(s, 1, quarter_zsk(s->ring, s->spec, 0));
	for (i = 2; i <= n; i++)
		only(s, i, k);
	add(s, n, 1);
	aid_policy(s, (const char *const[]){ "  num_bundles: 9",
	    "  num_keys_per_bundle: [1, 1, 1, 1, 1, 1, 1, 1, 2]\n  num_bundles: 9", NULL });
}

static void
zsk_three(struct scene *s)
{
	add(s, MIDDLE, -1);
	add(s, MIDDLE, 1);
	aid_policy(s, (const char *const[]){ "  num_bundles: 9",
	    "  num_keys_per_bundle: [2, 1, 1, 1, 3, 1, 1, 1, 2]\n  num_bundles: 9", NULL });
}

/* Slot 2 begins ten days after the end of the old key's activity. */
static void
zsk_retired(struct scene *s)
{
	s->ksr->zsk.retire_safety = 10 * DAY + 1;
}

/* The last slot of the quarter before begins twelve days before the first one. */
static void
zsk_late(struct scene *s)
{
	s->ksr->zsk.publish_safety = 13 * DAY;
}

static void
zsk_swapping(struct scene *s)
{
	size_t	 i;

	for (i = 3; i < s->bundles->n; i += 2)
		only(s, i, quarter_zsk(s->ring, s->spec, 1));
}

/*
 * A change in the middle of the quarter: the next key is published in slot 5 and
 * signs from slot 6 on, in which the old one still stands.
 */
static void
change_midway(struct scene *s)
{
	size_t	 i, n = s->bundles->n;

	add(s, MIDDLE, 1);
	add(s, MIDDLE + 1, 1);
	for (i = MIDDLE + 2; i < n; i++)
		only(s, i, quarter_zsk(s->ring, s->spec, 1));
	aid_policy(s, (const char *const[]){ "  num_bundles: 9",
	    "  num_keys_per_bundle: [2, 1, 1, 1, 2, 2, 1, 1, 2]\n  num_bundles: 9", NULL });
}

/* Who signs: this quarter's key until then, the other one from then on. */
static void
state_use(struct scene *s, int64_t until, int64_t from, const char *other)
{
	char	*mine = quarter_zsk_name(s->spec, 0), *next = quarter_zsk_name(s->spec, 1);
	char	*a = instant(until), *b = instant(from);

	aid_text(s, ".zsk", text("# key, from, until\n%s - %s\n%s %s -\n", mine, a,
	    other != NULL ? other : next, b));
	free(a);
	free(b);
	free(mine);
	free(next);
}

static void
use_stated(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE + 1)->inception;

	change_midway(s);
	state_use(s, t, t, NULL);
}

static void
use_gap(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE + 1)->inception;

	change_midway(s);
	state_use(s, t, t + 1, NULL);
}

/* The same slots, but the key signs as soon as it stands there. */
static void
use_early(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE + 1)->inception;

	change_midway(s);
	state_use(s, t, t - 1, NULL);
}

static void
use_unknown(struct scene *s)
{
	int64_t	 t = s->spec->start + 200 * DAY;

	state_use(s, t, t, "zsk-of-nobody");
}

#define AFTER	"--previous prev.xml"
#define CHANGED	"--policy @.yaml " AFTER

const struct fault zsk_faults[] = {
	{ "KSR-ID/other", NULL, CONTENT, ANY, id_other,
	    AFTER " --history @.history --again lost", 0,
	    "another request of this id was answered, whatever the reason to answer again" },
	{ "KSR-ID/known", NULL, WRITTEN, ANY, id_known, AFTER " --history @.history", 0,
	    "this request was answered before" },
	{ "KSR-ID/again", "-", WRITTEN, ANY, id_known,
	    AFTER " --history @.history --again lost", 0,
	    "this request was answered before, and there is a reason to answer it again" },
	{ "KSR-CLOCK/proof", NULL, SIGNED, ANY, clock_proof, AFTER " --sign-at {-30}", 0,
	    "as of now: a key made its signature in the year 2100" },
	{ "KSR-CLOCK/history", NULL, CONTENT, ANY, clock_history,
	    AFTER " --history @.history --sign-at {-30}", 0,
	    "as of now: the history has an entry of the year 2100" },
	{ "KSR-CLOCK/by-hand", "-", CONTENT, ANY, clock_history,
	    AFTER " --history @.history --time {-30}", 0,
	    "a time given by hand is not the clock's" },
	{ "KSR-POLICY-SIG-HORIZON/sign-at", NULL, JUDGE, ANY, NULL,
	    AFTER " --time {-30} --sign-at {-90}", 0,
	    "the last signature would end more than 180 days after the day of signing" },
	{ "KSR-POLICY-SIG-HORIZON/too-late", NULL, JUDGE, ANY, NULL,
	    AFTER " --time {-30} --sign-at {22}", 0,
	    "the first bundle will have expired on the day of signing" },
	{ "KSR-POLICY-SIG-HORIZON/on-receipt", "-", JUDGE, ANY, NULL,
	    AFTER " --time {-90} --sign-at {-30}", 0,
	    "judged long before the day of signing" },
	{ "KSR-POLICY-SIG-OVERLAP/operator-above", NULL, CONTENT, ANY, operator_overlap_max,
	    CHANGED, 0, "more overlap than the KSK operator allows, not more than the request" },
	{ "KSR-POLICY-SIG-OVERLAP/operator-below", NULL, CONTENT, ANY, operator_overlap_min,
	    "--policy @.yaml --first", 0,
	    "less overlap than the KSK operator allows, not less than the request" },
	{ "KSR-POLICY-SIG-VALIDITY/operator-above", NULL, CONTENT, ANY, operator_validity_max,
	    CHANGED, 0, "valid longer than the KSK operator allows, not longer than the request" },
	{ "KSR-POLICY-SIG-VALIDITY/operator-below", NULL, CONTENT, ANY, operator_validity_min,
	    CHANGED, 0, "valid shorter than the KSK operator allows, not shorter than the request" },
	{ "KSR-ZSK-SAFETY/appears", NULL, CONTENT, ANY, zsk_appears, NULL, 0,
	    "a signer appears from nowhere in slot 2" },
	{ "KSR-ZSK-SAFETY/unseen", NULL, CONTENT, ANY, zsk_unseen, "--policy @.yaml --first", 0,
	    "a signer that nobody saw before, alone in slot 2" },
	{ "KSR-ZSK-SAFETY/three", NULL, CONTENT, ANY, zsk_three, CHANGED, 0,
	    "three keys of which none is clearly active" },
	{ "KSR-ZSK-SAFETY/retired", NULL, CONTENT, ANY, zsk_retired, NULL, 0,
	    "the retiring key is gone a second before the request's own RetireSafety is over" },
	{ "KSR-ZSK-SAFETY/late", NULL, CONTENT, ANY, zsk_late, NULL, 0,
	    "the active key was published later than the request's own PublishSafety asks for" },
	{ "KSR-ZSK-SAFETY/swapping", NULL, CONTENT, ANY, zsk_swapping, NULL, 0,
	    "two keys take turns in every slot" },
	{ "KSR-ZSK-SAFETY/midway", NULL, CONTENT, ANY, change_midway, CHANGED, 0,
	    "a change in the middle of the quarter that the slots do not tell of" },
	{ "KSR-ZSK-SAFETY/stated", "-", CONTENT, ANY, use_stated, CHANGED " --zsk-use @.zsk", 0,
	    "the same change, stated in a file" },
	{ "KSR-ZSK-SAFETY/gap", NULL, CONTENT, ANY, use_gap, CHANGED " --zsk-use @.zsk", 0,
	    "the file states a second in which nobody signs" },
	{ "KSR-ZSK-SAFETY/early", NULL, CONTENT, ANY, use_early, CHANGED " --zsk-use @.zsk", 0,
	    "the file states that a key signs a second too early" },
	{ "KSR-ZSK-SAFETY/unknown", NULL, CONTENT, ANY, use_unknown, AFTER " --zsk-use @.zsk", 0,
	    "the file states a key that stands nowhere" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
