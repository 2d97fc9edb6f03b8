#include <stdint.h>

#include "base/json.h"

/* The next code point of UTF-8 (RFC 3629 3) and how many bytes it takes; U+FFFD for a bad byte. */
static uint32_t
next_point(const unsigned char *p, size_t *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t	 c = *p;
	size_t		 i, n;

	*len = 1;
	if (c < 0x80)
		return c;
	n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;
	if (n == 0)
		return 0xfffd;
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0xfffd;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0xfffd;
	*len = n;
	return c;
}

static int
put_point(struct buf *out, uint32_t c)
{
	char	 ch = (char)c;

	if (c == '"' || c == '\\')
		return buf_printf(out, "\\%c", ch);
	if (c >= 0x20 && c < 0x7f)
		return buf_append(out, &ch, 1);
	if (c < 0x10000)
		return buf_printf(out, "\\u%04x", c);
	c -= 0x10000;
	return buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

int
json_string(struct buf *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t		 len;

	if (text == NULL)
		return buf_puts(out, "null");
	if (buf_puts(out, "\"") == -1)
		return -1;
	for (; *p != '\0'; p += len)
		if (put_point(out, next_point(p, &len)) == -1)
			return -1;
	return buf_puts(out, "\"");
}
