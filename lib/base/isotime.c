#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/isotime.h"

struct civil {
	int64_t	 year;
	unsigned month, day;
};

/*
 * Days since 1970-01-01 in the proleptic Gregorian calendar, counted from
 * 1 March so that the leap day is the last one of its year.
 */
static int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
	int64_t	 y = year - (month <= 2);
	int64_t	 era = (y >= 0 ? y : y - 399) / 400;
	int64_t	 of_era = y - era * 400;
	int64_t	 of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil
civil_from_days(int64_t days)
{
	struct civil	 c;
	int64_t		 z = days + 719468;
	int64_t		 era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t		 doe = z - era * 146097;
	int64_t		 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t		 doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t		 mp = (5 * doy + 2) / 153;

	c.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	c.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	c.year = yoe + era * 400 + (c.month <= 2);
	return c;
}

static unsigned
days_in_month(unsigned year, unsigned month)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool	 leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Match "text" against a pattern in which a digit n stands for a digit of
 * field n and any other character for itself.  Returns what follows, or NULL.
 */
static const char *
fields(unsigned out[6], const char *text, const char *pattern)
{
	memset(out, 0, 6 * sizeof(*out));
	for (; *pattern != '\0'; pattern++, text++) {
		if (!is_digit(*pattern)) {
			if (*text != *pattern)
				return NULL;
			continue;
		}
		if (!is_digit(*text))
			return NULL;
		out[*pattern - '0'] = out[*pattern - '0'] * 10 + (unsigned)(*text - '0');
	}
	return text;
}

static int
instant(int64_t *out, const unsigned f[6])
{
	int64_t	 t;

	if (f[0] < 1970 || f[1] < 1 || f[1] > 12 || f[2] < 1 || f[2] > days_in_month(f[0], f[1]))
		return -1;
	if (f[3] > 23 || f[4] > 59 || f[5] > 59)
		return -1;
	t = days_from_civil(f[0], f[1], f[2]) * DAY + f[3] * HOUR + f[4] * MINUTE + f[5];
	if (t > ISOTIME_MAX)
		return -1;
	*out = t;
	return 0;
}

int
isotime_parse(int64_t *out, const char *text)
{
	const char	*rest;
	unsigned	 f[6];

	if ((rest = fields(f, text, "0000-11-22T33:44:55")) == NULL)
		return -1;
	if (*rest != '\0' && strcmp(rest, "Z") != 0 && strcmp(rest, "+00:00") != 0)
		return -1;
	return instant(out, f);
}

int
isotime_rrsig_parse(int64_t *out, const char *text)
{
	const char	*rest;
	unsigned	 f[6];

	if ((rest = fields(f, text, "00001122334455")) == NULL || *rest != '\0')
		return -1;
	return instant(out, f);
}

int
isotime_option(int64_t *out, const char *text)
{
	const char	*rest;
	unsigned	 f[6];
	time_t		 now;

	if (strcmp(text, "now") == 0) {
		if ((now = time(NULL)) < 0 || now > ISOTIME_MAX)
			return -1;
		*out = now;
		return 0;
	}
	rest = fields(f, text, "0000-11-22");
	if (rest != NULL && *rest == '\0')
		return instant(out, f);
	return isotime_parse(out, text);
}

struct broken_down {
	struct civil	 date;
	int		 hour, minute, second;
};

/* false for a year that four digits cannot say. */
static bool
break_down(struct broken_down *b, int64_t t)
{
	int64_t	 days = t / DAY, rest = t % DAY;

	if (rest < 0) {
		rest += DAY;
		days--;
	}
	b->date = civil_from_days(days);
	b->hour = (int)(rest / HOUR);
	b->minute = (int)(rest % HOUR / MINUTE);
	b->second = (int)(rest % MINUTE);
	return b->date.year >= 0 && b->date.year <= 9999;
}

const char *
isotime_format(char out[ISOTIME_SIZE], int64_t t, const char *suffix)
{
	struct broken_down	 b;

	if (!break_down(&b, t))
		snprintf(out, ISOTIME_SIZE, "@%" PRId64, t);
	else
		snprintf(out, ISOTIME_SIZE, "%04" PRId64 "-%02u-%02uT%02d:%02d:%02d%s",
		    b.date.year, b.date.month, b.date.day, b.hour, b.minute, b.second, suffix);
	return out;
}

const char *
isotime_rrsig(char out[ISOTIME_SIZE], int64_t t)
{
	struct broken_down	 b;

	if (!break_down(&b, t))
		snprintf(out, ISOTIME_SIZE, "@%" PRId64, t);
	else
		snprintf(out, ISOTIME_SIZE, "%04" PRId64 "%02u%02u%02d%02d%02d",
		    b.date.year, b.date.month, b.date.day, b.hour, b.minute, b.second);
	return out;
}

/* Digits at *p as a number of at most ISOTIME_MAX; *p moves behind them. */
static int
number(int64_t *out, const char **p)
{
	int64_t	 n = 0;

	if (!is_digit(**p))
		return -1;
	for (; is_digit(**p); (*p)++) {
		n = n * 10 + (**p - '0');
		if (n > ISOTIME_MAX)
			return -1;
	}
	*out = n;
	return 0;
}

int
isoduration_parse(int64_t *out, const char *text, bool weeks)
{
	static const struct {
		char	 letter;
		bool	 time;
		int64_t	 seconds;
	} parts[] = {
		{ 'D', false, DAY },
		{ 'H', true, HOUR },
		{ 'M', true, MINUTE },
		{ 'S', true, 1 },
	};
	const size_t	 last = sizeof(parts) / sizeof(parts[0]);
	const char	*p = text;
	int64_t		 n, sum = 0;
	size_t		 next = 0;
	bool		 time = false;

	if (*p++ != 'P')
		return -1;
	do {
		if (*p == 'T' && !time) {
			time = true;
			p++;
		}
		if (number(&n, &p) == -1)
			return -1;
		if (*p == 'W' && weeks && p[1] == '\0' && next == 0 && !time) {
			sum = n * 7 * DAY;
			p++;
			break;
		}
		while (next < last && (parts[next].letter != *p || parts[next].time != time))
			next++;
		if (next == last)
			return -1;
		sum += n * parts[next++].seconds;	/* below 4 * 2^32 * DAY */
		p++;
	} while (*p != '\0');
	if (sum > ISOTIME_MAX)
		return -1;
	*out = sum;
	return 0;
}

const char *
isoduration_format(char out[ISOTIME_SIZE], int64_t seconds)
{
	uint64_t	 u = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	uint64_t	 rest = u % DAY;
	size_t		 n;

	n = (size_t)snprintf(out, ISOTIME_SIZE, "%sP", seconds < 0 ? "-" : "");
	if (u >= DAY)
		n += (size_t)snprintf(out + n, ISOTIME_SIZE - n, "%" PRIu64 "D", u / DAY);
	if (rest > 0 || u == 0)
		n += (size_t)snprintf(out + n, ISOTIME_SIZE - n, "T");
	if (rest >= HOUR)
		n += (size_t)snprintf(out + n, ISOTIME_SIZE - n, "%" PRIu64 "H", rest / HOUR);
	if (rest % HOUR >= MINUTE)
		n += (size_t)snprintf(out + n, ISOTIME_SIZE - n, "%" PRIu64 "M",
		    rest % HOUR / MINUTE);
	if (rest % MINUTE > 0 || u == 0)
		snprintf(out + n, ISOTIME_SIZE - n, "%" PRIu64 "S", rest % MINUTE);
	return out;
}

#define SPAN_MAX	12000		/* months: a thousand years */

int
calspan_parse(struct calspan *out, const char *text)
{
	static const struct {
		char	 letter;
		unsigned months, days;
	} parts[] = { { 'Y', 12, 0 }, { 'M', 1, 0 }, { 'W', 0, 7 }, { 'D', 0, 1 } };
	const char	*p = text;
	int64_t		 n, months = 0, days = 0;
	size_t		 i = 0;

	if (*p++ != 'P' || *p == '\0')
		return -1;
	while (*p != '\0') {
		if (number(&n, &p) == -1)
			return -1;
		while (i < 4 && parts[i].letter != *p)
			i++;
		if (i == 4)
			return -1;
		months += n * parts[i].months;
		days += n * parts[i++].days;
		p++;
	}
	if (months > SPAN_MAX || days > SPAN_MAX * 30 || months + days == 0)
		return -1;
	out->months = (unsigned)months;
	out->days = (unsigned)days;
	return 0;
}

/* Days since 1970-01-01, rounded down. */
static int64_t
day_number(int64_t t)
{
	return t / DAY - (t % DAY < 0 ? 1 : 0);
}

int64_t
calspan_after(int64_t t, const struct calspan *s)
{
	int64_t		 days = day_number(t), months;
	struct civil	 c = civil_from_days(days);
	unsigned	 last;

	months = c.year * 12 + c.month - 1 + s->months;
	c.year = months / 12;
	c.month = (unsigned)(months % 12) + 1;
	last = days_in_month((unsigned)c.year, c.month);
	if (c.day > last)
		c.day = last;
	return (days_from_civil(c.year, c.month, c.day) + s->days) * DAY + (t - days * DAY);
}

int64_t
calendar_day(int64_t t)
{
	return day_number(t) * DAY;
}

int64_t
calendar_quarter(int64_t t)
{
	struct civil	 c = civil_from_days(day_number(t));

	return days_from_civil(c.year, (c.month - 1) / 3 * 3 + 1, 1) * DAY;
}

int64_t
calendar_next_quarter(int64_t t)
{
	const struct calspan	 quarter = { 3, 0 };

	return calspan_after(calendar_quarter(t), &quarter);
}
