/*
 * newdir: a folder of files that appears under its name when it is complete, or not at all.
 */
#ifndef BASE_NEWDIR_H
#define BASE_NEWDIR_H

#include "base/buf.h"

struct newdir {
	char	*path;		/* what it is to be called; NULL: none is being made */
	char	*temp;		/* what it is called until then, beside it */
};

#define NEWDIR_EMPTY { NULL, NULL }

/* Begin.  Nothing may be there by that name.  0, or -1 with errno. */
int	 newdir_begin(struct newdir *, const char *path);

/* Create a file in it, as buf_create does.  Threads may do so at once.  0, or -1 with errno. */
int	 newdir_put(const struct newdir *, const char *name, const struct buf *, mode_t mode);

/*
 * Give it its name.  0; or -1 with errno (EEXIST: somebody was faster), and it is as before.
 * Once it has its name it stays.
 */
int	 newdir_settle(struct newdir *);

/* The end: what has not been settled is removed.  Takes an empty one. */
void	 newdir_free(struct newdir *);

#endif
