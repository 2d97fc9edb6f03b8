#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fields.h"
#include "base/isotime.h"
#include "judge/history.h"

struct entry {
	char		*id;
	unsigned char	 ksr[DIGEST_SIZE];
};

struct history {
	struct entry	*v;
	size_t		 n;
	int64_t		 last;
};

static enum verdict
take_entry(void *arg, char *const fields[], size_t n, const struct spot *at,
    struct report *report)
{
	struct history	*h = arg;
	struct entry	*e, one = { NULL, { 0 } };
	unsigned char	 skr[DIGEST_SIZE];
	int64_t		 when;

	(void)n;
	if (isotime_parse(&when, fields[0]) == -1 || field_get(fields[1]) == -1 ||
	    digest_from_hex(one.ksr, fields[2]) == -1 || digest_from_hex(skr, fields[3]) == -1)
		return report_fault(report, at,
		    "not a line of a history: time, id, two SHA-256 digests");
	if ((one.id = strdup(fields[1])) == NULL ||
	    (e = array_add(&h->v, h->n, sizeof(*e))) == NULL) {
		free(one.id);
		return report_fault(report, at, "out of memory");
	}
	*e = one;
	h->n++;
	if (when > h->last)
		h->last = when;
	return ACCEPT;
}

struct history *
history_load(const char *path, struct report *report)
{
	struct history	*h;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		report_fault(report, NULL, "out of memory");
		return NULL;
	}
	h->last = INT64_MIN;
	if (fields_load(path, 4, 4, take_entry, h, report) == ACCEPT)
		return h;
	history_free(h);
	return NULL;
}

void
history_free(struct history *h)
{
	size_t	 i;

	if (h == NULL)
		return;
	for (i = 0; i < h->n; i++)
		free(h->v[i].id);
	free(h->v);
	free(h);
}

enum past
history_find(const struct history *h, const char *id, const unsigned char digest[DIGEST_SIZE])
{
	enum past	 past = PAST_NONE;
	size_t		 i;

	for (i = 0; i < h->n; i++) {
		if (strcmp(h->v[i].id, id) != 0)
			continue;
		if (memcmp(h->v[i].ksr, digest, DIGEST_SIZE) != 0)
			return PAST_OTHER;
		past = PAST_SAME;
	}
	return past;
}

int64_t
history_last(const struct history *h)
{
	return h->last;
}

/*
 * All of the line at the end of the file, or none of it.  The line begins with a line end, which
 * is written where somebody's editor left the last one without.
 */
static int
append_line(int fd, const struct buf *line)
{
	struct buf	 rest = { line->data + 1, line->len - 1, line->len - 1 };
	struct stat	 st;
	char		 last = '\n';
	int		 error;

	if (flock(fd, LOCK_EX) == -1 || fstat(fd, &st) == -1 ||
	    (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1))
		return -1;
	if (buf_write(last == '\n' ? &rest : line, fd) == 0 && fsync(fd) == 0)
		return 0;
	error = errno;
	if (ftruncate(fd, st.st_size) == -1)
		return -1;
	errno = error;
	return -1;
}

enum verdict
history_append(const char *path, int64_t now, const char *id,
    const unsigned char ksr[DIGEST_SIZE], const unsigned char skr[DIGEST_SIZE],
    struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 line = BUF_EMPTY;
	char		 when[ISOTIME_SIZE], a[DIGEST_HEX], b[DIGEST_HEX];
	enum verdict	 v = ACCEPT;
	int		 fd = -1;

	if (buf_printf(&line, "\n%s ", isotime_format(when, now, "Z")) == -1 ||
	    field_put(&line, id) == -1 ||
	    buf_printf(&line, " %s %s\n", digest_hex(a, ksr), digest_hex(b, skr)) == -1)
		v = report_fault(report, &at, "out of memory");
	else if ((fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY)) == -1 ||
	    append_line(fd, &line) == -1)
		v = report_fault(report, &at, "%s", strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&line);
	return v;
}
