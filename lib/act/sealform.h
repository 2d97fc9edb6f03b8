/*
 * sealform: what stands in a sealed slot before its SKR, what a sealed file is called, and
 * the manifest of a set of them; see skr-sealed(5).
 */
#ifndef ACT_SEALFORM_H
#define ACT_SEALFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "model/dname.h"

#define SEAL_SLOTS	4096		/* of a set at most */
#define SEAL_NAME	256		/* a file name, with NUL */
#define SEAL_MANIFEST	"manifest"	/* its name in the folder of the set */
#define SEAL_MANIFEST_BYTES ((size_t)4 << 20)

/* Which part of which response a sealed file has inside. */
struct seal_part {
	struct dname	 zone;
	size_t		 slot;		/* from 1; 0: the whole response */
	size_t		 slots;		/* that the response has */
	int64_t		 inception;	/* of the slot, or the first of all */
	int64_t		 expiration;
	unsigned char	 set[DIGEST_SIZE];	/* digest of the whole response's file */
};

/* The header: lines, then an empty one.  0, or -1: out of memory. */
int		 seal_header_write(struct buf *, const struct seal_part *,
		    const unsigned char envelope[DIGEST_SIZE]);

/*
 * Read it, in exactly the form that is written; *body is where the SKR begins.  NULL: done; else
 * what is wrong, of static storage.
 */
const char	*seal_header_read(struct seal_part *, unsigned char envelope[DIGEST_SIZE],
		    size_t *body, const void *, size_t len);

/*
 * ZONE-INCEPTION-EXPIRATION.cms, or ...-whole.cms; the root zone is "root".  0, or -1: the
 * name of the zone is too long for that.
 */
int		 seal_name(char out[SEAL_NAME], const struct seal_part *);

/*
 * Is it of that form?  0 and the times, the length of the zone's part and whether it is a whole
 * response; or -1.
 */
int		 seal_name_read(const char *name, size_t *zonelen, int64_t *inception,
		    int64_t *expiration, bool *whole);

struct seal_entry {
	size_t		 slot;		/* 0: the whole response */
	int64_t		 inception;
	int64_t		 expiration;
	unsigned char	 digest[DIGEST_SIZE];	/* of the sealed file */
};

struct seal_manifest {
	struct dname	 zone;
	unsigned char	 set[DIGEST_SIZE];
	bool		 together;	/* one key opens more than one slot */
	size_t		 slots;
	struct seal_entry *v;		/* every slot, in its order; or the whole response */
	size_t		 n;
};

/* Append it; sha256sum -c takes it.  0, or -1. */
int		 seal_manifest_write(struct buf *, const struct seal_manifest *);

/* NULL and *out, which seal_manifest_free frees; else what is wrong, of static storage. */
const char	*seal_manifest_read(struct seal_manifest **out, const void *, size_t len);
void		 seal_manifest_free(struct seal_manifest *);

#endif
