#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "model/xml_scan.h"

struct span {
	const unsigned char *p, *end;
};

static bool
is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
begins(const struct span *s, const char *with)
{
	size_t		 n = strlen(with);

	return (size_t)(s->end - s->p) >= n && memcmp(s->p, with, n) == 0;
}

/* Behind the next "mark", or the end where there is none. */
static const unsigned char *
behind(const struct span *s, const char *mark)
{
	size_t		 n = strlen(mark);
	const unsigned char *p = s->p;

	if ((size_t)(s->end - p) < n)
		return s->end;
	for (p += n - 1; (p = memchr(p, mark[n - 1], (size_t)(s->end - p))) != NULL; p++)
		if (memcmp(p - (n - 1), mark, n - 1) == 0)
			return p + 1;
	return s->end;
}

/* Bytes of the character that begins here; 0: none does. */
static size_t
character(const unsigned char *p, size_t left)
{
	unsigned char	 c = p[0], low = 0x80, high = 0xbf;
	size_t		 n, i;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	n = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	/* Neither overlong nor a surrogate nor above U+10FFFF. */
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		high = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (c == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
		return 0;
	return n;
}

size_t
xml_scan_utf8(const unsigned char *data, size_t len)
{
	size_t		 i = 0, n;
	uint64_t	 eight;

	while (i < len) {
		if (len - i >= sizeof(eight)) {
			memcpy(&eight, data + i, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		if ((n = character(data + i, len - i)) == 0)
			break;
		i += n;
	}
	return i;
}

enum encoding { OTHER, ASCII, UTF8 };

/*
 * The value of encoding="..." in this declaration (XML 1.0 4.3.3).  The word occurs
 * nowhere else in a legal one.
 */
static enum encoding
declared(struct span decl)
{
	const unsigned char *name;
	size_t		 n;

	if ((decl.p = behind(&decl, "encoding")) == decl.end)
		return UTF8;
	while (decl.p < decl.end && (is_space(*decl.p) || *decl.p == '='))
		decl.p++;
	if (decl.p == decl.end || (*decl.p != '"' && *decl.p != '\''))
		return OTHER;
	name = decl.p + 1;
	if ((decl.p = memchr(name, *decl.p, (size_t)(decl.end - name))) == NULL)
		return OTHER;
	n = (size_t)(decl.p - name);
	if (n == 5 && strncasecmp((const char *)name, "UTF-8", n) == 0)
		return UTF8;
	if (n == 8 && strncasecmp((const char *)name, "US-ASCII", n) == 0)
		return ASCII;
	return OTHER;
}

static const char *
scan_declaration(const struct span *all, size_t max, size_t *at)
{
	struct span	 decl = { all->p, behind(all, "?>") };
	const unsigned char *p;

	if ((size_t)(decl.end - decl.p) > max)
		return "the XML declaration is too long";
	decl.p += strlen("<?xml");
	switch (declared(decl)) {
	case UTF8:
		return NULL;
	case ASCII:
		for (p = all->p; p < all->end && *p < 0x80; p++)
			;
		*at = (size_t)(p - all->p);
		return p == all->end ? NULL : "it is not US-ASCII, as it declares";
	default:
		return "the declared encoding is not UTF-8";
	}
}

/* Behind the > that ends this tag, or NULL where that is too far. */
static const unsigned char *
behind_tag(const struct span *s, size_t max)
{
	const unsigned char *p = s->p, *end = s->end;
	unsigned char	 quote = 0;

	if ((size_t)(end - p) > max)
		end = p + max;
	for (; p < end; p++) {
		if (quote != 0) {
			if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>')
			return p + 1;
	}
	return end == s->end ? end : NULL;
}

/*
 * Step over each piece of markup.  What is not well-formed may be read otherwise than
 * the library does, which stops at that place.
 */
static const char *
scan_tags(const struct span *all, size_t max, size_t *at)
{
	struct span	 s = *all;
	const unsigned char *next;

	while ((s.p = memchr(s.p, '<', (size_t)(s.end - s.p))) != NULL) {
		if (begins(&s, "<!--"))
			next = behind(&(struct span){ s.p + 4, s.end }, "-->");
		else if (begins(&s, "<![CDATA["))
			next = behind(&s, "]]>");
		else if (begins(&s, "<?"))
			next = behind(&s, "?>");
		else if (begins(&s, "<!"))
			break;		/* a DOCTYPE: nothing behind it is read */
		else if ((next = behind_tag(&s, max)) == NULL) {
			*at = (size_t)(s.p - all->p);
			return "a tag is too long";
		}
		s.p = next;
	}
	return NULL;
}

/* The XML declaration, and that the document begins as one does. */
static const char *
scan_start(const struct span *all, size_t max, size_t *at)
{
	struct span	 s = *all;

	*at = 0;
	if (begins(&s, "<?xml") && s.end - s.p > 5 && is_space(s.p[5]))
		return scan_declaration(all, max, at);
	while (s.p < s.end && is_space(*s.p))
		s.p++;
	*at = (size_t)(s.p - all->p);
	if (s.p == s.end)
		return "there is nothing in it";
	return *s.p == '<' ? NULL : "it does not begin with <";
}

const char *
xml_scan(const unsigned char *data, size_t len, size_t tagmax, size_t *at)
{
	struct span	 all = { data, data + len };
	const unsigned char *nul;
	const char	*why;

	*at = 0;
	if (len == 0)
		return "there is nothing in it";
	if ((nul = memchr(data, '\0', len)) != NULL) {
		*at = (size_t)(nul - data);
		return "it has a NUL byte";
	}
	if ((*at = xml_scan_utf8(data, len)) != len)
		return "it is not UTF-8";
	if ((why = scan_start(&all, tagmax, at)) != NULL)
		return why;
	return scan_tags(&all, tagmax, at);
}
