#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

#define TEMP_SIZE	40

static int
write_file(int dir, const struct folder_file *f, mode_t mode)
{
	int	 fd, error, rc = -1;

	fd = openat(dir, f->name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd == -1)
		return -1;
	if (buf_write(f->data, fd) == 0 && fsync(fd) == 0)
		rc = 0;
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

/* Some file systems cannot sync a folder. */
static int
sync_folder(int dir)
{
	return fsync(dir) == -1 && errno != EINVAL ? -1 : 0;
}

static int
fill(int parent, const char *temp, const struct folder_file *files, size_t n, mode_t mode)
{
	size_t	 i;
	int	 dir, error, rc = -1;

	if ((dir = openat(parent, temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return -1;
	for (i = 0; i < n && write_file(dir, &files[i], mode) == 0; i++)
		;
	if (i == n)
		rc = sync_folder(dir);
	error = errno;
	close(dir);
	errno = error;
	return rc;
}

/* Not every file system has renames that replace nothing. */
static int
settle(int parent, const char *temp, const char *name)
{
	struct stat	 st;

	if (renameat2(parent, temp, parent, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(parent, temp, parent, name);
}

static void
discard(int parent, const char *which, const struct folder_file *files, size_t n)
{
	int	 dir, error = errno;
	size_t	 i;

	if ((dir = openat(parent, which, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) != -1) {
		for (i = 0; i < n; i++)
			unlinkat(dir, files[i].name, 0);
		close(dir);
	}
	unlinkat(parent, which, AT_REMOVEDIR);
	errno = error;
}

static int
create_in(int parent, const char *name, const struct folder_file *files, size_t n, mode_t mode)
{
	struct stat	 st;
	uint64_t	 random;
	char		 temp[TEMP_SIZE];

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	snprintf(temp, sizeof(temp), ".ksrkit-%016llx", (unsigned long long)random);
	if (mkdirat(parent, temp, 0777) == -1)
		return -1;
	if (fill(parent, temp, files, n, mode) == -1 || settle(parent, temp, name) == -1) {
		discard(parent, temp, files, n);
		return -1;
	}
	if (sync_folder(parent) == -1) {
		discard(parent, name, files, n);
		return -1;
	}
	return 0;
}

int
folder_create(const char *path, const struct folder_file *files, size_t n, mode_t mode)
{
	char		*copy, *slash;
	const char	*name;
	sigset_t	 all, old;
	size_t		 len = strlen(path);
	int		 parent, error, rc = -1;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0 || (len == 1 && *path == '/')) {
		errno = len == 0 ? ENOENT : EEXIST;
		return -1;
	}
	if ((copy = strndup(path, len)) == NULL)
		return -1;
	if ((slash = strrchr(copy, '/')) != NULL)
		*slash = '\0';
	name = slash == NULL ? copy : slash + 1;
	parent = open(slash == NULL ? "." : slash == copy ? "/" : copy,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent != -1) {
		/* A signal half-way would leave the temporary folder behind. */
		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, &old);
		rc = create_in(parent, name, files, n, mode);
		error = errno;
		sigprocmask(SIG_SETMASK, &old, NULL);
		close(parent);
		errno = error;
	}
	error = errno;
	free(copy);
	errno = error;
	return rc;
}
