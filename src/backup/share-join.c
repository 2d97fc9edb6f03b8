/*
 * share-join: m people's shares, and the secret on standard output, for the program that is
 * to use it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act/cms.h"
#include "act/share_make.h"
#include "act/share_take.h"
#include "base/options.h"

enum { OPT_SET = OPTION_ID, OPT_NO_SET, OPT_PASSPHRASE_FD };

static const struct option_spec specs[] = {
	{ OPT_SET, "set", "FILE", 0, "the record of the set, which knows each share" },
	{ OPT_NO_SET, "no-set", NULL, 0, "there is no record: the shares vouch for themselves" },
	{ OPT_PASSPHRASE_FD, "passphrase-fd", "FD", 0,
	    "read passphrases from a descriptor, a line for each sealed share" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"share-join", "Join the shares of a secret, and write it to another program.",
	specs, "[SHARE ...]", 0, -1
};

static void
taken(const char *who)
{
	fprintf(stderr, "%s: %s: taken\n", tool.name, who);
}

/* A PIN as it is, any other secret in hex; and a line end. */
static enum verdict
put(const struct secret *s, enum share_kind kind, struct report *rep)
{
	static const char hex[] = "0123456789abcdef";
	const struct spot at = { "standard output", 0, 0 };
	struct secret	 line = SECRET_EMPTY;
	struct buf	 b;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (secret_room(&line) == -1)
		return report_fault(rep, NULL, "no memory that can be locked");
	for (i = 0; i < s->len; i++) {
		unsigned char	 c = (unsigned char)s->text[i];

		if (kind == SHARE_PIN)
			line.text[line.len++] = (char)c;
		else {
			line.text[line.len++] = hex[c >> 4];
			line.text[line.len++] = hex[c & 15];
		}
	}
	line.text[line.len++] = '\n';
	b = (struct buf){ (unsigned char *)line.text, line.len, line.len };
	if (buf_write(&b, STDOUT_FILENO) == -1)
		v = report_fault(rep, &at, "%s", strerror(errno));
	secret_free(&line);
	return v;
}

static enum verdict
join(struct share_take *take, const char *record)
{
	struct report	 rep = REPORT_EMPTY;
	struct share_set set = SHARE_SET_EMPTY;
	struct secret	 s = SECRET_EMPTY;
	enum share_kind	 kind = SHARE_KEY;
	enum verdict	 v = ACCEPT;

	if (isatty(STDOUT_FILENO))
		v = report_fault(&rep, NULL, "standard output is a terminal, and the secret is not "
		    "for eyes: give a program that takes it");
	else if (cms_init() == -1)
		v = report_fault(&rep, NULL, "no memory that can be locked: %s", strerror(errno));
	if (v == ACCEPT && record != NULL &&
	    (v = share_set_load(&set, record, &rep)) == ACCEPT)
		take->set = &set;
	if (v == ACCEPT && (v = share_take(&s, &kind, take, &rep)) == ACCEPT)
		v = put(&s, kind, &rep);
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	secret_free(&s);
	share_set_clear(&set);
	report_free(&rep);
	return v;
}

int
main(int argc, char *argv[])
{
	struct share_take take = { .fd = -1, .taken = taken };
	const char	*arg, *record = NULL;
	struct options	 o;
	bool		 none = false;
	int		 c;

	secret_harden();
	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		switch (c) {
		case OPT_SET:
			record = arg;
			break;
		case OPT_NO_SET:
			none = true;
			break;
		case OPT_PASSPHRASE_FD:
			if (share_descriptor(&take.fd, arg) == -1)
				return (int)options_usage(&o, "--passphrase-fd takes the number of "
				    "an open descriptor from 3 up");
			break;
		}
	if (c == OPTIONS_STOP)
		return o.status;
	if (none == (record != NULL))
		return (int)options_usage(&o, "give the record of the --set, or say --no-set");
	take.paths = o.operands;
	take.n = (size_t)o.count;
	return (int)join(&take, record);
}
