/*
 * backup-check: is this backup sound, and are all its copies the same?  No token and no
 * secret is needed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/backup.h"
#include "act/backup_file.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/options.h"

enum { OPT_DIGEST = OPTION_ID, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ OPT_DIGEST, "digest", "DIGEST", 0,
	    "the archive's digest as it was read from paper: hex or words" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read and unpack up to N bytes (67108864)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"backup-check", "Judge a backup of keys, and compare its copies byte for byte.",
	specs, "PATH ...", 1, -1
};

/* What is inside, for the record. */
static int
describe(struct buf *out, const struct backup *b)
{
	char		 when[ISOTIME_SIZE], file[BACKUP_FILE];
	size_t		 i, wrapped = 0;

	for (i = 0; i < b->list.n; i++)
		wrapped += b->keys[i].wrapped;
	if (digest_print(out, b->digest, backup_file(file, b->name)) == -1 ||
	    buf_printf(out, "made %s, %zu keys wrapped, %zu with the public half only\n",
	    isotime_format(when, b->made, "Z"), wrapped, b->list.n - wrapped) == -1 ||
	    share_set_print(out, &b->set) == -1)
		return -1;
	return keylist_print(out, &b->list);
}

/* The first one is judged; each other must be the same file. */
static enum verdict
check(struct buf *out, char *const *paths, size_t n, const char *digest, size_t max,
    struct report *rep)
{
	struct backup	 b = BACKUP_EMPTY;
	struct buf	 first = BUF_EMPTY, other = BUF_EMPTY;
	char		*name = NULL, *where = NULL;
	enum verdict	 v, w;
	size_t		 i;

	if ((v = backup_load(&b, &first, &name, paths[0], max, rep)) == ACCEPT && digest != NULL)
		v = backup_confirm(&b, name, digest, rep);
	for (i = 1; i < n; i++) {
		w = backup_fetch(&other, &where, paths[i], max, rep);
		if (other.len > 0 && first.len > 0)
			w = verdict_worse(w, backup_same(&first, name, &other, where, rep));
		v = verdict_worse(v, w);
		buf_free(&other);
		free(where);
		where = NULL;
	}
	if (v == ACCEPT && describe(out, &b) == -1)
		v = report_fault(rep, NULL, "out of memory");
	backup_clear(&b);
	buf_free(&first);
	free(name);
	return v;
}

int
main(int argc, char *argv[])
{
	const struct spot at = { "standard output", 0, 0 };
	const char	*arg, *digest = NULL;
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	size_t		 max = TARBALL_MAX_DEFAULT;
	struct options	 o;
	enum verdict	 v;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if (c == OPT_DIGEST)
			digest = arg;
		else if (c == OPT_MAX_BYTES && input_size(&max, arg) == -1)
			return (int)options_usage(&o, INPUT_SIZE_USAGE);
	if (c == OPTIONS_STOP)
		return o.status;
	v = check(&out, o.operands, (size_t)o.count, digest, max, &rep);
	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&rep, &at, "%s", strerror(errno));
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	buf_free(&out);
	report_free(&rep);
	return (int)v;
}
