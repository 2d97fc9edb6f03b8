#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dnskey.h"
#include "model/policy_read.h"
#include "model/policy_words.h"

#define MAX_FAULTS	20		/* of one file; the rest is only said to exist */
#define MAX_NAME	255		/* bytes of a name that the file gives */
#define MAX_ITEMS	POLICY_MAX_SLOTS

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct reader {
	struct policy	*pol;
	const struct node *root;
	struct report	*rep;
	unsigned	 faults;
	bool		 cds;		/* said to be without effect */
};

static void fault(struct reader *, const struct spot *, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
fault(struct reader *r, const struct spot *at, const char *fmt, ...)
{
	char	 text[512];
	va_list	 ap;

	if (r->faults++ >= MAX_FAULTS) {
		if (r->faults == MAX_FAULTS + 1)
			report_fault(r->rep, at, "and more that is not shown");
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	report_fault(r->rep, at, "%s", text);
}

static struct spot
at_value(const struct reader *r, const struct node *n)
{
	return (struct spot){ r->pol->input, n->line, n->column };
}

static struct spot
at_name(const struct reader *r, const struct node *n)
{
	return (struct spot){ r->pol->input, n->name_line, n->name_column };
}

static void
out_of_memory(struct reader *r)
{
	struct spot	 at = { r->pol->input, 0, 0 };

	fault(r, &at, "out of memory");
}

/* A PIN is never shown, not even a bad one. */
static void
bad_value(struct reader *r, const struct word *w, const struct node *n, int error)
{
	struct spot	 at = at_value(r, n);
	char		 takes[128];

	word_takes(w, takes, sizeof(takes));
	if (error == ENOMEM)
		out_of_memory(r);
	else if (error == ENOENT && w->type == WORD_MODULE)
		fault(r, &at, "%s: no such variable in the environment: %.64s", w->name, n->text);
	else if (n->kind != NODE_SCALAR || w->type == WORD_SECRET)
		fault(r, &at, "%s: expected %s", w->name, takes);
	else
		fault(r, &at, "%s: \"%.64s\": expected %s", w->name, n->text, takes);
}

static void
read_list(struct reader *r, const struct word *w, void *base, const struct node *list)
{
	const struct node	*n;
	struct spot		 at = at_value(r, list);

	if (list->n > MAX_ITEMS || (list->n == 0 && w->list == LIST_SOME)) {
		fault(r, &at, "%s: %s", w->name, list->n == 0 ? "an empty list" : "too many items");
		return;
	}
	for (n = list->child; n != NULL; n = n->next)
		if (n->kind != NODE_SCALAR || n->null)
			bad_value(r, w, n, EINVAL);
		else if (word_set(w, base, n->text) == -1)
			bad_value(r, w, n, errno);
}

/* hsm.NAME.env: every value is text, however it looks. */
static void
read_env(struct reader *r, struct hsm *h, const struct node *map)
{
	const struct node	*n;
	struct spot		 at = at_value(r, map);
	struct pair		*p;

	if (map->kind != NODE_MAP || map->n > POLICY_MAX_NAMES) {
		fault(r, &at, "env: a map of at most %d names to text", POLICY_MAX_NAMES);
		return;
	}
	if ((h->env = calloc(map->n + 1, sizeof(*h->env))) == NULL) {
		out_of_memory(r);
		return;
	}
	for (n = map->child; n != NULL; n = n->next) {
		at = at_name(r, n);
		if (strchr(n->name, '=') != NULL || n->kind != NODE_SCALAR) {
			fault(r, &at, "env: %.64s: not a variable and its text", n->name);
			continue;
		}
		p = &h->env[h->nenv++];
		p->name = strdup(n->name);
		p->value = strdup(n->null ? "" : n->text);
		if (p->name == NULL || p->value == NULL)
			out_of_memory(r);
	}
}

/* What policy_print shows in place of a PIN must not be tried as one. */
static bool
is_placeholder(struct reader *r, const struct word *w, const struct node *n)
{
	struct spot	 at = at_value(r, n);

	if (w->type != WORD_SECRET || n->kind != NODE_SCALAR || strcmp(n->text, "(set)") != 0)
		return false;
	report_warning(r->rep, &at, NULL, "%s: (set) is not a PIN: it will be asked for", w->name);
	return true;
}

/* The default of a list is not added to, but replaced. */
static void
forget_default(const struct word *w, void *base)
{
	struct strings	*s = (void *)((char *)base + w->offset);
	struct numbers	*v = (void *)((char *)base + w->offset);
	size_t		 i;

	if (w->list == LIST_NO || w->deflt == NULL)
		return;
	if (w->type == WORD_NUMBER || w->type == WORD_ODD || w->type == WORD_KNOWN_ALGORITHM) {
		v->n = 0;
		return;
	}
	for (i = 0; i < s->n; i++)
		free(s->v[i]);
	s->n = 0;
}

static void
read_word(struct reader *r, const struct word *w, void *base, const struct node *n)
{
	struct spot	 at = at_value(r, n);

	forget_default(w, base);
	if (n->null && w->deflt == NULL && w->list == LIST_NO)
		return;			/* said not to be given, and need not be */
	if (n->null)
		fault(r, &at, "%s: no value", w->name);
	else if (w->type == WORD_MAP)
		read_env(r, base, n);
	else if (n->kind == NODE_LIST && w->list != LIST_NO)
		read_list(r, w, base, n);
	else if (n->kind != NODE_SCALAR || (w->list != LIST_NO && w->list != LIST_OR_ONE))
		bad_value(r, w, n, EINVAL);
	else if (!is_placeholder(r, w, n) && word_set(w, base, n->text) == -1)
		bad_value(r, w, n, errno);
}

/* The words of a section whose names are all known. */
static void
read_words(struct reader *r, enum word_section section, void *base, const struct node *map)
{
	const struct word	*w;
	const struct node	*n;
	struct spot		 at = at_value(r, map);

	if (map->kind != NODE_MAP) {
		fault(r, &at, "%s: not a map of words", map->name);
		return;
	}
	for (n = map->child; n != NULL; n = n->next) {
		if ((w = word_find(section, n->name)) == NULL) {
			at = at_name(r, n);
			fault(r, &at, "%s has no word \"%.64s\"", word_section_name(section), n->name);
			continue;
		}
		read_word(r, w, base, n);
	}
}

static bool
good_name(struct reader *r, const struct node *n)
{
	struct spot	 at = at_name(r, n);
	const char	*p;

	for (p = n->name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			break;
	if (*p == '\0' && strlen(n->name) <= MAX_NAME)
		return true;
	fault(r, &at, "\"%.64s\": not a name", n->name);
	return false;
}

/* A section of named entries; *out is an array of map->n zeroed structures. */
static int
named(struct reader *r, const struct node *map, size_t size, void *out)
{
	const struct node	*n;
	struct spot		 at = at_value(r, map);
	void			*v;

	if (map->kind != NODE_MAP || map->n > POLICY_MAX_NAMES) {
		fault(r, &at, "%s: not a map of at most %d names", map->name, POLICY_MAX_NAMES);
		return -1;
	}
	for (n = map->child; n != NULL; n = n->next)
		if (!good_name(r, n))
			return -1;
	if ((v = calloc(map->n + 1, size)) == NULL) {
		out_of_memory(r);
		return -1;
	}
	memcpy(out, &v, sizeof(v));
	return 0;
}

static bool
has_value(const struct node *map, const char *name)
{
	const struct node	*n = policy_yaml_find(map, name);

	return n != NULL && !n->null;
}

static void
read_hsms(struct reader *r, const struct node *map)
{
	const struct node	*n;
	struct hsm		*h;
	struct spot		 at;

	if (named(r, map, sizeof(*h), &r->pol->hsms) == -1)
		return;
	for (n = map->child; n != NULL; n = n->next) {
		h = &r->pol->hsms[r->pol->nhsms++];
		h->line = n->name_line;
		if ((h->name = strdup(n->name)) == NULL) {
			out_of_memory(r);
			return;
		}
		read_words(r, SECTION_HSM, h, n);
		if (n->kind == NODE_MAP && !has_value(n, "module")) {
			at = at_name(r, n);
			fault(r, &at, "hsm %.64s has no module", n->name);
		}
	}
}

/* rsa_size and rsa_exponent of another algorithm mean nothing: not kept. */
static void
drop_rsa_words(struct reader *r, struct ksk *k, const struct node *n)
{
	struct spot	 at = at_name(r, n);

	if (algorithm_family(k->algorithm) == FAMILY_RSA ||
	    (k->rsa_size == 0 && k->rsa_exponent == 0))
		return;
	k->rsa_size = 0;
	k->rsa_exponent = 0;
	report_warning(r->rep, &at, NULL, "key %.64s: rsa_size and rsa_exponent have no meaning "
	    "for %s", k->name, algorithm_name(k->algorithm));
}

static void
read_key(struct reader *r, struct ksk *k, const struct node *n)
{
	struct spot	 at = at_name(r, n);

	k->line = n->name_line;
	k->valid_from = INT64_MIN;
	k->valid_until = INT64_MAX;
	if ((k->name = strdup(n->name)) == NULL) {
		out_of_memory(r);
		return;
	}
	read_words(r, SECTION_KEY, k, n);
	if (n->kind == NODE_MAP && !has_value(n, "algorithm"))
		fault(r, &at, "key %.64s has no algorithm", k->name);
	if (r->faults > 0)
		return;
	if (k->label == NULL && (k->label = strdup(n->name)) == NULL)
		out_of_memory(r);
	else if (k->valid_until <= k->valid_from)
		fault(r, &at, "key %.64s: valid_until is not after valid_from", k->name);
	else
		drop_rsa_words(r, k, n);
}

static void
read_keys(struct reader *r, const struct node *map)
{
	const struct node	*n;

	if (named(r, map, sizeof(*r->pol->keys), &r->pol->keys) == -1)
		return;
	for (n = map->child; n != NULL; n = n->next)
		read_key(r, &r->pol->keys[r->pol->nkeys++], n);
}

/* Each name of a list is a key, and stands there once. */
static void
check_names(struct reader *r, const struct strings *names, const struct node *slot,
    const char *word)
{
	const struct node	*list = policy_yaml_find(slot, word), *n;
	struct spot		 at;
	size_t			 i, k;

	if (list == NULL)
		return;
	n = list->kind == NODE_LIST ? list->child : list;
	for (i = 0; i < names->n && n != NULL; i++, n = n->next) {
		at = at_value(r, n);
		if (policy_key(r->pol, names->v[i]) == NULL)
			fault(r, &at, "%s: no key \"%.64s\" in keys", word, names->v[i]);
		for (k = 0; k < i; k++)
			if (strcmp(names->v[k], names->v[i]) == 0)
				fault(r, &at, "%s: key \"%.64s\" again", word, names->v[i]);
	}
}

/* No key stands in both lists. */
static void
check_apart(struct reader *r, const struct node *slot, const char *word_a, const struct strings *a,
    const char *word_b, const struct strings *b)
{
	struct spot	 at = at_name(r, slot);
	size_t		 i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++)
			if (strcmp(a->v[i], b->v[k]) == 0)
				fault(r, &at, "slot %s: key \"%.64s\" cannot stand in both %s and %s",
				    slot->name, a->v[i], word_a, word_b);
}

/* Once: a response has no place for what is announced to the parent. */
static void
warn_cds(struct reader *r, const struct node *slot)
{
	struct spot	 at = at_value(r, policy_yaml_find(slot, "cds"));

	if (!r->cds)
		report_warning(r->rep, &at, NULL,
		    "cds: without effect: key-ds --cds makes these records");
	r->cds = true;
}

/*
 * A key in revoke may also stand in sign: a revoked key signs its own set (RFC
 * 5011 2.1), and a file may say so.
 */
static void
read_slot(struct reader *r, struct schema_slot *s, const struct node *n)
{
	unsigned	 before = r->faults;

	s->line = n->name_line;
	read_words(r, SECTION_SLOT, s, n);
	if (r->faults > before)
		return;
	/* Bounds the comparisons: no name may stand twice, so none is longer than keys. */
	if (s->publish.n > r->pol->nkeys || s->sign.n > r->pol->nkeys ||
	    s->revoke.n > r->pol->nkeys || s->sign_only.n > r->pol->nkeys ||
	    s->cds.n > r->pol->nkeys) {
		struct spot	 at = at_name(r, n);

		fault(r, &at, "slot %s: more names than there are keys", n->name);
		return;
	}
	check_names(r, &s->publish, n, "publish");
	check_names(r, &s->sign, n, "sign");
	check_names(r, &s->revoke, n, "revoke");
	check_names(r, &s->sign_only, n, "sign_only");
	check_names(r, &s->cds, n, "cds");
	check_apart(r, n, "publish", &s->publish, "revoke", &s->revoke);
	check_apart(r, n, "cds", &s->cds, "revoke", &s->revoke);
	check_apart(r, n, "publish", &s->publish, "sign_only", &s->sign_only);
	check_apart(r, n, "sign", &s->sign, "sign_only", &s->sign_only);
	check_apart(r, n, "revoke", &s->revoke, "sign_only", &s->sign_only);
	if (s->cds.n > 0 && r->faults == before)
		warn_cds(r, n);
}

static void
read_schema(struct reader *r, struct schema *s, const struct node *map)
{
	const struct node	*n;
	struct spot		 at = at_name(r, map);
	uint64_t		 number, last = 0;

	s->line = map->name_line;
	if ((s->name = strdup(map->name)) == NULL) {
		out_of_memory(r);
		return;
	}
	if (map->kind != NODE_MAP || map->n == 0) {
		fault(r, &at, "schema %.64s: not a map of slots", map->name);
		return;
	}
	for (n = map->child; n != NULL; n = n->next) {
		at = at_name(r, n);
		if (word_number(&number, n->name, 1, POLICY_MAX_SLOTS) == -1) {
			fault(r, &at, "schema %.64s: \"%.64s\" is not a slot, 1 to %d", map->name,
			    n->name, POLICY_MAX_SLOTS);
			return;
		}
		if (number > last)
			last = number;
	}
	if ((s->slots = calloc(last, sizeof(*s->slots))) == NULL) {
		out_of_memory(r);
		return;
	}
	s->nslots = last;
	for (n = map->child; n != NULL; n = n->next)
		if (word_number(&number, n->name, 1, last) == 0)
			read_slot(r, &s->slots[number - 1], n);
}

static void
read_schemas(struct reader *r, const struct node *map)
{
	const struct node	*n;

	if (named(r, map, sizeof(*r->pol->schemas), &r->pol->schemas) == -1)
		return;
	for (n = map->child; n != NULL; n = n->next)
		read_schema(r, &r->pol->schemas[r->pol->nschemas++], n);
}

static void
read_request(struct reader *r, const struct node *n)
{
	read_words(r, SECTION_REQUEST, r->pol, n);
}

static void
read_response(struct reader *r, const struct node *n)
{
	read_words(r, SECTION_RESPONSE, r->pol, n);
}

static void
read_ksk_policy(struct reader *r, const struct node *n)
{
	read_words(r, SECTION_KSK, r->pol, n);
}

/* The ZSKs are on a token or in a folder, so naming one rules out the other. */
static void
read_zsk(struct reader *r, const struct node *n)
{
	struct spot	 at = at_name(r, n);

	read_words(r, SECTION_ZSK, r->pol, n);
	if (n->kind != NODE_MAP || r->pol->zsk.key_dir == NULL)
		return;
	if (policy_yaml_find(n, "hsm") != NULL)
		fault(r, &at, "zsk: both hsm and key_dir");
	free(r->pol->zsk.hsm);
	r->pol->zsk.hsm = NULL;
}

static void
read_filenames(struct reader *r, const struct node *n)
{
	struct spot	 at = at_name(r, n);

	read_words(r, SECTION_FILENAMES, r->pol, n);
	report_warning(r->rep, &at, NULL,
	    "filenames: not used: files are named on the command line");
}

/* In the order in which they are read: schemas need keys. */
static const struct {
	const char	*name;
	void		(*read)(struct reader *, const struct node *);
} sections[] = {
	{ "request_policy",	read_request },
	{ "response_policy",	read_response },
	{ "ksk_policy",		read_ksk_policy },
	{ "zsk",		read_zsk },
	{ "hsm",		read_hsms },
	{ "keys",		read_keys },
	{ "schemas",		read_schemas },
	{ "filenames",		read_filenames },
};

static bool
is_section(const char *name)
{
	size_t	 i;

	for (i = 0; i < COUNT(sections); i++)
		if (strcmp(sections[i].name, name) == 0)
			return true;
	return false;
}

/* A rule that is broken stays broken, whatever this list says. */
static void
warn_may_accept(struct reader *r)
{
	struct spot	 at;

	if (r->pol->may_accept.n == 0)
		return;
	at = at_value(r, policy_yaml_find(r->root, "may_accept"));
	report_warning(r->rep, &at, NULL,
	    "may_accept: without effect: no tool accepts by hand what a rule refuses");
}

static void
read_root(struct reader *r)
{
	const struct word	*w;
	const struct node	*n;
	struct spot		 at = at_value(r, r->root);
	size_t			 i;

	if (r->root->kind != NODE_MAP) {
		fault(r, &at, "not a map of sections");
		return;
	}
	for (n = r->root->child; n != NULL; n = n->next) {
		if (is_section(n->name))
			continue;
		if ((w = word_find(SECTION_TOP, n->name)) == NULL) {
			at = at_name(r, n);
			fault(r, &at, "no section or word \"%.64s\"", n->name);
			continue;
		}
		read_word(r, w, r->pol, n);
	}
	warn_may_accept(r);
	for (i = 0; i < COUNT(sections); i++)
		if ((n = policy_yaml_find(r->root, sections[i].name)) != NULL)
			sections[i].read(r, n);
}

/* Where a word stands; else the other; else the section, else the beginning of the file. */
static struct spot
spot_of(const struct reader *r, const char *section, const char *word, const char *other)
{
	const struct node	*map = r->root, *n;

	if (section != NULL && (map = policy_yaml_find(r->root, section)) == NULL)
		return at_value(r, r->root);
	if ((n = policy_yaml_find(map, word)) == NULL && (n = policy_yaml_find(map, other)) == NULL)
		n = map;
	return at_value(r, n);
}

#define BOUNDS(section, a, b, s, m, n, zero) \
	{ section, a, b, offsetof(struct policy, s.m), offsetof(struct policy, s.n), zero }

/* A minimum above its maximum; in ksk_policy, zero is "not limited". */
static void
check_bounds(struct reader *r)
{
	static const struct {
		const char	*section, *min, *max;
		size_t		 min_at, max_at;
		bool		 zero_is_none;
	} bounds[] = {
		BOUNDS("request_policy", "min_cycle_inception_length", "max_cycle_inception_length",
		    request, min_cycle_inception_length, max_cycle_inception_length, false),
		BOUNDS("request_policy", "min_bundle_interval", "max_bundle_interval",
		    request, min_bundle_interval, max_bundle_interval, false),
		BOUNDS("ksk_policy", "min_signature_validity", "max_signature_validity",
		    ksk, min_signature_validity, max_signature_validity, true),
		BOUNDS("ksk_policy", "min_validity_overlap", "max_validity_overlap",
		    ksk, min_validity_overlap, max_validity_overlap, true),
		BOUNDS("zsk", "min_signature_validity", "max_signature_validity",
		    zsk, min_signature_validity, max_signature_validity, false),
		BOUNDS("zsk", "min_validity_overlap", "max_validity_overlap",
		    zsk, min_validity_overlap, max_validity_overlap, false),
	};
	const char	*p = (const char *)r->pol;
	struct spot	 at;
	int64_t		 min, max;
	size_t		 i;

	for (i = 0; i < COUNT(bounds); i++) {
		memcpy(&min, p + bounds[i].min_at, sizeof(min));
		memcpy(&max, p + bounds[i].max_at, sizeof(max));
		if (min <= max || (max == 0 && bounds[i].zero_is_none))
			continue;
		at = spot_of(r, bounds[i].section, bounds[i].min, bounds[i].max);
		fault(r, &at, "%s is above %s", bounds[i].min, bounds[i].max);
	}
	if (r->pol->max_response_size > r->pol->hard_response_size) {
		at = spot_of(r, NULL, "max_response_size", "hard_response_size");
		fault(r, &at, "max_response_size is above hard_response_size");
	}
}

/* Only where the rule that counts keys is on: else the list says nothing. */
static void
check_bundle_list(struct reader *r)
{
	const struct request_policy	*q = &r->pol->request;
	struct spot			 at;

	if (!q->check_keys_match_ksk_operator_policy || q->num_keys_per_bundle.n == q->num_bundles)
		return;
	at = spot_of(r, "request_policy", "num_keys_per_bundle", "num_bundles");
	fault(r, &at, "num_keys_per_bundle has %zu numbers for num_bundles %llu",
	    q->num_keys_per_bundle.n, (unsigned long long)q->num_bundles);
}

int
policy_read(struct policy *pol, const struct node *root, struct report *rep)
{
	struct reader	 r = { pol, root, rep, 0, false };

	read_root(&r);
	if (r.faults == 0) {
		check_bounds(&r);
		check_bundle_list(&r);
	}
	return r.faults == 0 ? 0 : -1;
}
