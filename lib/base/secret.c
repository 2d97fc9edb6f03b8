#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#define ROOM	(SECRET_MAX + 1)

static const struct secret empty = SECRET_EMPTY;

void
secret_harden(void)
{
	const struct rlimit	 none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void
secret_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

/* Pages of their own: locks and advice work on whole pages. */
void *
secret_pages(size_t size)
{
	void	*pages;
	int	 error;

	pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	if (mlock(pages, size) == 0 && madvise(pages, size, MADV_DONTDUMP) == 0)
		return pages;
	error = errno;
	munmap(pages, size);
	errno = error;
	return NULL;
}

void
secret_pages_free(void *pages, size_t size)
{
	if (pages == NULL)
		return;
	explicit_bzero(pages, size);
	munmap(pages, size);
}

int
secret_room(struct secret *s)
{
	char	*page = secret_pages(ROOM);

	if (page == NULL)
		return -1;
	s->text = page;
	s->len = 0;
	return 0;
}

int
secret_set(struct secret *s, const char *text, size_t len)
{
	struct secret	 copy = SECRET_EMPTY;

	if (len == 0 || len > SECRET_MAX || memchr(text, '\0', len) != NULL) {
		errno = EINVAL;
		return -1;
	}
	if (secret_room(&copy) == -1)
		return -1;
	memcpy(copy.text, text, len);
	copy.len = len;
	secret_free(s);
	*s = copy;
	return 0;
}

/* Byte by byte: what follows the line belongs to the next reader. */
static int
read_line(struct secret *s, int fd)
{
	ssize_t	 n;
	char	*c;

	for (;;) {
		c = s->text + s->len;
		if ((n = read(fd, c, 1)) == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0 || *c == '\n')
			break;
		if (*c == '\0' || s->len == SECRET_MAX) {
			errno = EINVAL;
			return -1;
		}
		s->len++;
	}
	if (n == 1 && s->len > 0 && s->text[s->len - 1] == '\r')
		s->len--;
	s->text[s->len] = '\0';
	if (s->len == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int
secret_read(struct secret *s, int fd)
{
	struct secret	 line = SECRET_EMPTY;
	int		 error;

	if (secret_room(&line) == -1)
		return -1;
	if (read_line(&line, fd) == -1) {
		error = errno;
		secret_free(&line);
		errno = error;
		return -1;
	}
	secret_free(s);
	*s = line;
	return 0;
}

int
secret_load(struct secret *s, const char *path)
{
	struct stat	 st;
	int		 fd, error, rc = -1;

	/* Not to wait for a writer, where the path is a pipe after all. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		errno = EPERM;
		goto out;
	}
	rc = secret_read(s, fd);
 out:
	error = errno;
	close(fd);
	errno = error;
	return rc;
}

void
secret_free(struct secret *s)
{
	secret_pages_free(s->text, ROOM);
	*s = empty;
}
