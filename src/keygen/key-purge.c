/*
 * key-purge: delete keys that are no longer needed from a token, both halves of them and nothing
 * else.  Every line must be the key that it says, and no key may be in use.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/skruse.h"
#include "base/fields.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/options.h"
#include "base/secret.h"
#include "base/tty.h"
#include "token/inventory.h"
#include "token/reach.h"

#define POLICIES	16
#define SKRS		64
#define NAME_COLUMN	64		/* columns that the names have at most */

enum { OPT_KEEP = OPTION_ID, OPT_NO_KEEP, OPT_DELETE, OPT_EXPECT, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ 'p', "policy", "FILE", OPTION_REQUIRED | OPTION_REPEAT,
	    "a policy whose keys stay; the first one names the\ntoken" },
	REACH_SPECS,
	{ OPT_KEEP, "keep", "SKR", OPTION_REPEAT, "what stands or signs in this SKR stays" },
	{ OPT_NO_KEEP, "no-keep", NULL, 0, "there is no SKR to keep keys for" },
	{ OPT_DELETE, "delete", NULL, 0, "delete them, and do not only say what would go" },
	{ OPT_EXPECT, "expect", "N", 0, "the number of keys is N: do not ask" },
	{ 't', "time", "T", 0, "judge as of this time, not of now" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read SKRs of up to N bytes (1048576)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"key-purge", "Delete keys that are no longer needed from a token.", specs, "[FILE]", 0, 1
};

struct wish {
	struct reach	 reach;
	const char	*policies[POLICIES];
	size_t		 npolicies;
	const char	*skrs[SKRS];
	size_t		 nskrs;
	const char	*input;
	const char	*time;
	int64_t		 now;
	uint64_t	 expect;	/* UINT64_MAX: ask */
	size_t		 max;
	bool		 no_keep;
	bool		 delete;
};

struct work {
	const struct wish *w;
	struct policy	*policies[POLICIES];
	struct keylist	 lines;
	struct skruse	 kept;
	struct tokens	*tokens;
	struct token	*token;
	struct inventory *before;
	const struct holding **keys;	/* the key of each line */
	size_t		 n;
	struct report	 report;
	struct buf	 table;
};

static enum verdict
load(struct work *k)
{
	const struct wish *w = k->w;
	enum verdict	 v;
	size_t		 i;

	v = keylist_load(&k->lines, w->input, &k->report);
	for (i = 0; i < w->npolicies; i++)
		if ((k->policies[i] = policy_load(w->policies[i], &k->report)) == NULL)
			v = FAULT;
	for (i = 0; i < w->nskrs; i++)
		v = verdict_worse(v, skruse_load(&k->kept, w->skrs[i], w->max, &k->report));
	return v;
}

static struct spot
at_line(const struct work *k, const struct keyline *l)
{
	return (struct spot){ k->w->input, l->line, 0 };
}

/* The one key on the token that the line is, in every field. */
static enum verdict
match(struct work *k, const struct keyline *l, const struct holding **out)
{
	const struct inventory *inv = k->before;
	const struct spot at = at_line(k, l);
	const struct keytoken *t;
	const struct holding *h;
	struct buf	 why = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	size_t		 n;

	if (l->token != SIZE_MAX) {
		t = &k->lines.tokens[l->token];
		if (strcmp(t->label, inv->token.label) != 0 ||
		    strcmp(t->serial, inv->token.serial) != 0)
			return report_broken(&k->report, &at, "match", "it is of token %s serial "
			    "%s", t->label, t->serial);
	}
	if ((h = inventory_named(inv, l, &n)) == NULL)
		return report_broken(&k->report, &at, "match", "no key of that label and id is on "
		    "%s", token_where(k->token));
	if (n > 1)
		return report_broken(&k->report, &at, "match", "several keys have that label and id");
	if (h->unsure)
		return report_broken(&k->report, &at, "match", "it is not certain which key this "
		    "is: %s", h->strange);
	switch (inventory_differs(&why, h, l)) {
	case -1:
		v = report_fault(&k->report, &at, "out of memory");
		break;
	case 1:
		v = report_broken(&k->report, &at, "match", "the key on the token is another: %s",
		    (const char *)why.data);
	}
	buf_free(&why);
	/* key-list states it where role and algorithm are known: the label may be another key's by now */
	if (v == ACCEPT && l->tag == -1 && l->role != ROLE_UNKNOWN && l->algorithm != 0 &&
	    h->public.public != NULL)
		v = report_broken(&k->report, &at, "match", "the line does not state the key tag");
	*out = h;
	return v;
}

/* Each line its key, and each key once. */
static enum verdict
match_all(struct work *k)
{
	bool		*taken = calloc(k->before->n + 1, sizeof(*taken));
	enum verdict	 v = ACCEPT, w;
	size_t		 i, at;

	k->keys = calloc(k->lines.n + 1, sizeof(*k->keys));
	if (taken == NULL || k->keys == NULL) {
		free(taken);
		return report_fault(&k->report, NULL, "out of memory");
	}
	for (i = 0; i < k->lines.n; i++) {
		const struct spot spot = at_line(k, &k->lines.keys[i]);

		w = match(k, &k->lines.keys[i], &k->keys[i]);
		if (w == ACCEPT) {
			at = (size_t)(k->keys[i] - k->before->keys);
			if (taken[at])
				w = report_broken(&k->report, &spot, "match",
				    "the same key again");
			taken[at] = true;
		}
		v = verdict_worse(v, w);
	}
	k->n = k->lines.n;
	free(taken);
	return v;
}

/* The span that is known of it: what the token or a policy says, else the line. */
static void
span_of(const struct holding *h, const struct keyline *l, int64_t *from, int64_t *until)
{
	*from = h->line.from;
	*until = h->line.until;
	if (*from == KEYLIST_ALWAYS)
		*from = l->from;
	if (*until == KEYLIST_FOREVER)
		*until = l->until;
}

/* RFC 6781 4.1: what still signs, or may be needed to validate, stays. */
static enum verdict
judge_span(struct work *k, const struct holding *h, const struct keyline *l)
{
	const struct spot at = at_line(k, l);
	char		 a[ISOTIME_SIZE], b[ISOTIME_SIZE];
	int64_t		 from, until;

	span_of(h, l, &from, &until);
	if ((from == KEYLIST_ALWAYS && until == KEYLIST_FOREVER) || k->w->now < from ||
	    k->w->now >= until)
		return ACCEPT;
	return report_broken(&k->report, &at, "active", "it is inside its active span, from %.10s "
	    "until %.10s", from == KEYLIST_ALWAYS ? "an unknown day" : isotime_format(a, from, ""),
	    until == KEYLIST_FOREVER ? "an unknown day" : isotime_format(b, until, ""));
}

static enum verdict
judge_key(struct work *k, const struct holding *h, const struct keyline *l)
{
	const struct spot at = at_line(k, l);
	enum verdict	 v = judge_span(k, h, l);
	const struct ksk *ksk;
	const char	*file;
	size_t		 i;
	bool		 signs;

	for (i = 0; i < k->w->npolicies; i++)
		if (inventory_in_policy(k->before, h, k->policies[i], &ksk))
			v = report_broken(&k->report, &at, "policy", "%s names it, as key %s",
			    k->w->policies[i], ksk->name);
	if ((file = skruse_find(&k->kept, &h->public, h->line.label, &signs)) != NULL)
		v = report_broken(&k->report, &at, "keep", "it %s in %s",
		    signs ? "signs" : "is published", file);
	return v;
}

static int
put_span(struct buf *out, const struct work *k, const struct holding *h,
    const struct keyline *l)
{
	char		 a[ISOTIME_SIZE], b[ISOTIME_SIZE];
	int64_t		 from, until;

	span_of(h, l, &from, &until);
	if (from == KEYLIST_ALWAYS && until == KEYLIST_FOREVER)
		return buf_puts(out, "no active span is known");
	if (until != KEYLIST_FOREVER && k->w->now >= until)
		return buf_printf(out, "active until %.10s, %" PRId64 " days ago",
		    isotime_format(b, until, ""), (k->w->now - until) / DAY);
	return buf_printf(out, "not active before %.10s", isotime_format(a, from, ""));
}

/* The width of the column of names: that of the longest that fits; -1: out of memory. */
static int
name_width(const struct work *k)
{
	struct buf	 label = BUF_EMPTY;
	size_t		 width = strlen("key"), i;

	for (i = 0; i < k->n; i++) {
		buf_free(&label);
		if (field_put(&label, k->keys[i]->line.label) == -1)
			return -1;
		if (label.len > width && label.len <= NAME_COLUMN)
			width = label.len;
	}
	buf_free(&label);
	return (int)width;
}

/* Why it may go, in a line. */
static int
put_row(struct work *k, int width, const struct holding *h, const struct keyline *l)
{
	struct buf	 row = BUF_EMPTY, label = BUF_EMPTY;
	int		 rv = -1;

	if (field_put(&label, h->line.label) == -1 || put_span(&row, k, h, l) == -1 ||
	    (k->w->nskrs > 0 && buf_printf(&row, "; in none of %zu SKRs", k->w->nskrs) == -1) ||
	    (h->private_object == 0 && buf_puts(&row, "; only its public half is there") == -1) ||
	    (h->public_object == 0 && buf_puts(&row, "; only its private half is there") == -1))
		goto out;
	rv = buf_printf(&k->table, "%-*s  %-4s  ", width, (const char *)label.data,
	    key_role_name(h->line.role != ROLE_UNKNOWN ? h->line.role : l->role));
	if (rv == 0)
		rv = l->tag == -1 ? buf_puts(&k->table, "    -") :
		    buf_printf(&k->table, "%5d", l->tag);
	if (rv == 0)
		rv = buf_printf(&k->table, "  %s\n", (const char *)row.data);
 out:
	buf_free(&row);
	buf_free(&label);
	return rv;
}

static enum verdict
judge(struct work *k)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;
	int		 width = name_width(k);

	for (i = 0; i < k->n; i++)
		v = verdict_worse(v, judge_key(k, k->keys[i], &k->lines.keys[i]));
	if (v != ACCEPT)
		return v;
	if (width == -1 || buf_printf(&k->table, "%-*s  %-4s  %5s  %s\n", width, "key", "role", "tag",
	    "why it may go") == -1)
		return report_fault(&k->report, NULL, "out of memory");
	for (i = 0; i < k->n; i++)
		if (put_row(k, width, k->keys[i], &k->lines.keys[i]) == -1)
			return report_fault(&k->report, NULL, "out of memory");
	if (buf_printf(&k->table, "%s: %zu - %zu = %zu keys\n", token_where(k->token),
	    k->before->n, k->n, k->before->n - k->n) == -1)
		return report_fault(&k->report, NULL, "out of memory");
	return ACCEPT;
}

static enum verdict
confirm(struct work *k)
{
	char		 typed[64], want[32];

	snprintf(want, sizeof(want), "%zu", k->n);
	if (k->w->expect != UINT64_MAX)
		return k->w->expect == k->n ? ACCEPT : report_broken(&k->report, NULL, "expect",
		    "--expect %" PRIu64 ", but there are %zu keys", k->w->expect, k->n);
	if (tty_show((const char *)k->table.data) == -1 ||
	    tty_ask("Type the number of keys to delete them: ", typed, sizeof(typed)) == -1)
		return report_fault(&k->report, NULL, "nobody at the terminal confirms: %s "
		    "(--expect N in scripts)", strerror(errno));
	return strcmp(typed, want) == 0 ? ACCEPT : report_broken(&k->report, NULL, "expect",
	    "not confirmed: '%s' is not their number", typed);
}

static enum verdict
say_change(struct work *k, const struct inventory_change *c)
{
	static const char *const words[] = { "a key was added", "a key is gone",
	    "a key has changed", "an object was added", "an object is gone",
	    "an object has changed" };
	const struct holding *h = c->before != NULL ? c->before : c->after;
	const char	*label = h != NULL ? h->line.label : c->object->label;

	return report_fault(&k->report, NULL, "%s: %s: %s", token_where(k->token),
	    words[c->what], label == NULL ? "-" : label);
}

/*
 * The token now, beside what it was: of all its keys the "gone" ones are missing, and nothing
 * else has changed.
 */
static enum verdict
check(struct work *k, size_t gone)
{
	struct inventory *after = NULL;
	struct inventory_change *c = NULL;
	bool		*doomed = calloc(k->before->n + 1, sizeof(*doomed));
	enum verdict	 v;
	size_t		 n = 0, i, missing = 0;

	if ((v = inventory_take(&after, k->tokens, k->token, &k->report)) != ACCEPT) {
		free(doomed);
		return v;
	}
	if (doomed == NULL || inventory_compare(k->before, after, &c, &n) == -1)
		v = report_fault(&k->report, NULL, "out of memory");
	for (i = 0; v != FAULT && i < gone; i++)
		doomed[k->keys[i] - k->before->keys] = true;
	for (i = 0; v != FAULT && i < n; i++)
		if (c[i].what == KEY_GONE && doomed[c[i].before - k->before->keys])
			missing++;
		else
			say_change(k, &c[i]);
	if (v != FAULT && missing != gone)
		report_fault(&k->report, NULL, "%s: %zu keys were deleted, but %zu are still "
		    "there", token_where(k->token), gone, gone - missing);
	inventory_free(after);
	free(doomed);
	free(c);
	return report_verdict(&k->report);
}

static enum verdict
delete(struct work *k)
{
	enum verdict	 v, w;
	size_t		 done = 0;

	if ((v = confirm(k)) != ACCEPT || (v = check(k, 0)) != ACCEPT)
		return v;
	v = inventory_delete(k->tokens, k->token, k->keys, k->n, &done, &k->report);
	if (v != ACCEPT)
		report_fault(&k->report, NULL, "%s: %zu of %zu keys were deleted",
		    token_where(k->token), done, k->n);
	w = check(k, done);
	return verdict_worse(v, w);
}

static enum verdict
purge(struct work *k, struct reach *reach)
{
	const struct spot at = { k->w->input, 0, 0 };
	enum verdict	 v;
	size_t		 i;

	if ((v = load(k)) != ACCEPT)
		return v;
	if (k->lines.n == 0)
		return report_broken(&k->report, &at, "match", "no key-list line");
	if (k->w->time != NULL)
		report_warning(&k->report, NULL, NULL, "judged as of %s, not of now", k->w->time);
	if ((v = reach_open_one(&k->tokens, &k->token, reach, k->policies[0], &k->report)) != ACCEPT)
		return v;
	v = inventory_take(&k->before, k->tokens, k->token, &k->report);
	for (i = 0; v == ACCEPT && i < k->w->npolicies; i++)
		v = inventory_name(k->before, k->policies[i], NULL, &k->report);
	if (v != ACCEPT || (v = match_all(k)) != ACCEPT || (v = judge(k)) != ACCEPT)
		return v;
	if (k->w->delete)
		return delete(k);
	return buf_puts(&k->table, "nothing was deleted (--delete)\n") == -1 ?
	    report_fault(&k->report, NULL, "out of memory") : ACCEPT;
}

static enum verdict
run(struct wish *w)
{
	const struct spot to = { "standard output", 0, 0 };
	struct work	 k = { .w = w, .lines = KEYLIST_EMPTY, .kept = SKRUSE_EMPTY,
			     .report = REPORT_EMPTY, .table = BUF_EMPTY };
	enum verdict	 v;
	size_t		 i;

	v = purge(&k, &w->reach);
	tokens_close(k.tokens);
	if (v == ACCEPT && buf_write(&k.table, STDOUT_FILENO) == -1)
		v = report_fault(&k.report, &to, "%s%s", strerror(errno),
		    w->delete ? "; the keys were deleted" : "");
	if (report_print(&k.report, tool.name, stderr) == -1)
		v = FAULT;
	inventory_free(k.before);
	reach_free(&w->reach);
	for (i = 0; i < w->npolicies; i++)
		policy_free(k.policies[i]);
	keylist_clear(&k.lines);
	skruse_clear(&k.kept);
	free(k.keys);
	report_free(&k.report);
	buf_free(&k.table);
	return v;
}

/* NULL, or what is wrong with the argument. */
static const char *
take_option(struct wish *w, int id, const char *arg)
{
	size_t	 n;

	switch (id) {
	case 'p':
		if (w->npolicies == POLICIES)
			return "--policy may be given 16 times";
		w->policies[w->npolicies++] = arg;
		return NULL;
	case OPT_KEEP:
		if (w->nskrs == SKRS)
			return "--keep may be given 64 times";
		w->skrs[w->nskrs++] = arg;
		return NULL;
	case OPT_NO_KEEP:
		w->no_keep = true;
		return NULL;
	case OPT_DELETE:
		w->delete = true;
		return NULL;
	case OPT_EXPECT:
		if (input_size(&n, arg) == -1)
			return "--expect takes a number from 1 on";
		w->expect = n;
		return NULL;
	case 't':
		w->time = arg;
		return isotime_option(&w->now, arg) == -1 ?
		    "--time takes YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD or now" : NULL;
	}
	return input_size(&w->max, arg) == -1 ? INPUT_SIZE_USAGE : NULL;
}

int
main(int argc, char *argv[])
{
	struct wish	 w = { .reach = REACH_EMPTY, .input = "-", .expect = UINT64_MAX,
			     .max = INPUT_MAX_BYTES_DEFAULT };
	const char	*arg, *wrong;
	struct options	 o;
	int		 id, taken;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	if (isotime_option(&w.now, "now") == -1)
		return (int)options_usage(&o, "the system clock makes no sense: give --time");
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
	if (w.no_keep == (w.nskrs > 0))
		return (int)options_usage(&o, "give the --keep SKR whose keys stay, or --no-keep");
	if (w.expect != UINT64_MAX && !w.delete)
		return (int)options_usage(&o, "--expect goes with --delete");
	if (o.count > 0)
		w.input = o.operands[0];
	return (int)run(&w);
}
