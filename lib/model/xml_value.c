#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/isotime.h"
#include "model/xml.h"
#include "model/xml_scan.h"

#define SHORT_MAX	64		/* no number, time or duration is longer */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* -1, with a finding, where there is no such attribute. */
static int
get_raw(struct xml_span *v, struct xml *x, const struct xml_node *n, const char *attr)
{
	if (attr == NULL)
		*v = xml_text(n);
	else if (!xml_attr(x, n, attr, v)) {
		xml_wrong(x, n, "%s has no attribute %s", xml_name(n), attr);
		return -1;
	}
	return 0;
}

/* The same without the white space around it. */
static int
get(struct xml_span *v, struct xml *x, const struct xml_node *n, const char *attr)
{
	if (get_raw(v, x, n, attr) == -1)
		return -1;
	while (v->len > 0 && is_space(v->p[v->len - 1]))
		v->len--;
	while (v->len > 0 && is_space(*v->p))
		v->p++, v->len--;
	return 0;
}

static void
not_of_type(struct xml *x, const struct xml_node *n, const char *attr,
    const struct xml_span *v, const char *type)
{
	xml_wrong(x, n, "%s%s%s: \"%.*s%s\" is not %s", xml_name(n),
	    attr != NULL ? " " : "", attr != NULL ? attr : "",
	    v->len > 40 ? 40 : (int)v->len, v->p, v->len > 40 ? "..." : "", type);
}

/* The value with a NUL behind it, for the parsers of short texts. */
static int
get_short(char out[SHORT_MAX], struct xml_span *v, struct xml *x, const struct xml_node *n,
    const char *attr, const char *type)
{
	if (get(v, x, n, attr) == -1)
		return -1;
	if (v->len >= SHORT_MAX) {
		not_of_type(x, n, attr, v, type);
		return -1;
	}
	memcpy(out, v->p, v->len);
	out[v->len] = '\0';
	return 0;
}

static int
decimal(uint64_t *out, const struct xml_span *v)
{
	uint64_t	 sum = 0;
	size_t		 i;

	for (i = 0; i < v->len; i++) {
		if (v->p[i] < '0' || v->p[i] > '9')
			return -1;
		if (__builtin_mul_overflow(sum, UINT64_C(10), &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(v->p[i] - '0'), &sum))
			return -1;
	}
	*out = sum;
	return v->len > 0 ? 0 : -1;
}

uint64_t
xml_number(struct xml *x, const struct xml_node *n, const char *attr, uint64_t min,
    uint64_t max)
{
	struct xml_span	 v;
	uint64_t	 number;
	char		 type[SHORT_MAX];

	if (get(&v, x, n, attr) == -1)
		return 0;
	if (decimal(&number, &v) == 0 && number >= min && number <= max)
		return number;
	if (min == max)
		(void)snprintf(type, sizeof(type), "%" PRIu64, min);
	else
		(void)snprintf(type, sizeof(type), "a number from %" PRIu64 " to %" PRIu64,
		    min, max);
	not_of_type(x, n, attr, &v, type);
	return 0;
}

int64_t
xml_time(struct xml *x, const struct xml_node *n, const char *attr)
{
	static const char type[] = "a time in UTC";
	char		 text[SHORT_MAX];
	struct xml_span	 v;
	int64_t		 t;

	if (get_short(text, &v, x, n, attr, type) == -1)
		return 0;
	if (isotime_parse(&t, text) == 0)
		return t;
	not_of_type(x, n, attr, &v, type);
	return 0;
}

int64_t
xml_duration(struct xml *x, const struct xml_node *n, const char *attr)
{
	static const char type[] = "a duration in days, hours, minutes and seconds";
	char		 text[SHORT_MAX];
	struct xml_span	 v;
	int64_t		 t;

	if (get_short(text, &v, x, n, attr, type) == -1)
		return 0;
	if (isoduration_parse(&t, text, false) == 0)
		return t;
	not_of_type(x, n, attr, &v, type);
	return 0;
}

static char *
copy(struct xml *x, const char *text, size_t len)
{
	char		*s;

	if ((s = strndup(text, len)) == NULL)
		xml_nomem(x);
	return s;
}

char *
xml_string(struct xml *x, const struct xml_node *n, const char *attr)
{
	struct xml_span	 v;

	if (get_raw(&v, x, n, attr) == -1)
		return NULL;
	if (v.len > 0 && v.len <= XML_NAME_MAX)
		return copy(x, v.p, v.len);
	not_of_type(x, n, attr, &v, "a text of 1 to 255 bytes");
	return NULL;
}

/* Printable ASCII: a name has its other bytes as \DDD (RFC 1035 5.1). */
static bool
is_graphic(const char *p)
{
	while (*p > ' ' && *p < 0x7f)
		p++;
	return *p == '\0';
}

char *
xml_dname(struct xml *x, const struct xml_node *n, const char *attr, struct dname *name)
{
	struct xml_span	 v;
	char		*text;

	if (get(&v, x, n, attr) == -1 || (text = copy(x, v.p, v.len)) == NULL)
		return NULL;
	if (v.len > 0 && v.len < DNAME_TEXT && is_graphic(text) && dname_parse(name, text) == 0)
		return text;
	not_of_type(x, n, attr, &v, "a domain name");
	free(text);
	return NULL;
}

void
xml_fixed(struct xml *x, const struct xml_node *n, const char *attr, const char *value)
{
	struct xml_span	 v;

	if (get(&v, x, n, attr) == -1)
		return;
	if (v.len != strlen(value) || memcmp(v.p, value, v.len) != 0)
		not_of_type(x, n, attr, &v, value);
}

unsigned char *
xml_base64(struct xml *x, const struct xml_node *n, const char *attr, size_t *len)
{
	struct xml_span	 v;
	unsigned char	*data;

	if (get(&v, x, n, attr) == -1)
		return NULL;
	if ((data = base64_decode(v.p, v.len, len)) != NULL)
		return data;
	if (errno == EINVAL)
		not_of_type(x, n, attr, &v, "base64");
	else
		xml_nomem(x);
	return NULL;
}

/* How a byte is written in an attribute; NULL: as itself. */
static const char *
written(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\t':
		return "&#9;";	/* unescaped, these three become spaces (XML 1.0 3.3.3) */
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

int
xml_escape(struct buf *b, const char *text)
{
	const char	*p, *from = text, *as;
	size_t		 len = strlen(text);

	if (xml_scan_utf8((const unsigned char *)text, len) != len)
		goto bad;
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 && !is_space(*p))
			goto bad;
	for (p = text; *p != '\0'; p++) {
		if ((as = written(*p)) == NULL)
			continue;
		if (buf_append(b, from, (size_t)(p - from)) == -1 || buf_puts(b, as) == -1)
			return -1;
		from = p + 1;
	}
	return buf_append(b, from, (size_t)(p - from));
 bad:
	errno = EINVAL;
	return -1;
}
