/*
 * share_file: files with one share: as it is, or sealed under its holder's passphrase (a few lines
 * that name it, then CMS in PEM, as "openssl cms -decrypt -inform PEM" opens it).  ksr-shares(5).
 */
#ifndef ACT_SHARE_FILE_H
#define ACT_SHARE_FILE_H

#include "act/share.h"

#define SHARE_FILE_MAX	((size_t)16384)
#define SHARE_WHO	192		/* of the text that names a share and its holder */

/* "share 2 of 5, 3 needed (Anna Admin)"; what is not printable ASCII is '?'. */
const char	*share_who(char out[SHARE_WHO], unsigned number, unsigned m, unsigned n,
		    const char *holder);

/* Append the text of a sealed share.  0, or -1. */
int		 share_seal(struct buf *out, const struct share *, const char *holder,
		    const struct secret *passphrase);

/* The passphrase for the share that "who" names.  0, or -1 with errno. */
typedef int	 share_passphrase_fn(void *arg, const char *who, struct secret *);

/*
 * Read a file with a share, sealed or not; ask is called for a sealed one.  ACCEPT, REFUSE (no
 * share, damaged, the wrong passphrase) or FAULT, said in the report.  Needs cms_init.
 */
enum verdict	 share_load(struct share *out, const char *path, share_passphrase_fn *ask, void *arg,
		    struct report *);

/* What a sealed share shows without its passphrase. */
struct share_cover {
	unsigned	 number, m, n;
	char		*holder;		/* NULL: not named */
	unsigned char	 id[SHARE_ID];
	enum share_kind	 kind;
	struct buf	 cms;			/* DER */
};

/* The text of a sealed share, without opening it.  ACCEPT, REFUSE or FAULT. */
enum verdict	 share_cover_parse(struct share_cover *out, const struct buf *, const char *input,
		    struct report *);
void		 share_cover_clear(struct share_cover *);

#endif
