/*
 * secret: a PIN or passphrase in memory that is locked, left out of core
 * dumps, and wiped when freed.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stddef.h>

#define SECRET_MAX	255		/* bytes a secret can have */

struct secret {
	char	*text;			/* NUL-terminated; NULL: none */
	size_t	 len;
};

#define SECRET_EMPTY { NULL, 0 }

/* Call once in main, before any secret is read: no core dump, no ptrace. */
void	secret_harden(void);

/*
 * An empty one whose text has room for SECRET_MAX bytes and a NUL: to be filled
 * in place, with its length, by who makes a secret.  Frees nothing.  0, or -1
 * with errno (ENOMEM, EAGAIN: no memory that can be locked).
 */
int	secret_room(struct secret *);

/* Copy.  0, or -1 with errno (EINVAL: empty, too long or with a NUL byte). */
int	secret_set(struct secret *, const char *text, size_t len);

/*
 * The first line from a descriptor, or from a regular file that its owner (the
 * user of this process) alone can read; without the line end (LF or CR LF).  0,
 * or -1 with errno (EPERM: the file's mode or owner; EINVAL: empty, too long, NUL
 * byte).  Reads no byte beyond the line.
 */
int	secret_read(struct secret *, int fd);
int	secret_load(struct secret *, const char *path);

void	secret_free(struct secret *);

/*
 * Memory for more than one secret: locked, left out of core dumps, zero; and wiped when it is
 * freed.  NULL with errno, as secret_room.
 */
void	*secret_pages(size_t size);
void	 secret_pages_free(void *, size_t size);

/* Overwrite, in a way that the compiler keeps. */
void	secret_wipe(void *, size_t);

#endif
