/*
 * backup-create: keys of a token, wrapped under a key that is made for this backup and split
 * into shares, as one archive.  The archive is written last: what is there is complete.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "act/backup_file.h"
#include "act/cms.h"
#include "act/share_make.h"
#include "base/tty.h"
#include "token/admin.h"
#include "token/reach.h"
#include "token/wrap.h"

#define FILES_MAX	64

enum { OPT_OUTPUT = OPTION_ID, OPT_FILE, OPT_PUBLIC_ONLY, OPT_TRUSTED, OPT_SO_PIN_FD };

static const struct option_spec specs[] = {
	{ OPT_OUTPUT, "output", "FOLDER", OPTION_REQUIRED | OPTION_CREATES,
	    "where key-backup-DATE.tar.gz, its sum, the shares and their record go" },
	SHARE_MAKE_SPECS,
	{ OPT_FILE, "file", "FILE", OPTION_REPEAT,
	    "a record, response or log to go along; may be repeated" },
	{ OPT_PUBLIC_ONLY, "public-only", "LABEL", OPTION_REPEAT,
	    "a key whose private half stays behind; may be repeated" },
	{ OPT_TRUSTED, "trusted", NULL, 0,
	    "the security officer marks the wrapping key as trusted" },
	{ OPT_SO_PIN_FD, "so-pin-fd", "N", 0, "read his PIN from descriptor N" },
	{ 'p', "policy", "FILE", 0, "the policy file, which goes along" },
	REACH_SPECS,
	OPTIONS_LAST
};
static const struct tool tool = {
	"backup-create", "Back up the keys of a token whose key-list lines are on standard input.",
	specs, NULL, 0, 0
};

struct work {
	const char	*folder;
	struct share_make make;
	const char	*files[FILES_MAX];
	size_t		 nfiles;
	const char	*public_only[FILES_MAX];
	size_t		 npublic;
	bool		 trusted;
	int		 so_pin_fd;	/* -1: ask */
	const char	*policyfile;
	struct reach	 reach;
	struct policy	*policy;
	struct tokens	*tokens;
	struct token	*token;
	struct wrapper	*wrapper;
	struct keylist	 wanted;
	struct inventory *inventory;
	struct secret	 key;
	struct backup	 backup;
	char		*prefix;	/* FOLDER/key-backup-DATE */
	char		*archive;	/* with suffix */
	char		*sum;
	struct buf	 bytes;
};

static int
get_so_pin(void *arg, const char *token, struct secret *pin)
{
	const struct work *w = arg;
	char		 question[128];

	if (w->so_pin_fd != -1)
		return secret_read(pin, w->so_pin_fd);
	snprintf(question, sizeof(question), "Security officer's PIN of token %s: ", token);
	return tty_ask_secret(question, pin);
}

/* The names of what is to be made, none of which is there. */
static enum verdict
name_files(struct work *w, struct report *rep)
{
	struct spot	 at = { NULL, 0, 0 };

	w->backup.made = (int64_t)time(NULL);
	backup_name(w->backup.name, w->backup.made);
	if (asprintf(&w->prefix, "%s/%s", w->folder, w->backup.name) == -1)
		w->prefix = NULL;
	else if (asprintf(&w->archive, "%s" BACKUP_SUFFIX, w->prefix) == -1)
		w->archive = NULL;
	else if (asprintf(&w->sum, "%s" BACKUP_SUM, w->archive) == -1)
		w->sum = NULL;
	if (w->prefix == NULL || w->archive == NULL || w->sum == NULL)
		return report_fault(rep, NULL, "out of memory");
	at.input = access(w->archive, F_OK) == 0 ? w->archive : w->sum;
	if (access(at.input, F_OK) == 0)
		return report_fault(rep, &at, "exists; nothing is overwritten, and a day has one "
		    "backup");
	at.input = w->folder;
	if (access(w->folder, W_OK | X_OK) == -1)
		return report_fault(rep, &at, "%s", strerror(errno));
	return ACCEPT;
}

/* A file that goes along, under its own name. */
static enum verdict
take_file(struct work *w, const char *path, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	const char	*slash = strrchr(path, '/');
	char		 name[TARBALL_NAME_MAX + 1];
	struct buf	 data = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	int		 n;

	n = snprintf(name, sizeof(name), "files/%s", slash == NULL ? path : slash + 1);
	if (n > TARBALL_NAME_MAX - BACKUP_NAME || !tarball_name(name))
		return report_fault(rep, &at, "a file of this name cannot go along: letters, digits "
		    "and '._+-' only, no dot in front, up to 60");
	if (buf_load(&data, path, TARBALL_MAX_DEFAULT / 2) == -1)
		v = report_fault(rep, &at, "%s", strerror(errno));
	else if (tarball_add(&w->backup.files, name, &data) == -1)
		v = report_fault(rep, &at, "%s", errno == EEXIST ? "another file of this name goes "
		    "along already" : strerror(errno));
	buf_free(&data);
	return v;
}

/* A policy with a PIN in it would take the PIN wherever the copies go. */
static enum verdict
take_policy(struct work *w, struct report *rep)
{
	const struct spot at = { w->policyfile, 0, 0 };
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (w->policyfile == NULL)
		return ACCEPT;
	if ((w->policy = policy_load(w->policyfile, rep)) == NULL)
		return FAULT;
	for (i = 0; i < w->policy->nhsms; i++)
		if (w->policy->hsms[i].pin.text != NULL || w->policy->hsms[i].so_pin.text != NULL)
			v = report_broken(rep, &at, NULL, "hsm %s: it holds a PIN, which is not for a "
			    "backup: take it out first", w->policy->hsms[i].name);
	return v == ACCEPT ? take_file(w, w->policyfile, rep) : v;
}

static enum verdict
take_inputs(struct work *w, struct report *rep)
{
	const struct spot at = { "-", 0, 0 };
	enum verdict	 v;
	size_t		 i;

	if ((v = name_files(w, rep)) != ACCEPT || (v = take_policy(w, rep)) != ACCEPT)
		return v;
	for (i = 0; i < w->nfiles; i++)
		v = verdict_worse(v, take_file(w, w->files[i], rep));
	if (v != ACCEPT || (v = keylist_load(&w->wanted, "-", rep)) != ACCEPT)
		return v;
	if (w->wanted.n == 0)
		return report_broken(rep, &at, NULL, "no key-list line");
	return ACCEPT;
}

static enum verdict
open_token(struct work *w, struct report *rep)
{
	const char	*how;
	enum verdict	 v;

	if ((v = reach_open_one(&w->tokens, &w->token, &w->reach, w->policy, rep)) != ACCEPT)
		return v;
	if ((how = wrapper_way(w->token, rep)) == NULL)
		return REFUSE;
	snprintf(w->backup.wrap, sizeof(w->backup.wrap), "%s", how);
	if (secret_room(&w->key) == -1 ||
	    token_random(w->token, (unsigned char *)w->key.text, BACKUP_KEY) == -1)
		return report_fault(rep, NULL, "no key can be made: no random bytes or no memory that "
		    "can be locked");
	w->key.len = BACKUP_KEY;
	v = wrapper_open(&w->wrapper, w->tokens, w->token, &w->key,
	    w->trusted ? get_so_pin : NULL, w, rep);
	return v == ACCEPT ? inventory_take(&w->inventory, w->tokens, w->token, rep) : v;
}

/* The one key of the token that a line means. */
static enum verdict
find_key(const struct holding **out, const struct work *w, const struct keyline *l,
    struct report *rep)
{
	const struct spot at = { "-", l->line, 0 };
	const struct inventory *inv = w->inventory;
	const char	*label = l->label == NULL ? "-" : l->label;
	const struct holding *h;
	size_t		 i, all, n = 0;

	if (l->token != SIZE_MAX && strcmp(w->wanted.tokens[l->token].serial, inv->token.serial) != 0)
		return report_broken(rep, &at, NULL, "key %s is of token %s serial %s, not of this "
		    "one", label, w->wanted.tokens[l->token].label,
		    w->wanted.tokens[l->token].serial);
	h = inventory_named(inv, l, &all);
	for (i = 0; i < all; i++)
		if (keyline_same(&h[i].line, l)) {
			*out = &h[i];
			n++;
		}
	if (n != 1)
		return report_broken(rep, &at, NULL, n == 0 ? "key %s is not on %s" :
		    "key %s stands more than once on %s", label, token_where(w->token));
	if ((*out)->public.public == NULL)
		return report_broken(rep, &at, NULL, "key %s: the token does not tell its public "
		    "key, so that a restored one could not be proven", label);
	if ((*out)->strange != NULL && (*out)->private_object != 0 && (*out)->public_object != 0)
		return report_broken(rep, &at, NULL, "key %s: %s", label, (*out)->strange);
	return ACCEPT;
}

static bool
is_public_only(const struct work *w, const struct keyline *l)
{
	size_t	 i;

	for (i = 0; i < w->npublic; i++)
		if (l->label != NULL && strcmp(w->public_only[i], l->label) == 0)
			return true;
	return false;
}

/* The line for the archive: what was known before, with what the token itself says. */
static enum verdict
add_line(struct work *w, const struct keyline *l, const struct holding *h, struct report *rep)
{
	struct keyline	*line;
	char		 file[BACKUP_FILE];
	bool		 dated = h->line.from != KEYLIST_ALWAYS || h->line.until != KEYLIST_FOREVER;

	if ((line = keylist_add(&w->backup.list)) == NULL || keyline_copy(line, l) == -1)
		return report_fault(rep, NULL, "out of memory");
	free(line->archive);
	if ((line->archive = strdup(backup_file(file, w->backup.name))) == NULL)
		return report_fault(rep, NULL, "out of memory");
	line->token = 0;
	line->flags = h->line.flags;
	if (line->bits == 0)
		line->bits = h->line.bits;
	if (line->algorithm == 0)
		line->algorithm = h->line.algorithm;
	if (dated) {
		line->from = h->line.from;
		line->until = h->line.until;
	}
	return ACCEPT;
}

/* One key into the backup, as the i-th. */
static enum verdict
take_key(struct work *w, const struct keyline *l, size_t i, struct report *rep)
{
	const struct spot at = { "-", l->line, 0 };
	struct backup_key *k = &w->backup.keys[i];
	const struct holding *h = NULL;
	struct buf	 wrapped = BUF_EMPTY;
	const char	*why = NULL;
	char		 file[BACKUP_KEY_FILE];
	enum verdict	 v;

	if ((v = find_key(&h, w, l, rep)) != ACCEPT)
		return v;
	k->wrapped = !is_public_only(w, l);
	if (k->wrapped && (v = wrapper_wrap(w->wrapper, h, &wrapped, &why, rep)) == REFUSE)
		v = report_broken(rep, &at, NULL, "key %s cannot be backed up: %s; name it with "
		    "--public-only to leave its private half behind",
		    l->label == NULL ? "-" : l->label, why);
	if (v == ACCEPT && (v = add_line(w, l, h, rep)) == ACCEPT) {
		wrapper_attributes(w->wrapper, h, k);
		if (h->line.from != KEYLIST_ALWAYS || h->line.until != KEYLIST_FOREVER) {
			k->private |= k->wrapped ? ATTR_DATED : 0;
			k->public |= ATTR_DATED;
		}
		if (key_copy(&k->key, &h->public) == -1 || (k->wrapped &&
		    tarball_add(&w->backup.files, backup_key_file(file, i), &wrapped) == -1))
			v = report_fault(rep, NULL, "out of memory");
		/* where nobody knows which of the two: the key is the same */
		if (k->key.algorithm == 0 && h->family == FAMILY_RSA)
			k->key.algorithm = RSASHA256;
	}
	buf_free(&wrapped);
	return v;
}

/* Every label that was named is one of the lines. */
static enum verdict
judge_public_only(const struct work *w, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	size_t		 i, j;

	for (i = 0; i < w->npublic; i++) {
		for (j = 0; j < w->wanted.n; j++)
			if (w->wanted.keys[j].label != NULL &&
			    strcmp(w->wanted.keys[j].label, w->public_only[i]) == 0)
				break;
		if (j == w->wanted.n)
			v = report_broken(rep, NULL, NULL, "--public-only %s: no line has this "
			    "label", w->public_only[i]);
	}
	return v;
}

static enum verdict
take_keys(struct work *w, struct report *rep)
{
	const struct keytoken *t = &w->inventory->token;
	enum verdict	 v;
	size_t		 i;

	if ((v = judge_public_only(w, rep)) != ACCEPT)
		return v;
	keylist_sort(&w->wanted);
	if ((w->backup.keys = calloc(w->wanted.n + 1, sizeof(*w->backup.keys))) == NULL ||
	    keylist_add_token(&w->backup.list, t->label, t->serial, t->model, t->firmware) != 0)
		return report_fault(rep, NULL, "out of memory");
	/* a key that is refused takes no place */
	for (i = 0; i < w->wanted.n; i++)
		v = verdict_worse(v, take_key(w, &w->wanted.keys[i], w->backup.list.n, rep));
	for (i = 1; v == ACCEPT && i < w->backup.list.n; i++)
		if (keyline_compare(&w->backup.list.keys[i - 1], &w->backup.list.keys[i]) == 0)
			v = report_broken(rep, NULL, NULL, "key %s is named twice",
			    w->backup.list.keys[i].label);
	return v;
}

static enum verdict
create(const struct buf *b, const char *path, mode_t mode, struct report *rep)
{
	const struct spot at = { path, 0, 0 };

	if (buf_create(b, path, mode) == 0)
		return ACCEPT;
	return report_fault(rep, &at, "%s", errno == EEXIST ? "exists; nothing is overwritten" :
	    strerror(errno));
}

/* The archive, read back as anybody would, before it is a file; then the file and its sum. */
static enum verdict
write_archive(struct work *w, struct report *rep)
{
	struct backup	 again = BACKUP_EMPTY;
	struct buf	 sum = BUF_EMPTY;
	char		 file[BACKUP_FILE];
	enum verdict	 v;

	if (backup_write(&w->bytes, &w->backup, &w->key) == -1)
		return report_fault(rep, NULL, "the archive cannot be made: %s", strerror(errno));
	v = backup_read(&again, &w->bytes, TARBALL_MAX_DEFAULT, "the archive", rep);
	if (v != ACCEPT || backup_authentic(&again, &w->key) != 1)
		v = report_fault(rep, NULL, "the archive is not sound; it was not written");
	else
		memcpy(w->backup.digest, again.digest, DIGEST_SIZE);
	if (v == ACCEPT && backup_sum(&sum, w->backup.digest,
	    backup_file(file, w->backup.name)) == -1)
		v = report_fault(rep, NULL, "out of memory");
	if (v == ACCEPT && (v = create(&w->bytes, w->archive, 0600, rep)) == ACCEPT &&
	    (v = create(&sum, w->sum, 0644, rep)) != ACCEPT)
		unlink(w->archive);
	buf_free(&sum);
	backup_clear(&again);
	return v;
}

static enum verdict
back_up(struct work *w, struct report *rep)
{
	enum verdict	 v;

	if (cms_init() == -1)
		return report_fault(rep, NULL, "no memory that can be locked: %s", strerror(errno));
	if ((v = take_inputs(w, rep)) != ACCEPT || (v = open_token(w, rep)) != ACCEPT)
		return v;
	v = take_keys(w, rep);
	wrapper_close(w->wrapper);
	w->wrapper = NULL;
	if (v != ACCEPT)
		return v;
	if ((v = share_make(&w->backup.set, &w->make, SHARE_KEY, &w->key, w->prefix, token_random,
	    w->token, rep)) != ACCEPT)
		return v;
	if ((v = write_archive(w, rep)) != ACCEPT)
		share_make_undo(&w->make, w->prefix);
	return v;
}

/* The lines of the keys for the record; the digest for paper. */
static enum verdict
deliver(const struct work *w, struct report *rep)
{
	const struct spot at = { "standard output", 0, 0 };
	struct buf	 lines = BUF_EMPTY, digest = BUF_EMPTY;
	char		 file[BACKUP_FILE];
	enum verdict	 v = ACCEPT;

	if (keylist_print(&lines, &w->backup.list) == -1 || digest_print(&digest,
	    w->backup.digest, backup_file(file, w->backup.name)) == -1)
		v = report_fault(rep, NULL, "out of memory (the backup is there)");
	else if (buf_write(&digest, STDERR_FILENO) == -1 || buf_write(&lines, STDOUT_FILENO) == -1)
		v = report_fault(rep, &at, "%s (the backup is there)", strerror(errno));
	buf_free(&lines);
	buf_free(&digest);
	return v;
}

static enum verdict
run(struct work *w)
{
	struct report	 rep = REPORT_EMPTY;
	enum verdict	 v;

	if ((v = back_up(w, &rep)) == ACCEPT)
		v = deliver(w, &rep);
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	wrapper_close(w->wrapper);
	secret_free(&w->key);
	inventory_free(w->inventory);
	tokens_close(w->tokens);
	reach_free(&w->reach);
	policy_free(w->policy);
	keylist_clear(&w->wanted);
	backup_clear(&w->backup);
	buf_free(&w->bytes);
	free(w->prefix);
	free(w->archive);
	free(w->sum);
	report_free(&rep);
	return v;
}

static int
take_option(struct work *w, const struct options *o, int id, const char *arg)
{
	int	 rc;

	switch (id) {
	case OPT_OUTPUT:
		w->folder = arg;
		return 0;
	case OPT_FILE:
		return options_add(o, "file", arg, w->files, &w->nfiles, FILES_MAX);
	case OPT_PUBLIC_ONLY:
		return options_add(o, "public-only", arg, w->public_only, &w->npublic, FILES_MAX);
	case OPT_TRUSTED:
		w->trusted = true;
		return 0;
	case OPT_SO_PIN_FD:
		if (share_descriptor(&w->so_pin_fd, arg) == 0)
			return 0;
		options_usage(o, "--so-pin-fd takes the number of an open descriptor from 3 up");
		return -1;
	case 'p':
		w->policyfile = arg;
		return 0;
	}
	if ((rc = share_make_option(&w->make, o, id, arg)) == 0)
		rc = reach_option(&w->reach, o, id, arg);
	return rc == -1 ? -1 : 0;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .make = SHARE_MAKE_EMPTY, .reach = REACH_EMPTY, .so_pin_fd = -1,
			     .wanted = KEYLIST_EMPTY, .backup = BACKUP_EMPTY };
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
	if (share_make_complete(&w.make, &o) == -1 ||
	    reach_complete(&w.reach, &o, w.policyfile) == -1)
		return FAULT;
	if (w.so_pin_fd != -1 && !w.trusted)
		return (int)options_usage(&o, "--so-pin-fd is for --trusted");
	return (int)run(&w);
}
