/*
 * key-list: the keys of tokens, one line a key: the record of a ceremony, and what has changed
 * since the last one.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act/keyoptions.h"
#include "act/skruse.h"
#include "base/fields.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/json.h"
#include "base/options.h"
#include "base/secret.h"
#include "token/inventory.h"
#include "token/reach.h"

#define POLICIES	16
#define SKRS		64

enum {
	OPT_PUBLIC = OPTION_ID, OPT_RECORD, OPT_ROLE, OPT_EXPIRED, OPT_UNUSED, OPT_COMPARE,
	OPT_IDENTITY, OPT_MAX_BYTES
};

static const struct option_spec specs[] = {
	{ 'p', "policy", "FILE", OPTION_REPEAT,
	    "the policy that names the token and its keys;\nmore of them name keys too" },
	REACH_SPECS,
	{ OPT_PUBLIC, "public", NULL, 0, "without login: what the token shows to everybody" },
	{ OPT_RECORD, "record", "FILE", 0, "an earlier list, for what the token cannot tell" },
	{ OPT_ROLE, "role", "ROLE", 0, "keys of this role alone: ksk or zsk" },
	{ OPT_EXPIRED, "expired-before", "T", 0, "keys whose active span ended by then" },
	{ OPT_UNUSED, "unused-in", "SKR", OPTION_REPEAT, "keys that stand in no slot of this SKR" },
	{ OPT_COMPARE, "compare", "FILE", 0, "refuse if it is not as this record says" },
	{ OPT_IDENTITY, "identity", "LABEL", 0,
	    "prove this key by a challenge, and give its\nfingerprint" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read SKRs of up to N bytes (1048576)" },
	{ 'j', "json", NULL, 0, "as JSON, for programs" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-list", "List the keys of tokens, one line a key; compare them with a record.",
	specs, NULL, 0, 0
};

struct wish {
	struct reach	 reach;
	const char	*policies[POLICIES];
	size_t		 npolicies;
	const char	*skrs[SKRS];
	size_t		 nskrs;
	const char	*record;
	const char	*compare;
	const char	*identity;
	enum key_role	 role;
	int64_t		 expired;	/* INT64_MIN: not asked */
	size_t		 max;
	bool		 public;
	bool		 json;
};

struct work {
	const struct wish *w;
	struct policy	*policies[POLICIES];
	struct keylist	 record;
	struct keylist	 compare;
	struct skruse	 used;
	struct tokens	*tokens;
	struct report	 report;
	struct buf	 out;
};

static enum verdict
load(struct work *k)
{
	const struct wish *w = k->w;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < w->npolicies; i++)
		if ((k->policies[i] = policy_load(w->policies[i], &k->report)) == NULL)
			v = FAULT;
	if (w->record != NULL)
		v = verdict_worse(v, keylist_load(&k->record, w->record, &k->report));
	if (w->compare != NULL)
		v = verdict_worse(v, keylist_load(&k->compare, w->compare, &k->report));
	for (i = 0; i < w->nskrs; i++)
		v = verdict_worse(v, skruse_load(&k->used, w->skrs[i], w->max, &k->report));
	return v;
}

/* Is it among those asked for? */
static bool
selected(struct work *k, const struct holding *h)
{
	const struct wish *w = k->w;
	bool		 signs;

	if (w->role != ROLE_UNKNOWN && h->line.role != w->role)
		return false;
	if (w->expired != INT64_MIN && (h->line.until == KEYLIST_FOREVER ||
	    h->line.until > w->expired))
		return false;
	if (w->nskrs == 0)
		return true;
	/* of a key that shows neither, nobody can say that it is not used */
	if (h->public.public == NULL && h->line.label == NULL)
		return false;
	return skruse_find(&k->used, &h->public, h->line.label, &signs) == NULL;
}

static bool
selects(const struct wish *w)
{
	return w->role != ROLE_UNKNOWN || w->expired != INT64_MIN || w->nskrs > 0;
}

/* The one key of that label, both halves of it. */
static enum verdict
identify(struct work *k, struct token *t, struct inventory *inv)
{
	const char	*label = k->w->identity;
	const struct holding *found = NULL;
	enum verdict	 v;
	size_t		 i, n = 0;

	for (i = 0; i < inv->n; i++)
		if (inv->keys[i].line.label != NULL &&
		    strcmp(inv->keys[i].line.label, label) == 0) {
			found = &inv->keys[i];
			n++;
		}
	if (n != 1)
		return report_broken(&k->report, NULL, "identity", "%s: %zu keys are labelled %s, "
		    "its identity is one", token_where(t), n, label);
	if ((v = inventory_prove(k->tokens, t, found, &k->report)) != ACCEPT)
		return v;
	if ((inv->token.identity = strdup(label)) == NULL ||
	    inventory_fingerprint(inv->token.fingerprint, found) == -1)
		return report_fault(&k->report, NULL, "%s: no fingerprint of %s", token_where(t),
		    label);
	return ACCEPT;
}

/* Which token of the record is meant; SIZE_MAX: it is of one, or says nothing of tokens. */
static enum verdict
record_token(struct work *k, const struct inventory *inv, size_t *out)
{
	const struct spot at = { k->w->compare, 0, 0 };
	const struct keylist *c = &k->compare;
	size_t		 i;

	for (i = 0; i < c->ntokens; i++)
		if (strcmp(c->tokens[i].label, inv->token.label) == 0 &&
		    strcmp(c->tokens[i].serial, inv->token.serial) == 0) {
			*out = i;
			return ACCEPT;
		}
	*out = SIZE_MAX;
	if (tokens_count(k->tokens) > 1 || c->ntokens > 1)
		return report_broken(&k->report, &at, "token", "it does not have token %s serial "
		    "%s", inv->token.label, inv->token.serial);
	if (c->ntokens == 1)
		report_warning(&k->report, &at, "token", "it is of token %s serial %s, compared "
		    "with token %s serial %s", c->tokens[0].label, c->tokens[0].serial,
		    inv->token.label, inv->token.serial);
	return ACCEPT;
}

/* A serial number is only a number: the identity is what tells. */
static enum verdict
compare_identity(struct work *k, const struct inventory *inv, size_t token)
{
	const struct spot at = { k->w->compare, 0, 0 };
	const struct keytoken *was;
	char		 a[DIGEST_HEX], b[DIGEST_HEX];

	if (k->compare.ntokens == 0 || k->w->identity == NULL)
		return ACCEPT;
	was = &k->compare.tokens[token == SIZE_MAX ? 0 : token];
	if (was->identity == NULL)
		return report_broken(&k->report, &at, "identity", "no identity of token %s is in it",
		    was->label);
	if (memcmp(was->fingerprint, inv->token.fingerprint, DIGEST_SIZE) == 0)
		return ACCEPT;
	return report_broken(&k->report, &at, "identity", "token %s is another: its key %s has "
	    "the fingerprint %s, %s in the record", inv->token.label, inv->token.identity,
	    digest_hex(a, inv->token.fingerprint), digest_hex(b, was->fingerprint));
}

/* The record's arithmetic: on stderr where something differs, else in the list. */
static enum verdict
compare(struct work *k, const struct inventory *inv, struct buf *sum)
{
	const struct spot at = { k->w->compare, 0, 0 };
	struct inventory_sum s;
	enum verdict	 v;
	size_t		 token;

	if ((v = record_token(k, inv, &token)) != ACCEPT)
		return v;
	v = compare_identity(k, inv, token);
	v = verdict_worse(v, inventory_against(inv, &k->compare, token, &s, &k->report));
	if (v == FAULT)
		return v;
	if (inventory_sum_print(sum, &s) == -1)
		return report_fault(&k->report, NULL, "out of memory");
	if (v == REFUSE)
		report_broken(&k->report, &at, "sum", "%s: %zu removed, %zu added, %zu changed",
		    (const char *)sum->data, s.gone, s.added, s.changed);
	return v;
}

static int
put_comment(struct buf *out, const struct holding *h)
{
	struct keyline	 k = h->line;
	size_t		 i;

	if (h->strange == NULL)
		return 0;
	if (buf_puts(out, "# strange ") == -1 || field_put(out, k.label) == -1 ||
	    buf_puts(out, k.idlen == 0 ? " -" : " ") == -1)
		return -1;
	for (i = 0; i < k.idlen; i++)
		if (buf_printf(out, "%02x", k.id[i]) == -1)
			return -1;
	return buf_printf(out, ": %s\n", h->strange);
}

static int
put_text(struct work *k, const struct inventory *inv, const char *sum)
{
	struct buf	*out = &k->out;
	size_t		 i, n = 0;

	if (keytoken_print(out, &inv->token) == -1 || (k->w->public &&
	    buf_puts(out, "# without login: private halves may be hidden\n") == -1))
		return -1;
	for (i = 0; i < inv->n; i++)
		if (selected(k, &inv->keys[i])) {
			n++;
			if (keyline_print(out, &inv->keys[i].line) == -1 ||
			    put_comment(out, &inv->keys[i]) == -1)
				return -1;
		}
	for (i = 0; i < inv->nothers; i++)
		if (buf_printf(out, "# other %s: %s\n", inv->others[i].kind,
		    inv->others[i].label == NULL ? "-" : inv->others[i].label) == -1)
			return -1;
	if ((selects(k->w) && buf_printf(out, "# a selection: %zu of %zu\n", n, inv->n) == -1) ||
	    (sum != NULL && (buf_puts(out, "# as in ") == -1 ||
	    field_put(out, k->w->compare) == -1 || buf_printf(out, ": %s\n", sum) == -1)))
		return -1;
	return buf_printf(out, "# keys %zu\n", n);
}

static int
put_json_key(struct buf *out, const struct holding *h)
{
	if (keyline_json(out, &h->line) == -1)
		return -1;
	out->len--;				/* one more member, before its end */
	if (buf_puts(out, ",\"strange\":") == -1 || json_string(out, h->strange) == -1)
		return -1;
	return buf_puts(out, "}");
}

static int
put_json(struct work *k, const struct inventory *inv, const char *sum)
{
	struct buf	*out = &k->out;
	size_t		 i, n = 0;

	if (buf_puts(out, out->len == 0 ? "{\"tokens\":[{\"token\":" : ",{\"token\":") == -1 ||
	    keytoken_json(out, &inv->token) == -1 ||
	    buf_printf(out, ",\"public\":%s,\"on_token\":%zu,\"sum\":",
	    k->w->public ? "true" : "false", inv->n) == -1 || json_string(out, sum) == -1 ||
	    buf_puts(out, ",\"keys\":[") == -1)
		return -1;
	for (i = 0; i < inv->n; i++)
		if (selected(k, &inv->keys[i]) && (buf_puts(out, n++ > 0 ? "," : "") == -1 ||
		    put_json_key(out, &inv->keys[i]) == -1))
			return -1;
	if (buf_puts(out, "],\"others\":[") == -1)
		return -1;
	for (i = 0; i < inv->nothers; i++)
		if (buf_puts(out, i > 0 ? "," : "") == -1 ||
		    buf_puts(out, "{\"kind\":") == -1 ||
		    json_string(out, inv->others[i].kind) == -1 ||
		    buf_puts(out, ",\"label\":") == -1 ||
		    json_string(out, inv->others[i].label) == -1 || buf_puts(out, "}") == -1)
			return -1;
	return buf_puts(out, "]}");
}

static enum verdict
list_token(struct work *k, struct token *t)
{
	const struct wish *w = k->w;
	const struct keylist *record = w->record != NULL ? &k->record :
	    w->compare != NULL ? &k->compare : NULL;
	struct inventory *inv = NULL;
	struct buf	 sum = BUF_EMPTY;
	enum verdict	 v;
	size_t		 i;

	v = w->public ? inventory_look(&inv, t, &k->report) :
	    inventory_take(&inv, k->tokens, t, &k->report);
	for (i = 0; v == ACCEPT && i < w->npolicies; i++)
		v = inventory_name(inv, k->policies[i], i == 0 ? record : NULL, &k->report);
	if (v == ACCEPT && w->npolicies == 0)
		v = inventory_name(inv, NULL, record, &k->report);
	if (v == ACCEPT && w->identity != NULL)
		v = identify(k, t, inv);
	if (v == ACCEPT && w->compare != NULL)
		v = compare(k, inv, &sum);
	if (v == ACCEPT && (w->json ? put_json(k, inv, (const char *)sum.data) :
	    put_text(k, inv, (const char *)sum.data)) == -1)
		v = report_fault(&k->report, NULL, "out of memory");
	inventory_free(inv);
	buf_free(&sum);
	return v;
}

static enum verdict
list(struct work *k, struct reach *reach)
{
	enum verdict	 v;
	size_t		 i;

	if ((v = load(k)) != ACCEPT ||
	    (v = reach_open(&k->tokens, reach, k->policies[0], &k->report)) != ACCEPT)
		return v;
	for (i = 0; i < tokens_count(k->tokens); i++)
		v = verdict_worse(v, list_token(k, tokens_get(k->tokens, i)));
	if (v == ACCEPT && k->w->json && buf_puts(&k->out, "]}\n") == -1)
		v = report_fault(&k->report, NULL, "out of memory");
	return v;
}

static enum verdict
run(struct wish *w)
{
	const struct spot to = { "standard output", 0, 0 };
	struct work	 k = { .w = w, .record = KEYLIST_EMPTY, .compare = KEYLIST_EMPTY,
			     .used = SKRUSE_EMPTY, .report = REPORT_EMPTY, .out = BUF_EMPTY };
	enum verdict	 v;
	size_t		 i;

	v = list(&k, &w->reach);
	tokens_close(k.tokens);
	if (v == ACCEPT && buf_write(&k.out, STDOUT_FILENO) == -1)
		v = report_fault(&k.report, &to, "%s", strerror(errno));
	if (report_print(&k.report, tool.name, stderr) == -1)
		v = FAULT;
	reach_free(&w->reach);
	for (i = 0; i < w->npolicies; i++)
		policy_free(k.policies[i]);
	keylist_clear(&k.record);
	keylist_clear(&k.compare);
	skruse_clear(&k.used);
	report_free(&k.report);
	buf_free(&k.out);
	return v;
}

/* NULL, or what is wrong with the argument. */
static const char *
take_option(struct wish *w, int id, const char *arg)
{
	switch (id) {
	case 'p':
		if (w->npolicies == POLICIES)
			return "--policy may be given 16 times";
		w->policies[w->npolicies++] = arg;
		return NULL;
	case OPT_UNUSED:
		if (w->nskrs == SKRS)
			return "--unused-in may be given 64 times";
		w->skrs[w->nskrs++] = arg;
		return NULL;
	case OPT_ROLE:
		return keyoption_role(&w->role, arg);
	case OPT_EXPIRED:
		return isotime_option(&w->expired, arg) == -1 ?
		    "--expired-before takes YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ or now" : NULL;
	case OPT_MAX_BYTES:
		return input_size(&w->max, arg) == -1 ? INPUT_SIZE_USAGE : NULL;
	case OPT_RECORD:
		w->record = arg;
		return NULL;
	case OPT_COMPARE:
		w->compare = arg;
		return NULL;
	case OPT_IDENTITY:
		w->identity = arg;
		return NULL;
	case OPT_PUBLIC:
		w->public = true;
		return NULL;
	}
	w->json = true;
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct wish	 w = { .reach = REACH_EMPTY, .expired = INT64_MIN,
			     .max = INPUT_MAX_BYTES_DEFAULT };
	const char	*arg, *wrong;
	struct options	 o;
	int		 id, taken;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0) {
		if ((taken = reach_option(&w.reach, &o, id, arg)) == -1)
			return FAULT;
		if (taken == 0 && (wrong = take_option(&w, id, arg)) != NULL)
			return (int)options_usage(&o, "%s", wrong);
	}
	if (id == OPTIONS_STOP)
		return (int)o.status;
	if (reach_complete(&w.reach, &o, w.policies[0]) == -1)
		return FAULT;
	if (w.public && (w.compare != NULL || w.identity != NULL))
		return (int)options_usage(&o, "--public shows too little for --compare and "
		    "--identity");
	if (w.compare != NULL && selects(&w))
		return (int)options_usage(&o, "--compare is of all keys, not of a selection");
	return (int)run(&w);
}
