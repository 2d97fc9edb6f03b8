/*
 * fields: lines between tools and records of ceremonies: fields of printable ASCII, in
 * which bytes from outside that are not, and %, stand as %XX; "-" is a field without a value.
 */
#ifndef BASE_FIELDS_H
#define BASE_FIELDS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/report.h"

#define FIELDS_MAX	16		/* fields of a line at most */
#define FIELDS_FILE_MAX	((size_t)16 << 20)

/* Append text as one field.  0, or -1: out of memory. */
int	 field_put(struct buf *, const char *text);

/* The text of a field, the %XX resolved, in place.  0, or -1: a bad %XX, or %00. */
int	 field_get(char *field);

/* A time as isotime_parse takes it, or "-": this one.  0, or -1: neither. */
int	 field_time(int64_t *, int64_t open, const char *field);

/*
 * Call "each" with the fields of every line of a file, split at white space; lines that are
 * empty or begin with # are passed over.  A line of fewer or more fields than min to max is a fault, as are
 * a file without a byte, which a broken pipe leaves, and what each() returns other than ACCEPT.
 * Returns ACCEPT or FAULT.
 */
typedef enum verdict field_fn(void *arg, char *const fields[], size_t n, const struct spot *,
		    struct report *);
enum verdict	 fields_load(const char *path, size_t min, size_t max, field_fn *, void *arg,
		    struct report *);

/* The same, and a file without a byte, which is refused there, has no line. */
enum verdict	 fields_load_or_empty(const char *path, size_t min, size_t max, field_fn *,
		    void *arg, struct report *);

#endif
