#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/isotime.h"
#include "mint.h"

#define DOCUMENT_MAX	((size_t)64 << 20)

void
die(const char *fmt, ...)
{
	va_list	 ap;

	fputs("mint: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

void *
need(void *p)
{
	if (p == NULL)
		die("out of memory");
	return p;
}

void
done(int result)
{
	if (result != 0)
		die("a function of the library failed: %s", strerror(errno));
}

char *
text(const char *fmt, ...)
{
	va_list	 ap;
	char	*s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	return need(s);
}

void
replace(char **to, char *with)
{
	free(*to);
	*to = with;
}

void
load(struct buf *b, const char *path)
{
	int	 r;

	if (strcmp(path, "-") == 0)
		r = buf_read(b, STDIN_FILENO, DOCUMENT_MAX);
	else
		r = buf_load(b, path, DOCUMENT_MAX);
	if (r != 0)
		die("%s: %s", path, strerror(errno));
}

void
save(const struct buf *b, const char *dir, const char *name)
{
	char	*path = text("%s/%s", dir, name);

	if (buf_create(b, path, 0600) != 0)
		die("%s: %s", path, strerror(errno));
	free(path);
}

char *
date(int64_t t)
{
	char	 s[ISOTIME_SIZE];

	isotime_format(s, t, "");
	return text("%.10s", s);
}

int64_t
add_months(int64_t t, int months)
{
	struct tm	 tm;
	time_t		 in = (time_t)t, out;
	int		 day;

	if (gmtime_r(&in, &tm) == NULL)
		die("time out of range");
	day = tm.tm_mday;
	tm.tm_mday = 1;
	tm.tm_mon += months;
	out = timegm(&tm);		/* normalises the month */
	if (gmtime_r(&out, &tm) == NULL)
		die("time out of range");
	tm.tm_mon++;
	tm.tm_mday = 0;			/* the last day of the month before */
	out = timegm(&tm);
	if (gmtime_r(&out, &tm) == NULL)
		die("time out of range");
	if (day < tm.tm_mday)
		tm.tm_mday = day;
	return (int64_t)timegm(&tm);
}
