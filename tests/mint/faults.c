/* What the faults of requests and of responses share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

/* How a document is judged when its fault says nothing else: the files of a ceremony. */
#define KSR_USUAL	"--previous prev.xml"
#define SKR_USUAL	"--previous prev.xml --ksr ksr.xml --anchor ksk.ds"
#define USUAL_DAY	(-30)

const struct fault *
fault_find(const struct fault *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

bool
fault_fits(const struct fault *f, unsigned algorithm)
{
	return f->family == FAMILY_NONE || f->family == algorithm_family(algorithm);
}

struct bundle *
slot(struct scene *s, size_t number)
{
	if (number < 1 || number > s->bundles->n)
		die("this fault needs a document with %zu bundles", number);
	return &s->bundles->v[number - 1];
}

struct key *
key_by(struct bundle *b, uint16_t flags)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (b->keys[i].flags == flags)
			return &b->keys[i];
	die("no key with flags %u in the bundle", flags);
}

struct key *
key_called(struct bundle *b, const char *identifier)
{
	size_t	 i;

	for (i = 0; i < b->nkeys; i++)
		if (strcmp(b->keys[i].identifier, identifier) == 0)
			return &b->keys[i];
	die("no key '%s' in the bundle", identifier);
}

struct sig *
sig_by(struct bundle *b, const char *identifier)
{
	size_t	 i;

	for (i = 0; i < b->nsigs; i++)
		if (strcmp(b->sigs[i].identifier, identifier) == 0)
			return &b->sigs[i];
	die("no signature by '%s' in the bundle", identifier);
}

void
drop_key(struct bundle *b, struct key *key)
{
	size_t	 i = (size_t)(key - b->keys);

	key_clear(key);
	memmove(key, key + 1, (b->nkeys - i - 1) * sizeof(*key));
	b->nkeys--;
}

void
drop_sig(struct bundle *b, struct sig *sig)
{
	size_t	 i = (size_t)(sig - b->sigs);

	sig_clear(sig);
	memmove(sig, sig + 1, (b->nsigs - i - 1) * sizeof(*sig));
	b->nsigs--;
}

void
drop_last_bundle(struct bundles *bs)
{
	bundle_clear(&bs->v[--bs->n]);
}

void
swap_bundles(struct bundles *bs, size_t a, size_t b)
{
	struct bundle	 t = bs->v[a - 1];

	bs->v[a - 1] = bs->v[b - 1];
	bs->v[b - 1] = t;
}

void
shift_bundles(struct bundles *bs, int64_t by)
{
	size_t	 i;

	for (i = 0; i < bs->n; i++) {
		bs->v[i].inception += by;
		bs->v[i].expiration += by;
	}
}

/* Anew, after a field of the signature was changed. */
void
sig_remake_in(struct scene *s, struct bundle *b, struct sig *sig)
{
	const struct key	*key = key_called(b, sig->identifier);

	sig_remake(sig, keyring_of(s->ring, key), s->owner, b->keys, b->nkeys);
}

/* The first bundle begins five days too late for the end of the previous SKR. */
void
chain_late(struct scene *s)
{
	shift_bundles(s->bundles, 5 * DAY);
}

/* A ZSK that nobody published before, in place of this quarter's. */
void
chain_stranger(struct scene *s)
{
	const struct softkey	*k = keyring_get(s->ring, "zsk-stranger", &s->spec->type);
	char			*name = quarter_zsk_name(s->spec, 0);
	struct key		*key;
	uint32_t		 ttl;
	size_t			 i;

	for (i = 1; i <= s->bundles->n; i++) {
		key = key_called(slot(s, i), name);
		ttl = key->ttl;
		key_clear(key);
		softkey_dnskey(key, k, DNSKEY_ZSK, ttl);
	}
	free(name);
}

static void
list(const struct fault *f, const char *kind, unsigned algorithm, int64_t start)
{
	bool	 ksr = strcmp(kind, "ksr") == 0;
	char	*t;

	for (; f->name != NULL; f++) {
		if (!fault_fits(f, algorithm))
			continue;
		printf("%s\t%s\t", f->name, kind);
		if (f->rules != NULL)
			fputs(f->rules, stdout);
		else
			printf("%.*s", (int)strcspn(f->name, "/"), f->name);
		printf("\t%s", f->context != NULL ? f->context : ksr ? KSR_USUAL : SKR_USUAL);
		if (ksr) {
			t = date(start + (f->day != 0 ? f->day : USUAL_DAY) * DAY);
			printf(" --time %s", t);
			free(t);
		}
		printf("\t%s\n", f->sentence);
	}
}

/* Name, kind, rules, arguments of the judge, sentence. */
void
faults_list(int64_t start, unsigned algorithm)
{
	char	*t = date(start + USUAL_DAY * DAY);
	char	*ksr = text("%s --time %s", KSR_USUAL, t);

	list(ksr_faults, "ksr", algorithm, start);
	text_faults_list("KSR", ksr);
	list(skr_faults, "skr", algorithm, start);
	text_faults_list("SKR", SKR_USUAL);
	free(ksr);
	free(t);
}
