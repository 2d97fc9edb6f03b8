/* The chain from the previous SKR to this KSR or SKR. */

#include <stdlib.h>

#include "judge/rules.h"
#include "judge/timeline.h"

/* What is judged: the SKR where there is one, else the KSR. */
static const struct bundles *
judged(const struct subject *s, const char **input, const struct sigpolicy **zsk)
{
	*input = s->skr != NULL ? s->skr->input : s->ksr->input;
	*zsk = s->skr != NULL ? &s->skr->zsk : &s->ksr->zsk;
	return s->skr != NULL ? &s->skr->bundles : &s->ksr->bundles;
}

/* Every ZSK of our first bundle stood already in the last one before. */
static enum verdict
new_keys(const struct subject *s, const struct bundles *b, const char *input,
    const struct bundle *last)
{
	const struct bundle *first = &b->v[0];
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < first->nkeys; i++) {
		const struct key *k = &first->keys[i];

		if (!key_is_sep(k) && bundle_find(last, k) == NULL)
			v = broken_bundle(s, input, "KSR-CHAIN-KEYS", b, 0, k->line,
			    "key %u (%s) does not stand in the last bundle of %s", k->tag,
			    k->identifier, s->previous->input);
	}
	return v;
}

/* Every ZSK that was active at the end still stands in our first bundle. */
static enum verdict
old_keys(const struct subject *s, const struct bundles *b, const char *input,
    const struct bundle *last)
{
	const struct bundles *prev = &s->previous->bundles;
	bool		 seen[256] = { false };
	struct reading	*r;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if ((r = calloc(prev->n, sizeof(*r))) == NULL)
		return report_fault(s->report, NULL, "out of memory");
	for (i = 0; i < last->nkeys; i++) {
		const struct key *k = &last->keys[i], *active;

		if (key_is_sep(k) || seen[k->algorithm])
			continue;
		seen[k->algorithm] = true;
		zsk_read(r, prev, k->algorithm);
		active = r[prev->n - 1].active;
		if (active == NULL)
			v = broken_document(s, s->previous->input, last->line, "KSR-CHAIN-KEYS",
			    "its last bundle has ZSKs of algorithm %u of which none is clearly "
			    "the active one", k->algorithm);
		else if (bundle_find(&b->v[0], active) == NULL)
			v = broken_bundle(s, input, "KSR-CHAIN-KEYS", b, 0, 0,
			    "key %u (%s), active at the end of %s, is missing", active->tag,
			    active->identifier, s->previous->input);
	}
	free(r);
	return v;
}

static enum verdict
check_chain_keys(const struct subject *s)
{
	const struct sigpolicy *zsk;
	const char	*input;
	const struct bundles *b = judged(s, &input, &zsk);
	const struct bundle *last = &s->previous->bundles.v[s->previous->bundles.n - 1];

	return verdict_worse(new_keys(s, b, input, last), old_keys(s, b, input, last));
}

static enum verdict
check_chain_overlap(const struct subject *s)
{
	const struct sigpolicy *zsk;
	const char	*input;
	const struct bundles *b = judged(s, &input, &zsk);
	const struct bundle *last = &s->previous->bundles.v[s->previous->bundles.n - 1];

	if (b->v[0].inception <= last->inception)
		return broken_bundle(s, input, "KSR-CHAIN-OVERLAP", b, 0, 0,
		    "begins at %s, not after the last bundle of %s", show_time(b->v[0].inception),
		    s->previous->input);
	return judge_overlap(s, input, "KSR-CHAIN-OVERLAP", b, 0, last, zsk);
}

/* The KSKs that signed the previous SKR's last bundle are ours to use. */
static enum verdict
check_chain_held(const struct subject *s)
{
	const struct bundle *last;
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	if (s->previous == NULL)
		return ACCEPT;
	last = &s->previous->bundles.v[s->previous->bundles.n - 1];
	for (i = 0; i < last->nsigs; i++) {
		const struct key *k = bundle_key_of(last, &last->sigs[i]);

		if (k == NULL || !key_is_sep(k))
			continue;
		for (j = 0; j < s->nheld && !key_same_public(s->held[j], k); j++)
			;
		if (j == s->nheld)
			v = broken_document(s, s->previous->input, k->line, "KSR-CHAIN-KEYS",
			    "key %u (%s), which signed its last bundle, is on no token at hand",
			    k->tag, k->identifier);
	}
	return v;
}

static const struct check rows[] = {
	{ "KSR-CHAIN-KEYS", "the first bundle's ZSKs follow from the previous SKR's last",
	    check_chain_keys, SWITCH(request, check_chain_keys) },
	{ "KSR-CHAIN-OVERLAP", "the first bundle overlaps the previous SKR enough",
	    check_chain_overlap, SWITCH(request, check_chain_overlap) },
};

static const struct check token_rows[] = {
	{ "KSR-CHAIN-KEYS", "the KSKs of the previous SKR are on a token at hand",
	    check_chain_held, SWITCH(request, check_chain_keys_in_hsm) },
};

const struct check_table chain_rules = ROWS(rows);
const struct check_table token_rules = ROWS(token_rows);
