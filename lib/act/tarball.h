/*
 * tarball: a deterministic tar.gz of small files: ustar, sorted, one owner and one time, gzip without
 * a name or time.  What is read must be exactly what would be written, so that
 * nothing else can be hidden in it.  (The prefix archive_ is libarchive's.)
 */
#ifndef ACT_TARBALL_H
#define ACT_TARBALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/report.h"

#define TARBALL_NAME_MAX	100		/* bytes of a name, as in ustar */
#define TARBALL_FILES_MAX	20000
#define TARBALL_MAX_DEFAULT	((size_t)64 << 20)	/* of what is inside, when read */

struct tarfile {
	char		*name;
	struct buf	 data;
};

struct tarball {
	struct tarfile	*v;		/* sorted by name, as bytes */
	size_t		 n;
	int64_t		 mtime;
};

#define TARBALL_EMPTY { NULL, 0, 0 }

/*
 * Is it a name that a file inside may have: parts of letters, digits and "._+-" that do not begin
 * with a dot, with a slash between them, at most TARBALL_NAME_MAX bytes?
 */
bool		 tarball_name(const char *name);

/* Add a file; the data is taken over and *data empty then.  0, or -1 with errno (EINVAL: its name; EEXIST). */
int		 tarball_add(struct tarball *, const char *name, struct buf *data);

/* NULL: no such file. */
const struct tarfile *tarball_find(const struct tarball *, const char *name);

/* Append the tar.gz.  0, or -1 with errno. */
int		 tarball_write(struct buf *out, const struct tarball *);

/*
 * Read one; not more than max bytes are unpacked.  Whatever backup-create would not have written is
 * REFUSE: links, devices, other paths, anything twice or out of order, bytes behind the end.
 */
enum verdict	 tarball_read(struct tarball *out, const struct buf *in, size_t max,
		    const char *input, struct report *);

void		 tarball_clear(struct tarball *);

#endif
