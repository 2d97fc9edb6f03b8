/*
 * What a token cannot tell of its keys, from those who know.
 */
#include <stdlib.h>
#include <string.h>

#include "base/isotime.h"
#include "model/zsklabel.h"
#include "token/internal.h"
#include "token/inventory.h"
#include "token/p11uri.h"

/* What somebody says of a key. */
struct saying {
	const struct spot *at;
	const char	*zone;
	enum key_role	 role;
	uint8_t		 algorithm;
	unsigned	 bits;
	int32_t		 tag;
	int64_t		 from;
	int64_t		 until;
	const char	*archive;
};

/* The tags that a key has with this role and algorithm; -1 where they cannot be known. */
static void
tags_of(const struct holding *k, enum key_role role, unsigned algorithm, int32_t *tag,
    int32_t *revoked)
{
	struct key	 key = k->public;

	*tag = *revoked = -1;
	if (key.public == NULL || role == ROLE_UNKNOWN || algorithm == 0)
		return;
	key.algorithm = (uint8_t)algorithm;
	key.flags = role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	*tag = key_tag(&key);
	*revoked = key_tag_revoked(&key);
}

/* Is it said of this key, and not of another one of its name? */
static bool
agrees(const struct holding *k, const struct saying *s, struct report *rep)
{
	const char	*label = k->line.label == NULL ? "-" : k->line.label;
	enum key_role	 role = k->line.role != ROLE_UNKNOWN ? k->line.role : s->role;
	unsigned	 algorithm = k->line.algorithm != 0 ? k->line.algorithm : s->algorithm;
	int32_t		 tag, revoked;

	if (s->algorithm != 0 && (algorithm_family(s->algorithm) != k->family ||
	    (k->line.algorithm != 0 && s->algorithm != k->line.algorithm))) {
		report_warning(rep, s->at, NULL, "key %s: %s here, but another algorithm on the "
		    "token: not used", label, algorithm_name(s->algorithm));
		return false;
	}
	if (s->bits != 0 && k->line.bits != 0 && s->bits != k->line.bits) {
		report_warning(rep, s->at, NULL, "key %s: %u bits here, %u on the token: not used",
		    label, s->bits, k->line.bits);
		return false;
	}
	tags_of(k, role, algorithm, &tag, &revoked);
	if (s->tag != -1 && tag != -1 && s->tag != tag) {
		report_warning(rep, s->at, NULL, "key %s: tag %d here, %d on the token: not used",
		    label, s->tag, tag);
		return false;
	}
	return true;
}

static int
add_text(char **to, const char *from)
{
	return *to != NULL || from == NULL || (*to = strdup(from)) != NULL ? 0 : -1;
}

/* Add what is not known yet; 0, or -1: out of memory. */
static int
believe(struct holding *k, const struct saying *s, struct report *rep)
{
	struct keyline	*l = &k->line;

	if (!agrees(k, s, rep))
		return 0;
	if (l->role == ROLE_UNKNOWN)
		l->role = s->role;
	if (l->algorithm == 0)
		l->algorithm = s->algorithm;
	if (l->from == KEYLIST_ALWAYS && s->from < l->until)
		l->from = s->from;
	if (l->until == KEYLIST_FOREVER && s->until > l->from)
		l->until = s->until;
	if (add_text(&l->zone, s->zone) == -1 || add_text(&l->archive, s->archive) == -1)
		return -1;
	tags_of(k, l->role, l->algorithm, &l->tag, &l->revoked_tag);
	k->public.algorithm = l->algorithm;
	k->public.flags = l->role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	k->public.tag = l->tag == -1 ? 0 : (uint16_t)l->tag;
	return 0;
}

/* 00:00 UTC of the day, or of the next one. */
static int64_t
whole_day(int64_t t, bool next)
{
	if (t == KEYLIST_ALWAYS || t == KEYLIST_FOREVER)
		return t;
	return (t - t % DAY) + (next && t % DAY != 0 ? DAY : 0);
}

static bool
same_id(const unsigned char *a, size_t alen, const unsigned char *b, size_t blen)
{
	return alen == blen && (alen == 0 || memcmp(a, b, alen) == 0);
}

/* Is it the policy's key: by what its uri says, else by its label? */
static bool
is_named(const struct inventory *inv, const struct holding *k, const struct ksk *ksk)
{
	const struct keytoken *t = &inv->token;
	struct p11uri	 uri = P11URI_EMPTY;
	const char	*label = ksk->label != NULL ? ksk->label : ksk->name, *why;
	bool		 is = true;

	if (ksk->uri != NULL && p11uri_parse(&uri, ksk->uri, P11URI_KEY, &why) == -1)
		return false;
	if (uri.object != NULL)
		label = uri.object;
	else if (uri.id != NULL)
		label = NULL;
	if (!p11uri_fits(&uri, t->label, t->serial, t->model,
	    uri.manufacturer == NULL ? "" : uri.manufacturer) ||
	    (uri.id != NULL && !same_id(uri.id, uri.idlen, k->line.id, k->line.idlen)) ||
	    (label != NULL && (k->line.label == NULL || strcmp(label, k->line.label) != 0)))
		is = false;
	p11uri_clear(&uri);
	return is;
}

bool
inventory_in_policy(const struct inventory *inv, const struct holding *k,
    const struct policy *policy, const struct ksk **ksk)
{
	size_t	 i;

	for (i = 0; i < policy->nkeys; i++)
		if (is_named(inv, k, &policy->keys[i])) {
			*ksk = &policy->keys[i];
			return true;
		}
	return false;
}

static int
name_by_policy(struct inventory *inv, const struct policy *policy, struct report *rep)
{
	const struct ksk *ksk;
	struct spot	 at = { policy->input, 0, 0 };
	size_t		 i;

	for (i = 0; i < inv->n; i++) {
		struct saying	 s = { .at = &at, .role = ROLE_KSK, .tag = -1 };

		if (!inventory_in_policy(inv, &inv->keys[i], policy, &ksk))
			continue;
		at.line = ksk->line;
		s.zone = policy->ksk.signers_name;
		s.algorithm = ksk->algorithm;
		s.bits = (unsigned)ksk->rsa_size;
		s.tag = ksk->has_tag ? ksk->tag : -1;
		s.from = whole_day(ksk->valid_from, false);
		s.until = whole_day(ksk->valid_until, true);
		if (believe(&inv->keys[i], &s, rep) == -1)
			return -1;
	}
	return 0;
}

/* By id and label alone; of the same name, first those of the same token. */
struct record_key {
	const struct keyline *line;
	bool		 other;		/* bound to another token */
};

static int
compare_name(const struct keyline *a, const struct keyline *b)
{
	struct keyline	 x = *a, y = *b;

	x.tag = y.tag = -1;
	return keyline_compare(&x, &y);
}

static int
by_name(const void *va, const void *vb)
{
	const struct record_key *a = va, *b = vb;
	int	 c = compare_name(a->line, b->line);

	if (c == 0)
		c = a->other - b->other;
	return c != 0 ? c : (a->line->line > b->line->line) - (a->line->line < b->line->line);
}

static bool
same_token(const struct keylist *list, size_t i, const struct keytoken *t)
{
	return i == SIZE_MAX || (strcmp(list->tokens[i].label, t->label) == 0 &&
	    strcmp(list->tokens[i].serial, t->serial) == 0);
}

static int
name_by_record(struct inventory *inv, const struct keylist *record, struct report *rep)
{
	struct spot	 at = { record->input, 0, 0 };
	struct record_key *v;
	size_t		 i, j = 0, n;
	int		 rv = 0;

	if ((v = calloc(record->n + 1, sizeof(*v))) == NULL)
		return -1;
	for (n = 0; n < record->n; n++) {
		v[n].line = &record->keys[n];
		v[n].other = !same_token(record, v[n].line->token, &inv->token);
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), by_name);
	/* both are in the order of names: one walk along the two */
	for (i = 0; rv == 0 && i < inv->n; i++) {
		const struct keyline *l;

		while (j < n && compare_name(v[j].line, &inv->keys[i].line) < 0)
			j++;
		if (j == n || compare_name(v[j].line, &inv->keys[i].line) != 0 ||
		    (inv->keys[i].line.idlen == 0 && inv->keys[i].line.label == NULL))
			continue;
		l = v[j].line;
		at.line = l->line;
		rv = believe(&inv->keys[i], &(struct saying){ &at, l->zone, l->role,
		    l->algorithm, l->bits, l->tag, l->from, l->until, l->archive }, rep);
	}
	free(v);
	return rv;
}

static int
name_by_label(struct inventory *inv, const struct policy *policy, struct report *rep)
{
	const struct zsk_section *z = &policy->zsk;
	const struct spot at = { policy->input, 0, 0 };
	struct zsklabel	 l;
	struct dname	 domain;
	char		 zone[DNAME_TEXT];
	size_t		 i;

	if (dname_parse(&domain, z->domain) == -1)
		return 0;
	for (i = 0; i < inv->n; i++) {
		struct saying	 s = { .at = &at, .role = ROLE_ZSK, .tag = -1 };

		if (inv->keys[i].line.label == NULL ||
		    zsklabel_parse(&l, z->label, inv->keys[i].line.label) == -1)
			continue;
		s.zone = dname_format(zone, l.has_zone ? &l.zone : &domain);
		s.algorithm = l.algorithm != 0 ? l.algorithm : z->algorithm;
		s.from = l.from == INT64_MIN ? KEYLIST_ALWAYS : whole_day(l.from, false);
		s.until = KEYLIST_FOREVER;
		if (believe(&inv->keys[i], &s, rep) == -1)
			return -1;
	}
	return 0;
}

enum verdict
inventory_name(struct inventory *inv, const struct policy *policy, const struct keylist *record,
    struct report *rep)
{
	if ((policy != NULL && name_by_policy(inv, policy, rep) == -1) ||
	    (record != NULL && name_by_record(inv, record, rep) == -1) ||
	    (policy != NULL && name_by_label(inv, policy, rep) == -1))
		return report_fault(rep, NULL, "out of memory");
	return ACCEPT;
}
