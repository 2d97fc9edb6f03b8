/* Other ways of writing the same document, all of them legal XML. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint.h"

#define LINE	64		/* characters a line of wrapped base64 */

enum part { TAG, CONTENT_TEXT };

/* Writes one part of the document, "element" being the one that it stands in. */
typedef void part_fn(struct buf *, enum part, const char *element, const char *s, size_t len);

struct form {
	const char	*name;
	part_fn		*write;		/* each tag and each text between tags; or */
	void		(*edit)(struct buf *);	/* the whole document */
	const char	*sentence;
};

static void
put(struct buf *out, const char *s, size_t len)
{
	done(buf_append(out, s, len));
}

static bool
is_blank(const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (!isspace((unsigned char)s[i]))
			return false;
	return true;
}

static bool
is_value(enum part part, const char *s, size_t len)
{
	return part == CONTENT_TEXT && !is_blank(s, len);
}

static bool
is_element(enum part part, const char *s)
{
	return part == TAG && s[1] != '?' && s[1] != '!';
}

static void
single_quotes(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	size_t	 i;

	(void)element;
	for (i = 0; i < len; i++)
		put(out, part == TAG && s[i] == '"' ? "'" : s + i, 1);
}

static void
spaced(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	size_t	 i;

	(void)element;
	for (i = 0; i < len; i++) {
		if (part == TAG && s[i] == '=')
			put(out, " =\n  ", 5);
		else if (part == TAG && s[i] == '>' && s[i - 1] != '?' && s[i - 1] != '/')
			put(out, "\t>", 2);
		else
			put(out, s + i, 1);
	}
}

static void
commented(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	(void)element;
	put(out, s, len);
	if (is_element(part, s))
		done(buf_puts(out, "<!-- <KSR> & \"a\" comment -->"));
}

static void
split_by_comment(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	size_t	 half = is_value(part, s, len) ? len / 2 : len;

	(void)element;
	put(out, s, half);
	if (half < len)
		done(buf_puts(out, "<!-- in the middle -->"));
	put(out, s + half, len - half);
}

static void
cdata(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	bool	 value = is_value(part, s, len);

	(void)element;
	if (value)
		done(buf_puts(out, "<![CDATA["));
	put(out, s, len);
	if (value)
		done(buf_puts(out, "]]>"));
}

/* Letters and digits of texts and of attributes in hex. */
static void
references(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	bool	 quoted = false;
	size_t	 i;

	(void)element;
	for (i = 0; i < len; i++) {
		if (part == TAG && s[i] == '"')
			quoted = !quoted;
		if ((part == TAG ? quoted && s[1] != '?' : true) && isalnum((unsigned char)s[i]))
			done(buf_printf(out, "&#x%x;", (unsigned)(unsigned char)s[i]));
		else
			put(out, s + i, 1);
	}
}

static void
crlf(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	size_t	 i;

	(void)part;
	(void)element;
	for (i = 0; i < len; i++) {
		if (s[i] == '\n')
			put(out, "\r", 1);
		put(out, s + i, 1);
	}
}

static void
wrapped(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	bool	 base64 = is_value(part, s, len) && (strcmp(element, "PublicKey") == 0 ||
		    strcmp(element, "SignatureData") == 0);
	size_t	 i;

	for (i = 0; i < len; i++) {
		if (base64 && i % LINE == 0)
			done(buf_puts(out, "\n\t  "));
		put(out, s + i, 1);
	}
	if (base64)
		put(out, "\n", 1);
}

static void
padded(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	bool	 value = is_value(part, s, len);

	(void)element;
	if (value)
		put(out, "\n\t ", 3);
	put(out, s, len);
	if (value)
		put(out, " \n", 2);
}

static void
one_line(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	(void)element;
	if (part == TAG || !is_blank(s, len))
		put(out, s, len);
}

/* The attributes of a tag, last one first. */
static void
reversed(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	const char	*name = memchr(s, ' ', len), *end, *p, *from;

	(void)element;
	if (!is_element(part, s) || name == NULL) {
		put(out, s, len);
		return;
	}
	end = s + len;
	while (end[-1] != '"')
		end--;
	p = end;
	put(out, s, (size_t)(name - s));
	while (p > name) {
		for (from = p - 2; *from != '"'; from--)
			;		/* the quote that opens the value */
		while (*from != ' ')
			from--;
		put(out, from, (size_t)(p - from));
		p = from;
	}
	put(out, end, (size_t)(s + len - end));
}

static void
expanded(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	if (part == TAG && s[len - 2] == '/') {
		put(out, s, len - 2);
		done(buf_printf(out, "></%s>", element));
	} else
		put(out, s, len);
}

static bool
is_time(const char *element)
{
	return strcmp(element, "Inception") == 0 || strcmp(element, "Expiration") == 0 ||
	    strcmp(element, "SignatureInception") == 0 ||
	    strcmp(element, "SignatureExpiration") == 0;
}

/* Times with this suffix in place of theirs. */
static void
suffixed(struct buf *out, enum part part, const char *element, const char *s, size_t len,
    const char *suffix)
{
	if (is_value(part, s, len) && is_time(element)) {
		put(out, s, strlen("YYYY-MM-DDThh:mm:ss"));
		done(buf_puts(out, suffix));
	} else
		put(out, s, len);
}

static void
zoneless(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	suffixed(out, part, element, s, len, "");
}

static void
zulu(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	suffixed(out, part, element, s, len, "Z");
}

static void
offset(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	suffixed(out, part, element, s, len, "+00:00");
}

static void
signers(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	put(out, s, len);
	if (part == TAG && strncmp(s, "</Expiration>", len) == 0 && *element == '\0')
		done(buf_puts(out, "<Signer keyIdentifier=\"ksk-1\"/>"));
}

/* Days as hours, as xsd:duration allows. */
static void
durations(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	unsigned long	 days;

	if (is_value(part, s, len) && s[0] == 'P' && isdigit((unsigned char)s[1]) &&
	    s[len - 1] == 'D' && strlen(element) > 0) {
		days = strtoul(s + 1, NULL, 10);
		done(buf_printf(out, "P%luDT24H0M00S", days - 1));
	} else
		put(out, s, len);
}

static void
zeros(struct buf *out, enum part part, const char *element, const char *s, size_t len)
{
	if (is_value(part, s, len) && (strcmp(element, "TTL") == 0 || strcmp(element, "KeyTag") == 0 ||
	    strcmp(element, "Flags") == 0))
		put(out, "00", 2);
	put(out, s, len);
}

static void
byte_order_mark(struct buf *b)
{
	edit_insert(b, 0, "\xef\xbb\xbf", 3);
}

static void
undeclared(struct buf *b)
{
	const char	*end = strstr((char *)b->data, "?>");
	char		*rest;

	if (end == NULL)
		return;
	end += 2;
	while (isspace((unsigned char)*end))
		end++;
	rest = need(strdup(end));
	edit_cut(b, 0);
	done(buf_puts(b, rest));
	free(rest);
}

static void
declared(struct buf *b)
{
	static const char	 d[] = "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n";

	undeclared(b);
	edit_insert(b, 0, d, strlen(d));
}

static void
timestamped(struct buf *b)
{
	const char	*kind = strstr((char *)b->data, "<Request>") != NULL ? "Request" : "Response";
	char		*from = text("<%s>", kind);
	char		*to = text("<%s timestamp=\"2026-12-01T12:00:00Z\">", kind);

	edit_replace(b, from, to);
	free(from);
	free(to);
}

static void
blank_end(struct buf *b)
{
	done(buf_puts(b, "\n \t\r\n\n"));
}

static const struct form forms[] = {
	{ "single-quotes", single_quotes, NULL, "attributes in single quotes" },
	{ "spaces", spaced, NULL, "white space and line breaks around = and before >" },
	{ "comments", commented, NULL, "a comment behind every tag" },
	{ "comments-inside", split_by_comment, NULL, "a comment in the middle of every value" },
	{ "cdata", cdata, NULL, "every value in a CDATA section" },
	{ "references", references, NULL, "letters and digits as character references" },
	{ "crlf", crlf, NULL, "lines that end with CR LF" },
	{ "wrapped", wrapped, NULL, "base64 in indented lines" },
	{ "padded", padded, NULL, "white space around every value" },
	{ "one-line", one_line, NULL, "no white space between tags" },
	{ "reversed", reversed, NULL, "attributes in the opposite order" },
	{ "expanded", expanded, NULL, "empty elements with an end tag" },
	{ "zoneless", zoneless, NULL, "all times without a zone" },
	{ "zulu", zulu, NULL, "all times with a Z" },
	{ "offset", offset, NULL, "all times with +00:00" },
	{ "durations", durations, NULL, "durations in days and hours" },
	{ "zeros", zeros, NULL, "numbers with leading zeros" },
	{ "signers", signers, NULL, "a Signer in every bundle (of a request)" },
	{ "byte-order-mark", NULL, byte_order_mark, "a byte-order mark" },
	{ "undeclared", NULL, undeclared, "no XML declaration" },
	{ "declared", NULL, declared, "another XML declaration" },
	{ "timestamp", NULL, timestamped, "a timestamp" },
	{ "blank-end", NULL, blank_end, "white space behind the root" },
	{ NULL, NULL, NULL, NULL }
};

/* The name of the element that a tag opens; empty for any other tag. */
static void
element_name(char *name, size_t size, const char *s, size_t len)
{
	size_t	 n = strcspn(s + 1, " \t\r\n/>?!");

	if (n >= size || n >= len)
		n = 0;
	memcpy(name, s + 1, n);
	name[n] = '\0';
}

static void
walk(struct buf *out, const struct buf *in, part_fn *write)
{
	const char	*p = (const char *)in->data, *end = p + in->len, *next;
	char		 element[32] = "";

	while (p < end) {
		if (*p == '<') {
			if ((next = memchr(p, '>', (size_t)(end - p))) == NULL)
				die("a tag that does not end");
			next++;
			element_name(element, sizeof(element), p, (size_t)(next - p));
			write(out, TAG, element, p, (size_t)(next - p));
		} else {
			if ((next = memchr(p, '<', (size_t)(end - p))) == NULL)
				next = end;
			write(out, CONTENT_TEXT, element, p, (size_t)(next - p));
		}
		p = next;
	}
}

bool
legal_write(struct buf *out, const struct buf *in, const char *name)
{
	const struct form	*f;

	for (f = forms; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			break;
	if (f->name == NULL)
		return false;
	if (f->write != NULL)
		walk(out, in, f->write);
	else {
		done(buf_append(out, in->data, in->len));
		f->edit(out);
	}
	return true;
}

void
legal_list(void)
{
	const struct form	*f;

	for (f = forms; f->name != NULL; f++)
		printf("%s\t%s\n", f->name, f->sentence);
}
