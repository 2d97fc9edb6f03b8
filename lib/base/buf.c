#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

#define CHUNK	((size_t)64 * 1024)

static const struct buf empty = BUF_EMPTY;

/*
 * Make room for "more" bytes and the NUL.  Not realloc: the bytes may be
 * secret, and it would leave an old copy of them in the heap.
 */
static int
grow(struct buf *b, size_t more)
{
	unsigned char	*data;
	size_t		 need, room;

	if (__builtin_add_overflow(b->len, more, &need) ||
	    __builtin_add_overflow(need, (size_t)1, &need)) {
		errno = ENOMEM;
		return -1;
	}
	if (need <= b->room)
		return 0;
	if (__builtin_mul_overflow(b->room, (size_t)2, &room) || room < need)
		room = need;
	if ((data = malloc(room)) == NULL)
		return -1;
	if (b->len > 0) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->len);
	}
	data[b->len] = '\0';
	free(b->data);
	b->data = data;
	b->room = room;
	return 0;
}

/* After a failed read or write: can it be tried again?  Waits if need be. */
static bool
again(int fd, short events)
{
	struct pollfd	 p = { .fd = fd, .events = events, .revents = 0 };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return poll(&p, 1, -1) != -1 || errno == EINTR;
}

/* How much to read at first: a regular file tells its size, and then needs to be moved nowhere. */
static size_t
first_chunk(int fd)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return CHUNK;
	return (size_t)st.st_size + 1;
}

int
buf_read(struct buf *b, int fd, size_t max)
{
	struct buf	 in = BUF_EMPTY;
	size_t		 chunk = first_chunk(fd), want;
	ssize_t		 n;
	int		 error;

	for (;; chunk = CHUNK) {
		if (in.room > in.len + 1)
			chunk = in.room - in.len - 1;	/* first what is there */
		/* One byte beyond max tells "just max" from "more". */
		want = max - in.len < chunk ? max - in.len + 1 : chunk;
		if (grow(&in, want) == -1)
			goto fail;
		if ((n = read(fd, in.data + in.len, want)) == 0)
			break;
		if (n == -1) {
			if (again(fd, POLLIN))
				continue;
			goto fail;
		}
		if ((size_t)n > max - in.len) {
			errno = EFBIG;
			goto fail;
		}
		in.len += (size_t)n;
	}
	in.data[in.len] = '\0';
	buf_wipe(b);
	*b = in;
	return 0;
 fail:
	error = errno;
	if (in.data != NULL)
		explicit_bzero(in.data, in.room);
	free(in.data);
	errno = error;
	return -1;
}

int
buf_load(struct buf *b, const char *path, size_t max)
{
	int	 fd, error, rc;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return -1;
	rc = buf_read(b, fd, max);
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

int
buf_append(struct buf *b, const void *data, size_t len)
{
	if (grow(b, len) == -1)
		return -1;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_puts(struct buf *b, const char *text)
{
	return buf_append(b, text, strlen(text));
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		errno = ENOMEM;
		return -1;
	}
	if (grow(b, (size_t)n) == -1)
		return -1;
	va_start(ap, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

int
buf_write(const struct buf *b, int fd)
{
	size_t	 done = 0;
	ssize_t	 n;

	while (done < b->len) {
		n = write(fd, b->data + done, b->len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0) {
			errno = EIO;
			return -1;
		} else if (!again(fd, POLLOUT))
			return -1;
	}
	return 0;
}

/* Durable under its name.  Some file systems cannot sync a folder: EINVAL. */
static int
sync_folder(int dir, const char *name)
{
	int	 error;

	if (fsync(dir) == 0 || errno == EINVAL)
		return 0;
	error = errno;
	unlinkat(dir, name, 0);
	errno = error;
	return -1;
}

/* A file without a name until it is complete: nothing to clean up, ever. */
static int
create_unnamed(const struct buf *b, int dir, const char *name, mode_t mode)
{
	char	 proc[32];
	int	 fd, error, rc = -1;

	if ((fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode)) == -1)
		return -1;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (buf_write(b, fd) == -1 || fsync(fd) == -1)
		goto out;
	if (linkat(AT_FDCWD, proc, dir, name, AT_SYMLINK_FOLLOW) == -1)
		goto out;
	rc = 0;
 out:
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

/*
 * Give the complete file its name unless that exists.  FAT knows no link,
 * NFS no flags to rename.
 */
static int
settle(int dir, const char *temp, const char *name)
{
	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(dir, temp, dir, name, 0) == -1)
		return -1;
	unlinkat(dir, temp, 0);
	return 0;
}

/* With a temporary name, where the file system has no unnamed files. */
static int
create_named(const struct buf *b, int dir, const char *name, mode_t mode)
{
	sigset_t	 all, old;
	uint64_t	 random;
	char		 temp[40];
	int		 fd, error, rc = -1;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	snprintf(temp, sizeof(temp), ".ksrkit-%016llx", (unsigned long long)random);
	/* A signal half-way would leave the temporary file behind. */
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &old) == -1)
		return -1;
	fd = openat(dir, temp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd == -1)
		goto out;
	if (buf_write(b, fd) == 0 && fsync(fd) == 0)
		rc = settle(dir, temp, name);
	error = errno;
	if (rc == -1)
		unlinkat(dir, temp, 0);
	close(fd);
	errno = error;
 out:
	error = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return rc;
}

/* Errors that say "no unnamed files here" (or no /proc), not "no room". */
static bool
needs_name(int error)
{
	return error == EOPNOTSUPP || error == EISDIR || error == EINVAL ||
	    error == ENOENT || error == EPERM || error == EXDEV;
}

/* The folder of a path, and the name in it. */
static int
open_folder(const char *path, const char **name)
{
	const char	*slash = strrchr(path, '/');
	char		*folder;
	int		 fd, error;

	*name = slash == NULL ? path : slash + 1;
	if (**name == '\0') {
		errno = EINVAL;
		return -1;
	}
	if (slash == NULL)
		folder = strdup(".");
	else
		folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (folder == NULL)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = errno;
	free(folder);
	errno = error;
	return fd;
}

int
buf_create(const struct buf *b, const char *path, mode_t mode)
{
	struct stat	 st;
	const char	*name;
	int		 dir, error, rc = -1;

	if ((dir = open_folder(path, &name)) == -1)
		return -1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		goto out;
	}
	rc = create_unnamed(b, dir, name, mode);
	if (rc == -1 && needs_name(errno))
		rc = create_named(b, dir, name, mode);
	if (rc == 0)
		rc = sync_folder(dir, name);
 out:
	error = errno;
	close(dir);
	errno = error;
	return rc;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = empty;
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->room);
	buf_free(b);
}
