#include <errno.h>
#include <string.h>

#include "base/fields.h"
#include "base/isotime.h"

int
field_put(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char		 c;

	if (text == NULL || *text == '\0')
		return buf_puts(out, "-");
	if (strcmp(text, "-") == 0)
		return buf_puts(out, "%2D");
	for (; *p != '\0'; p++) {
		c = (char)*p;
		if (*p > 0x20 && *p < 0x7f && *p != '%') {
			if (buf_append(out, &c, 1) == -1)
				return -1;
		} else if (buf_printf(out, "%%%02X", *p) == -1)
			return -1;
	}
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
field_get(char *field)
{
	char	*out = field;
	int	 high, low;

	if (strcmp(field, "-") == 0) {
		*field = '\0';
		return 0;
	}
	for (; *field != '\0'; field++) {
		if (*field != '%') {
			*out++ = *field;
			continue;
		}
		if ((high = hex_digit(field[1])) == -1 || (low = hex_digit(field[2])) == -1 ||
		    (high == 0 && low == 0))
			return -1;
		*out++ = (char)(high << 4 | low);
		field += 2;
	}
	*out = '\0';
	return 0;
}

int
field_time(int64_t *out, int64_t open, const char *field)
{
	if (strcmp(field, "-") != 0)
		return isotime_parse(out, field);
	*out = open;
	return 0;
}

static enum verdict
take_line(char *line, const struct spot *at, size_t min, size_t max, field_fn *each, void *arg,
    struct report *report)
{
	char	*fields[FIELDS_MAX + 1], *rest = NULL, *f;
	size_t	 n = 0;

	if (*line == '#')
		return ACCEPT;
	for (f = strtok_r(line, " \t\r", &rest); f != NULL && n <= FIELDS_MAX;
	    f = strtok_r(NULL, " \t\r", &rest))
		fields[n++] = f;
	if (n == 0)
		return ACCEPT;
	if (n < min || n > max)
		return report_fault(report, at, "%zu fields, %zu%s are expected", n, min,
		    min == max ? "" : " or more");
	return each(arg, fields, n, at, report) == ACCEPT ? ACCEPT : FAULT;
}

static enum verdict
load(const char *path, bool may_be_empty, size_t min, size_t max, field_fn *each, void *arg,
    struct report *report)
{
	struct spot	 at = { path, 0, 0 };
	struct buf	 buf = BUF_EMPTY;
	enum verdict	 v = ACCEPT;
	char		*line, *rest;

	if (buf_load(&buf, path, FIELDS_FILE_MAX) == -1)
		return report_fault(report, &at, "%s", strerror(errno));
	if (buf.len == 0 && !may_be_empty)
		v = report_fault(report, &at, "is empty");
	if (buf.len > 0 && memchr(buf.data, '\0', buf.len) != NULL)
		v = report_fault(report, &at, "a NUL byte: not a text file");
	for (rest = (char *)buf.data; v == ACCEPT && rest != NULL && *rest != '\0';) {
		line = strsep(&rest, "\n");
		at.line++;
		v = take_line(line, &at, min, max, each, arg, report);
	}
	buf_free(&buf);
	return v;
}

enum verdict
fields_load(const char *path, size_t min, size_t max, field_fn *each, void *arg,
    struct report *report)
{
	return load(path, false, min, max, each, arg, report);
}

enum verdict
fields_load_or_empty(const char *path, size_t min, size_t max, field_fn *each, void *arg,
    struct report *report)
{
	return load(path, true, min, max, each, arg, report);
}
