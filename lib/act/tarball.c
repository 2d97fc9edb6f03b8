#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "act/tarball.h"
#include "base/array.h"

#define GZIP_HEADER	10
#define CHUNK		((size_t)65536)

bool
tarball_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._+-/";
	size_t	 i, len = strlen(name);

	if (len == 0 || len > TARBALL_NAME_MAX || name[strspn(name, allowed)] != '\0' ||
	    name[len - 1] == '/')
		return false;
	for (i = 0; i < len; i++)
		if ((i == 0 || name[i - 1] == '/') && (name[i] == '/' || name[i] == '.'))
			return false;
	return true;
}

/* The place of a name: of the file that has it, or of the first behind it. */
static size_t
place(const struct tarball *t, const char *name)
{
	size_t	 low = 0, high = t->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(t->v[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct tarfile *
tarball_find(const struct tarball *t, const char *name)
{
	size_t	 i = place(t, name);

	return i < t->n && strcmp(t->v[i].name, name) == 0 ? &t->v[i] : NULL;
}

int
tarball_add(struct tarball *t, const char *name, struct buf *data)
{
	size_t	 i = place(t, name);
	char	*copy;

	if (!tarball_name(name)) {
		errno = EINVAL;
		return -1;
	}
	if (i < t->n && strcmp(t->v[i].name, name) == 0) {
		errno = EEXIST;
		return -1;
	}
	if ((copy = strdup(name)) == NULL || array_add(&t->v, t->n, sizeof(*t->v)) == NULL) {
		free(copy);
		errno = ENOMEM;
		return -1;
	}
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(*t->v));
	t->v[i] = (struct tarfile){ copy, *data };
	*data = (struct buf)BUF_EMPTY;
	t->n++;
	return 0;
}

void
tarball_clear(struct tarball *t)
{
	size_t	 i;

	for (i = 0; i < t->n; i++) {
		free(t->v[i].name);
		buf_free(&t->v[i].data);
	}
	free(t->v);
	*t = (struct tarball)TARBALL_EMPTY;
}

static la_ssize_t
take_bytes(struct archive *a, void *arg, const void *data, size_t len)
{
	if (buf_append(arg, data, len) == 0)
		return (la_ssize_t)len;
	archive_set_error(a, ENOMEM, "out of memory");
	return -1;
}

static int
write_file(struct archive *a, const struct tarfile *f, int64_t mtime)
{
	struct archive_entry *e;
	int		 rc = -1;

	if ((e = archive_entry_new()) == NULL)
		return -1;
	archive_entry_set_pathname(e, f->name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0600);
	archive_entry_set_uid(e, 0);
	archive_entry_set_gid(e, 0);
	archive_entry_set_uname(e, "root");
	archive_entry_set_gname(e, "root");
	archive_entry_set_mtime(e, mtime, 0);
	archive_entry_set_size(e, (la_int64_t)f->data.len);
	if (archive_write_header(a, e) == ARCHIVE_OK && (f->data.len == 0 ||
	    archive_write_data(a, f->data.data, f->data.len) == (la_ssize_t)f->data.len))
		rc = 0;
	archive_entry_free(e);
	return rc;
}

/* Each option that could make another archive of the same files is set. */
static int
write_tar(struct buf *out, const struct tarball *t, bool compressed)
{
	struct archive	*a;
	size_t		 i;
	int		 rc = -1;

	if ((a = archive_write_new()) == NULL)
		return -1;
	if (archive_write_set_format_ustar(a) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    (compressed && (archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "gzip", "compression-level", "9") != ARCHIVE_OK ||
	    archive_write_set_filter_option(a, "gzip", "timestamp", NULL) != ARCHIVE_OK)) ||
	    archive_write_open(a, out, NULL, take_bytes, NULL) != ARCHIVE_OK)
		goto out;
	for (i = 0; i < t->n; i++)
		if (write_file(a, &t->v[i], t->mtime) == -1)
			goto out;
	if (archive_write_close(a) == ARCHIVE_OK)
		rc = 0;
 out:
	archive_write_free(a);
	if (rc == -1)
		errno = ENOMEM;
	return rc;
}

int
tarball_write(struct buf *out, const struct tarball *t)
{
	return write_tar(out, t, true);
}

/* A gzip member alone: without name, comment and time (RFC 1952 2.3), and nothing behind it. */
static enum verdict
unpack(struct buf *out, const struct buf *in, size_t max, const struct spot *at,
    struct report *rep)
{
	static const unsigned char header[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0 };
	unsigned char	 chunk[CHUNK];
	z_stream	 z = { .next_in = in->data, .avail_in = (uInt)in->len };
	enum verdict	 v = ACCEPT;
	int		 rc;

	if (in->len < GZIP_HEADER || in->len > UINT32_MAX ||
	    memcmp(in->data, header, sizeof(header)) != 0)
		return report_broken(rep, at, NULL, "not a backup: its gzip header is another");
	if (inflateInit2(&z, 15 + 16) != Z_OK)
		return report_fault(rep, at, "out of memory");
	do {
		z.next_out = chunk;
		z.avail_out = CHUNK;
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			v = report_broken(rep, at, NULL, z.avail_in == 0 ? "truncated" :
			    "damaged: gzip cannot unpack it");
		else if (CHUNK - z.avail_out > max - out->len)
			v = report_broken(rep, at, NULL, "it unpacks to more than %zu bytes", max);
		else if (buf_append(out, chunk, CHUNK - z.avail_out) == -1)
			v = report_fault(rep, at, "out of memory");
	} while (v == ACCEPT && rc == Z_OK);
	if (v == ACCEPT && z.avail_in > 0)
		v = report_broken(rep, at, NULL, "%u bytes stand behind its end", z.avail_in);
	inflateEnd(&z);
	return v;
}

/* What libarchive knows of an entry, before a byte of it is looked at. */
static enum verdict
judge_entry(struct archive_entry *e, const struct tarball *t, const struct spot *at,
    struct report *rep)
{
	const char	*name = archive_entry_pathname(e);
	bool		 linked = archive_entry_hardlink(e) != NULL ||
			    archive_entry_symlink(e) != NULL;

	if (name == NULL)
		return report_broken(rep, at, NULL, "a file without a name");
	if (linked || archive_entry_filetype(e) != AE_IFREG)
		return report_broken(rep, at, NULL, "%s is %s, no plain file", name,
		    linked || archive_entry_filetype(e) == AE_IFLNK ? "a link" :
		    archive_entry_filetype(e) == AE_IFDIR ? "a folder" : "a device or a pipe");
	if (!tarball_name(name))
		return report_broken(rep, at, NULL, "%s: no such path belongs in a backup", name);
	if (t->n > 0 && strcmp(t->v[t->n - 1].name, name) >= 0)
		return report_broken(rep, at, NULL, tarball_find(t, name) != NULL ?
		    "%s is there twice" : "%s is out of order", name);
	if (t->n == TARBALL_FILES_MAX)
		return report_broken(rep, at, NULL, "more than %d files", TARBALL_FILES_MAX);
	return ACCEPT;
}

static enum verdict
read_file(struct tarball *t, struct archive *a, struct archive_entry *e, size_t max,
    const struct spot *at, struct report *rep)
{
	la_int64_t	 size = archive_entry_size(e);
	struct buf	 data = BUF_EMPTY;
	char		 chunk[8192];
	la_ssize_t	 n;
	enum verdict	 v;

	if ((v = judge_entry(e, t, at, rep)) != ACCEPT)
		return v;
	if (size < 0 || (uint64_t)size > max)
		return report_broken(rep, at, NULL, "%s is too large", archive_entry_pathname(e));
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
		if (buf_append(&data, chunk, (size_t)n) == -1) {
			buf_free(&data);
			return report_fault(rep, at, "out of memory");
		}
	if (n < 0 || (la_int64_t)data.len != size)
		v = report_broken(rep, at, NULL, "%s is truncated", archive_entry_pathname(e));
	else if (tarball_add(t, archive_entry_pathname(e), &data) == -1)
		v = report_fault(rep, at, "out of memory");
	buf_free(&data);
	return v;
}

static enum verdict
read_files(struct tarball *t, struct archive *a, size_t max, const struct spot *at,
    struct report *rep)
{
	struct archive_entry *e;
	enum verdict	 v = ACCEPT;
	int		 rc;

	while (v == ACCEPT && (rc = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
		if (rc != ARCHIVE_OK)
			return report_broken(rep, at, NULL, "not a tar archive as it should be, "
			    "behind %zu files", t->n);
		if (t->n == 0)
			t->mtime = archive_entry_mtime(e);
		v = read_file(t, a, e, max, at, rep);
	}
	if (v == ACCEPT && t->n == 0)
		v = report_broken(rep, at, NULL, "it holds no file");
	return v;
}

/* Written again, it must be the same tar, byte for byte. */
static enum verdict
compare(const struct tarball *t, const struct buf *tar, const struct spot *at, struct report *rep)
{
	struct buf	 again = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	size_t		 i;

	if (write_tar(&again, t, false) == -1)
		v = report_fault(rep, at, "out of memory");
	else if (again.len != tar->len || memcmp(again.data, tar->data, tar->len) != 0) {
		for (i = 0; i < again.len && i < tar->len && again.data[i] == tar->data[i]; i++)
			;
		v = report_broken(rep, at, NULL, "not as it was written: byte %zu of its tar "
		    "is another", i);
	}
	buf_free(&again);
	return v;
}

enum verdict
tarball_read(struct tarball *out, const struct buf *in, size_t max, const char *input,
    struct report *rep)
{
	const struct spot at = { input, 0, 0 };
	struct tarball	 t = TARBALL_EMPTY;
	struct buf	 tar = BUF_EMPTY;
	struct archive	*a = NULL;
	enum verdict	 v;

	if (in->len == 0)
		return report_broken(rep, &at, NULL, "empty");
	if ((v = unpack(&tar, in, max, &at, rep)) != ACCEPT)
		goto out;
	if ((a = archive_read_new()) == NULL ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK) {
		v = report_fault(rep, &at, "out of memory");
		goto out;
	}
	if (archive_read_open_memory(a, tar.data, tar.len) != ARCHIVE_OK)
		v = report_broken(rep, &at, NULL, "not a tar archive");
	else if ((v = read_files(&t, a, max, &at, rep)) == ACCEPT)
		v = compare(&t, &tar, &at, rep);
 out:
	if (a != NULL)
		archive_read_free(a);
	buf_free(&tar);
	if (v == ACCEPT) {
		tarball_clear(out);
		*out = t;
	} else
		tarball_clear(&t);
	return v;
}
