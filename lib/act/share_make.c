#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "act/share_file.h"
#include "act/share_make.h"
#include "base/tty.h"

#define PASSPHRASE_MIN	8

int
share_descriptor(int *fd, const char *text)
{
	char	*end;
	long	 n = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n < 3 || n > 1023)
		return -1;
	*fd = (int)n;
	return 0;
}

static int
small_number(unsigned *out, const char *text)
{
	char		*end;
	unsigned long	 n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || n < 2 || n > SHARE_MAX)
		return -1;
	*out = (unsigned)n;
	return 0;
}

static int
add(const char **list, size_t *n, const char *arg)
{
	if (*n == SHARE_MAX || *arg == '\0')
		return -1;
	list[(*n)++] = arg;
	return 0;
}

int
share_make_option(struct share_make *w, const struct options *o, int id, const char *arg)
{
	const char	*wrong = NULL;

	switch (id) {
	case SHARE_NEEDED:
		if (small_number(&w->m, arg) == -1)
			wrong = "--needed takes a number from 2 to 16";
		break;
	case SHARE_SHARES:
		if (small_number(&w->n, arg) == -1)
			wrong = "--shares takes a number from 2 to 16";
		break;
	case SHARE_HOLDER:
		if (strlen(arg) > SHARE_HOLDER_MAX || add(w->holders, &w->nholders, arg) == -1)
			wrong = "--holder takes a name of up to 100 bytes, 16 times at most";
		break;
	case SHARE_TO:
		if (add(w->folders, &w->nfolders, arg) == -1)
			wrong = "--to takes a folder, 16 times at most";
		break;
	case SHARE_PASSPHRASES:
		w->sealed = true;
		break;
	case SHARE_MAKE_FD:
		w->sealed = true;
		if (share_descriptor(&w->fd, arg) == -1)
			wrong = "--passphrase-fd takes the number of an open descriptor from 3 up";
		break;
	case SHARE_SHEETS:
		w->sheets = true;
		break;
	default:
		return 0;
	}
	if (wrong != NULL)
		options_usage(o, "%s", wrong);
	return wrong != NULL ? -1 : 1;
}

int
share_make_complete(struct share_make *w, const struct options *o)
{
	const char	*wrong = NULL;

	if (w->n == 0)
		w->n = (unsigned)w->nholders;
	if (w->m == 0 || w->n == 0)
		wrong = "give --needed, and --shares or a --holder for each";
	else if (w->m > w->n || w->n < 2)
		wrong = "more shares are needed than there are";
	else if (w->nholders != 0 && w->nholders != w->n)
		wrong = "give a --holder for each share, or none";
	else if (w->nfolders != 0 && w->nfolders != w->n)
		wrong = "give a folder --to for each share, or none";
	else if (w->sheets && !w->sealed)
		wrong = "--sheets is for sealed shares; others are sheets already";
	if (wrong != NULL)
		options_usage(o, "%s", wrong);
	return wrong != NULL ? -1 : 0;
}

/* PREFIX-3.share, or its last part in the share's folder. */
static int
file_name(struct buf *path, const struct share_make *w, const char *prefix, unsigned number,
    const char *suffix)
{
	const char	*slash = strrchr(prefix, '/');

	if (w->nfolders == 0)
		return buf_printf(path, "%s-%u%s", prefix, number, suffix);
	return buf_printf(path, "%s/%s-%u%s", w->folders[number - 1],
	    slash == NULL ? prefix : slash + 1, number, suffix);
}

static enum verdict
create(const struct buf *text, const char *path, mode_t mode, struct report *rep)
{
	const struct spot at = { path, 0, 0 };

	if (buf_create(text, path, mode) == 0)
		return ACCEPT;
	return report_fault(rep, &at, "%s", errno == EEXIST ? "exists; nothing is overwritten" :
	    strerror(errno));
}

/* One file of a share: its sheet, or sealed. */
static enum verdict
write_share(const struct share_make *w, const char *prefix, const struct share *s,
    const struct secret *passphrase, struct report *rep)
{
	const char	*holder = w->nholders == 0 ? NULL : w->holders[s->number - 1];
	struct buf	 path = BUF_EMPTY, sealed = BUF_EMPTY, sheet = BUF_EMPTY;
	enum verdict	 v = FAULT;

	if (share_room(&sheet) == -1 || share_print(&sheet, s, holder) == -1 ||
	    file_name(&path, w, prefix, s->number, ".share") == -1 ||
	    (passphrase != NULL && share_seal(&sealed, s, holder, passphrase) == -1))
		report_fault(rep, NULL, "share %u cannot be made: %s", s->number, strerror(errno));
	else
		v = create(passphrase != NULL ? &sealed : &sheet, (char *)path.data, 0600, rep);
	buf_free(&path);
	if (v == ACCEPT && passphrase != NULL && w->sheets) {
		if (file_name(&path, w, prefix, s->number, ".sheet") == -1)
			v = report_fault(rep, NULL, "out of memory");
		else
			v = create(&sheet, (char *)path.data, 0600, rep);
	}
	buf_free(&path);
	buf_free(&sealed);
	share_room_free(&sheet);
	return v;
}

static enum verdict
write_record(const struct share_set *set, const char *prefix, struct report *rep)
{
	struct buf	 path = BUF_EMPTY, text = BUF_EMPTY;
	enum verdict	 v;

	if (buf_printf(&path, "%s.shares", prefix) == -1 || share_set_print(&text, set) == -1)
		v = report_fault(rep, NULL, "out of memory");
	else
		v = create(&text, (char *)path.data, 0644, rep);
	buf_free(&path);
	buf_free(&text);
	return v;
}

/* The files of share number i, in the order in which they are made; NULL behind them. */
static const char *const suffixes[] = { ".share", ".sheet", NULL };

static void
remove_file(const struct share_make *w, const char *prefix, unsigned number, const char *suffix)
{
	struct buf	 path = BUF_EMPTY;

	if (file_name(&path, w, prefix, number, suffix) == 0)
		unlink((char *)path.data);
	buf_free(&path);
}

static void
remove_shares(const struct share_make *w, const char *prefix, unsigned n)
{
	unsigned	 i, k;

	for (i = 1; i <= n; i++)
		for (k = 0; suffixes[k] != NULL; k++)
			if (k == 0 || w->sheets)
				remove_file(w, prefix, i, suffixes[k]);
}

void
share_make_undo(const struct share_make *w, const char *prefix)
{
	struct buf	 path = BUF_EMPTY;

	remove_shares(w, prefix, w->n);
	if (buf_printf(&path, "%s.shares", prefix) == 0)
		unlink((char *)path.data);
	buf_free(&path);
}

/* No file of these names is there yet; so what is removed after a failure is ours. */
static enum verdict
names_free(const struct share_make *w, const char *prefix, struct report *rep)
{
	struct buf	 path = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	unsigned	 i, k;

	for (i = 0; v == ACCEPT && i <= w->n; i++)
		for (k = 0; v == ACCEPT && suffixes[k] != NULL; k++) {
			struct spot	 at = { NULL, 0, 0 };

			if ((i == 0 ? buf_printf(&path, "%s.shares", prefix) :
			    file_name(&path, w, prefix, i, suffixes[k])) == -1)
				return report_fault(rep, NULL, "out of memory");
			at.input = (char *)path.data;
			if (access(at.input, F_OK) == 0)
				v = report_fault(rep, &at, "exists; nothing is overwritten");
			else if (errno != ENOENT)
				v = report_fault(rep, &at, "%s", strerror(errno));
			buf_free(&path);
		}
	return v;
}

static enum verdict
write_files(const struct share_set *set, const struct share_make *w, const char *prefix,
    const struct share *shares, const struct secret *passphrases, struct report *rep)
{
	enum verdict	 v = ACCEPT;
	unsigned	 i;

	for (i = 0; v == ACCEPT && i < w->n; i++)
		v = write_share(w, prefix, &shares[i], w->sealed ? &passphrases[i] : NULL, rep);
	if (v == ACCEPT)
		v = write_record(set, prefix, rep);
	if (v != ACCEPT)
		remove_shares(w, prefix, i);
	return v;
}

static int
ask_twice(struct secret *out, const char *who)
{
	char		 question[SHARE_WHO + 64];
	struct secret	 again = SECRET_EMPTY;
	int		 rc = -1;

	snprintf(question, sizeof(question), "New passphrase for %s: ", who);
	if (tty_ask_secret(question, out) == -1)
		return -1;
	if (tty_ask_secret("The same again: ", &again) == 0) {
		if (again.len == out->len && memcmp(again.text, out->text, out->len) == 0)
			rc = 0;
		else
			errno = EKEYREJECTED;
	}
	secret_free(&again);
	return rc;
}

static enum verdict
get_passphrases(struct secret *out, const struct share_make *w, struct report *rep)
{
	char		 who[SHARE_WHO];
	unsigned	 i;

	for (i = 0; w->sealed && i < w->n; i++) {
		share_who(who, i + 1, w->m, w->n, w->nholders == 0 ? NULL : w->holders[i]);
		if ((w->fd != -1 ? secret_read(&out[i], w->fd) : ask_twice(&out[i], who)) == -1)
			return report_fault(rep, NULL, "no passphrase for %s: %s", who,
			    errno == EKEYREJECTED ? "the two were not the same" : strerror(errno));
		if (out[i].len < PASSPHRASE_MIN)
			return report_fault(rep, NULL, "the passphrase for %s is shorter than %d "
			    "characters", who, PASSPHRASE_MIN);
	}
	return ACCEPT;
}

/* Split, and joined again from the last shares, before anything is written. */
static enum verdict
split(struct share_set *set, struct share *shares, const struct secret *secret,
    share_random_fn *random, void *arg, struct report *rep)
{
	struct secret	 back = SECRET_EMPTY;
	enum verdict	 v = FAULT;

	if (share_split(set, shares, secret, random, arg) == -1)
		report_fault(rep, NULL, "the secret cannot be split: %s", errno == EIO ?
		    "no random bytes" : strerror(errno));
	else if (share_join(&back, shares + (set->n - set->m), set->m) != 1 ||
	    back.len != secret->len || memcmp(back.text, secret->text, back.len) != 0)
		report_fault(rep, NULL, "the shares do not give the secret back");
	else
		v = ACCEPT;
	secret_free(&back);
	return v;
}

enum verdict
share_make(struct share_set *out, const struct share_make *w, enum share_kind kind,
    const struct secret *secret, const char *prefix, share_random_fn *random, void *arg,
    struct report *rep)
{
	struct share_set set = { .kind = kind, .m = w->m, .n = w->n };
	struct share	 shares[SHARE_MAX] = { { .m = 0 } };
	struct secret	 passphrases[SHARE_MAX] = { SECRET_EMPTY };
	enum verdict	 v;
	unsigned	 i;

	if ((v = names_free(w, prefix, rep)) != ACCEPT)
		return v;
	for (i = 0; i < w->nholders; i++)
		if ((set.holder[i] = strdup(w->holders[i])) == NULL)
			v = report_fault(rep, NULL, "out of memory");
	if (v == ACCEPT && (v = get_passphrases(passphrases, w, rep)) == ACCEPT &&
	    (v = split(&set, shares, secret, random, arg, rep)) == ACCEPT)
		v = write_files(&set, w, prefix, shares, passphrases, rep);
	for (i = 0; i < SHARE_MAX; i++) {
		share_clear(&shares[i]);
		secret_free(&passphrases[i]);
	}
	if (v == ACCEPT) {
		share_set_clear(out);
		*out = set;
	} else
		share_set_clear(&set);
	return v;
}
