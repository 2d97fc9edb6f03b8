#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "model/dnskeyline.h"

#define FILE_MAX	65536
#define BLANKS		" \t\r\n"

size_t
record_length(const char *line)
{
	size_t	 i;

	for (i = 0; line[i] != '\0' && line[i] != ';'; i++)
		if (line[i] == '\\' && line[i + 1] != '\0')
			i++;
	return i;
}

struct word {
	const char	*p;
	size_t		 len;
};

/* The next word of the line; len 0 at its end. */
static struct word
next(const char **line, const char *end)
{
	struct word	 w;

	while (*line < end && strchr(BLANKS, **line) != NULL)
		(*line)++;
	w.p = *line;
	while (*line < end && strchr(BLANKS, **line) == NULL)
		(*line)++;
	w.len = (size_t)(*line - w.p);
	return w;
}

static bool
is(struct word w, const char *text)
{
	return w.len == strlen(text) && strncasecmp(w.p, text, w.len) == 0;
}

static int
number(uint32_t *out, struct word w, uint32_t max)
{
	uint64_t	 n = 0;
	size_t		 i;

	if (w.len == 0 || w.len > 10)
		return -1;
	for (i = 0; i < w.len; i++) {
		if (w.p[i] < '0' || w.p[i] > '9')
			return -1;
		n = 10 * n + (uint64_t)(w.p[i] - '0');
	}
	if (n > max)
		return -1;
	*out = (uint32_t)n;
	return 0;
}

static int
parse_owner(struct dname *owner, struct word w)
{
	char	 text[DNAME_TEXT];

	/* The class in this place means that the owner was left out (RFC 1035 5.1). */
	if (w.len == 0 || w.len >= sizeof(text) || is(w, "IN"))
		return -1;
	memcpy(text, w.p, w.len);
	text[w.len] = '\0';
	return dname_parse(owner, text);
}

/* TTL, class and type: the words between owner and rdata. */
static int
parse_middle(uint32_t *ttl, const char *type, const char **line, const char *end)
{
	bool		 class = false, seen = false;
	struct word	 w;

	for (;;) {
		w = next(line, end);
		if (is(w, type))
			return 0;
		if (!class && is(w, "IN"))
			class = true;
		else if (!seen && number(ttl, w, INT32_MAX) == 0)
			seen = true;
		else
			return -1;
	}
}

int
dnskey_line_parse(struct key *out, struct dname *owner, const char *line)
{
	const char	*end = line + record_length(line);
	uint32_t	 flags, protocol, algorithm;
	struct key	 key = { 0 };
	struct dname	 name;

	if (parse_owner(&name, next(&line, end)) == -1 ||
	    parse_middle(&key.ttl, "DNSKEY", &line, end) == -1 ||
	    number(&flags, next(&line, end), UINT16_MAX) == -1 ||
	    number(&protocol, next(&line, end), UINT8_MAX) == -1 ||
	    number(&algorithm, next(&line, end), UINT8_MAX) == -1) {
		errno = EINVAL;
		return -1;
	}
	if ((key.public = base64_decode(line, (size_t)(end - line), &key.len)) == NULL)
		return -1;
	key.flags = (uint16_t)flags;
	key.protocol = (uint8_t)protocol;
	key.algorithm = (uint8_t)algorithm;
	key.tag = key_tag(&key);
	*out = key;
	*owner = name;
	return 0;
}

static int
hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Whole bytes, at least one; blanks anywhere. */
static int
parse_hex(struct ds *ds, const char *line, const char *end)
{
	size_t	 digits = 0;
	int	 v;

	for (; line < end; line++) {
		if (strchr(BLANKS, *line) != NULL)
			continue;
		if ((v = hex_value(*line)) == -1 || digits == 2 * sizeof(ds->digest))
			return -1;
		ds->digest[digits / 2] = (unsigned char)(ds->digest[digits / 2] << 4 | v);
		digits++;
	}
	ds->len = digits / 2;
	return digits == 0 || digits % 2 != 0 ? -1 : 0;
}

int
ds_line_parse(struct ds *out, const char *line)
{
	const char	*end = line + record_length(line);
	struct ds	 ds = { .len = 0 };
	uint32_t	 ttl, tag, algorithm, type;

	if (parse_owner(&ds.owner, next(&line, end)) == -1 ||
	    parse_middle(&ttl, "DS", &line, end) == -1 ||
	    number(&tag, next(&line, end), UINT16_MAX) == -1 ||
	    number(&algorithm, next(&line, end), UINT8_MAX) == -1 ||
	    number(&type, next(&line, end), UINT8_MAX) == -1 ||
	    parse_hex(&ds, line, end) == -1)
		return -1;
	ds.tag = (uint16_t)tag;
	ds.algorithm = (uint8_t)algorithm;
	ds.type = (uint8_t)type;
	*out = ds;
	return 0;
}

int
dnskey_file_load(struct key *out, struct dname *owner, const char *path)
{
	struct buf	 file = BUF_EMPTY;
	struct key	 key = { 0 };
	struct dname	 name;
	bool		 found = false;
	char		*line, *rest;
	int		 rc = -1;

	if (buf_load(&file, path, FILE_MAX) == -1)
		return -1;
	errno = EINVAL;
	if (file.len == 0 || strlen((char *)file.data) != file.len)
		goto out;
	for (rest = (char *)file.data; (line = strsep(&rest, "\n")) != NULL;) {
		line += strspn(line, BLANKS);
		if (*line == '\0' || *line == ';')
			continue;
		if (found) {
			errno = EINVAL;
			goto out;
		}
		if (dnskey_line_parse(&key, &name, line) == -1)
			goto out;
		found = true;
	}
	if (!found) {
		errno = EINVAL;
		goto out;
	}
	*out = key;
	*owner = name;
	key = (struct key){ 0 };
	rc = 0;
 out:
	key_clear(&key);
	buf_free(&file);
	return rc;
}
