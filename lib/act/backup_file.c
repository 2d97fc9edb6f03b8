#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "act/backup_file.h"

#define PREFIX		"key-backup-"

const char *
backup_file(char out[BACKUP_FILE], const char *name)
{
	snprintf(out, BACKUP_FILE, "%s" BACKUP_SUFFIX, name);
	return out;
}

static bool
has_name(const char *file)
{
	size_t	 len = strlen(file), end = strlen(BACKUP_SUFFIX);

	return strncmp(file, PREFIX, strlen(PREFIX)) == 0 && len > end &&
	    strcmp(file + len - end, BACKUP_SUFFIX) == 0;
}

/* The one backup of a folder. */
static enum verdict
find(char **where, const char *folder, struct report *rep)
{
	const struct spot at = { folder, 0, 0 };
	enum verdict	 v = ACCEPT;
	struct dirent	*e;
	size_t		 n = 0;
	DIR		*dir;

	if ((dir = opendir(folder)) == NULL)
		return report_fault(rep, &at, "%s", strerror(errno));
	while (v == ACCEPT && (e = readdir(dir)) != NULL)
		if (has_name(e->d_name) && n++ == 0 &&
		    asprintf(where, "%s/%s", folder, e->d_name) == -1) {
			*where = NULL;
			v = report_fault(rep, &at, "out of memory");
		}
	closedir(dir);
	if (v == ACCEPT && n != 1) {
		free(*where);
		*where = NULL;
		v = report_broken(rep, &at, NULL, n == 0 ? "no " PREFIX "*" BACKUP_SUFFIX
		    " is in it" : "%zu backups are in it: name one", n);
	}
	return v;
}

static const char *
base_name(const char *path)
{
	const char	*slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* What stands in the file beside it must be what sha256sum would write of it now. */
static enum verdict
judge_sum(const struct buf *bytes, const char *where, struct report *rep)
{
	unsigned char	 d[DIGEST_SIZE];
	struct buf	 sum = BUF_EMPTY, want = BUF_EMPTY;
	char		*path = NULL;
	struct spot	 at = { NULL, 0, 0 };
	enum verdict	 v = ACCEPT;

	if (asprintf(&path, "%s" BACKUP_SUM, where) == -1)
		return report_fault(rep, NULL, "out of memory");
	at.input = path;
	if (digest_bytes(d, bytes->data, bytes->len) == -1 ||
	    backup_sum(&want, d, base_name(where)) == -1)
		v = report_fault(rep, &at, "out of memory");
	else if (buf_load(&sum, path, 4096) == -1)
		v = errno == ENOENT || errno == EFBIG ? report_broken(rep, &at, NULL, "%s",
		    errno == ENOENT ? "is missing: it belongs beside the archive" : "too long") :
		    report_fault(rep, &at, "%s", strerror(errno));
	else if (sum.len != want.len || memcmp(sum.data, want.data, sum.len) != 0)
		v = report_broken(rep, &at, NULL, "has not the digest of %s, which is %.64s",
		    base_name(where), (char *)want.data);
	buf_free(&sum);
	buf_free(&want);
	free(path);
	return v;
}

enum verdict
backup_fetch(struct buf *bytes, char **where, const char *path, size_t max, struct report *rep)
{
	struct spot	 at = { path, 0, 0 };
	struct stat	 st;
	enum verdict	 v = ACCEPT;

	if (stat(path, &st) == -1)
		return report_fault(rep, &at, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode))
		v = find(where, path, rep);
	else if (!S_ISREG(st.st_mode))
		return report_fault(rep, &at, "neither a file nor a folder");
	else if ((*where = strdup(path)) == NULL)
		v = report_fault(rep, &at, "out of memory");
	if (v != ACCEPT)
		return v;
	at.input = *where;
	if (buf_load(bytes, *where, max) == -1)
		v = errno == EFBIG ? report_broken(rep, &at, NULL, "more than %zu bytes", max) :
		    report_fault(rep, &at, "%s", strerror(errno));
	else if (bytes->len == 0)
		v = report_broken(rep, &at, NULL, "empty");
	else
		v = judge_sum(bytes, *where, rep);
	return v;
}

enum verdict
backup_load(struct backup *b, struct buf *bytes, char **where, const char *path, size_t max,
    struct report *rep)
{
	struct spot	 at = { NULL, 0, 0 };
	char		 file[BACKUP_FILE];
	enum verdict	 v, w;

	v = backup_fetch(bytes, where, path, max, rep);
	if (v == FAULT || bytes->len == 0)
		return v;
	at.input = *where;
	w = backup_read(b, bytes, max, *where, rep);
	if (w == ACCEPT && strcmp(backup_file(file, b->name), base_name(*where)) != 0)
		w = report_broken(rep, &at, NULL, "its name should be %s", file);
	return verdict_worse(v, w);
}

enum verdict
backup_confirm(const struct backup *b, const char *where, const char *digest, struct report *rep)
{
	const struct spot at = { where, 0, 0 };
	struct buf	 why = BUF_EMPTY;
	enum verdict	 v;
	int		 rc;

	if ((rc = digest_heard(&why, b->digest, digest)) == 0)
		v = ACCEPT;
	else if (rc == 1)
		v = report_lines(rep, &at, NULL, (const char *)why.data);
	else
		v = report_fault(rep, &at, "out of memory");
	buf_free(&why);
	return v;
}

enum verdict
backup_same(const struct buf *a, const char *awhere, const struct buf *b, const char *bwhere,
    struct report *rep)
{
	const struct spot at = { bwhere, 0, 0 };
	size_t		 i;

	if (strcmp(base_name(awhere), base_name(bwhere)) != 0)
		return report_broken(rep, &at, NULL, "another backup than %s", awhere);
	for (i = 0; i < a->len && i < b->len && a->data[i] == b->data[i]; i++)
		;
	if (i == a->len && i == b->len)
		return ACCEPT;
	return report_broken(rep, &at, NULL, "differs from %s at byte %zu (%zu and %zu bytes)",
	    awhere, i + 1, b->len, a->len);
}
