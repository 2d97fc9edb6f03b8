#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "act/share_file.h"
#include "act/share_take.h"
#include "base/tty.h"

#define TRIES	3			/* for a share that is asked for */
#define PATH	4096

/* What has been taken so far; names[i] says where shares[i] came from. */
struct taking {
	const struct share_take *w;
	struct share	 shares[SHARE_MAX];
	char		*names[SHARE_MAX];
	size_t		 n;
};

static int
get_passphrase(void *arg, const char *who, struct secret *out)
{
	const struct share_take *w = arg;
	char		 question[SHARE_WHO + 64];

	if (w->fd != -1)
		return secret_read(out, w->fd);
	snprintf(question, sizeof(question), "Passphrase for %s: ", who);
	return tty_ask_secret(question, out);
}

static const char *
holder_of(const struct share_take *w, unsigned number)
{
	return w->set == NULL || number < 1 || number > w->set->n ? NULL :
	    w->set->holder[number - 1];
}

static void
say(const struct share_take *w, const struct share *s)
{
	char	 who[SHARE_WHO];

	if (w->taken != NULL)
		w->taken(share_who(who, s->number, s->m, s->n, holder_of(w, s->number)));
}

/* The share that stands behind the others, judged with them: as the last of them, alone. */
static enum verdict
judge_last(struct taking *t, struct report *rep)
{
	struct report	 all = REPORT_EMPTY;
	enum verdict	 v;
	size_t		 i, before = 0;

	/* that there are too few yet is no fault of this one */
	v = share_judge(t->w->set, t->shares, t->n + 1, (const char *const *)t->names, &all);
	for (i = 0; i < all.count; i++)
		if (all.findings[i].input != NULL) {
			const struct spot at = { all.findings[i].input, 0, 0 };

			report_broken(rep, &at, NULL, "%s", all.findings[i].text);
			before++;
		}
	report_free(&all);
	return v == FAULT ? FAULT : before > 0 ? REFUSE : ACCEPT;
}

/* The share read into the next place, which counts only if it is accepted. */
static enum verdict
accept_share(struct taking *t, const char *name, struct report *rep)
{
	enum verdict	 v;

	if ((t->names[t->n] = strdup(name)) == NULL)
		v = report_fault(rep, NULL, "out of memory");
	else
		v = judge_last(t, rep);
	if (v == ACCEPT) {
		say(t->w, &t->shares[t->n]);
		t->n++;
		return v;
	}
	free(t->names[t->n]);
	t->names[t->n] = NULL;
	share_clear(&t->shares[t->n]);
	return v;
}

/* All files that were named, so that all that is wrong is said. */
static enum verdict
take_files(struct taking *t, struct report *rep)
{
	enum verdict	 v = ACCEPT, w;
	size_t		 i;

	for (i = 0; i < t->w->n; i++) {
		if (t->n == SHARE_MAX)
			return report_broken(rep, NULL, NULL, "more than %d shares", SHARE_MAX);
		w = share_load(&t->shares[t->n], t->w->paths[i], get_passphrase,
		    (void *)(uintptr_t)t->w, rep);
		if (w == ACCEPT)
			w = accept_share(t, t->w->paths[i], rep);
		v = verdict_worse(v, w);
	}
	return v;
}

/* The lines of a sheet, unseen, until they are a share; a bad one is asked for again. */
static enum verdict
type_lines(struct share *out, struct secret *all, unsigned number, const char *holder,
    struct report *rep)
{
	struct secret	 line = SECRET_EMPTY;
	char		 question[SHARE_WHO + 64];
	const char	*why = "its check value does not match";
	enum verdict	 v = REFUSE;
	unsigned	 i = 1, bad = 0;

	while (v == REFUSE && i <= share_lines(SHARE_SECRET_MAX) && bad <= TRIES * i) {
		snprintf(question, sizeof(question), "%s%sshare %u, line %u: ",
		    holder == NULL ? "" : holder, holder == NULL ? "" : ", ", number, i);
		if (tty_ask_secret(question, &line) == -1)
			v = report_fault(rep, NULL, "share %u: %s", number, strerror(errno));
		else if (share_line(all, i, line.text, &why) == -1) {
			bad++;
			if (tty_show(why) == -1 || tty_show("\n") == -1)
				v = report_fault(rep, NULL, "the terminal is gone");
		} else if (share_from_lines(out, all, &why) == 0)
			v = ACCEPT;
		else
			i++;
	}
	secret_free(&line);
	if (v == REFUSE)
		report_broken(rep, NULL, NULL, "share %u, line %u: %s", number, i, why);
	return v;
}

static enum verdict
type_sheet(struct taking *t, unsigned number, struct report *rep)
{
	struct spot	 at = { "the sheet typed in", 0, 0 };
	struct share	*s = &t->shares[t->n];
	struct secret	 all = SECRET_EMPTY;
	enum verdict	 v;

	if (secret_room(&all) == -1)
		return report_fault(rep, NULL, "no memory that can be locked");
	v = type_lines(s, &all, number, holder_of(t->w, number), rep);
	if (v == ACCEPT && s->number != number) {
		v = report_broken(rep, &at, NULL, "it is share %u, not %u", s->number, number);
		share_clear(s);
	}
	secret_free(&all);
	return v == ACCEPT ? accept_share(t, at.input, rep) : v;
}

/* 1 to 16 is the number of a sheet; anything else is a file. */
static unsigned
sheet_number(const char *answer)
{
	char		*end;
	unsigned long	 n = strtoul(answer, &end, 10);

	return *answer >= '1' && *answer <= '9' && *end == '\0' && n <= SHARE_MAX ?
	    (unsigned)n : 0;
}

static enum verdict
ask_share(struct taking *t, unsigned m, struct report *rep)
{
	char		 question[160], answer[PATH];
	unsigned	 number;
	enum verdict	 v;
	int		 n;

	if (m == 0)
		snprintf(question, sizeof(question), "First share: its file, or the number of a "
		    "sheet to type: ");
	else
		snprintf(question, sizeof(question), "Share %zu of the %u needed: its file, or the "
		    "number of a sheet to type: ", t->n + 1, m);
	if ((n = tty_ask(question, answer, sizeof(answer))) == -1)
		return report_fault(rep, NULL, "no share can be asked for at the terminal: %s",
		    strerror(errno));
	if (n == 0 || strlen(answer) != (size_t)n)
		return report_broken(rep, NULL, NULL, "no share was named");
	if ((number = sheet_number(answer)) != 0)
		return type_sheet(t, number, rep);
	v = share_load(&t->shares[t->n], answer, get_passphrase, (void *)(uintptr_t)t->w, rep);
	return v == ACCEPT ? accept_share(t, answer, rep) : v;
}

/* What was wrong with this one, where another can be given. */
static int
show(const struct report *rep)
{
	size_t	 i;
	int	 rc = 0;

	for (i = 0; rc == 0 && i < rep->count; i++)
		if (tty_show(rep->findings[i].text) == -1 || tty_show("\n") == -1)
			rc = -1;
	return rc;
}

/* At the terminal, one after the other; of those that are not good, a few. */
static enum verdict
take_asked(struct taking *t, struct report *rep)
{
	struct report	 one = REPORT_EMPTY;
	unsigned	 m = t->w->set == NULL ? 0 : t->w->set->m, bad = 0;
	enum verdict	 v;
	size_t		 i;

	while (m == 0 || t->n < m) {
		if ((v = ask_share(t, m, &one)) == ACCEPT) {
			m = t->shares[0].m;
		} else if (show(&one) == -1 || ++bad == TRIES) {
			for (i = 0; i < one.count; i++) {
				struct spot	 at = { one.findings[i].input, 0, 0 };

				if (v == REFUSE)
					report_broken(rep, &at, NULL, "%s", one.findings[i].text);
				else
					report_fault(rep, &at, "%s", one.findings[i].text);
			}
			report_free(&one);
			return v;
		}
		report_free(&one);
		one = (struct report)REPORT_EMPTY;
	}
	return ACCEPT;
}

static enum verdict
join(struct secret *out, const struct taking *t, struct report *rep)
{
	enum verdict	 v;
	int		 rc;

	v = share_judge(t->w->set, t->shares, t->n, (const char *const *)t->names, rep);
	if (v != ACCEPT)
		return v;
	if ((rc = share_join(out, t->shares, t->n)) == 1)
		return ACCEPT;
	if (rc == 0)
		return report_broken(rep, NULL, NULL, "these shares do not make what was split: one "
		    "of them is not the one that was made");
	return report_fault(rep, NULL, "the shares cannot be joined: %s", strerror(errno));
}

enum verdict
share_take(struct secret *out, enum share_kind *kind, const struct share_take *w, struct report *rep)
{
	struct taking	 t = { .w = w };
	enum verdict	 v;
	size_t		 i;

	v = w->n > 0 ? take_files(&t, rep) : take_asked(&t, rep);
	if (v == ACCEPT)
		v = join(out, &t, rep);
	if (v == ACCEPT)
		*kind = t.shares[0].kind;
	for (i = 0; i < SHARE_MAX; i++) {
		share_clear(&t.shares[i]);
		free(t.names[i]);
	}
	return v;
}
