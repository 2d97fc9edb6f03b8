/*
 * backup-copy: a backup to one or more media, each copy read back from the medium and compared;
 * a receipt for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "act/backup_file.h"
#include "act/medium.h"
#include "base/fields.h"
#include "base/input.h"
#include "base/isotime.h"
#include "base/options.h"

#define MEDIA_MAX	16

enum { OPT_EXPECT_SERIAL = OPTION_ID, OPT_DIGEST, OPT_MAX_BYTES };

static const struct option_spec specs[] = {
	{ OPT_EXPECT_SERIAL, "expect-serial", "SERIAL", OPTION_REPEAT,
	    "the serial number of a medium; for each of them, in their order" },
	{ OPT_DIGEST, "digest", "DIGEST", 0,
	    "the archive's digest as it was read from paper: hex or words" },
	{ OPT_MAX_BYTES, "max-bytes", "N", 0, "read and unpack up to N bytes (67108864)" },
	OPTIONS_LAST
};
static const struct tool tool = {
	"backup-copy", "Copy a backup of keys to media, and verify each copy on its medium.",
	specs, "ARCHIVE FOLDER ...", 2, MEDIA_MAX + 1
};

struct copy {				/* on one medium */
	const char	*folder;
	const char	*expect;	/* NULL: any medium */
	char		*path;		/* of the archive there */
	char		*sum;
	struct medium	 medium;
	int		 made;		/* how many of the two files are there */
	int64_t		 when;
};

struct work {
	const char	*archive;
	const char	*digest;
	size_t		 max;
	struct copy	 copies[MEDIA_MAX];
	size_t		 n;
	const char	*serials[MEDIA_MAX];
	size_t		 nserials;
	struct backup	 backup;
	struct buf	 bytes;
	struct buf	 sum;
};

/* The right medium, and nothing there yet. */
static enum verdict
judge_medium(struct copy *c, const char *file, struct report *rep)
{
	const struct spot at = { c->folder, 0, 0 };
	const char	*there;

	if (medium_of(&c->medium, c->folder) == -1)
		return report_fault(rep, &at, "%s", strerror(errno));
	if (c->expect != NULL && strcmp(c->expect, c->medium.serial) != 0)
		return report_broken(rep, &at, NULL, "the wrong medium: its serial number is %s, not "
		    "%s", c->medium.serial, c->expect);
	if (asprintf(&c->path, "%s/%s", c->folder, file) == -1) {
		c->path = NULL;
		return report_fault(rep, &at, "out of memory");
	}
	if (asprintf(&c->sum, "%s" BACKUP_SUM, c->path) == -1) {
		c->sum = NULL;
		return report_fault(rep, &at, "out of memory");
	}
	there = access(c->path, F_OK) == 0 ? c->path : access(c->sum, F_OK) == 0 ? c->sum : NULL;
	if (there != NULL)
		return report_fault(rep, &at, "%s exists; nothing is overwritten", there);
	return ACCEPT;
}

/* Out of the cache, so that the next read comes from the medium. */
static enum verdict
read_back(const struct buf *want, const char *path, size_t max, struct report *rep)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 is = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	int		 fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return report_fault(rep, &at, "%s", strerror(errno));
	if (fsync(fd) == -1 || (errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)) != 0 ||
	    buf_read(&is, fd, max + 1) == -1)
		v = report_fault(rep, &at, "it cannot be read back: %s", strerror(errno));
	else if (is.len != want->len || memcmp(is.data, want->data, is.len) != 0)
		v = report_fault(rep, &at, "what is read back from the medium is not what was "
		    "written: do not use it");
	close(fd);
	buf_free(&is);
	return v;
}

static enum verdict
put(const struct buf *bytes, const char *path, int *made, size_t max, struct report *rep)
{
	const struct spot at = { path, 0, 0 };

	if (buf_create(bytes, path, 0600) == -1)
		return report_fault(rep, &at, "%s", errno == EEXIST ?
		    "exists; nothing is overwritten" : strerror(errno));
	(*made)++;
	return read_back(bytes, path, max, rep);
}

/* The sum last: where it is, the archive is. */
static enum verdict
copy(struct work *w, struct copy *c, struct report *rep)
{
	enum verdict	 v;

	if ((v = put(&w->bytes, c->path, &c->made, w->max, rep)) == ACCEPT)
		v = put(&w->sum, c->sum, &c->made, w->max, rep);
	c->when = (int64_t)time(NULL);
	return v;
}

/* Either all copies of a run are good, or none is there. */
static void
undo(struct copy *c)
{
	if (c->made > 1)
		unlink(c->sum);
	if (c->made > 0)
		unlink(c->path);
}

/* label, serial number, digest, name, time: a tab between them. */
static int
print_receipts(struct buf *out, const struct work *w, const char *file)
{
	char	 hex[DIGEST_HEX], when[ISOTIME_SIZE];
	size_t	 i;

	for (i = 0; i < w->n; i++) {
		const struct copy *c = &w->copies[i];

		if ((strcmp(c->medium.label, "-") == 0 ? buf_puts(out, "-") :
		    field_put(out, c->medium.label)) == -1 || buf_puts(out, "\t") == -1 ||
		    (strcmp(c->medium.serial, "-") == 0 ? buf_puts(out, "-") :
		    field_put(out, c->medium.serial)) == -1 || buf_printf(out, "\t%s\t%s\t%s\n",
		    digest_hex(hex, w->backup.digest), file,
		    isotime_format(when, c->when, "Z")) == -1)
			return -1;
	}
	return 0;
}

static enum verdict
copy_all(struct work *w, struct buf *out, struct report *rep)
{
	char		*where = NULL, file[BACKUP_FILE];
	enum verdict	 v;
	size_t		 i;

	v = backup_load(&w->backup, &w->bytes, &where, w->archive, w->max, rep);
	if (v == ACCEPT && w->digest != NULL)
		v = backup_confirm(&w->backup, where, w->digest, rep);
	free(where);
	if (v != ACCEPT)
		return v;
	backup_file(file, w->backup.name);
	if (backup_sum(&w->sum, w->backup.digest, file) == -1)
		return report_fault(rep, NULL, "out of memory");
	for (i = 0; i < w->n; i++)
		v = verdict_worse(v, judge_medium(&w->copies[i], file, rep));
	for (i = 0; v == ACCEPT && i < w->n; i++)
		v = copy(w, &w->copies[i], rep);
	if (v == ACCEPT && print_receipts(out, w, file) == -1)
		v = report_fault(rep, NULL, "out of memory");
	for (i = 0; v != ACCEPT && i < w->n; i++)
		undo(&w->copies[i]);
	return v;
}

static enum verdict
run(struct work *w)
{
	const struct spot at = { "standard output", 0, 0 };
	struct report	 rep = REPORT_EMPTY;
	struct buf	 out = BUF_EMPTY;
	enum verdict	 v = copy_all(w, &out, &rep);
	size_t		 i;

	if (v == ACCEPT && buf_write(&out, STDOUT_FILENO) == -1)
		v = report_fault(&rep, &at, "%s (the copies are there)", strerror(errno));
	if (report_print(&rep, tool.name, stderr) == -1)
		v = FAULT;
	for (i = 0; i < w->n; i++) {
		free(w->copies[i].path);
		free(w->copies[i].sum);
	}
	backup_clear(&w->backup);
	buf_free(&w->bytes);
	buf_free(&w->sum);
	buf_free(&out);
	report_free(&rep);
	return v;
}

int
main(int argc, char *argv[])
{
	struct work	 w = { .max = TARBALL_MAX_DEFAULT, .backup = BACKUP_EMPTY };
	struct options	 o;
	const char	*arg;
	int		 c;

	options_start(&o, &tool, argc, argv);
	while ((c = options_next(&o, &arg)) > 0)
		if (c == OPT_DIGEST)
			w.digest = arg;
		else if (c == OPT_MAX_BYTES && input_size(&w.max, arg) == -1)
			return (int)options_usage(&o, INPUT_SIZE_USAGE);
		else if (c == OPT_EXPECT_SERIAL && w.nserials == MEDIA_MAX)
			return (int)options_usage(&o, "--expect-serial: %d times at most", MEDIA_MAX);
		else if (c == OPT_EXPECT_SERIAL)
			w.serials[w.nserials++] = arg;
	if (c == OPTIONS_STOP)
		return o.status;
	w.archive = o.operands[0];
	w.n = (size_t)o.count - 1;
	if (w.nserials != 0 && w.nserials != w.n)
		return (int)options_usage(&o, "give --expect-serial for each folder, or none");
	for (c = 0; c < (int)w.n; c++)
		w.copies[c] = (struct copy){ .folder = o.operands[c + 1],
		    .expect = w.nserials == 0 ? NULL : w.serials[c] };
	return (int)run(&w);
}
