/*
 * backup: the archive of keys: what is in it, its manifest, and the judgement of one by what it says of
 * itself.  ksr-backup(5).  No token and no secret is needed here but to authenticate it.
 */
#ifndef ACT_BACKUP_H
#define ACT_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "act/share.h"
#include "act/tarball.h"
#include "base/digest.h"
#include "base/report.h"
#include "model/dnskey.h"
#include "model/keylist.h"

#define BACKUP_SUFFIX	".tar.gz"
#define BACKUP_SUM	".sha256sum"	/* behind the whole name */
#define BACKUP_NAME	32		/* "key-backup-YYYY-MM-DD" fits */
#define BACKUP_KEY	32		/* bytes of the wrapping key */
#define BACKUP_KEY_FILE	32

enum backup_attribute {			/* of PKCS#11, of either half */
	ATTR_SIGN = 1, ATTR_SIGN_RECOVER = 2, ATTR_DECRYPT = 4, ATTR_UNWRAP = 8,
	ATTR_DERIVE = 16, ATTR_VERIFY = 32, ATTR_VERIFY_RECOVER = 64, ATTR_ENCRYPT = 128,
	ATTR_WRAP = 256, ATTR_PRIVATE = 512, ATTR_MODIFIABLE = 1024, ATTR_SENSITIVE = 2048,
	ATTR_EXTRACTABLE = 4096, ATTR_WRAP_WITH_TRUSTED = 8192, ATTR_ALWAYS_AUTHENTICATE = 16384,
	ATTR_DATED = 32768		/* it has the dates of its line itself */
};

struct backup_key {			/* of the key-list line of the same index */
	bool		 wrapped;	/* its private half is inside, as keys/NNNN */
	unsigned	 private;	/* of enum backup_attribute; 0 where it is not inside */
	unsigned	 public;
	struct key	 key;		/* algorithm and public key only */
};

struct backup {
	char		 name[BACKUP_NAME];	/* without suffix */
	int64_t		 made;
	char		 wrap[8];		/* how: "kwp" or "pad" */
	struct share_set set;
	struct keylist	 list;			/* of one token */
	struct backup_key *keys;		/* list.n of them */
	struct tarball	 files;			/* all but the manifest, without the folder of that name */
	struct buf	 manifest;		/* but for its last line */
	unsigned char	 hmac[DIGEST_SIZE];	/* that line */
	unsigned char	 digest[DIGEST_SIZE];	/* of the whole archive, when read */
};

#define BACKUP_EMPTY { .name = "" }

/* "key-backup-2026-11-21" for the day of that instant. */
void		 backup_name(char out[BACKUP_NAME], int64_t);

/* The name of key i's file, "keys/0001" for the first. */
const char	*backup_key_file(char out[BACKUP_KEY_FILE], size_t i);

/*
 * Append the tar.gz.  name, made, wrap, set, list, keys and files (the wrapped keys and whatever goes along)
 * are the caller's; the manifest is made here, and the file "keylist" added.  0, or -1 with errno.
 */
int		 backup_write(struct buf *out, struct backup *, const struct secret *key);

/*
 * Read one and judge it: the container, the manifest, each file's digest, the keys, the set of
 * shares.  REFUSE says everything that is wrong with it.
 */
enum verdict	 backup_read(struct backup *out, const struct buf *in, size_t max,
		    const char *input, struct report *);

/* Is the manifest one that was made with this key?  1: yes; 0: no; -1: with errno. */
int		 backup_authentic(const struct backup *, const struct secret *key);

/* "sign,sensitive" or "-"; and back: 0, or -1. */
int		 backup_attributes_print(struct buf *, unsigned attributes);
int		 backup_attributes_parse(unsigned *, const char *text);

/* The content of NAME.tar.gz.sha256sum, as sha256sum writes it. */
int		 backup_sum(struct buf *, const unsigned char digest[DIGEST_SIZE], const char *file);

void		 backup_clear(struct backup *);

#endif
