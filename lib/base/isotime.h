/*
 * isotime: instants and durations (ISO 8601, XML Schema part 2), strict.
 * An instant is int64_t seconds since 1970-01-01T00:00:00Z, without leap
 * seconds; a duration is int64_t seconds.  No time zone data is used.
 */
#ifndef BASE_ISOTIME_H
#define BASE_ISOTIME_H

#include <stdbool.h>
#include <stdint.h>

#define ISOTIME_SIZE	 32		/* any text written here fits, with NUL */
#define ISOTIME_MAX	 INT64_C(4294967295)	/* an RRSIG's last second, RFC 4034 3.1.5 */

#define MINUTE	INT64_C(60)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/*
 * "YYYY-MM-DDThh:mm:ss", nothing behind it or "Z" or "+00:00" (all UTC); a
 * date of the calendar, 1970-01-01T00:00:00 to ISOTIME_MAX, no leap second,
 * no 24:00:00, no fraction.  0, or -1 and *out unchanged.
 */
int	 isotime_parse(int64_t *out, const char *text);

/* The same, or "YYYY-MM-DD" (00:00:00), or "now": what an option takes. */
int	 isotime_option(int64_t *out, const char *text);

/* "YYYY-MM-DDThh:mm:ss" followed by the suffix ("Z", "+00:00" or ""). */
const char *isotime_format(char out[ISOTIME_SIZE], int64_t, const char *suffix);

/* "YYYYMMDDhhmmss", as in the presentation form of an RRSIG (RFC 4034 3.2). */
const char *isotime_rrsig(char out[ISOTIME_SIZE], int64_t);

/* That form, and nothing behind it.  0, or -1 and *out unchanged. */
int	 isotime_rrsig_parse(int64_t *out, const char *text);

/*
 * PnDTnHnMnS with at least one part, no months, no years, no sign, no
 * fraction; "weeks" also allows PnW alone.  At most ISOTIME_MAX seconds.
 * 0, or -1 and *out unchanged.
 */
int	 isoduration_parse(int64_t *out, const char *text, bool weeks);

/* The shortest form in days, hours, minutes and seconds: P10D, PT1H30M, PT0S. */
const char *isoduration_format(char out[ISOTIME_SIZE], int64_t);

#endif
