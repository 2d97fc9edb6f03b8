/* Responses of which some cache, some day, would fail, and their like of which none does. */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/isotime.h"
#include "mint.h"

/* The ZSK of the quarter so many from this one stands in this slot. */
static void
add(struct scene *s, size_t number, int quarters)
{
	bundle_put(slot(s, number), quarter_zsk(s->ring, s->spec, quarters), DNSKEY_ZSK,
	    s->spec->ttl);
}

static void
drop_zsks(struct bundle *b)
{
	size_t	 i;

	for (i = b->nkeys; i-- > 0;)
		if (!key_is_sep(&b->keys[i]))
			drop_key(b, &b->keys[i]);
}

/* The next ZSK comes in slot 5, this quarter's goes before this slot. */
static void
change(struct scene *s, size_t gone)
{
	size_t	 i;

	for (i = MIDDLE; i <= s->bundles->n; i++) {
		drop_zsks(slot(s, i));
		add(s, i, 1);
		if (i < gone)
			add(s, i, 0);
	}
}

/* Who signs: this quarter's key until then, the next one from then on. */
static void
state(struct scene *s, int64_t until, int64_t from, const char *other)
{
	char	*mine = quarter_zsk_name(s->spec, 0), *next = quarter_zsk_name(s->spec, 1);
	char	 a[ISOTIME_SIZE], b[ISOTIME_SIZE];

	aid_text(s, ".zsk", text("%s - %s\n%s %s -\n", mine, isotime_format(a, until, "Z"),
	    other != NULL ? other : next, isotime_format(b, from, "Z")));
	free(next);
	free(mine);
}

static void
late(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE)->inception;

	change(s, MIDDLE + 2);
	state(s, t, t, NULL);
}

static void
in_time(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE + 1)->inception;

	change(s, MIDDLE + 2);
	state(s, t, t, NULL);
}

static void
kept(struct scene *s)
{
	change(s, MIDDLE + 2);
	state(s, slot(s, MIDDLE + 2)->inception, slot(s, MIDDLE + 1)->inception, NULL);
}

static void
gap(struct scene *s)
{
	int64_t	 t = slot(s, MIDDLE + 1)->inception;

	change(s, MIDDLE + 2);
	state(s, t, t + 1, NULL);
}

static void
unknown(struct scene *s)
{
	int64_t	 t = s->spec->start + 200 * DAY;

	state(s, t, t, "zsk-of-nobody");
}

static void
removed(struct scene *s)
{
	change(s, MIDDLE + 1);
}

static void
doubtful(struct scene *s)
{
	add(s, MIDDLE, -1);
	add(s, MIDDLE, 1);
}

/* An hour until the next set is served, and one until all servers have it. */
static void
expires_early(struct scene *s)
{
	slot(s, MIDDLE)->expiration = slot(s, MIDDLE + 1)->inception + 2 * HOUR - 1;
}

static void
expires(struct scene *s)
{
	slot(s, MIDDLE)->expiration = slot(s, MIDDLE + 1)->inception + 2 * HOUR;
}

/* A trust anchor that is valid until then. */
static void
trusted(struct scene *s, int64_t until)
{
	const struct softkey	*k = keyring_get(s->ring, "ksk-1", &s->spec->type);
	struct key		 key = { 0 };
	unsigned char		 d[DIGEST_SIZE];
	char			 hex[DIGEST_HEX], from[ISOTIME_SIZE], end[ISOTIME_SIZE];

	softkey_dnskey(&key, k, DNSKEY_KSK, s->spec->ttl);
	done(key_ds(d, &key, s->owner));
	aid_text(s, ".anchors", text("<TrustAnchor id=\"a\" source=\"https://example.org/\">\n"
	    "<Zone>%s</Zone>\n<KeyDigest id=\"k\" validFrom=\"%s\" validUntil=\"%s\">\n"
	    "<KeyTag>%u</KeyTag><Algorithm>%u</Algorithm><DigestType>2</DigestType>\n"
	    "<Digest>%s</Digest>\n</KeyDigest>\n</TrustAnchor>\n", s->spec->zone,
	    isotime_format(from, s->spec->start - 400 * DAY, "+00:00"),
	    isotime_format(end, until, "+00:00"), (unsigned)key_tag(&key), key.algorithm,
	    digest_hex(hex, d)));
	key_clear(&key);
}

static void
trusted_for_now(struct scene *s)
{
	trusted(s, slot(s, s->bundles->n)->expiration - 1);
}

static void
trusted_to_the_end(struct scene *s)
{
	trusted(s, slot(s, s->bundles->n)->expiration);
}

#define AFTER	"--previous prev.xml"
#define WITH	AFTER " --anchor ksk.ds --ttl P6D"

const struct fault time_faults[] = {
	{ "SKR-TIMELINE/ttl", NULL, JUDGE, ANY, NULL,
	    AFTER " --anchor ksk.ds --ttl P9DT23H0M1S", 0,
	    "a TTL a second longer than the retiring ZSK stays, less the propagation" },
	{ "SKR-TIMELINE/ttl-just", "-", JUDGE, ANY, NULL,
	    AFTER " --ksr ksr.xml --anchor ksk.ds --ttl P9DT23H", 0,
	    "a TTL as long as the retiring ZSK stays, less the propagation" },
	{ "SKR-TIMELINE/removed", NULL, CONTENT, ANY, removed, WITH, 0,
	    "a ZSK is removed when the next one signs, a slot too early" },
	{ "SKR-TIMELINE/late", NULL, CONTENT, ANY, late, WITH " --zsk-use @.zsk", 0,
	    "a ZSK signs as soon as it is published, a slot too late" },
	{ "SKR-TIMELINE/kept", NULL, CONTENT, ANY, kept, WITH " --zsk-use @.zsk", 0,
	    "signatures of a ZSK are kept until it is removed, a slot too long" },
	{ "SKR-TIMELINE/in-time", "-", CONTENT, ANY, in_time, WITH " --zsk-use @.zsk", 0,
	    "a ZSK is published a slot before it signs, and another stays a slot longer" },
	{ "SKR-TIMELINE/doubtful", NULL, CONTENT, ANY, doubtful, WITH, 0,
	    "of three ZSKs none is clearly the one that signs" },
	{ "SKR-TIMELINE/gap", NULL, CONTENT, ANY, gap, WITH " --zsk-use @.zsk", 0,
	    "the file states a second in which nobody signs" },
	{ "SKR-TIMELINE/unknown", NULL, CONTENT, ANY, unknown, WITH " --zsk-use @.zsk", 0,
	    "the file states a key that stands nowhere" },
	{ "SKR-TIMELINE/expires", NULL, CONTENT, ANY, expires_early, WITH, 0,
	    "a server may show a set a second after its signature has expired" },
	{ "SKR-TIMELINE/expires-just", "-", CONTENT, ANY, expires, WITH, 0,
	    "a server may show a set until its signature expires" },
	{ "SKR-TIMELINE/trust", NULL, CONTENT, ANY, trusted_for_now,
	    AFTER " --anchor @.anchors --ttl P6D", 0,
	    "the trust anchor ends a second before the last set is gone from the caches" },
	{ "SKR-TIMELINE/trust-just", "-", CONTENT, ANY, trusted_to_the_end,
	    AFTER " --anchor @.anchors --ttl P6D", 0,
	    "the trust anchor ends when the last set is gone from the caches" },
	{ NULL, NULL, CONTENT, ANY, NULL, NULL, 0, NULL }
};
