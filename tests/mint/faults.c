/* What the faults of requests and of responses share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "mint.h"

/* How a document is judged when its fault says nothing else: the files of a ceremony. */
#define POLICY_USUAL	"--policy policy.yaml "
#define KSR_USUAL	"--previous prev.xml"
#define SKR_USUAL	"--previous prev.xml --ksr ksr.xml --anchor ksk.ds"
#define USUAL_DAY	(-30)

const struct fault *const ksr_tables[] = { ksr_faults, key_faults, zsk_faults, NULL };
const struct fault *const skr_tables[] = { skr_faults, ksk_faults, time_faults, NULL };

const struct fault *
fault_find(const struct fault *const *tables, const char *name)
{
	const struct fault	*f;

	for (; *tables != NULL; tables++)
		for (f = *tables; f->name != NULL; f++)
			if (strcmp(f->name, name) == 0)
				return f;
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
copy_sig(struct bundle *b, size_t times)
{
	struct sig	*to;

	while (times-- > 0) {
		to = need(bundle_add_sig(b));
		*to = b->sigs[0];
		to->identifier = need(strdup(b->sigs[0].identifier));
		to->signer = need(strdup(b->sigs[0].signer));
		to->data = need(malloc(to->len));
		memcpy(to->data, b->sigs[0].data, to->len);
	}
}

void
replace_key(struct key *key, const struct softkey *k)
{
	uint16_t	 flags = key->flags;
	uint32_t	 ttl = key->ttl;

	key_clear(key);
	softkey_dnskey(key, k, flags, ttl);
}

struct key *
next_key(struct scene *s)
{
	char		*name = quarter_zsk_name(s->spec, 1);
	struct key	*key = key_called(slot(s, s->bundles->n), name);

	free(name);
	return key;
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

static bool
listed(const char *names, const char *name)
{
	size_t	 n;

	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		if (strlen(name) == n && strncmp(names, name, n) == 0)
			return true;
	}
	return false;
}

void
sign_by(struct scene *s, size_t number, const char *names)
{
	struct bundle	*b = slot(s, number);
	size_t		 i;

	while (b->nsigs > 0)
		drop_sig(b, &b->sigs[0]);
	for (i = 0; i < b->nkeys; i++)
		if (listed(names, b->keys[i].identifier))
			bundle_sign(b, keyring_of(s->ring, &b->keys[i]), &b->keys[i], s->owner,
			    b->inception, b->expiration);
	done(bundle_sort(b));
}

/* The first bundle begins five days too late for the end of the previous SKR. */
void
chain_late(struct scene *s)
{
	shift_bundles(s->bundles, 5 * DAY);
}

/*
 * A ZSK that nobody published before, in place of this quarter's.  The request asks for no
 * publication ahead, or KSR-ZSK-SAFETY would be broken too.
 */
void
chain_stranger(struct scene *s)
{
	const struct softkey	*k = keyring_get(s->ring, "zsk-stranger", &s->spec->type);
	char			*name = quarter_zsk_name(s->spec, 0);
	size_t			 i;

	s->ksr->zsk.publish_safety = 0;
	for (i = 1; i <= s->bundles->n; i++)
		replace_key(key_called(slot(s, i), name), k);
	free(name);
}

/* The arguments of the judge, written out. */
static void
print_context(const char *context, const char *name, int64_t start)
{
	char	*base = fault_base(name), *day, *end;
	long	 n;

	for (; *context != '\0'; context++) {
		if (*context == '@')
			fputs(base, stdout);
		else if (*context == '{') {
			n = strtol(context + 1, &end, 10);
			if (*end != '}')
				die("%s: a date without its end", name);
			day = date(start + n * DAY);
			fputs(day, stdout);
			free(day);
			context = end;
		} else
			putchar(*context);
	}
	free(base);
}

static void
print_fault(const struct fault *f, bool ksr, int64_t start)
{
	const char	*context = f->context != NULL ? f->context : ksr ? KSR_USUAL : SKR_USUAL;
	char		*t;

	printf("%s\t%s\t", f->name, ksr ? "ksr" : "skr");
	if (f->rules != NULL)
		printf("%s\t", f->rules);
	else
		printf("%.*s\t", (int)strcspn(f->name, "/"), f->name);
	if (strncmp(context, "--policy ", 9) != 0)
		fputs(POLICY_USUAL, stdout);
	print_context(context, f->name, start);
	if (ksr && strstr(context, "--time") == NULL && strstr(context, "--sign-at") == NULL) {
		t = date(start + (f->day != 0 ? f->day : USUAL_DAY) * DAY);
		printf(" --time %s", t);
		free(t);
	}
	printf("\t%s\n", f->sentence);
}

static void
list(const struct fault *const *tables, unsigned algorithm, int64_t start)
{
	const struct fault	*f;

	for (; *tables != NULL; tables++)
		for (f = *tables; f->name != NULL; f++)
			if (fault_fits(f, algorithm))
				print_fault(f, *tables != skr_faults && *tables != ksk_faults &&
				    *tables != time_faults,
				    start);
}

/* Name, kind, rules, arguments of the judge, sentence. */
void
faults_list(int64_t start, unsigned algorithm)
{
	char	*t = date(start + USUAL_DAY * DAY);
	char	*ksr = text(POLICY_USUAL KSR_USUAL " --time %s", t);

	list(ksr_tables, algorithm, start);
	text_faults_list("KSR", ksr);
	list(skr_tables, algorithm, start);
	text_faults_list("SKR", POLICY_USUAL SKR_USUAL);
	free(ksr);
	free(t);
}
