/*
 * key-generate: new key pairs on a token: the ZSKs that a span of time needs, or KSKs of the policy.
 * What was there before must be there after, unchanged; what was made is printed as key-list lines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "act/keyoptions.h"
#include "act/keyplan.h"
#include "base/array.h"
#include "base/input.h"
#include "base/interrupt.h"
#include "base/secret.h"
#include "base/set.h"
#include "model/skr.h"
#include "model/tagset.h"
#include "model/zsklabel.h"
#include "token/census.h"
#include "token/reach.h"

#define POLICIES	64		/* zones in one call at most */
#define NAMES		64		/* --key, --skr */
#define ATTEMPTS	100		/* for a free key tag */

enum {
	OPT_ROLE = OPTION_ID, OPT_FOR, OPT_FROM, OPT_UNTIL, OPT_COUNT, OPT_LABEL, OPT_ZONE,
	OPT_ALGORITHM, OPT_SIZE, OPT_RECORD, OPT_SKR, OPT_EXTRACTABLE
};

static const struct option_spec specs[] = {
	{ OPT_ROLE, "role", "ksk|zsk", OPTION_REQUIRED, "what the keys are for" },
	{ 'p', "policy", "FILE", OPTION_REPEAT, "the policy; for ZSKs, that of each zone" },
	REACH_SPECS,
	{ OPT_FOR, "for", "SPAN", 0, "the ZSKs that this span needs: P14M" },
	{ OPT_COUNT, "count", "N", 0, "N ZSKs of each zone, after those that are there" },
	{ OPT_FROM, "from", "T", 0, "when the span or the key begins (now)" },
	{ 'k', "key", "NAME", OPTION_REPEAT, "a KSK by its name in the policy's keys" },
	{ OPT_LABEL, "label", "LABEL", 0, "one key, not of the policy, with this label" },
	{ OPT_UNTIL, "until", "T", 0, "with --label: when it is no longer active" },
	{ OPT_ZONE, "zone", "NAME", 0, "with --label: of this zone (that of the policy)" },
	{ OPT_ALGORITHM, "algorithm", "A", 0, "with --label: the algorithm (RSASHA256)" },
	{ OPT_SIZE, "size", "BITS", 0, "with --label: the size of an RSA key (2048)" },
	{ OPT_RECORD, "record", "FILE", 0, "key-list lines of all keys so far" },
	{ OPT_SKR, "skr", "FILE", OPTION_REPEAT, "no key tag that a key in this SKR has" },
	{ OPT_EXTRACTABLE, "extractable", NULL, 0,
	    "they can be taken out under a trusted wrapping key" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-generate", "Make key pairs on a token.", specs, NULL, 0, 0
};

struct wish {				/* a key to be made */
	struct pairspec	 spec;
	char		*label;		/* of spec */
	unsigned char	 id[CENSUS_ID];
	const char	*zone;		/* as in struct keyline; NULL: not known */
};

struct job {
	struct reach	 reach;
	enum key_role	 role;
	const char	*policies[POLICIES];
	size_t		 npolicies;
	const char	*names[NAMES];
	size_t		 nnames;
	const char	*skrs[NAMES];
	size_t		 nskrs;
	const char	*record_file;
	const char	*label;
	bool		 has_span;
	struct calspan	 span;
	bool		 has_count;
	size_t		 count;
	bool		 has_from;
	int64_t		 from;
	int64_t		 until;		/* KEYLIST_FOREVER: not given */
	const char	*zone_text;
	unsigned	 algorithm;	/* 0: not given */
	unsigned	 size;		/* 0: not given */
	bool		 extractable;

	struct report	 report;
	struct policy	*policy[POLICIES];
	char		 zones[POLICIES + 1][DNAME_TEXT];	/* the last: of --zone */
	struct keylist	 record;
	struct keylist	 have;		/* on the token */
	struct set	 labels;
	struct set	 ids;
	struct tagset	 tags;
	struct tokens	*tokens;
	struct token	*token;
	struct inventory *before;
	struct inventory *after;
	struct wish	*wishes;
	size_t		 nwishes;
	struct newkey	*made;
	size_t		 nmade;
};

static enum verdict
no_memory(struct job *j)
{
	return report_fault(&j->report, NULL, "out of memory");
}

static enum verdict
load_skr(struct job *j, const char *path)
{
	struct buf	 buf = BUF_EMPTY;
	struct skr	*skr = NULL;
	enum verdict	 v;
	size_t		 b, k;

	v = input_read(&buf, path, INPUT_MAX_BYTES_DEFAULT, "SKR-XML", &j->report);
	if (v == ACCEPT)
		v = skr_parse(&skr, &buf, path, &j->report);
	for (b = 0; v == ACCEPT && b < skr->bundles.n; b++)
		for (k = 0; k < skr->bundles.v[b].nkeys; k++)
			tagset_add(&j->tags, &skr->bundles.v[b].keys[k]);
	skr_free(skr);
	buf_free(&buf);
	return v;
}

static enum verdict
load_files(struct job *j)
{
	const char	*name;
	struct dname	 zone;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < j->npolicies; i++) {
		if ((j->policy[i] = policy_load(j->policies[i], &j->report)) == NULL)
			return FAULT;
		name = j->role == ROLE_ZSK ? j->policy[i]->zsk.domain :
		    j->policy[i]->ksk.signers_name;
		if (dname_parse(&zone, name) == -1)
			return report_fault(&j->report, NULL, "%s: '%s' is no name",
			    j->policies[i], name);
		dname_format(j->zones[i], &zone);
	}
	if (j->zone_text != NULL && dname_parse(&zone, j->zone_text) == 0)
		dname_format(j->zones[POLICIES], &zone);
	if (j->record_file != NULL)
		v = keylist_load(&j->record, j->record_file, &j->report);
	for (i = 0; i < j->nskrs; i++)
		v = verdict_worse(v, load_skr(j, j->skrs[i]));
	return v;
}

static const struct hsm *
section(const struct policy *p)
{
	size_t	 i;

	for (i = 0; p->zsk.hsm != NULL && i < p->nhsms; i++)
		if (strcmp(p->hsms[i].name, p->zsk.hsm) == 0)
			return &p->hsms[i];
	return p->zsk.hsm == NULL && p->nhsms == 1 ? &p->hsms[0] : NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Every zone's ZSKs are to be on the same token, unless the options say where. */
static enum verdict
choose_token(struct job *j)
{
	const struct hsm *first, *other;
	size_t		 i;

	if (j->role != ROLE_ZSK || j->npolicies == 0 || j->reach.module != NULL ||
	    j->reach.nhsms > 0 || j->reach.ntokens > 0)
		return ACCEPT;
	for (i = 0; i < j->npolicies; i++)
		if (j->label == NULL && j->policy[i]->zsk.key_dir != NULL)
			return report_fault(&j->report, NULL, "%s: its ZSKs are files (zsk.key_dir)",
			    j->policies[i]);
	first = section(j->policy[0]);
	for (i = 1; i < j->npolicies; i++) {
		other = section(j->policy[i]);
		if (first == NULL || other == NULL || !same_text(first->module, other->module) ||
		    !same_text(first->uri, other->uri))
			return report_fault(&j->report, NULL, "%s and %s name different tokens: one "
			    "call is for one token", j->policies[0], j->policies[i]);
	}
	if (j->policy[0]->zsk.hsm != NULL)
		j->reach.hsms[j->reach.nhsms++] = j->policy[0]->zsk.hsm;
	return ACCEPT;
}

/* What the token says, and what the policies and the record know of it. */
static enum verdict
take(struct job *j, struct inventory **out)
{
	struct inventory *inv = NULL;
	enum verdict	 v;
	size_t		 i;

	if ((v = inventory_take(&inv, j->tokens, j->token, &j->report)) != ACCEPT)
		return v;
	for (i = 0; v == ACCEPT && i < j->npolicies; i++)
		v = inventory_name(inv, j->policy[i], i + 1 == j->npolicies ? &j->record : NULL,
		    &j->report);
	if (v == ACCEPT && j->npolicies == 0)
		v = inventory_name(inv, NULL, &j->record, &j->report);
	if (v == ACCEPT)
		*out = inv;
	else
		inventory_free(inv);
	return v;
}

static int
reserve(struct job *j, const struct keyline *line)
{
	if (line->label != NULL && set_add(&j->labels, line->label, strlen(line->label)) == -1)
		return -1;
	return line->idlen > 0 && set_add(&j->ids, line->id, line->idlen) == -1 ? -1 : 0;
}

/* Labels, ids and key tags that are taken. */
static enum verdict
reserve_all(struct job *j)
{
	const struct holding	*h;
	size_t			 i;

	for (i = 0; i < j->before->n; i++) {
		h = &j->before->keys[i];
		if (reserve(j, &h->line) == -1)
			return no_memory(j);
		if (h->public.public != NULL)
			tagset_add_unknown(&j->tags, &h->public, h->line.role, h->line.algorithm);
		tagset_add_line(&j->tags, &h->line);
	}
	for (i = 0; i < j->record.n; i++) {
		if (reserve(j, &j->record.keys[i]) == -1)
			return no_memory(j);
		tagset_add_line(&j->tags, &j->record.keys[i]);
	}
	return inventory_list(&j->have, j->before) == -1 ? no_memory(j) : ACCEPT;
}

static struct wish *
add_wish(struct job *j)
{
	struct wish	*w = array_add(&j->wishes, j->nwishes, sizeof(*w));

	if (w == NULL)
		return NULL;
	j->nwishes++;
	w->spec.flags = j->role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	w->spec.extractable = j->extractable;
	w->spec.from = KEYLIST_ALWAYS;
	w->spec.until = KEYLIST_FOREVER;
	return w;
}

/* A label of the policy's form that no key has; {n} is the first number that makes it so. */
static enum verdict
make_label(struct job *j, struct wish *w, const struct policy *p)
{
	const struct spot at = { p->input, 0, 0 };
	struct zsklabel	 l = { .has_zone = true, .algorithm = (uint8_t)w->spec.algorithm,
			     .from = w->spec.from };
	struct buf	 b = BUF_EMPTY;
	bool		 numbered = strstr(p->zsk.label, "{n}") != NULL;
	int		 rv = 0;

	if (dname_parse(&l.zone, p->zsk.domain) == -1)
		return report_fault(&j->report, &at, "zsk.domain: no name");
	do {
		l.n++;
		buf_free(&b);
		if (zsklabel_make(&b, p->zsk.label, &l) == -1)
			return errno == ENOMEM ? no_memory(j) : report_fault(&j->report, &at,
			    "zsk.label: '%s' has a word that is not known", p->zsk.label);
		rv = set_add(&j->labels, b.data, b.len);
	} while (rv == 0 && numbered);
	if (rv == 1) {
		w->label = (char *)b.data;
		return ACCEPT;
	}
	if (rv == 0)
		report_broken(&j->report, &at, NULL, "a key has the label %s already",
		    (char *)b.data);
	buf_free(&b);
	return rv == -1 ? no_memory(j) : REFUSE;
}

static enum verdict
wish_zsks(struct job *j, size_t which)
{
	const struct policy	*p = j->policy[which];
	struct keyspan		*spans = NULL;
	enum verdict		 v;
	struct wish		*w;
	size_t			 n = 0, i;

	v = keyplan_zsks(&spans, &n, p, &j->have, j->from, j->has_span ? &j->span : NULL,
	    j->count, &j->report);
	for (i = 0; v == ACCEPT && i < n; i++) {
		if ((w = add_wish(j)) == NULL) {
			v = no_memory(j);
			break;
		}
		w->zone = j->zones[which];
		w->spec.algorithm = p->zsk.algorithm;
		w->spec.bits = (unsigned)p->zsk.size;
		w->spec.exponent = p->zsk.exponent;
		w->spec.from = spans[i].from;
		w->spec.until = spans[i].until;
		v = make_label(j, w, p);
	}
	free(spans);
	return v;
}

/* The label is given; a token that has it is not given a second one. */
static enum verdict
take_label(struct job *j, struct wish *w, const char *label)
{
	int	 rv = set_add(&j->labels, label, strlen(label));

	if (rv == 0)
		return report_broken(&j->report, NULL, NULL, "a key has the label %s already", label);
	if (rv == -1 || (w->label = strdup(label)) == NULL)
		return no_memory(j);
	return ACCEPT;
}

static enum verdict
wish_ksk(struct job *j, const char *name)
{
	const struct ksk *k = NULL;
	struct spot	 at;
	struct wish	*w;
	size_t		 i;

	for (i = 0; i < j->npolicies && k == NULL; i++)
		k = policy_key(j->policy[i], name);
	if (k == NULL)
		return report_fault(&j->report, NULL, "--key %s: no policy has a key of that name",
		    name);
	at = (struct spot){ j->policy[i - 1]->input, k->line, 0 };
	if (k->has_tag || k->has_ds)
		return report_broken(&j->report, &at, NULL, "key %s: its key_tag or ds_sha256 is "
		    "known: that key has been made", name);
	if ((w = add_wish(j)) == NULL)
		return no_memory(j);
	w->zone = j->zones[i - 1];
	w->spec.algorithm = k->algorithm;
	w->spec.bits = k->rsa_size == 0 ? 2048 : (unsigned)k->rsa_size;
	w->spec.exponent = k->rsa_exponent == 0 ? 65537 : k->rsa_exponent;
	if (k->valid_from != INT64_MIN)
		w->spec.from = calendar_day(k->valid_from);
	if (k->valid_until != INT64_MAX)
		w->spec.until = calendar_day(k->valid_until + DAY - 1);
	return take_label(j, w, k->label != NULL ? k->label : k->name);
}

static enum verdict
wish_labelled(struct job *j)
{
	struct wish	*w = add_wish(j);

	if (w == NULL)
		return no_memory(j);
	w->zone = j->zone_text != NULL ? j->zones[POLICIES] : j->npolicies > 0 ? j->zones[0] : NULL;
	w->spec.algorithm = j->algorithm == 0 ? RSASHA256 : j->algorithm;
	w->spec.bits = j->size == 0 ? 2048 : j->size;
	w->spec.exponent = 65537;
	if (j->has_from)
		w->spec.from = calendar_day(j->from);
	if (j->until != KEYLIST_FOREVER)
		w->spec.until = calendar_day(j->until + DAY - 1);
	return take_label(j, w, j->label);
}

static enum verdict
plan(struct job *j)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (j->label != NULL)
		return wish_labelled(j);
	if (j->role == ROLE_KSK)
		for (i = 0; i < j->nnames; i++)
			v = verdict_worse(v, wish_ksk(j, j->names[i]));
	else
		for (i = 0; v == ACCEPT && i < j->npolicies; i++)
			v = wish_zsks(j, i);
	return v;
}

/* By the first day; then as chance has it, but unlike every other. */
static enum verdict
make_id(struct job *j, struct wish *w)
{
	unsigned char	 more[6];
	int		 rv;

	do {
		if (getrandom(more, sizeof(more), 0) != (ssize_t)sizeof(more))
			return report_fault(&j->report, NULL, "no random bytes: %s",
			    strerror(errno));
		census_id(w->id, w->spec.from != KEYLIST_ALWAYS ? w->spec.from : j->from, more);
		if ((rv = set_add(&j->ids, w->id, sizeof(w->id))) == -1)
			return no_memory(j);
	} while (rv == 0);
	w->spec.label = w->label;
	w->spec.id = w->id;
	w->spec.idlen = sizeof(w->id);
	return ACCEPT;
}

static int
fill_line(struct keyline *l, const struct wish *w, const struct key *k, enum key_role role)
{
	uint64_t	 exponent;

	l->role = role;
	l->algorithm = k->algorithm;
	l->tag = key_tag(k);
	l->revoked_tag = key_tag_revoked(k);
	l->from = w->spec.from;
	l->until = w->spec.until;
	l->token = SIZE_MAX;
	if (key_size(k, &l->bits, &exponent) == -1 || (l->id = malloc(sizeof(w->id))) == NULL)
		return -1;
	memcpy(l->id, w->id, sizeof(w->id));
	l->idlen = sizeof(w->id);
	return (l->label = strdup(w->label)) == NULL ||
	    (w->zone != NULL && (l->zone = strdup(w->zone)) == NULL) ? -1 : 0;
}

/* One key with a tag that is free.  made[nmade] is zeroed. */
static enum verdict
make_key(struct job *j, struct generator *g, struct wish *w)
{
	struct newkey		*k = &j->made[j->nmade];
	struct tokenpair	 pair;
	int			 i;

	if (make_id(j, w) != ACCEPT)
		return FAULT;
	for (i = 0; i < ATTEMPTS; i++) {
		if (generator_make(g, &w->spec, &pair, &j->report) != ACCEPT)
			return FAULT;
		if (!tagset_has(&j->tags, &pair.public))
			break;
		if (generator_drop(g, &pair, &j->report) != ACCEPT)
			return FAULT;
	}
	if (i == ATTEMPTS)
		return report_fault(&j->report, NULL, "key %s: no free key tag in %d attempts",
		    w->label, ATTEMPTS);
	k->public = pair.public;
	tagset_add(&j->tags, &k->public);
	j->nmade++;
	return fill_line(&k->line, w, &k->public, j->role) == -1 ? no_memory(j) : ACCEPT;
}

static enum verdict
make_keys(struct job *j)
{
	struct generator	*g = NULL;
	enum verdict		 v;
	bool			 shown = isatty(STDERR_FILENO) == 1;
	size_t			 i;

	if ((j->made = calloc(j->nwishes + 1, sizeof(*j->made))) == NULL)
		return no_memory(j);
	if ((v = generator_open(&g, j->tokens, j->token, &j->report)) != ACCEPT)
		return v;
	interrupt_catch();
	for (i = 0; v == ACCEPT && i < j->nwishes && !interrupt_came(); i++) {
		if (shown)
			fprintf(stderr, "\r%s: key %zu of %zu", tool.name, i + 1, j->nwishes);
		v = make_key(j, g, &j->wishes[i]);
	}
	if (shown)
		fputs("\r\033[K", stderr);
	generator_close(g);
	if (interrupt_came() && j->nmade < j->nwishes)
		v = report_fault(&j->report, NULL, "interrupted: %zu of %zu keys were made, and are "
		    "listed", j->nmade, j->nwishes);
	else if (v != ACCEPT && j->nmade > 0)
		v = report_fault(&j->report, NULL, "%zu of %zu keys were made, and are listed",
		    j->nmade, j->nwishes);
	return v;
}

/* Up to the point from which on something may be on the token. */
static enum verdict
prepare(struct job *j)
{
	enum verdict	 v;

	if ((v = load_files(j)) != ACCEPT || (v = choose_token(j)) != ACCEPT ||
	    (v = reach_open_one(&j->tokens, &j->token, &j->reach,
	    j->npolicies > 0 ? j->policy[0] : NULL, &j->report)) != ACCEPT ||
	    (v = take(j, &j->before)) != ACCEPT || (v = reserve_all(j)) != ACCEPT)
		return v;
	return plan(j);
}

static int
print_made(struct buf *out, const struct job *j)
{
	const struct keytoken	*t = &j->before->token;
	struct keylist		 list = KEYLIST_EMPTY;
	struct keyline		*l;
	size_t			 i, token;
	int			 rv = -1;

	if ((token = keylist_add_token(&list, t->label, t->serial, t->model, t->firmware)) ==
	    SIZE_MAX)
		goto out;
	for (i = 0; i < j->nmade; i++) {
		if ((l = keylist_add(&list)) == NULL || keyline_copy(l, &j->made[i].line) == -1)
			goto out;
		l->token = token;
	}
	keylist_sort(&list);
	rv = keylist_print(out, &list);
 out:
	keylist_clear(&list);
	return rv;
}

/* What was made stands on standard output whatever happened afterwards. */
static enum verdict
run(struct job *j)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v;
	bool		 listed = false;

	if ((v = prepare(j)) == ACCEPT) {
		v = make_keys(j);
		if (j->nmade > 0 || v == ACCEPT) {
			v = verdict_worse(v, take(j, &j->after));
			if (j->after != NULL)
				v = verdict_worse(v, census_check(j->before, j->after, j->made,
				    j->nmade, token_where(j->token), &j->report));
			listed = true;
		}
	}
	if (listed && print_made(&out, j) == -1)
		v = no_memory(j);
	else if (listed && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&j->report, NULL, "standard output: %s; the keys are on the token",
		    strerror(errno));
	if (report_print(&j->report, tool.name, stderr) == -1)
		v = FAULT;
	buf_free(&out);
	return v;
}

static void
job_clear(struct job *j)
{
	size_t	 i;

	inventory_free(j->before);
	inventory_free(j->after);
	tokens_close(j->tokens);
	reach_free(&j->reach);
	for (i = 0; i < j->nwishes; i++)
		free(j->wishes[i].label);
	free(j->wishes);
	newkeys_free(j->made, j->nmade);
	for (i = 0; i < j->npolicies; i++)
		policy_free(j->policy[i]);
	keylist_clear(&j->record);
	keylist_clear(&j->have);
	set_clear(&j->labels);
	set_clear(&j->ids);
	report_free(&j->report);
}

static int
take_number(size_t *out, const char *text, size_t max)
{
	unsigned long	 n;
	char		*end;

	if (*text < '1' || *text > '9' || strlen(text) > 9)
		return -1;
	n = strtoul(text, &end, 10);
	if (*end != '\0' || n > max)
		return -1;
	*out = n;
	return 0;
}

/* Options that state one key. */
static int
take_key_option(struct job *j, const struct options *o, int id, const char *arg)
{
	size_t	 n;

	switch (id) {
	case OPT_LABEL:
		j->label = arg;
		return 0;
	case OPT_UNTIL:
		if (isotime_option(&j->until, arg) == -1)
			return options_usage(o, "--until takes a day or an instant"), -1;
		return 0;
	case OPT_ZONE:
		return options_argument(o, keyoption_zone(&j->zone_text, arg));
	case OPT_ALGORITHM:
		return options_argument(o, keyoption_algorithm(&j->algorithm, arg));
	default:
		if (take_number(&n, arg, 4096) == -1 || n < 1024)
			return options_usage(o, "--size takes a number from 1024 to 4096"), -1;
		j->size = (unsigned)n;
		return 0;
	}
}

static int
take_option(struct job *j, const struct options *o, int id, const char *arg)
{
	int	 rv = reach_option(&j->reach, o, id, arg);

	if (rv != 0)
		return rv == 1 ? 0 : -1;
	switch (id) {
	case 'p':
		return options_add(o, "policy", arg, j->policies, &j->npolicies, POLICIES);
	case 'k':
		return options_add(o, "key", arg, j->names, &j->nnames, NAMES);
	case OPT_SKR:
		return options_add(o, "skr", arg, j->skrs, &j->nskrs, NAMES);
	case OPT_ROLE:
		return options_argument(o, keyoption_role(&j->role, arg));
	case OPT_FOR:
		j->has_span = true;
		if (calspan_parse(&j->span, arg) == -1)
			return options_usage(o, "--for takes years, months, weeks and days: P14M"), -1;
		return 0;
	case OPT_COUNT:
		j->has_count = true;
		if (take_number(&j->count, arg, KEYPLAN_MAX) == -1)
			return options_usage(o, "--count takes a number from 1 to %d", KEYPLAN_MAX), -1;
		return 0;
	case OPT_FROM:
		j->has_from = true;
		if (isotime_option(&j->from, arg) == -1)
			return options_usage(o, "--from takes a day, an instant or now"), -1;
		return 0;
	case OPT_RECORD:
		j->record_file = arg;
		return 0;
	case OPT_EXTRACTABLE:
		j->extractable = true;
		return 0;
	}
	return take_key_option(j, o, id, arg);
}

/* Which options go together.  0, or -1 and said. */
static int
complete(struct job *j, const struct options *o)
{
	bool	 stated = j->until != KEYLIST_FOREVER || j->zone_text != NULL ||
		     j->algorithm != 0 || j->size != 0;

	if (reach_complete(&j->reach, o, j->npolicies > 0 ? j->policies[0] : NULL) == -1)
		return -1;
	if (!j->has_from && isotime_option(&j->from, "now") == -1)
		return options_usage(o, "the clock is wrong"), -1;
	if (j->label != NULL)
		return !j->has_span && !j->has_count && j->nnames == 0 ? 0 :
		    (options_usage(o, "--label is for one key: not with --for, --count, --key"), -1);
	if (stated)
		return options_usage(o, "--until, --zone, --algorithm and --size go with --label"), -1;
	if (j->npolicies == 0)
		return options_usage(o, "give a --policy, or the --label of one key"), -1;
	if (j->role == ROLE_KSK)
		return j->nnames > 0 && !j->has_span && !j->has_count && !j->has_from ? 0 :
		    (options_usage(o, "for KSKs give the --key of the policy, or a --label"), -1);
	if (j->nnames > 0 || j->has_span == j->has_count)
		return options_usage(o, "for ZSKs give either --for or --count"), -1;
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct job j = { .reach = REACH_EMPTY, .report = REPORT_EMPTY,
			    .until = KEYLIST_FOREVER };
	struct options	 o;
	const char	*arg;
	enum verdict	 v;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&j, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (complete(&j, &o) == -1)
		return FAULT;
	v = run(&j);
	job_clear(&j);
	return (int)v;
}
