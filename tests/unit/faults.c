#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "faults.h"

struct bundle *
asked(struct world *w, size_t slot)
{
	return &w->ksr->bundles.v[slot - 1];
}

struct bundle *
answered(struct world *w, size_t slot)
{
	return &w->skr->bundles.v[slot - 1];
}

struct bundle *
earlier(struct world *w, size_t slot)
{
	return &w->previous->bundles.v[slot - 1];
}

void
rename_to(char **text, const char *to)
{
	free(*text);
	*text = copy_of(to);
}

void
drop_key(struct bundle *b, size_t i)
{
	key_clear(&b->keys[i]);
	memmove(&b->keys[i], &b->keys[i + 1], (--b->nkeys - i) * sizeof(b->keys[0]));
}

void
drop_sig(struct bundle *b, size_t i)
{
	sig_clear(&b->sigs[i]);
	memmove(&b->sigs[i], &b->sigs[i + 1], (--b->nsigs - i) * sizeof(b->sigs[0]));
}

void
shift(struct bundles *all, size_t slot, int64_t by)
{
	size_t	 i;

	for (i = slot - 1; i < all->n; i++) {
		all->v[i].inception += by;
		all->v[i].expiration += by;
	}
}

struct key *
change_key(struct bundle *b, size_t i, const struct key *key)
{
	key_clear(&b->keys[i]);
	if (key_copy(&b->keys[i], key) == -1)
		abort();
	return &b->keys[i];
}

/* The first two bytes are a word of the sum that the tag is folded from (RFC 4034 appendix B). */
void
force_tag(struct key *key, uint16_t tag)
{
	unsigned	 word = 0;

	do {
		key->public[0] = (unsigned char)(word >> 8);
		key->public[1] = (unsigned char)word;
	} while (key_tag(key) != tag && word++ < 0xffff);
	CU_ASSERT_EQUAL_FATAL(key_tag(key), tag);
	key->tag = tag;
}

static bool
same_row(const struct check *c, const char *rule, const char *word)
{
	return strcmp(c->id, rule) == 0 && (word == NULL) == (c->word == NULL) &&
	    (word == NULL || strcmp(c->word, word) == 0);
}

const struct check *
row_of(const char *rule, const char *word)
{
	const struct check_table *const *t;
	size_t	 i;

	for (t = check_tables(); *t != NULL; t++)
		for (i = 0; i < (*t)->n; i++) {
			const struct check *c = &(*t)->rows[i];

			if (same_row(c, rule, word))
				return c;
		}
	return NULL;
}

bool *
switch_of(struct policy *policy, const struct check *c)
{
	return (bool *)((char *)policy + c->offset);
}

bool
fault_holds(const struct fault *f)
{
	struct world	*w = world_new();
	const struct check *c;
	enum verdict	 v;
	char		 text[128];
	char		*first;
	bool		 good;

	f->make(w);
	v = f->judge(&w->subject);
	first = copy_of(broken_rules(&w->report));
	good = v == (f->rule != NULL ? REFUSE : ACCEPT) && v == report_verdict(&w->report) &&
	    strcmp(first, f->rule != NULL ? f->rule : "") == 0;
	if (f->word != NULL) {
		report_free(&w->report);
		CU_ASSERT_PTR_NOT_NULL_FATAL(c = row_of(f->rule, f->word));
		*switch_of(w->policy, c) = false;
		snprintf(text, sizeof(text), "switched off by %s", f->word);
		good = good && f->judge(&w->subject) == ACCEPT &&
		    report_count(&w->report, BROKEN) == 0 &&
		    report_has(&w->report, WARNING, f->rule, text);
	}
	if (!good)
		printf("[%s: exit %d, %s] ", f->name, v, first);
	free(first);
	world_free(w);
	return good;
}

bool
faults_cover(const struct check_table *table, check_fn *judge, const struct fault *faults,
    size_t n)
{
	bool	 all = true;
	size_t	 i, j;

	for (i = 0; i < table->n; i++) {
		for (j = 0; j < n; j++)
			if (faults[j].judge == judge && faults[j].rule != NULL &&
			    same_row(&table->rows[i], faults[j].rule, faults[j].word))
				break;
		if (j < n)
			continue;
		printf("[no fault for %s, %s] ", table->rows[i].id, table->rows[i].what);
		all = false;
	}
	return all;
}
