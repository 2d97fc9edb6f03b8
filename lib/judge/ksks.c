#include <stdlib.h>

#include "base/array.h"
#include "judge/ksks.h"

static int
add_ksk(struct ksks *ksks, const struct key *k)
{
	const struct key **to;
	size_t		 i;

	for (i = 0; i < ksks->n; i++) {
		if (!key_same_public(ksks->v[i], k))
			continue;
		if (key_revoked(ksks->v[i]))
			ksks->v[i] = k;
		return 0;
	}
	if ((to = array_add(&ksks->v, ksks->n, sizeof(*to))) == NULL)
		return -1;
	*to = k;
	ksks->n++;
	return 0;
}

int
ksks_collect(struct ksks *ksks, const struct timeline *t)
{
	const struct bundle *b;
	size_t		 i, j;

	for (i = 0; i < t->n; i++) {
		b = t->v[i].bundle;
		for (j = 0; j < b->nkeys; j++)
			if (key_is_sep(&b->keys[j]) && add_ksk(ksks, &b->keys[j]) == -1) {
				ksks_clear(ksks);
				return -1;
			}
	}
	return 0;
}

void
ksks_clear(struct ksks *ksks)
{
	free(ksks->v);
	*ksks = (struct ksks)KSKS_EMPTY;
}

struct role
role_in(const struct bundle *b, const struct key *ksk)
{
	struct role	 r = { false, false, false, false };
	const struct key *k;
	size_t		 i;

	for (i = 0; i < b->nkeys; i++) {
		k = &b->keys[i];
		if (!key_is_sep(k) || !key_same_public(k, ksk))
			continue;
		if (key_revoked(k))
			r.revoked = true;
		else
			r.stands = true;
	}
	for (i = 0; i < b->nsigs; i++) {
		k = bundle_key_of(b, &b->sigs[i]);
		if (k == NULL || !key_is_sep(k) || !key_same_public(k, ksk))
			continue;
		if (key_revoked(k))
			r.revokes = true;
		else
			r.signs = true;
	}
	return r;
}
