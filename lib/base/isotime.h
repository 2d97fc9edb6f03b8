/*
 * isotime: instants and durations (ISO 8601, XML Schema part 2), strict.
 * An instant is int64_t seconds since 1970-01-01T00:00:00Z, without leap
 * seconds; a duration is int64_t seconds.  Spans of the calendar (P14M) begin at an instant.  No time zone data is used.
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

/* What a span of the calendar is: so many months, then so many days. */
struct calspan {
	unsigned	 months;
	unsigned	 days;
};

/*
 * PnYnMnWnD with at least one part, none of them negative, not zero in all, at most a thousand years.
 * 0, or -1 and *out unchanged.
 */
int	 calspan_parse(struct calspan *out, const char *text);

/*
 * The instant so many months, then days, after this one: the same day of the month, or its last day
 * where the month is shorter.
 */
int64_t	 calspan_after(int64_t, const struct calspan *);

/* 00:00 UTC of its day; of the first day of its quarter, and of the one after it. */
int64_t	 calendar_day(int64_t);
int64_t	 calendar_quarter(int64_t);
int64_t	 calendar_next_quarter(int64_t);

#endif
