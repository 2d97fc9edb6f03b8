/*
 * key-import: private keys that were made elsewhere onto one or several tokens; each is read back, signs,
 * and is printed as a key-list line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/keyoptions.h"
#include "base/interrupt.h"
#include "base/isotime.h"
#include "base/secret.h"
#include "model/tagset.h"
#include "token/census.h"
#include "token/reach.h"

#define FILES	256
#define RSA_MIN	1024		/* bits */
#define RSA_MAX	4096

enum {
	OPT_ROLE = OPTION_ID, OPT_LABEL, OPT_ZONE, OPT_ALGORITHM, OPT_FROM, OPT_UNTIL, OPT_EXTRACTABLE
};

static const struct option_spec specs[] = {
	{ OPT_ROLE, "role", "ksk|zsk", OPTION_REQUIRED, "what the keys are for" },
	{ 'p', "policy", "FILE", 0, "the policy that names the tokens" },
	REACH_SPECS,
	{ OPT_LABEL, "label", "LABEL", 0, "the label there (the file's name without its ending)" },
	{ OPT_ZONE, "zone", "NAME", 0, "the zone of the keys (that of the policy)" },
	{ OPT_ALGORITHM, "algorithm", "A", 0, "what RSA keys in PEM are for (RSASHA256)" },
	{ OPT_FROM, "from", "T", 0, "active from (that of a K*.private)" },
	{ OPT_UNTIL, "until", "T", 0, "no longer active from (that of a K*.private)" },
	{ OPT_EXTRACTABLE, "extractable", NULL, 0,
	    "they can be taken out under a trusted wrapping key" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-import", "Put private keys that were made elsewhere on tokens.", specs, "FILE ...", 1, FILES
};

struct import {				/* one key */
	const char	*path;
	struct softkey	*key;
	struct key	 public;	/* with the flags of its role; borrows from the softkey */
	const char	*label;
	unsigned char	 id[CENSUS_ID];
	int64_t		 from;
	int64_t		 until;
};

struct place {				/* one token */
	struct token	*token;
	struct inventory *before;
	struct inventory *after;
	struct newkey	*made;
	size_t		 nmade;
};

struct job {
	struct reach	 reach;
	enum key_role	 role;
	const char	*policy_file;
	const char	*label;
	const char	*zone_text;
	char		 zone[DNAME_TEXT];	/* "": not known */
	unsigned	 algorithm;
	int64_t		 from;
	int64_t		 until;
	bool		 extractable;
	struct report	 report;
	struct policy	*policy;
	struct tokens	*tokens;
	struct import	*keys;
	size_t		 n;
	struct place	 places[REACH_MAX];
	size_t		 nplaces;
};

static enum verdict
no_memory(struct job *j)
{
	return report_fault(&j->report, NULL, "out of memory");
}

static enum verdict
find_zone(struct job *j)
{
	const char	*text = j->zone_text;
	struct dname	 zone;

	if (text == NULL && j->policy != NULL)
		text = j->role == ROLE_KSK ? j->policy->ksk.signers_name : j->policy->zsk.domain;
	if (text == NULL)
		return ACCEPT;
	if (dname_parse(&zone, text) == -1)
		return report_fault(&j->report, NULL, "'%s' is no name of a zone", text);
	dname_format(j->zone, &zone);
	return ACCEPT;
}

/* The id is the same on every token: of the day and the key. */
static enum verdict
make_id(struct job *j, struct import *k)
{
	struct buf	 rdata = BUF_EMPTY;
	unsigned char	 digest[DIGEST_SIZE];
	int64_t		 day = k->from;
	int		 rv = -1;

	if (day == KEYLIST_ALWAYS && isotime_option(&day, "now") == -1)
		return report_fault(&j->report, NULL, "the clock is wrong");
	if (key_rdata(&rdata, &k->public) == 0)
		rv = digest_bytes(digest, rdata.data, rdata.len);
	buf_free(&rdata);
	if (rv == -1)
		return no_memory(j);
	census_id(k->id, day, digest);
	return ACCEPT;
}

/* It is of the zone that it is imported for, and an RSA key has a size that key-generate would make. */
static enum verdict
judge_key(struct job *j, const struct import *k)
{
	const struct spot	 at = { k->path, 0, 0 };
	const struct dname	*owner = softkey_owner(k->key);
	char			 name[DNAME_TEXT];
	struct dname		 zone;
	uint64_t		 exponent;
	unsigned		 bits;

	if (owner != NULL && *j->zone != '\0' && dname_parse(&zone, j->zone) == 0 &&
	    !dname_equal(owner, &zone)) {
		dname_format(name, owner);
		return report_broken(&j->report, &at, NULL, "the record beside it is of %s, not of %s",
		    name, j->zone);
	}
	if (algorithm_family(k->public.algorithm) == FAMILY_RSA &&
	    (key_size(&k->public, &bits, &exponent) == -1 || bits < RSA_MIN || bits > RSA_MAX))
		return report_broken(&j->report, &at, NULL, "an RSA key of less than %d bits, or more "
		    "than %d", RSA_MIN, RSA_MAX);
	return ACCEPT;
}

static enum verdict
load_key(struct job *j, struct import *k)
{
	const struct spot at = { k->path, 0, 0 };
	enum verdict	 v;

	v = softkey_load(&k->key, k->path, j->algorithm, &j->report);
	/* an RSA key of a K*.private, and every other, states its algorithm itself */
	if (v != ACCEPT)
		return v;
	k->public = *softkey_public(k->key);
	if ((v = judge_key(j, k)) != ACCEPT)
		return v;
	if (j->role == ROLE_ZSK && k->public.flags != DNSKEY_ZSK)
		return report_broken(&j->report, &at, NULL, "the record beside it has flags %u: not a "
		    "ZSK", k->public.flags);
	k->public.flags = j->role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	k->label = j->label != NULL ? j->label : k->public.identifier;
	softkey_span(k->key, &k->from, &k->until);
	if (j->from != KEYLIST_ALWAYS)
		k->from = j->from;
	if (j->until != KEYLIST_FOREVER)
		k->until = j->until;
	if (k->from != KEYLIST_ALWAYS)
		k->from = calendar_day(k->from);
	if (k->until != KEYLIST_FOREVER)
		k->until = calendar_day(k->until + DAY - 1);
	if (k->from >= k->until)
		return report_broken(&j->report, &at, NULL, "it ends before it begins");
	return make_id(j, k);
}

/* No two of them are one key, or have one label or tag. */
static enum verdict
compare_keys(struct job *j)
{
	struct tagset	 tags = { { 0 } };
	enum verdict	 v = ACCEPT;
	size_t		 i, k;

	for (i = 0; i < j->n; i++) {
		const struct spot at = { j->keys[i].path, 0, 0 };

		for (k = 0; k < i; k++)
			if (key_same_public(&j->keys[i].public, &j->keys[k].public))
				v = report_broken(&j->report, &at, NULL, "the same key as in %s",
				    j->keys[k].path);
			else if (strcmp(j->keys[i].label, j->keys[k].label) == 0)
				v = report_broken(&j->report, &at, NULL, "the same label as of %s",
				    j->keys[k].path);
		if (v == ACCEPT && tagset_has(&tags, &j->keys[i].public))
			v = report_broken(&j->report, &at, NULL, "the same key tag %u, or that of the "
			    "revoked form, as another of these keys", key_tag(&j->keys[i].public));
		tagset_add(&tags, &j->keys[i].public);
	}
	return v;
}

/* Is the key, or something that would be mistaken for it, on the token already? */
static enum verdict
judge_place(struct job *j, struct place *p, const struct import *k)
{
	const struct spot	 at = { k->path, 0, 0 };
	const char		*where = token_where(p->token);
	const struct holding	*h;
	struct tagset		 tags;
	size_t			 i;

	for (i = 0; i < p->before->n; i++) {
		h = &p->before->keys[i];
		memset(&tags, 0, sizeof(tags));
		if (h->public.public != NULL)
			tagset_add_unknown(&tags, &h->public, h->line.role, h->line.algorithm);
		tagset_add_line(&tags, &h->line);
		if (h->public.public != NULL && h->family == algorithm_family(k->public.algorithm) &&
		    h->public.len == k->public.len &&
		    memcmp(h->public.public, k->public.public, k->public.len) == 0)
			return report_broken(&j->report, &at, NULL, "%s has this key already (%s)",
			    where, h->line.label == NULL ? "without a label" : h->line.label);
		if (h->line.label != NULL && strcmp(h->line.label, k->label) == 0)
			return report_broken(&j->report, &at, NULL, "%s has another key with the "
			    "label %s", where, k->label);
		if (h->line.idlen == sizeof(k->id) && memcmp(h->line.id, k->id, sizeof(k->id)) == 0)
			return report_broken(&j->report, &at, NULL, "%s has another key with its "
			    "CKA_ID", where);
		if (tagset_has(&tags, &k->public))
			return report_broken(&j->report, &at, NULL, "%s has another key with the key "
			    "tag %u, as it is or revoked (%s)", where, key_tag(&k->public),
			    h->line.label == NULL ? "without a label" : h->line.label);
	}
	return ACCEPT;
}

/* Everything that can be known before the first token is written to. */
static enum verdict
prepare(struct job *j)
{
	enum verdict	 v, worst = ACCEPT;
	size_t		 i, k;

	if (j->policy_file != NULL &&
	    (j->policy = policy_load(j->policy_file, &j->report)) == NULL)
		return FAULT;
	if ((v = find_zone(j)) != ACCEPT)
		return v;
	for (i = 0; i < j->n; i++)
		worst = verdict_worse(worst, load_key(j, &j->keys[i]));
	if (worst != ACCEPT || (worst = compare_keys(j)) != ACCEPT)
		return worst;
	if ((v = reach_open(&j->tokens, &j->reach, j->policy, &j->report)) != ACCEPT)
		return v;
	j->nplaces = tokens_count(j->tokens);
	for (i = 0; i < j->nplaces; i++) {
		struct place	*p = &j->places[i];

		p->token = tokens_get(j->tokens, i);
		if ((p->made = calloc(j->n, sizeof(*p->made))) == NULL)
			return no_memory(j);
		if ((v = inventory_take(&p->before, j->tokens, p->token, &j->report)) != ACCEPT ||
		    (v = inventory_name(p->before, j->policy, NULL, &j->report)) != ACCEPT)
			return v;
		for (k = 0; k < j->n; k++)
			worst = verdict_worse(worst, judge_place(j, p, &j->keys[k]));
	}
	return worst;
}

static int
fill_line(struct keyline *l, const struct job *j, const struct import *k, const struct key *public)
{
	uint64_t	 exponent;

	l->role = j->role;
	l->algorithm = public->algorithm;
	l->tag = key_tag(public);
	l->revoked_tag = key_tag_revoked(public);
	l->from = k->from;
	l->until = k->until;
	l->token = SIZE_MAX;
	if (key_size(public, &l->bits, &exponent) == -1 ||
	    (l->id = malloc(sizeof(k->id))) == NULL)
		return -1;
	memcpy(l->id, k->id, sizeof(k->id));
	l->idlen = sizeof(k->id);
	if (*j->zone != '\0' && (l->zone = strdup(j->zone)) == NULL)
		return -1;
	return (l->label = strdup(k->label)) == NULL ? -1 : 0;
}

static enum verdict
import_key(struct job *j, struct place *p, struct generator *g, const struct import *k)
{
	const struct pairspec	 spec = {
		.algorithm = k->public.algorithm, .flags = k->public.flags, .label = k->label,
		.id = k->id, .idlen = sizeof(k->id), .from = k->from, .until = k->until,
		.extractable = j->extractable,
	};
	struct tokenpair	 pair;
	struct newkey		*made = &p->made[p->nmade];
	enum verdict		 v;

	if ((v = generator_import(g, &spec, k->key, &pair, &j->report)) != ACCEPT)
		return v;
	if (generator_prove(g, &pair, k->key, &j->report) != ACCEPT) {
		(void)generator_drop(g, &pair, &j->report);
		return FAULT;
	}
	made->public = pair.public;
	p->nmade++;
	return fill_line(&made->line, j, k, &made->public) == -1 ? no_memory(j) : ACCEPT;
}

/* All keys onto one token, and what it has afterwards. */
static enum verdict
import_all(struct job *j, struct place *p)
{
	struct generator	*g = NULL;
	enum verdict		 v;
	size_t			 i;

	if ((v = generator_open(&g, j->tokens, p->token, &j->report)) != ACCEPT)
		return v;
	for (i = 0; v == ACCEPT && i < j->n; i++)
		v = interrupt_came() ? report_fault(&j->report, NULL, "%s: interrupted",
		    token_where(p->token)) : import_key(j, p, g, &j->keys[i]);
	generator_close(g);
	if (v != ACCEPT && p->nmade > 0)
		v = report_fault(&j->report, NULL, "%s: %zu of %zu keys were put there, and are listed",
		    token_where(p->token), p->nmade, j->n);
	v = verdict_worse(v, inventory_take(&p->after, j->tokens, p->token, &j->report));
	if (p->after != NULL)
		v = verdict_worse(v, census_check(p->before, p->after, p->made, p->nmade,
		    token_where(p->token), &j->report));
	return v;
}

static enum verdict
import(struct job *j)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	interrupt_catch();
	for (i = 0; v == ACCEPT && i < j->nplaces; i++)
		v = import_all(j, &j->places[i]);
	for (; v != ACCEPT && i < j->nplaces; i++)
		v = report_fault(&j->report, NULL, "%s: nothing was put there",
		    token_where(j->places[i].token));
	return v;
}

static int
print_made(struct buf *out, const struct job *j)
{
	struct keylist		 list = KEYLIST_EMPTY;
	const struct keytoken	*t;
	struct keyline		*l;
	size_t			 i, k, token;
	int			 rv = -1;

	for (i = 0; i < j->nplaces; i++) {
		if (j->places[i].nmade == 0)
			continue;
		t = &j->places[i].before->token;
		if ((token = keylist_add_token(&list, t->label, t->serial, t->model,
		    t->firmware)) == SIZE_MAX)
			goto out;
		for (k = 0; k < j->places[i].nmade; k++) {
			if ((l = keylist_add(&list)) == NULL ||
			    keyline_copy(l, &j->places[i].made[k].line) == -1)
				goto out;
			l->token = token;
		}
	}
	keylist_sort(&list);
	rv = list.n == 0 ? 0 : keylist_print(out, &list);
 out:
	keylist_clear(&list);
	return rv;
}

static enum verdict
run(struct job *j)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v;

	if ((v = prepare(j)) == ACCEPT) {
		v = import(j);
		if (print_made(&out, j) == -1)
			v = no_memory(j);
		else if (buf_write(&out, STDOUT_FILENO) == -1)
			v = report_fault(&j->report, NULL, "standard output: %s; the keys are on the "
			    "tokens", strerror(errno));
	}
	if (report_print(&j->report, tool.name, stderr) == -1)
		v = FAULT;
	buf_free(&out);
	return v;
}

static void
job_clear(struct job *j)
{
	size_t	 i;

	for (i = 0; i < j->nplaces; i++) {
		inventory_free(j->places[i].before);
		inventory_free(j->places[i].after);
		newkeys_free(j->places[i].made, j->places[i].nmade);
	}
	tokens_close(j->tokens);
	reach_free(&j->reach);
	for (i = 0; i < j->n; i++)
		softkey_free(j->keys[i].key);
	free(j->keys);
	policy_free(j->policy);
	report_free(&j->report);
}

static int
take_option(struct job *j, const struct options *o, int id, const char *arg)
{
	int	 rv = reach_option(&j->reach, o, id, arg);

	if (rv != 0)
		return rv == 1 ? 0 : -1;
	switch (id) {
	case 'p':
		j->policy_file = arg;
		return 0;
	case OPT_ROLE:
		return options_argument(o, keyoption_role(&j->role, arg));
	case OPT_LABEL:
		j->label = arg;
		return 0;
	case OPT_ZONE:
		return options_argument(o, keyoption_zone(&j->zone_text, arg));
	case OPT_ALGORITHM:
		return options_argument(o, keyoption_algorithm(&j->algorithm, arg));
	case OPT_FROM:
	case OPT_UNTIL:
		if (isotime_option(id == OPT_FROM ? &j->from : &j->until, arg) == -1)
			return options_usage(o, "--from and --until take a day or an instant"), -1;
		return 0;
	default:
		j->extractable = true;
		return 0;
	}
}

int
main(int argc, char *argv[])
{
	static struct job j = { .reach = REACH_EMPTY, .report = REPORT_EMPTY,
			    .from = KEYLIST_ALWAYS, .until = KEYLIST_FOREVER };
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
	if (reach_complete(&j.reach, &o, j.policy_file) == -1)
		return FAULT;
	if (j.label != NULL && o.count > 1)
		return (int)options_usage(&o, "--label is for one file");
	if ((j.keys = calloc((size_t)o.count, sizeof(*j.keys))) == NULL) {
		fprintf(stderr, "%s: out of memory\n", tool.name);
		return FAULT;
	}
	for (j.n = 0; j.n < (size_t)o.count; j.n++)
		j.keys[j.n].path = o.operands[j.n];
	v = run(&j);
	job_clear(&j);
	return (int)v;
}
