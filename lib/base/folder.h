/*
 * folder: several files that belong together, all of them or none.
 */
#ifndef BASE_FOLDER_H
#define BASE_FOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

struct folder_file {
	const char	*name;		/* without a slash */
	const struct buf *data;
};

/*
 * Create the folder "path", which must not exist (EEXIST), with these files: under a temporary
 * name beside it, each file and the folder synchronised, then renamed.  Signals are held back meanwhile.  On
 * failure nothing is left behind.  0, or -1 with errno.
 */
int	 folder_create(const char *path, const struct folder_file *, size_t n, mode_t mode);

#endif
