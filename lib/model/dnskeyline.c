#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "model/dnskeyline.h"

#define FILE_MAX	65536
#define BLANKS		" \t\r\n"

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

	if (w.len == 0 || w.len >= sizeof(text))
		return -1;
	memcpy(text, w.p, w.len);
	text[w.len] = '\0';
	return dname_parse(owner, text);
}

/* TTL, class and type: the words between owner and rdata. */
static int
parse_middle(struct key *key, const char **line, const char *end)
{
	bool		 class = false, ttl = false;
	struct word	 w;

	for (;;) {
		w = next(line, end);
		if (is(w, "DNSKEY"))
			return 0;
		if (!class && is(w, "IN"))
			class = true;
		else if (!ttl && number(&key->ttl, w, INT32_MAX) == 0)
			ttl = true;
		else
			return -1;
	}
}

int
dnskey_line_parse(struct key *out, struct dname *owner, const char *line)
{
	const char	*end = line + strcspn(line, ";");
	uint32_t	 flags, protocol, algorithm;
	struct key	 key = { 0 };
	struct dname	 name;

	if (parse_owner(&name, next(&line, end)) == -1 ||
	    parse_middle(&key, &line, end) == -1 ||
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
