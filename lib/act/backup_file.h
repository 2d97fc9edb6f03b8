/*
 * backup_file: backups as files: found in a folder, read with the sum beside them, compared.
 */
#ifndef ACT_BACKUP_FILE_H
#define ACT_BACKUP_FILE_H

#include "act/backup.h"

#define BACKUP_FILE	(BACKUP_NAME + 16)

/* "key-backup-2026-11-21.tar.gz" */
const char	*backup_file(char out[BACKUP_FILE], const char *name);

/*
 * Read the bytes of a backup: "path" is the file, or a folder with one key-backup-*.tar.gz.  The file with
 * its sum stands beside it and agrees.  *where is the file's path, the caller's to free.  ACCEPT, REFUSE
 * or FAULT.
 */
enum verdict	 backup_fetch(struct buf *bytes, char **where, const char *path, size_t max,
		    struct report *);

/* The same, and judged: its name is that of the backup inside. */
enum verdict	 backup_load(struct backup *, struct buf *bytes, char **where, const char *path,
		    size_t max, struct report *);

/* The digest as it was read from paper is that of the archive. */
enum verdict	 backup_confirm(const struct backup *, const char *where, const char *digest,
		    struct report *);

/* Equal, or REFUSE with the first byte that differs. */
enum verdict	 backup_same(const struct buf *a, const char *awhere, const struct buf *b,
		    const char *bwhere, struct report *);

#endif
