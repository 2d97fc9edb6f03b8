/*
 * key-dnskey: the public halves of keys on tokens as DNSKEY lines, named by label or by key-list
 * lines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/keyoptions.h"
#include "base/secret.h"
#include "token/inventory.h"
#include "token/reach.h"

#define NAMES	256
#define TTL	3600		/* where neither the option nor a policy says another */

enum { OPT_REVOKED = OPTION_ID, OPT_ROLE, OPT_ZONE, OPT_ALGORITHM, OPT_TTL, OPT_RECORD };

static const struct option_spec specs[] = {
	{ 'k', "key", "LABEL", OPTION_REPEAT, "a key by its label, or by its name in the policy" },
	{ 'p', "policy", "FILE", 0, "the policy that names the token and its keys" },
	REACH_SPECS,
	{ OPT_RECORD, "record", "FILE", 0, "key-list lines that say what keys are for" },
	{ OPT_REVOKED, "revoked", NULL, 0, "in the revoked form" },
	{ OPT_ROLE, "role", "ksk|zsk", 0, "of keys of which nothing else tells it" },
	{ OPT_ZONE, "zone", "NAME", 0, "of keys of which nothing else tells it" },
	{ OPT_ALGORITHM, "algorithm", "A", 0, "of RSA keys of which nothing else tells it" },
	{ OPT_TTL, "ttl", "N", 0, "the TTL to write (that of the policy, or 3600)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-dnskey", "Write keys on tokens as DNSKEY records.", specs, "[FILE]", 0, 1
};

struct job {
	struct reach	 reach;
	const char	*policy_file;
	const char	*record_file;
	const char	*names[NAMES];
	size_t		 nnames;
	const char	*list_file;
	bool		 revoked;
	enum key_role	 role;
	const char	*zone_text;
	unsigned	 algorithm;	/* 0: not given */
	bool		 has_ttl;
	uint32_t	 ttl;
	struct report	 report;
	struct policy	*policy;
	struct keylist	 record;
	struct keylist	 wanted;
	struct tokens	*tokens;
	struct inventory *seen[REACH_MAX];
	size_t		 n;
};

static enum verdict
no_memory(struct job *j)
{
	return report_fault(&j->report, NULL, "out of memory");
}

/* A label on the command line is a line of which nothing else is known. */
static enum verdict
want_names(struct job *j)
{
	const struct ksk *k;
	struct keyline	*l;
	size_t		 i;

	for (i = 0; i < j->nnames; i++) {
		k = j->policy == NULL ? NULL : policy_key(j->policy, j->names[i]);
		if ((l = keylist_add(&j->wanted)) == NULL || (l->label = strdup(k != NULL &&
		    k->label != NULL ? k->label : j->names[i])) == NULL)
			return no_memory(j);
	}
	return ACCEPT;
}

static enum verdict
load(struct job *j)
{
	enum verdict	 v = ACCEPT;

	if (j->policy_file != NULL &&
	    (j->policy = policy_load(j->policy_file, &j->report)) == NULL)
		return FAULT;
	if (j->record_file != NULL)
		v = keylist_load(&j->record, j->record_file, &j->report);
	if (v == ACCEPT)
		v = j->nnames > 0 ? want_names(j) :
		    keylist_load(&j->wanted, j->list_file, &j->report);
	if (v == ACCEPT && j->wanted.n == 0)
		v = report_broken(&j->report, NULL, NULL, "no key is asked for");
	return v;
}

static void
forget(struct job *j)
{
	size_t	 i;

	for (i = 0; i < j->n; i++)
		inventory_free(j->seen[i]);
	j->n = 0;
}

static enum verdict
look(struct job *j, bool login)
{
	struct inventory *inv;
	struct token	*t;
	enum verdict	 v;
	size_t		 i;

	forget(j);
	for (i = 0; i < tokens_count(j->tokens); i++) {
		t = tokens_get(j->tokens, i);
		v = login ? inventory_take(&inv, j->tokens, t, &j->report) :
		    inventory_look(&inv, t, &j->report);
		if (v != ACCEPT)
			return v;
		j->seen[j->n++] = inv;
		if ((v = inventory_name(inv, j->policy, &j->record, &j->report)) != ACCEPT)
			return v;
	}
	return ACCEPT;
}

/* A line that is bound to a token is for that one. */
static bool
on_token(const struct job *j, const struct keyline *wanted, const struct inventory *inv)
{
	const struct keytoken *t;

	if (wanted->token == SIZE_MAX || j->nnames > 0)
		return true;
	t = &j->wanted.tokens[wanted->token];
	return strcmp(t->label, inv->token.label) == 0 && strcmp(t->serial, inv->token.serial) == 0;
}

static bool
fits(const struct job *j, const struct keyline *wanted, const struct holding *h)
{
	if (j->nnames > 0)
		return h->line.label != NULL && strcmp(h->line.label, wanted->label) == 0;
	return keyline_same(wanted, &h->line);
}

/* Among which it is, and their number: those of its name, but that --key gives a label alone. */
static const struct holding *
candidates(const struct job *j, const struct keyline *wanted, const struct inventory *inv, size_t *n)
{
	*n = 0;
	if (!on_token(j, wanted, inv))
		return NULL;
	if (j->nnames == 0)
		return inventory_named(inv, wanted, n);
	*n = inv->n;
	return inv->keys;
}

/* The key, or NULL; on several tokens it must be the same one.  *n counts different ones. */
static const struct holding *
find(const struct job *j, const struct keyline *wanted, size_t *n)
{
	const struct holding	*found = NULL, *h;
	size_t			 i, all;

	for (i = *n = 0; i < j->n; i++)
		for (h = candidates(j, wanted, j->seen[i], &all); all > 0; h++, all--) {
			if (!fits(j, wanted, h) || h->public.public == NULL)
				continue;
			if (found == NULL || found->public.len != h->public.len ||
			    memcmp(found->public.public, h->public.public, h->public.len) != 0)
				(*n)++;
			if (found == NULL)
				found = h;
		}
	return found;
}

static bool
all_seen(const struct job *j)
{
	size_t	 i, n;

	for (i = 0; i < j->wanted.n; i++)
		if (find(j, &j->wanted.keys[i], &n) == NULL)
			return false;
	return true;
}

/* What neither the line nor the token tells comes from the options. */
static enum verdict
complete(struct job *j, const struct keyline *wanted, const struct holding *h, struct key *k,
    struct dname *zone, const char *name)
{
	const struct spot at = { j->wanted.input, wanted->line, 0 };
	enum key_role	 role = wanted->role != ROLE_UNKNOWN ? wanted->role :
			     h->line.role != ROLE_UNKNOWN ? h->line.role : j->role;
	unsigned	 algorithm = wanted->algorithm != 0 ? wanted->algorithm :
			     h->line.algorithm != 0 ? h->line.algorithm : j->algorithm;
	const char	*text = wanted->zone != NULL ? wanted->zone : h->line.zone;

	if (role == ROLE_UNKNOWN)
		return report_fault(&j->report, &at, "key %s: what it is for is not known: give --role",
		    name);
	if (algorithm == 0)
		return report_fault(&j->report, &at, "key %s: RSA of which digest is not known: give "
		    "--algorithm", name);
	if (algorithm_family(algorithm) != h->family)
		return report_fault(&j->report, &at, "key %s: the key on the token is not of %s", name,
		    algorithm_name(algorithm));
	if (text == NULL)
		text = j->zone_text;
	if (text == NULL && j->policy != NULL)
		text = role == ROLE_KSK ? j->policy->ksk.signers_name : j->policy->zsk.domain;
	if (text == NULL)
		return report_fault(&j->report, &at, "key %s: its zone is not known: give --zone",
		    name);
	if (dname_parse(zone, text) == -1)
		return report_fault(&j->report, &at, "key %s: '%s' is no name of a zone", name, text);
	k->flags = role == ROLE_KSK ? DNSKEY_KSK : DNSKEY_ZSK;
	k->algorithm = (uint8_t)algorithm;
	k->protocol = DNSKEY_PROTOCOL;
	k->ttl = j->has_ttl ? j->ttl : j->policy == NULL ? TTL :
	    (uint32_t)(role == ROLE_KSK ? j->policy->ksk.ttl : j->policy->zsk.ttl);
	if (wanted->tag >= 0 && wanted->tag != key_tag(k))
		return report_fault(&j->report, &at, "key %s: it has tag %u, not %d", name, key_tag(k),
		    (int)wanted->tag);
	if (j->revoked)
		k->flags |= DNSKEY_REVOKE;
	return ACCEPT;
}

static enum verdict
put(struct job *j, struct buf *out, const struct keyline *wanted)
{
	const struct spot	 at = { j->wanted.input, wanted->line, 0 };
	const char		*name = wanted->label == NULL ? "without a label" : wanted->label;
	const struct holding	*h;
	struct dname		 zone;
	struct key		 k;
	enum verdict		 v;
	size_t			 n;

	if ((h = find(j, wanted, &n)) == NULL)
		return report_fault(&j->report, &at, "key %s: on none of %zu tokens", name, j->n);
	if (n > 1)
		return report_fault(&j->report, &at, "key %s: %zu different keys are that", name, n);
	k = h->public;
	if ((v = complete(j, wanted, h, &k, &zone, name)) != ACCEPT)
		return v;
	return key_print(out, &k, &zone) == -1 ? no_memory(j) : ACCEPT;
}

/* Public halves are mostly seen without login; a PIN is asked for only where they are not. */
static enum verdict
work(struct job *j, struct buf *out)
{
	enum verdict	 v;
	size_t		 i;

	if ((v = load(j)) != ACCEPT ||
	    (v = reach_open(&j->tokens, &j->reach, j->policy, &j->report)) != ACCEPT ||
	    (v = look(j, false)) != ACCEPT || (!all_seen(j) && (v = look(j, true)) != ACCEPT))
		return v;
	for (i = 0; i < j->wanted.n; i++)
		v = verdict_worse(v, put(j, out, &j->wanted.keys[i]));
	return v;
}

static enum verdict
run(struct job *j)
{
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v = work(j, &out);

	if (report_print(&j->report, tool.name, stderr) == -1)
		v = FAULT;
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1) {
		fprintf(stderr, "%s: standard output: %s\n", tool.name, strerror(errno));
		v = FAULT;
	}
	buf_free(&out);
	forget(j);
	tokens_close(j->tokens);
	reach_free(&j->reach);
	keylist_clear(&j->wanted);
	keylist_clear(&j->record);
	policy_free(j->policy);
	report_free(&j->report);
	return v;
}

static int
take_more(struct job *j, const struct options *o, int id, const char *arg)
{
	char		*end;
	unsigned long	 n;
	int		 a;

	switch (id) {
	case OPT_ROLE:
		return options_argument(o, keyoption_role(&j->role, arg));
	case OPT_ZONE:
		return options_argument(o, keyoption_zone(&j->zone_text, arg));
	case OPT_ALGORITHM:
		if ((a = algorithm_number(arg)) == -1 ||
		    algorithm_family((unsigned)a) != FAMILY_RSA)
			return options_usage(o, "--algorithm takes RSASHA256 or RSASHA512"), -1;
		j->algorithm = (unsigned)a;
		return 0;
	default:
		n = strtoul(arg, &end, 10);
		if (*arg < '0' || *arg > '9' || *end != '\0' || strlen(arg) > 10 || n > INT32_MAX)
			return options_usage(o, "--ttl takes a number up to 2147483647"), -1;
		j->ttl = (uint32_t)n;
		j->has_ttl = true;
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
		j->policy_file = arg;
		return 0;
	case 'k':
		return options_add(o, "key", arg, j->names, &j->nnames, NAMES);
	case OPT_RECORD:
		j->record_file = arg;
		return 0;
	case OPT_REVOKED:
		j->revoked = true;
		return 0;
	}
	return take_more(j, o, id, arg);
}

int
main(int argc, char *argv[])
{
	static struct job j = { .reach = REACH_EMPTY, .report = REPORT_EMPTY };
	struct options	 o;
	const char	*arg;
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
	if (j.nnames > 0 && o.count > 0)
		return (int)options_usage(&o, "--key and a file of key-list lines exclude each other");
	j.list_file = o.count > 0 ? o.operands[0] : "-";
	return (int)run(&j);
}
