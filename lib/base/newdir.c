#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/newdir.h"

/* The path without slashes at its end; the folder that it is in is up to *slash. */
static char *
trimmed(const char *path, size_t *parent)
{
	size_t		 len = strlen(path);
	char		*copy, *slash;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0 || (copy = strndup(path, len)) == NULL) {
		if (len == 0)
			errno = ENOENT;
		return NULL;
	}
	slash = strrchr(copy, '/');
	*parent = slash == NULL ? 0 : (size_t)(slash - copy) + 1;
	return copy;
}

int
newdir_begin(struct newdir *d, const char *path)
{
	struct stat	 st;
	uint64_t	 random;
	size_t		 parent;
	int		 error;

	if ((d->path = trimmed(path, &parent)) == NULL)
		return -1;
	error = EEXIST;
	if (lstat(d->path, &st) == 0)
		goto fail;
	error = EIO;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		goto fail;
	if (asprintf(&d->temp, "%.*s.ksrkit-%016llx", (int)parent, d->path,
	    (unsigned long long)random) == -1) {
		d->temp = NULL;
		error = ENOMEM;
		goto fail;
	}
	if (mkdir(d->temp, 0777) == 0)
		return 0;
	error = errno;
	free(d->temp);
	d->temp = NULL;
 fail:
	free(d->path);
	d->path = NULL;
	errno = error;
	return -1;
}

int
newdir_put(const struct newdir *d, const char *name, const struct buf *b, mode_t mode)
{
	char	*path;
	int	 error, rc;

	if (asprintf(&path, "%s/%s", d->temp, name) == -1) {
		errno = ENOMEM;
		return -1;
	}
	rc = buf_create(b, path, mode);
	error = errno;
	free(path);
	errno = error;
	return rc;
}

/* The folder that it is in: its new entry is on the disk after this. */
static int
sync_parent(const char *path)
{
	const char	*slash = strrchr(path, '/');
	char		*parent = slash == NULL ? strdup(".") : strndup(path,
			    slash == path ? 1 : (size_t)(slash - path));
	int		 fd, rc = -1;

	if (parent == NULL)
		return -1;
	if ((fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) != -1) {
		rc = fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
		close(fd);
	}
	free(parent);
	return rc;
}

/* Where the file system knows no such flag: an empty folder alone could be in the way. */
static int
rename_new(const char *from, const char *to)
{
	struct stat	 st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

int
newdir_settle(struct newdir *d)
{
	if (rename_new(d->temp, d->path) == -1)
		return -1;
	free(d->temp);
	d->temp = NULL;
	return sync_parent(d->path);
}

/* Files only: nothing else was put there. */
static void
discard(const char *folder)
{
	struct dirent	*e;
	DIR		*dir;

	if ((dir = opendir(folder)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

void
newdir_free(struct newdir *d)
{
	if (d->temp != NULL)
		discard(d->temp);
	free(d->temp);
	free(d->path);
	d->temp = d->path = NULL;
}
