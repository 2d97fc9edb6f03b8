#include "base/json.h"
#include "base/utf8.h"

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

	if (text == NULL)
		return buf_puts(out, "null");
	if (buf_puts(out, "\"") == -1)
		return -1;
	while (*p != '\0')
		if (put_point(out, utf8_next(&p)) == -1)
			return -1;
	return buf_puts(out, "\"");
}
