#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/isotime.h"
#include "model/textksr.h"
#include "model/textksr_scan.h"

/* Octets of a record beside what is counted, the owner a pointer (RFC 1035 3.2.1, 4034 2.1, 3.1). */
#define KEY_RR_MIN	(11 + 4)
#define SIG_RR_MIN	(11 + 18 + 1)
#define MESSAGE_MAX	65535
#define RSA_SIG_MAX	512		/* octets: a modulus of 4096 bits */
#define KEY_MAX		(65535 - 4)

#define DIGITS_SINCE	INT64_C(1704067200)	/* 2024-01-01T00:00:00Z */

static const char *const titles[] = { "KeySigningRequest", "SignedKeyResponse" };
static const char *const kinds[] = { "request", "response" };

struct reader {
	struct textksr	*t;
	const struct dname *zone;	/* whose it must be, or NULL */
	struct text_scan scan;
	struct report	*report;
	struct bundle	*set;		/* the last one, or NULL */
	size_t		 octets;	/* that its records have in an answer */
	bool		 faulty;	/* one of them could not be read */
	bool		 ended;		/* the last line has been seen */
	bool		 stop;		/* what follows has no place any more */
};

#define BROKEN(r, ...)	report_broken((r)->report, &(r)->scan.at, NULL, __VA_ARGS__)

static enum verdict
no_memory(struct reader *r)
{
	return report_fault(r->report, NULL, "out of memory");
}

int
text_form(enum text_form *out, const char *name)
{
	if (strcmp(name, "bind") == 0)
		*out = TEXT_BIND;
	else if (strcmp(name, "knot") == 0)
		*out = TEXT_KNOT;
	else
		return -1;
	return 0;
}

/* Decimal digits alone, at most max. */
static int
number(uint32_t *out, const char *word, uint32_t max)
{
	uint64_t	 n = 0;

	if (word == NULL || *word == '\0' || strlen(word) > 10)
		return -1;
	for (; *word != '\0'; word++) {
		if (*word < '0' || *word > '9')
			return -1;
		n = 10 * n + (uint64_t)(*word - '0');
	}
	if (n > max)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int
header_time(int64_t *out, const char *word, enum text_form form)
{
	uint32_t	 seconds;
	int64_t		 t;

	if (form == TEXT_KNOT && number(&seconds, word, UINT32_MAX) == 0) {
		*out = seconds;
		return 0;
	}
	if (isotime_rrsig_parse(&t, word) == -1 || (form == TEXT_KNOT && t < DIGITS_SINCE))
		return -1;
	*out = t;
	return 0;
}

static int
by_rdata(const void *a, const void *b)
{
	return key_compare(*(const struct key *const *)a, *(const struct key *const *)b);
}

/* A set has no record twice (RFC 2181 5). */
static enum verdict
find_twins(struct reader *r)
{
	const struct bundle *set = r->set;
	const struct key **keys;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if ((keys = reallocarray(NULL, set->nkeys, sizeof(*keys))) == NULL)
		return no_memory(r);
	for (i = 0; i < set->nkeys; i++)
		keys[i] = &set->keys[i];
	qsort(keys, set->nkeys, sizeof(*keys), by_rdata);
	for (i = 1; i < set->nkeys; i++) {
		const struct spot at = { r->t->input, keys[i]->line, 0 };

		if (key_same(keys[i - 1], keys[i]))
			v = report_broken(r->report, &at, NULL, "key %u stands twice in its set",
			    keys[i]->tag);
	}
	free(keys);
	return v;
}

/* No more records for the last set, which holds until then. */
static enum verdict
close_set(struct reader *r, int64_t until)
{
	const struct spot at = { r->t->input, r->set == NULL ? 0 : r->set->line, 0 };

	if (r->set == NULL)
		return ACCEPT;
	r->set->expiration = until;
	if (r->faulty)
		return ACCEPT;		/* that has been said */
	if (r->set->nkeys == 0)
		return report_broken(r->report, &at, NULL, "a set without DNSKEY");
	return find_twins(r);
}

static enum verdict
begin_set(struct reader *r, const char *word)
{
	enum verdict	 v;
	int64_t		 t;

	if (header_time(&t, word, r->t->form) == -1)
		return BROKEN(r, "a header whose time is not %s: '%s'", r->t->form == TEXT_BIND ?
		    "YYYYMMDDhhmmss" : "seconds since 1970, nor YYYYMMDDhhmmss from 2024 on", word);
	if (r->set != NULL && t <= r->set->inception)
		return BROKEN(r, "a header whose time is not later than that of line %lu",
		    r->set->line);
	if ((v = close_set(r, t)) == FAULT)
		return v;
	if ((r->set = bundles_add(&r->t->sets)) == NULL)
		return no_memory(r);
	r->set->inception = t;
	r->set->line = r->scan.at.line;
	r->octets = 0;
	r->faulty = false;
	return v;
}

static enum verdict
end_sets(struct reader *r)
{
	const char	*word = text_scan_word(&r->scan);

	if (word == NULL || strcmp(word, "at") != 0)
		return BROKEN(r, "a last line that is not as 'generated at'");
	if (r->set == NULL)
		return BROKEN(r, "no header before the last line: there is no set");
	r->ended = true;
	return close_set(r, TEXT_FOREVER);
}

static enum verdict
read_header(struct reader *r)
{
	const char	*title = text_scan_word(&r->scan), *version = text_scan_word(&r->scan);
	const char	*what = text_scan_word(&r->scan);

	if (r->ended)
		return BROKEN(r, "a header behind the last line");
	if (title != NULL && strcmp(title, titles[TEXT_SKR - r->t->kind]) == 0)
		return BROKEN(r, "this is a %s, not a %s", kinds[TEXT_SKR - r->t->kind],
		    kinds[r->t->kind]);
	if (title == NULL || strcmp(title, titles[r->t->kind]) != 0)
		return BROKEN(r, "a line that begins with ;; and is no header of a %s",
		    kinds[r->t->kind]);
	if (version == NULL || strcmp(version, "1.0") != 0)
		return BROKEN(r, "a header of version '%s', not 1.0", version == NULL ? "" :
		    version);
	if (what == NULL)
		return BROKEN(r, "a header without a time");
	return strcmp(what, "generated") == 0 ? end_sets(r) : begin_set(r, what);
}

/* The last dot is one that no backslash stands before. */
static bool
is_absolute(const char *name)
{
	size_t		 len = strlen(name), n = 0;

	if (len == 0 || name[len - 1] != '.')
		return false;
	while (n + 1 < len && name[len - 2 - n] == '\\')
		n++;
	return n % 2 == 0;
}

static enum verdict
read_owner(struct reader *r)
{
	const char	*word = text_scan_word(&r->scan);
	char		 text[DNAME_TEXT], want[DNAME_TEXT];
	struct dname	 name;

	if (word == NULL || *word == '$')
		return BROKEN(r, "%s is no record", word == NULL ? "()" : word);
	if (!is_absolute(word) || strlen(word) >= DNAME_TEXT || dname_parse(&name, word) == -1)
		return BROKEN(r, "the owner '%s' is not an absolute domain name", word);
	if (r->t->domain == NULL) {
		r->t->name = r->zone != NULL ? *r->zone : name;
		if ((r->t->domain = strdup(dname_format(want, &r->t->name))) == NULL)
			return no_memory(r);
	}
	if (!dname_equal(&name, &r->t->name))
		return BROKEN(r, "a foreign owner: %s, not %s", dname_format(text, &name),
		    r->t->domain);
	return ACCEPT;
}

/* TTL and class, in this order; *type is what follows. */
static enum verdict
read_middle(struct reader *r, uint32_t *ttl, const char **type)
{
	const char	*word = text_scan_word(&r->scan);

	if (number(ttl, word, INT32_MAX) == -1)
		return BROKEN(r, "no TTL of 0 to 2147483647 behind the owner (RFC 2181 8)");
	word = text_scan_word(&r->scan);
	if (word != NULL && strcasecmp(word, "IN") == 0)
		word = text_scan_word(&r->scan);
	else if (r->t->form == TEXT_BIND)
		return BROKEN(r, "the class IN is missing behind the TTL");
	if (word == NULL)
		return BROKEN(r, "a record without a type");
	*type = word;
	return ACCEPT;
}

/*
 * The keys of a set and their signatures are one answer of a name server: what fits no
 * message (RFC 1035 4.2.2) would take long to compare.
 */
static enum verdict
count_octets(struct reader *r, size_t octets)
{
	r->octets += octets;
	if (r->octets <= MESSAGE_MAX)
		return ACCEPT;
	r->stop = true;
	return BROKEN(r, "a set that fits no DNS message");
}

static enum verdict
judge_key(struct reader *r, const struct key *k)
{
	uint64_t	 exponent;
	unsigned	 bits;

	if (k->len > KEY_MAX ||
	    (algorithm_family(k->algorithm) != FAMILY_NONE && key_size(k, &bits, &exponent) == -1))
		return BROKEN(r, "%zu bytes are no key of algorithm %u", k->len, k->algorithm);
	if (r->t->kind == TEXT_KSR && key_is_sep(k))
		return BROKEN(r, "key %u has flags %u: a KSK (SEP) has no place in a request",
		    k->tag, k->flags);
	if (r->t->kind == TEXT_KSR && k->flags != DNSKEY_ZSK)
		return BROKEN(r, "key %u has flags %u, not %u", k->tag, k->flags, DNSKEY_ZSK);
	if (k->ttl != r->set->keys[0].ttl)
		return BROKEN(r, "key %u has TTL %u, not that of its set, %u (RFC 2181 5.2)",
		    k->tag, k->ttl, r->set->keys[0].ttl);
	return count_octets(r, KEY_RR_MIN + k->len);
}

/* RFC 4034 2.2 */
static enum verdict
read_dnskey(struct reader *r, uint32_t ttl)
{
	uint32_t	 flags, protocol, algorithm;
	const char	*rest;
	struct key	*k;

	if (number(&flags, text_scan_word(&r->scan), UINT16_MAX) == -1 ||
	    number(&protocol, text_scan_word(&r->scan), UINT8_MAX) == -1 ||
	    number(&algorithm, text_scan_word(&r->scan), UINT8_MAX) == -1)
		return BROKEN(r, "no flags, protocol and algorithm of a DNSKEY (RFC 4034 2.2)");
	if (protocol != DNSKEY_PROTOCOL)
		return BROKEN(r, "a DNSKEY of protocol %u, not 3 (RFC 4034 2.1.2)", protocol);
	if ((k = bundle_add_key(r->set)) == NULL)
		return no_memory(r);
	k->line = r->scan.at.line;
	k->ttl = ttl;
	k->flags = (uint16_t)flags;
	k->protocol = (uint8_t)protocol;
	k->algorithm = (uint8_t)algorithm;
	rest = text_scan_rest(&r->scan);
	if ((k->public = base64_decode(rest, strlen(rest), &k->len)) == NULL)
		return errno == ENOMEM ? no_memory(r) :
		    BROKEN(r, "a DNSKEY whose key is not base64 (RFC 4648 4)");
	k->tag = key_tag(k);
	return judge_key(r, k);
}

static int
read_number8(uint8_t *out, struct reader *r)
{
	uint32_t	 n;

	if (number(&n, text_scan_word(&r->scan), UINT8_MAX) == -1)
		return -1;
	*out = (uint8_t)n;
	return 0;
}

static int
read_time(int64_t *out, struct reader *r)
{
	const char	*word = text_scan_word(&r->scan);

	return word == NULL ? -1 : isotime_rrsig_parse(out, word);
}

/* The fields before the signer's name (RFC 4034 3.2). */
static enum verdict
read_sig_fields(struct reader *r, struct sig *s)
{
	uint32_t	 tag;

	if (read_number8(&s->algorithm, r) == -1 || read_number8(&s->labels, r) == -1 ||
	    number(&s->original_ttl, text_scan_word(&r->scan), INT32_MAX) == -1)
		return BROKEN(r, "no algorithm, labels and original TTL of an RRSIG (RFC 4034 3.2)");
	if (read_time(&s->expiration, r) == -1 || read_time(&s->inception, r) == -1)
		return BROKEN(r, "an RRSIG whose times are not YYYYMMDDhhmmss (RFC 4034 3.2)");
	if (number(&tag, text_scan_word(&r->scan), UINT16_MAX) == -1)
		return BROKEN(r, "an RRSIG without a key tag (RFC 4034 3.2)");
	s->tag = (uint16_t)tag;
	return ACCEPT;
}

static enum verdict
judge_sig(struct reader *r, const struct sig *s)
{
	size_t		 fixed = algorithm_siglen(s->algorithm), i;
	const struct sig *other;

	if (fixed != 0 ? s->len != fixed : s->len > RSA_SIG_MAX)
		return BROKEN(r, "%zu bytes are no signature of algorithm %u", s->len,
		    s->algorithm);
	for (i = 0; i + 1 < r->set->nsigs; i++) {
		other = &r->set->sigs[i];
		if (other->tag == s->tag && other->len == s->len && other->data != NULL &&
		    memcmp(other->data, s->data, s->len) == 0)
			return BROKEN(r, "a signature of key %u stands twice in its set", s->tag);
	}
	return count_octets(r, SIG_RR_MIN + s->len);
}

static enum verdict
read_rrsig(struct reader *r, uint32_t ttl)
{
	const char	*word;
	struct dname	 signer;
	enum verdict	 v;
	struct sig	*s;

	if ((s = bundle_add_sig(r->set)) == NULL)
		return no_memory(r);
	s->line = r->scan.at.line;
	s->ttl = ttl;
	if ((v = read_sig_fields(r, s)) != ACCEPT)
		return v;
	word = text_scan_word(&r->scan);
	if (word == NULL || !is_absolute(word) || strlen(word) >= DNAME_TEXT ||
	    dname_parse(&signer, word) == -1)
		return BROKEN(r, "an RRSIG whose signer is not an absolute domain name");
	if ((s->signer = strdup(word)) == NULL)
		return no_memory(r);
	word = text_scan_rest(&r->scan);
	if ((s->data = base64_decode(word, strlen(word), &s->len)) == NULL)
		return errno == ENOMEM ? no_memory(r) :
		    BROKEN(r, "an RRSIG whose signature is not base64 (RFC 4648 4)");
	return judge_sig(r, s);
}

static bool
is_for_parent(const char *type)
{
	return strcasecmp(type, "CDS") == 0 || strcasecmp(type, "CDNSKEY") == 0;
}

static enum verdict
read_rdata(struct reader *r, const char *type, uint32_t ttl)
{
	const char	*covered;

	if (strcasecmp(type, "DNSKEY") == 0)
		return read_dnskey(r, ttl);
	if (r->t->kind == TEXT_KSR)
		return BROKEN(r, "a record %s has no place in a request", type);
	if (is_for_parent(type)) {
		r->t->passed_over++;
		return ACCEPT;
	}
	if (strcasecmp(type, "RRSIG") != 0)
		return BROKEN(r, "a record %s has no place in a response", type);
	if ((covered = text_scan_word(&r->scan)) != NULL && is_for_parent(covered)) {
		r->t->passed_over++;
		return ACCEPT;
	}
	if (covered == NULL || strcasecmp(covered, "DNSKEY") != 0)
		return BROKEN(r, "an RRSIG over %s has no place in a response",
		    covered == NULL ? "nothing" : covered);
	return read_rrsig(r, ttl);
}

static enum verdict
read_record(struct reader *r)
{
	const char	*type = NULL;
	uint32_t	 ttl = 0;
	enum verdict	 v;

	if (r->ended || r->set == NULL) {
		r->stop = true;
		return BROKEN(r, r->ended ? "a record behind the last line" :
		    "no header before the first record");
	}
	if ((v = read_owner(r)) == ACCEPT && (v = read_middle(r, &ttl, &type)) == ACCEPT)
		v = read_rdata(r, type, ttl);
	return v;
}

static enum verdict
read_entries(struct reader *r)
{
	enum verdict	 v = ACCEPT, header, record;

	while (!r->stop && v != FAULT)
		switch (text_scan_next(&r->scan)) {
		case TEXT_HEADER:
			if ((header = read_header(r)) != ACCEPT)
				r->stop = true;
			v = verdict_worse(v, header);
			break;
		case TEXT_RECORD:
			record = read_record(r);
			r->faulty = r->faulty || record != ACCEPT;
			v = verdict_worse(v, record);
			break;
		case TEXT_WRONG:
			r->faulty = true;
			v = verdict_worse(v, REFUSE);
			break;
		case TEXT_NOMEM:
			return FAULT;
		case TEXT_END:
			if (!r->ended)
				v = verdict_worse(v, BROKEN(r, r->set == NULL ?
				    "no header and no last line: this is no %s" :
				    "the last line, 'generated at', is missing: a part of a %s",
				    kinds[r->t->kind]));
			return v;
		}
	return v;
}

struct named {
	struct key	*key;
	uint16_t	 tag;		/* of its form without REVOKE */
};

static int
by_name(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;
	size_t		 min = a->key->len < b->key->len ? a->key->len : b->key->len;
	int		 c;

	if (a->key->algorithm != b->key->algorithm)
		return a->key->algorithm < b->key->algorithm ? -1 : 1;
	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	if ((c = memcmp(a->key->public, b->key->public, min)) != 0)
		return c;
	return (a->key->len > b->key->len) - (a->key->len < b->key->len);
}

#define NAME_FORM	"%03u+%05u"

/* Names of keys that are sorted. */
static int
put_names(struct named *all, size_t n)
{
	size_t		 i, twin = 1;

	for (i = 0; i < n; i++) {
		const struct named *before = i == 0 ? NULL : &all[i - 1];
		struct key	*k = all[i].key;
		int		 rv;

		if (before == NULL || before->key->algorithm != k->algorithm ||
		    before->tag != all[i].tag)
			twin = 1;
		else if (!key_same_public(before->key, k))
			twin++;
		rv = twin == 1 ? asprintf(&k->identifier, NAME_FORM, k->algorithm, all[i].tag) :
		    asprintf(&k->identifier, NAME_FORM "-%zu", k->algorithm, all[i].tag, twin);
		if (rv == -1) {
			k->identifier = NULL;
			return -1;
		}
	}
	return 0;
}

static int
name_keys(struct bundles *sets)
{
	struct named	*all;
	size_t		 i, j, n = 0;
	int		 rv;

	for (i = 0; i < sets->n; i++)
		n += sets->v[i].nkeys;
	if ((all = reallocarray(NULL, n, sizeof(*all))) == NULL)
		return -1;
	for (n = 0, i = 0; i < sets->n; i++)
		for (j = 0; j < sets->v[i].nkeys; j++) {
			struct key	 plain = sets->v[i].keys[j];

			plain.flags &= (uint16_t)~DNSKEY_REVOKE;
			all[n++] = (struct named){ &sets->v[i].keys[j], key_tag(&plain) };
		}
	qsort(all, n, sizeof(*all), by_name);
	rv = put_names(all, n);
	free(all);
	return rv;
}

/* Where a ZSK has the same tag a KSK is meant: those sign here. */
static int
name_sigs(struct bundle *set)
{
	size_t		 i, j;

	for (i = 0; i < set->nsigs; i++) {
		struct sig	*s = &set->sigs[i];
		const struct key *maker = NULL;

		for (j = 0; j < set->nkeys; j++) {
			const struct key *k = &set->keys[j];

			if (k->algorithm == s->algorithm && k->tag == s->tag &&
			    (maker == NULL || (key_is_sep(k) && !key_is_sep(maker))))
				maker = k;
		}
		if (maker != NULL)
			s->identifier = strdup(maker->identifier);
		else if (asprintf(&s->identifier, NAME_FORM, s->algorithm, s->tag) == -1)
			s->identifier = NULL;
		if (s->identifier == NULL)
			return -1;
	}
	return 0;
}

static enum verdict
give_names(struct reader *r)
{
	size_t		 i;

	if (name_keys(&r->t->sets) == -1)
		return no_memory(r);
	for (i = 0; i < r->t->sets.n; i++)
		if (name_sigs(&r->t->sets.v[i]) == -1)
			return no_memory(r);
	return ACCEPT;
}

enum verdict
textksr_parse(struct textksr **out, const struct buf *in, const char *input,
    enum text_form form, enum text_kind kind, const struct dname *zone, struct report *report)
{
	struct reader	 r = { .zone = zone, .report = report };
	enum verdict	 v = FAULT;

	if ((r.t = calloc(1, sizeof(*r.t))) == NULL || (r.t->input = strdup(input)) == NULL ||
	    digest_bytes(r.t->digest, in->data, in->len) == -1) {
		no_memory(&r);
		goto out;
	}
	r.t->form = form;
	r.t->kind = kind;
	if ((v = text_scan_start(&r.scan, in, input, form == TEXT_KNOT, report)) == ACCEPT &&
	    (v = read_entries(&r)) == ACCEPT && (v = give_names(&r)) == ACCEPT) {
		*out = r.t;
		r.t = NULL;
	}
 out:
	text_scan_free(&r.scan);
	textksr_free(r.t);
	return v;
}

const struct bundle *
textksr_at(const struct textksr *t, int64_t time)
{
	return bundles_at(&t->sets, time);
}

void
textksr_free(struct textksr *t)
{
	if (t == NULL)
		return;
	free(t->input);
	free(t->domain);
	bundles_clear(&t->sets);
	free(t);
}
