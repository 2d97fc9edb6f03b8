/*
 * backup-restore: keys of a backup onto a token, or with --dry-run only through its sessions;
 * each is proven by a signature.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/backup_file.h"
#include "act/cms.h"
#include "act/share_make.h"
#include "act/share_take.h"
#include "base/input.h"
#include "base/interrupt.h"
#include "base/options.h"
#include "base/tty.h"
#include "token/reach.h"
#include "token/wrap.h"

#define ONLY_MAX	64

enum {
	OPT_DIGEST = OPTION_ID, OPT_SHARE, OPT_PASSPHRASE_FD, OPT_ONLY, OPT_DRY_RUN, OPT_MAX_BYTES
};

static const struct option_spec specs[] = {
	{ OPT_DIGEST, "digest", "DIGEST", 0,
	    "the archive's digest as it was read from paper: hex or words" },
	{ OPT_SHARE, "share", "FILE", OPTION_REPEAT, "a share of the wrapping key; may be repeated" },
	{ OPT_PASSPHRASE_FD, "passphrase-fd", "FD", 0,
	    "read passphrases from a descriptor, a line for each sealed share" },
	{ OPT_ONLY, "only", "LABEL", OPTION_REPEAT, "restore this key; may be repeated" },
	{ OPT_DRY_RUN, "dry-run", NULL, 0, "unwrap and prove, and leave nothing on the token" },
	{ 'p', "policy", "FILE", 0, "the policy file" },
	REACH_SPECS,
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read and unpack up to N bytes (67108864)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"backup-restore", "Restore keys from a backup onto a token, and prove each.",
	specs, "ARCHIVE", 1, 1
};

struct work {
	const char	*archive;
	const char	*digest;
	char		*shares[SHARE_MAX];
	struct share_take take;
	const char	*only[ONLY_MAX];
	size_t		 nonly;
	bool		 dry;
	size_t		 max;
	const char	*policyfile;
	struct reach	 reach;
	struct policy	*policy;
	struct tokens	*tokens;
	struct token	*token;
	struct wrapper	*wrapper;
	struct inventory *inventory;
	struct secret	 key;
	struct backup	 backup;
	/* the keys to restore: the same index in each */
	size_t		 n;
	size_t		*index;		/* in the backup */
	const struct keyline **lines;
	const struct backup_key **keys;
	struct unwrapped *there;	/* what stood on the token before */
	struct unwrapped *made;		/* what this run made */
};

static void
taken(const char *who)
{
	fprintf(stderr, "%s: %s: taken\n", tool.name, who);
}

/* The digest goes by paper, not with the archive. */
static enum verdict
confirm(const struct work *w, const char *where, struct report *rep)
{
	char	 answer[1024];
	int	 n;

	if (w->digest != NULL)
		return backup_confirm(&w->backup, where, w->digest, rep);
	n = tty_ask("The archive's digest as it stands on paper (words or hex): ", answer,
	    sizeof(answer));
	if (n == -1)
		return report_fault(rep, NULL, "the digest cannot be asked for at the terminal: %s "
		    "(--digest)", strerror(errno));
	return backup_confirm(&w->backup, where, strlen(answer) == (size_t)n ? answer : "", rep);
}

static enum verdict
load(struct work *w, struct report *rep)
{
	struct buf	 bytes = BUF_EMPTY;
	char		*where = NULL;
	enum verdict	 v;

	v = backup_load(&w->backup, &bytes, &where, w->archive, w->max, rep);
	if (v == ACCEPT)
		v = confirm(w, where, rep);
	buf_free(&bytes);
	free(where);
	return v;
}

static bool
is_wanted(const struct work *w, const struct keyline *l, bool *seen)
{
	size_t	 i;
	bool	 found = w->nonly == 0;

	for (i = 0; i < w->nonly; i++)
		if (l->label != NULL && strcmp(l->label, w->only[i]) == 0)
			found = seen[i] = true;
	return found;
}

/* The keys that are wanted, and have a private half in the backup. */
static enum verdict
choose(struct work *w, struct report *rep)
{
	size_t		 i, n = w->backup.list.n;
	bool		 seen[ONLY_MAX] = { false };
	enum verdict	 v = ACCEPT;

	w->index = calloc(n + 1, sizeof(*w->index));
	w->lines = calloc(n + 1, sizeof(*w->lines));
	w->keys = calloc(n + 1, sizeof(*w->keys));
	w->there = calloc(n + 1, sizeof(*w->there));
	w->made = calloc(n + 1, sizeof(*w->made));
	if (w->index == NULL || w->lines == NULL || w->keys == NULL || w->there == NULL ||
	    w->made == NULL)
		return report_fault(rep, NULL, "out of memory");
	for (i = 0; i < n; i++) {
		const struct keyline *l = &w->backup.list.keys[i];

		if (!is_wanted(w, l, seen))
			continue;
		if (!w->backup.keys[i].wrapped) {
			report_warning(rep, NULL, NULL, "key %s: the backup has its public half "
			    "only: not restored", l->label == NULL ? "-" : l->label);
			continue;
		}
		w->index[w->n] = i;
		w->lines[w->n] = l;
		w->keys[w->n++] = &w->backup.keys[i];
	}
	for (i = 0; i < w->nonly; i++)
		if (!seen[i])
			v = report_broken(rep, NULL, NULL, "--only %s: no key of the backup has this "
			    "label", w->only[i]);
	if (v == ACCEPT && w->n == 0)
		v = report_broken(rep, NULL, NULL, "no key with a private half is in the backup");
	return v;
}

/* Whether it can be done at all, before anybody hands over a share. */
static enum verdict
open_token(struct work *w, struct report *rep)
{
	enum verdict	 v;

	if (w->policyfile != NULL && (w->policy = policy_load(w->policyfile, rep)) == NULL)
		return FAULT;
	if ((v = reach_open_one(&w->tokens, &w->token, &w->reach, w->policy, rep)) != ACCEPT)
		return v;
	return wrapper_way(w->token, rep) == NULL ? REFUSE : ACCEPT;
}

static enum verdict
get_key(struct work *w, struct report *rep)
{
	enum share_kind	 kind = SHARE_KEY;
	enum verdict	 v;

	w->take.set = &w->backup.set;
	w->take.paths = w->shares;
	w->take.taken = taken;
	if ((v = share_take(&w->key, &kind, &w->take, rep)) != ACCEPT)
		return v;
	if (w->key.len != BACKUP_KEY)
		return report_broken(rep, NULL, NULL, "what the shares make is no wrapping key");
	switch (backup_authentic(&w->backup, &w->key)) {
	case 1:
		return ACCEPT;
	case 0:
		return report_broken(rep, NULL, NULL, "the manifest was not made with this key: it "
		    "has been changed, or the shares are those of another backup");
	default:
		return report_fault(rep, NULL, "the manifest cannot be authenticated");
	}
}

static bool
same_name(const struct keyline *a, const struct keyline *b)
{
	return a->idlen == b->idlen && (a->idlen == 0 || memcmp(a->id, b->id, a->idlen) == 0) &&
	    strcmp(a->label == NULL ? "" : a->label, b->label == NULL ? "" : b->label) == 0;
}

/*
 * What the token has of key i: nothing; the whole key, or a half that an interrupted run left, which is
 * completed; or something else of that name, which stays as it is.
 */
static enum verdict
look(struct work *w, size_t i, struct report *rep)
{
	const struct inventory *inv = w->inventory;
	const char	*label = w->lines[i]->label == NULL ? "-" : w->lines[i]->label;
	size_t		 k;

	for (k = 0; k < inv->n; k++) {
		const struct holding *h = &inv->keys[k];

		if (!same_name(&h->line, w->lines[i]))
			continue;
		if (h->public.public != NULL && (h->public.len != w->keys[i]->key.len ||
		    memcmp(h->public.public, w->keys[i]->key.public, h->public.len) != 0))
			return report_broken(rep, NULL, NULL, "key %s: another key of this label and "
			    "id is on %s; nothing was touched", label, token_where(w->token));
		if (h->private_object != 0)
			w->there[i].private_object = h->private_object;
		if (h->public_object != 0)
			w->there[i].public_object = h->public_object;
	}
	return ACCEPT;
}

/* Those that are there already are taken off the list. */
static enum verdict
look_all(struct work *w, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 i, n;

	for (i = 0; i < w->n; i++)
		v = verdict_worse(v, look(w, i, rep));
	for (i = n = 0; v == ACCEPT && i < w->n; i++) {
		if (w->there[i].private_object != 0 && w->there[i].public_object != 0) {
			report_warning(rep, NULL, NULL, "key %s: it is on %s already: not touched",
			    w->lines[i]->label == NULL ? "-" : w->lines[i]->label,
			    token_where(w->token));
			continue;
		}
		w->index[n] = w->index[i];
		w->lines[n] = w->lines[i];
		w->keys[n] = w->keys[i];
		w->there[n++] = w->there[i];
	}
	if (v == ACCEPT)
		w->n = n;
	return v;
}

static enum verdict
restore_one(struct work *w, size_t i, struct report *rep)
{
	char		 file[BACKUP_KEY_FILE];
	const struct tarfile *f;
	enum verdict	 v = ACCEPT;

	f = tarball_find(&w->backup.files, backup_key_file(file, w->index[i]));
	if (w->dry || w->there[i].private_object == 0)
		v = wrapper_unwrap(w->wrapper, w->lines[i], w->keys[i], &f->data, !w->dry,
		    &w->made[i], rep);
	if (v == ACCEPT && (w->dry || w->there[i].public_object == 0))
		v = wrapper_public(w->wrapper, w->lines[i], w->keys[i], !w->dry, &w->made[i], rep);
	return v;
}

/* What is proven is the pair as it will be: halves of before together with those of now. */
static enum verdict
prove(struct work *w, struct report *rep)
{
	struct unwrapped *all;
	enum verdict	 v;
	size_t		 i;

	if ((all = calloc(w->n + 1, sizeof(*all))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	for (i = 0; i < w->n; i++) {
		all[i] = w->made[i];
		if (all[i].private_object == 0)
			all[i].private_object = w->there[i].private_object;
		if (all[i].public_object == 0)
			all[i].public_object = w->there[i].public_object;
	}
	v = wrapper_prove(w->wrapper, w->lines, w->keys, all, w->n, rep);
	free(all);
	return v;
}

/* Nothing of this run stays where it failed, or was only a try. */
static enum verdict
take_back(struct work *w, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 i;

	for (i = 0; i < w->n; i++)
		if (wrapper_drop(w->wrapper, &w->made[i]) == -1)
			v = report_fault(rep, NULL, "key %s: it cannot be taken back from %s: run "
			    "again, which completes it",
			    w->lines[i]->label == NULL ? "-" : w->lines[i]->label,
			    token_where(w->token));
	return v;
}

static enum verdict
restore(struct work *w, struct report *rep)
{
	enum verdict	 v;
	size_t		 i;

	if ((v = wrapper_open(&w->wrapper, w->tokens, w->token, &w->key, NULL, NULL, rep)) != ACCEPT)
		return v;
	if (!w->dry && (v = wrapper_sweep(w->wrapper, w->lines, w->n, rep)) != ACCEPT)
		return v;
	if ((v = inventory_take(&w->inventory, w->tokens, w->token, rep)) != ACCEPT)
		return report_fault(rep, NULL, "an object that cannot be read may be what is left of a "
		    "restore that was killed: delete it, or restore onto a fresh token");
	if (!w->dry && (v = look_all(w, rep)) != ACCEPT)
		return v;
	/* a signal is looked at between two keys, and what was made is taken back */
	interrupt_catch();
	for (i = 0; v == ACCEPT && i < w->n; i++) {
		v = restore_one(w, i, rep);
		if (v == ACCEPT && interrupt_came())
			v = report_fault(rep, NULL, "interrupted: what was made is taken back");
	}
	if (v == ACCEPT)
		v = prove(w, rep);
	if (v == ACCEPT && interrupt_came())
		v = report_fault(rep, NULL, "interrupted: what was made is taken back");
	if (v != ACCEPT || w->dry)
		v = verdict_worse(v, take_back(w, rep));
	return v;
}

static enum verdict
work(struct work *w, struct report *rep)
{
	enum verdict	 v;

	if (cms_init() == -1)
		return report_fault(rep, NULL, "no memory that can be locked: %s", strerror(errno));
	if ((v = load(w, rep)) != ACCEPT || (v = choose(w, rep)) != ACCEPT ||
	    (v = open_token(w, rep)) != ACCEPT || (v = get_key(w, rep)) != ACCEPT)
		return v;
	return restore(w, rep);
}

/* A line for each key that was restored, or could be, of the token on which it is. */
static enum verdict
deliver(const struct work *w, struct report *rep)
{
	const struct spot at = { "standard output", 0, 0 };
	const struct keytoken *t = &w->inventory->token;
	struct keylist	 list = KEYLIST_EMPTY;
	struct buf	 out = BUF_EMPTY;
	struct keyline	*l;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (keylist_add_token(&list, t->label, t->serial, t->model, t->firmware) != 0)
		v = report_fault(rep, NULL, "out of memory");
	for (i = 0; v == ACCEPT && i < w->n; i++) {
		if ((l = keylist_add(&list)) == NULL || keyline_copy(l, w->lines[i]) == -1)
			v = report_fault(rep, NULL, "out of memory");
		else
			l->token = 0;
	}
	if (v == ACCEPT && keylist_print(&out, &list) == -1)
		v = report_fault(rep, NULL, "out of memory");
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(rep, &at, "%s (the keys are %s)", strerror(errno),
		    w->dry ? "good" : "restored");
	if (v == ACCEPT)
		fprintf(stderr, "%s: %zu key%s %s on %s\n", tool.name, w->n, w->n == 1 ? "" : "s",
		    w->dry ? "unwrapped and proven, and nothing left" : "restored and proven",
		    token_where(w->token));
	keylist_clear(&list);
	buf_free(&out);
	return v;
}

static enum verdict
run(struct work *w)
{
	struct report	 rep = REPORT_EMPTY;
	enum verdict	 v;

	if ((v = work(w, &rep)) == ACCEPT)
		v = deliver(w, &rep);
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	wrapper_close(w->wrapper);
	secret_free(&w->key);
	inventory_free(w->inventory);
	tokens_close(w->tokens);
	reach_free(&w->reach);
	policy_free(w->policy);
	backup_clear(&w->backup);
	free(w->index);
	free(w->lines);
	free(w->keys);
	free(w->there);
	free(w->made);
	report_free(&rep);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	const char	*wrong = NULL;

	switch (id) {
	case OPT_DIGEST:
		w->digest = arg;
		break;
	case OPT_SHARE:
		if (w->take.n == SHARE_MAX)
			wrong = "--share: 16 times at most";
		else
			w->shares[w->take.n++] = (char *)(uintptr_t)arg;
		break;
	case OPT_PASSPHRASE_FD:
		if (share_descriptor(&w->take.fd, arg) == -1)
			wrong = "--passphrase-fd takes the number of an open descriptor from 3 up";
		break;
	case OPT_ONLY:
		return options_add(o, "only", arg, w->only, &w->nonly, ONLY_MAX);
	case OPT_DRY_RUN:
		w->dry = true;
		break;
	case OPT_MAX_BYTES:
		if (input_size(&w->max, arg) == -1)
			wrong = INPUT_SIZE_USAGE;
		break;
	case 'p':
		w->policyfile = arg;
		break;
	default:
		return reach_option(&w->reach, o, id, arg) == -1 ? -1 : 0;
	}
	return options_argument(o, wrong);
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .take = { .fd = -1 }, .max = TARBALL_MAX_DEFAULT,
			     .reach = REACH_EMPTY, .backup = BACKUP_EMPTY };
	struct options	 o;
	const char	*arg;
	int		 id;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((id = options_next(&o, &arg)) > 0)
		if (take_option(&w, &o, id, arg) == -1)
			return FAULT;
	if (id == OPTIONS_STOP)
		return o.status;
	if (reach_complete(&w.reach, &o, w.policyfile) == -1)
		return FAULT;
	w.archive = o.operands[0];
	return (int)run(&w);
}
