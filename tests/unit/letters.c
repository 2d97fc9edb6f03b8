#include <ctype.h>
#include <string.h>

#include "letters.h"

struct key
letter_key(char letter, uint16_t flags)
{
	static unsigned char public[128][32];
	static char	 names[128][2];
	uint8_t		 i = (uint8_t)letter;
	struct key	 k = {
		.identifier = names[i], .ttl = 3600, .flags = flags,
		.protocol = DNSKEY_PROTOCOL, .public = public[i], .len = sizeof(public[i]),
		.algorithm = isupper((unsigned char)letter) ? ECDSAP256SHA256 : ED25519,
	};

	names[i][0] = letter;
	public[i][0] = (unsigned char)letter;
	k.tag = (uint16_t)(flags == DNSKEY_REVOKED ? 1000 + i : i);
	return k;
}

static void
letter_sig(struct bundle *b, const struct key *k)
{
	struct sig	*s = must(bundle_add_sig(b));

	s->identifier = copy_of(k->identifier);
	s->signer = copy_of(".");
	s->algorithm = k->algorithm;
	s->tag = key_tag(k);
}

static void
put_letters(struct bundle *b, const char *text, const char *end, uint16_t flags)
{
	struct key	 k;

	for (; text < end; text++) {
		if (!isalpha((unsigned char)*text))
			continue;
		k = letter_key(*text, text[1] == '!' || text[1] == '~' ? DNSKEY_REVOKED : flags);
		if (text[1] != '^')
			put_key(b, &k);
		if (text[1] == '*' || text[1] == '!' || text[1] == '^')
			letter_sig(b, &k);
	}
}

/* The slots of a line, the first one at this time. */
static void
put_slots(struct bundles *all, const char *text, int64_t start, uint16_t flags)
{
	struct bundle	*b;
	size_t		 len;

	for (; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		b = must(bundles_add(all));
		b->id = copy_of("slot");
		b->inception = start + (int64_t)(all->n - 1) * INTERVAL;
		b->expiration = b->inception + VALIDITY;
		put_letters(b, text, text + len, flags);
	}
}

static size_t
count_slots(const char *text)
{
	size_t	 n = 1;

	for (; *text != '\0'; text++)
		n += *text == ' ';
	return n;
}

void
set_stage(struct stage *g, const char *before, const char *judged, uint16_t flags)
{
	static char	 ksr[] = "ksr.xml", skr[] = "skr.xml", previous[] = "previous.xml";

	memset(g, 0, sizeof(*g));
	g->policy = must(policy_default());
	g->ksr.input = ksr;
	g->skr.input = skr;
	g->previous.input = previous;
	put_slots(&g->ksr.bundles, judged, START, flags);
	put_slots(&g->skr.bundles, judged, START, flags);
	if (before != NULL)
		put_slots(&g->previous.bundles, before,
		    START - (int64_t)count_slots(before) * INTERVAL, flags);
	g->subject = (struct subject){
		.policy = g->policy, .ksr = &g->ksr, .skr = &g->skr,
		.previous = before == NULL ? NULL : &g->previous, .report = &g->report,
	};
}

void
clear_stage(struct stage *g)
{
	bundles_clear(&g->ksr.bundles);
	bundles_clear(&g->skr.bundles);
	bundles_clear(&g->previous.bundles);
	policy_free(g->policy);
	report_free(&g->report);
}
