#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "act/zsks.h"
#include "base/array.h"
#include "base/isotime.h"
#include "model/zsklabel.h"

static enum verdict
no_memory(struct report *report)
{
	return report_fault(report, NULL, "out of memory");
}

/* add() has failed. */
static enum verdict
no_room(const struct zsks *keys, const struct spot *at, struct report *report)
{
	return keys->n < ZSKS_MAX ? no_memory(report) :
	    report_fault(report, at, "more than %d ZSKs to choose from", ZSKS_MAX);
}

static struct zsk *
add(struct zsks *keys, const char *name)
{
	struct zsk	*k;
	char		*copy;

	if (keys->n == ZSKS_MAX)
		return NULL;
	if ((copy = strdup(name)) == NULL ||
	    (k = array_add(&keys->v, keys->n, sizeof(*k))) == NULL) {
		free(copy);
		return NULL;
	}
	k->name = copy;
	k->from = INT64_MIN;
	k->until = INT64_MAX;
	keys->n++;
	return k;
}

/* A line for this zone?  What the list does not say cannot speak against it. */
static bool
of_zone(const struct keyline *line, const struct dname *zone)
{
	struct dname	 name;

	return line->zone == NULL ||
	    (dname_parse(&name, line->zone) == 0 && dname_equal(&name, zone));
}

/* Without an algorithm it is an RSA key (the digest is not in it), as the section has it. */
static enum verdict
take_line(struct zsks *keys, const struct keylist *list, const struct keyline *line,
    const struct zsk_section *z, struct report *report)
{
	const struct spot at = { list->input, line->line, 0 };
	uint8_t		 algorithm = line->algorithm != 0 ? line->algorithm : z->algorithm;
	struct zsk	*k;
	size_t		 i;

	if (line->label == NULL)
		return report_broken(report, &at, "KSR-BUNDLE-KEYS",
		    "a ZSK without a label cannot be named in a request");
	if (line->algorithm == 0 && algorithm_family(algorithm) != FAMILY_RSA)
		return report_broken(report, &at, "KSR-POLICY-ALG", "key %s has no algorithm, so it "
		    "is of RSA, and zsk.algorithm is %s", line->label, algorithm_name(algorithm));
	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i].name, line->label) == 0)
			return report_broken(report, &at, "KSR-BUNDLE-KEYS",
			    "a key of the label %s stands in line %lu already", line->label,
			    keys->v[i].at.line);
	if ((k = add(keys, line->label)) == NULL)
		return no_room(keys, &at, report);
	k->algorithm = algorithm;
	k->from = line->from;
	k->until = line->until;
	k->at = at;
	k->line = line;
	return ACCEPT;
}

enum verdict
zsks_from_list(struct zsks *keys, const struct keylist *list, const struct zsk_section *z,
    const struct dname *zone, struct report *report)
{
	const struct spot at = { list->input, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < list->n && v != FAULT; i++)
		if (list->keys[i].role == ROLE_ZSK && of_zone(&list->keys[i], zone))
			v = verdict_worse(v, take_line(keys, list, &list->keys[i], z, report));
	if (v == ACCEPT && keys->n == 0)
		return report_broken(report, &at, "KSR-ZSK-SAFETY",
		    "none of its %zu lines is a ZSK of %s", list->n, z->domain);
	return v;
}

int
zsk_set_public(struct zsk *k, const struct key *key, const struct zsk_section *z)
{
	struct key	 copy;
	char		*name;

	if ((name = strdup(k->name)) == NULL)
		return -1;
	if (key_copy(&copy, key) == -1) {
		free(name);
		return -1;
	}
	free(copy.identifier);
	copy.identifier = name;
	copy.flags = DNSKEY_ZSK;
	copy.protocol = DNSKEY_PROTOCOL;
	copy.ttl = (uint32_t)z->ttl;
	copy.line = 0;
	copy.tag = key_tag(&copy);
	key_clear(&k->key);
	k->key = copy;
	return 0;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t	 n = strlen(text), m = strlen(end);

	return n > m && strcmp(text + n - m, end) == 0;
}

/* The path, kept as long as the keys. */
static const char *
keep_path(struct zsks *keys, const char *path)
{
	char	**slot, *copy;

	if ((copy = strdup(path)) == NULL)
		return NULL;
	if ((slot = array_add(&keys->paths, keys->npaths, sizeof(*slot))) == NULL) {
		free(copy);
		return NULL;
	}
	keys->npaths++;
	return *slot = copy;
}

/*
 * What an RSA key in PEM is for stands in no PEM.  RSASHA256 is understood by itself; a K*.private says
 * it, and is not to be contradicted.
 */
static unsigned
intended(const char *path, const struct zsk *listed, const struct zsk_section *z)
{
	unsigned	 algorithm = listed != NULL ? listed->algorithm : z->algorithm;

	return algorithm == RSASHA512 && !ends_with(path, ".private") ? algorithm : 0;
}

/* The private half of a key of the list: it must be what the list says. */
static enum verdict
join(struct zsk *k, struct softkey *soft, const char *path, const struct zsk_section *z,
    struct report *report)
{
	const struct key *key = softkey_public(soft);
	const struct spot at = { path, 0, 0 };
	uint64_t	 exponent;
	unsigned	 bits = 0;

	if (k->soft != NULL)
		return report_broken(report, &at, "KSR-BUNDLE-KEYS",
		    "a second private key of the name %s", k->name);
	if (key_size(key, &bits, &exponent) == -1 || key->algorithm != k->algorithm ||
	    (k->line->bits != 0 && k->line->bits != bits) ||
	    (k->line->tag != -1 && k->line->tag != key_tag(key)))
		return report_broken(report, &at, "KSR-BUNDLE-KEYS", "it is of %s with %u bits and "
		    "tag %u, line %lu of %s says otherwise", algorithm_name(key->algorithm), bits,
		    key_tag(key), k->line->line, k->at.input);
	if (zsk_set_public(k, key, z) == -1)
		return no_memory(report);
	k->soft = soft;
	return ACCEPT;
}

/* The span of a key whose file states none: its name may be a label of the policy's form. */
static void
span_of_name(struct zsk *k, const struct zsk_section *z)
{
	struct zsklabel	 label;

	if (k->from != INT64_MIN || k->until != INT64_MAX ||
	    zsklabel_parse(&label, z->label, k->name) == -1 || label.from == INT64_MIN)
		return;
	k->from = label.from;
	if (z->lifetime != 0 || z->cycle != 0)
		k->until = k->from + (z->lifetime != 0 ? z->lifetime : z->cycle);
	else
		k->until = calendar_next_quarter(k->from);
}

/* A candidate by itself. */
static enum verdict
enter(struct zsks *keys, struct softkey *soft, const char *path, const struct zsk_section *z,
    struct report *report)
{
	const struct key *key = softkey_public(soft);
	struct spot	 at = { path, 0, 0 };
	struct zsk	*k;
	size_t		 i;

	for (i = 0; i < keys->n; i++)
		if (strcmp(keys->v[i].name, key->identifier) == 0 ||
		    key_same_public(&keys->v[i].key, key))
			return report_broken(report, &at, "KSR-BUNDLE-KEYS",
			    "%s has the same name, or is the same key", keys->v[i].at.input);
	if ((at.input = keep_path(keys, path)) == NULL || (k = add(keys, key->identifier)) == NULL)
		return no_room(keys, &at, report);
	k->algorithm = key->algorithm;
	k->at = at;
	if (zsk_set_public(k, key, z) == -1)
		return no_memory(report);
	softkey_span(soft, &k->from, &k->until);
	span_of_name(k, z);
	k->soft = soft;
	return ACCEPT;
}

/* The key of the list that a file is named after, or NULL. */
static struct zsk *
listed_as(const struct zsks *keys, const char *path)
{
	const char	*slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
	const char	*dot = strrchr(base, '.');
	size_t		 i, len = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);

	for (i = 0; i < keys->n; i++)
		if (keys->v[i].line != NULL && strlen(keys->v[i].name) == len &&
		    strncmp(keys->v[i].name, base, len) == 0)
			return &keys->v[i];
	return NULL;
}

enum verdict
zsks_add_file(struct zsks *keys, const char *path, const struct zsk_section *z,
    struct report *report)
{
	bool		 listed = keys->n > 0 && keys->v[0].line != NULL;
	struct zsk	*k = listed ? listed_as(keys, path) : NULL;
	struct softkey	*soft = NULL;
	enum verdict	 v;
	size_t		 n = keys->n;

	if (listed && k == NULL)
		return ACCEPT;
	if ((v = softkey_load(&soft, path, intended(path, k, z), report)) != ACCEPT)
		return v;
	v = listed ? join(k, soft, path, z, report) : enter(keys, soft, path, z, report);
	if (v != ACCEPT && (k == NULL || k->soft != soft) &&
	    (keys->n == n || keys->v[n].soft != soft))
		softkey_free(soft);
	return v;
}

/*
 * Is this K*.private one of the zone?  BIND's name of a file is K, the zone in lower case with what is
 * no letter, digit, - or _ as %XX, +, algorithm and tag.
 */
static bool
bind_name_of(const char *name, const struct dname *zone)
{
	static const char hex[] = "0123456789ABCDEF";
	const unsigned char *p = zone->wire;
	char		 want[4 * DNAME_WIRE + 2], *w = want;
	unsigned	 len;

	for (; (len = *p++) > 0; *w++ = '.')
		for (; len > 0; len--, p++)
			if (isalnum(*p) || *p == '-' || *p == '_')
				*w++ = (char)*p;
			else {
				*w++ = '%';
				*w++ = hex[*p >> 4];
				*w++ = hex[*p & 15];
			}
	if (zone->len == 1)
		*w++ = '.';
	*w++ = '+';
	return *name == 'K' && strncasecmp(name + 1, want, (size_t)(w - want)) == 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_key_file(const struct dirent *e)
{
	return ends_with(e->d_name, ".private") || ends_with(e->d_name, ".pem");
}

/* A KSK among BIND's files is none of ours: the last one entered, if it is one. */
static void
leave_ksk(struct zsks *keys)
{
	struct zsk	*k = &keys->v[keys->n - 1];

	if (k->soft == NULL || softkey_public(k->soft)->flags == DNSKEY_ZSK)
		return;
	softkey_free(k->soft);
	key_clear(&k->key);
	free(k->name);
	keys->n--;
}

static enum verdict
add_entry(struct zsks *keys, const char *folder, const char *name,
    const struct zsk_section *z, const struct dname *zone, bool listed, struct report *report)
{
	struct buf	 path = BUF_EMPTY;
	size_t		 n = keys->n;
	enum verdict	 v;

	if (!listed && ends_with(name, ".private") && !bind_name_of(name, zone))
		return ACCEPT;
	if (buf_printf(&path, "%s/%s", folder, name) == -1)
		return no_memory(report);
	v = zsks_add_file(keys, (char *)path.data, z, report);
	buf_free(&path);
	if (v == ACCEPT && keys->n > n)
		leave_ksk(keys);
	return v;
}

enum verdict
zsks_add_folder(struct zsks *keys, const char *path, const struct zsk_section *z,
    const struct dname *zone, bool listed, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct dirent	**names = NULL;
	enum verdict	 v = ACCEPT;
	int		 n, i;

	if ((n = scandir(path, &names, is_key_file, by_name)) == -1)
		return report_fault(report, &at, "%s", strerror(errno));
	for (i = 0; i < n; i++) {
		if (v != FAULT)
			v = verdict_worse(v, add_entry(keys, path, names[i]->d_name, z, zone,
			    listed, report));
		free(names[i]);
	}
	free(names);
	if (v == ACCEPT && keys->n == 0)
		return report_broken(report, &at, "KSR-ZSK-SAFETY", "no ZSK of %s in this folder",
		    z->domain);
	return v;
}

void
zsks_clear(struct zsks *keys)
{
	size_t	 i;

	for (i = 0; i < keys->n; i++) {
		softkey_free(keys->v[i].soft);
		key_clear(&keys->v[i].key);
		free(keys->v[i].name);
	}
	free(keys->v);
	for (i = 0; i < keys->npaths; i++)
		free(keys->paths[i]);
	free(keys->paths);
	*keys = (struct zsks)ZSKS_EMPTY;
}
