/*
 * buf: whole input in, whole output out.  A growing block of bytes, read with
 * a size limit and written completely or not at all.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <sys/types.h>

struct buf {
	unsigned char	*data;		/* always NUL-terminated once non-NULL */
	size_t		 len;		/* without that NUL */
	size_t		 room;
};

#define BUF_EMPTY { NULL, 0, 0 }

/*
 * Read to the end of input.  -1 with errno on failure; EFBIG when there is
 * more than max bytes.  Nothing is kept of a failed read.
 */
int	 buf_read(struct buf *, int fd, size_t max);
int	 buf_load(struct buf *, const char *path, size_t max);

/* Append.  0, or -1 with errno ENOMEM and the contents unchanged. */
int	 buf_append(struct buf *, const void *, size_t);
int	 buf_puts(struct buf *, const char *);
int	 buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Write it all to fd, restarting after signals.  0, or -1 with errno. */
int	 buf_write(const struct buf *, int fd);

/*
 * Create "path" with these bytes: temporary name in the same folder, fsync,
 * link to the final name (which must not exist: EEXIST), fsync of the folder.
 * On failure nothing is left behind.  0, or -1 with errno.
 */
int	 buf_create(const struct buf *, const char *path, mode_t mode);

/* Free; the second one overwrites the bytes first. */
void	 buf_free(struct buf *);
void	 buf_wipe(struct buf *);

#endif
