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
	unsigned char	 skr[DIGEST_SIZE];
	unsigned char	 (*revoked)[DIGEST_SIZE];
	size_t		 nrevoked;
};

struct history {
	struct entry	*v;
	size_t		 n;
	int64_t		 last;
};

_Static_assert(HISTORY_REVOKED + 4 == FIELDS_MAX, "a line has no more fields");

static void
entry_clear(struct entry *e)
{
	free(e->revoked);
	free(e->id);
}

static int
take_digests(struct entry *e, char *const fields[], size_t n)
{
	if (digest_from_hex(e->ksr, fields[2]) == -1 || digest_from_hex(e->skr, fields[3]) == -1)
		return -1;
	for (; e->nrevoked < n - 4; e->nrevoked++)
		if (digest_from_hex(e->revoked[e->nrevoked], fields[4 + e->nrevoked]) == -1)
			return -1;
	return 0;
}

static enum verdict
take_entry(void *arg, char *const fields[], size_t n, const struct spot *at,
    struct report *report)
{
	struct history	*h = arg;
	struct entry	*e, one = { .nrevoked = 0 };
	int64_t		 when;
	enum verdict	 v = FAULT;

	if ((one.revoked = calloc(n, sizeof(*one.revoked))) == NULL)
		return report_fault(report, at, "out of memory");
	if (isotime_parse(&when, fields[0]) == -1 || field_get(fields[1]) == -1 ||
	    take_digests(&one, fields, n) == -1)
		report_fault(report, at, "not a line of a history: time, id, SHA-256 digests");
	else if ((one.id = strdup(fields[1])) == NULL ||
	    (e = array_add(&h->v, h->n, sizeof(*e))) == NULL)
		report_fault(report, at, "out of memory");
	else {
		*e = one;
		h->n++;
		if (when > h->last)
			h->last = when;
		return ACCEPT;
	}
	entry_clear(&one);
	return v;
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
	if (fields_load_or_empty(path, 4, FIELDS_MAX, take_entry, h, report) == ACCEPT)
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
		entry_clear(&h->v[i]);
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

/* An answer that the world has seen, as far as is known. */
static bool
published(const struct entry *e, const char *id, const char *last, const unsigned char *skr)
{
	if (strcmp(e->id, id) == 0)
		return false;
	return last == NULL || strcmp(e->id, last) != 0 || memcmp(e->skr, skr, DIGEST_SIZE) == 0;
}

bool
history_revoked(const struct history *h, const unsigned char ds[DIGEST_SIZE], const char *id,
    const char *last, const unsigned char skr[DIGEST_SIZE])
{
	size_t	 i, j;

	for (i = 0; i < h->n; i++)
		for (j = 0; j < h->v[i].nrevoked; j++)
			if (memcmp(h->v[i].revoked[j], ds, DIGEST_SIZE) == 0 &&
			    published(&h->v[i], id, last, skr))
				return true;
	return false;
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

	if (fstat(fd, &st) == -1 || (st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) != 1))
		return -1;
	if (buf_write(last == '\n' ? &rest : line, fd) == 0 && fsync(fd) == 0)
		return 0;
	error = errno;
	if (ftruncate(fd, st.st_size) == -1)
		return -1;
	errno = error;
	return -1;
}

static int
print_line(struct buf *line, const struct history_line *e)
{
	char	 when[ISOTIME_SIZE], hex[DIGEST_HEX];
	size_t	 i;

	if (buf_printf(line, "\n%s ", isotime_format(when, e->when, "Z")) == -1 ||
	    field_put(line, e->id) == -1 ||
	    buf_printf(line, " %s", digest_hex(hex, e->ksr)) == -1 ||
	    buf_printf(line, " %s", digest_hex(hex, e->skr)) == -1)
		return -1;
	for (i = 0; i < e->nrevoked; i++)
		if (buf_printf(line, " %s", digest_hex(hex, e->revoked[i])) == -1)
			return -1;
	return buf_puts(line, "\n");
}

/* Under the lock: is it still what was judged by?  Nobody takes a line away. */
static enum verdict
still(const struct history *known, const char *path, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct history	*now;
	enum verdict	 v = ACCEPT;

	if (known == NULL)
		return ACCEPT;
	if ((now = history_load(path, report)) == NULL)
		return FAULT;
	if (now->n != known->n)
		v = report_fault(report, &at, "another answer has been recorded since it was read");
	history_free(now);
	return v;
}

enum verdict
history_append(const char *path, const struct history_line *e, struct report *report)
{
	const struct spot at = { path, 0, 0 };
	struct buf	 line = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	int		 fd = -1;

	if (e->nrevoked > HISTORY_REVOKED)
		return report_fault(report, &at, "more than %d revoked keys", HISTORY_REVOKED);
	if (print_line(&line, e) == -1)
		v = report_fault(report, &at, "out of memory");
	else if ((fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY)) == -1 ||
	    flock(fd, LOCK_EX) == -1)
		v = report_fault(report, &at, "%s", strerror(errno));
	else if ((v = still(e->known, path, report)) == ACCEPT && append_line(fd, &line) == -1)
		v = report_fault(report, &at, "%s", strerror(errno));
	if (fd != -1)
		close(fd);
	buf_free(&line);
	return v;
}
